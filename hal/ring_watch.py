"""Follow ring bursts from the Si3050's interrupts, with its comparators as a second witness.

The chip interrupts at the begin and at the end of a validated burst with the same bit, so begin and end are
told apart by counting. Should one get lost, the raw comparators put it right.
"""

from __future__ import annotations

from math import inf

WATCH_S = 0.09  # while it rings; no multiple of a ringing period, or every look would meet a zero crossing
WITNESS_S = 0.6  # the comparators must contradict that long: the chip itself takes up to 256 ms to see an end


class RingWatch:
    """Whether it rings."""

    def __init__(self) -> None:
        self.is_ringing = False
        self.due = inf  # when to look again
        self._odd_since = inf

    def reset(self) -> None:
        """Forget a burst, because the line was seized or the chip restarted."""
        self.is_ringing = False
        self.due = self._odd_since = inf

    def feed(self, is_edge: bool, is_loud: bool, is_bit_set: bool, now: float) -> bool:
        """Take a reading, and return True when a burst has just begun or ended.

        is_edge     the chip said begin or end (RDTI)
        is_loud     a comparator is above its threshold at this moment (RDTP, RDTN)
        is_bit_set  the chip's own long one-shot after a validated ring (RDT)
        """
        is_odd = is_loud != self.is_ringing and (self.is_ringing or is_bit_set)
        self._odd_since = min(self._odd_since, now) if is_odd else inf
        is_changed = is_edge or now >= self._odd_since + WITNESS_S
        if is_changed:
            self.is_ringing = not self.is_ringing
            self._odd_since = inf
        self.due = now + WATCH_S if self.is_ringing else inf
        return is_changed
