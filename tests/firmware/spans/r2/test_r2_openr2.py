"""Calls with libopenr2 as the far end: its protocol, its tones, its bits; our side's tones by the engine.

libopenr2's outgoing side cannot tell the caller's number in the China variant (it takes the request for it as
one for the next digit of the number called), so there our incoming side meets it without that number only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from firmware.spans.r2.types import (
    Accepted,
    Answered,
    Blocked,
    Category,
    CircuitState,
    Cleared,
    ClearedByFar,
    Offered,
    Out,
    Reason,
    Seized,
    Unblocked,
)
from firmware.spans.r2.variant import CHINA, ITU, Setup, Variant
from tests.support.openr2 import peer as openr2
from tests.support.openr2.peer import CAUSES, Bench, Peer
from tests.support.r2_tones import EngineTones, SpandspTones

NUMBER, CALLER = "02087654321", "13800138000"
VARIANTS = pytest.mark.parametrize("variant", [ITU, CHINA], ids=lambda variant: variant.name)
BenchOf = Callable[[Setup], Bench]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return openr2.build(tmp_path_factory.mktemp("openr2"))


@pytest.fixture(params=[EngineTones, SpandspTones], ids=["engine", "spandsp"])
def bench_of(program: Path, request: pytest.FixtureRequest) -> Iterator[BenchOf]:
    peers: list[Peer] = []

    def make(setup: Setup) -> Bench:
        peers.append(Peer(program, setup.variant.name, digits=len(NUMBER)))
        return Bench(peers[-1], setup, request.param())

    yield make
    for peer in peers:
        peer.close()


def far_end_takes_calls(bench: Bench, cause: str = "", *, answers: bool = True) -> None:
    """Let libopenr2 accept and answer, or refuse for a cause; and clear when we do."""

    def on_told(word: str) -> None:
        if word.startswith("offered"):
            bench.peer.do(f"disconnect {CAUSES[cause]}" if cause else "accept")
        elif word.startswith("accepted") and answers:
            bench.peer.do("answer")
        elif word.startswith("disconnected"):
            bench.peer.do(f"disconnect {CAUSES['normal']}")

    bench.on_told = on_told


def we_take_calls(bench: Bench, refusal: Reason | None = None) -> None:
    """Accept and answer each call, or refuse it; libopenr2 clears when we do."""

    def on_said(out: Out) -> None:
        if isinstance(out, Offered) and refusal:
            bench.do(bench.channel.reject(refusal, bench.now))
        elif isinstance(out, Offered):
            bench.do(bench.channel.accept(bench.now))
        elif isinstance(out, Accepted):
            bench.do(bench.channel.answer(bench.now))

    bench.on_said = on_said
    far_end_takes_calls(bench, answers=False)


def call(bench: Bench) -> None:
    """Call the far end until it answers."""
    bench.do(bench.channel.call(NUMBER, bench.now, caller=CALLER))
    bench.run(20.0, lambda: Answered() in bench.said)
    assert bench.said == [Accepted(), Answered()]


def be_called(bench: Bench) -> None:
    """Let the far end call us until it knows our answer."""
    bench.peer.do(f"call {CALLER} {NUMBER}")
    bench.run(20.0, lambda: "answered" in bench.peer.told)
    assert "answered" in bench.peer.told, (bench.peer.told, bench.said)


def errors(bench: Bench) -> list[str]:
    return [word for word in bench.peer.told if word.startswith("error")]


@VARIANTS
def test_we_call_and_hang_up(bench_of: BenchOf, variant: Variant) -> None:
    bench = bench_of(Setup(variant))
    far_end_takes_calls(bench)
    call(bench)
    assert bench.peer.told == ["seized", f"offered {NUMBER} {CALLER} 0", "accepted 3"]
    bench.run(3.0)
    bench.do(bench.channel.hang_up(bench.now))
    bench.run(2.0)
    assert bench.said[-1] == Cleared() and bench.channel.is_free
    assert bench.peer.told[-1] == "end" and not errors(bench)


@VARIANTS
def test_we_call_and_they_hang_up(bench_of: BenchOf, variant: Variant) -> None:
    bench = bench_of(Setup(variant))
    far_end_takes_calls(bench)
    call(bench)
    bench.run(3.0)
    bench.peer.do(f"disconnect {CAUSES['normal']}")
    bench.run(2.0)
    assert bench.said[-2:] == [ClearedByFar(Reason.CLEAR_BACK), Cleared()] and bench.channel.is_free
    assert bench.peer.told[-1] == "end" and not errors(bench)


@pytest.mark.parametrize(
    ("cause", "reason"),
    [
        ("busy", Reason.BUSY),
        ("congestion", Reason.CONGESTION),
        ("unallocated", Reason.UNALLOCATED),
        ("out-of-order", Reason.OUT_OF_ORDER),
    ],
)
def test_they_refuse_itu(bench_of: BenchOf, cause: str, reason: Reason) -> None:
    bench = bench_of(Setup(ITU))
    far_end_takes_calls(bench, cause)
    bench.do(bench.channel.call(NUMBER, bench.now, caller=CALLER))
    bench.run(20.0, lambda: Cleared() in bench.said)
    assert bench.said == [ClearedByFar(reason), Cleared()] and bench.channel.is_free
    assert not errors(bench)


@pytest.mark.parametrize(
    ("cause", "reason"),
    [("busy", Reason.BUSY), ("congestion", Reason.CONGESTION), ("unallocated", Reason.UNALLOCATED)],
)
def test_they_refuse_a_long_distance_call_china(bench_of: BenchOf, cause: str, reason: Reason) -> None:
    bench = bench_of(Setup(CHINA, call_kind="2"))
    far_end_takes_calls(bench, cause)
    bench.do(bench.channel.call(NUMBER, bench.now, caller=CALLER))
    bench.run(20.0, lambda: Cleared() in bench.said)
    assert bench.said == [ClearedByFar(reason), Cleared()] and bench.channel.is_free


def test_they_call_and_hang_up(bench_of: BenchOf) -> None:
    bench = bench_of(Setup(ITU, number_digits=len(NUMBER)))
    we_take_calls(bench)
    be_called(bench)
    assert bench.said == [Seized(), Offered(NUMBER, CALLER, Category.SUBSCRIBER), Accepted()]
    bench.run(3.0)
    bench.peer.do(f"disconnect {CAUSES['normal']}")
    bench.run(2.0)
    assert bench.said[-2:] == [ClearedByFar(Reason.CLEAR_FORWARD), Cleared()] and bench.channel.is_free
    assert bench.peer.told[-1] == "end" and not errors(bench)


def test_they_call_and_we_hang_up(bench_of: BenchOf) -> None:
    bench = bench_of(Setup(ITU))  # the number ends with its end signal
    we_take_calls(bench)
    be_called(bench)
    assert bench.said[1] == Offered(NUMBER, CALLER, Category.SUBSCRIBER)
    bench.run(3.0)
    bench.do(bench.channel.hang_up(bench.now))
    bench.run(2.0)
    assert bench.said[-1] == Cleared() and bench.channel.is_free
    assert bench.peer.told[-1] == "end" and not errors(bench)


@pytest.mark.parametrize(
    ("reason", "cause"),
    [
        (Reason.BUSY, "busy"),
        (Reason.CONGESTION, "congestion"),
        (Reason.UNALLOCATED, "unallocated"),
        (Reason.OUT_OF_ORDER, "out-of-order"),
    ],
)
def test_we_refuse(bench_of: BenchOf, reason: Reason, cause: str) -> None:
    bench = bench_of(Setup(ITU, number_digits=len(NUMBER)))
    we_take_calls(bench, reason)
    bench.peer.do(f"call {CALLER} {NUMBER}")
    bench.run(20.0, lambda: Cleared() in bench.said)
    bench.run(1.0)
    assert f"disconnected {CAUSES[cause]}" in bench.peer.told and not errors(bench)
    assert bench.said[-1] == Cleared() and bench.channel.is_free


@pytest.mark.parametrize("digits", [len(NUMBER), 0], ids=["fixed", "open"])
@pytest.mark.parametrize("who", ["we", "they"])
def test_they_call_without_the_callers_number_china(bench_of: BenchOf, digits: int, who: str) -> None:
    bench = bench_of(Setup(CHINA, number_digits=digits, wants_caller=False))
    we_take_calls(bench)
    be_called(bench)
    assert bench.said == [Seized(), Offered(NUMBER, "", Category.OPERATOR), Accepted()]
    if who == "we":
        bench.do(bench.channel.hang_up(bench.now))
    else:  # our release guard comes after a moment of clear-back
        bench.peer.do(f"disconnect {CAUSES['normal']}")
    bench.run(2.0)
    assert bench.said[-1] == Cleared() and bench.channel.is_free
    assert bench.peer.told[-1] == "end" and not errors(bench)


def test_they_block_the_circuit(bench_of: BenchOf) -> None:
    bench = bench_of(Setup())
    bench.peer.do("block")
    bench.run(0.2)
    assert bench.said == [Blocked(CircuitState.FAR_BLOCK)]
    bench.peer.do("unblock")
    bench.run(0.2)
    assert bench.said[-1] == Unblocked() and bench.channel.is_free


def test_we_block_the_circuit(bench_of: BenchOf) -> None:
    bench = bench_of(Setup())
    bench.do(bench.channel.block(True, bench.now))
    bench.run(0.2)
    assert bench.peer.told == ["blocked"]
    bench.do(bench.channel.block(False, bench.now))
    bench.run(0.2)
    assert bench.peer.told == ["blocked", "idle"]


def test_calls_follow_each_other(bench_of: BenchOf) -> None:
    bench = bench_of(Setup(ITU, number_digits=len(NUMBER)))
    for _ in range(3):
        bench.said.clear()
        far_end_takes_calls(bench)
        bench.on_said = lambda out: None
        call(bench)
        bench.do(bench.channel.hang_up(bench.now))
        bench.run(1.0)
        assert bench.channel.is_free
        bench.peer.told.clear()
        we_take_calls(bench)
        be_called(bench)
        bench.do(bench.channel.hang_up(bench.now))
        bench.run(1.0)
        assert bench.channel.is_free and not errors(bench)
