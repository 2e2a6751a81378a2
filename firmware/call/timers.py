"""Deadlines of the call machine: callbacks at a time, in order, cancellable. Time is passed in."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count


class Timer:
    """A deadline that has been set; `cancel` takes it back."""

    __slots__ = ("act", "at")

    def __init__(self, at: float, act: Callable[[], None]) -> None:
        self.at = at
        self.act: Callable[[], None] | None = act

    def cancel(self) -> None:
        self.act = None


class Timers:
    """All deadlines, soonest first; equal ones in the order they were set."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Timer]] = []
        self._order = count()

    def at(self, at: float, act: Callable[[], None]) -> Timer:
        """Call `act` when the time has come."""
        timer = Timer(at, act)
        heapq.heappush(self._heap, (at, next(self._order), timer))
        return timer

    def next(self) -> float | None:
        """Give the soonest deadline."""
        while self._heap and self._heap[0][2].act is None:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def run(self, now: float) -> None:
        """Carry out all that is due."""
        while (at := self.next()) is not None and at <= now:
            act = heapq.heappop(self._heap)[2].act
            if act is not None:
                act()
