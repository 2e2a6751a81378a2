"""Things that will happen: a heap of moments. Idle lines and phones cost nothing while they wait."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable

Act = Callable[[float], None]
EARLY_S = 1e-6  # sums of floats: 1.0 + 0.3 must not wait for the tick after 1.3


class Timer:
    """One moment to come; `act` gets the moment it was set for."""

    __slots__ = ("act", "at")

    def __init__(self, at: float, act: Act) -> None:
        self.at = at
        self.act: Act | None = act

    def cancel(self) -> None:
        """Let nothing happen."""
        self.act = None


class Timers:
    """All moments to come, in order; equal moments in the order they were set."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Timer]] = []
        self._count = 0
        self.next_at = math.inf

    def set(self, at: float, act: Act) -> Timer:
        """Call `act` at a moment."""
        timer = Timer(at, act)
        self._count += 1
        heapq.heappush(self._heap, (at, self._count, timer))
        self.next_at = self._heap[0][0]
        return timer

    def run(self, now: float) -> None:
        """Do what is due, at the moments it was due."""
        while self._heap and self._heap[0][0] <= now + EARLY_S:
            at, _, timer = heapq.heappop(self._heap)
            act, timer.act = timer.act, None
            if act is not None:
                act(at)
        self.next_at = self._heap[0][0] if self._heap else math.inf
