"""MFC/R2 on a span: each channel is a circuit of its own (`firmware.spans.r2`), here it becomes a line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from firmware.config.models import DirectNumber
from firmware.config.models import Span as Settings
from firmware.lines.supervision import Service
from firmware.lines.types import EndReason, HearMf, Out, SendCas, SendMf, SpanNoted
from firmware.media.types import MediaEvent, MfHeard
from firmware.spans import reasons
from firmware.spans.bearer import AT_REST, BearerLine, Stage
from firmware.spans.dialling import Prefixes
from firmware.spans.r2 import bits
from firmware.spans.r2 import types as r2
from firmware.spans.r2.channel import R2Channel
from firmware.spans.r2.variant import VARIANTS, Setup
from firmware.spans.settle import Settle
from firmware.spans.wakes import Wakes
from firmware.text import Text

REGISTERS_S = 90.0  # the circuit's own times are shorter; this is the way out if one was forgotten
CLEAR_S = 120.0
_REASONS: Mapping[r2.Reason, EndReason] = {
    r2.Reason.CLEAR_FORWARD: EndReason.FAR_HUNG_UP,
    r2.Reason.CLEAR_BACK: EndReason.FAR_HUNG_UP,
    r2.Reason.FORCED: EndReason.NETWORK_BUSY,
    r2.Reason.BUSY: EndReason.REMOTE_BUSY,
    r2.Reason.CONGESTION: EndReason.NETWORK_BUSY,
    r2.Reason.UNALLOCATED: EndReason.BAD_NUMBER,
    r2.Reason.OUT_OF_ORDER: EndReason.UNREACHABLE,
    r2.Reason.NUMBER_CHANGED: EndReason.BAD_NUMBER,
    r2.Reason.ANNOUNCEMENT: EndReason.BAD_NUMBER,
    r2.Reason.GLARE: EndReason.GLARE,
    r2.Reason.NO_ANSWER: EndReason.NO_ANSWER,
    r2.Reason.LINE_DOWN: EndReason.LINK_LOST,
    r2.Reason.FAULT: EndReason.PROTOCOL_ERROR,
}
_OBSTACLES = {
    r2.CircuitState.FAR_BLOCK: reasons.BLOCKED,
    r2.CircuitState.FAULTY: reasons.FAULTY,
    r2.CircuitState.DOWN: reasons.NO_BITS,
}


class R2Signalling:
    """The circuits of one span.

    settle  looks again whether a channel, or all of them, can be used
    """

    is_up = True  # there is nothing between the line and the circuits

    def __init__(
        self, port: str, bearers: Mapping[int, BearerLine], settings: Settings, settle: Settle
    ) -> None:
        self.port = port
        self.settings = settings
        self.numbers: Sequence[DirectNumber] = ()
        self.prefixes = Prefixes()
        self._bearers = bearers
        self._settle = settle
        setup = _setup(settings)
        self._circuits = {timeslot: R2Channel(setup) for timeslot in bearers}
        self._wakes = Wakes()

    # ---- life ----------------------------------------------------------------------------------

    def start(self, now: float) -> list[Out]:
        """Nothing is to be started: circuits begin with the line."""
        return []

    def stop(self, now: float) -> list[Out]:
        """End all calls."""
        return [*self.give_up(now), *self.line(False, (), now)]

    def frame(self, frame: bytes, now: float) -> list[Out]:
        """Timeslot 16 carries bits, no frames."""
        return []

    def line(self, is_up: bool, cas: Sequence[int], now: float) -> list[Out]:
        """The span's signal is there, with these bits, or is lost."""
        outs: list[Out] = []
        for timeslot, circuit in self._circuits.items():
            outs += self._follow(timeslot, circuit.line(is_up, now), now)
            if is_up and cas:
                outs += self._follow(timeslot, circuit.cas(cas[timeslot], now), now)
        return outs

    def cas(self, timeslot: int, abcd: int, now: float) -> list[Out]:
        """The bits of a channel changed."""
        circuit = self._circuits.get(timeslot)
        return self._follow(timeslot, circuit.cas(abcd, now), now) if circuit is not None else []

    def deadline(self) -> float | None:
        """When `tick` wants to be called."""
        return self._wakes.soonest()

    def tick(self, now: float) -> list[Out]:
        """Act on the deadlines that have come."""
        outs: list[Out] = []
        for timeslot in self._wakes.due(now):
            outs += self._follow(timeslot, self._circuits[timeslot].tick(now), now)
        return outs

    def give_up(self, now: float) -> list[Out]:
        """The line was gone for too long: end all calls."""
        outs: list[Out] = []
        for timeslot, bearer in self._bearers.items():
            if bearer.stage not in AT_REST:
                outs += bearer.ended(EndReason.LINK_LOST)
                outs += self._follow(timeslot, self._circuits[timeslot].hang_up(now), now)
        return outs

    def restart(self, now: float) -> list[Out]:
        """R2 knows of no such thing: the bits tell at any time what a circuit does."""
        return []

    def serve(self, bearer: BearerLine, now: float) -> list[Out]:
        """Tell the exchange whether it may send calls on a channel."""
        is_blocked = bearer.service is not Service.IN_SERVICE
        circuit = self._circuits.get(bearer.timeslot)
        return self._follow(bearer.timeslot, circuit.block(is_blocked, now), now) if circuit else []

    def obstacle(self, timeslot: int) -> Text | None:
        """Tell why a channel cannot be used now."""
        return _OBSTACLES.get(self._circuits[timeslot].state)

    # ---- what a channel asks -------------------------------------------------------------------

    def call(self, bearer: BearerLine, number: str, caller: str, now: float) -> list[Out]:
        """Seize the circuit."""
        ours = "" if self.settings.restrict_caller else caller or self.settings.number
        digits = "".join(digit for digit in number if digit.isdigit())  # registers know no * and #
        circuit = self._circuits[bearer.timeslot]
        outs = [*bearer.enter(Stage.DIALLING, now + REGISTERS_S), *bearer.listen()]
        if bearer.service is not Service.IN_SERVICE:  # an emergency call does not mind
            outs += self._follow(bearer.timeslot, circuit.block(False, now), now)
        try:
            asked = circuit.call(digits, now, caller=ours)
        except ValueError:  # its bits have just changed: it is being seized
            return [*outs, *bearer.ended(EndReason.GLARE), *bearer.rest()]
        return [*outs, *self._follow(bearer.timeslot, asked, now)]

    def answer(self, bearer: BearerLine, now: float) -> list[Out]:
        """Answer; speech goes from when the caller's exchange knows that the line is free."""
        outs = bearer.enter(Stage.ANSWERING, now + REGISTERS_S)
        return [*outs, *self._follow(bearer.timeslot, self._circuits[bearer.timeslot].answer(now), now)]

    def hang_up(self, bearer: BearerLine, reason: EndReason, now: float) -> list[Out]:
        """End a channel's call; `Cleared` frees the channel."""
        return [
            *bearer.enter(Stage.CLEARING, now + CLEAR_S),
            *self._follow(bearer.timeslot, self._circuits[bearer.timeslot].hang_up(now), now),
        ]

    def heard(self, bearer: BearerLine, event: MediaEvent, now: float) -> list[Out]:
        """Take a register signal."""
        if not isinstance(event, MfHeard):
            return []
        circuit = self._circuits[bearer.timeslot]
        return self._follow(bearer.timeslot, circuit.mf(event.signal, event.is_on, now), now)

    def due(self, bearer: BearerLine, now: float) -> list[Out]:
        """The channel's deadline has come: nobody answers, or a time of the circuit was forgotten."""
        if bearer.stage is Stage.CLEARING:
            noted = SpanNoted(self.port, "span.stuck", {"line": bearer.port, "stage": "clearing"})
            return [noted, *bearer.rest()]
        reason = EndReason.NO_ANSWER if bearer.stage is Stage.CALLING else EndReason.TIMEOUT
        return [*bearer.ended(reason), *self.hang_up(bearer, reason, now)]

    # ---- what a circuit says -------------------------------------------------------------------

    def _follow(self, timeslot: int, said: Sequence[r2.Out], now: float) -> list[Out]:
        outs: list[Out] = []
        for item in said:
            outs += self._carry_out(self._bearers[timeslot], item, now)
        self._wakes.set(timeslot, self._circuits[timeslot].deadline())
        return outs

    def _carry_out(self, bearer: BearerLine, item: r2.Out, now: float) -> list[Out]:
        match item:
            case r2.SetCas(abcd=abcd):
                is_answer = abcd >> 2 == bits.ANSWER and bearer.stage is Stage.ANSWERING
                ready = [*bearer.listen(), *bearer.ready()] if is_answer else []
                return [SendCas(self.port, bearer.timeslot, abcd), *ready]
            case r2.SendMf() | r2.HearMf() if not bearer.is_open:
                return []  # closed channels are silent and deaf
            case r2.SendMf(signal=signal, is_forward=is_forward):
                return [SendMf(bearer.port, signal, is_forward)]
            case r2.HearMf(direction=direction):
                return [HearMf(bearer.port, direction)]
            case r2.MeterPulse():
                return [SpanNoted(self.port, "span.charge", {"line": bearer.port})]
            case r2.ProtocolError(fault=fault, detail=detail):
                data = {"line": bearer.port, "fault": fault.value, "detail": detail}
                return [SpanNoted(self.port, "span.protocol-error", data)]
            case r2.Blocked() | r2.Unblocked():
                return self._settle(bearer.timeslot)
        return self._on_call(bearer, item, now)

    def _on_call(self, bearer: BearerLine, item: r2.Out, now: float) -> list[Out]:
        match item:
            case r2.Seized():
                return [*bearer.enter(Stage.COLLECTING, now + REGISTERS_S), *bearer.listen()]
            case r2.Offered(called=called, caller=caller, is_restricted=is_restricted):
                bearer.called = called
                return bearer.offer("" if is_restricted else caller, "", now)
            case r2.Accepted() if bearer.stage is Stage.DIALLING:
                return [*bearer.dialed(now), *bearer.tone(None)]  # ringback is the exchange's
            case r2.Answered() if bearer.stage is Stage.CALLING:
                return bearer.answered()
            case r2.ClearedByFar(reason=reason):
                return [*bearer.ended(_reason(bearer, reason)), *bearer.enter(Stage.CLEARING, now + CLEAR_S)]
            case r2.Cleared():
                return [*bearer.ended(EndReason.FAR_HUNG_UP), *bearer.rest(), *self._settle(bearer.timeslot)]
        return []


def _reason(bearer: BearerLine, reason: r2.Reason) -> EndReason:
    if bearer.stage in (Stage.OFFERED, Stage.ANSWERING) and reason is r2.Reason.CLEAR_FORWARD:
        return EndReason.CALLER_GONE
    return _REASONS[reason]


def _setup(settings: Settings) -> Setup:
    return Setup(
        VARIANTS[settings.r2_variant], number_digits=settings.digits, wants_caller=settings.r2_caller
    )
