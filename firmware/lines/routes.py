"""Which groups of lines a number is dialled on, and what is dialled then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from firmware.config.models import OUTSIDE, Route
from firmware.config.pattern import exactness, fits


@dataclass(frozen=True, slots=True)
class Way:
    """How a number goes out: on the groups in order, with these digits."""

    groups: tuple[str, ...]
    digits: str
    route: str = ""  # empty: the built-in one


def choose(routes: Sequence[Route], number: str) -> Way:
    """Find the way of a number.

    The longest pattern that fits counts; of equally long ones that with more digits that stand for
    themselves, then one for the whole number, then the first in the settings.
    """
    fitting = [route for route in routes if fits(route.pattern, number)]
    if not fitting:
        return Way((OUTSIDE,), number)
    route = max(fitting, key=lambda route: exactness(route.pattern))
    return Way(route.groups, route.prepend + number[route.strip :], route.name)
