"""The agents: who sits where, and what happens when they come, go, pause and hang up."""

from __future__ import annotations

from collections.abc import Iterable

from firmware.acd.agent import Engagement, Seat, Wish
from firmware.acd.offers import Offers
from firmware.acd.types import Action, AgentState
from firmware.config.models import Agent


class UnknownAgent(ValueError):
    """No such agent in the settings."""


class Desk:
    """Seats by agent number."""

    def __init__(self, agents: Iterable[Agent], offers: Offers) -> None:
        self._seats = {agent.number: Seat(agent) for agent in agents}
        self._offers = offers

    @property
    def seats(self) -> list[Seat]:
        """List all seats, those of removed agents in a call too."""
        return list(self._seats.values())

    def knows(self, number: str) -> bool:
        """Tell whether the settings have this agent."""
        seat = self._seats.get(number)
        return seat is not None and seat.wish is not Wish.REMOVED

    def find(self, number: str) -> Seat:
        """Give an agent's seat.

        raises  UnknownAgent with the numbers there are
        """
        if not self.knows(number):
            raise UnknownAgent(f"agent: got {number!r}, allowed {', '.join(self._seats) or 'none'}")
        return self._seats[number]

    def at(self, phone: str) -> Seat | None:
        """Give who is logged in at a phone; one who is only finishing a call there does not count."""
        here = [seat for seat in self._seats.values() if seat.phone == phone and not seat.wish.is_logout]
        return here[0] if here else None

    def talking(self, call: str) -> Seat | None:
        """Give the agent who talks on a call."""
        for seat in self._seats.values():
            if seat.state is AgentState.TALKING and seat.engagement and seat.engagement.call == call:
                return seat
        return None

    def login(self, number: str, phone: str, now: float) -> list[Action]:
        """Seat an agent at a phone; one who sat there goes, one who sat elsewhere moves."""
        seat = self.find(number)
        actions: list[Action] = []
        for other in self.seats:
            if other is not seat and other.phone == phone:
                actions += self._send_away(other, Wish.PHONE_TAKEN, now)
        if seat.phone != phone:
            actions += self._withdraw(seat)
        reason = "login" if not seat.is_logged_in else "moved" if seat.phone != phone else ""
        seat.phone, seat.wish = phone, Wish.NONE
        is_withdrawn = seat.state is AgentState.OFFERED and seat.engagement is None
        if is_withdrawn or seat.state in (AgentState.LOGGED_OUT, AgentState.PAUSED):
            return [*actions, seat.change(AgentState.READY, now, reason)]
        return [*actions, seat.report(reason)] if reason else actions

    def logout(self, number: str, now: float) -> list[Action]:
        """Send an agent home, after the call if there is one."""
        return self._send_away(self.find(number), Wish.LOGOUT, now)

    def pause(self, number: str, now: float) -> list[Action]:
        """Offer nothing to an agent until `ready`; in a call this begins after the wrap-up."""
        seat = self.find(number)
        if seat.state in (AgentState.LOGGED_OUT, AgentState.PAUSED):
            return []
        if seat.state is AgentState.TALKING:
            return self._wish(seat, Wish.PAUSE)
        return [*self._withdraw(seat), seat.change(AgentState.PAUSED, now)]

    def ready(self, number: str, now: float) -> list[Action]:
        """End a pause or the wrap-up; in a call, take back a wish to pause or to go."""
        seat = self.find(number)
        if seat.state in (AgentState.PAUSED, AgentState.WRAP_UP):
            seat.wish = Wish.NONE
            return [seat.change(AgentState.READY, now)]
        return self._wish(seat, Wish.NONE) if seat.state is AgentState.TALKING else []

    def answered(self, seat: Seat, engagement: Engagement, now: float) -> list[Action]:
        """Connect an agent with the caller of the offer."""
        seat.engagement = engagement
        return [seat.change(AgentState.TALKING, now)]

    def take_over(self, seat: Seat, engagement: Engagement, now: float) -> list[Action]:
        """Let an agent talk whom a colleague gave a call; a pause goes on after it."""
        if seat.state not in (AgentState.READY, AgentState.WRAP_UP, AgentState.PAUSED):
            return []
        if seat.state is AgentState.PAUSED:
            seat.wish = Wish.PAUSE
        seat.engagement = engagement
        return [seat.change(AgentState.TALKING, now, "transfer")]

    def end_call(self, seat: Seat, wrap_up_s: int, now: float) -> list[Action]:
        """Start the wrap-up, or grant the wish to go."""
        seat.engagement = None
        if seat.wish.is_logout:
            return self._go(seat, now)
        if wrap_up_s == 0:
            return [self._back_to_work(seat, now)]
        changed = seat.change(AgentState.WRAP_UP, now)
        seat.wrap_up_ends_at = now + wrap_up_s
        return [changed]

    def end_wrap_ups(self, now: float) -> list[Action]:
        """Make agents ready whose time after the call is over."""
        due = [seat for seat in self.seats if seat.is_wrapped_up(now)]
        return [self._back_to_work(seat, now) for seat in due]

    def reconfigure(self, agents: Iterable[Agent], now: float) -> list[Action]:
        """Take new settings: running calls and clocks stay, removed agents go (after their call)."""
        fresh = {agent.number: agent for agent in agents}
        actions: list[Action] = []
        for seat in self.seats:
            if seat.number in fresh:
                seat.agent = fresh[seat.number]
                self._take_back(seat)
            else:
                actions += self._send_away(seat, Wish.REMOVED, now)
                if not seat.is_logged_in:
                    self._seats.pop(seat.number, None)
        for number, agent in fresh.items():
            self._seats.setdefault(number, Seat(agent))
        return actions

    def _send_away(self, seat: Seat, wish: Wish, now: float) -> list[Action]:
        if not seat.is_logged_in:
            return []
        if seat.state is AgentState.TALKING:
            return self._wish(seat, wish)
        withdrawn = self._withdraw(seat)
        seat.wish = wish
        return [*withdrawn, *self._go(seat, now)]

    def _go(self, seat: Seat, now: float) -> list[Action]:
        wish = seat.wish
        if wish is Wish.REMOVED:
            del self._seats[seat.number]
        return [seat.leave(now, "logout" if wish is Wish.LOGOUT else wish.value)]

    def _take_back(self, seat: Seat) -> None:
        """Let an agent stay who is in the settings again, unless another sits there meanwhile."""
        if seat.wish is Wish.REMOVED:
            is_taken = any(other is not seat and other.phone == seat.phone for other in self.seats)
            seat.wish = Wish.PHONE_TAKEN if is_taken else Wish.NONE

    def _wish(self, seat: Seat, wish: Wish) -> list[Action]:
        if seat.wish is wish or seat.wish is Wish.REMOVED or (seat.wish.is_final and not wish.is_final):
            return []
        seat.wish = wish
        return [seat.report(wish.value)]

    def _back_to_work(self, seat: Seat, now: float) -> Action:
        wants_pause, seat.wish = seat.wish is Wish.PAUSE, Wish.NONE
        return seat.change(AgentState.PAUSED if wants_pause else AgentState.READY, now)

    def _withdraw(self, seat: Seat) -> list[Action]:
        """Stop the phone; the caller has a right to this agent's next try, so nothing is counted."""
        offer = self._offers.of_agent(seat.number)
        if offer is None:
            return []
        self._offers.close(offer.offer_id)
        return [offer.withdrawal("agent-gone")]
