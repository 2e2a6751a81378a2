"""The register of a call that comes in: asks for the number and the caller, then gives the verdict.

    digits --complete--> category -> caller --end--> changeover -> decide --verdict--> done

The order of digits and caller is the setup's. A caller's register that falls silent after its last digit is
asked to go on by a pulse. A refusal before the changeover is a signal of group A, after it one of group B.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from firmware.spans.r2.types import Category, Fault, HearMf, Offered, Out, ProtocolError, Reason, SendMf
from firmware.spans.r2.variant import MAX_DIGITS, Ask, Setup, Verdict

_DIGITS = frozenset("0123456789")


@dataclass(frozen=True, slots=True)
class Done:
    """The registers are done; the caller's exchange knows whether the call goes on."""

    is_accepted: bool


class _Stage(Enum):
    DIGITS = auto()
    CATEGORY = auto()
    CALLER = auto()
    CHANGEOVER = auto()
    DECIDE = auto()
    RESULT = auto()  # the last signal sounds, or waits for silence to sound as a pulse


class IncomingRegister:
    """Pure: signals and `now` in; commands, `Offered` and at last `Done` out."""

    def __init__(self, setup: Setup) -> None:
        self.called = ""
        self.caller = ""
        self.category = Category.UNKNOWN
        self.is_restricted = False
        self.deadline: float | None = None
        self._setup = setup
        self._variant = setup.variant
        self._timers = setup.variant.timers
        self._stage = _Stage.DIGITS
        self._is_complete = False  # the number called
        self._has_caller = not setup.wants_caller or not self._variant.ask(Ask.CALLER)
        self._kind = ""  # what came after the changeover
        self._heard = ""  # sounds now
        self._sent = ""
        self._is_pulse = False  # what sounds ends by itself
        self._pulse = ""  # sounds when the deadline comes
        self._is_accepted = False
        self._is_over = False

    def start(self, now: float) -> list[Out | Done]:
        """Wait for the first digit."""
        self.deadline = now + self._timers.backward_s
        return [HearMf("forward")]

    def mf(self, signal: str, is_on: bool, now: float) -> list[Out | Done]:
        """Take a forward signal that begins or ends."""
        if self._is_over:
            return []
        if is_on:
            return self._begins(signal, now)
        return self._ends(signal, now)

    def tick(self, now: float) -> list[Out | Done]:
        """Act on the deadline: end or begin a pulse, go on without a digit, or give up."""
        if self.deadline is None or now < self.deadline or self._is_over:
            return []
        if self._is_pulse:
            return self._pulse_ends(now)
        if self._pulse:
            return self._pulse_begins(now)
        if self._heard or self._stage is _Stage.RESULT:
            fault = Fault.STUCK_SIGNAL if self._heard else Fault.NO_SIGNAL
            return [ProtocolError(fault, self._heard), *self._finish(False)]
        return self._nothing_came(now)

    def decide(self, verdict: Verdict, now: float) -> list[Out | Done]:
        """Say what becomes of the offered call; for one that is not offered yet, or no more, refuse it."""
        if self._stage is not _Stage.DECIDE or not self._heard:
            return self.refuse(now)
        self._stage, self._is_accepted = _Stage.RESULT, not isinstance(verdict, Reason)
        return self._reply(self._variant.verdict(verdict, self._kind), now)

    def refuse(self, now: float) -> list[Out | Done]:
        """Say congestion as soon as the tones allow."""
        if self._is_over or self._stage is _Stage.RESULT:
            return []
        signal = self._variant.ask(Ask.CONGESTION)
        self._stage = _Stage.RESULT
        if self._heard and not self._sent:
            return self._reply(signal, now)
        self._pulse = signal
        if not self._heard and not self._sent:
            self.deadline = now + self._timers.pulse_gap_s
        return []

    def _begins(self, signal: str, now: float) -> list[Out | Done]:
        if self._heard or self._is_pulse or self._stage is _Stage.RESULT:
            return []  # Q.442: what begins during a pulse was sent before the pulse was heard
        self._heard = signal
        match self._stage:
            case _Stage.DIGITS:
                return self._digit(signal, now)
            case _Stage.CATEGORY:
                self.category = self._variant.categories.get(signal, Category.UNKNOWN)
                self._stage = _Stage.CALLER
                return self._ask_caller(now)
            case _Stage.CALLER:
                return self._caller_digit(signal, now)
            case _Stage.CHANGEOVER:
                return self._offer(signal, now)
        return []

    def _ends(self, signal: str, now: float) -> list[Out | Done]:
        if signal != self._heard:
            return []
        self._heard = ""
        silence: list[Out | Done] = [SendMf("", False)] if self._sent else []
        self._sent = ""
        if self._stage is _Stage.RESULT and not self._pulse:
            return [*silence, *self._finish(self._is_accepted)]
        self.deadline = now + (self._timers.pulse_gap_s if self._pulse else self._patience)
        return silence

    @property
    def _patience(self) -> float:
        """Give how long the next signal may take; after a digit its absence means that there is none."""
        is_after_digit = self._stage is _Stage.CALLER or (self._stage is _Stage.DIGITS and self.called)
        return self._timers.digit_gap_s if is_after_digit else self._timers.backward_s

    def _digit(self, signal: str, now: float) -> list[Out | Done]:
        if signal in _DIGITS:
            self.called += signal
            limit = self._setup.number_digits or MAX_DIGITS
            self._is_complete = len(self.called) >= limit
            return self._reply(self._question(), now)
        if signal == self._variant.end_of_number and self.called:
            self._is_complete = True
            return self._reply(self._question(), now)
        return [ProtocolError(Fault.BAD_SIGNAL, f"I-{signal}"), *self.refuse(now)]

    def _caller_digit(self, signal: str, now: float) -> list[Out | Done]:
        if signal in _DIGITS:
            self.caller += signal
            if len(self.caller) < MAX_DIGITS:
                return self._ask_caller(now)
        self.is_restricted = bool(signal) and signal == self._variant.restricted
        self._has_caller = True
        return self._reply(self._question(), now)

    def _offer(self, signal: str, now: float) -> list[Out | Done]:
        """Tell all and let the forward signal stand: no answer to it but the verdict."""
        self._stage, self._kind = _Stage.DECIDE, signal
        self.deadline = None  # the channel's decide_s
        if self.category is Category.UNKNOWN:
            self.category = self._variant.call_kinds.get(signal, Category.UNKNOWN)
        return [Offered(self.called, self.caller, self.category, self.is_restricted)]

    def _question(self) -> str:
        """Give the signal that asks for what is missing, and expect the answer to it."""
        after = self._setup.caller_at
        if not self._has_caller and (self._is_complete or 0 < after <= len(self.called)):
            self._stage = _Stage.CATEGORY
            return self._variant.ask(Ask.CALLER)
        self._stage = _Stage.CHANGEOVER if self._is_complete else _Stage.DIGITS
        return self._variant.ask(Ask.CHANGEOVER if self._is_complete else Ask.NEXT)

    def _ask_caller(self, now: float) -> list[Out | Done]:
        return self._reply(self._variant.ask(Ask.NEXT if self._variant.caller_by_next else Ask.CALLER), now)

    def _nothing_came(self, now: float) -> list[Out | Done]:
        """Take silence for the end of a number, if one has begun."""
        if self._stage is _Stage.DIGITS and self.called:
            self._is_complete = True
        elif self._stage is _Stage.CALLER:
            self._has_caller = True
        else:
            return [ProtocolError(Fault.NO_SIGNAL, self._stage.name.lower()), *self.refuse(now)]
        self._pulse = self._question()
        return self._pulse_begins(now)

    def _pulse_begins(self, now: float) -> list[Out | Done]:
        self._sent, self._pulse, self._is_pulse = self._pulse, "", True
        self.deadline = now + self._timers.pulse_s
        return [SendMf(self._sent, False)]

    def _pulse_ends(self, now: float) -> list[Out | Done]:
        self._sent, self._is_pulse = "", False
        self.deadline = now + self._timers.backward_s
        done = self._finish(False) if self._stage is _Stage.RESULT else []
        return [SendMf("", False), *done]

    def _reply(self, signal: str, now: float) -> list[Out | Done]:
        self._sent = signal
        self.deadline = now + self._timers.backward_s
        return [SendMf(signal, False)]

    def _finish(self, is_accepted: bool) -> list[Out | Done]:
        silence = [SendMf("", False)] if self._sent else []
        self._sent, self._is_over, self.deadline = "", True, None
        return [*silence, HearMf(""), Done(is_accepted)]
