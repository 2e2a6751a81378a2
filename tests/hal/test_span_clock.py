"""Which span gives the clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hal.backplane import Backplane
from hal.ccb1 import Irq, Reg, clock_source
from hal.sim.faults import FaultKind
from hal.span_clock import HOLD_OFF_S
from hal.types import ClockChanged, Event, Loopback, SpanSetup

if TYPE_CHECKING:
    from tests.hal.conftest import Bench


def ranked(make_bench: type[Bench], *ranks: int, slots: tuple[str | None, ...] = ()) -> Bench:
    bench = make_bench(slots or ("e1",) * len(ranks))
    bench.board.start(bench.now)
    for number, rank in enumerate(ranks, 1):
        bench.span(number).set_up(SpanSetup(clock_rank=rank), bench.now)
    bench.run(2.0)
    return bench


def sources(events: list[Event]) -> list[str]:
    return [event.source for event in events if isinstance(event, ClockChanged)]


def register(bench: Bench) -> int:
    return Backplane(bench.sim.spi).read(Reg.CLOCK_SOURCE)


def status(bench: Bench) -> int:
    return Backplane(bench.sim.spi).read(Reg.CLOCK_STATUS)


def test_the_best_by_rank_gives_the_clock(make_bench: type[Bench]) -> None:
    bench = ranked(make_bench, 2, 1, 3)
    assert bench.board.clock_source == "span2"
    assert register(bench) == 2


def test_a_card_with_two_spans_says_which(make_bench: type[Bench]) -> None:
    bench = ranked(make_bench, 3, 1, slots=("fxs4", None, "e1x2"))
    assert register(bench) == clock_source(3, 1) == 0x103


def test_rank_0_never_gives_the_clock(make_bench: type[Bench]) -> None:
    bench = ranked(make_bench, 0, 0)
    assert bench.board.clock_source == "" and register(bench) == 0


def test_a_failed_source_is_left_at_once_and_taken_again_after_the_hold_off(make_bench: type[Bench]) -> None:
    bench = ranked(make_bench, 1, 2)
    line = bench.sim.spans[0]
    line.cut()
    assert sources(bench.run(0.15)) == ["span2"]
    assert register(bench) == 2
    bench.run(1.0)
    line.mend()
    assert sources(bench.run(HOLD_OFF_S)) == []
    assert sources(bench.run(1.0)) == ["span1"]


def test_among_equals_the_present_one_stays(make_bench: type[Bench]) -> None:
    bench = ranked(make_bench, 1, 1)
    bench.sim.spans[0].send_ais(True)
    assert sources(bench.run(1.0)) == ["span2"]
    bench.sim.spans[0].send_ais(False)
    assert sources(bench.run(HOLD_OFF_S * 2)) == []


def test_a_loose_contact_does_not_throw_the_clock_back_and_forth(make_bench: type[Bench]) -> None:
    bench = ranked(make_bench, 1, 2)
    line = bench.sim.spans[0]
    changes = []
    for _ in range(10):
        line.cut()
        changes += sources(bench.run(0.5))
        line.mend()
        changes += sources(bench.run(4.0))
    assert changes == ["span2"]


def test_without_any_the_board_runs_on_its_own(make_bench: type[Bench]) -> None:
    bench = ranked(make_bench, 1, 2)
    for line in bench.sim.spans:
        line.lose_frames(True)
    assert sources(bench.run(1.0))[-1] == ""
    assert register(bench) == 0
    for line in bench.sim.spans:
        line.lose_frames(False)
    assert sources(bench.run(HOLD_OFF_S + 2)) == ["span1"]


@pytest.mark.parametrize("is_rai", [False, True])
def test_who_only_does_not_hear_us_can_give_the_clock(make_bench: type[Bench], is_rai: bool) -> None:
    bench = ranked(make_bench, 1, 2)
    bench.sim.spans[0].send_rai(is_rai)
    bench.sim.spans[0].lose_multiframe(not is_rai)
    assert sources(bench.run(3.0)) == []


def test_a_span_in_local_loop_hears_its_own_clock(make_bench: type[Bench]) -> None:
    bench = ranked(make_bench, 1, 2)
    bench.span().loop(Loopback.LOCAL, bench.now)
    assert sources(bench.run(0.5)) == ["span2"]


def test_a_new_rank_counts_soon(make_bench: type[Bench]) -> None:
    bench = ranked(make_bench, 1, 2)
    bench.span(2).set_up(SpanSetup(clock_rank=0), bench.now)
    bench.span(1).set_up(SpanSetup(clock_rank=0), bench.now)
    assert sources(bench.run(0.5)) == [""]


def test_a_pulled_card_takes_its_clock_with_it(make_bench: type[Bench]) -> None:
    bench = ranked(make_bench, 1, 2)
    bench.sim.remove_card(1)
    assert sources(bench.run(0.5)) == ["span2"]
    bench.sim.insert_card(1, "e1")
    assert sources(bench.run(HOLD_OFF_S + 3)) == ["span1"]


def test_the_backplane_is_told_even_if_it_did_not_listen(make_bench: type[Bench]) -> None:
    for nth in range(1, 16, 2):
        bench = ranked(make_bench, 1, 2)
        bench.sim.spans[0].cut()
        bench.run(0.09)
        bench.sim.spi.fail(nth, FaultKind.TIMEOUT, 4)
        bench.run(1.0)
        bench.sim.spi.heal()
        bench.run(25.0)  # a port that failed is tried after 10 s, and believed after 10 more
        assert bench.board.clock_source == "span2", nth
        assert register(bench) == 2, nth


def test_a_backplane_that_comes_back_gets_its_clock_again(make_bench: type[Bench]) -> None:
    bench = ranked(make_bench, 1)
    bench.sim.spi.fail(1, FaultKind.TIMEOUT, 10**9)
    bench.run(5.0)
    bench.sim.spi.heal()
    bench.run(30.0)
    assert bench.board.clock_source == "span1" and register(bench) == 1


def test_the_backplane_says_when_its_clock_has_no_source(make_bench: type[Bench]) -> None:
    bench = ranked(make_bench, 1)
    assert status(bench) == 1 << 31
    bench.sim.spans[0].cut()
    bench.now += 0.01
    assert bench.sim.irq_status() & Irq.FAULT
    assert status(bench) == 0
    bench.run(1.0)
    assert status(bench) == 1 << 31
    assert not bench.sim.irq_status() & Irq.FAULT
