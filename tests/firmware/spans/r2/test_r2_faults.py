"""What goes wrong on a circuit: every call ends with a reason, and the circuit comes back to idle."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.spans.r2.types import (
    Accepted,
    Answered,
    Blocked,
    CircuitState,
    Cleared,
    ClearedByFar,
    Fault,
    MeterPulse,
    Offered,
    Out,
    ProtocolError,
    Reason,
    Seized,
    Unblocked,
)
from firmware.spans.r2.variant import CHINA, ITU, Setup, Variant, metered
from tests.support.r2_pair import End, Pair

VARIANTS = pytest.mark.parametrize("variant", [ITU, CHINA], ids=lambda variant: variant.name)
IDLE, SEIZED, ANSWERED, BLOCKED = 0b1001, 0b0001, 0b0101, 0b1101


def pair_of(setup: Setup | None = None, *, decides: bool = True, answers: bool = True) -> Pair:
    """Make a circuit whose ends accept each offer at once, and answer it a second later."""

    def on_say(end: End, out: Out) -> None:
        if isinstance(out, Offered) and decides:
            pair.at(0.0, lambda: pair.do(end, end.channel.accept(pair.now)))
        elif isinstance(out, Accepted) and answers and end.told(Seized):
            pair.at(1.0, lambda: pair.do(end, end.channel.answer(pair.now)))

    pair = Pair(setup or Setup(), on_say=on_say)
    return pair


def call(pair: Pair) -> None:
    pair.do(pair.near, pair.near.channel.call("87654321", pair.now, caller="1380013"))


def talking(setup: Setup | None = None) -> Pair:
    """Make a circuit with a call on it that has been answered."""
    pair = pair_of(setup)
    call(pair)
    pair.run(15.0)
    assert pair.near.said[-1] == Answered()
    return pair


def is_idle(pair: Pair) -> bool:
    return pair.near.channel.is_free and pair.far.channel.is_free


def faults(end: End) -> list[Fault]:
    return [out.fault for out in end.said if isinstance(out, ProtocolError)]


def reasons(end: End) -> list[Reason]:
    return [out.reason for out in end.said if isinstance(out, ClearedByFar)]


def test_nobody_acknowledges_the_seizure() -> None:
    pair = pair_of()
    pair.force(pair.far, IDLE)
    call(pair)
    pair.run(3.0)
    assert pair.near.said == [
        ProtocolError(Fault.NO_SEIZE_ACK, "10"),
        ClearedByFar(Reason.FAULT),
        Cleared(),
    ]
    assert not pair.far.said and pair.near.channel.is_free


def test_a_glitch_of_the_bits_is_none() -> None:
    pair = talking()
    pair.force(pair.near, IDLE)
    pair.run(0.015)
    pair.force(pair.near, None)
    pair.run(5.0)
    assert pair.near.said == [Accepted(), Answered()]


def test_the_called_end_falls_idle_in_the_call() -> None:
    pair = talking()
    pair.force(pair.near, IDLE)
    pair.run(1.0)
    pair.force(pair.near, None)
    pair.run(1.0)
    assert faults(pair.near) == [Fault.FAR_IDLE] and reasons(pair.near) == [Reason.FAULT]
    assert reasons(pair.far) == [Reason.CLEAR_FORWARD] and is_idle(pair)


@pytest.mark.parametrize("bits", [ANSWERED, BLOCKED])
def test_impossible_bits_of_the_caller_end_the_call(bits: int) -> None:
    pair = talking()
    pair.force(pair.far, bits)
    pair.run(0.5)
    assert not faults(pair.far)
    pair.run(1.0)
    assert faults(pair.far) == [Fault.BAD_BITS]
    assert pair.far.channel.state is CircuitState.BUSY
    pair.run(15.0)
    assert pair.far.said[-1] == Blocked(CircuitState.FAULTY if bits == ANSWERED else CircuitState.FAR_BLOCK)
    pair.force(pair.far, None)
    pair.run(1.0)
    assert pair.far.said[-1] == Unblocked() and is_idle(pair)


def test_forced_release() -> None:
    pair = talking()
    pair.force(pair.near, SEIZED)
    pair.run(0.5)
    pair.force(pair.near, None)
    pair.run(1.0)
    assert reasons(pair.near) == [Reason.FORCED] and is_idle(pair)


def test_answered_bits_on_an_idle_circuit_make_it_faulty() -> None:
    pair = pair_of()
    pair.force(pair.near, ANSWERED)
    pair.run(1.0)
    assert pair.near.said == [Blocked(CircuitState.FAULTY)] and not pair.near.channel.is_free
    pair.force(pair.near, None)
    pair.run(1.0)
    assert pair.near.said[-1] == Unblocked() and is_idle(pair)


def test_no_release_guard() -> None:
    pair = talking()
    pair.force(pair.near, ANSWERED)
    pair.do(pair.near, pair.near.channel.hang_up(pair.now))
    pair.run(11.0)
    assert faults(pair.near) == [Fault.NO_RELEASE_GUARD]
    assert pair.near.said[-2:] == [Cleared(), Blocked(CircuitState.FAULTY)]
    pair.force(pair.near, None)
    pair.run(1.0)
    assert is_idle(pair)


@VARIANTS
def test_the_caller_never_clears(variant: Variant) -> None:
    pair = talking(Setup(variant))
    pair.force(pair.near, ANSWERED)  # it does not see that the other has hung up
    pair.do(pair.far, pair.far.channel.hang_up(pair.now))
    pair.run(120.0)
    assert faults(pair.far) == [Fault.NO_CLEAR_FORWARD, Fault.NO_RELEASE_GUARD]
    assert pair.far.said.count(Cleared()) == 1
    pair.force(pair.near, None)
    pair.run(2.0)
    assert reasons(pair.near) == [Reason.FAULT]  # it finds the other end idle
    pair.run(20.0)
    assert is_idle(pair)


def test_nobody_decides_the_offer() -> None:
    pair = pair_of(decides=False)
    call(pair)
    pair.run(30.0)
    assert reasons(pair.near) == [Reason.CONGESTION] and reasons(pair.far) == [Reason.NO_ANSWER]
    assert is_idle(pair)


def test_nobody_answers() -> None:
    pair = pair_of(answers=False)
    call(pair)
    pair.run(150.0)
    assert reasons(pair.near) == [Reason.NO_ANSWER] or reasons(pair.far) == [Reason.NO_ANSWER]
    assert is_idle(pair)


@VARIANTS
@pytest.mark.parametrize("after_s", [0.05, 0.3, 1.0, 1.5, 2.0, 2.5])
def test_tones_are_lost_from_some_time_on(variant: Variant, after_s: float) -> None:
    pair = pair_of(Setup(variant))
    call(pair)
    pair.run(after_s)
    pair.cut_tones(True)
    pair.run(250.0)
    for end in (pair.near, pair.far):
        assert end.said[-1] == Cleared() and len(reasons(end)) == 1, end
    assert is_idle(pair)


@pytest.mark.parametrize("who", ["near", "far"])
def test_a_tone_that_never_ends(who: str) -> None:
    pair = pair_of()
    call(pair)
    pair.run(0.12)
    end = pair.near if who == "near" else pair.far
    pair.force_tone(end, "1")
    pair.run(200.0)
    assert faults(end) == [Fault.STUCK_SIGNAL] and reasons(end) == [Reason.FAULT]
    assert is_idle(pair) and pair.near.said[-1] == Cleared()


@VARIANTS
def test_a_signal_that_means_nothing(variant: Variant) -> None:
    pair = pair_of(Setup(variant))
    call(pair)
    pair.run(0.12)
    pair.force_tone(pair.near, "B")
    pair.run(0.1)
    pair.force_tone(pair.near, None)
    pair.run(30.0)
    assert faults(pair.near) == [Fault.BAD_SIGNAL] and reasons(pair.near) == [Reason.FAULT]
    assert is_idle(pair)


def test_a_short_loss_of_signal_keeps_the_call() -> None:
    pair = talking()
    pair.lose_line(pair.near)
    pair.run(2.0)
    pair.find_line(pair.near)
    pair.run(10.0)
    assert pair.near.said == [Accepted(), Answered()]
    pair.do(pair.near, pair.near.channel.hang_up(pair.now))
    pair.run(1.0)
    assert is_idle(pair)


@pytest.mark.parametrize("after_s", [0.3, 0.6, 1.0, 1.7])
def test_a_short_loss_of_signal_between_the_digits_ends_the_call(after_s: float) -> None:
    """Otherwise the signal that was cut in two would be two digits."""
    pair = pair_of()
    pair.do(pair.near, pair.near.channel.call("87654321", pair.now, caller="13800138000"))
    pair.run(after_s)
    for end in (pair.near, pair.far):
        pair.lose_line(end)
    pair.run(0.2)
    for end in (pair.near, pair.far):
        pair.find_line(end)
    pair.run(12.0)
    assert reasons(pair.near) == [Reason.LINE_DOWN] and Cleared() in pair.near.said
    assert not [said for said in pair.far.said if isinstance(said, Offered)]
    assert is_idle(pair)


def test_a_long_loss_of_signal_ends_the_call() -> None:
    pair = talking()
    for end in (pair.near, pair.far):
        pair.lose_line(end)
    pair.run(5.0)
    for end in (pair.near, pair.far):
        assert reasons(end) == [Reason.LINE_DOWN]
        assert end.said[-2:] == [Cleared(), Blocked(CircuitState.DOWN)]
    for end in (pair.near, pair.far):
        pair.find_line(end)
    pair.run(1.0)
    assert is_idle(pair)


def test_a_loss_of_signal_on_an_idle_circuit() -> None:
    pair = pair_of()
    pair.lose_line(pair.near)
    assert pair.near.said == [Blocked(CircuitState.DOWN)]
    pair.find_line(pair.near)
    pair.run(1.0)
    assert pair.near.said[-1] == Unblocked()


def test_block_waits_for_the_end_of_the_call() -> None:
    pair = talking()
    pair.do(pair.near, pair.near.channel.block(True, pair.now))
    pair.run(5.0)
    assert reasons(pair.near) == []
    pair.do(pair.near, pair.near.channel.hang_up(pair.now))
    pair.run(1.0)
    assert pair.near.said[-2:] == [Cleared(), Blocked(CircuitState.OWN_BLOCK)]
    assert pair.far.channel.state is CircuitState.FAR_BLOCK
    pair.do(pair.near, pair.near.channel.block(False, pair.now))
    pair.run(1.0)
    assert is_idle(pair)


@VARIANTS
def test_units_of_charge_and_clear_back_differ_by_their_length(variant: Variant) -> None:
    pair = talking(Setup(metered(variant)))
    for _ in range(3):
        pair.do(pair.far, pair.far.channel.charge(pair.now))
        pair.run(2.0)
    assert pair.near.told(MeterPulse) == [MeterPulse()] * 3 and not reasons(pair.near)
    pair.do(pair.far, pair.far.channel.hang_up(pair.now))
    pair.run(2.0)
    assert reasons(pair.near) == [Reason.CLEAR_BACK] and len(pair.near.told(MeterPulse)) == 3
    assert is_idle(pair)


def test_where_nothing_is_charged_a_short_clear_back_is_a_handset_put_aside() -> None:
    pair = talking()
    pair.force(pair.near, BLOCKED)
    pair.run(0.15)
    pair.force(pair.near, None)
    pair.run(2.0)
    assert pair.near.said == [Accepted(), Answered()]


def test_a_unit_of_charge_ends_with_the_call() -> None:
    pair = talking(Setup(metered(CHINA)))
    pair.do(pair.far, pair.far.channel.charge(pair.now))
    pair.do(pair.near, pair.near.channel.hang_up(pair.now))
    pair.run(2.0)
    assert is_idle(pair) and not pair.near.told(MeterPulse)


@VARIANTS
@pytest.mark.parametrize("after_s", [0.0, 0.01, 0.03, 0.05, 0.1, 0.5, 1.0, 2.0, 3.0, 3.5, 4.0, 5.0, 8.0])
@pytest.mark.parametrize("who", ["near", "far"])
def test_hanging_up_at_any_time(variant: Variant, after_s: float, who: str) -> None:
    pair = pair_of(Setup(variant))
    call(pair)
    pair.run(after_s)
    end = pair.near if who == "near" else pair.far
    pair.do(end, end.channel.hang_up(pair.now))
    pair.run(40.0)
    pair.do(pair.near, pair.near.channel.hang_up(pair.now))
    pair.run(5.0)
    assert is_idle(pair), (pair.near, pair.far)
    assert pair.near.said[-1] == Cleared()
    assert not faults(pair.near) and not faults(pair.far)


class Mishaps:
    """Things that happen to a circuit, by number."""

    def __init__(self, pair: Pair, seed: int) -> None:
        self.pair = pair
        self.random = random.Random(seed)
        self.calls = {"near": 0, "far": 0}

    def happen(self) -> None:
        """Do one of them to one end."""
        end = self.random.choice([self.pair.near, self.pair.far])
        channel, now = end.channel, self.pair.now
        match self.random.randrange(12):
            case 0 | 1 | 2:
                self._call(end)
            case 3:
                self.pair.do(end, channel.hang_up(now))
            case 4:
                self.pair.force(end, self.random.choice([IDLE, SEIZED, ANSWERED, BLOCKED, None]))
            case 5:
                self.pair.force(end, None)
            case 6:
                self.pair.cut_tones(self.random.random() < 0.3)
            case 7:
                signal = self.random.choice("1234567890ABCDE")
                self.pair.do(end, channel.mf(signal, self.random.random() < 0.5, now))
            case 8:
                self.pair.lose_line(end)
            case 9:
                self.pair.find_line(end)
            case 10:
                self.pair.do(end, channel.block(self.random.random() < 0.4, now))
            case 11:
                self.pair.do(end, channel.charge(now))
                self.pair.do(end, channel.reject(self.random.choice(list(Reason)), now))

    def heal(self) -> None:
        """Put everything right, and hang up."""
        self.pair.cut_tones(False)
        for end in (self.pair.near, self.pair.far):
            self.pair.find_line(end)
            self.pair.force(end, None)
            self.pair.do(end, end.channel.block(False, self.pair.now))
            self.pair.do(end, end.channel.hang_up(self.pair.now))

    def _call(self, end: End) -> None:
        if end.channel.is_free:
            self.calls[end.name] += 1
            self.pair.do(end, end.channel.call("123456", self.pair.now, caller="789"))


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), is_china=st.booleans(), digits=st.sampled_from([0, 6]))
def test_whatever_happens_the_circuit_ends_idle(seed: int, is_china: bool, digits: int) -> None:
    setup = Setup(metered(CHINA if is_china else ITU), number_digits=digits, caller_after=1)
    pair = pair_of(setup)
    mishaps = Mishaps(pair, seed)
    for _ in range(40):
        mishaps.happen()
        pair.run(mishaps.random.choice([0.0, 0.005, 0.03, 0.1, 0.5, 2.0, 10.0]))
    mishaps.heal()
    pair.run(200.0)
    assert is_idle(pair), (pair.near, pair.far)
    for end in (pair.near, pair.far):
        begun = mishaps.calls[end.name] + len(end.told(Seized))
        assert len(end.told(Cleared)) == begun
