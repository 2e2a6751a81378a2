"""Calls to the outside: which line they take, and the next one when it proves useless."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from firmware.call.context import Context
from firmware.call.queueing import Queueing
from firmware.call.types import Call, CallState, CallTrunk, Direction, HangUpTrunk, RecordingKind
from firmware.countries import numbering
from firmware.lines import groups, routes
from firmware.lines.groups import Harm, LineView
from firmware.lines.types import EndReason, LineState
from firmware.media.actions import Tone

# Reasons for which the same number is tried on another line: this one did not take it.
_LINE_TROUBLE = frozenset(
    {
        *(EndReason.NO_DIAL_TONE, EndReason.GLARE, EndReason.LOOP_DROP, EndReason.OVERLOAD),
        *(EndReason.UNPLUGGED, EndReason.PORT_FAILED, EndReason.TIMEOUT),
        *(EndReason.LINK_LOST, EndReason.FAR_RESET, EndReason.NETWORK_BUSY, EndReason.PROTOCOL_ERROR),
    }
)
# Of these, reasons that hold for all channels of a span.
_SPAN_TROUBLE = frozenset({EndReason.LINK_LOST, EndReason.NETWORK_BUSY})
MAX_TRIES = 8
_TALK = (CallState.TALKING, CallState.HELD, CallState.CONFERENCE)
_HARM_IN = {
    CallState.MENU: Harm.MENU,
    CallState.MESSAGE: Harm.MENU,
    CallState.QUEUE: Harm.WAITING,
    CallState.RINGING: Harm.WAITING,
    CallState.TALKING: Harm.TALK,
    CallState.HELD: Harm.TALK,
    CallState.CONFERENCE: Harm.TALK,
}


@dataclass(frozen=True, slots=True)
class Choice:
    """A line for a number."""

    port: str
    digits: str  # as they are sent on it
    must_be_freed: bool = False  # an emergency call takes it from another


@dataclass(slots=True)
class _Attempt:
    number: str
    tried: set[str] = field(default_factory=set)
    tries: int = 0


class Outgoing:
    """Every outgoing call until the number has been sent, and its answer."""

    def __init__(self, context: Context, queueing: Queueing) -> None:
        self._context = context
        self._queueing = queueing
        self._attempts: dict[str, _Attempt] = {}
        self._carried: dict[str, int] = {}  # calls, by line
        self.on_answer: Callable[[str], None] = lambda phone: None

    # ---- the line ------------------------------------------------------------------------------

    def choose(self, number: str, tried: frozenset[str] = frozenset()) -> Choice | None:
        """Choose a line for a number as it was dialled; None if there is none."""
        context = self._context
        config = context.config
        plain = numbering.dialled(number, context.numbers, config.site.area_code)
        way = routes.choose(config.routes, plain)
        known = context.lines.groups()
        wanted = [known[name] for name in way.groups if name in known]
        views = self._views()
        if context.numbers.is_emergency(plain):
            port = groups.for_emergency(wanted, views, tried=tried)
        else:
            port = groups.for_call(wanted, views, tried=tried)
        if port is None:
            return None
        return Choice(port, way.digits, not (views[port].is_free or views[port].is_resting))

    def _views(self) -> dict[str, LineView]:
        calls = self._context.calls_by_port()
        return {port: self._view(port, calls.get(port)) for port in self._context.lines.trunks}

    def _view(self, port: str, call: Call | None) -> LineView:
        trunk = self._context.lines.trunks[port]
        return LineView(
            is_free=trunk.is_free and call is None,
            is_resting=trunk.is_resting and call is None,
            is_out=call is not None and call.direction is Direction.OUT,
            calls=self._carried.get(port, 0),
            harm=_harm(call) if trunk.state is LineState.IN_USE else Harm.NEVER,
            since_s=call.began_at if call else 0.0,
        )

    def place(self, call: Call, number: str, choice: Choice) -> None:
        """Dial a number for a phone that is in the call."""
        context = self._context
        call.called, call.agent = number, ""
        call.is_emergency = context.numbers.is_emergency(number)
        context.enter(call, CallState.DIALING, "dial", number)
        self._attempts[call.id] = _Attempt(number)
        self._take(call, choice)
        context.log("call.outgoing", call, phone=call.caller, line=choice.port, number=number)

    def _take(self, call: Call, choice: Choice) -> None:
        context, port = self._context, choice.port
        if choice.must_be_freed:
            self._free(port)
        self._attempts[call.id].tried.add(port)
        self._attempts[call.id].tries += 1
        self._carried[port] = self._carried.get(port, 0) + 1
        call.line = port
        context.add_leg(call, port).number = choice.digits
        context.do(CallTrunk(port, choice.digits, context.lines.shown_number(call.legs[0].port)))

    def _free(self, port: str) -> None:
        """Take a line from its call, for one that is worth more."""
        call = self._context.call_on(port)
        if call is not None:
            self._context.log("call.preempted", call, line=port)
            self._queueing.finish(call, EndReason.EMERGENCY)

    # ---- how it goes on ------------------------------------------------------------------------

    def ended(self, call: Call, reason: EndReason) -> bool:
        """The line let the call go; gives whether it is tried on another one."""
        attempt = self._attempts.get(call.id)
        if attempt is None or call.state is not CallState.DIALING or reason not in _LINE_TROUBLE:
            return False
        if reason in _SPAN_TROUBLE:
            attempt.tried |= self._context.lines.siblings(call.line)
        has_tries = attempt.tries < MAX_TRIES
        choice = self.choose(attempt.number, frozenset(attempt.tried)) if has_tries else None
        if choice is None:
            return False
        context = self._context
        failed = call.legs[-1]
        failed.ended_at = context.now
        context.do(HangUpTrunk(failed.port))
        context.log("call.next-line", call, failed, line=failed.port, reason=reason.value, next=choice.port)
        self._take(call, choice)
        return True

    def dialed(self, call: Call) -> None:
        """The number has been sent: let the phone hear the line, and record the line."""
        context = self._context
        context.enter_talk(call, call.called)
        if context.config.recording.calls:
            context.record(call, call.legs[-1], RecordingKind.CALL)
        context.bridge(call)

    def tone(self, call: Call, port: str, name: str | None) -> None:
        """Let those who wait for an answer on a line hear this tone of ours, or only the line."""
        for leg in call.here:
            if leg.port != port:
                self._context.do(Tone(leg.channel, name))

    def answered(self, call: Call, port: str) -> None:
        """The far end of a line answered."""
        leg = call.leg_on(port)
        if leg is None:
            return
        leg.answered_at = self._context.now
        call.answered_at = call.answered_at or leg.answered_at
        self._context.log("call.answered", call, leg, line=port)
        phone = next((other.port for other in call.here if other.is_phone), "")
        self.on_answer(phone)

    def forget(self, call: Call) -> None:
        """The call is over."""
        self._attempts.pop(call.id, None)


def _harm(call: Call | None) -> Harm:
    if call is None or call.is_emergency:
        return Harm.NEVER
    if call.direction is Direction.OUT:
        has_talk = call.state in _TALK and call.answered_at is not None
        return Harm.OUTGOING_TALK if has_talk else Harm.DIALLING
    return _HARM_IN.get(call.state, Harm.NEVER)
