"""Signalling bits of timeslot 16, read from the framer: a change counts when two readings agree.

A register holds the bits of timeslots n and n + 16. Readings are more than a multiframe apart, so that one
disturbed multiframe is never taken for a signal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import inf

from hal.ds26521 import cas_place

BLOCKED = 0b1101  # R2: the channel cannot be used
CONFIRM_S = 0.0025  # a multiframe lasts 2 ms
READINGS_MAX = 8  # bits that never rest are left to the sweep
SWEEP_S = 0.25  # read all, should an interrupt have got lost
ALL = frozenset(range(1, 16))
REGISTER_BLOCKED = BLOCKED << 4 | BLOCKED


@dataclass(frozen=True, slots=True)
class _Reading:
    """A register's new content, seen once."""

    value: int
    due: float  # when to read again
    readings: int


class CasReader:
    """The bits received on a span."""

    def __init__(self, read: Callable[[int, int], bytes]) -> None:
        """Read by `read(first register 0..15, count)`."""
        self._read = read
        self._held = bytearray([REGISTER_BLOCKED] * 16)  # what counts
        self._seen: dict[int, _Reading] = {}
        self._sweep_at = -inf

    @property
    def bits(self) -> tuple[int, ...]:
        """The bits that count, by timeslot."""
        places = (cas_place(timeslot) for timeslot in range(32))
        return tuple(self._held[register] >> shift & 15 for register, shift in places)

    @property
    def due(self) -> float:
        """When to look again."""
        return min((reading.due for reading in self._seen.values()), default=inf)

    def pause(self) -> None:
        """Forget what was half seen: there is no multiframe now. What counted goes on counting."""
        self._seen.clear()
        self._sweep_at = -inf

    def look(self, changed: bytes, now: float) -> Iterator[tuple[int, int]]:
        """Read what the chip says has changed, and what waits for a second reading; give what counts now.

        changed  RSS1..4
        gives    timeslot and bits
        """
        wanted = _registers(changed) | {register for register, seen in self._seen.items() if now >= seen.due}
        if now >= self._sweep_at:
            self._sweep_at = now + SWEEP_S
            wanted |= ALL
        if wanted:
            first = min(wanted)
            values = self._read(first, max(wanted) - first + 1)
            for register in sorted(wanted):
                yield from self._take(register, values[register - first], now)

    def _take(self, register: int, value: int, now: float) -> Iterator[tuple[int, int]]:
        seen = self._seen.pop(register, None)
        if value == self._held[register]:
            return
        if seen is None:
            self._seen[register] = _Reading(value, now + CONFIRM_S, 1)
        elif now < seen.due:
            due = seen.due if value == seen.value else now + CONFIRM_S
            self._seen[register] = _Reading(value, due, seen.readings)
        elif value == seen.value:
            yield from self._hold(register, value)
        elif seen.readings < READINGS_MAX:
            self._seen[register] = _Reading(value, now + CONFIRM_S, seen.readings + 1)

    def _hold(self, register: int, value: int) -> Iterator[tuple[int, int]]:
        changed = self._held[register] ^ value
        self._held[register] = value
        if changed & 0xF0:
            yield register, value >> 4
        if changed & 0x0F:
            yield register + 16, value & 0x0F


def _registers(changed: bytes) -> set[int]:
    """Return which registers hold the timeslots whose bits are set; 0 and 16 carry no channel."""
    bits = int.from_bytes(changed, "little")
    return {timeslot % 16 for timeslot in range(32) if bits >> timeslot & 1} - {0}
