"""The waiting room: the callers of all queues, their places, and the queues' settings."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count

from firmware.acd.caller import Caller
from firmware.acd.choose import in_order
from firmware.acd.types import Waiting
from firmware.config.models import Queue


class UnknownQueue(ValueError):
    """No such queue now or earlier."""


class Room:
    """Callers by call id.

    A queue taken out of the settings is remembered, for a call in an old menu may still ask for it.
    """

    def __init__(self, queues: Iterable[Queue]) -> None:
        self._queues = {queue.name: queue for queue in queues}
        self._retired: dict[str, Queue] = {}
        self._callers: dict[str, Caller] = {}
        self._tickets = count(1)

    @property
    def callers(self) -> list[Caller]:
        """List all callers in the order of service."""
        return in_order(self._callers.values())

    @property
    def queue_names(self) -> list[str]:
        """List the queues of the present settings."""
        return list(self._queues)

    def queue(self, name: str) -> Queue:
        """Give a queue's settings, the last known ones if it was removed.

        raises  UnknownQueue with the names there are
        """
        found = self._queues.get(name) or self._retired.get(name)
        if found is None:
            raise UnknownQueue(f"queue: got {name!r}, allowed {', '.join(self._queues) or 'none'}")
        return found

    def is_retired(self, name: str) -> bool:
        """Tell whether the queue is no longer in the settings."""
        return name not in self._queues

    def find(self, call: str) -> Caller | None:
        """Give the caller, None if the call does not wait."""
        return self._callers.get(call)

    def of(self, queue: str) -> list[Caller]:
        """List the callers of one queue in the order of service."""
        return [caller for caller in self.callers if caller.waiting.queue == queue]

    def new_caller(self, waiting: Waiting, now: float) -> Caller:
        """Make a caller who is not yet in the room, behind those he may not overtake."""
        caller = Caller(waiting, next(self._tickets), entered_at=now, announced_at=now, position=1)
        caller.position = 1 + sum(other.rank < caller.rank for other in self.of(waiting.queue))
        return caller

    def add(self, caller: Caller) -> None:
        """Let the caller in."""
        self._callers[caller.call] = caller

    def remove(self, call: str) -> Caller | None:
        """Take the caller out; None if the call does not wait."""
        return self._callers.pop(call, None)

    def settle_positions(self) -> None:
        """Move callers up; one whom a more important call overtakes keeps the place he was told."""
        places: dict[str, int] = {}
        for caller in self.callers:
            place = places[caller.waiting.queue] = places.get(caller.waiting.queue, 0) + 1
            caller.position = min(caller.position, place)

    def reconfigure(self, queues: Iterable[Queue]) -> list[Caller]:
        """Take new settings; gives the callers whose queue is gone."""
        fresh = {queue.name: queue for queue in queues}
        self._retired.update({name: queue for name, queue in self._queues.items() if name not in fresh})
        self._queues = fresh
        return [caller for caller in self.callers if caller.waiting.queue not in fresh]
