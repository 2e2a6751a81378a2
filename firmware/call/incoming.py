"""Calls that come in on a line: answered, led through menus, sent on, or given a message box."""

from __future__ import annotations

from collections.abc import Callable

from firmware.call.context import Context
from firmware.call.queueing import Queueing
from firmware.call.timers import Timer
from firmware.call.types import (
    AnswerTrunk,
    Call,
    CallState,
    Direction,
    MessageLeft,
    RecordingKind,
)
from firmware.config.targets import Target, Verb, parse
from firmware.countries import numbering
from firmware.ivr import types as ivr
from firmware.ivr.session import Session
from firmware.lines.types import EndReason, TrunkOffered

BEEP = "beep"


class Incoming:
    """Each incoming call's way from the first ring to a queue, a phone or a message."""

    def __init__(self, context: Context, queueing: Queueing) -> None:
        self._context = context
        self._queueing = queueing
        self._sessions: dict[str, Session] = {}
        self._timers: dict[str, Timer] = {}
        queueing.on_leave = self.route

    # ---- the line ------------------------------------------------------------------------------

    def ringing(self, port: str) -> None:
        """A line begins to ring."""
        call = self._context.new_call(Direction.IN, CallState.RINGING, port)
        call.line = port
        line = self._context.lines.settings(port)
        call.called = line.number if line else ""

    def offered(self, call: Call, offered: TrunkOffered) -> None:
        """Who calls, and whom, is known as far as it will be: answer."""
        caller, name = offered.caller, offered.name
        sent, site = caller, self._context.config.site
        call.called = offered.called or call.called
        caller = numbering.shown(sent, self._context.numbers, site.area_code)
        call.caller, call.caller_name = caller, name
        call.line_leg.number = caller
        form = {"sent": sent} if sent != caller else {}  # the exchange's, where it is not ours
        told = {"called": offered.called, "redirecting": offered.redirecting}
        form |= {key: number for key, number in told.items() if number}
        self._context.log("call.incoming", call, call.line_leg, line=call.line, caller=caller, **form)
        if self._context.lines.settings(call.line) is not None:
            self._context.do(AnswerTrunk(call.line))

    def ready(self, call: Call) -> None:
        """The answered line carries sound: record, and send the call to its entry."""
        context = self._context
        call.answered_at = call.line_leg.answered_at = context.now
        context.log("call.answered", call, call.line_leg, line=call.line)
        if context.config.recording.calls:
            context.record(call, call.line_leg, RecordingKind.CALL)
        self.to_entry(call)

    def to_entry(self, call: Call) -> None:
        """Send the call to where its line, or the number called, leads at this hour."""
        context = self._context
        # the number called knows better than the line where a caller is to go
        entry = context.lines.direct_number(call.called) or context.lines.settings(call.line)
        if entry is None:
            self._queueing.finish(call, EndReason.OPERATOR)
        elif context.is_open(entry.hours):
            self.route(call, parse(entry.entry))
        else:
            self._closed(call, parse(entry.closed_entry))

    def _closed(self, call: Call, entry: Target) -> None:
        self._context.log("call.closed", call, line=call.line)
        if entry.verb is not Verb.MESSAGE:
            self.route(call, entry)
            return
        self._context.enter(call, CallState.MESSAGE, "announce", "closed")
        self._play(call, ("closed",), lambda: self._take_message(call, entry.name))

    def digit(self, call: Call, key: str) -> None:
        """The caller pressed a key."""
        session = self._sessions.get(call.id)
        if session is not None:
            self._follow(call, session.handle(ivr.Digit(key), self._context.now))
        elif call.state is CallState.MESSAGE and key == "#" and call.id in self._timers:
            self._end_message(call)

    def forget(self, call: Call) -> None:
        """The call is over: stop what still runs for it."""
        self._sessions.pop(call.id, None)
        timer = self._timers.pop(call.id, None)
        if timer is not None:
            timer.cancel()
            if call.state is CallState.MESSAGE:
                self._message_saved(call)

    # ---- where it goes -------------------------------------------------------------------------

    def route(self, call: Call, target: Target) -> None:
        """Send the call to a target."""
        match target.verb:
            case Verb.QUEUE:
                self._queueing.join(call, target.name)
            case Verb.PHONE:
                self._queueing.ring_phone(call, target.name)
            case Verb.MESSAGE:
                self._take_message(call, target.name)
            case Verb.HANGUP:
                self._queueing.finish(call, EndReason.MENU)
            case _:
                self._enter_menu(call, target)

    def _enter_menu(self, call: Call, target: Target) -> None:
        context = self._context
        try:
            session = Session(context.config.menus, target, call.language, context.now)
        except ValueError as error:  # settings from a damaged disk may name what is not there
            context.log("menu.fault", call, detail=str(error))
            self._play(call, ("technical-fault",), lambda: self._queueing.finish(call, EndReason.MENU))
            return
        self._sessions[call.id] = session
        context.enter(call, CallState.MENU, "menu", target.name)
        self._follow(call, session.start(context.now))

    def _follow(self, call: Call, actions: list[ivr.Action]) -> None:
        for action in actions:
            match action:
                case ivr.Play(play_id=play_id, prompts=prompts, language=language):
                    call.language = language
                    self._play(call, prompts, self._heard(call, play_id))
                case ivr.StopPlay():
                    self._context.hush(call.line_leg.channel)
                case ivr.Trace():
                    self._trace(call, action)
                case ivr.Leave(target=target, language=language):
                    call.language = language
                    self._leave_menu(call)
                    self.route(call, target)
        self._arm(call)

    def _leave_menu(self, call: Call) -> None:
        self._sessions.pop(call.id, None)
        timer = self._timers.pop(call.id, None)
        if timer is not None:
            timer.cancel()

    def _heard(self, call: Call, play_id: int) -> Callable[[], None]:
        def heard() -> None:
            session = self._sessions.get(call.id)
            if session is not None:
                self._follow(call, session.handle(ivr.Played(play_id), self._context.now))

        return heard

    def _arm(self, call: Call) -> None:
        """Keep one timer at the session's deadline."""
        session = self._sessions.get(call.id)
        if session is None:
            return
        old = self._timers.pop(call.id, None)
        if old is not None:
            old.cancel()
        at = session.deadline()
        if at is not None:
            self._timers[call.id] = self._context.timers.at(at, lambda: self._tick(call))

    def _tick(self, call: Call) -> None:
        self._timers.pop(call.id, None)
        session = self._sessions.get(call.id)
        if session is not None:
            self._follow(call, session.tick(self._context.now))

    def _trace(self, call: Call, trace: ivr.Trace) -> None:
        kind = {"menu": "menu.entered"}.get(trace.kind, f"menu.{trace.kind}")
        self._context.log(kind, call, menu=trace.menu, detail=trace.detail)

    # ---- messages ------------------------------------------------------------------------------

    def _take_message(self, call: Call, box: str) -> None:
        if call.state is not CallState.MESSAGE:
            self._context.enter(call, CallState.MESSAGE, "announce", "leave-message")
        self._play(call, ("leave-message", BEEP), lambda: self._begin_message(call, box))

    def _begin_message(self, call: Call, box: str) -> None:
        context = self._context
        context.enter(call, CallState.MESSAGE, "message", box)
        context.record(call, call.line_leg, RecordingKind.MESSAGE)
        context.log("message.started", call, box=box)
        limit_s = context.config.recording.message_max_s
        self._timers[call.id] = context.after(limit_s, lambda: self._end_message(call))

    def _end_message(self, call: Call) -> None:
        self._timers.pop(call.id).cancel()
        self._message_saved(call)
        self._play(call, ("message-saved", "goodbye"), lambda: self._queueing.finish(call, EndReason.MENU))

    def _message_saved(self, call: Call) -> None:
        seconds = round(self._context.now - call.segments[-1].began_at, 2)
        self._context.stop_recording(call)
        call.message_left = True
        box = call.segments[-1].detail
        self._context.do(MessageLeft(call, call.recording, box, seconds))
        self._context.log("message.saved", call, box=box, recording=call.recording, seconds=seconds)

    # ---- small things --------------------------------------------------------------------------

    def _play(self, call: Call, prompts: tuple[str, ...], then: Callable[[], None]) -> None:
        self._context.play(call.line_leg.channel, prompts, call.language, then)
