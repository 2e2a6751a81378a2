"""Read the expected trace, and lay it beside the trace that was seen."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from tools.scenario.text import LineError, Problem, Section, clock, seconds, words

TOLERANCE_S = 0.2
ANY = "<any>"
_WHEN = "a time such as 0:05 or 0:05~1, +S after the line above such as +20 or +20~1, or ~ for later"


@dataclass(frozen=True, slots=True)
class Seen:
    """One line of the trace: when, who, what."""

    at: float
    who: str
    what: str

    @property
    def text(self) -> str:
        """Give the line without its time."""
        return f"{self.who} {self.what}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """One expected line.

    at           s since the start, or after the line above if `is_relative`; None if any later time will do
    tolerance_s  how far from `at`
    pattern      who and what, with `<any>` for any text
    is_gap       a line `...`: anything may happen here
    """

    line: int
    at: float | None = None
    is_relative: bool = False
    tolerance_s: float = TOLERANCE_S
    pattern: str = ""
    is_gap: bool = False

    def fits(self, seen: Seen) -> bool:
        """Tell whether the words agree; the time is looked at afterwards."""
        return not self.is_gap and matches(self.pattern, seen.text)

    def __str__(self) -> str:
        if self.is_gap:
            return "..."
        when = "~" if self.at is None else f"+{self.at:g}" if self.is_relative else clock(self.at)
        return f"{when:<8} {self.pattern}"


@dataclass(frozen=True, slots=True)
class Expectation:
    """The whole section: the lines, and which of the trace's lines are watched."""

    wanted: tuple[Wanted, ...] = ()
    only: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()

    def watches(self, seen: Seen) -> bool:
        """Tell whether this line of the trace is compared at all."""
        if self.only and not any(seen.who.startswith(who) for who in self.only):
            return False
        return not any(matches(pattern, seen.text) for pattern in self.ignored)


class Mark(StrEnum):
    """How a row of the comparison stands."""

    SAME = " "
    GAP = "."
    MISSING = "-"
    UNEXPECTED = "+"
    TIME = "t"


@dataclass(frozen=True, slots=True)
class Row:
    """An expected line beside a seen one."""

    mark: Mark
    wanted: Wanted | None
    seen: Seen | None
    note: str = ""

    @property
    def is_difference(self) -> bool:
        """Tell whether this row fails the scenario."""
        return self.mark not in (Mark.SAME, Mark.GAP)


@functools.lru_cache(maxsize=65536)
def matches(pattern: str, text: str) -> bool:
    """Compare a trace text with a pattern.

    The pattern's plain words must be the first words of the text; each of its `key=value` must be in the
    text, whatever else is there. `<any>` stands for any text.
    """
    wanted = pattern.split(" ")
    if not _begins(" ".join(word for word in wanted if "=" not in word)).match(text):
        return False
    there = text.split(" ")
    return all(any(_fits(word, data) for data in there) for word in wanted if "=" in word)


@functools.lru_cache(maxsize=4096)
def _begins(words: str) -> re.Pattern[str]:
    return re.compile(".+?".join(re.escape(part) for part in words.split(ANY)) + "(?: |$)")


def _fits(pattern: str, word: str) -> bool:
    if ANY not in pattern:
        return pattern == word
    return re.fullmatch(".*".join(re.escape(part) for part in pattern.split(ANY)), word) is not None


def read(section: Section) -> tuple[Expectation, list[Problem]]:
    """Read the section.

    gives  the expectation, and what is wrong
    """
    wanted: list[Wanted] = []
    only: list[str] = []
    ignored: list[str] = []
    problems: list[Problem] = []
    for line in section.lines:
        head, _, rest = line.text.partition(" ")
        try:
            if head == "only":
                only += words(rest)
            elif head == "ignore":
                ignored += words(rest)
            else:
                wanted.append(_wanted(line.number, head, " ".join(rest.split())))
        except LineError as error:
            problems.append(Problem(line.number, str(error)))
    return Expectation(tuple(wanted), tuple(only), tuple(ignored)), problems


