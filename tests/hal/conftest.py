"""A board of chip models with the real drivers over it, on a clock that the test moves."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from hal.board import Board
from hal.fxo import Si3050Port
from hal.fxs import Si3210Port
from hal.sim.board import SimBoard
from hal.span import Ds26521Port
from hal.types import Event, PortState, SpanSecond

TICK_S = 0.01


class Bench:
    """SimBoard, driver and clock; `run` steps like the box does in virtual time."""

    def __init__(self, slots: Sequence[str | None] = ("fxo4", "fxs4")) -> None:
        self.now = 1000.0
        self.sim = SimBoard(slots, lambda: self.now)
        self.board = Board(self.sim.spi, self.sim.irq)
        self.services = 0

    def start(self) -> list[Event]:
        self.board.start(self.now)
        return self.run(2.0)

    def run(self, seconds: float) -> list[Event]:
        """Let time pass, stepping like the box does; fail if the driver wants to be called without end."""
        events: list[Event] = []
        for _ in range(round(seconds / TICK_S)):
            self.now += TICK_S
            events += self.serve()
        return events

    def serve(self) -> list[Event]:
        events: list[Event] = []
        if self.sim.irq_is_asserted:
            self.services += 1
            events += self.board.service(self.now)
        for _ in range(50):
            deadline = self.board.deadline()
            if deadline is None or deadline > self.now:
                return events
            self.services += 1
            events += self.board.service(self.now)
        raise AssertionError(f"the driver asks for service for ever: {events}")

    def fxo(self, number: int = 1) -> Si3050Port:
        port = self.board.ports[f"fxo{number}"]
        assert isinstance(port, Si3050Port)
        return port

    def fxs(self, number: int = 1) -> Si3210Port:
        port = self.board.ports[f"fxs{number}"]
        assert isinstance(port, Si3210Port)
        return port

    def span(self, number: int = 1) -> Ds26521Port:
        port = self.board.ports[f"span{number}"]
        assert isinstance(port, Ds26521Port)
        return port

    def run_quiet(self, seconds: float) -> list[Event]:
        """Like `run`, without the event that every span gives every second."""
        return [event for event in self.run(seconds) if not isinstance(event, SpanSecond)]

    def states(self) -> set[PortState]:
        return {port.state for port in self.board.ports.values()}

    @staticmethod
    def names(events: list[Event], port: str = "") -> list[str]:
        """Return the names of the events, of one port or of all."""
        return [type(event).__name__ for event in events if port in (event.port, "")]


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def up(bench: Bench) -> Bench:
    """A bench whose ports are all up."""
    bench.start()
    assert bench.states() == {PortState.UP}
    return bench


@pytest.fixture
def make_bench() -> type[Bench]:
    return Bench
