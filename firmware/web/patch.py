"""What changed between two texts, by lines: a page of hundreds of them is sent once, then its changes."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import TypeAlias

Patch: TypeAlias = list[tuple[int, int, list[str]]]


def patch(old: Sequence[str], new: Sequence[str]) -> Patch:
    """Give pieces of `old` (first line, line after the last) and what takes their place, the last first."""
    begin, end = _common(old, new), _common(old[::-1], new[::-1])
    end = min(end, min(len(old), len(new)) - begin)
    middle = SequenceMatcher(None, old[begin : len(old) - end], new[begin : len(new) - end], autojunk=False)
    pieces = [
        (begin + i, begin + j, list(new[begin + k : begin + m]))
        for tag, i, j, k, m in middle.get_opcodes()
        if tag != "equal"
    ]
    return pieces[::-1]


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """Count the equal lines at the begin."""
    pairs = zip(one, other, strict=False)
    return next((count for count, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))
