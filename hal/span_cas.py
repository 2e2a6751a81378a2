"""Signalling bits of timeslot 16, read from the framer: a change counts when two readings agree.

A register holds the bits of timeslots n and n + 16. Readings are a multiframe apart, so that one disturbed
multiframe is never taken for a signal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import inf

from hal.ds26521 import cas_place

BLOCKED = 0b1101  # R2: the channel cannot be used
CONFIRM_S = 0.0025  # a multiframe lasts 2 ms
READINGS_MAX = 8  # bits that never rest are left to the sweep
SWEEP_S = 0.25  # read all, should an interrupt have got lost
ALL = range(1, 16)
REGISTER_BLOCKED = BLOCKED << 4 | BLOCKED


class CasReader:
    """The bits received on a span."""

    def __init__(self, read: Callable[[int, int], bytes]) -> None:
        """Read by `read(first register 0..15, count)`."""
        self._read = read
        self._held = bytearray([REGISTER_BLOCKED] * 16)  # what counts
        self._seen: dict[int, int] = {}  # register -> its last reading, which differs from what counts
        self._readings = 0
        self._sweep_at = -inf
        self.due = inf

    @property
    def bits(self) -> tuple[int, ...]:
        """The bits that count, by timeslot."""
        places = (cas_place(timeslot) for timeslot in range(32))
        return tuple(self._held[register] >> shift & 15 for register, shift in places)

    def pause(self) -> None:
        """Forget what was half seen: there is no multiframe now. What counted goes on counting."""
        self._seen.clear()
        self.due = inf
        self._sweep_at = -inf

    def look(self, changed: bytes, now: float) -> Iterator[tuple[int, int]]:
        """Read what the chip says has changed, and what waits for a second reading; give what counts now.

        changed  RSS1..4
        gives    timeslot and bits
        """
        wanted = _registers(changed)
        if now >= self._sweep_at:
            self._sweep_at = now + SWEEP_S
            wanted = set(ALL)
        if now >= self.due:
            wanted |= set(self._seen)
        if wanted:
            yield from self._take(wanted, now)

    def _take(self, wanted: set[int], now: float) -> Iterator[tuple[int, int]]:
        first = min(wanted)
        values = self._read(first, max(wanted) - first + 1)
        is_second = now >= self.due
        self._readings = self._readings + 1 if is_second else 1
        for register in sorted(wanted):
            value = values[register - first]
            if value == self._held[register]:
                self._seen.pop(register, None)
            elif is_second and self._seen.get(register) == value:
                del self._seen[register]
                yield from self._hold(register, value)
            else:
                self._seen[register] = value
        self._plan(is_second, now)

    def _plan(self, is_second: bool, now: float) -> None:
        if self._readings > READINGS_MAX:
            self._seen.clear()
        if not self._seen:
            self.due = inf
        elif is_second or self.due == inf:
            self.due = now + CONFIRM_S

    def _hold(self, register: int, value: int) -> Iterator[tuple[int, int]]:
        before = self._held[register]
        self._held[register] = value
        if (before ^ value) & 0xF0:
            yield register, value >> 4
        if (before ^ value) & 0x0F:
            yield register + 16, value & 0x0F


def _registers(changed: bytes) -> set[int]:
    """Return which registers hold the timeslots whose bits are set; 0 and 16 carry no channel."""
    bits = int.from_bytes(changed, "little")
    return {timeslot % 16 for timeslot in range(32) if bits >> timeslot & 1} - {0}
