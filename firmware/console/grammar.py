"""The commands as a tree of words: abbreviations, help and completion come from it.

Pure: no terminal and no API here. What only the box knows (names, settings) comes in through `Choices`.
"""

from __future__ import annotations

import shlex
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

Run: TypeAlias = Callable[[list[str]], Awaitable[list[str]]]
"""Carries a command out: the words after its own, to the lines of its answer."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A word that may come next. `word` is empty when anything may be typed."""

    word: str
    help: str  # key of a text, or a text that came from the settings' schema


Choices: TypeAlias = Callable[[list[str]], list[Choice]]
"""Gives what may follow the words typed so far after the command's own."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a command."""

    name: str
    help: str
    below: tuple[Word, ...] = ()
    run: Run | None = None
    choices: Choices | None = None  # what may follow, when it is not words of ours


class Misspelt(Exception):
    """A line that is no command. `key` names the text, `holes` fill it."""

    def __init__(self, key: str, **holes: str) -> None:
        super().__init__(f"{key} {holes}")
        self.key = key
        self.holes = holes


@dataclass(frozen=True, slots=True)
class Parsed:
    """A command found in a line."""

    word: Word
    arguments: list[str]
    pipe: list[str] = field(default_factory=list)


def split(line: str) -> list[str]:
    """Split a line into words; quotes keep spaces together. raises Misspelt for an open quote"""
    reader = shlex.shlex(line, posix=True, punctuation_chars="")
    reader.whitespace_split = True
    reader.commenters = ""
    reader.escape = ""
    try:
        return list(reader)
    except ValueError as error:
        raise Misspelt("error.quotes") from error


def pick(typed: str, names: Sequence[str]) -> str:
    """Give the name that was typed in full or shortened.

    raises  Misspelt if none or several begin so
    """
    if typed in names:
        return typed
    found = [name for name in names if name.startswith(typed)]
    if len(found) == 1:
        return found[0]
    key = "error.ambiguous" if found else "error.unknown"
    raise Misspelt(key, word=typed, allowed=", ".join(found or names))


def parse(line: str, root: tuple[Word, ...]) -> Parsed | None:
    """Find the command in a line; None for an empty line. raises Misspelt"""
    words = split(line)
    pipe: list[str] = []
    if "|" in words:
        place = words.index("|")
        words, pipe = words[:place], words[place + 1 :]
        if not pipe:
            raise Misspelt("error.pipe")
    if not words:
        return None
    word, rest = _descend(words, root)
    if word.run is None:
        raise Misspelt("error.incomplete", allowed=", ".join(below.name for below in word.below))
    if rest and word.choices is None:
        raise Misspelt("error.too_much", word=rest[0])
    return Parsed(word, rest, pipe)


def _descend(words: list[str], root: tuple[Word, ...]) -> tuple[Word, list[str]]:
    level, at = root, 0
    while True:
        name = pick(words[at], [word.name for word in level])
        word = next(word for word in level if word.name == name)
        at += 1
        if at == len(words) or not word.below:
            return word, words[at:]
        level = word.below


PIPES = (
    Choice("include", "error.pipe"),
    Choice("count", "error.pipe"),
    Choice("no-more", "error.pipe"),
)


def following(before: str, root: tuple[Word, ...]) -> list[Choice]:
    """Give what may be typed next, after the whole words of `before` (all up to the last space)."""
    try:
        words = split(before)
    except Misspelt:
        return []
    if "|" in words:
        return list(PIPES) if words[-1] == "|" else []
    if not words:
        return [Choice(word.name, word.help) for word in root]
    try:
        word, rest = _descend(words, root)
    except Misspelt:
        return []
    if word.choices is not None:
        return word.choices(rest)
    if rest:
        return []
    found = [Choice(below.name, below.help) for below in word.below]
    return found + ([Choice("", "help.enter")] if word.run else [])
