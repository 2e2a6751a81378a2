"""One channel of an E1 with R2: line signalling by bits A and B, Q.421 and Q.422, with the registers' talk.

    out:  idle --call--> seizing --ack--> telling --free--> ringing --answer--> talking
    in:   idle --seized--> asking --offered--> offered --accept--> accepted --answer--> talked to
    both: --hang_up or far end--> clearing / leaving --idle bits--> guard --> idle

        forward (caller's end)      backward (called end)
        10 idle, clear-forward      10 idle, release guard
        00 seized                   11 seizure acknowledged, clear-back, blocked (when idle)
                                    01 answered

Either end of a circuit may be the caller's, so 11 from an idle far end always means blocked.
"""

from __future__ import annotations

from firmware.spans.r2 import bits
from firmware.spans.r2.bits import FarBits
from firmware.spans.r2.incoming import Done, IncomingRegister
from firmware.spans.r2.outgoing import OutgoingRegister, Told
from firmware.spans.r2.phase import ANSWERED, BLOCKED, INCOMING, OFFER, OUTGOING, Phase
from firmware.spans.r2.types import (
    Accepted,
    Answered,
    Blocked,
    Category,
    CircuitState,
    Cleared,
    ClearedByFar,
    Fault,
    HearMf,
    MeterPulse,
    Offered,
    Out,
    ProtocolError,
    Reason,
    Seized,
    SendMf,
    SetCas,
    Unblocked,
)
from firmware.spans.r2.variant import MAX_DIGITS, Grant, Setup


