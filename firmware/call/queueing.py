"""Calls that wait for a person, the offers to agents' phones, and the talk that follows; also how any call
ends.
"""

from __future__ import annotations

from collections.abc import Callable

from firmware.acd import types as acd
from firmware.acd.types import OfferResult
from firmware.call.context import Context
from firmware.call.timers import Timer
from firmware.call.types import (
    Call,
    CallState,
    Close,
    Finished,
    HangUpTrunk,
    Leave,
    Leg,
    Music,
    Open,
    RingPhone,
    StopRingPhone,
    Tone,
)
from firmware.config.targets import Target, Verb
from firmware.lines.types import EndReason
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


class Queueing:
    """Every waiting call, every ringing phone and every talk."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._offers: dict[str, acd.Offer] = {}  # by port of the ringing phone
        self._direct: dict[str, tuple[Call, Timer]] = {}  # a phone that rings for one call, by port
        self._spoken: dict[str, int] = {}  # prompts still to be heard before the music goes on, by call
        self.on_leave: Callable[[Call, Target], None] = lambda call, target: None
        self.on_finish: list[Callable[[Call], None]] = []

    # ---- waiting -------------------------------------------------------------------------------

    def join(self, call: Call, queue: str) -> None:
        """Put the call into a queue."""
        context = self._context
        context.enter(call, CallState.QUEUE, "queue", queue)
        call.queue = queue
        actions = context.acd.enqueue(call.id, queue, call.language, context.now)
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
            self._context.do(Music(call.line_leg.channel, self._music(call.queue)))

    def _music(self, name: str) -> str:
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
        if port is None or not self._may_ring(port):
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
        if port is None or not self._may_ring(port):
            self._not_reached(call, number)
            return
        context.enter(call, CallState.RINGING, "ring", number)
        call.called = number if is_internal else call.called
        ring = RingPhone(port, is_internal, caller=call.caller, name=call.caller_name)
        context.do(ring, Tone(call.line_leg.channel, "ringback"))
        context.log("phone.rung", call, phone=number)
        timer = context.after(PHONE_RING_S, lambda: self._phone_silent(port, call, number))
        self._direct[port] = (call, timer)

    def _phone_silent(self, port: str, call: Call, number: str) -> None:
        del self._direct[port]
        self._context.log("phone.no-answer", call, phone=number)
        self._context.do(StopRingPhone(port), Tone(call.line_leg.channel, None))
        self._not_reached(call, number)

    def _not_reached(self, call: Call, number: str) -> None:
        if call.line_leg.is_phone:
            self.finish(call, EndReason.NO_ANSWER)
        else:
            self.on_leave(call, Target(Verb.MESSAGE, number))

    def _may_ring(self, port: str) -> bool:
        """The phone rests; one that is to ring from this very step on shows no sign of it yet."""
        return self._context.lines.phone_is_free(port) and not self.is_ringing(port)

    # ---- phones that ring ----------------------------------------------------------------------

    def is_ringing(self, port: str) -> bool:
        """The phone rings for a call."""
        return port in self._offers or port in self._direct

    def lifted(self, port: str) -> None:
        """The ringing phone was lifted: talk."""
        context = self._context
        if port in self._direct:
            call, timer = self._direct.pop(port)
            timer.cancel()
            self._talk(call, port)
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
            call, timer = self._direct.pop(port)
            timer.cancel()
            self._context.do(Tone(call.line_leg.channel, None))
            self._not_reached(call, self._context.lines.phone_number(port))
        elif port in self._offers:
            offer = self._offers.pop(port)
            self.follow(self._context.acd.offer_ended(offer.offer_id, OfferResult.BUSY, self._context.now))

    def _talk(self, call: Call, port: str) -> None:
        context = self._context
        context.hush(call.line_leg.channel)
        context.do(Tone(call.line_leg.channel, None))
        self._spoken.pop(call.id, None)
        leg = context.add_leg(call, port)
        leg.answered_at = context.now
        call.answered_at = call.answered_at or context.now
        context.leave_segment(call, "answered")
        context.enter(call, CallState.TALKING, "talk", call.agent or leg.number)
        context.do(Open(leg.channel))
        context.bridge(call)
        context.log("call.bridged", call, leg, agent=call.agent, phone=leg.number)

    def phone_busy(self, port: str) -> None:
        """The phone cannot be rung for now."""
        context = self._context
        self.follow(context.acd.phone_busy(context.lines.phone_number(port), context.now))

    def phone_free(self, port: str) -> None:
        """The phone can be rung again."""
        context = self._context
        self.follow(context.acd.phone_free(context.lines.phone_number(port), context.now))

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
        context.stop_recording(call)
        for leg in call.legs:
            if leg.ended_at is None:
                self._end_leg(call, leg)
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
            if leg.is_phone and self._context.lines.phone_is_lifted(leg.port):
                self.follow(acd_.phone_busy(leg.number, now))

    def _stop_ringing(self, call: Call) -> None:
        for port, (ringing_for, timer) in list(self._direct.items()):
            if ringing_for is call:
                del self._direct[port]
                timer.cancel()
                self._context.do(StopRingPhone(port))

    def _end_leg(self, call: Call, leg: Leg) -> None:
        context = self._context
        leg.ended_at = context.now
        context.hush(leg.channel)
        context.do(Tone(leg.channel, None))
        if call.mixer is not None:
            context.do(Leave(leg.channel))
        if not leg.is_phone:
            context.do(HangUpTrunk(leg.port, EndReason(call.reason)))
        elif context.lines.phone_is_lifted(leg.port):
            context.do(Tone(leg.channel, "busy"))
        else:
            context.do(Close(leg.channel))
