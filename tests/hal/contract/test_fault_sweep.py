"""The N-th transaction of bring-up and one incoming call fails, for every N until none is left to fail."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hal.port import RETRY_S
from hal.sim.faults import FaultKind
from hal.types import PortFailed, PortState, PortUp, SpanSetup

if TYPE_CHECKING:
    from tests.hal.conftest import Bench

LIMIT = 2000  # more transactions than bring-up and call have


def call(bench: Bench) -> list[object]:
    """Bring two lines and two phones up, and let a call come in."""
    events: list[object] = []
    line, phone = bench.sim.fxo[0], bench.sim.fxs[0]
    bench.board.start(bench.now)
    events += bench.run(1.2)
    line.set_ringing(75, 25)
    events += bench.run(0.5)
    bench.fxo().seize(bench.now)
    if not line.is_off_hook:
        line.set_ringing(0, 25)
    events += bench.run(0.5)
    bench.fxs().ring((300, 300), bench.now)
    events += bench.run(0.4)
    phone.lift()
    events += bench.run(0.3)
    phone.hang_up()
    bench.fxo().release(bench.now)
    return events + bench.run(0.7)


def span_day(bench: Bench) -> list[object]:
    """Bring a span up, cut and mend it, and signal both ways."""
    events: list[object] = []
    line = bench.sim.spans[0]
    bench.board.start(bench.now)
    bench.span().set_up(SpanSetup(is_cas=True), bench.now)
    events += bench.run(1.2)
    line.cut()
    events += bench.run(0.4)
    line.mend()
    events += bench.run(0.8)
    line.set_cas(5, 0b1001)
    bench.span().set_cas(7, 0b0001, bench.now)
    return events + bench.run(1.0)


def sweep(
    make_bench: type[Bench], kind: FaultKind, count: int, first: int, stride: int, *, card: str = "fxo2fxs2"
) -> int:
    """Run with a fault at N = first, first + stride, ...; return how many runs met theirs."""
    for n in range(first, LIMIT, stride):
        bench = make_bench((card,))
        bench.sim.spi.fail(n, kind, count)
        events = span_day(bench) if card == "e1" else call(bench)
        bench.sim.spi.heal()
        assert bench.services < 600, n  # of 360 ticks; fewer than 100 without a fault
        check(bench, events, n)
        if card == "e1":
            check_span(bench, n)
        if bench.sim.spi.injected == 0:
            return (n - first) // stride
    raise AssertionError("the sweep met no end")


def check(bench: Bench, events: list[object], n: int) -> None:
    for name, port in bench.board.ports.items():
        mine = [event for event in events if isinstance(event, PortUp | PortFailed) and event.port == name]
        assert port.state in (PortState.UP, PortState.FAILED), (n, name)
        assert len([event for event in mine if isinstance(event, PortFailed)]) <= 1, (n, mine)
        assert mine and isinstance(mine[-1], PortUp) == (port.state is PortState.UP), (n, mine)
    later = bench.run(RETRY_S + 3)
    assert {port.state for port in bench.board.ports.values()} == {PortState.UP}, (n, later)


def check_span(bench: Bench, n: int) -> None:
    """Whatever failed, in the end both ends know of each other what is true."""
    port, line = bench.span(), bench.sim.spans[0]
    assert (port.alarms, port.cas[5], line.cas[7]) == (frozenset(), 0b1001, 0b0001), n
    assert line.hears_frames and not line.hears_rai, n


@pytest.mark.parametrize("kind", [*FaultKind])
def test_one_fault(make_bench: type[Bench], kind: FaultKind) -> None:
    assert sweep(make_bench, kind, count=1, first=1, stride=7) > 30


@pytest.mark.parametrize("kind", [*FaultKind])
def test_as_many_as_defeat_the_repeats(make_bench: type[Bench], kind: FaultKind) -> None:
    transactions_of_start = 20
    assert sweep(make_bench, kind, count=4, first=transactions_of_start, stride=7) > 30


@pytest.mark.parametrize("kind", [*FaultKind])
@pytest.mark.parametrize("count", [1, 4])
def test_faults_while_a_span_works(make_bench: type[Bench], kind: FaultKind, count: int) -> None:
    transactions_of_start = 20
    assert sweep(make_bench, kind, count, transactions_of_start, 5, card="e1") > 30
