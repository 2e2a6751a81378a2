"""Dial pulses: when the loop is open and closed to send digits.

source  GB/T 15279: 10 pulses a second, open to closed 1.6:1 with wide limits; here 60 and 40 ms
"""

from __future__ import annotations

from collections.abc import Iterator

OPEN_S = 0.06
CLOSED_S = 0.04
PAUSE_S = 0.8  # between two digits


def pulses(digits: str) -> Iterator[tuple[bool, float]]:
    """Give the steps of a number: (the loop is closed, for so many seconds), the pause after each digit last.

    raises  ValueError for anything but digits
    """
    if not digits or not digits.isascii() or not digits.isdigit():
        raise ValueError(f"pulse dialling: {digits!r}, allowed digits 0-9")
    return _steps(digits)


def _steps(digits: str) -> Iterator[tuple[bool, float]]:
    for digit in digits:
        for pulse in range(int(digit) or 10, 0, -1):
            yield False, OPEN_S
            yield True, CLOSED_S if pulse > 1 else PAUSE_S
