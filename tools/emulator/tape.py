"""Sound on its way to the box: rendered ahead, handed out 80 octets at a time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tools.emulator.alaw import BLOCK_SMP, SILENCE, Samples, decode, encode


class Tape:
    """A clip that plays once over a floor (silence, noise or a tone) that repeats for ever."""

    __slots__ = ("_clip", "_clip_at", "_floor", "_position", "is_cut")

    def __init__(self, floor: bytes = SILENCE, clip: bytes = b"") -> None:
        if not floor or len(floor) % BLOCK_SMP:
            raise ValueError("the floor must be a whole number of blocks")
        self._floor = floor
        self._clip = b""
        self._clip_at = 0
        self._position = 0
        self.is_cut = False  # it runs on, and nothing of it arrives
        if clip:
            self._splice(0, clip)

    def next_block(self) -> bytes:
        """Give the next 10 ms."""
        at = self._position
        self._position = at + BLOCK_SMP
        start = at - self._clip_at
        if self.is_cut:
            return SILENCE
        if start < len(self._clip):
            return self._clip[start : start + BLOCK_SMP]
        floor = self._floor
        start = at % len(floor)
        return floor[start : start + BLOCK_SMP]

    @property
    def is_clip_over(self) -> bool:
        """Only the floor is left."""
        return self._position - self._clip_at >= len(self._clip)

    @property
    def is_mute(self) -> bool:
        """Nothing but silence is left, whatever time passes."""
        return self._floor == SILENCE and self._position - self._clip_at >= len(self._clip)

    def lay(self, samples: Samples, delay_smp: int = 0) -> None:
        """Play over the floor, in place of what the clip had there."""
        self._replace(samples, delay_smp, self._floor_octets)

    def add(self, samples: Samples, delay_smp: int = 0) -> None:
        """Mix with whatever would have been heard."""
        self._replace(samples, delay_smp, self._coming)

    def _replace(self, samples: Samples, delay_smp: int, under: Callable[[int, int], bytes]) -> None:
        if len(samples):
            self._splice(delay_smp, _mixed(under(delay_smp, len(samples)), samples))

    def _splice(self, delay_smp: int, octets: bytes) -> None:
        end = delay_smp + len(octets)
        end += -end % BLOCK_SMP
        rest = max(end, len(self._clip) - (self._position - self._clip_at))
        coming = self._coming(0, rest)
        self._clip = coming[:delay_smp] + octets + coming[delay_smp + len(octets) :]
        self._clip_at = self._position

    def _coming(self, delay_smp: int, count: int) -> bytes:
        start = self._position - self._clip_at + delay_smp
        played = self._clip[start : start + count]
        return played + self._floor_octets(delay_smp + len(played), count - len(played))

    def _floor_octets(self, delay_smp: int, count: int) -> bytes:
        start = (self._position + delay_smp) % len(self._floor)
        times = (start + count) // len(self._floor) + 1
        return (self._floor * times)[start : start + count]


def _mixed(below: bytes, samples: Samples) -> bytes:
    if below.count(0xD5) == len(below):  # silence decodes to half a step above zero; a bias would be mixed in
        return encode(samples)
    return encode(np.asarray(decode(below) + samples, dtype=np.float32))
