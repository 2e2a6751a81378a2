"""Calls that wait for a person, the offers to agents' phones, and the talk that follows; also how any call
ends.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from firmware.acd import types as acd
from firmware.acd.types import OfferResult
from firmware.call.context import Context
from firmware.call.timers import Timer
from firmware.call.types import Call, CallState, Finished, HangUpTrunk, Leg, RingPhone, StopRingPhone
from firmware.config.targets import Target, Verb
from firmware.lines.types import EndReason
from firmware.media.actions import Close, Leave, Music, Open, Tone
from firmware.prompts import numbers

PHONE_RING_S = 30.0
BY_THE_BOX = frozenset(
    {
        EndReason.OPERATOR,
        EndReason.SHUTDOWN,
        EndReason.PORT_FAILED,
        EndReason.TIMEOUT,
        EndReason.SILENCE,
        EndReason.LINK_LOST,
        EndReason.FAR_RESET,
    }
)


@dataclass(slots=True)
class _Ring:
    """A phone that rings for one call."""

    call: Call
    number: str
    in_vain: Callable[[], None]  # nobody lifted it
    timer: Timer | None = None


class Queueing:
    """Every waiting call, every ringing phone and every talk."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._offers: dict[str, acd.Offer] = {}  # by port of the ringing phone
        self._direct: dict[str, _Ring] = {}  # phones that ring for one call, by port
        self._spoken: dict[str, int] = {}  # prompts still to be heard before the music goes on, by call
        self.on_leave: Callable[[Call, Target], None] = lambda call, target: None
        self.on_talk: Callable[[Call], None] = lambda call: None
        self.on_finish: list[Callable[[Call], None]] = []

    # ---- waiting -------------------------------------------------------------------------------

    def join(self, call: Call, queue: str, *, joined_at: float | None = None) -> None:
        """Put the call into a queue.

        joined_at  of a caller who has waited before, and keeps the turn
        """
        context = self._context
        context.enter(call, CallState.QUEUE, "queue", queue)
        call.queue = queue
        actions = context.acd.enqueue(call.id, queue, call.language, context.now, joined_at=joined_at)
        if not any(isinstance(action, acd.Overflow) for action in actions):
            context.log("queue.joined", call, queue=queue, position=context.acd.position(call.id) or 0)
            self._say(call, ("queue-welcome",))
        self.follow(actions)

    def _say(self, call: Call, prompts: tuple[str, ...]) -> None:
        """Speak between two pieces of music."""
        channel = call.line_leg.channel
        if not self._spoken.get(call.id):
            self._context.hush(channel)
        self._spoken[call.id] = self._spoken.get(call.id, 0) + 1
        self._context.play(channel, prompts, call.language, lambda: self._spoken_to_end(call))

    def _spoken_to_end(self, call: Call) -> None:
        self._spoken[call.id] -= 1
        if not self._spoken[call.id] and call.state is CallState.QUEUE:
            self._context.do(Music(call.line_leg.channel, self.music(call.queue)))

    def music(self, name: str) -> str:
        """Give the music of a queue; for no queue: the standard one."""
        return next((queue.music for queue in self._context.config.queues if queue.name == name), "music")

    # ---- what the call distribution says -------------------------------------------------------

    def follow(self, actions: list[acd.Action]) -> None:
        """Carry out what the call distribution decided."""
        for action in actions:
            match action:
                case acd.Offer():
                    self._offer(action)
                case acd.Withdraw():
                    self._withdraw(action)
                case acd.Announce(call=call_id, position=position):
                    self._announce(self._context.calls[call_id], position)
                case acd.Overflow(call=call_id, target=target, reason=reason):
                    self._overflow(self._context.calls[call_id], target, reason)
                case acd.AgentChanged(agent=agent, state=state, phone=phone, reason=reason):
                    self._context.log(
                        "agent.state", agent=agent, state=state.value, phone=phone or "", reason=reason
                    )

    def _offer(self, offer: acd.Offer) -> None:
        context = self._context
        call = context.calls[offer.call]
        port = context.lines.phone_port(offer.phone)
        if port is None or not self.can_ring(port):
            self.follow(context.acd.offer_ended(offer.offer_id, OfferResult.BUSY, context.now))
            return
        self._offers[port] = offer
        context.log("agent.offered", call, agent=offer.agent, phone=offer.phone, queue=offer.queue)
        context.do(RingPhone(port, caller=call.caller, name=call.caller_name))

    def _withdraw(self, withdraw: acd.Withdraw) -> None:
        for port, offer in list(self._offers.items()):
            if offer.offer_id == withdraw.offer_id:
                del self._offers[port]
                self._context.do(StopRingPhone(port))
        if withdraw.reason == "no-answer":
            call = self._context.calls.get(withdraw.call)
            self._context.log("agent.no-answer", call, agent=withdraw.agent, phone=withdraw.phone)

    def _announce(self, call: Call, position: int) -> None:
        self._context.log("queue.announced", call, queue=call.queue, position=position)
        self._say(call, numbers.position(position, call.language))

    def _overflow(self, call: Call, target: Target, reason: str) -> None:
        self._context.log("queue.overflow", call, queue=call.queue, reason=reason)
        self._context.hush(call.line_leg.channel)
        self._spoken.pop(call.id, None)
        self._context.leave_segment(call, "overflow")
        self.on_leave(call, target)

    # ---- one phone -----------------------------------------------------------------------------

    def ring_phone(self, call: Call, number: str, *, is_internal: bool = False) -> None:
        """Ring an extension for this call; after 30 s a message can be left."""
        context = self._context
        port = context.lines.phone_port(number)
        if port is None or not self.can_ring(port):
            self._not_reached(call, number)
            return
        context.enter(call, CallState.RINGING, "ring", number)
        call.called = number if is_internal else call.called
        self._ring(
            RingPhone(port, is_internal, caller=call.caller, name=call.caller_name),
            _Ring(call, number, lambda: self._not_reached(call, number)),
            PHONE_RING_S,
        )
        context.do(Tone(call.line_leg.channel, "ringback"))

    def ring_back(self, call: Call, port: str, for_s: float, in_vain: Callable[[], None]) -> None:
        """Ring the phone that had this call on hold.

        in_vain  is called if nobody lifts it
        """
        party, number = call.here[0], self._context.lines.phone_number(port)
        name = call.caller_name if party is call.line_leg else ""
        ring = RingPhone(port, is_internal=True, caller=party.number, name=name)
        self._ring(ring, _Ring(call, number, in_vain), for_s)

    def _ring(self, action: RingPhone, ring: _Ring, for_s: float) -> None:
        port = action.port
        self._direct[port] = ring
        ring.timer = self._context.after(for_s, lambda: self._phone_silent(port))
        self._context.do(action)
        self._context.log("phone.rung", ring.call, phone=ring.number)

    def _phone_silent(self, port: str) -> None:
        ring = self._direct.pop(port)
        self._context.log("phone.no-answer", ring.call, phone=ring.number)
        self._context.do(StopRingPhone(port))
        self._end_ringback(ring)

    def _end_ringback(self, ring: _Ring) -> None:
        for leg in ring.call.here:
            self._context.do(Tone(leg.channel, None))
        ring.in_vain()

    def _not_reached(self, call: Call, number: str) -> None:
        if call.line_leg.is_phone:
            self.finish(call, EndReason.NO_ANSWER)
        else:
            self.on_leave(call, Target(Verb.MESSAGE, number))

    # ---- phones that ring ----------------------------------------------------------------------

    def can_ring(self, port: str) -> bool:
        """The phone is on its hook, and nobody has asked for it a moment ago."""
        return self._context.lines.phone_is_free(port) and not self.is_ringing(port)

    def is_ringing(self, port: str) -> bool:
        """The phone rings for a call."""
        return port in self._offers or port in self._direct

    def lifted(self, port: str) -> None:
        """The ringing phone was lifted: talk."""
        context = self._context
        if port in self._direct:
            self._talk(self._take_ring(port).call, port)
            self.phone_busy(port)
            return
        offer = self._offers.pop(port)
        call = context.calls[offer.call]
        self.follow(context.acd.offer_ended(offer.offer_id, OfferResult.ANSWERED, context.now))
        call.agent = offer.agent
        self._talk(call, port)

    def lost(self, port: str) -> None:
        """The ringing phone went out of service."""
        if port in self._direct:
            self._end_ringback(self._take_ring(port))
        elif port in self._offers:
            offer = self._offers.pop(port)
            self.follow(self._context.acd.offer_ended(offer.offer_id, OfferResult.BUSY, self._context.now))

    def _take_ring(self, port: str) -> _Ring:
        ring = self._direct.pop(port)
        if ring.timer is not None:
            ring.timer.cancel()
        return ring

    def _talk(self, call: Call, port: str) -> None:
        context = self._context
        context.quiet(call)
        self._spoken.pop(call.id, None)
        leg = context.add_leg(call, port)
        leg.answered_at, leg.agent = context.now, call.agent
        call.answered_at = call.answered_at or context.now
        context.leave_segment(call, "answered")
        context.enter_talk(call, call.agent or leg.number)
        context.do(Open(leg.channel))
        context.bridge(call)
        context.log("call.bridged", call, leg, agent=call.agent, phone=leg.number)
        self.on_talk(call)

    def phone_busy(self, port: str) -> None:
        """The phone cannot be rung for now."""
        context = self._context
        self.follow(context.acd.phone_busy(context.lines.phone_number(port), context.now))

    def phone_free(self, port: str) -> None:
        """The phone can be rung again."""
        context = self._context
        self.follow(context.acd.phone_free(context.lines.phone_number(port), context.now))

    def hand_over(self, call: Call, phone: str) -> None:
        """Let the agent at a phone, if there is one, have a call that was transferred there."""
        context = self._context
        self.follow(context.acd.hand_over(call.id, call.queue, phone, context.now))
        agent = context.acd.talking(call.id)
        if agent is not None:
            call.agent = call.here[-1].agent = agent

    # ---- the end -------------------------------------------------------------------------------

    def finish(self, call: Call, reason: EndReason) -> None:
        """End a call wherever it is; lines are let go, phones still lifted get busy tone."""
        context = self._context
        if context.calls.pop(call.id, None) is None:
            return
        call.ended_at, call.reason = context.now, reason.value
        for stop in self.on_finish:
            stop(call)
        context.leave_segment(call, "dropped" if reason in BY_THE_BOX else "abandoned")
        self._stop_ringing(call)
        context.stop_all_recordings(call)
        for leg in call.legs:
            if leg.ended_at is None:
                self.end_leg(call, leg, reason)
        context.free_mixer(call)
        self._spoken.pop(call.id, None)
        context.log("call.ended", call, reason=reason.value)
        context.do(Finished(call))
        self._tell_acd(call)

    def _tell_acd(self, call: Call) -> None:
        acd_, now = self._context.acd, self._context.now
        self.follow(acd_.call_ended(call.id, now) if call.agent else acd_.caller_left(call.id, now))
        for leg in call.legs:
            # An agent who does not put the phone down cannot be rung.
            is_last = leg.is_phone and leg.ended_at == call.ended_at
            if is_last and self._context.lines.phone_is_lifted(leg.port):
                self.follow(acd_.phone_busy(leg.number, now))

    def _stop_ringing(self, call: Call) -> None:
        for port, ring in list(self._direct.items()):
            if ring.call is call:
                self._take_ring(port)
                self._context.do(StopRingPhone(port))

    def end_leg(self, call: Call, leg: Leg, reason: EndReason) -> None:
        """End what one party has of a call; a phone that is away from it is left to what it does."""
        context = self._context
        was_here, leg.ended_at, leg.is_away = leg.is_here, context.now, False
        if not was_here:
            return
        context.stop_handed_recording(call, leg.channel)
        context.hush(leg.channel)
        context.do(Tone(leg.channel, None))
        if call.mixer is not None:
            context.do(Leave(leg.channel))
        if not leg.is_phone:
            context.do(HangUpTrunk(leg.port, reason))
        elif context.lines.phone_is_lifted(leg.port):
            context.do(Tone(leg.channel, "busy"))
        else:
            context.do(Close(leg.channel))
