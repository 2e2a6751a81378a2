"""Patterns of telephone numbers, as routes use them.

A pattern stands for the begin of a number, or with `$` at its end for the whole of it: digits, `*` and `#`
for themselves, `x` any digit, `z` 1-9, `n` 2-9, `[3-9]` and `[258]` one of these. Direct numbers use
the same for the end of a number (`ends`).
"""

from __future__ import annotations

import re
from functools import lru_cache

_PLACE = re.compile(r"\[[^\]]*\]|.")
_CLASSES = {"x": "[0-9]", "z": "[1-9]", "n": "[2-9]", "*": r"\*", "#": "#"}


def fits(pattern: str, number: str) -> bool:
    """Tell whether a number is one of the pattern's."""
    return _compiled(pattern).match(number) is not None


def ends(pattern: str, number: str) -> bool:
    """Tell whether a number ends in this pattern."""
    return re.fullmatch(_body(pattern), number[-length(pattern) :]) is not None


def begins(pattern: str, number: str) -> bool:
    """Tell whether a number may grow into one of the pattern's: its digits fit the first places."""
    places = _places(pattern)[: len(number)]
    return len(number) <= length(pattern) and re.fullmatch(_joined(places), number) is not None


def length(pattern: str) -> int:
    """Count the digits that a pattern stands for."""
    return len(_places(pattern))


def exactness(pattern: str) -> tuple[int, int, bool]:
    """Give what the patterns that fit are compared by, the greatest wins.

    gives  (digits it stands for, those of them that stand for themselves, it is for the whole number)
    """
    places = _places(pattern)
    return len(places), sum(place.isdigit() for place in places), pattern.endswith("$")


def _places(pattern: str) -> list[str]:
    return [match.group() for match in _PLACE.finditer(pattern.removesuffix("$"))]


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(_body(pattern) + (r"\Z" if pattern.endswith("$") else ""))


def _body(pattern: str) -> str:
    return _joined(_places(pattern))


def _joined(places: list[str]) -> str:
    return "".join(_CLASSES.get(place) or _span(place) for place in places)


def _span(place: str) -> str:
    """Write `[9-3]` as the `[3-9]` that was meant."""
    first, dash, last = place.strip("[]").partition("-")
    return f"[{min(first, last)}-{max(first, last)}]" if dash else place
