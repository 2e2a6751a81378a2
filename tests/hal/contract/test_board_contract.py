"""What every body of the seam must do with the real drivers over it."""

from __future__ import annotations

import select
from typing import TYPE_CHECKING

import pytest

from hal.bus import HalError
from hal.fxo import Si3050Port
from hal.fxs import Si3210Port
from hal.sim.faults import FaultKind
from hal.span import Ds26521Port
from hal.types import (
    CasChanged,
    Event,
    FailReason,
    Loopback,
    PortFailed,
    PortState,
    PortUp,
    SpanAlarm,
    SpanAlarms,
    SpanSecond,
    SpanSetup,
)

if TYPE_CHECKING:
    from tests.hal.contract.conftest import MakeRig, Rig


def names(events: list[Event], port: str = "") -> list[str]:
    return [type(event).__name__ for event in events if port in (event.port, "")]


def fxo(rig: Rig, number: int) -> Si3050Port:
    port = rig.board.ports[f"fxo{number}"]
    assert isinstance(port, Si3050Port)
    return port


def fxs(rig: Rig, number: int) -> Si3210Port:
    port = rig.board.ports[f"fxs{number}"]
    assert isinstance(port, Si3210Port)
    return port


def span(rig: Rig, number: int) -> Ds26521Port:
    port = rig.board.ports[f"span{number}"]
    assert isinstance(port, Ds26521Port)
    return port


@pytest.fixture
def spans(make_rig: MakeRig) -> Rig:
    """Three spans that are up: one with a D-channel, two with R2."""
    rig = make_rig(("e1", "e1x2"))
    rig.board.start(rig.now)
    for number in (2, 3):
        span(rig, number).set_up(SpanSetup(is_cas=True, clock_rank=number), rig.now)
    rig.run(2.0)
    return rig


@pytest.fixture
def rig(make_rig: MakeRig) -> Rig:
    rig = make_rig(("fxo4", "fxs4"))
    rig.board.start(rig.now)
    return rig


@pytest.fixture
def up(rig: Rig) -> Rig:
    rig.run(2.0)
    return rig


def test_every_port_comes_up_once(rig: Rig) -> None:
    assert names(rig.run(2.0)) == ["PortUp"] * 8
    assert {port.state for port in rig.board.ports.values()} == {PortState.UP}


def test_an_incoming_call(up: Rig) -> None:
    line, phone = up.sim.fxo[1], up.sim.fxs[2]
    line.set_ringing(75, 25)
    events = up.run(1.0)
    line.set_ringing(0, 25)
    events += up.run(1.0)
    assert names(events) == ["RingStarted", "RingStopped"]
    fxo(up, 2).seize(up.now)
    assert names(up.run(0.6)) == ["LineReady"]
    fxs(up, 3).ring((1000, 4000), up.now)
    up.run(0.5)
    assert phone.ringing_vrms > 40
    phone.lift()
    assert names(up.run(0.5)) == ["OffHook"]
    line.set_battery(0)
    assert names(up.run(0.5)) == ["LoopDropped"]
    fxo(up, 2).release(up.now)
    line.set_battery(48)
    phone.hang_up()
    assert names(up.run(1.5)) == ["OnHook"]


def test_the_interrupt_wakes_who_waits(up: Rig) -> None:
    """A lift must reach the descriptor without any poll."""
    fd = up.board.irq_fd
    up.irq.read()
    assert not select.select([fd], [], [], 0)[0]
    up.sim.fxs[0].lift()
    up._clock[0] += 0.02
    up.look()
    up.sim.irq.look()
    assert select.select([fd], [], [], 1.0)[0]
    assert names(up.run(0.1)) == ["OffHook"]
    up.irq.read()
    assert not select.select([fd], [], [], 0)[0]


def test_the_level_is_never_older_than_the_last_transaction(up: Rig) -> None:
    up.sim.fxs[0].lift()
    up._clock[0] += 0.02
    up.look()
    assert up.irq.read()
    up.board.service(up.now)
    assert not up.irq.read()


def test_a_pulled_card(up: Rig) -> None:
    up.sim.remove_card(1)
    failed = [event for event in up.run(1.0) if isinstance(event, PortFailed)]
    assert [event.reason for event in failed] == [FailReason.CARD_GONE] * 4
    up.sim.insert_card(1, "fxo4")
    assert names(up.run(3.0)) == ["PortUp"] * 4


@pytest.mark.parametrize("kind", [*FaultKind])
@pytest.mark.parametrize("first", [1, 5, 20, 60])
def test_single_faults_cost_nothing(make_rig: MakeRig, kind: FaultKind, first: int) -> None:
    rig = make_rig(("fxo2fxs2",))
    rig.sim.spi.fail(first, kind)
    rig.board.start(rig.now)
    assert names(rig.run(2.0)) == ["PortUp"] * 4
    assert rig.sim.spi.injected == 1