def compare(expectation: Expectation, trace: Sequence[Seen]) -> list[Row]:
    """Lay the expected lines beside the seen ones so that few differ, then look at the times."""
    seen = [line for line in trace if expectation.watches(line)]
    rows: list[Row] = []
    before = 0.0
    for wanted, line in _aligned(expectation.wanted, seen):
        row = _row(wanted, line, before)
        rows.append(row)
        if wanted is not None and line is not None and not wanted.is_gap:
            before = line.at
    return rows


def _wanted(number: int, when: str, pattern: str) -> Wanted:
    if when == "..." and not pattern:
        return Wanted(number, is_gap=True)
    if not pattern:
        raise LineError(
            f"expected line: got {when!r}, allowed: WHEN WHO WHAT, or ..., only WHO..., ignore TEXT..."
        )
    if when == "~":
        return Wanted(number, pattern=pattern)
    time, _, tolerance = when.partition("~")
    at, within = seconds(time.removeprefix("+")), seconds(tolerance) if tolerance else TOLERANCE_S
    if at is None or within is None:
        raise LineError(f"when: got {when!r}, allowed: {_WHEN}")
    return Wanted(number, at, time.startswith("+"), within, pattern)


def _row(wanted: Wanted | None, seen: Seen | None, before: float) -> Row:
    if wanted is None:
        return Row(Mark.UNEXPECTED, None, seen)
    if wanted.is_gap:
        return Row(Mark.GAP, wanted, seen)
    if seen is None:
        return Row(Mark.MISSING, wanted, None)
    if wanted.at is None:
        return Row(Mark.SAME, wanted, seen)
    due = wanted.at + before if wanted.is_relative else wanted.at
    late_s = seen.at - due
    if abs(late_s) <= wanted.tolerance_s + 1e-6:
        return Row(Mark.SAME, wanted, seen)
    return Row(Mark.TIME, wanted, seen, f"{abs(late_s):.1f} s {'late' if late_s > 0 else 'early'}")


def _aligned(wanted: Sequence[Wanted], seen: Sequence[Seen]) -> list[tuple[Wanted | None, Seen | None]]:
    """Align two sequences with the least number of lines alone; seen lines are free in a gap."""
    cost = _costs(wanted, seen)
    pairs: list[tuple[Wanted | None, Seen | None]] = []
    i = j = 0
    while i < len(wanted) or j < len(seen):
        here = cost[i][j]
        if i < len(wanted) and j < len(seen) and wanted[i].fits(seen[j]) and here == cost[i + 1][j + 1]:
            pairs.append((wanted[i], seen[j]))
            i, j = i + 1, j + 1
        elif i < len(wanted) and wanted[i].is_gap and here == cost[i + 1][j]:
            i += 1
        elif i < len(wanted) and wanted[i].is_gap:
            pairs.append((wanted[i], seen[j]))
            j += 1
        elif i < len(wanted) and here == cost[i + 1][j] + 1:
            pairs.append((wanted[i], None))
            i += 1
        else:
            pairs.append((None, seen[j]))
            j += 1
    return pairs


def _costs(wanted: Sequence[Wanted], seen: Sequence[Seen]) -> list[list[int]]:
    """Give the least cost of aligning the rest from every place on."""
    cost = [[0] * (len(seen) + 1) for _ in range(len(wanted) + 1)]
    for i in range(len(wanted), -1, -1):
        for j in range(len(seen), -1, -1):
            cost[i][j] = _cost(cost, wanted, seen, i, j)
    return cost


def _cost(cost: list[list[int]], wanted: Sequence[Wanted], seen: Sequence[Seen], i: int, j: int) -> int:
    choices = []
    is_gap = i < len(wanted) and wanted[i].is_gap
    if i < len(wanted):
        choices.append(cost[i + 1][j] + (0 if is_gap else 1))
    if j < len(seen):
        choices.append(cost[i][j + 1] + (0 if is_gap else 1))
    if i < len(wanted) and j < len(seen) and wanted[i].fits(seen[j]):
        choices.append(cost[i + 1][j + 1])
    return min(choices, default=0)
