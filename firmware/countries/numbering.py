"""Telephone numbers in the form people know them, and in the form an exchange takes them.

The same person is 13800138000, 013800138000 (from another area), +8613800138000 or 008613800138000, as the
exchange likes. Short numbers, and numbers of no known form, are never touched.
"""

from __future__ import annotations

import re

from firmware.countries.country import Numbers

SHORTEST_ABROAD = 7  # country code and number
_SEPARATORS = re.compile(r"[\s().-]")


def shown(number: str, numbers: Numbers, area_code: str = "") -> str:
    """Give a caller's number as people of the office write it.

    number     as the exchange sent it
    area_code  ours, without the trunk prefix; empty: area codes stay
    gives      own area: without area code; own country: with trunk prefix; abroad: `+` and all digits
    """
    digits = _SEPARATORS.sub("", number)
    national = _national(digits, numbers)
    if national is not None:
        return _at_home(national, numbers, area_code)
    if (
        digits.startswith(numbers.international_prefix)
        and len(digits) > len(numbers.international_prefix) + 6
    ):
        return "+" + digits.removeprefix(numbers.international_prefix)
    return digits


def dialled(number: str, numbers: Numbers, area_code: str = "") -> str:
    """Give the digits to send for a number as a person, a page or a call list has it.

    gives   our own area code is left out, `+` becomes the international prefix, separators go; the zero
            before a mobile number stays as it was given, for only the exchange knows whether it wants it
    """
    digits = _SEPARATORS.sub("", number)
    has_country = digits.startswith(("+", numbers.international_prefix))
    national = _national(digits, numbers)
    if national is not None and (has_country or not _is(numbers.mobile, national)):
        return _at_home(national, numbers, area_code)
    if digits.startswith("+"):
        return numbers.international_prefix + digits[1:]
    return digits


def _national(digits: str, numbers: Numbers) -> str | None:
    """Give area code and number, or a mobile number, without any prefix; None for anything else."""
    for prefix in ("+", numbers.international_prefix):
        full = prefix + numbers.country_code
        if digits.startswith(full):
            national = digits.removeprefix(full)
            return national if _is_national(national, numbers) else None
    bare = digits.removeprefix(numbers.trunk_prefix)
    has_prefix = bare != digits
    if _is(numbers.mobile, bare) or (has_prefix and _is_national(bare, numbers)):
        return bare
    return None


def _at_home(national: str, numbers: Numbers, area_code: str) -> str:
    if _is(numbers.mobile, national):
        return national
    local = national.removeprefix(area_code)
    if area_code and local != national and _is(numbers.subscriber, local):
        return local
    return numbers.trunk_prefix + national


def _is_national(bare: str, numbers: Numbers) -> bool:
    return _is(numbers.mobile, bare) or _is(f"({numbers.area_code})({numbers.subscriber})", bare)


def _is(pattern: str, number: str) -> bool:
    return bool(pattern) and re.fullmatch(pattern, number) is not None
