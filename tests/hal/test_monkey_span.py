"""Hours of random far ends, commands, cards and bus faults: what the spans tell makes sense, and heals."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from hal.backplane import Backplane
from hal.ccb1 import Reg, clock_source
from hal.sim.faults import FaultKind
from hal.sim.physics import PhysicsError
from hal.span_clock import HOLD_OFF_S
from hal.types import (
    CasChanged,
    ClockChanged,
    Event,
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
    from tests.hal.conftest import Bench

SLOTS = ("e1", "e1x2")
CHANNELS = [*range(1, 16), *range(17, 32)]


class Monkey:
    """Does something at random to a span, at either end."""

    def __init__(self, bench: Bench, seed: int) -> None:
        self.bench = bench
        self.random = random.Random(seed)
        self.pulled: set[int] = set()
        self.sent = [[0b1101] * 32 for _ in range(3)]  # what the box was told to send

    def act(self) -> None:
        act = self.random.choice([self.line, self.line, self.bits, self.bits, self.command, self.rare])
        try:
            act()
        except PhysicsError:
            pass  # the world cannot do that now

    def line(self) -> None:
        line = self.random.choice(self.bench.sim.spans)
        is_on = self.random.random() < 0.4
        match self.random.randrange(8):
            case 0:
                line.cut()
            case 1 | 2:
                line.mend()
            case 3:
                line.send_ais(is_on)
            case 4:
                line.send_rai(is_on)
            case 5:
                line.lose_frames(is_on)
            case 6:
                line.lose_multiframe(is_on)
            case 7:
                line.disturb(code_violations=self.random.randrange(70000), crc_errors=3)
                line.slip(self.random.randrange(1, 4))

    def bits(self) -> None:
        number = self.random.randrange(3)
        timeslot, abcd = self.random.choice(CHANNELS), self.random.randrange(16)
        if self.random.random() < 0.5:
            self.bench.sim.spans[number].set_cas(timeslot, abcd)
        else:
            self.sent[number][timeslot] = abcd
            self.bench.span(number + 1).set_cas(timeslot, abcd, self.bench.now)

    def command(self) -> None:
        port = self.bench.span(self.random.randrange(1, 4))
        if self.random.random() < 0.5:
            port.loop(self.random.choice([*Loopback]), self.bench.now)
        else:
            port.set_up(self.setup(), self.bench.now)

    def setup(self) -> SpanSetup:
        pick = self.random.choice
        return SpanSetup(
            crc4=pick([True, False]),
            impedance_ohm=pick([75, 120]),
            is_cas=pick([True, True, False]),
            clock_rank=self.random.randrange(4),
        )

    def rare(self) -> None:
        sim, slot = self.bench.sim, self.random.randrange(1, 3)
        match self.random.randrange(10):
            case 0:
                sim.remove_card(slot)
                self.pulled.add(slot)
            case 1 | 2 | 3 if self.pulled:
                back = self.pulled.pop()
                sim.insert_card(back, SLOTS[back - 1])
            case 4:
                kind = self.random.choice([*FaultKind])
                sim.spi.fail(self.random.randrange(1, 30), kind, self.random.choice([1, 5]))
            case 5 if slot not in self.pulled:
                sim.chip(slot, 0).reset()

    def heal(self) -> None:
        """Put right whatever may be wrong."""
        self.bench.sim.spi.heal()
        for slot in self.pulled:
            self.bench.sim.insert_card(slot, SLOTS[slot - 1])
        for number, line in enumerate(self.bench.sim.spans, 1):
            if line.is_cut:
                line.mend()
            for wrong in (line.send_ais, line.send_rai, line.lose_frames, line.lose_multiframe):
                wrong(False)
            self.bench.span(number).set_up(SpanSetup(is_cas=True, clock_rank=number), self.bench.now)
        self.bench.run(15.0)
        for number in (1, 2, 3):
            self.bench.span(number).loop(Loopback.NONE, self.bench.now)
        self.bench.run(HOLD_OFF_S + 2)


def check(events: list[Event]) -> None:
    """Only changes are told, only by a port that is up, and a second comes once a second."""
    up: set[str] = set()
    alarms: dict[str, frozenset[SpanAlarm]] = {}
    bits: dict[tuple[str, int], int] = {}
    second_at: dict[str, float] = {}
    source = ""
    for event in events:
        match event:
            case PortUp() | PortFailed():
                assert isinstance(event, PortFailed) or event.port not in up, event
                up = up | {event.port} if isinstance(event, PortUp) else up - {event.port}
                alarms[event.port] = frozenset()
                second_at.pop(event.port, None)
                bits = {place: value for place, value in bits.items() if place[0] != event.port}
            case SpanAlarms():
                assert event.port in up and alarms[event.port] != event.alarms, event
                alarms[event.port] = event.alarms
            case CasChanged():
                place = (event.port, event.timeslot)
                assert event.port in up and bits.get(place, 0b1101) != event.abcd, event
                bits[place] = event.abcd
            case SpanSecond():
                assert event.port in up and event.at - second_at.get(event.port, 0.0) > 0.7, event
                second_at[event.port] = event.at
            case ClockChanged():
                assert event.source != source and event.source in {"", *up}, event
                source = event.source
            case _:
                raise AssertionError(event)


@pytest.mark.parametrize("seed", range(6))
def test_nothing_that_happens_breaks_the_spans(make_bench: type[Bench], seed: int) -> None:
    bench = make_bench(SLOTS)
    events = bench.start()
    monkey = Monkey(bench, seed)
    for _ in range(300):
        monkey.act()
        events += bench.run(monkey.random.choice([0.01, 0.03, 0.1, 0.3, 1.0]))
    check(events)
    monkey.heal()
    assert bench.states() == {PortState.UP}
    for number, line in enumerate(bench.sim.spans, 1):
        port = bench.span(number)
        assert port.alarms == frozenset() and line.hears_frames and not line.hears_rai
        assert [port.cas[timeslot] for timeslot in CHANNELS] == [line.cas_sent[t] for t in CHANNELS]
        assert [line.cas[timeslot] for timeslot in CHANNELS] == [monkey.sent[number - 1][t] for t in CHANNELS]
    assert bench.board.clock_source == "span1"
    assert Backplane(bench.sim.spi).read(Reg.CLOCK_SOURCE) == clock_source(1, 0)
    kinds = {type(event).__name__ for event in events}
    assert kinds == {"PortUp", "PortFailed", "SpanAlarms", "SpanSecond", "CasChanged", "ClockChanged"}
