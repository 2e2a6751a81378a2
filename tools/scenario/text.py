"""Cut a scenario file into its sections and its lines into words, keeping the line numbers for messages."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

SECTIONS = ("description", "config", "script", "expect", "listen")
_HEAD = re.compile(r"^---\s*(\S*)\s*$")
_CLOCK = re.compile(r"^(?:(\d+):)?(\d+):(\d{2}(?:\.\d+)?)$")
_SECONDS = re.compile(r"^\d+(?:\.\d+)?$")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in a scenario file."""

    line: int
    message: str


class ScenarioError(Exception):
    """A scenario file cannot be used; all its problems at once."""

    def __init__(self, file: str, problems: list[Problem]) -> None:
        self.problems = sorted(problems, key=lambda problem: problem.line)
        super().__init__("\n".join(f"{file}:{p.line}: {p.message}" for p in self.problems))


class LineError(ValueError):
    """A line cannot be read; the message says what is allowed."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is neither blank nor a comment."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    """One section: its lines without comments, its raw text, and the file line of the first raw line."""

    name: str
    first: int
    raw: tuple[str, ...]

    @property
    def lines(self) -> list[Line]:
        """Give what counts in a section of lines."""
        stripped = ((self.first + offset, without_comment(text)) for offset, text in enumerate(self.raw))
        return [Line(number, text) for number, text in stripped if text]


def sections(text: str) -> dict[str, Section]:
    """Find the sections of a file.

    raises  ScenarioError (without a file name) for unknown, repeated or missing sections
    """
    found: dict[str, Section] = {}
    problems: list[Problem] = []
    name, first, raw = "", 1, list[str]()
    for number, line in enumerate([*text.splitlines(), "---"], 1):
        head = _HEAD.match(line)
        if head is None:
            raw.append(line)
            continue
        if name:
            found[name] = Section(name, first, tuple(raw))
        elif any(without_comment(stray) for stray in raw):
            problems.append(Problem(1, f"text before the first section, allowed: {_heads()}"))
        name, first, raw = head.group(1), number + 1, []
        if name in found or (name and name not in SECTIONS):
            problems.append(
                Problem(number, f"section: got {name!r} once more or unknown, allowed once each: {_heads()}")
            )
    problems += [
        Problem(1, f"section `--- {need}` is missing") for need in ("script", "expect") if need not in found
    ]
    if problems:
        raise ScenarioError("", problems)
    return found


def without_comment(text: str) -> str:
    """Strip blanks and a comment: `#` first, or with a blank on both sides (so `key #` is none)."""
    text = text.strip()
    return "" if text.startswith("#") else text.split(" # ")[0].rstrip()


def words(text: str) -> list[str]:
    """Cut a line into words; "double quotes" hold blanks together.

    raises  LineError
    """
    cutter = shlex.shlex(text, posix=True, punctuation_chars=False)
    cutter.whitespace_split = True
    cutter.commenters = ""
    cutter.quotes = '"'
    cutter.escape = ""
    try:
        return list(cutter)
    except ValueError:
        raise LineError("a double quote is not closed") from None


def seconds(text: str) -> float | None:
    """Read `5`, `2.5`, `0:05`, `1:02.5` or `1:00:00` as seconds; None if it is none of these."""
    if _SECONDS.match(text):
        return float(text)
    clock = _CLOCK.match(text)
    if clock is None:
        return None
    hours, minutes, rest = clock.groups()
    return int(hours or 0) * 3600 + int(minutes) * 60 + float(rest)


def clock(at: float) -> str:
    """Write seconds as `m:ss.s` or `h:mm:ss.s`."""
    tenths = round(at * 10)
    hours, rest = divmod(tenths, 36000)
    minutes, rest = divmod(rest, 600)
    tail = f"{rest / 10:04.1f}"
    return f"{hours}:{minutes:02d}:{tail}" if hours else f"{minutes}:{tail}"


def _heads() -> str:
    return ", ".join(f"--- {name}" for name in SECTIONS)