class R2Channel:
    """The state of one circuit. Pure: bits, signals and `now` in, commands and happenings out.

    Every call, either way, ends with exactly one `Cleared`. After each method `deadline()` may have changed.
    """

    def __init__(self, setup: Setup | None = None) -> None:
        self.setup = setup or Setup()
        self.state = CircuitState.DOWN
        self._timers = self.setup.variant.timers
        self._far = FarBits(self._timers.recognize_s)
        self._phase = Phase.REST
        self._deadline: float | None = None
        self._out: OutgoingRegister | None = None
        self._in: IncomingRegister | None = None
        self._bad_at: float | None = None  # impossible bits end the call then
        self._lost_at: float | None = None  # the loss of signal ends the call then
        self._answer_at = 0.0  # no sooner, lest the far end's register still listens
        self._is_up = False
        self._is_blocked = False  # by us
        self._is_leaving = False  # the layer above has hung up, or knows that the call is over
        self._wants_answer = False
        self._is_ghost = False  # the far end's seizure is of a call that we have given up

    @property
    def is_free(self) -> bool:
        """The channel can be seized now."""
        return self.state is CircuitState.IDLE and self._far.deadline is None

    def deadline(self) -> float | None:
        """When `tick` wants to be called."""
        registers = (register.deadline for register in (self._out, self._in) if register)
        times = (self._deadline, self._far.deadline, self._bad_at, self._lost_at, *registers)
        return min((at for at in times if at is not None), default=None)

    # what comes from the span

    def line(self, is_up: bool, now: float) -> list[Out]:
        """Take that the span's signal is there or lost; the first time starts the channel.

        Report the bits with `cas` after each `line(True)`, also when they have not changed.
        """
        if is_up == self._is_up:
            return []
        self._is_up = is_up
        if is_up:
            self._lost_at = None
            return [self._bits(self._rest_bits)] if self._phase is Phase.REST else []
        self._far.forget()
        self._bad_at = None
        if self._phase is Phase.REST:
            return self._show(CircuitState.DOWN)
        self._lost_at = now + self._timers.line_down_s
        if self._phase in (Phase.TELLING, Phase.ASKING):  # a signal cut in two would be two digits
            return [*self._over(Reason.LINE_DOWN), *self._clear(now)]
        return []

    def cas(self, abcd: int, now: float) -> list[Out]:
        """Take the signalling bits that the far end sends now; telling the same ones again does no harm."""
        if not self._is_up:
            return []
        self._far.report(abcd, now)
        return self.tick(now)

    def mf(self, signal: str, is_on: bool, now: float) -> list[Out]:
        """Take a register signal that begins or ends."""
        if self._out and self._phase is Phase.TELLING:
            return self._after_telling(self._out.mf(signal, is_on, now), now)
        return self._after_asking(self._in.mf(signal, is_on, now), now) if self._in else []

    def tick(self, now: float) -> list[Out]:
        """Act on everything whose time has come."""
        outs: list[Out] = []
        if self._far.is_changed(now):
            outs += self._recognized(now)
        if self._out:
            outs += self._after_telling(self._out.tick(now), now)
        if self._in:
            outs += self._after_asking(self._in.tick(now), now)
        if self._lost_at is not None and now >= self._lost_at:
            outs += self._line_lost()
        if self._bad_at is not None and now >= self._bad_at:
            outs += self._broken(Fault.BAD_BITS, str(self._far), now)
        if self._deadline is not None and now >= self._deadline:
            self._deadline = None
            outs += self._expired(now)
        return outs

    # what the layer above wants

    def call(
        self, number: str, now: float, *, caller: str = "", category: Category = Category.SUBSCRIBER
    ) -> list[Out]:
        """Seize the circuit and call.

        raises  ValueError for a number that registers cannot tell, or when the circuit is not free
        """
        _check_digits("number", number, least=1)
        _check_digits("caller", caller, least=0)
        if not self.is_free:
            raise ValueError(f"the circuit is not free: {self.state}")
        self._out = OutgoingRegister(self.setup, number, caller, category)
        self._show(CircuitState.BUSY)
        self._begin(Phase.SEIZING, now + self._timers.seize_ack_s)
        return [self._bits(bits.SEIZE)]

    def accept(self, now: float, *, is_charged: bool = True) -> list[Out]:
        """Take the offered call: the person called is rung."""
        if self._phase is not Phase.OFFERED or not self._in:
            return []
        self._enter(Phase.GRANTING, now + self._timers.register_s)
        verdict = Grant.CHARGED if is_charged else Grant.FREE_OF_CHARGE
        return self._after_asking(self._in.decide(verdict, now), now)

    def reject(self, reason: Reason, now: float) -> list[Out]:
        """Refuse the call that comes in; the caller learns the reason as far as the variant can say it."""
        if self._phase not in OFFER or not self._in:
            return []
        self._is_leaving = True
        self._enter(Phase.LEAVING, now + self._timers.clear_forward_s)
        return self._after_asking(self._in.decide(reason, now), now)

    def answer(self, now: float) -> list[Out]:
        """Answer the call that came in; one that is only offered is accepted first."""
        if self._phase not in (Phase.OFFERED, Phase.GRANTING, Phase.ACCEPTED):
            return []
        self._wants_answer = True
        if self._phase is Phase.OFFERED:
            return self.accept(now)
        return self._answer(now) if self._phase is Phase.ACCEPTED else []

    def charge(self, now: float) -> list[Out]:
        """Send a unit of charge to the caller's exchange, where the variant has them."""
        if self._phase is not Phase.TALKED_TO or not self.setup.variant.has_metering:
            return []
        self._enter(Phase.CHARGING, now + self._timers.meter_s)
        return [self._bits(bits.CLEAR_BACK)]

    def hang_up(self, now: float) -> list[Out]:
        """End the call in any state; `Cleared` follows."""
        if self._phase is Phase.REST:
            return []
        self._is_leaving = True
        if self._phase in OUTGOING:
            return self._clear(now)
        if self._phase in OFFER:
            return self.reject(Reason.CONGESTION, now)
        if self._phase in INCOMING and self._phase is not Phase.LEAVING:
            self._enter(Phase.LEAVING, now + self._timers.clear_forward_s)
            return [self._bits(bits.CLEAR_BACK)]
        return []  # it is ending; a seizure stands until it is acknowledged, Q.422

    def block(self, is_on: bool, now: float) -> list[Out]:
        """Take the circuit out of service, or back; a call on it goes on to its end."""
        if is_on == self._is_blocked:
            return []
        self._is_blocked = is_on
        if self._phase is not Phase.REST or not self._is_up:
            return []
        return [self._bits(self._rest_bits), *self._rest(now)]

    # bits

    def _recognized(self, now: float) -> list[Out]:
        """Act on new bits of the far end."""
        self._bad_at, self._is_ghost = None, False
        far = self._far.now
        if self._phase is Phase.REST:
            return self._rest(now)
        if self._phase is Phase.SEIZING:
            return self._while_seizing(far, now)
        if self._phase in OUTGOING:
            return self._while_out(far, now)
        if self._phase in INCOMING:
            return self._while_in(far, now)
        return self._while_clearing(far, now)

    def _while_seizing(self, far: int | None, now: float) -> list[Out]:
        if far == bits.SEIZE:
            self._out = None
            self._enter(Phase.GLARE, now + self._timers.glare_hold_s)
            return self._over(Reason.GLARE)
        if far != bits.ACK or not self._out:
            return self._suspect(now) if far != bits.IDLE else []
        if self._is_leaving:
            return self._clear(now)
        self._enter(Phase.TELLING, now + self._timers.register_s)
        return self._after_telling(self._out.start(now), now)

    def _while_out(self, far: int | None, now: float) -> list[Out]:
        match far:
            case bits.ANSWER:
                return self._answered(now)
            case bits.CLEAR_BACK if self._phase is Phase.TALKING:
                self._enter(Phase.BACK_DOUBT, now + self._timers.clear_back_s - self._timers.recognize_s)
            case bits.FORCED:
                return [*self._over(Reason.FORCED), *self._clear(now)]
            case bits.IDLE if self._phase is Phase.BACK_DOUBT:
                return self._expired(now)
            case bits.IDLE:
                return self._broken(Fault.FAR_IDLE, str(self._far), now)
        return []

    def _while_in(self, far: int | None, now: float) -> list[Out]:
        if far == bits.SEIZE:
            return []
        if far != bits.IDLE:
            return self._suspect(now)
        outs = self._over(Reason.CLEAR_FORWARD)
        if self._phase in ANSWERED and self._timers.back_first_s:
            self._enter(Phase.BACK_FIRST, now + self._timers.back_first_s)
            return [*outs, self._bits(bits.CLEAR_BACK)]
        return [*outs, *self._let_go(now)]

    def _while_clearing(self, far: int | None, now: float) -> list[Out]:
        if self._phase is Phase.CLEARING and far == bits.IDLE:
            self._enter(Phase.GUARD, now + self._timers.guard_s)
        return []

    def _answered(self, now: float) -> list[Out]:
        if self._phase is Phase.TALKING:
            return []  # told again after the line was lost for a moment
        if self._phase is Phase.BACK_DOUBT:
            self._enter(Phase.TALKING, None)
            return [MeterPulse()] if self.setup.variant.has_metering else []
        accepted: list[Out] = []
        if self._phase is Phase.TELLING:
            if not (self._out and self._out.has_told_all):
                return self._suspect(now)
            # the answer has overtaken the verdict: an exchange that cuts through at once
            accepted = [*self._hush(), Accepted()]
        self._enter(Phase.TALKING, None)
        return [*accepted, Answered()]

    def _suspect(self, now: float) -> list[Out]:
        """Give impossible bits a moment: they may be on their way from one state to another."""
        self._bad_at = now + self._timers.bad_bits_s
        return []

    # registers

    def _after_telling(self, told: list[Out | Told], now: float) -> list[Out]:
        outs: list[Out] = [out for out in told if not isinstance(out, Told)]
        verdict = next((out.verdict for out in told if isinstance(out, Told)), None)
        if verdict is None:
            return outs
        self._out = None
        if isinstance(verdict, Reason):
            return [*outs, *self._over(verdict), *self._clear(now)]
        self._enter(Phase.RINGING, now + self._timers.answer_s)
        return [*outs, Accepted(verdict is Grant.CHARGED)]

    def _after_asking(self, asked: list[Out | Done], now: float) -> list[Out]:
        outs: list[Out] = [out for out in asked if not isinstance(out, Done)]
        if any(isinstance(out, Offered) for out in outs):
            self._enter(Phase.OFFERED, now + self._timers.decide_s)
        done = next((out for out in asked if isinstance(out, Done)), None)
        if not done:
            return outs
        self._in = None
        if not done.is_accepted or self._phase is not Phase.GRANTING:
            self._enter(Phase.LEAVING, now + self._timers.clear_forward_s)
            return [*outs, *self._over(Reason.FAULT)]
        self._answer_at = now + self._timers.answer_delay_s
        self._enter(Phase.ACCEPTED, now + self._timers.answer_s)
        outs.append(Accepted())
        return [*outs, *self._answer(now)] if self._wants_answer else outs

    def _answer(self, now: float) -> list[Out]:
        if now < self._answer_at:
            self._enter(Phase.ACCEPTED, self._answer_at)
            return []
        self._enter(Phase.TALKED_TO, None)
        return [self._bits(bits.ANSWER)]

    def _hush(self) -> list[Out]:
        """Silence the registers, if they talk."""
        if not self._out and not self._in:
            return []
        is_forward, self._out, self._in = self._out is not None, None, None
        return [SendMf("", is_forward), HearMf("")]

    # ends

    def _expired(self, now: float) -> list[Out]:
        """Leave a state that has lasted too long, or just long enough."""
        match self._phase:
            case Phase.TELLING | Phase.ASKING | Phase.GRANTING:
                return self._broken(Fault.ENDLESS, "", now)
            case Phase.BACK_FIRST:
                return self._let_go(now)
            case Phase.CLEARING:
                self._is_ghost = True
                return [ProtocolError(Fault.NO_RELEASE_GUARD, str(self._far)), *self._cleared(now)]
            case Phase.GUARD:
                return self._cleared(now)
        return self._expired_in(now) if self._phase in INCOMING else self._expired_out(now)

    def _expired_out(self, now: float) -> list[Out]:
        match self._phase:
            case Phase.SEIZING:
                return self._broken(Fault.NO_SEIZE_ACK, str(self._far), now)
            case Phase.GLARE:
                return self._clear(now)
            case Phase.RINGING:
                return [*self._over(Reason.NO_ANSWER), *self._clear(now)]
            case Phase.BACK_DOUBT:
                return [*self._over(Reason.CLEAR_BACK), *self._clear(now)]
        return []

    def _expired_in(self, now: float) -> list[Out]:
        match self._phase:
            case Phase.OFFERED:
                return [*self._over(Reason.NO_ANSWER), *self.reject(Reason.CONGESTION, now)]
            case Phase.ACCEPTED:
                return self._answer(now) if self._wants_answer else self._unanswered(now)
            case Phase.CHARGING:
                return self._answer(now)
            case Phase.LEAVING:
                return [ProtocolError(Fault.NO_CLEAR_FORWARD, str(self._far)), *self._clear(now)]
        return []

    def _unanswered(self, now: float) -> list[Out]:
        """Nobody answered the call that came in, nor gave it up."""
        return [*self._over(Reason.NO_ANSWER), *self.hang_up(now)]

    def _broken(self, fault: Fault, detail: str, now: float) -> list[Out]:
        """Clear a call whose far end breaks the rules."""
        self._bad_at = None
        return [ProtocolError(fault, detail), *self._over(Reason.FAULT), *self._clear(now)]

    def _over(self, reason: Reason) -> list[Out]:
        """Say once that the call is over, unless the layer above ended it."""
        if self._is_leaving:
            return []
        self._is_leaving = True
        return [ClearedByFar(reason)]

    def _clear(self, now: float) -> list[Out]:
        """Send idle: clear-forward, or from the called end the last way out. Then wait for the far end's."""
        if self._far.now == bits.IDLE:
            return self._let_go(now)
        self._enter(Phase.CLEARING, now + self._timers.release_guard_s)
        return [*self._hush(), self._bits(bits.IDLE)]

    def _let_go(self, now: float) -> list[Out]:
        """Send idle to an idle far end."""
        self._enter(Phase.GUARD, now + self._timers.guard_s)
        return [*self._hush(), self._bits(bits.IDLE)]

    def _line_lost(self) -> list[Out]:
        """The span has been without a signal for too long."""
        self._lost_at = None
        self._enter(Phase.REST, None)
        over = [*self._hush(), *self._over(Reason.LINE_DOWN), Cleared()]
        return [*over, self._bits(self._rest_bits), *self._show(CircuitState.DOWN)]

    def _cleared(self, now: float) -> list[Out]:
        self._lost_at = self._bad_at = None
        self._enter(Phase.REST, None)
        block = [self._bits(bits.BLOCK)] if self._is_blocked else []
        return [Cleared(), *block, *self._rest(now)]

    # rest

    @property
    def _rest_bits(self) -> int:
        return bits.BLOCK if self._is_blocked else bits.IDLE

    def _bits(self, ab: int) -> SetCas:
        return SetCas(ab << 2 | self.setup.variant.cd)

    def _rest(self, now: float) -> list[Out]:
        """Find what the idle channel is good for; take the call that comes in."""
        if not self._is_up or self._far.now is None:
            return self._show(CircuitState.DOWN)
        if self._is_blocked:
            return self._show(CircuitState.OWN_BLOCK)
        if self._far.now == bits.SEIZE and not self._is_ghost:
            return self._seized(now)
        if self._far.now == bits.IDLE:
            return self._show(CircuitState.IDLE)
        return self._show(CircuitState.FAR_BLOCK if self._far.now == bits.BLOCK else CircuitState.FAULTY)

    def _seized(self, now: float) -> list[Out]:
        self._in = IncomingRegister(self.setup)
        unblocked = self._show(CircuitState.BUSY)
        self._begin(Phase.ASKING, now + self._timers.register_s)
        return [*unblocked, self._bits(bits.ACK), Seized(), *self._after_asking(self._in.start(now), now)]

    def _begin(self, phase: Phase, deadline: float) -> None:
        self._is_leaving = self._wants_answer = False
        self._enter(phase, deadline)

    def _show(self, state: CircuitState) -> list[Out]:
        """Change what the channel is good for; say so when that matters to who wants to use it."""
        before, self.state = self.state, state
        if state is before:
            return []
        if state in BLOCKED:
            return [Blocked(state)]
        return [Unblocked()] if before in BLOCKED else []

    def _enter(self, phase: Phase, deadline: float | None) -> None:
        self._phase, self._deadline = phase, deadline


def _check_digits(name: str, digits: str, *, least: int) -> None:
    if not (least <= len(digits) <= MAX_DIGITS and all("0" <= digit <= "9" for digit in digits)):
        raise ValueError(f"{name}: {least} to {MAX_DIGITS} digits 0 to 9 are allowed, not {digits!r}")
