"""Telephone numbers and names: ours, and libpri's structures."""

from __future__ import annotations

from typing import Any

from cext.isdn._isdn import ffi, lib
from cext.isdn.types import IsdnError, Number, NumberType, Presentation, Screening

DIGITS = frozenset("0123456789*#")
MAX_DIGITS = 32
CHARACTER_SET = b"\xb1"
MAX_NAME = 50  # octets; Q.931 allows a display of 82, libpri fewer

PRESENTED = {Presentation.ALLOWED: 0x00, Presentation.RESTRICTED: 0x20, Presentation.UNAVAILABLE: 0x40}
SHOWN = {value: key for key, value in PRESENTED.items()}


def check_digits(digits: str, name: str) -> None:
    """Refuse what cannot be dialled. raises IsdnError that names the field"""
    if not set(digits) <= DIGITS or len(digits) > MAX_DIGITS:
        raise IsdnError(f"{name}: {digits!r} must be at most {MAX_DIGITS} of 0-9, * and #")


def plan_of(number: Number) -> int:
    """Give type and plan in one octet, Q.931 section 4.5.8."""
    return (number.type << 4) | (number.plan & 15)


def write(target: Any, number: Number) -> None:
    """Fill a struct pri_party_number."""
    target.valid = 1
    target.presentation = PRESENTED[number.presentation] | number.screening
    target.plan = plan_of(number)
    target.str = number.digits.encode()


def write_name(target: Any, name: str) -> None:
    """Fill a struct pri_party_name; a long name loses its end."""
    target.valid = 1
    target.char_set = lib.PRI_CHAR_SET_ISO8859_1
    octets = name.encode()[:MAX_NAME].decode(errors="ignore").encode()
    is_ascii = octets[:1] < b"\x80"  # else a first octet would be taken for the character set, and cut off
    target.str = octets if is_ascii else CHARACTER_SET + octets


def from_plan(digits: str, plan: int, presentation: int = 0) -> Number:
    """Make a number of what libpri gives; -1 stands for what was not in the message."""
    kind = max(plan, 0) >> 4 & 7
    return Number(
        digits=digits,
        type=NumberType(kind) if kind in list(NumberType) else NumberType.UNKNOWN,
        plan=max(plan, 0) & 15,
        presentation=SHOWN.get(max(presentation, 0) & 0x60, Presentation.UNAVAILABLE),
        screening=Screening(max(presentation, 0) & 3),
    )


def read(source: Any) -> Number:
    """Read a struct pri_party_number."""
    if not source.valid:
        return Number(presentation=Presentation.UNAVAILABLE)
    return from_plan(text(source.str), source.plan, source.presentation)


def text(source: Any) -> str:
    """Read a C string: UTF-8, or Latin-1 where it is none; without control characters."""
    octets: bytes = ffi.string(source)
    try:
        found = octets.decode()
    except UnicodeDecodeError:
        found = octets.decode("latin-1")
    return "".join(char for char in found if char.isprintable())
