"""The media thread against a board on a SOCK_SEQPACKET socket, and the pacing of the SPI exchange."""

from __future__ import annotations

import select
import socket
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from signal import SIGCONT, SIGSTOP

import pytest
from patience import PATIENCE_S

import cext
from cext import CextError, EventKind
from cext._dsp import ffi, lib
from tests.cext.ref import signal
from tests.cext.ref.board import SILENCE, block_from_board, read_block

TIMESLOTS = 4
BOARD_TIMEOUT_S = 3.0
ROOT = Path(__file__).parents[2]


class Board:
    """The board's end of the connection."""

    def __init__(self, path: Path) -> None:
        self.path = f"unix:{path}"
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._listener.bind(str(path))
        self._listener.listen(1)
        self._listener.settimeout(PATIENCE_S)
        self._connection: socket.socket | None = None
        self.frame = 0

    @property
    def connection(self) -> socket.socket:
        """The engine's connection, once it came."""
        if self._connection is None:
            self._connection, _ = self._listener.accept()
            self._connection.settimeout(PATIENCE_S)
        return self._connection

    def receive(self) -> tuple[int, list[bytes]]:
        """Take the engine's block."""
        return read_block(self.connection.recv(65536), TIMESLOTS)

    def send(self, octets: dict[int, bytes] | None = None) -> None:
        """Give the engine a block: lets it tick once."""
        self.connection.send(block_from_board(TIMESLOTS, octets, frame_counter=self.frame))
        self.frame += cext.BLOCK_SMP

    def hang_up(self) -> None:
        """Close the engine's connection."""
        self.connection.close()
        self._connection = None

    def close(self) -> None:
        """End."""
        if self._connection is not None:
            self._connection.close()
        self._listener.close()


@pytest.fixture
def board(tmp_path: Path) -> Iterator[Board]:
    """A board that listens."""
    board = Board(tmp_path / "tdm")
    yield board
    board.close()


@pytest.fixture
def engine() -> Iterator[cext.Engine]:
    """An engine that is stopped at the end."""
    engine = cext.Engine(TIMESLOTS, ())
    yield engine
    engine.stop()


def wait(engine: cext.Engine) -> list[cext.Event]:
    """Wait for the eventfd and take the events, but for how late this machine was."""
    events: list[cext.Event] = []
    while not events:
        ready, _, _ = select.select([engine.fileno()], [], [], PATIENCE_S)
        assert ready
        events = [event for event in engine.events() if event.kind is not EventKind.LATE]
    return events


def test_blocks_go_back_and_forth_and_events_wake_the_loop(board: Board, engine: cext.Engine) -> None:
    engine.start(board.path)
    assert board.receive() == (0, [SILENCE] * TIMESLOTS)
    engine.open(1)
    engine.play(1, bytes(range(80)) * 2, 7)
    for seq, last in ((1, bytes(range(80))), (2, bytes(range(80))), (3, SILENCE)):
        board.send()
        assert board.receive() == (seq, [SILENCE, last, SILENCE, SILENCE])
    (event,) = wait(engine)
    assert (event.kind, event.channel, event.id, event.at_smp) == (EventKind.PLAYED, 1, 7, 160)
    assert select.select([engine.fileno()], [], [], 0) == ([], [], [])
    assert engine.stats().ticks == 3
    assert engine.stats().longest_tick_ns > 0


def test_digits_come_as_events(board: Board, engine: cext.Engine) -> None:
    engine.open(0)
    engine.start(board.path)
    octets = signal.alaw(signal.digit("8", 80)) + SILENCE * 6
    for at in range(0, len(octets), 80):
        board.receive()
        board.send({0: octets[at : at + 80]})
    found = wait(engine)
    while len(found) < 2:
        found += wait(engine)
    assert [(e.kind, e.digit) for e in found] == [(EventKind.DIGIT_BEGIN, "8"), (EventKind.DIGIT_END, "8")]


def test_a_damaged_message_is_a_lost_block_not_an_end(board: Board, engine: cext.Engine) -> None:
    engine.start(board.path)
    for garbage in (b"x", b"\0" * 2000, block_from_board(TIMESLOTS)[:-1]):
        board.receive()
        board.connection.send(garbage)
    board.receive()
    found = wait(engine)
    while len(found) < 3:
        found += wait(engine)
    assert [event.kind for event in found] == [EventKind.BLOCK_LOST] * 3


def test_a_board_that_goes_is_reported_and_can_come_back(board: Board, engine: cext.Engine) -> None:
    engine.start(board.path)
    board.receive()
    board.hang_up()
    (event,) = wait(engine)
    assert (event.kind, event.id) == (EventKind.BOARD_GONE, 0)
    engine.start(board.path)
    assert len(board.receive()[1]) == TIMESLOTS


