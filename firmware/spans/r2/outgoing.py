"""The register of a call we make: tells number and caller, one signal per question.

Compelled signalling: our signal sounds until the far end's is heard; the far end's sounds until ours ends;
its end lets our next one begin. The far end may also send a short signal while ours is silent (a pulse).

    sends --heard--> falls silent --far end silent--> acts: next signal, or the verdict
"""

from __future__ import annotations

from dataclasses import dataclass

from firmware.spans.r2.types import Category, Fault, HearMf, Out, ProtocolError, Reason, SendMf
from firmware.spans.r2.variant import Ask, Grant, Setup, Verdict


@dataclass(frozen=True, slots=True)
class Told:
    """The registers are done; this is what became of the call."""

    verdict: Verdict


class OutgoingRegister:
    """Pure: signals and `now` in, commands and at last `Told` out."""

    def __init__(self, setup: Setup, number: str, caller: str, category: Category) -> None:
        self.deadline: float | None = None
        self._variant = setup.variant
        self._timers = setup.variant.timers
        self._number = number
        self._caller = caller
        self._category = setup.variant.category_signal(category)
        self._kind = setup.call_kind or setup.variant.kind_signal(category)
        self._at = 0  # digit of the number that is next
        self._caller_at = -1  # digit of the caller's number that is next; -1: the category is
        self._is_telling_caller = False  # NEXT means the caller's digits now
        self._is_group_b = False
        self._sent = ""
        self._heard = ""  # sounds now
        self._is_over = False

    @property
    def has_told_all(self) -> bool:
        """Every digit of the number has been sent."""
        return self._at >= len(self._number)

    def start(self, now: float) -> list[Out | Told]:
        """Send the first digit."""
        return [HearMf("backward"), *self._next_digit(now)]

    def mf(self, signal: str, is_on: bool, now: float) -> list[Out | Told]:
        """Take a backward signal that begins or ends."""
        if self._is_over:
            return []
        if is_on:
            return self._begins(signal, now)
        return self._ends(signal, now)

    def tick(self, now: float) -> list[Out | Told]:
        """Give up when nothing came, or something stays."""
        if self.deadline is None or now < self.deadline or self._is_over:
            return []
        return self._fail(Fault.STUCK_SIGNAL if self._heard else Fault.NO_SIGNAL, self._heard or self._sent)

    def _begins(self, signal: str, now: float) -> list[Out | Told]:
        if self._heard:
            return []  # one signal changed into another without a pause: the first one counts
        self._heard = signal
        self.deadline = now + self._timers.forward_off_s
        return self._silence()

    def _ends(self, signal: str, now: float) -> list[Out | Told]:
        if signal != self._heard:
            return []
        self._heard = ""
        return self._group_b(signal) if self._is_group_b else self._group_a(signal, now)

    def _group_a(self, signal: str, now: float) -> list[Out | Told]:
        match self._variant.group_a.get(signal):
            case Ask.NEXT:
                return self._tell_caller(now) if self._is_telling_caller else self._next_digit(now)
            case Ask.BACK_1 | Ask.BACK_2 | Ask.BACK_3 as back:
                return self._digit_again(max(0, self._at - _STEPS[back]), now)
            case Ask.RESTART:
                return self._digit_again(0, now)
            case Ask.CALLER:
                return self._tell_caller(now)
            case Ask.CHANGEOVER:
                self._is_group_b = True
                return self._send(self._kind, now)
            case Ask.ACCEPT:
                return self._tell(Grant.CHARGED)
            case Ask.CONGESTION:
                return self._tell(Reason.CONGESTION)
            case Ask.UNALLOCATED:
                return self._tell(Reason.UNALLOCATED)
        return self._fail(Fault.BAD_SIGNAL, f"A-{signal}")

    def _group_b(self, signal: str) -> list[Out | Told]:
        verdict = self._variant.meanings_b(self._kind).get(signal)
        return self._tell(verdict) if verdict else self._fail(Fault.BAD_SIGNAL, f"B-{signal}")

    def _next_digit(self, now: float) -> list[Out | Told]:
        if self._at < len(self._number):
            self._at += 1
            return self._send(self._number[self._at - 1], now)
        return self._send(self._variant.end_of_number, now)

    def _digit_again(self, at: int, now: float) -> list[Out | Told]:
        self._at, self._is_telling_caller = at, False
        return self._next_digit(now)

    def _tell_caller(self, now: float) -> list[Out | Told]:
        """Send the category first, then digits, then their end."""
        at, self._caller_at = self._caller_at, self._caller_at + 1
        self._is_telling_caller = self._variant.caller_by_next
        if at < 0:
            return self._send(self._category, now)
        if at < len(self._caller):
            return self._send(self._caller[at], now)
        self._is_telling_caller = False
        is_withheld = not self._caller and self._variant.restricted
        return self._send(self._variant.restricted if is_withheld else self._variant.end_of_caller, now)

    def _send(self, signal: str, now: float) -> list[Out | Told]:
        """Sound a signal; with none to send, wait for the far end to go on by itself."""
        self._sent = signal
        self.deadline = now + (self._timers.forward_on_s if signal else self._timers.forward_off_s)
        return [SendMf(signal, True)] if signal else []

    def _silence(self) -> list[Out | Told]:
        if not self._sent:
            return []
        self._sent = ""
        return [SendMf("", True)]

    def _fail(self, fault: Fault, detail: str) -> list[Out | Told]:
        return [ProtocolError(fault, detail), *self._tell(Reason.FAULT)]

    def _tell(self, verdict: Verdict) -> list[Out | Told]:
        self._is_over, self.deadline = True, None
        return [*self._silence(), HearMf(""), Told(verdict)]


# the last digit sent is one before the next one, so "the last but one" is two before it
_STEPS = {Ask.BACK_1: 2, Ask.BACK_2: 3, Ask.BACK_3: 4}
