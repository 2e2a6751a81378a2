"""A board of chip models with the real drivers over it, on a clock that the test moves."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from hal.board import Board
from hal.sim.board import SimBoard
from hal.types import Event

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
        """Let time pass; fail if the driver wants to be called without end."""
        events: list[Event] = []
        for _ in range(round(seconds / TICK_S)):
            self.now += TICK_S
            events += self.serve()
        return events

    def serve(self) -> list[Event]:
        events: list[Event] = []
        for _ in range(50):
            deadline = self.board.deadline()
            if not (self.sim.irq.read() or (deadline is not None and deadline <= self.now)):
                return events
            self.services += 1
            events += self.board.service(self.now)
        raise AssertionError(f"the driver asks for service for ever: {events}")


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def up(bench: Bench) -> Bench:
    """A bench whose ports are all up."""
    bench.start()
    return bench


def kinds(events: list[Event]) -> list[str]:
    """Return the events as `Name port`."""
    return [f"{type(event).__name__} {event.port}" for event in events]
