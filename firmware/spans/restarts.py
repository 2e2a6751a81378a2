"""Channels whose state at the far end is not known, set back to idle one after the other (Q.931, 5.5)."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto

FIRST_S = 1.5  # after the data link came up: the far end may establish it once more, and lose what was sent
RESTART_S = 5.0  # an exchange that does not know RESTART never answers
LATE_S = 65.0  # the link repeats RESTART for so long; until then the channel that was asked for is not used


class _State(Enum):
    REST = auto()
    SOON = auto()
    ASKED = auto()
    LATE = auto()


class Restarts:
    """Which channels must be set back, and which is being set back now.

    One at a time: all RESTART messages share the call reference 0. A far end that does not answer is taken
    to do without RESTART: all channels are used then, but for the one that was asked for.
    """

    def __init__(self, ask: Callable[[int, float], None]) -> None:
        self._ask = ask
        self.doubtful: set[int] = set()
        self.until: float | None = None
        self._state = _State.REST
        self._current = 0

    def link_up(self, now: float) -> None:
        """The data link came up: begin soon."""
        self._enter(_State.SOON, now + FIRST_S)

    def link_down(self) -> None:
        """Nothing can be asked."""
        self._enter(_State.REST, None)

    def go_on(self, now: float, is_at_rest: Callable[[int], bool]) -> None:
        """Ask for the next channel, unless one is being asked for. Channels with a call need no asking."""
        if self._state is not _State.REST:
            return
        self.doubtful = {timeslot for timeslot in self.doubtful if is_at_rest(timeslot)}
        if self.doubtful:
            self._current = min(self.doubtful)
            self._enter(_State.ASKED, now + RESTART_S)
            self._ask(self._current, now)

    def done(self, timeslot: int) -> None:
        """The far end has set a channel back; 0: all of them."""
        self.doubtful = self.doubtful - {timeslot} if timeslot else set()
        if timeslot in (0, self._current):
            self._enter(_State.REST, None)

    def yield_to_call(self, timeslot: int) -> None:
        """The far end uses the channel for a call: it is in no doubt, and is not asked for any more."""
        self.doubtful.discard(timeslot)
        if self._state is not _State.SOON and timeslot == self._current:
            self._enter(_State.REST, None)

    def tick(self, now: float) -> bool:
        """Act on the deadline; gives whether the far end has just turned out not to answer."""
        if self.until is None or now < self.until:
            return False
        if self._state is _State.ASKED:
            self.doubtful = {self._current}
            self._enter(_State.LATE, now + LATE_S)
            return True
        if self._state is _State.LATE:
            self.doubtful.discard(self._current)
        self._enter(_State.REST, None)
        return False

    def _enter(self, state: _State, until: float | None) -> None:
        self._state, self.until = state, until
