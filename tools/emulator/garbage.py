"""Garbage on a line: noise, clicks and whistles for a while, whatever the line does meanwhile."""

from __future__ import annotations

from tools.emulator import signals
from tools.emulator.alaw import Samples


class Garbage:
    """The garbage that was put on last; what the line plays next gets the rest of it."""

    def __init__(self) -> None:
        self._began_at = 0.0
        self._samples: Samples | None = None

    def begin(self, samples: Samples, now: float) -> None:
        """Put it on the line."""
        self._began_at, self._samples = now, samples

    def rest(self, now: float) -> Samples | None:
        """Give what has not sounded yet."""
        if self._samples is None:
            return None
        rest = self._samples[signals.samples_of(now - self._began_at) :]
        if not len(rest):
            self._samples = None
            return None
        return rest
