"""Hours of random world and random commands: nothing raises, nothing storms, events make sense."""

from __future__ import annotations

import random
from collections import defaultdict
from typing import TYPE_CHECKING

import pytest

from hal.sim.faults import FaultKind
from hal.sim.physics import PhysicsError
from hal.types import Event, PortState

if TYPE_CHECKING:
    from tests.hal.conftest import Bench

PAIRS = {
    "RingStopped": "RingStarted",
    "LineFound": "LineLost",
    "OnHook": "OffHook",
}
NEEDS_OFF_HOOK = {"HookFlash"}


class Monkey:
    """Does something at random to one of the ports, the lines, the cards or the bus."""

    def __init__(self, bench: Bench, seed: int) -> None:
        self.bench = bench
        self.random = random.Random(seed)
        self.pulled: set[int] = set()

    def act(self) -> None:
        act = self.random.choice([self.line, self.line, self.phone, self.phone, self.command, self.rare])
        try:
            act()
        except PhysicsError:
            pass  # the world cannot do that now

    def line(self) -> None:
        line = self.random.choice(self.bench.sim.fxo)
        match self.random.randrange(7):
            case 0 | 1:
                line.set_ringing(75, self.random.choice([20, 25, 50]))
            case 2 | 3:
                line.set_ringing(0, 25)
            case 4:
                line.set_battery(self.random.choice([48, 48, -48, 0]))
            case 5:
                line.unplug()
            case 6:
                line.plug()

    def phone(self) -> None:
        phone = self.random.choice(self.bench.sim.fxs)
        phone.hang_up() if phone.is_off_hook else phone.lift()

    def command(self) -> None:
        now = self.bench.now
        fxo = self.bench.fxo(self.random.randrange(1, 3))
        fxs = self.bench.fxs(self.random.randrange(1, 3))
        match self.random.randrange(7):
            case 0:
                fxo.seize(now)
            case 1 | 2:
                fxo.release(now)
            case 3:
                fxo.monitor(self.random.random() < 0.5, now)
            case 4:
                fxs.ring((400, 200, 400, 2000), now)
            case 5:
                fxs.stop_ring(now)
            case 6:
                fxs.reverse(self.random.random() < 0.5, now)

    def rare(self) -> None:
        sim = self.bench.sim
        match self.random.randrange(12):
            case 0:
                sim.remove_card(1)
                self.pulled.add(1)
            case 1 | 2 | 3 if self.pulled:
                sim.insert_card(self.pulled.pop(), "fxo2fxs2")
            case 4:
                sim.spi.fail(
                    self.random.randrange(1, 30), self.random.choice([*FaultKind]), self.random.choice([1, 5])
                )
            case 5:
                if 1 not in self.pulled:
                    sim.chip(1, self.random.randrange(4)).reset()


def check_order(events: list[Event]) -> None:
    """An end comes after its begin, and neither twice; a failure or a seizure may cut a pair short."""
    open_now: dict[str, set[str]] = defaultdict(set)
    for event in events:
        name, opened = type(event).__name__, open_now[event.port]
        if name in ("PortUp", "PortFailed"):
            opened.clear()
        elif name in PAIRS:
            assert PAIRS[name] in opened, (name, event)
            opened.remove(PAIRS[name])
        elif name in PAIRS.values():
            assert name not in opened or name == "RingStarted", (name, event)
            opened.add(name)
        elif name in NEEDS_OFF_HOOK:
            assert "OffHook" in opened, event


@pytest.mark.parametrize("seed", range(6))
def test_nothing_that_happens_breaks_the_board(make_bench: type[Bench], seed: int) -> None:
    bench = make_bench(("fxo2fxs2",))
    events = bench.start()
    monkey = Monkey(bench, seed)
    for _ in range(400):
        monkey.act()
        events += bench.run(monkey.random.choice([0.01, 0.03, 0.1, 0.3, 1.0]))
    check_order(events)
    bench.sim.spi.heal()
    if monkey.pulled:
        bench.sim.insert_card(1, "fxo2fxs2")
    bench.run(15.0)
    assert bench.states() == {PortState.UP}
    assert {type(event).__name__ for event in events} >= {"RingStarted", "OffHook", "LineLost", "PortFailed"}
