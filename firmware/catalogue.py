"""Texts of a face: a TOML file in which every entry has both languages."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from firmware.text import Language, Text


class Catalogue:
    """The texts of one file; `[section] key = { zh, en }` is asked for as `section.key`."""

    def __init__(self, file: Path) -> None:
        self._file = file

    @cached_property
    def texts(self) -> Mapping[str, Text]:
        """Read the file at the first use."""
        with self._file.open("rb") as file:
            sections = tomllib.load(file)
        return {
            f"{section}.{key}": Text(**text)
            for section, texts in sections.items()
            for key, text in texts.items()
        }

    def say(self, language: Language, key: str, **holes: object) -> str:
        """Give a text in a language, its `{holes}` filled. raises KeyError for a key that is not there"""
        text = self.texts[key].in_(language)
        return text.format(**holes) if holes else text

    def has(self, key: str) -> bool:
        """Say whether there is such a text."""
        return key in self.texts
