"""A brake on guessing the set-up code: so many tries at once, then one every so often, whoever asks."""

from __future__ import annotations

from collections.abc import Callable

from firmware.api.core import Refused
from firmware.text import Text

_WAIT = Text(zh="尝试次数太多。请等一分钟再试。", en="Too many tries. Wait a minute, then try again.")


class Attempts:
    """A bucket of tries that refills with time."""

    def __init__(self, clock: Callable[[], float], burst: int = 10, refill_s: float = 12.0) -> None:
        self._clock = clock  # s, monotonic
        self._burst = burst
        self._refill_s = refill_s
        self._left = float(burst)
        self._at = clock()

    def spend(self) -> None:
        """Use one try.

        raises  Refused `too-often` when none is left
        """
        now = self._clock()
        self._left = min(self._burst, self._left + (now - self._at) / self._refill_s)
        self._at = now
        if self._left < 1:
            raise Refused("too-often", _WAIT)
        self._left -= 1
