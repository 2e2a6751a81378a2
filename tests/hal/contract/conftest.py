"""The bodies of the seam that the contract suite runs over: models in the same process, or over the link."""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from patience import PATIENCE_S

from hal.board import Board
from hal.bus import GpioInput, SpiDevice
from hal.link import UnixGpio, UnixSpi
from hal.link_server import LinkServer
from hal.sim.board import SimBoard
from hal.types import Event

TICK_S = 0.01


class ServerThread:
    """Runs a LinkServer; `look` is done in its thread too, and waited for."""

    def __init__(self, path: Path, sim: SimBoard) -> None:
        self.server = LinkServer(path, sim)
        self._mine, self._theirs = socket.socketpair()
        self._mine.settimeout(PATIENCE_S)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while True:
            readable, _, _ = select.select([self.server.fileno(), self._theirs.fileno()], [], [])
            if self._theirs.fileno() in readable:
                if self._theirs.recv(1) == b"q":
                    return
                self.server.look()
                self._theirs.send(b"!")
            self.server.handle()

    def look(self) -> None:
        self._mine.send(b"l")
        assert self._mine.recv(1), "the server's thread ended"

    def stop(self) -> None:
        self._mine.send(b"q")
        self._thread.join(PATIENCE_S)
        self.server.close()
        self._mine.close()
        self._theirs.close()


class Rig:
    """A board behind one of the bodies, and the world around it."""

    def __init__(self, sim: SimBoard, spi: SpiDevice, irq: GpioInput, clock: list[float]) -> None:
        self.sim = sim
        self.irq = irq
        self.board = Board(spi, irq)
        self.look: Callable[[], None] = lambda: None
        self._clock = clock

    @property
    def now(self) -> float:
        return self._clock[0]

    def run(self, seconds: float) -> list[Event]:
        events: list[Event] = []
        for _ in range(round(seconds / TICK_S)):
            self._clock[0] += TICK_S
            self.look()
            if self.irq.read():
                events += self.board.service(self.now)
            for _ in range(50):
                deadline = self.board.deadline()
                if deadline is None or deadline > self.now:
                    break
                events += self.board.service(self.now)
            else:
                raise AssertionError(f"the driver asks for service for ever: {events}")
        return events


MakeRig = Callable[[Sequence[str | None]], Rig]


@pytest.fixture(params=["sim", "link"])
def make_rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MakeRig]:
    """Build a board behind the body under test."""
    clock = [1000.0]
    ends: list[Callable[[], None]] = []

    def make(slots: Sequence[str | None]) -> Rig:
        sim = SimBoard(slots, lambda: clock[0])
        if request.param == "sim":
            return Rig(sim, sim.spi, sim.irq, clock)
        thread = ServerThread(tmp_path / "board", sim)
        ends.append(thread.stop)
        rig = Rig(sim, UnixSpi(tmp_path / "board", PATIENCE_S), UnixGpio(tmp_path / "board"), clock)
        ends.insert(0, rig.board.close)
        rig.look = thread.look
        return rig

    yield make
    for end in ends:
        end()
