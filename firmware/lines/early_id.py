"""The caller's number that an exchange sends before the first ring, as digits or as a message."""

from __future__ import annotations

from firmware.lines import caller_id
from firmware.lines.caller_id import CallerId

FRESH_S = 5.0  # it is of the call that rings within so long; a pause between two rings is up to 4 s
DIGIT_GAP_S = 1.0  # digits further apart do not belong together; EN 300 659-1: 70 ms, some send slower


class EarlyId:
    """What was heard on a line that is idle or rings."""

    def __init__(self) -> None:
        self._digits = ""
        self._digit_at = 0.0
        self._caller: tuple[CallerId, float] | None = None

    def digit(self, digit: str, now: float) -> CallerId | None:
        """Take a digit; gives the caller when it ends a number."""
        if now > self._digit_at + DIGIT_GAP_S:
            self._digits = ""
        self._digits = (self._digits + digit)[-2 * caller_id.MAX_DIGITS :]
        self._digit_at = now
        caller = caller_id.parse_digits(self._digits)
        if caller is not None:
            self._digits = ""
        return caller

    def keep(self, caller: CallerId, now: float) -> None:
        """Remember a caller until the first ring."""
        self._caller = (caller, now)

    def take(self, now: float) -> CallerId | None:
        """Give the caller that belongs to a first ring now, and forget all."""
        kept, digits = self._caller, self._digits
        self._caller, self._digits = None, ""
        if kept is not None and now <= kept[1] + FRESH_S:
            return kept[0]
        return caller_id.parse_digits(digits, is_over=True) if now <= self._digit_at + FRESH_S else None
