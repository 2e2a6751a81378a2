"""What is wrong with settings, in words that tell how to mend it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from firmware.text import Text


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong; `path` such as `queues.info.offer_s`, empty for the whole tree."""

    path: str
    text: Text

    def in_words(self) -> Text:
        """Give path and text in one line, in both languages."""
        if not self.path:
            return self.text
        return Text(zh=f"{self.path}: {self.text.zh}", en=f"{self.path}: {self.text.en}")

    def __str__(self) -> str:
        return self.in_words().en


class ConfigError(Exception):
    """Settings were refused; `problems` tells all the reasons at once."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(str(problem) for problem in self.problems))


class StaleCandidate(ConfigError):
    """Somebody else committed since this candidate was begun; the problems show what they changed."""


def refusal(path: str, zh: str, en: str) -> ConfigError:
    """Make the error for a single problem."""
    return ConfigError([Problem(path, Text(zh=zh, en=en))])
