"""Calls with libopenr2 as the far end: its protocol, its tones, its bits.

libopenr2's own outgoing side fails in the China variant, so our incoming side is tested there against our
outgoing side only (test_r2_pair.py), which libopenr2's incoming side has accepted here.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.spans.r2.types import Accepted, Answered, Category, Cleared, ClearedByFar, Offered, Out, Reason, Seized
from firmware.spans.r2.variant import CHINA, ITU, Setup, Variant
from tests.support.openr2 import peer as openr2
from tests.support.openr2.peer import CAUSES, Bench, Peer

NUMBER, CALLER = "02087654321", "13800138000"
VARIANTS = pytest.mark.parametrize("variant", [ITU, CHINA], ids=lambda variant: variant.name)


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return openr2.build(tmp_path_factory.mktemp("openr2"))


@pytest.fixture
def peers(program: Path) -> Iterator[list[Peer]]:
    made: list[Peer] = []
    yield made
    for peer in made:
        peer.close()


@pytest.fixture
def bench_of(program: Path, peers: list[Peer]):  # type: ignore[no-untyped-def]
    def make(variant: Variant, **setup: int) -> Bench:
        peers.append(Peer(program, {"itu": "itu", "china": "cn"}[variant.name], digits=len(NUMBER)))
        return Bench(peers[-1], Setup(variant, **setup))  # type: ignore[arg-type]

    return make


def obliging(bench: Bench, *, answers: bool = True) -> None:
    """Let libopenr2 take the call."""

    def on_told(word: str) -> None:
        if word.startswith("offered"):
            bench.peer.do("accept")
        elif word.startswith("accepted") and answers:
            bench.peer.do("answer")

    bench.on_told = on_told


@VARIANTS
def test_we_call(bench_of, variant: Variant) -> None:  # type: ignore[no-untyped-def]
    bench = bench_of(variant)
    obliging(bench)
    start = bench.now
    bench.do(bench.channel.call(NUMBER, bench.now, caller=CALLER))
    bench.run(20.0, lambda: Answered() in bench.said)
    print(bench.peer.told, bench.said, bench.now - start)
    assert bench.said == [Accepted(), Answered()]
    assert f"offered {NUMBER} {CALLER} 0" in bench.peer.told