def test_a_dead_bus_at_start_is_an_error(make_rig: MakeRig) -> None:
    rig = make_rig(("fxo4",))
    rig.sim.spi.fail(1, FaultKind.TIMEOUT, 100)
    with pytest.raises(HalError):
        rig.board.start(rig.now)


def test_a_long_outage_fails_every_port_once_and_heals(up: Rig) -> None:
    up.sim.spi.fail(1, FaultKind.BAD_ANSWER, 10**9)
    failed = [event for event in up.run(3.0) if isinstance(event, PortFailed)]
    assert len(failed) == 8
    up.sim.spi.heal()
    events = up.run(13.0)
    assert sum(isinstance(event, PortUp) for event in events) == len(events) == 8


def test_spans_come_up_and_give_the_clock(make_rig: MakeRig) -> None:
    rig = make_rig(("e1", "e1x2", "fxs4"))
    rig.board.start(rig.now)
    events = [event for event in rig.run(2.0) if not isinstance(event, SpanSecond)]
    assert sorted(names(events)) == ["ClockChanged"] + ["PortUp"] * 7
    assert rig.board.timeslots == 100
    assert [port.info.timeslot for port in rig.board.ports.values()] == [0, 32, 64, 96, 97, 98, 99]
    assert all(line.hears_frames for line in rig.sim.spans)
    assert rig.board.clock_source == "span1"


def test_a_span_is_cut_and_mended(spans: Rig) -> None:
    spans.sim.spans[0].cut()
    told = [event for event in spans.run(1.0) if isinstance(event, SpanAlarms)]
    assert [(event.port, set(event.alarms)) for event in told] == [("span1", {SpanAlarm.LOS})]
    assert span(spans, 1).alarms == {SpanAlarm.LOS} and span(spans, 1).is_up
    assert spans.board.clock_source == "span2"
    spans.sim.spans[0].mend()
    told = [event for event in spans.run(1.0) if isinstance(event, SpanAlarms)]
    assert [(event.port, set(event.alarms)) for event in told] == [("span1", set())]
    spans.run(11.0)
    assert spans.board.clock_source == "span1"


def test_a_call_on_a_span_with_r2(spans: Rig) -> None:
    line, port = spans.sim.spans[2], span(spans, 3)
    line.set_cas(20, 0b0001)
    told = [event for event in spans.run(0.1) if isinstance(event, CasChanged)]
    assert [(event.port, event.timeslot, event.abcd) for event in told] == [("span3", 20, 0b0001)]
    port.set_cas(20, 0b0101, spans.now)
    spans.run(0.02)
    assert line.cas[20] == 0b0101 and spans.sim.spans[1].cas[20] == 0b1101


def test_errors_of_a_span_are_told_every_second(spans: Rig) -> None:
    spans.sim.spans[1].disturb(crc_errors=7)
    spans.sim.spans[1].slip()
    seconds = [event for event in spans.run(2.0) if isinstance(event, SpanSecond)]
    assert [names(seconds, f"span{number}") for number in (1, 2, 3)] == [["SpanSecond"] * 2] * 3
    mine = [event.counts for event in seconds if event.port == "span2"]
    assert [(counts.crc_errors, counts.slips) for counts in mine] == [(7, 1), (0, 0)]


def test_loops(spans: Rig) -> None:
    line, port = spans.sim.spans[2], span(spans, 3)
    port.loop(Loopback.REMOTE, spans.now)
    line.send_rai(True)
    spans.run(0.1)
    assert line.hears_rai
    port.loop(Loopback.LOCAL, spans.now)
    line.send_rai(False)
    port.set_cas(1, 0b0001, spans.now)
    spans.run(0.6)
    assert port.cas[1] == 0b0001 and not port.alarms


def test_a_pulled_card_with_two_spans(spans: Rig) -> None:
    spans.sim.remove_card(2)
    failed = [event for event in spans.run(1.0) if isinstance(event, PortFailed)]
    assert [(event.port, event.reason) for event in failed] == [
        ("span2", FailReason.CARD_GONE),
        ("span3", FailReason.CARD_GONE),
    ]
    spans.sim.insert_card(2, "e1x2")
    assert sum(isinstance(event, PortUp) for event in spans.run(3.0)) == 2


@pytest.mark.parametrize("kind", [*FaultKind])
@pytest.mark.parametrize("first", [1, 8, 40, 90, 130])
def test_single_faults_cost_a_span_nothing(make_rig: MakeRig, kind: FaultKind, first: int) -> None:
    rig = make_rig(("e1",))
    rig.sim.spi.fail(first, kind)
    rig.board.start(rig.now)
    events = [event for event in rig.run(2.0) if not isinstance(event, SpanSecond)]
    assert names(events) == ["PortUp", "ClockChanged"]
    assert rig.sim.spi.injected == 1
