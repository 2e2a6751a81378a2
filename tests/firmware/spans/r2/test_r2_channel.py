"""The line signalling of one channel, bit by bit (Q.421, Q.422)."""

from __future__ import annotations

import pytest

from firmware.spans.r2.channel import R2Channel
from firmware.spans.r2.types import (
    Accepted,
    Answered,
    Cleared,
    ClearedByFar,
    Fault,
    HearMf,
    Offered,
    Out,
    ProtocolError,
    Reason,
    Seized,
    SendMf,
    SetCas,
    Unblocked,
)
from firmware.spans.r2.variant import CHINA, ITU, Setup, Variant

IDLE, SEIZE, ACK, ANSWER = 0b10, 0b00, 0b11, 0b01


class Line:
    """One channel, and the far end's bits by hand."""

    def __init__(self, variant: Variant = ITU) -> None:
        self.channel = R2Channel(Setup(variant, number_digits=1, wants_caller=False))
        self.cd = variant.cd
        self.now = 0.0
        assert self.channel.line(True, self.now) == [SetCas(IDLE << 2 | self.cd)]
        assert self.far(IDLE) == [Unblocked()]

    def far(self, ab: int, after_s: float = 0.02) -> list[Out]:
        """Change the far end's bits and wait."""
        outs = self.channel.cas(ab << 2, self.now)  # what C and D are must not matter
        return [*outs, *self.wait(after_s)]

    def wait(self, seconds: float) -> list[Out]:
        """Tick at each deadline until the time is over."""
        outs: list[Out] = []
        end = self.now + seconds
        while (at := self.channel.deadline()) is not None and at <= end:
            self.now = max(self.now, at)
            outs += self.channel.tick(self.now)
        self.now = end
        return outs

    def hear(self, signal: str) -> list[Out]:
        """Let a register signal begin and end."""
        return [*self.channel.mf(signal, True, self.now), *self.channel.mf(signal, False, self.now)]

    def bits(self, ab: int) -> SetCas:
        return SetCas(ab << 2 | self.cd)


def seized(variant: Variant = ITU) -> Line:
    """Make a line with a call coming in that is offered, its last signal still sounding."""
    line = Line(variant)
    assert line.far(SEIZE) == [line.bits(ACK), Seized(), HearMf("forward")]
    line.hear("7")
    assert [out for out in line.channel.mf("1", True, line.now) if isinstance(out, Offered)]
    return line


@pytest.mark.parametrize("variant", [ITU, CHINA], ids=lambda variant: variant.name)
def test_bits_of_a_call_out(variant: Variant) -> None:
    line = Line(variant)
    assert line.channel.call("7", line.now) == [line.bits(SEIZE)]
    assert line.far(ACK) == [HearMf("backward"), SendMf("7", True)]
    line.hear("3")
    assert Accepted() in line.hear("6" if variant is ITU else "1")
    assert line.far(ANSWER) == [Answered()]
    assert line.channel.hang_up(line.now) == [line.bits(IDLE)]
    assert line.far(ACK) == []  # some ends show clear-back before release guard
    assert line.far(IDLE, 0.2) == [Cleared()]


def test_c_and_d_are_fixed() -> None:
    assert SetCas(0b0001) in Line(ITU).channel.call("7", 1.0)
    assert SetCas(0b0011) in Line(CHINA).channel.call("7", 1.0)


def test_a_caller_who_hangs_up_is_answered_by_release_guard() -> None:
    for variant, expected in ((ITU, [IDLE]), (CHINA, [ACK, IDLE])):
        line = seized(variant)
        line.channel.answer(line.now)
        line.channel.mf("1", False, line.now)
        line.wait(1.0)
        outs = line.far(IDLE, 0.5)
        assert [out for out in outs if isinstance(out, SetCas)] == [line.bits(ab) for ab in expected]
        assert outs[0] == ClearedByFar(Reason.CLEAR_FORWARD) and outs[-1] == Cleared()


def test_the_answer_waits_for_the_far_end_s_register() -> None:
    line = seized()
    line.channel.answer(line.now)
    assert Accepted() in line.channel.mf("1", False, line.now)
    assert line.wait(0.1) == []
    assert line.wait(0.1) == [line.bits(ANSWER)]


def test_a_seizure_stands_until_it_is_acknowledged() -> None:
    line = Line()
    line.channel.call("7", line.now)
    assert line.channel.hang_up(line.now) == []
    outs = line.far(ACK)
    assert line.bits(IDLE) in outs and not any(isinstance(out, SendMf) and out.signal for out in outs)
    assert line.far(IDLE, 0.2) == [Cleared()]


def test_an_answer_before_all_digits_is_none() -> None:
    line = Line()
    line.channel.call("789", line.now)
    line.far(ACK)
    assert line.far(ANSWER, 0.5) == []
    outs = line.wait(1.0)
    assert outs[:2] == [ProtocolError(Fault.BAD_BITS, "01"), ClearedByFar(Reason.FAULT)]


def test_an_answer_that_overtakes_the_verdict_counts() -> None:
    line = Line()
    line.channel.call("7", line.now)
    line.far(ACK)
    line.hear("3")
    assert line.far(ANSWER)[-2:] == [Accepted(), Answered()]


def test_impossible_bits_that_pass_are_forgiven() -> None:
    line = seized()
    assert line.far(ANSWER, 0.9) == []
    assert line.far(SEIZE, 2.0) == []


def test_the_far_end_s_late_acknowledgement_blocks_until_it_is_over() -> None:
    line = Line()
    line.channel.call("7", line.now)
    assert line.wait(3.0)[-1] == Cleared()
    line.far(ACK)
    assert not line.channel.is_free
    line.far(IDLE)
    assert line.channel.is_free


def test_every_state_of_a_call_has_a_deadline() -> None:
    line = seized()
    assert line.channel.deadline() is not None
    line.channel.accept(line.now)
    assert line.channel.deadline() is not None
    line.channel.mf("1", False, line.now)
    assert line.channel.deadline() is not None
    line.channel.hang_up(line.now)
    assert line.channel.deadline() is not None
    line.far(IDLE)
    assert line.channel.deadline() is not None
    line.wait(1.0)
    assert line.channel.deadline() is None and line.channel.is_free
