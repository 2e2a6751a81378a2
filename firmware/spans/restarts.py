"""Channels whose state at the far end is not known, set back to idle one after the other (Q.931, 5.5)."""

from __future__ import annotations

from collections.abc import Callable

RESTART_S = 4.0  # an exchange that does not know RESTART never answers


class Restarts:
    """Which channels must be set back, and which is being set back now.

    One at a time: all RESTART messages share the call reference 0.
    """

    def __init__(self, ask: Callable[[int, float], None]) -> None:
        self._ask = ask
        self.doubtful: set[int] = set()
        self.until: float | None = None
        self._current = 0

    def go_on(self, now: float, is_at_rest: Callable[[int], bool]) -> None:
        """Ask for the next channel, unless one is being asked for. Channels with a call need no asking."""
        if self.until is not None:
            return
        self.doubtful = {timeslot for timeslot in self.doubtful if is_at_rest(timeslot)}
        if self.doubtful:
            self._current = min(self.doubtful)
            self.until = now + RESTART_S
            self._ask(self._current, now)

    def done(self, timeslot: int) -> None:
        """The far end has set a channel back; 0: all of them."""
        self.doubtful = self.doubtful - {timeslot} if timeslot else set()
        if timeslot in (0, self._current):
            self.until = None

    def stop(self) -> None:
        """The link is down: nothing can be asked."""
        self.until = None

    def is_overdue(self, now: float) -> bool:
        """The far end does not answer: it does without RESTART, and so must we."""
        if self.until is None or now < self.until:
            return False
        self.doubtful, self.until = set(), None
        return True
