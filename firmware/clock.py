"""The clock: monotonic seconds for the machines, wall-clock time for people.

Nothing else in the product asks the operating system for the time. Durations are always monotonic; wall-clock
time may jump (a time server, a dead battery), which `step` tells and the records log.
"""

from __future__ import annotations

import ctypes
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

STEP_MIN_S = 0.5  # smaller differences are slewing, which chrony keeps below 0.1 s a second
_TIME_ERROR = 5  # adjtimex(2): the kernel's clock is not synchronised


@dataclass(frozen=True, slots=True)
class ClockStep:
    """The wall clock jumped by `seconds` (positive: forward) to `after`."""

    seconds: float
    after: datetime


class Clock(Protocol):
    """What the box needs to know about time."""

    def now(self) -> float:
        """Give monotonic seconds."""

    def utc(self) -> datetime:
        """Give the wall clock, aware, in UTC."""

    def utc_at(self, now: float) -> datetime:
        """Give the wall clock that belongs to a monotonic time, as the wall clock stands now."""

    def is_synced(self) -> bool:
        """Tell if a time server or another reference disciplines the wall clock."""

    def step(self) -> ClockStep | None:
        """Give the jump of the wall clock since the last call, if there was one. Call about once a second."""


class StepWatch:
    """Tell a jump of the wall clock from its offset to the monotonic clock."""

    def __init__(self, offset_s: float) -> None:
        self._offset_s = offset_s

    def look(self, offset_s: float) -> float | None:
        """Compare with the offset seen last; the jump in seconds, or None for the small change of slewing."""
        jump_s = offset_s - self._offset_s
        self._offset_s = offset_s
        return jump_s if abs(jump_s) >= STEP_MIN_S else None


class SystemClock:
    """The operating system's clocks."""

    def __init__(self) -> None:
        self._watch = StepWatch(self._offset_s())
        self._libc = ctypes.CDLL(None)

    def now(self) -> float:
        """Give CLOCK_MONOTONIC in seconds."""
        return time.monotonic()

    def worked(self) -> float:
        """Give how long this thread has had a processor, in seconds."""
        return time.thread_time()

    def utc(self) -> datetime:
        """Give CLOCK_REALTIME."""
        return datetime.fromtimestamp(time.time(), UTC)

    def utc_at(self, now: float) -> datetime:
        """Give the wall clock that belongs to a monotonic time."""
        return datetime.fromtimestamp(self._offset_s() + now, UTC)

    def is_synced(self) -> bool:
        """Ask the kernel; the same answer for chrony, ntpd and timesyncd.

        source  adjtimex(2), RETURN VALUE: 0..4 clock states, 5 TIME_ERROR
        """
        timex = ctypes.create_string_buffer(512)  # struct timex, all zero: modes = 0 reads only
        state = int(self._libc.adjtimex(timex))
        return 0 <= state < _TIME_ERROR

    def step(self) -> ClockStep | None:
        """Give the jump since the last call."""
        jump_s = self._watch.look(self._offset_s())
        return None if jump_s is None else ClockStep(jump_s, self.utc())

    @staticmethod
    def _offset_s() -> float:
        return time.time() - time.monotonic()


class VirtualClock:
    """A clock that its owner moves, for virtual time.

    start_utc  wall clock at monotonic 0
    """

    def __init__(self, start_utc: datetime, *, synced: bool = True) -> None:
        if start_utc.tzinfo is None:
            raise ValueError("start_utc: got a naive time, allowed: an aware one")
        self._zero_utc = start_utc.astimezone(UTC)
        self._now = 0.0
        self._synced = synced
        self._watch = StepWatch(0.0)
        self._stepped_s = 0.0

    def now(self) -> float:
        """Give monotonic seconds since the start."""
        return self._now

    def utc(self) -> datetime:
        """Give the wall clock."""
        return self.utc_at(self._now)

    def utc_at(self, now: float) -> datetime:
        """Give the wall clock that belongs to a monotonic time."""
        return self._zero_utc + timedelta(seconds=now + self._stepped_s)

    def is_synced(self) -> bool:
        """Tell what the owner said."""
        return self._synced

    def step(self) -> ClockStep | None:
        """Give the jump since the last call."""
        jump_s = self._watch.look(self._stepped_s)
        return None if jump_s is None else ClockStep(jump_s, self.utc())

    def set_now(self, now: float) -> None:
        """Move monotonic time; it never runs backwards.

        raises  ValueError
        """
        if now < self._now:
            raise ValueError(f"now: got {now}, allowed: {self._now} or later")
        self._now = now

    def advance(self, seconds: float) -> float:
        """Move monotonic time on and give it."""
        self.set_now(self._now + seconds)
        return self._now

    def jump(self, seconds: float, *, synced: bool | None = None) -> None:
        """Let the wall clock jump, as a time server or an owner makes it."""
        self._stepped_s += seconds
        if synced is not None:
            self._synced = synced
