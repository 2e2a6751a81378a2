"""A span's port: the driver against the chip model, a hand on the far end."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from hal import ds26521 as ds
from hal.board import POLL_S
from hal.ds26521 import R
from hal.port import RETRY_S
from hal.sim.ds26521 import Ds26521Sim
from hal.types import (
    CasChanged,
    Event,
    FailReason,
    Loopback,
    PortFailed,
    PortState,
    SpanAlarm,
    SpanAlarms,
    SpanCounts,
    SpanSecond,
    SpanSetup,
)

if TYPE_CHECKING:
    from tests.hal.conftest import Bench

A = SpanAlarm
R2 = SpanSetup(is_cas=True)


@pytest.fixture
def span(make_bench: type[Bench]) -> Bench:
    bench = make_bench(("e1",))
    bench.start()
    assert bench.states() == {PortState.UP}
    return bench


@pytest.fixture
def r2(make_bench: type[Bench]) -> Bench:
    bench = make_bench(("e1",))
    bench.board.start(bench.now)
    bench.span().set_up(R2, bench.now)
    bench.run(2.0)
    return bench


def chip(bench: Bench, slot: int = 1) -> Ds26521Sim:
    found = bench.sim.chip(slot, 0)
    assert isinstance(found, Ds26521Sim)
    return found


def alarms(events: list[Event]) -> list[set[SpanAlarm]]:
    return [set(event.alarms) for event in events if isinstance(event, SpanAlarms)]


def counts(events: list[Event]) -> list[SpanCounts]:
    return [event.counts for event in events if isinstance(event, SpanSecond)]


# --- bring-up


def test_after_bring_up_both_ends_have_frames(span: Bench) -> None:
    line = span.sim.spans[0]
    assert line.is_fed and line.hears_frames and not line.hears_rai and not line.hears_ais
    assert span.span().alarms == frozenset()


@pytest.mark.parametrize(
    ("setup", "registers"),  # RCR1, TCR1, LTITSR, LRISMR
    [
        (SpanSetup(), (0x68, 0x05, 0x31, 0x33)),
        (SpanSetup(crc4=False), (0x60, 0x04, 0x31, 0x33)),
        (SpanSetup(is_cas=True), (0x48, 0x45, 0x31, 0x33)),
        (SpanSetup(crc4=False, impedance_ohm=75, is_cas=True), (0x40, 0x44, 0x00, 0x03)),
    ],
)
@pytest.mark.parametrize("is_late", [False, True])
def test_the_setup_reaches_the_chip(
    make_bench: type[Bench], setup: SpanSetup, registers: tuple[int, ...], is_late: bool
) -> None:
    bench = make_bench(("e1",))
    bench.board.start(bench.now)
    if is_late:
        bench.run(2.0)
    bench.span().set_up(setup, bench.now)
    bench.run(2.0)
    read = chip(bench).read
    assert tuple(read(r) for r in (R.RCR1, R.TCR1, R.LTITSR, R.LRISMR)) == registers
    assert [read(r) for r in (R.RMMR, R.TMMR, R.LMCR, R.E1TAF, R.E1TNAF)] == [0xC1, 0xC1, 1, 0x1B, 0x40]
    assert bench.span().alarms == frozenset()


@pytest.mark.parametrize(
    ("setup", "named"),
    [(SpanSetup(impedance_ohm=100), "impedance_ohm: 100"), (SpanSetup(clock_rank=-1), "clock_rank: -1")],
)
def test_an_impossible_setup_is_refused(span: Bench, setup: SpanSetup, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        span.span().set_up(setup, span.now)
    assert span.span().setup == SpanSetup()


@pytest.mark.parametrize("wait_s", [0.0, 0.1, 0.24])
def test_a_set_up_at_work_costs_no_alarm_and_no_frames(span: Bench, wait_s: float) -> None:
    span.run(wait_s)
    line = span.sim.spans[0]
    for setup in (R2, SpanSetup(), SpanSetup(crc4=False, is_cas=True), SpanSetup(impedance_ohm=75)):
        span.span().set_up(setup, span.now)
        for _ in range(100):
            assert span.run_quiet(0.01) == []
            assert line.hears_frames and not line.hears_rai


def test_a_set_up_that_changes_nothing_writes_nothing(span: Bench) -> None:
    before = span.sim.spi.transactions
    span.span().set_up(SpanSetup(clock_rank=3), span.now)
    assert span.sim.spi.transactions == before


@pytest.mark.parametrize(
    ("identity", "reason"),
    [(0x68, FailReason.WRONG_CHIP), (0x00, FailReason.NO_ANSWER), (0xFF, FailReason.NO_ANSWER)],
)
def test_another_chip_is_not_taken_for_ours(
    make_bench: type[Bench], identity: int, reason: FailReason
) -> None:
    bench = make_bench(("e1",))
    chip(bench).identity = identity
    failed = [event for event in bench.start() if isinstance(event, PortFailed)]
    assert [event.reason for event in failed] == [reason]
    chip(bench).identity = 0x71
    assert bench.names(bench.run_quiet(RETRY_S + 1)) == ["PortUp", "ClockChanged"]


def test_a_later_revision_is_ours(make_bench: type[Bench]) -> None:
    bench = make_bench(("e1",))
    chip(bench).identity = 0x72
    assert bench.names(bench.start()).count("PortUp") == 1


def test_a_span_without_a_cable_is_up_with_an_alarm(make_bench: type[Bench]) -> None:
    bench = make_bench(("e1",))
    bench.sim.spans[0].cut()
    events = [event for event in bench.start() if not isinstance(event, SpanSecond)]
    assert bench.names(events) == ["PortUp", "SpanAlarms"]
    assert bench.span().alarms == {A.LOS}


def test_a_chip_that_forgot_its_settings_is_brought_up_again(span: Bench) -> None:
    chip(span).reset()
    events = span.run_quiet(RETRY_S + 2)
    assert span.names(events, "span1") == ["PortFailed", "PortUp"]
    assert span.sim.spans[0].hears_frames


def test_commands_during_bring_up_are_not_lost(make_bench: type[Bench]) -> None:
    for wait_s in (0.01, 0.02, 0.05, 0.1, 0.15):
        bench = make_bench(("e1",))
        bench.board.start(bench.now)
        bench.run(wait_s)
        bench.span().set_up(R2, bench.now)
        bench.span().set_cas(4, 0b1010, bench.now)
        bench.run(1.0)
        assert bench.sim.spans[0].cas[4] == 0b1010, wait_s
        assert chip(bench).read(R.RCR1) == 0x48, wait_s


# --- alarms


@pytest.mark.parametrize("alarm", [A.LOS, A.LOF, A.AIS, A.RAI, A.LOMF])
@pytest.mark.parametrize("is_cas", [False, True])
def test_every_alarm_comes_and_goes_once(make_bench: type[Bench], alarm: SpanAlarm, is_cas: bool) -> None:
    bench = make_bench(("e1",))
    bench.board.start(bench.now)
    bench.span().set_up(SpanSetup(is_cas=is_cas), bench.now)
    bench.run(2.0)
    hurt(bench, alarm, True)
    assert alarms(bench.run(2.0)) == [{alarm}]
    assert bench.span().alarms == {alarm}
    line = bench.sim.spans[0]
    assert line.hears_rai == (alarm in (A.LOF, A.AIS))
    assert line.is_fed == (alarm is not A.LOS)  # a cut takes both pairs
    hurt(bench, alarm, False)
    assert alarms(bench.run(2.0)) == [set()]
    assert not bench.sim.spans[0].hears_rai
    assert bench.states() == {PortState.UP}


def hurt(bench: Bench, alarm: SpanAlarm, is_on: bool) -> None:
    line = bench.sim.spans[0]
    match alarm:
        case A.LOS:
            line.cut() if is_on else line.mend()
        case A.LOF:
            line.lose_frames(is_on)
        case A.AIS:
            line.send_ais(is_on)
        case A.RAI:
            line.send_rai(is_on)
        case A.LOMF:
            line.lose_multiframe(is_on)


@pytest.mark.parametrize("alarm", [A.LOS, A.LOF, A.AIS, A.RAI, A.LOMF])
def test_a_blip_of_ten_milliseconds_is_no_alarm(span: Bench, alarm: SpanAlarm) -> None:
    for _ in range(10):
        hurt(span, alarm, True)
        assert alarms(span.run(0.01)) == []
        hurt(span, alarm, False)
        assert alarms(span.run(0.3)) == []


def test_a_loose_contact_is_one_alarm(span: Bench) -> None:
    line = span.sim.spans[0]
    line.cut()
    seen = alarms(span.run(0.5))
    for _ in range(20):
        line.mend()
        seen += alarms(span.run(0.2))
        line.cut()
        seen += alarms(span.run(0.05))
    assert seen == [{A.LOS}]


def test_without_crc4_nobody_asks_for_its_multiframe(span: Bench) -> None:
    span.span().set_up(SpanSetup(crc4=False), span.now)
    span.sim.spans[0].lose_multiframe(True)
    assert alarms(span.run(2.0)) == []
    span.span().set_up(SpanSetup(), span.now)
    assert alarms(span.run(2.0)) == [{A.LOMF}]


def test_an_alarm_is_told_fast(span: Bench) -> None:
    span.sim.spans[0].cut()
    cut_at = span.now
    told = [event.at - cut_at for event in span.run(1.0) if isinstance(event, SpanAlarms)]
    assert len(told) == 1 and 0.1 <= told[0] <= 0.15


def test_one_alarm_may_become_another(span: Bench) -> None:
    line = span.sim.spans[0]
    line.send_ais(True)
    seen = alarms(span.run(1.0))
    line.cut()
    seen += alarms(span.run(2.0))
    assert seen == [{A.AIS}, {A.AIS, A.LOS}, {A.LOS}]


# --- seconds


def test_every_second_is_told_once(span: Bench) -> None:
    events = span.run(20.0)
    seconds = [event for event in events if isinstance(event, SpanSecond)]
    assert len(seconds) == 20 == len(events)
    gaps = [later.at - earlier.at for earlier, later in pairwise(seconds)]
    assert min(gaps) > 0.97 and max(gaps) < 1.03


def test_errors_are_counted_in_their_second(span: Bench) -> None:
    line = span.sim.spans[0]
    line.disturb(code_violations=70000, crc_errors=915, framing_errors=3, far_errors=256)
    line.disturb(crc_errors=1)
    line.slip(2)
    assert counts(span.run(2.0)) == [SpanCounts(65535, 916, 3, 256, 2), SpanCounts()]


def test_out_of_frame_only_the_line_code_is_counted(span: Bench) -> None:
    line = span.sim.spans[0]
    line.lose_frames(True)
    span.run(1.0)
    line.disturb(code_violations=5, crc_errors=5, framing_errors=5, far_errors=5)
    assert counts(span.run(1.0)) == [SpanCounts(code_violations=5)]


def test_seconds_go_on_without_a_signal_and_name_the_alarm(span: Bench) -> None:
    line = span.sim.spans[0]
    line.cut()
    span.run(0.5)
    line.mend()
    seconds = [event for event in span.run(4.0) if isinstance(event, SpanSecond)]
    assert [set(event.alarms) for event in seconds][-1] == set()
    assert {A.LOS} in [set(event.alarms) for event in seconds]
    assert len(seconds) == 4


def test_a_lost_interrupt_costs_no_second(span: Bench) -> None:
    chip(span).write(R.GFIMR, 0)
    span.sim.spans[0].cut()
    events = span.run(4.0)
    assert len(counts(events)) == 4
    assert alarms(events) == [{A.LOS}]
    told_at = next(event.at for event in events if isinstance(event, SpanAlarms))
    assert told_at < span.now - 4 + 2 * POLL_S + 0.1


def test_an_idle_span_costs_few_services(span: Bench) -> None:
    span.services = 0
    span.run(10.0)
    assert span.services <= 10 / POLL_S + 2 * 10


# --- signalling


def test_cas_both_ways(r2: Bench) -> None:
    line, port = r2.sim.spans[0], r2.span()
    assert set(port.cas) == {0b1101}
    line.set_cas(5, 0b1001)
    line.set_cas(31, 0b0101)
    events = r2.run_quiet(0.05)
    told = [(event.timeslot, event.abcd) for event in events if isinstance(event, CasChanged)]
    assert told == [(5, 0b1001), (31, 0b0101)]
    assert (port.cas[5], port.cas[31], port.cas[21]) == (0b1001, 0b0101, 0b1101)
    port.set_cas(17, 0b0001, r2.now)
    assert line.cas[17] == 0b1101
    r2.run(0.01)
    assert line.cas[17] == 0b0001 and line.cas[1] == 0b1101


def test_the_far_end_never_sees_other_bits_than_blocked_at_bring_up(r2: Bench) -> None:
    chip(r2).reset()
    seen = set()
    for _ in range(round((RETRY_S + 1) / 0.01)):
        r2.run(0.01)
        if r2.sim.spans[0].hears_frames:
            seen |= {r2.sim.spans[0].cas[timeslot] for timeslot in (1, 15, 17, 31)}
    assert seen == {0b1101}


def test_cas_survives_a_restart_of_the_port(r2: Bench) -> None:
    r2.span().set_cas(3, 0b1001, r2.now)
    chip(r2).reset()
    r2.run(RETRY_S + 1)
    assert r2.sim.spans[0].cas[3] == 0b1001


def test_a_glitch_of_one_multiframe_is_no_signal(r2: Bench) -> None:
    r2.sim.spans[0].set_cas(5, 0b0001)
    r2.now += 0.003
    r2.serve()
    r2.sim.spans[0].set_cas(5, 0b1101)
    assert r2.run_quiet(0.5) == []


@pytest.mark.parametrize("alarm", [A.LOS, A.LOF, A.AIS, A.LOMF])
def test_no_bits_are_believed_without_a_multiframe(r2: Bench, alarm: SpanAlarm) -> None:
    hurt(r2, alarm, True)
    events = r2.run(1.0)
    r2.sim.spans[0].set_cas(9, 0b0001)
    events += r2.run(1.0)
    assert not [event for event in events if isinstance(event, CasChanged)]
    hurt(r2, alarm, False)
    told = [event for event in r2.run(1.0) if isinstance(event, CasChanged)]
    assert [(event.timeslot, event.abcd) for event in told] == [(9, 0b0001)]


def test_all_channels_at_once(r2: Bench) -> None:
    channels = [*range(1, 16), *range(17, 32)]
    for timeslot in channels:
        r2.sim.spans[0].set_cas(timeslot, timeslot % 13)
    told = [event for event in r2.run(0.1) if isinstance(event, CasChanged)]
    wanted = {timeslot: timeslot % 13 for timeslot in channels}
    assert {event.timeslot: event.abcd for event in told} == wanted
    assert len(told) == len(channels)


def test_with_a_d_channel_timeslot_16_is_left_alone(span: Bench) -> None:
    span.sim.spans[0].set_cas(5, 0b0001)
    span.span().set_cas(5, 0b0001, span.now)
    assert span.run_quiet(1.0) == []
    assert not chip(span).read(R.TCR1) & ds.T16S


@pytest.mark.parametrize(("timeslot", "abcd"), [(0, 1), (16, 1), (32, 1), (-1, 1), (5, 16), (5, -1)])
def test_impossible_bits_are_refused(r2: Bench, timeslot: int, abcd: int) -> None:
    with pytest.raises(ValueError, match="allowed"):
        r2.span().set_cas(timeslot, abcd, r2.now)
    with pytest.raises(ValueError, match="allowed"):
        r2.sim.spans[0].set_cas(timeslot, abcd)


# --- loops


def test_a_local_loop_hears_itself_whatever_the_line_does(r2: Bench) -> None:
    line, port = r2.sim.spans[0], r2.span()
    line.cut()
    r2.run(1.0)
    port.loop(Loopback.LOCAL, r2.now)
    port.set_cas(7, 0b0001, r2.now)
    assert alarms(r2.run(1.5)) == [set()]
    assert port.cas[7] == 0b0001
    assert r2.board.clock_source == ""
    port.loop(Loopback.NONE, r2.now)
    assert alarms(r2.run(1.0)) == [{A.LOS}]


def test_the_line_still_hears_a_local_loop(span: Bench) -> None:
    span.span().loop(Loopback.LOCAL, span.now)
    span.run(0.1)
    assert span.sim.spans[0].hears_frames


def test_a_remote_loop_gives_the_far_end_its_own(r2: Bench) -> None:
    line = r2.sim.spans[0]
    r2.span().loop(Loopback.REMOTE, r2.now)
    line.send_rai(True)
    line.set_cas(4, 0b1010)
    r2.run(1.0)
    assert line.is_fed and line.hears_rai and line.cas[4] == 0b1010
    assert r2.span().alarms == {A.RAI}
    r2.span().loop(Loopback.NONE, r2.now)
    assert not line.hears_rai


def test_a_loop_does_not_survive_a_restart(span: Bench) -> None:
    span.span().loop(Loopback.REMOTE, span.now)
    chip(span).reset()
    span.run(RETRY_S + 1)
    assert not span.sim.spans[0].is_remote_loop and span.span().loopback is Loopback.NONE


# --- out of service


def test_a_pulled_card(span: Bench) -> None:
    line = span.sim.spans[0]
    span.sim.remove_card(1)
    events = span.run_quiet(1.0)
    assert span.names(events) == ["PortFailed", "ClockChanged"]
    assert not line.is_fed and span.span().alarms == frozenset()
    span.sim.insert_card(1, "e1")
    assert span.names(span.run_quiet(2.0)) == ["PortUp"]
    assert line is span.sim.spans[0] and line.hears_frames


def test_a_card_swapped_between_two_looks(span: Bench) -> None:
    span.sim.remove_card(1)
    span.sim.insert_card(1, "e1")
    assert span.names(span.run_quiet(RETRY_S + 2), "span1") == ["PortFailed", "PortUp"]


def test_commands_to_a_port_out_of_service_are_kept_or_dropped(span: Bench) -> None:
    span.sim.remove_card(1)
    span.run(1.0)
    port = span.span()
    port.loop(Loopback.REMOTE, span.now)
    port.set_up(R2, span.now)
    port.set_cas(1, 0b0001, span.now)
    assert span.run(1.0) == []
    span.sim.insert_card(1, "e1")
    span.run(2.0)
    assert span.sim.spans[0].cas[1] == 0b0001
    assert port.loopback is Loopback.NONE
