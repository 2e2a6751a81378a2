"""What a hook flash and putting the phone down mean, as the page for people at phones has it:

    phone                         flash                        put down
    talks                         hold, dial tone              the end
    dial tone, busy, a prompt     back to the held party       it is rung back
    consultation not answered     back to the held party       transfer
    consultation answered         conference of three          transfer
    conference                    the consulted one leaves     the two others talk on

A call for help is neither put on hold nor transferred to.
"""

from __future__ import annotations

from firmware.call.context import Context
from firmware.call.holding import Hold, Holding
from firmware.call.phones import Phones
from firmware.call.queueing import Queueing
from firmware.call.recalls import Recalls
from firmware.call.transfers import Transfers
from firmware.call.types import Call, CallState, FlashTrunk
from firmware.lines.types import EndReason
from firmware.media.actions import Leave


class Consulting:
    """Holds, consultations and conferences, as people at phones ask for them."""

    def __init__(
        self,
        context: Context,
        queueing: Queueing,
        phones: Phones,
        *,
        holding: Holding,
        transfers: Transfers,
        recalls: Recalls,
    ) -> None:
        self._context = context
        self._queueing = queueing
        self._phones = phones
        self._holding = holding
        self._transfers = transfers
        self._recalls = recalls
        holding.on_expire = self._expired
        phones.on_hung_up = self.hung_up
        phones.on_line_flash = self.line_flash

    # ---- the hook ------------------------------------------------------------------------------

    def flashed(self, port: str) -> None:
        """The hook was pressed shortly."""
        hold, call = self._holding.on(port), self._context.call_on(port)
        if hold is None:
            if call is not None and _can_be_held(call):
                self._holding.begin(call, port)
                self._phones.dial_again(port)
        elif call is not None and (call.is_emergency and not hold.is_conference):
            return
        elif call is not None and hold.is_conference:
            self._queueing.finish(call, EndReason.PHONE_HUNG_UP)
        elif call is not None and call.answered_at is not None:
            self._confer(hold, call)
        else:
            self._back(hold, call)

    def hung_up(self, port: str) -> bool:
        """The phone was put down; gives whether what it did has been seen to."""
        hold, call = self._holding.on(port), self._context.call_on(port)
        if hold is None:
            return False
        self._holding.drop(hold)
        if call is not None and not call.is_emergency:
            self._transfers.give(hold.call, call, port)
            return True
        if call is not None:
            self._queueing.finish(call, EndReason.PHONE_HUNG_UP)
        self._end_away(hold)
        self._recalls.recall(hold.call, port)
        return True

    def line_flash(self, port: str) -> bool:
        """Back to the held party, and a flash to its exchange; gives whether there is an analog line."""
        hold = self._holding.on(port)
        lines = self._context.lines
        line = next((leg.port for leg in hold.call.here if lines.is_analog(leg.port)), "") if hold else ""
        if hold is None or not line:
            return False
        self._back(hold, None)
        self._context.log("call.line-flash", hold.call, line=line)
        self._context.do(FlashTrunk(line))
        return True

    # ---- how it goes on ------------------------------------------------------------------------

    def _back(self, hold: Hold, consultation: Call | None) -> None:
        """Take the held party back; a consultation that nobody answered ends."""
        if consultation is not None:
            self._step_out(consultation, hold.port)
            self._queueing.finish(consultation, EndReason.PHONE_HUNG_UP)
        self._phones.stop_dialling(hold.port)
        self._holding.resume(hold)

    def _step_out(self, call: Call, port: str) -> None:
        """Take a phone out of a call, without a sound."""
        leg = call.leg_on(port)
        if leg is not None:
            leg.ended_at = self._context.now
            self._context.do(Leave(leg.channel))

    def _confer(self, hold: Hold, consultation: Call) -> None:
        context, held = self._context, hold.call
        self._holding.begin_conference(hold)
        context.quiet(held)
        context.enter(held, CallState.CONFERENCE, "conference", consultation.called)
        context.bridge(held, *consultation.here)
        phone = context.lines.phone_number(hold.port)
        context.log("call.conference", held, phone=phone, to=consultation.called)

    def ending(self, call: Call) -> None:
        """A call ends, for whatever reason: the phone that holds or consults goes on with the other one."""
        self._recalls.forget(call)
        self._transfers.ending(call)
        hold = self._holding.of(call)
        if hold is not None:
            self._held_ends(hold)
            return
        for leg in call.here:
            hold = self._holding.on(leg.port)
            if hold is not None and hold.is_conference and call.consults_for == hold.call.id:
                leg.ended_at = self._context.now
                self._holding.return_phone(hold)
                self._context.log("call.conference-over", hold.call, phone=leg.number)

    def _held_ends(self, hold: Hold) -> None:
        context = self._context
        self._holding.drop(hold)
        consultation = context.call_on(hold.port)
        if consultation is None:
            self._phones.dismiss(hold.port)
            return
        consultation.consults_for = ""
        if hold.is_conference:
            context.enter_talk(consultation, consultation.called)
            context.bridge(consultation)

    def _expired(self, hold: Hold) -> None:
        """Nobody took the party back: the phone goes on with what it does, the party is helped elsewhere."""
        consultation = self._context.call_on(hold.port)
        if consultation is not None:
            consultation.consults_for = ""
        self._end_away(hold)
        self._recalls.send_back(hold.call)

    def _end_away(self, hold: Hold) -> None:
        for leg in hold.call.legs:
            if leg.is_away:
                leg.ended_at, leg.is_away = self._context.now, False

    # ---- answers -------------------------------------------------------------------------------

    def talked(self, call: Call) -> None:
        """A phone was lifted for a call."""
        self._recalls.talked(call)
        self._transfers.heard(call)


def _can_be_held(call: Call) -> bool:
    """A talk of two, of which neither is being consulted."""
    return call.state is CallState.TALKING and not (call.is_emergency or call.consults_for)
