"""Calls that a phone gives away: the held party and whom the phone had called talk on without it.

Whom the phone called need not have answered: then the held party waits for that, hearing ringback, and the
phone is rung back if nobody answers.
"""

from __future__ import annotations

from dataclasses import dataclass

from firmware.call.context import Context
from firmware.call.holding import Holding
from firmware.call.queueing import Queueing
from firmware.call.recalls import Recalls
from firmware.call.timers import Timer
from firmware.call.types import Call, CallState, Direction, Leg
from firmware.lines.types import EndReason
from firmware.media.actions import Tone

OUTSIDE_S = 120.0  # an exchange rings nobody for so long: somebody talks, though the line cannot tell


@dataclass(slots=True)
class _Transfer:
    """A call on its way to somebody who has not answered yet."""

    held: Call
    by: str  # the phone's port
    to: str  # port of an outside line that has joined already
    timer: Timer | None = None


class Transfers:
    """All transfers that are not complete, and the way they are made."""

    def __init__(self, context: Context, queueing: Queueing, holding: Holding, recalls: Recalls) -> None:
        self._context = context
        self._queueing = queueing
        self._holding = holding
        self._recalls = recalls
        self._unanswered: dict[str, _Transfer] = {}  # by consultation
        self._outside: dict[str, _Transfer] = {}  # by held call

    def give(self, held: Call, consultation: Call, port: str) -> None:
        """The phone leaves: join the two others, at once or when the second one can be heard."""
        self._leave(held, port)
        self._leave(consultation, port)
        can_be_heard = consultation.state is CallState.TALKING
        if can_be_heard:
            self._join(held, consultation, port)
            return
        self._queueing.follow(self._context.acd.call_ended(held.id, self._context.now))
        self._unanswered[consultation.id] = _Transfer(held, port, "")
        if consultation.direction is Direction.INTERNAL:
            self._context.quiet(held)
            for leg in held.here:
                self._context.do(Tone(leg.channel, "ringback"))

    def _leave(self, call: Call, port: str) -> None:
        for leg in call.legs:
            if leg.port == port and leg.ended_at is None:
                leg.ended_at, leg.is_away, leg.reason = self._context.now, False, EndReason.TRANSFERRED

    def heard(self, consultation: Call) -> None:
        """Somebody answered, or an outside line can be heard: join, if the phone has left."""
        transfer = self._unanswered.pop(consultation.id, None)
        if transfer is not None:
            self._join(transfer.held, consultation, transfer.by)

    def _join(self, held: Call, consultation: Call, by: str) -> None:
        context = self._context
        was_answered = consultation.answered_at is not None
        context.quiet(held)
        moved = [self._move(leg, held) for leg in consultation.here]
        context.bridge(held)
        context.hand_recording(consultation, held)
        self._queueing.finish(consultation, EndReason.TRANSFERRED)
        phone = next((leg.number for leg in moved if leg.is_phone), "")
        self._queueing.hand_over(held, phone)
        context.enter_talk(held, context.acd.talking(held.id) or consultation.called)
        by_number = context.lines.phone_number(by)
        context.log("call.transferred", held, phone=by_number, to=consultation.called)
        if moved and not was_answered:
            self._watch(held, by, moved[0].port)

    def _move(self, leg: Leg, call: Call) -> Leg:
        moved = self._context.add_leg(call, leg.port)
        now = self._context.now
        moved.number, moved.answered_at = leg.number, None if leg.answered_at is None else now
        leg.ended_at, leg.reason = now, EndReason.TRANSFERRED
        return moved

    def _watch(self, held: Call, by: str, line: str) -> None:
        """The held party hears the outside line; if it does not come to a talk, the phone is rung back."""
        transfer = self._outside[held.id] = _Transfer(held, by, line)
        transfer.timer = self._context.after(OUTSIDE_S, lambda: self._forget_outside(held))

    def answered(self, call: Call, port: str) -> None:
        """The far end of a line answered."""
        transfer = self._outside.get(call.id)
        if transfer is not None and transfer.to == port:
            self._forget_outside(call)

    def refused(self, call: Call, port: str, reason: EndReason) -> bool:
        """An outside line ended; gives whether the phone is rung back for that."""
        transfer = self._outside.get(call.id)
        leg = call.leg_on(port)
        if transfer is None or leg is None or transfer.to != port:
            return False
        self._forget_outside(call)
        leg.reason = reason
        self._queueing.end_leg(call, leg, reason)
        self._context.enter(call, CallState.HELD, "hold", self._context.lines.phone_number(transfer.by))
        self._holding.wait(call)
        self._recalls.recall(call, transfer.by)
        return True

    def _forget_outside(self, call: Call) -> None:
        transfer = self._outside.pop(call.id, None)
        if transfer is not None and transfer.timer is not None:
            transfer.timer.cancel()

    def ending(self, call: Call) -> None:
        """A call ends: a consultation that nobody answered, or the one that was to go there."""
        transfer = self._unanswered.pop(call.id, None)
        if transfer is not None:
            self._context.quiet(transfer.held)
            self._holding.wait(transfer.held)
            self._recalls.recall(transfer.held, transfer.by)
        self._forget_outside(call)
        for consultation, other in list(self._unanswered.items()):
            if other.held is call:
                del self._unanswered[consultation]
                self._queueing.finish(self._context.calls[consultation], EndReason(call.reason))