ENGINE = """
import sys, cext
engine = cext.Engine(int(sys.argv[2]), ())
engine.start(sys.argv[1])
sys.stdin.read()
"""


def test_an_engine_that_was_stopped_does_not_blame_the_board(board: Board) -> None:
    """As a virtual machine that stood still: both ends lost the time, and the board goes on."""
    command = [sys.executable, "-c", ENGINE, board.path, str(TIMESLOTS)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE) as process:
        assert board.receive()[0] == 0
        process.send_signal(SIGSTOP)
        select.select([], [], [], BOARD_TIMEOUT_S + 0.2)
        process.send_signal(SIGCONT)
        assert select.select([board.connection], [], [], 0.05)[0] == []  # it has not hung up
        board.send()
        assert board.receive()[0] == 1
        process.stdin.close()  # type: ignore[union-attr]


def test_stop_ends_the_thread_while_it_waits(board: Board, engine: cext.Engine) -> None:
    engine.start(board.path)
    board.receive()
    engine.stop()
    assert board.connection.recv(100) == b""
    engine.stop()  # twice is as good as once
    assert len(engine.tick(block_from_board(TIMESLOTS))) == 14 + 80 * TIMESLOTS
    assert engine.events() == []


def test_tick_and_start_are_refused_while_it_runs(board: Board, engine: cext.Engine) -> None:
    engine.start(board.path)
    with pytest.raises(CextError, match="real time"):
        engine.tick(block_from_board(TIMESLOTS))
    with pytest.raises(CextError, match="runs already"):
        engine.start(board.path)


def test_a_board_that_is_not_there_is_named(tmp_path: Path, engine: cext.Engine) -> None:
    for path, complaint in (
        (f"unix:{tmp_path}/nobody", "nobody.*No such file"),
        (f"unix:/{'x' * 200}", "name too long"),
        ("spidev:/dev/spidev9.9", "spidev9.9.*No such file"),
        ("spidev:/dev/null", "Inappropriate ioctl"),
    ):
        with pytest.raises(CextError, match=complaint):
            engine.start(path)


def test_an_engine_that_is_dropped_stops_its_thread(board: Board) -> None:
    engine = cext.Engine(TIMESLOTS, ())
    engine.start(board.path)
    board.receive()
    del engine
    assert board.connection.recv(100) == b""


# pacing by the frame counter


def paced(ticks: int, drift_ppm: float, quantum: int, late_at: int = -1) -> list[int]:
    """Exchange blocks with a board whose crystal is off; return its counter at each exchange.

    quantum  1: the counter runs on within a block; 80: the board hands out finished blocks
    """
    pacer = ffi.new("struct pacer *")
    lib.pacer_reset(pacer)
    now_ns, frames = 3e6, []
    for tick in range(ticks):
        now_ns += 25e6 if tick == late_at else 0
        frames.append(int(now_ns * (1 + drift_ppm * 1e-6) / 125_000 / quantum) * quantum)
        now_ns += lib.pacer_next_ns(pacer, frames[-1])
    return frames


@pytest.mark.parametrize("drift_ppm", [-100, -20, 0, 20, 100])
def test_the_pace_follows_a_counter_that_runs_within_the_block(drift_ppm: int) -> None:
    """After ten seconds we are within two frames of the board, and stay."""
    frames = paced(3000, drift_ppm, 1)
    behind = [frame - frames[0] - tick * 80 for tick, frame in enumerate(frames)]
    assert max(map(abs, behind[1000:])) <= 2


@pytest.mark.parametrize("drift_ppm", [-100, -20, 20, 100])
def test_the_pace_learns_the_drift_from_whole_blocks(drift_ppm: int) -> None:
    """100 ppm double or drop a block every 100 s; after two such slips there is hardly another in an hour."""
    frames = paced(360_000, drift_ppm, 80)
    slips = [tick for tick in range(1, len(frames)) if frames[tick] - frames[tick - 1] != 80]
    assert len(slips) <= 4
    assert all(abs(frames[tick] - frames[tick - 1] - 80) == 80 for tick in slips)


def test_the_pace_recovers_from_a_pause_of_the_host() -> None:
    """25 ms late: two blocks are gone, then the exchange sits in the middle of a block again."""
    for quantum in (1, 80):
        frames = paced(2000, 0, quantum, late_at=500)
        steps = [after - before for before, after in pairwise(frames[600:])]
        assert set(steps) <= {79, 80, 81} if quantum == 1 else set(steps) == {80}


def test_the_pace_starts_anew_when_the_counter_jumps() -> None:
    pacer = ffi.new("struct pacer *")
    lib.pacer_reset(pacer)
    for frame in (0, 80, 160, 1_000_000, 1_000_080):
        step_ns = lib.pacer_next_ns(pacer, frame)
        assert step_ns == 10_000_000
