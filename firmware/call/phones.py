"""Phones that were lifted without being rung: dial tone, codes, calls inside and outside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from firmware.call.context import Context
from firmware.call.holding import Holding
from firmware.call.outgoing import Outgoing
from firmware.call.queueing import Queueing
from firmware.call.timers import Timer
from firmware.call.types import Call, CallState, Direction, PhoneLeftOff, ReversePhone
from firmware.lines.types import EndReason
from firmware.media.actions import Close, Open, Tone

FIRST_DIGIT_S = 15.0
BUSY_S = 30.0  # busy tone, then the howler
HOWLER_S = 30.0  # then silence
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

    def __init__(self, context: Context, queueing: Queueing, outgoing: Outgoing, *, holding: Holding) -> None:
        self._context = context
        self._holding = holding
        self._queueing = queueing
        self._outgoing = outgoing
        self._sessions: dict[str, _Session] = {}
        self._reversed: set[str] = set()
        self.on_hung_up: Callable[[str], bool] = lambda port: False
        self.on_line_flash: Callable[[str], bool] = lambda port: False

    # ---- hook ----------------------------------------------------------------------------------

    def lifted(self, port: str) -> None:
        """Somebody lifts a phone to dial."""
        context = self._context
        session = _Session(port, context.lines.channel(port), _Mode.DIALING)
        self._sessions[port] = session
        tone = "messages" if context.has_messages(self._phone(session)) else "dial"
        context.do(Open(session.channel), Tone(session.channel, tone))
        self._wait(session, FIRST_DIGIT_S)
        self._queueing.phone_busy(port)

    def hung_up(self, port: str, reason: EndReason) -> None:
        """The phone was put down, or has gone."""
        context = self._context
        self._unreverse(port)
        session = self._sessions.pop(port, None)
        if session is None:
            return
        _stop(session)
        if not self.on_hung_up(port):
            call = context.call_on(port)
            if call is not None:
                self._queueing.finish(call, reason)
        self._clear(session.channel)
        self._queueing.phone_free(port)

    def dial_again(self, port: str) -> None:
        """Give a phone in a call dial tone."""
        session = self._sessions[port]
        session.mode, session.digits = _Mode.DIALING, ""
        self._context.do(Tone(session.channel, "dial"))
        self._wait(session, FIRST_DIGIT_S)

    def stop_dialling(self, port: str) -> None:
        """The phone goes back to a call, whatever it did."""
        session = self._sessions[port]
        _stop(session)
        session.mode = _Mode.IN_CALL
        self._context.hush(session.channel)
        self._context.do(Tone(session.channel, None))

    def dismiss(self, port: str) -> None:
        """Busy tone for a phone that dials: whom it had on hold has gone."""
        session = self._sessions.get(port)
        if session is not None and session.mode in (_Mode.DIALING, _Mode.AGENT_NUMBER):
            self._context.hush(session.channel)
            self._end(session)

    def reversed(self, port: str) -> None:
        """The far end answered a call from this phone: tell it by its wires, if it wants that."""
        if any(phone.port == port and phone.answer_reversal for phone in self._context.config.phones):
            self._reversed.add(port)
            self._context.do(ReversePhone(port, True))

    def _unreverse(self, port: str) -> None:
        if port in self._reversed:
            self._reversed.discard(port)
            self._context.do(ReversePhone(port, False))

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
        elif session.digits == codes.line_flash:
            self._line_flash(session)
        elif any(phone.number == session.digits for phone in self._context.config.phones):
            self._call_inside(session, session.digits)
        elif self._is_whole_agent(session.digits):
            self._call_agent(session)
        elif (number := self._whole_number(session.digits)) is not None:
            self._call_outside(session, number)

    def _whole_number(self, dialled: str) -> str | None:
        """Give the number to dial outside, if no further digit can belong to it.

        Emergency numbers need no digit for outside, unless a phone's number begins with them.
        """
        numbers, outside = self._context.numbers, self._context.config.codes.outside
        if numbers.is_emergency(dialled):
            is_begin = any(phone.number.startswith(dialled) for phone in self._context.config.phones)
            return None if is_begin else dialled
        number = dialled.removeprefix(outside)
        is_whole = numbers.is_emergency(number) or numbers.is_complete(number)
        return number if is_whole and number != dialled else None

    def _complete(self, session: _Session) -> None:
        """The dialler is done: `#`, or no further digit in time."""
        codes = self._context.config.codes
        if session.mode is _Mode.AGENT_NUMBER:
            self._login(session)
        elif self._context.numbers.is_emergency(session.digits):
            self._call_outside(session, session.digits)
        elif session.digits.startswith(codes.outside) and len(session.digits) > 1:
            self._call_outside(session, session.digits[1:])
        elif self._is_agent(session.digits):
            self._call_agent(session)
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

    def _line_flash(self, session: _Session) -> None:
        if not self.on_line_flash(session.port):
            self._say(session, "not-possible")

    # ---- calls ---------------------------------------------------------------------------------

    def _is_agent(self, digits: str) -> bool:
        return any(agent.number == digits for agent in self._context.config.agents)

    def _is_whole_agent(self, digits: str) -> bool:
        """These digits are an agent, and the begin of nothing else."""
        config, numbers = self._context.config, self._context.numbers
        others = (
            *(phone.number for phone in config.phones),
            *(agent.number for agent in config.agents if agent.number != digits),
            *numbers.emergency,
        )
        is_begin = digits.startswith(config.codes.outside) or any(one.startswith(digits) for one in others)
        return self._is_agent(digits) and not is_begin

    def _call_agent(self, session: _Session) -> None:
        """Call the phone where an agent is logged in."""
        views = self._context.acd.agents()
        phone = next((view.phone for view in views if view.agent == session.digits), None)
        if phone is None:
            self._say(session, "not-possible")
        else:
            self._call_inside(session, phone)

    def _call_inside(self, session: _Session, number: str) -> None:
        if number == self._phone(session):
            self._say(session, "not-possible")
            return
        call = self._begin(session, Direction.INTERNAL, CallState.RINGING)
        call.called = number
        self._context.log("call.internal", call, phone=call.caller, number=number)
        self._queueing.ring_phone(call, number, is_internal=True)

    def _call_outside(self, session: _Session, number: str) -> None:
        context = self._context
        is_emergency = context.numbers.is_emergency(number)
        if not is_emergency and not self._may_dial_out(session.port):
            self._say(session, "not-possible")
            return
        line = self._outgoing.choose(number)
        if line is None:
            context.log("call.no-line", phone=self._phone(session), number=number)
            self._say(session, "line-busy")
            return
        self._outgoing.place(self._begin(session, Direction.OUT, CallState.DIALING), number, line)

    def _begin(self, session: _Session, direction: Direction, state: CallState) -> Call:
        _stop(session)
        session.mode = _Mode.IN_CALL
        call = self._context.new_call(direction, state, session.port)
        call.caller = self._phone(session)
        self._holding.mark(call, session.port)
        call.line_leg.answered_at = self._context.now
        return call

    # ---- the end -------------------------------------------------------------------------------

    def picked_up(self, port: str) -> None:
        """A phone that rang was lifted: its call goes its own way, what comes after it is ours."""
        self._sessions[port] = _Session(port, self._context.lines.channel(port), _Mode.IN_CALL)

    def left(self, port: str) -> None:
        """The call of a lifted phone is over: busy tone until it is put down."""
        self._unreverse(port)
        session = self._sessions.setdefault(
            port, _Session(port, self._context.lines.channel(port), _Mode.ENDED)
        )
        self._roll_off(session)

    def _say(self, session: _Session, prompt: str, *, stay: bool = False) -> None:
        if not stay:
            _stop(session)
            session.mode = _Mode.SPOKEN_TO
        language = self._context.config.site.language
        then: Callable[[], None] = (lambda: None) if stay else (lambda: self._end(session))
        self._context.play(session.channel, (prompt,), language, then)

    def _end(self, session: _Session) -> None:
        self._context.do(Tone(session.channel, "busy"))
        self._roll_off(session)

    def _roll_off(self, session: _Session) -> None:
        """Busy tone is on: when nobody puts the handset back, the howler comes, then silence."""
        _stop(session)
        session.mode = _Mode.ENDED
        session.timer = self._context.after(BUSY_S, lambda: self._howl(session))

    def _howl(self, session: _Session) -> None:
        self._context.log("phone.howler", phone=self._phone(session))
        self._context.do(Tone(session.channel, "howler"))
        session.timer = self._context.after(HOWLER_S, lambda: self._give_up(session))

    def _give_up(self, session: _Session) -> None:
        self._context.log("phone.left-off", phone=self._phone(session))
        self._context.do(Tone(session.channel, None), PhoneLeftOff(session.port))

    def _phone(self, session: _Session) -> str:
        return self._context.lines.phone_number(session.port)

    def _may_dial_out(self, port: str) -> bool:
        return any(phone.port == port and phone.may_dial_out for phone in self._context.config.phones)


def _stop(session: _Session) -> None:
    if session.timer is not None:
        session.timer.cancel()
        session.timer = None
