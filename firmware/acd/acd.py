"""Automatic call distribution: the facade over waiting room, agents and offers.

A caller who is offered keeps the place in the queue until an agent answers. Whatever happened, `_settle` then
gives free agents to callers in order, so that no free agent stands beside a waiting caller.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from firmware.acd.agent import Engagement, Seat
from firmware.acd.caller import Caller
from firmware.acd.choose import free_agents, next_agent
from firmware.acd.desk import Desk
from firmware.acd.offers import Offers, OpenOffer
from firmware.acd.room import Room
from firmware.acd.types import Action, AgentState, Announce, OfferResult, Overflow, Waiting
from firmware.acd.view import AgentView, QueueView
from firmware.config.models import Agent, Queue
from firmware.config.targets import parse
from firmware.text import Language

# A phone found busy is not rung again before this, however short the queue's pause is.
# One that refuses at once (an offer reported unanswered) must not be rung in a circle either.
BUSY_RETRY_S = 5.0
REFUSED_RETRY_S = 1.0


class Acd:
    """All queues and agents of the box. A method that may change something gives the actions to carry out."""

    def __init__(self, queues: Iterable[Queue], agents: Iterable[Agent]) -> None:
        self._room = Room(queues)
        self._offers = Offers()
        self._desk = Desk(agents, self._offers)
        self._busy_phones: set[str] = set()
        self._deadline: float | None = None

    # Callers

    def enqueue(
        self,
        call: str,
        queue: str,
        language: Language,
        now: float,
        priority: int | None = None,
        *,
        joined_at: float | None = None,
    ) -> list[Action]:
        """Let a call wait in a queue; a call that waits or talks elsewhere leaves there.

        priority   1 is served first; None: the queue's own
        joined_at  s, of a call that waited in an earlier queue and keeps its turn (not its `max_wait_s`)
        raises     UnknownQueue
        """
        present = self._room.find(call)
        settings = self._room.queue(queue)
        if present is not None and present.waiting.queue == queue:
            return []
        actions = self._release(call, now)
        waiting = Waiting(
            call,
            queue,
            language,
            settings.priority if priority is None else priority,
            now if joined_at is None else min(joined_at, now),
        )
        return actions + self._admit(waiting, settings, now) + self._settle(now)

    def caller_left(self, call: str, now: float) -> list[Action]:
        """Forget a caller who hung up or was sent elsewhere; an agent's ringing phone is withdrawn."""
        return self._release(call, now) + self._settle(now)

    def call_ended(self, call: str, now: float) -> list[Action]:
        """End the agent's part of a call: wrap-up begins. A call that still waits leaves the queue."""
        return self._release(call, now) + self._settle(now)

    def hand_over(self, call: str, queue: str, phone: str, now: float) -> list[Action]:
        """Give the talk of a call to the agent at another phone; who talked until now wraps up.

        queue   the call waited in; empty: none, so that nobody wraps up after it
        phone   with nobody logged in there, or with somebody in another queue's call: no agent has it
        raises  UnknownQueue
        """
        actions = self._release(call, now)
        seat = self._desk.at(phone)
        if seat is not None and queue:
            actions += self._desk.take_over(seat, Engagement(call, self._room.queue(queue).name, phone), now)
        return actions + self._settle(now)

    # Agents

    def login(self, agent: str, phone: str, now: float) -> list[Action]:
        """Log an agent in at a phone, or move him there; a second login there also ends a pause.

        raises  UnknownAgent
        """
        return self._desk.login(agent, phone, now) + self._settle(now)

    def logout(self, agent: str, now: float) -> list[Action]:
        """Log an agent out, after the current call if there is one.

        raises  UnknownAgent
        """
        return self._desk.logout(agent, now) + self._settle(now)

    def pause(self, agent: str, now: float) -> list[Action]:
        """Offer nothing to an agent until `ready`; during a call the pause begins after the wrap-up.

        raises  UnknownAgent
        """
        return self._desk.pause(agent, now) + self._settle(now)

    def ready(self, agent: str, now: float) -> list[Action]:
        """End a pause or a wrap-up, or take back what was asked for during a call.

        raises  UnknownAgent
        """
        return self._desk.ready(agent, now) + self._settle(now)

    def phone_busy(self, phone: str, now: float) -> list[Action]:
        """Note that a phone is off-hook for an own call (or out of service): nothing is offered there."""
        self._busy_phones.add(phone)
        return self._settle(now)

    def phone_free(self, phone: str, now: float) -> list[Action]:
        """Note that a phone can ring again."""
        self._busy_phones.discard(phone)
        for seat in self._desk.seats:
            if seat.phone == phone and seat.is_retry_for_busy:
                seat.hold_back(now, is_for_busy=False)
        return self._settle(now)

    # Offers and time

    def offer_ended(self, offer_id: int, result: OfferResult, now: float) -> list[Action]:
        """Take the end of an offer. An offer that was withdrawn meanwhile is ignored: gives []."""
        offer = self._offers.close(offer_id)
        if offer is None:
            return []
        if result is OfferResult.ANSWERED:
            self._room.remove(offer.caller.call)
            engagement = Engagement(offer.caller.call, offer.caller.waiting.queue, offer.phone)
            return self._desk.answered(offer.seat, engagement, now) + self._settle(now)
        pause_s = self._room.queue(offer.caller.waiting.queue).retry_pause_s
        at_least_s = BUSY_RETRY_S if result is OfferResult.BUSY else REFUSED_RETRY_S
        return self._not_answered(offer, result, max(pause_s, at_least_s), now) + self._settle(now)

    def tick(self, now: float) -> list[Action]:
        """Do what is due: wrap-ups end, callers overflow, offers time out, positions are announced."""
        if self._deadline is None or now < self._deadline:
            return []
        actions = self._desk.end_wrap_ups(now) + self._overflow_due(now) + self._time_out_offers(now)
        self._room.settle_positions()
        return actions + self._announce_due(now) + self._settle(now)

    def deadline(self) -> float | None:
        """Give when `tick` has something to do; None: only events can change anything."""
        return self._deadline

    def reconfigure(self, queues: Iterable[Queue], agents: Iterable[Agent], now: float) -> list[Action]:
        """Take new settings: calls and clocks run on, callers of a removed queue overflow."""
        actions = self._desk.reconfigure(agents, now)
        for caller in self._room.reconfigure(queues):
            actions += self._overflow(caller, "removed", now)
        return actions + self._settle(now)

    def reconcile(self, calls: Collection[str], busy_phones: Collection[str], now: float) -> list[Action]:
        """Drop what the lines no longer know, so that no lost event leaves an agent or caller stuck.

        calls        all calls that exist
        busy_phones  all phones off-hook outside the queues' calls, or out of service
        """
        self._busy_phones |= set(busy_phones)
        ours = [caller.call for caller in self._room.callers]
        ours += [seat.engagement.call for seat in self._desk.seats if seat.engagement is not None]
        actions: list[Action] = []
        for call in ours:
            if call not in calls:
                actions += self._release(call, now)
        for phone in sorted(self._busy_phones - set(busy_phones)):
            actions += self.phone_free(phone, now)
        return actions + self._settle(now)

    # Queries

    def knows_agent(self, agent: str) -> bool:
        """Tell whether the settings have this agent."""
        return self._desk.knows(agent)

    def agent_at(self, phone: str) -> str | None:
        """Give the number of the agent logged in at a phone."""
        seat = self._desk.at(phone)
        return seat.number if seat else None

    def talking(self, call: str) -> str | None:
        """Give the number of the agent who talks on a call."""
        seat = self._desk.talking(call)
        return seat.number if seat else None

    def agents(self) -> list[AgentView]:
        """Describe all agents in the order of the settings."""
        return [self._view(seat) for seat in self._desk.seats]

    def waiting(self, queue: str) -> list[Waiting]:
        """List the callers of a queue in the order of service, also those an agent's phone rings for."""
        return [caller.waiting for caller in self._room.of(queue)]

    def position(self, call: str) -> int | None:
        """Give a caller's place, 1 = next; it never grows. None if the call does not wait."""
        caller = self._room.find(call)
        return caller.position if caller else None

    def longest_wait_s(self, queue: str, now: float) -> float:
        """Give how long the one who came first has waited; 0.0 if nobody waits."""
        return max((now - waiting.joined_at for waiting in self.waiting(queue)), default=0.0)

    def queues(self, now: float) -> list[QueueView]:
        """Describe all queues in the order of the settings."""
        return [self._queue_view(name, now) for name in self._room.queue_names]

    # Inner moves

    def _admit(self, waiting: Waiting, settings: Queue, now: float) -> list[Action]:
        if self._room.is_retired(settings.name):
            return [Overflow(waiting.call, settings.name, parse(settings.overflow), "removed")]
        caller = self._room.new_caller(waiting, now)
        is_full = len(self._room.of(settings.name)) >= settings.max_waiting
        if is_full and next_agent(caller, self._free_agents(now)) is None:
            return [Overflow(waiting.call, settings.name, parse(settings.overflow), "full")]
        self._room.add(caller)
        return [Announce(waiting.call, caller.position, waiting.language)]

    def _free_agents(self, now: float) -> list[Seat]:
        return free_agents(self._desk.seats, self._busy_phones, now)

    def _release(self, call: str, now: float) -> list[Action]:
        caller = self._room.remove(call)
        if caller is not None:
            return self._withdraw(caller, "caller-gone", now)
        seat = self._desk.talking(call)
        if seat is None or seat.engagement is None:
            return []
        return self._desk.end_call(seat, self._room.queue(seat.engagement.queue).wrap_up_s, now)

    def _withdraw(self, caller: Caller, reason: str, now: float) -> list[Action]:
        offer = self._offers.close(caller.offer_id) if caller.offer_id is not None else None
        if offer is None:
            return []
        return [offer.withdrawal(reason), offer.seat.change(AgentState.READY, now, reason)]

    def _overflow(self, caller: Caller, reason: str, now: float) -> list[Action]:
        withdrawn = self._withdraw(caller, "overflow", now)
        self._room.remove(caller.call)
        settings = self._room.queue(caller.waiting.queue)
        return [*withdrawn, Overflow(caller.call, settings.name, parse(settings.overflow), reason)]

    def _not_answered(
        self, offer: OpenOffer, result: OfferResult, pause_s: float, now: float
    ) -> list[Action]:
        """Let the agent rest from this offer; the caller's next try goes to somebody else first."""
        offer.caller.tried[offer.seat.number] = offer.caller.tried.get(offer.seat.number, 0) + 1
        offer.seat.hold_back(now + pause_s, is_for_busy=result is OfferResult.BUSY)
        return [offer.seat.change(AgentState.READY, now, result.value)]

    def _overflow_due(self, now: float) -> list[Action]:
        actions: list[Action] = []
        for caller in self._room.callers:
            if caller.overflow_at(self._room.queue(caller.waiting.queue)) <= now:
                actions += self._overflow(caller, "max-wait", now)
        return actions

    def _time_out_offers(self, now: float) -> list[Action]:
        actions: list[Action] = []
        for offer in self._offers.all():
            settings = self._room.queue(offer.caller.waiting.queue)
            if offer.started_at + settings.offer_s <= now:
                self._offers.close(offer.offer_id)
                actions.append(offer.withdrawal(OfferResult.NO_ANSWER.value))
                actions += self._not_answered(offer, OfferResult.NO_ANSWER, settings.retry_pause_s, now)
        return actions

    def _announce_due(self, now: float) -> list[Action]:
        actions: list[Action] = []
        for caller in self._room.callers:
            settings = self._room.queue(caller.waiting.queue)
            due = caller.announce_at(settings)
            if due is not None and due <= now:
                caller.mark_announced(settings, now)
                actions.append(Announce(caller.call, caller.position, caller.waiting.language))
        return actions

    def _settle(self, now: float) -> list[Action]:
        actions: list[Action] = []
        waiting = [caller for caller in self._room.callers if caller.offer_id is None]
        while waiting and (free := self._free_agents(now)):
            caller = waiting.pop(0)
            seat = next_agent(caller, free)
            actions += self._offers.open(caller, seat, now) if seat else []
        self._room.settle_positions()
        self._deadline = min(self._deadlines(now), default=None)
        return actions

    def _deadlines(self, now: float) -> list[float]:
        found = [seat.deadline(now) for seat in self._desk.seats]
        for caller in self._room.callers:
            settings = self._room.queue(caller.waiting.queue)
            found += [caller.overflow_at(settings), caller.announce_at(settings)]
        for offer in self._offers.all():
            found.append(offer.started_at + self._room.queue(offer.caller.waiting.queue).offer_s)
        return [due for due in found if due is not None]

    def _view(self, seat: Seat) -> AgentView:
        engaged = seat.engagement
        return AgentView(
            seat.number,
            seat.state,
            seat.phone,
            seat.since,
            engaged.call if engaged else None,
            engaged.queue if engaged else None,
            seat.phone in self._busy_phones,
        )

    def _queue_view(self, name: str, now: float) -> QueueView:
        members = [seat for seat in self._desk.seats if name in seat.agent.queues and seat.is_logged_in]
        return QueueView(
            name,
            len(self._room.of(name)),
            self.longest_wait_s(name, now),
            len(members),
            sum(seat.state is AgentState.READY for seat in members),
            sum(seat.state is AgentState.TALKING for seat in members),
        )
