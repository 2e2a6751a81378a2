"""The call machine as a whole: what lines, phones, keys and the clock say, sent to the part that knows what
to do.
"""

from __future__ import annotations

from collections.abc import Callable

from firmware.acd import types as acd
from firmware.acd.acd import Acd
from firmware.call.consulting import Consulting
from firmware.call.context import Context
from firmware.call.dictation import Dictation
from firmware.call.hearing import Hearing
from firmware.call.holding import Holding
from firmware.call.incoming import Incoming
from firmware.call.outgoing import Outgoing
from firmware.call.phones import Phones
from firmware.call.queueing import Queueing
from firmware.call.recalls import Recalls
from firmware.call.transfers import Transfers
from firmware.call.types import Action, Call, Direction, RingPhone, StopRingPhone
from firmware.config.models import Config
from firmware.ids import Ids
from firmware.lines import types as line
from firmware.lines.lines import Lines
from firmware.lines.types import EndReason, LineState
from firmware.media.types import (
    DigitHeard,
    MediaEvent,
    PartyKnown,
    PlayEnded,
    SoundBack,
    SoundLost,
    Speaks,
    SpeaksNot,
    VoiceGood,
    VoiceLow,
)
from firmware.text import Language

TEST_RING_S = 6.0


class Switchboard:
    """Pure: events, commands and `now` in, actions out. A call lives in `calls` until it is finished."""

    def __init__(
        self,
        config: Config,
        revision: int,
        lines: Lines,
        ids: Ids,
        is_open: Callable[[str], bool],
        *,
        has_messages: Callable[[str], bool] = lambda box: False,
    ) -> None:
        self.acd = Acd(config.queues, config.agents)
        self._context = Context(config, revision, lines, acd=self.acd, ids=ids, is_open=is_open)
        self._context.has_messages = has_messages
        self._hearing = Hearing(self._context)
        self._queueing = Queueing(self._context)
        self._incoming = Incoming(self._context, self._queueing)
        self._outgoing = Outgoing(self._context, self._queueing)
        holding = Holding(self._context, self._queueing)
        self._phones = Phones(self._context, self._queueing, self._outgoing, holding=holding)
        recalls = Recalls(self._context, self._queueing, self._incoming)
        self._transfers = Transfers(self._context, self._queueing, holding, recalls)
        self._consulting = Consulting(
            self._context,
            self._queueing,
            self._phones,
            holding=holding,
            transfers=self._transfers,
            recalls=recalls,
        )
        self._queueing.on_talk = self._consulting.talked
        self._outgoing.on_answer = self._phones.reversed
        self._dictation = Dictation(self._context)
        self._queueing.on_finish = [
            *(self._consulting.ending, self._incoming.forget, self._outgoing.forget),
            *(self._phones_left, self._hearing.ending),
        ]

    @property
    def calls(self) -> dict[str, Call]:
        """The calls in progress by id."""
        return self._context.calls

    # ---- the world -----------------------------------------------------------------------------

    def handle(self, event: line.LineEvent | MediaEvent, now: float) -> list[Action]:
        """Take one event."""
        self._context.now = now
        match event:
            case DigitHeard(channel=channel, digit=digit):
                self._digit(channel, digit)
            case PlayEnded(play_id=play_id):
                self._context.played(play_id)
            case line.PhoneLifted() | line.PhoneHungUp():
                self._phone(event)
            case line.PhoneFlashed(port=port):
                self._consulting.flashed(port)
            case line.LineChanged():
                self._changed(event)
            case line.TrunkRinging(port=port):
                self._incoming.ringing(port)
            case (
                line.TrunkOffered()
                | line.TrunkReady()
                | line.TrunkDialed()
                | line.TrunkAnswered()
                | line.TrunkTone()
                | line.TrunkWaiting()
                | line.TrunkEnded()
            ):
                call = self._context.call_on(event.port)
                if call is not None:
                    self._trunk(call, event)
            case SoundLost() | SoundBack() | VoiceLow() | VoiceGood() | SpeaksNot() | Speaks() | PartyKnown():
                self._hearing.heard(event)
        return self._context.take()

    def _trunk(self, call: Call, event: line.LineEvent) -> None:
        match event:
            case line.TrunkOffered():
                self._incoming.offered(call, event)
            case line.TrunkReady():
                self._incoming.ready(call)
            case line.TrunkDialed():
                self._outgoing.dialed(call)
                self._transfers.heard(call)
            case line.TrunkAnswered(port=port):
                self._outgoing.answered(call, port)
                self._transfers.answered(call, port)
                self._hearing.answered(call, port)
            case line.TrunkWaiting(port=port, caller=caller, name=name):
                self._context.log("call.waiting", call, line=port, caller=caller, name=name)
            case line.TrunkTone(port=port, tone=tone):
                self._outgoing.tone(call, port, tone)
            case line.TrunkEnded(port=port, reason=reason):
                self._note_cause(call, event)
                is_mended = self._outgoing.ended(call, reason) or self._transfers.refused(call, port, reason)
                if not is_mended:
                    self._queueing.finish(call, reason)

    def _note_cause(self, call: Call, ended: line.TrunkEnded) -> None:
        if ended.cause:
            leg = call.leg_on(ended.port)
            self._context.log("call.cause", call, leg, line=ended.port, cause=ended.cause, text=ended.words)

    def _digit(self, channel: int, digit: str) -> None:
        port = self._context.lines.port(channel)
        if port is None:
            return
        if port in self._context.lines.phones:
            if not self._dictation.digit(port, digit):
                self._phones.digit(port, digit)
            return
        call = self._context.call_on(port)
        if call is not None and call.direction is Direction.IN:
            self._incoming.digit(call, digit)

    def _phone(self, event: line.PhoneLifted | line.PhoneHungUp) -> None:
        match event:
            case line.PhoneLifted(port=port) if self._dictation.lifted(port):
                pass
            case line.PhoneLifted(port=port) if self._queueing.is_ringing(port):
                self._phones.picked_up(port)
                self._queueing.lifted(port)
            case line.PhoneLifted(port=port):
                self._phones.lifted(port)
            case line.PhoneHungUp(port=port, is_failure=is_failure):
                self._dictation.hung_up(port)
                self._queueing.lost(port)
                self._phones.hung_up(port, EndReason.PORT_FAILED if is_failure else EndReason.PHONE_HUNG_UP)

    def _changed(self, event: line.LineChanged) -> None:
        reason = event.reason.en if event.reason else ""
        self._context.log("line.state", port=event.port, state=event.state.value, reason=reason)
        if event.state is line.PhoneState.OUT_OF_SERVICE:
            self._queueing.lost(event.port)
            self._queueing.phone_busy(event.port)
        elif event.state is line.PhoneState.ON_HOOK and not self._phones.is_used(event.port):
            self._queueing.phone_free(event.port)

    def _phones_left(self, call: Call) -> None:
        for leg in call.here:
            if leg.is_phone and self._context.lines.phone_is_lifted(leg.port):
                self._phones.left(leg.port)

    # ---- the clock -----------------------------------------------------------------------------

    def tick(self, now: float) -> list[Action]:
        """Act on all deadlines that have come."""
        self._context.now = now
        self._context.timers.run(now)
        at = self.acd.deadline()
        if at is not None and at <= now:
            self._queueing.follow(self.acd.tick(now))
        return self._context.take()

    def deadline(self) -> float | None:
        """When `tick` wants to be called."""
        return min(
            (at for at in (self._context.timers.next(), self.acd.deadline()) if at is not None), default=None
        )

    def reconcile(self, now: float) -> list[Action]:
        """Compare the call distribution with the calls and phones there are: nobody stays stuck."""
        context = self._context
        context.now = now
        busy = {context.lines.phone_number(port) for port in context.lines.phones if self._is_busy(port)}
        self._queueing.follow(self.acd.reconcile(context.calls.keys(), busy, now))
        return context.take()

    def _is_busy(self, port: str) -> bool:
        """The phone is used for something that is not a queue's call."""
        if not self._context.lines.phone_is_lifted(port):
            return False
        call = self._context.call_on(port)
        return call is None or not call.agent

    # ---- people's commands ---------------------------------------------------------------------

    def agent(self, change: Callable[[Acd, float], list[acd.Action]], now: float) -> list[Action]:
        """Change an agent: `change` is given the call distribution and the time."""
        self._context.now = now
        self._queueing.follow(change(self.acd, now))
        return self._context.take()

    def hang_up(self, call_id: str, now: float, reason: EndReason = EndReason.OPERATOR) -> list[Action]:
        """End a call.

        raises  KeyError if there is no such call
        """
        self._context.now = now
        self._queueing.finish(self._context.calls[call_id], reason)
        return self._context.take()

    def dictate(self, prompt: str, language: Language, phone: str, now: float) -> tuple[str, list[Action]]:
        """Record a prompt from a phone; gives the recording's id.

        raises  ValueError if the phone cannot be rung
        """
        self._context.now = now
        recording = self._dictation.begin(prompt, language, phone)
        return recording, self._context.take()

    def test_ring(self, phone: str, now: float) -> list[Action]:
        """Ring a phone for a few seconds, to find it.

        raises  ValueError if it cannot be rung
        """
        context = self._context
        context.now = now
        port = context.lines.phone_port(phone)
        if port is None or not context.lines.phone_is_free(port):
            raise ValueError(f"phone {phone} is not free")
        context.do(RingPhone(port, is_internal=True))
        context.after(TEST_RING_S, lambda: context.do(StopRingPhone(port)))
        return context.take()

    def reconfigure(self, config: Config, revision: int, now: float) -> list[Action]:
        """Take new settings; calls in progress keep the menus they are in."""
        context = self._context
        context.now, context.config, context.revision = now, config, revision
        context.lines.config = config
        self._queueing.follow(self.acd.reconfigure(config.queues, config.agents, now))
        return context.take()

    def line_is_free(self, port: str) -> bool:
        """The line carries no call."""
        trunk = self._context.lines.trunks[port]
        return trunk.state in (LineState.IDLE, LineState.OUT_OF_SERVICE, LineState.STARTING)
