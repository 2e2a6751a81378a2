"""Numbers of calls on a span: as the ISDN says them, and as people write them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cext.isdn.types import Number, NumberType, Presentation
from firmware.config import pattern
from firmware.config.models import DirectNumber, Span

NUMBER_CHARS = frozenset("0123456789+*#")
MAX_DIGITS = 32
_TYPES = {
    "unknown": NumberType.UNKNOWN,
    "subscriber": NumberType.SUBSCRIBER,
    "national": NumberType.NATIONAL,
    "international": NumberType.INTERNATIONAL,
}
_PLANS = {"unknown": 0, "isdn": 1, "private": 9}


@dataclass(frozen=True, slots=True)
class Prefixes:
    """What is dialled before a number of another area, and of another country."""

    trunk: str = "0"
    international: str = "00"


def clean(digits: str) -> str:
    """Give what can be dialled of a number that the far end tells: it may have letters, or no end."""
    return "".join(char for char in digits if char in NUMBER_CHARS)[:MAX_DIGITS]


def written(number: Number | None, prefixes: Prefixes) -> str:
    """Write a number as it would be dialled; empty for one that is withheld, or no number."""
    if number is None or number.presentation is not Presentation.ALLOWED:
        return ""
    digits = clean(number.digits)
    if digits != number.digits[:MAX_DIGITS]:
        return ""
    if number.type is NumberType.INTERNATIONAL and not digits.startswith("+"):
        return "+" + digits if digits else ""
    if number.type is NumberType.NATIONAL and digits and not digits.startswith(prefixes.trunk):
        return prefixes.trunk + digits
    return digits


def to_call(digits: str, settings: Span, prefixes: Prefixes) -> Number:
    """Say whom we call, with the type of number that the settings ask for."""
    plan = _PLANS[settings.plan]
    if settings.called_type == "unknown":
        return Number(digits, NumberType.UNKNOWN, plan)
    for prefix, kind in (
        (prefixes.international, NumberType.INTERNATIONAL),
        (prefixes.trunk, NumberType.NATIONAL),
    ):
        if prefix and digits.startswith(prefix) and len(digits) > len(prefix):
            return Number(digits.removeprefix(prefix), kind, plan)
    return Number(digits, NumberType.SUBSCRIBER, plan)


def of_ours(caller: str, settings: Span) -> Number:
    """Say who we are: the phone's own number, or the span's."""
    may_show = Presentation.RESTRICTED if settings.restrict_caller else Presentation.ALLOWED
    digits = caller or settings.number
    return Number(digits, _TYPES[settings.caller_type], _PLANS[settings.plan], may_show)


def is_whole(called: str, settings: Span, numbers: Iterable[DirectNumber]) -> bool:
    """Tell whether no further digit of the number called is to be waited for.

    A direct number that was dialled in full is whole, unless it begins a longer one.
    """
    if not settings.digits or len(called) >= settings.digits:
        return True
    direct = [one.number for one in numbers]
    is_one = any(pattern.length(one) == len(called) and pattern.ends(one, called) for one in direct)
    return is_one and not any(_begins(called, one) for one in direct)


def _begins(called: str, longer: str) -> bool:
    """Tell whether a longer number of the table may still be meant."""
    return pattern.length(longer) > len(called) and pattern.begins(longer, called)
