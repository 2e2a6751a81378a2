"""Ten milliseconds by the clock: absolute deadlines, lateness counted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

TICK_S = 0.01
LATE_S = 0.005
GIVE_UP_S = 0.2  # a process that was stopped for longer does not replay what it missed


@dataclass(slots=True)
class Lateness:
    """How well real time was kept."""

    ticks: int = 0
    late: int = 0  # begun more than 5 ms after the deadline
    skipped: int = 0  # never done, after a long stop
    worst_s: float = 0.0

    def __str__(self) -> str:
        return (
            f"{self.ticks} ticks, {self.late} late, {self.skipped} skipped, "
            f"worst {self.worst_s * 1000:.1f} ms"
        )


class Pacer:
    """Call `tick(now)` every 10 ms; `now` is the deadline, in s since the start."""

    def __init__(self, tick: Callable[[float], None], loop: asyncio.AbstractEventLoop) -> None:
        self.lateness = Lateness()
        self._tick = tick
        self._loop = loop
        self._started_at = loop.time()
        self._count = 0
        self._handle: asyncio.TimerHandle | None = None

    def now(self) -> float:
        """Give the time since the start."""
        return self._loop.time() - self._started_at

    def start(self) -> None:
        """Begin."""
        self._arm()

    def stop(self) -> None:
        """End."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _arm(self) -> None:
        self._count += 1
        self._handle = self._loop.call_at(self._started_at + self._count * TICK_S, self._due)

    def _due(self) -> None:
        behind_s = self.now() - self._count * TICK_S
        lateness = self.lateness
        lateness.ticks += 1
        lateness.late += behind_s > LATE_S
        lateness.worst_s = max(lateness.worst_s, behind_s)
        if behind_s > GIVE_UP_S:
            missed = int(behind_s / TICK_S)
            lateness.skipped += missed
            self._count += missed
        deadline = self._count * TICK_S
        self._arm()
        self._tick(deadline)
