"""A caller in a queue, with the clocks of announcement and longest wait."""

from __future__ import annotations

from dataclasses import dataclass, field

from firmware.acd.types import Waiting
from firmware.config.models import Queue


@dataclass(slots=True)
class Caller:
    """A caller who waits, perhaps while an agent's phone rings for him."""

    waiting: Waiting
    ticket: int  # running number: breaks ties of equal times
    entered_at: float  # s, came into this queue; `waiting.joined_at` may be older (an earlier queue)
    announced_at: float  # s, when the last announcement was due
    position: int  # best place ever held, so that nobody hears it grow
    offer_id: int | None = None
    tried: dict[str, int] = field(default_factory=dict)  # agent -> offers that were not answered

    @property
    def call(self) -> str:
        """Give the call's id."""
        return self.waiting.call

    @property
    def rank(self) -> tuple[int, float, int]:
        """Give the order of service: priority, then who came first."""
        return (self.waiting.priority, self.waiting.joined_at, self.ticket)

    def overflow_at(self, queue: Queue) -> float:
        """Give when the caller has waited long enough."""
        return self.entered_at + queue.max_wait_s

    def announce_at(self, queue: Queue) -> float | None:
        """Give when the position is said again; None if never."""
        return self.announced_at + queue.announce_every_s if queue.announce_every_s else None

    def mark_announced(self, queue: Queue, now: float) -> None:
        """Note an announcement; a late one does not shift the next, unless a whole interval was lost."""
        due = self.announced_at + queue.announce_every_s
        self.announced_at = due if due + queue.announce_every_s > now else now
