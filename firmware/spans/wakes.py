"""The deadlines of a span's channels: the soonest is known without asking all of them."""

from __future__ import annotations


class Wakes:
    """One deadline by timeslot."""

    def __init__(self) -> None:
        self._at: dict[int, float] = {}
        self._soonest: float | None = None
        self._is_known = True

    def set(self, timeslot: int, at: float | None) -> None:
        """Set, move or take away a deadline."""
        old = self._at.pop(timeslot, None)
        if at is not None:
            self._at[timeslot] = at
        if old is not None and old == self._soonest:
            self._is_known = False
        elif at is not None and self._is_known and (self._soonest is None or at < self._soonest):
            self._soonest = at

    def soonest(self) -> float | None:
        """Give the next one."""
        if not self._is_known:
            self._soonest, self._is_known = min(self._at.values(), default=None), True
        return self._soonest

    def due(self, now: float) -> list[int]:
        """Take those that have come, in the order of the timeslots."""
        at = self.soonest()
        if at is None or at > now:
            return []
        found = sorted(timeslot for timeslot, at in self._at.items() if at <= now)
        for timeslot in found:
            self.set(timeslot, None)
        return found
