"""Phones that were lifted without being rung: dial tone, codes, calls inside and outside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from firmware.call.context import Context
from firmware.call.queueing import Queueing
from firmware.call.timers import Timer
from firmware.call.types import Call, CallState, CallTrunk, Close, Direction, Open, RecordingKind, Tone
from firmware.lines.types import EndReason

FIRST_DIGIT_S = 15.0
NEXT_DIGIT_S = 4.0
MAX_DIGITS = 24


class _Mode(Enum):
    DIALING = auto()
    AGENT_NUMBER = auto()  # after the log-in code
    SPOKEN_TO = auto()  # a prompt answers, then busy tone
    IN_CALL = auto()
    ENDED = auto()  # busy tone until the phone is put down


@dataclass(slots=True)
class _Session:
    port: str
    channel: int
    mode: _Mode
    digits: str = ""
    timer: Timer | None = None


class Phones:
    """What people dial."""

    def __init__(self, context: Context, queueing: Queueing) -> None:
        self._context = context
        self._queueing = queueing
        self._sessions: dict[str, _Session] = {}

    # ---- hook ----------------------------------------------------------------------------------

    def lifted(self, port: str) -> None:
        """Somebody lifts a phone to dial."""
        context = self._context
        session = _Session(port, context.lines.channel(port), _Mode.DIALING)
        self._sessions[port] = session
        context.do(Open(session.channel), Tone(session.channel, "dial"))
        self._wait(session, FIRST_DIGIT_S)
        self._queueing.phone_busy(port)

    def hung_up(self, port: str, reason: EndReason) -> None:
        """The phone was put down, or has gone."""
        context = self._context
        session = self._sessions.pop(port, None)
        if session is None:
            return
        _stop(session)
        call = context.call_on(port)
        if call is not None:
            self._queueing.finish(call, reason)
        self._clear(session.channel)
        self._queueing.phone_free(port)

    def _clear(self, channel: int) -> None:
        self._context.hush(channel)
        self._context.do(Tone(channel, None), Close(channel))

    def is_used(self, port: str) -> bool:
        """Somebody held the phone until now."""
        return port in self._sessions

    # ---- digits --------------------------------------------------------------------------------

    def digit(self, port: str, key: str) -> None:
        """A key was pressed on a lifted phone."""
        session = self._sessions.get(port)
        if session is None or session.mode not in (_Mode.DIALING, _Mode.AGENT_NUMBER):
            return
        self._context.hush(session.channel)
        self._context.do(Tone(session.channel, None))
        if key == "#":
            self._complete(session)
            return
        session.digits = (session.digits + key)[:MAX_DIGITS]
        self._wait(session, NEXT_DIGIT_S)
        if session.mode is _Mode.DIALING:
            self._match(session)

    def _match(self, session: _Session) -> None:
        """Act as soon as the digits can mean only one thing."""
        codes = self._context.config.codes
        if session.digits == codes.login:
            session.mode, session.digits = _Mode.AGENT_NUMBER, ""
            self._wait(session, FIRST_DIGIT_S)  # the prompt that asks for the number takes a while
            self._say(session, "enter-agent-number", stay=True)
        elif session.digits in (codes.logout, codes.pause, codes.ready):
            self._agent_code(session)
        elif any(phone.number == session.digits for phone in self._context.config.phones):
            self._call_inside(session)

    def _complete(self, session: _Session) -> None:
        """The dialler is done: `#`, or no further digit in time."""
        codes = self._context.config.codes
        if session.mode is _Mode.AGENT_NUMBER:
            self._login(session)
        elif session.digits.startswith(codes.outside) and len(session.digits) > 1:
            self._call_outside(session, session.digits[1:])
        elif session.digits:
            self._say(session, "not-possible")
        else:
            self._end(session)

    def _wait(self, session: _Session, delay_s: float) -> None:
        _stop(session)
        session.timer = self._context.after(delay_s, lambda: self._complete(session))

    # ---- codes ---------------------------------------------------------------------------------

    def _login(self, session: _Session) -> None:
        context = self._context
        number = self._phone(session)
        if not number or not any(agent.number == session.digits for agent in context.config.agents):
            self._say(session, "unknown-agent")
            return
        self._queueing.follow(context.acd.login(session.digits, number, context.now))
        self._say(session, "agent-logged-in")

    def _agent_code(self, session: _Session) -> None:
        context = self._context
        agent = context.acd.agent_at(self._phone(session))
        if agent is None:
            self._say(session, "unknown-agent")
            return
        codes = context.config.codes
        act, prompt = {
            codes.logout: (context.acd.logout, "agent-logged-out"),
            codes.pause: (context.acd.pause, "agent-paused"),
            codes.ready: (context.acd.ready, "agent-ready"),
        }[session.digits]
        self._queueing.follow(act(agent, context.now))
        self._say(session, prompt)

    # ---- calls ---------------------------------------------------------------------------------

    def _call_inside(self, session: _Session) -> None:
        number = session.digits
        if number == self._phone(session):
            self._say(session, "not-possible")
            return
        call = self._begin(session, Direction.INTERNAL, CallState.RINGING)
        call.called = number
        self._context.log("call.internal", call, phone=call.caller, number=number)
        self._queueing.ring_phone(call, number, is_internal=True)

    def _call_outside(self, session: _Session, number: str) -> None:
        context = self._context
        if not self._may_dial_out(session.port):
            self._say(session, "not-possible")
            return
        trunk = context.lines.free_trunk()
        if trunk is None:
            context.log("call.no-line", phone=self._phone(session), number=number)
            self._say(session, "line-busy")
            return
        call = self._begin(session, Direction.OUT, CallState.DIALING)
        call.called, call.line, call.agent = number, trunk, ""
        context.add_leg(call, trunk).number = number
        context.enter(call, CallState.DIALING, "dial", number)
        context.log("call.outgoing", call, phone=call.caller, line=trunk, number=number)
        context.do(CallTrunk(trunk, number))

    def _begin(self, session: _Session, direction: Direction, state: CallState) -> Call:
        _stop(session)
        session.mode = _Mode.IN_CALL
        call = self._context.new_call(direction, state, session.port)
        call.caller = self._phone(session)
        call.line_leg.answered_at = self._context.now
        return call

    def dialed(self, call: Call) -> None:
        """The number has been sent: let the phone hear the line, and record the line."""
        context = self._context
        context.enter(call, CallState.TALKING, "talk", call.called)
        if context.config.recording.calls:
            context.record(call, call.legs[1], RecordingKind.CALL)
        context.bridge(call)

    def answered(self, call: Call) -> None:
        """The far end answered."""
        call.answered_at = call.legs[1].answered_at = self._context.now
        self._context.log("call.answered", call, call.legs[1], line=call.line)

    # ---- the end -------------------------------------------------------------------------------

    def left(self, port: str) -> None:
        """The call of a lifted phone is over: busy tone until it is put down."""
        session = self._sessions.setdefault(
            port, _Session(port, self._context.lines.channel(port), _Mode.ENDED)
        )
        _stop(session)
        session.mode = _Mode.ENDED

    def _say(self, session: _Session, prompt: str, *, stay: bool = False) -> None:
        if not stay:
            _stop(session)
            session.mode = _Mode.SPOKEN_TO
        language = self._context.config.site.language
        then: Callable[[], None] = (lambda: None) if stay else (lambda: self._end(session))
        self._context.play(session.channel, (prompt,), language, then)

    def _end(self, session: _Session) -> None:
        _stop(session)
        session.mode = _Mode.ENDED
        self._context.do(Tone(session.channel, "busy"))

    def _phone(self, session: _Session) -> str:
        return self._context.lines.phone_number(session.port)

    def _may_dial_out(self, port: str) -> bool:
        return any(phone.port == port and phone.may_dial_out for phone in self._context.config.phones)


def _stop(session: _Session) -> None:
    if session.timer is not None:
        session.timer.cancel()
        session.timer = None
