"""The offers that are open: which agent's phone rings for which caller."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

from firmware.acd.agent import Engagement, Seat
from firmware.acd.caller import Caller
from firmware.acd.types import Action, AgentState, Offer, Withdraw


@dataclass(frozen=True, slots=True)
class OpenOffer:
    """A phone that rings."""

    offer_id: int
    caller: Caller
    seat: Seat
    phone: str
    started_at: float  # s

    def withdrawal(self, reason: str) -> Withdraw:
        """Say that this phone shall stop ringing."""
        return Withdraw(self.offer_id, self.caller.call, self.seat.number, self.phone, reason)


class Offers:
    """Open offers by id; an id is never used twice, so a late answer to a closed offer is recognised."""

    def __init__(self) -> None:
        self._open: dict[int, OpenOffer] = {}
        self._ids = count(1)

    def all(self) -> list[OpenOffer]:
        """List them, oldest first."""
        return list(self._open.values())

    def open(self, caller: Caller, seat: Seat, now: float) -> list[Action]:
        """Ring a logged-in agent's phone for a caller."""
        assert seat.phone is not None and caller.offer_id is None
        offer = OpenOffer(next(self._ids), caller, seat, seat.phone, now)
        self._open[offer.offer_id] = offer
        caller.offer_id = offer.offer_id
        queue = caller.waiting.queue
        seat.engagement = Engagement(caller.call, queue, seat.phone)
        told = Offer(offer.offer_id, caller.call, queue, seat.number, seat.phone)
        return [told, seat.change(AgentState.OFFERED, now)]

    def close(self, offer_id: int) -> OpenOffer | None:
        """Forget an offer and free caller and agent of it; None if it is closed already."""
        offer = self._open.pop(offer_id, None)
        if offer is not None:
            offer.caller.offer_id = None
            offer.seat.engagement = None
        return offer

    def of_agent(self, number: str) -> OpenOffer | None:
        """Find the offer that rings for an agent."""
        return next((offer for offer in self._open.values() if offer.seat.number == number), None)
