"""Channels that the far end is asked to set back to idle, one after the other (Q.931 section 5.5)."""

from __future__ import annotations

from collections import deque

T316_S = (
    30.0  # a RESTART waits that long for its acknowledgement; the standard's 120 s would hold up the others
)
TRIES = 2


class Restarts:
    """The queue of RESTARTs: only one may be under way, and libpri would repeat none that is lost."""

    def __init__(self) -> None:
        self._waiting: deque[int] = deque()
        self._channel = 0
        self._tries = 0
        self.deadline: float | None = None

    def add(self, channel: int) -> None:
        """Queue a channel, once."""
        if channel not in self._waiting:
            self._waiting.append(channel)

    def due(self, now: float) -> int:
        """Give the channel whose RESTART is to be sent now; 0: none."""
        if self.deadline is not None and now < self.deadline:
            return 0
        if self._tries >= TRIES or not self._channel:
            self._channel = self._waiting.popleft() if self._waiting else 0
            self._tries = 0
        self._tries += 1
        self.deadline = now + T316_S if self._channel else None
        return self._channel

    def done(self, channel: int) -> None:
        """Note an acknowledgement; 0 is one for all channels."""
        if channel in (0, self._channel):
            self._channel, self.deadline = 0, None

    def yield_to_call(self, channel: int) -> bool:
        """Let the far end's new call have a channel; gives whether a RESTART of it is under way.

        A RESTART that was repeated now would end that call at the far end only.
        """
        if channel in self._waiting:
            self._waiting.remove(channel)
        is_under_way = channel != 0 and channel == self._channel
        if is_under_way:
            self._channel, self.deadline = 0, None
        return is_under_way

    def again(self) -> None:
        """Send the one that is under way anew: the data link was lost with it."""
        self._tries, self.deadline = 0, None
