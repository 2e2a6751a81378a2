"""Dial pulses as the exchange counts them."""

from __future__ import annotations

from collections.abc import Callable

from tools.emulator.timers import Timer, Timers

PULSE_END_S = 0.25  # longer than any opening or closing of a pulse, shorter than the pause between digits


class PulseCounter:
    """Counts the openings of a loop until a digit is over.

    told  gets the digit and the time
    """

    def __init__(self, timers: Timers, told: Callable[[str, float], None]) -> None:
        self._timers = timers
        self._told = told
        self._count = 0
        self._end: Timer | None = None

    def pulse(self, now: float) -> None:
        """The loop was open for a moment."""
        self._count += 1
        if self._end is not None:
            self._end.cancel()
        self._end = self._timers.set(now + PULSE_END_S, self._ended)

    def _ended(self, now: float) -> None:
        digit, self._count = str(self._count % 10), 0
        self._end = None
        self._told(digit, now)
