"""Read the script: when who does what."""

from __future__ import annotations

from dataclasses import dataclass, field

from tools.scenario.text import Line, LineError, Problem, Section, seconds, words
from tools.scenario.verbs import VERBS, Value, arguments

_WHEN = 'a time such as 0:05, a pause after the line above such as +3, or: on "WHO WHAT" [+S]'


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the script.

    at       s since the start; None if the step waits for something
    on       trace text to wait for, from the moment the step above is done
    after_s  pause after that
    """

    line: int
    at: float | None
    on: str
    after_s: float
    verb: str
    args: dict[str, Value] = field(default_factory=dict)


def read(section: Section) -> tuple[list[Step], list[Problem]]:
    """Read all lines.

    gives  steps in the order of the file, and what is wrong
    """
    steps: list[Step] = []
    problems: list[Problem] = []
    for line in section.lines:
        try:
            steps.append(_step(line, steps))
        except LineError as error:
            problems.append(Problem(line.number, str(error)))
    return steps, problems


def _step(line: Line, above: list[Step]) -> Step:
    at, on, after_s, rest = _when(words(line.text), above)
    if not rest or rest[0] not in VERBS:
        raise LineError(f"verb: got {rest[0] if rest else ''!r}, allowed: {', '.join(VERBS)}")
    return Step(line.number, at, on, after_s, rest[0], arguments(VERBS[rest[0]], rest[1:]))


def _when(line: list[str], above: list[Step]) -> tuple[float | None, str, float, list[str]]:
    first, rest = line[0], line[1:]
    if first == "on" and rest:
        pause = _pause(rest[1]) if len(rest) > 1 else None
        return None, rest[0], pause or 0.0, rest[1:] if pause is None else rest[2:]
    pause = _pause(first)
    if pause is not None:
        before = above[-1] if above else None
        if before is None or before.at is not None:
            return (before.at or 0.0 if before else 0.0) + pause, "", 0.0, rest
        return None, "", pause, rest
    at = seconds(first)
    if at is None:
        raise LineError(f"when: got {first!r}, allowed: {_WHEN}")
    return at, "", 0.0, rest


def _pause(word: str) -> float | None:
    return seconds(word[1:]) if word.startswith("+") else None
