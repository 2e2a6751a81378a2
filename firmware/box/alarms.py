"""What needs a person: shown on page, console and panel until it is over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from firmware.clock import Clock
from firmware.text import Text


@dataclass(frozen=True, slots=True)
class Alarm:
    """One trouble and what to do about it."""

    code: str
    text: Text
    since_utc: datetime


class Alarms:
    """The troubles of this moment by code, oldest first."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._by_code: dict[str, Alarm] = {}

    def raise_(self, code: str, text: Text) -> bool:
        """Add a trouble; gives whether it is new."""
        if code in self._by_code:
            return False
        self._by_code[code] = Alarm(code, text, self._clock.utc())
        return True

    def clear(self, code: str) -> bool:
        """Take a trouble away; gives whether it was there."""
        return self._by_code.pop(code, None) is not None

    def all(self) -> list[Alarm]:
        return list(self._by_code.values())
