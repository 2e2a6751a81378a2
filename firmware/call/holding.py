"""Calls on hold: the other party hears music while the phone dials, consults, or waits for an answer.

Nobody is forgotten there. After `hold_s` the phone hears beeps, and soon after the hold ends by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from firmware.call.context import Context
from firmware.call.queueing import Queueing
from firmware.call.timers import Timer
from firmware.call.types import Call, CallState
from firmware.media.actions import Leave, Music

BEEPS, BEEP_EVERY_S = 3, 10.0


@dataclass(slots=True)
class Hold:
    """What a phone has on hold."""

    port: str
    call: Call
    is_conference: bool = False  # the held party hears all again
    beeps: int = 0
    timer: Timer | None = None


class Holding:
    """All holds, by the phone that can take the party back."""

    def __init__(self, context: Context, queueing: Queueing) -> None:
        self._context = context
        self._queueing = queueing
        self._holds: dict[str, Hold] = {}
        self.on_expire: Callable[[Hold], None] = lambda hold: None

    def on(self, port: str) -> Hold | None:
        """Give what a phone has on hold."""
        return self._holds.get(port)

    def of(self, call: Call) -> Hold | None:
        """Give the hold that a call is in."""
        return next((hold for hold in self._holds.values() if hold.call is call), None)

    def begin(self, call: Call, port: str) -> None:
        """Put a call on hold; its phone is away from now on."""
        context = self._context
        leg = call.leg_on(port)
        assert leg is not None
        leg.is_away = True
        context.do(Leave(leg.channel))
        hold = self._holds[port] = Hold(port, call)
        context.enter(call, CallState.HELD, "hold", leg.number)
        self.wait(call)
        context.log("call.held", call, leg, phone=leg.number)
        hold.timer = context.after(context.config.codes.hold_s, lambda: self._remind(hold))

    def wait(self, call: Call) -> None:
        """Let all that are in a call hear music, and not each other."""
        context = self._context
        for leg in call.here:
            context.hush(leg.channel)
            context.do(Leave(leg.channel), Music(leg.channel, self._queueing.music(call.queue)))

    def resume(self, hold: Hold) -> None:
        """Take the party back."""
        context, call = self._context, hold.call
        context.quiet(call)
        self.return_phone(hold)
        context.bridge(call)
        context.log("call.retrieved", call, phone=context.lines.phone_number(hold.port))

    def return_phone(self, hold: Hold) -> None:
        """End a hold: its phone is in the call again."""
        self.drop(hold)
        for leg in hold.call.legs:
            leg.is_away = False
        self._context.enter_talk(hold.call, hold.call.agent or self._context.lines.phone_number(hold.port))

    def begin_conference(self, hold: Hold) -> None:
        """Let the held party in on the consultation: nobody waits any more."""
        _stop(hold)
        hold.is_conference = True

    def drop(self, hold: Hold) -> None:
        """Forget a hold, whatever becomes of the party."""
        _stop(hold)
        self._holds.pop(hold.port, None)

    def mark(self, consultation: Call, port: str) -> None:
        """Note for which call on hold, if any, a phone makes this one: both are one contact."""
        hold = self._holds.get(port)
        if hold is not None:
            consultation.contact, consultation.consults_for = hold.call.contact, hold.call.id
            consultation.language = hold.call.language

    def _remind(self, hold: Hold) -> None:
        context = self._context
        if hold.beeps == BEEPS:
            self.drop(hold)
            self.on_expire(hold)
            return
        hold.beeps += 1
        context.play(context.lines.channel(hold.port), ("beep",), hold.call.language, lambda: None)
        hold.timer = context.after(BEEP_EVERY_S, lambda: self._remind(hold))


def _stop(hold: Hold) -> None:
    if hold.timer is not None:
        hold.timer.cancel()
        hold.timer = None
