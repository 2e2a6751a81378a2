"""Memory of clips and count of dials that C still works on."""

from __future__ import annotations

from collections import deque

from cext.types import CextError


class Pending:
    """Things given to one channel and not yet retired by C; they retire in order."""

    def __init__(self, limit: int, what: str) -> None:
        self._limit = limit
        self._what = what
        self._held: deque[object] = deque()
        self._retired = 0  # how many C had retired when we last looked
        self._waiting = 0  # of the held ones, those not cut by a stop

    def put(self, thing: object, retired: int, channel: int) -> None:
        """Hold `thing`; raises CextError when the queue of the channel is full."""
        self.reap(retired)
        if self._waiting >= self._limit:
            raise CextError(f"channel {channel}: at most {self._limit} {self._what} can wait")
        self._held.append(thing)
        self._waiting += 1

    def take_back(self) -> None:
        """Forget the last one: C did not get it."""
        self._held.pop()
        self._waiting -= 1

    def cut(self) -> None:
        """Everything held is to be dropped by C; it stays held until C says so."""
        self._waiting = 0

    def reap(self, retired: int) -> None:
        """Let go of what C has retired (a counter of 32 bits)."""
        for _ in range((retired - self._retired) & 0xFFFFFFFF):
            self._held.popleft()
        self._retired = retired
        self._waiting = min(self._waiting, len(self._held))
