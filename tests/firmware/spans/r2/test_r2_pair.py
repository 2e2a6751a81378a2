"""Both ends of a circuit are ours: calls, refusals, glare, broken lines."""

from __future__ import annotations

import pytest

from firmware.spans.r2.types import (
    Accepted,
    Answered,
    Category,
    CircuitState,
    Cleared,
    ClearedByFar,
    Offered,
    Out,
    ProtocolError,
    Reason,
    Seized,
)
from firmware.spans.r2.variant import CHINA, ITU, Setup, Variant
from tests.support.r2_pair import End, Pair

VARIANTS = pytest.mark.parametrize("variant", [ITU, CHINA], ids=lambda variant: variant.name)


def pair_of(setup: Setup, verdict: Reason | None = None, *, answers: bool = True) -> Pair:
    """Make a circuit whose ends accept (or refuse) each offer, and answer 2 s later."""

    def on_say(end: End, out: Out) -> None:
        if isinstance(out, Offered) and verdict:
            pair.at(0.0, lambda: pair.do(end, end.channel.reject(verdict, pair.now)))
        elif isinstance(out, Offered):
            pair.at(0.0, lambda: pair.do(end, end.channel.accept(pair.now)))
        elif isinstance(out, Accepted) and answers and end.told(Seized):
            pair.at(2.0, lambda: pair.do(end, end.channel.answer(pair.now)))

    pair = Pair(setup, on_say=on_say)
    return pair


def call(pair: Pair, number: str = "02087654321", caller: str = "13800138000") -> None:
    pair.do(pair.near, pair.near.channel.call(number, pair.now, caller=caller))


def is_idle(pair: Pair) -> bool:
    return pair.near.channel.is_free and pair.far.channel.is_free


@VARIANTS
@pytest.mark.parametrize(
    ("digits", "caller_after"),
    [(11, 0), (0, 0), (0, 3), (11, 1)],
    ids=["fixed", "open", "open-early", "early"],
)
def test_a_call_tells_number_and_caller(variant: Variant, digits: int, caller_after: int) -> None:
    pair = pair_of(Setup(variant, number_digits=digits, caller_after=caller_after))
    call(pair)
    pair.run(20.0)
    assert pair.far.said == [Seized(), Offered("02087654321", "13800138000", Category.SUBSCRIBER), Accepted()]
    assert pair.near.said == [Accepted(), Answered()]


@VARIANTS
def test_the_caller_hangs_up(variant: Variant) -> None:
    pair = pair_of(Setup(variant, number_digits=11))
    call(pair)
    pair.run(20.0)
    pair.do(pair.near, pair.near.channel.hang_up(pair.now))
    pair.run(1.0)
    assert pair.far.said[-2:] == [ClearedByFar(Reason.CLEAR_FORWARD), Cleared()]
    assert pair.near.said[-1] == Cleared() and not pair.near.told(ClearedByFar)
    assert is_idle(pair)


@VARIANTS
def test_the_called_person_hangs_up(variant: Variant) -> None:
    pair = pair_of(Setup(variant, number_digits=11))
    call(pair)
    pair.run(20.0)
    pair.do(pair.far, pair.far.channel.hang_up(pair.now))
    pair.run(1.0)
    assert pair.near.said[-2:] == [ClearedByFar(Reason.CLEAR_BACK), Cleared()]
    assert pair.far.said[-1] == Cleared() and not pair.far.told(ClearedByFar)
    assert is_idle(pair)


@pytest.mark.parametrize("reason", [Reason.BUSY, Reason.CONGESTION, Reason.UNALLOCATED, Reason.OUT_OF_ORDER])
def test_a_refusal_reaches_the_caller_itu(reason: Reason) -> None:
    pair = pair_of(Setup(ITU), reason)
    call(pair)
    pair.run(20.0)
    assert pair.near.said == [ClearedByFar(reason), Cleared()]
    assert pair.far.said[-1] == Cleared() and not pair.far.told(ProtocolError)
    assert is_idle(pair)


@VARIANTS
def test_both_seize_at_once(variant: Variant) -> None:
    pair = pair_of(Setup(variant))
    call(pair)
    pair.do(pair.far, pair.far.channel.call("123", pair.now))
    pair.run(2.0)
    for end in (pair.near, pair.far):
        assert end.said == [ClearedByFar(Reason.GLARE), Cleared()]
    assert is_idle(pair)
    call(pair)
    pair.run(20.0)
    assert pair.near.said[-1] == Answered()


def test_a_blocked_circuit_takes_no_call() -> None:
    pair = pair_of(Setup())
    pair.do(pair.far, pair.far.channel.block(True, pair.now))
    pair.run(0.1)
    assert pair.near.channel.state is CircuitState.FAR_BLOCK
    with pytest.raises(ValueError, match="not free: far-block"):
        call(pair)
    pair.do(pair.far, pair.far.channel.block(False, pair.now))
    pair.run(0.1)
    assert is_idle(pair)


def test_numbers_are_digits() -> None:
    pair = pair_of(Setup())
    with pytest.raises(ValueError, match="number: 1 to 32 digits 0 to 9 are allowed, not '12a'"):
        call(pair, "12a")
    with pytest.raises(ValueError, match="caller"):
        call(pair, "12", caller="+86")
    assert is_idle(pair)


def test_no_caller_means_restricted_itu() -> None:
    pair = pair_of(Setup(ITU))
    call(pair, caller="")
    pair.run(20.0)
    assert pair.far.told(Offered) == [Offered("02087654321", "", Category.SUBSCRIBER, is_restricted=True)]


def test_no_tones_pass() -> None:
    pair = pair_of(Setup(ITU))
    pair.is_cut = True
    call(pair)
    pair.run(200.0)
    assert pair.near.said[-1] == Cleared() and pair.far.said[-1] == Cleared()
    assert is_idle(pair)
