"""The emulator as a process: sockets in, a call through them in real time, a clean end."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
from binascii import crc_hqx
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from patience import PATIENCE_S

from hal.linux import SerialUart
from hal.open import open_board
from hal.panel import KeyPressed, Panel
from hal.types import PortUp, RingStarted
from tools.emulator.__main__ import main
from tools.emulator.alaw import SILENCE, decode, encode, level_dbm0
from tools.emulator.front import framed
from tools.emulator.process import make_way
from tools.emulator.signals import tone
from tools.emulator.sound import load, save
from tools.lab import LabClient, LabError

ROOT = Path(__file__).resolve().parents[3]
BLOCK_SMP = 80
PRESS_TICKS = 500  # between two tries to press a key
MANY_TICKS = 9000
N_BLOCKS = 60  # of sound that must have come through


class Running:
    """An emulator process and its paths."""

    def __init__(self, folder: Path, *words: str) -> None:
        self.board = folder / "board.sock"
        self.tdm = folder / "board.sock.tdm"
        self.control = folder / "lab.sock"
        self.said = ""
        command = [sys.executable, "-m", "tools.emulator", "--socket", self.board, "--control", self.control]
        self.process = subprocess.Popen(
            [*command, *words],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def line(self) -> str:
        assert self.process.stdout is not None
        fd = self.process.stdout.fileno()  # select sees nothing of what readline has read ahead
        while "\n" not in self.said:
            ready, _, _ = select.select([fd], [], [], PATIENCE_S)
            octets = os.read(fd, 4096) if ready else b""
            assert octets, f"the emulator says no more than {self.said!r}"
            self.said += octets.decode()
        line, _, self.said = self.said.partition("\n")
        return line

    def end(self) -> tuple[int, str, str]:
        self.process.send_signal(signal.SIGTERM)
        out, err = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode, out, err


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    emulator = Running(tmp_path)
    try:
        assert emulator.line().startswith("emulator: ready: fxo4 fxs4;")
        yield emulator
    finally:
        emulator.process.kill()
        emulator.process.communicate()


PAGE = ("callbox".ljust(20), "http://10.0.0.7".ljust(20), " " * 20, "Set-up code 12345678")


def test_the_front_panel_over_its_pty(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    link = tmp_path / "panel"
    emulator = Running(tmp_path, "--panel-link", str(link), "--show-panel")
    request.addfinalizer(emulator.process.kill)  # a failing test must leave no process behind
    assert "ready" in emulator.line()
    panel = Panel(SerialUart(str(link)))
    panel.show(PAGE)
    box = Box(emulator)  # its blocks pace this test
    with LabClient(emulator.control) as lab:
        for key in ("down", "ok"):
            press_until_taken(lab, box, panel, key)
        while tuple(lab.ask("state")["display"]) != PAGE:
            box.tick()
            panel.service(box.now)
            assert box.ticks < MANY_TICKS
    printed = [emulator.line() for _ in range(6)]
    while printed != framed(PAGE).split("\n"):  # a page that stood still half painted is printed, too
        printed = [emulator.line() for _ in range(6)]
    panel.close()
    box.close()
    code, _, err = emulator.end()
    assert (code, err) == (0, "") and not link.is_symlink()


def press_until_taken(lab: LabClient, box: Box, panel: Panel, key: str) -> None:
    """Press as people do: again when nothing comes of it; a busy machine may lose its panel."""
    again_at = box.ticks
    while True:
        if box.ticks >= again_at:
            with suppress(LabError):  # nobody has greeted the panel yet
                lab.ask("key", key=key)
                again_at = box.ticks + PRESS_TICKS
        box.tick()
        events = panel.service(box.now)
        if any(isinstance(event, KeyPressed) and event.key == key for event in events):
            return
        assert box.ticks < MANY_TICKS


class Box:
    """Drivers and an engine that only passes blocks, over the sockets."""

    def __init__(self, running: Running) -> None:
        self.board = open_board(f"unix:{running.board}")
        self.highway = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.highway.settimeout(PATIENCE_S)
        self.highway.connect(str(running.tdm))
        self.now = 0.0
        self.ticks = 0
        self.events: list[object] = []
        self.heard = bytearray()  # fxo1
        self.speech = SILENCE  # to fxo1, again and again
        self.board.start(0.0)

    def tick(self) -> None:
        """Exchange a block, paced by the emulator; the drivers' time is the blocks'."""
        self.ticks += 1
        self.now = self.ticks / 100
        octets = bytearray(SILENCE * self.board.timeslots)
        octets[:: self.board.timeslots] = self.speech
        head = struct.pack(">BBHHHI", 5, 0xCB, self.ticks & 0xFFFF, 80, self.board.timeslots, 0)
        block = head + octets
        self.highway.send(block + struct.pack(">H", crc_hqx(block, 0xFFFF)))
        answer = self.highway.recv(65536)
        assert crc_hqx(answer, 0xFFFF) == 0 and len(answer) == len(block) + 2
        self.heard += answer[12 : -2 : self.board.timeslots]
        self.events += self.board.service(self.now)

    def until(self, kind: type, count: int = 1) -> None:
        for _ in range(MANY_TICKS):
            if sum(isinstance(event, kind) for event in self.events) >= count:
                return
            self.tick()
        raise AssertionError(f"no {kind.__name__} in {self.events}")

    def until_heard(self, n_blocks: int) -> None:
        """Tick until so many blocks from fxo1 were sound."""
        self.heard.clear()
        for _ in range(MANY_TICKS):
            self.tick()
            if len(loud(decode(self.heard))) >= n_blocks:
                return
        raise AssertionError(f"heard {len(loud(decode(self.heard)))} blocks; {self.events}")

    def close(self) -> None:
        self.highway.close()
        self.board.close()


def loud(samples: np.ndarray) -> list[float]:
    """Give the levels of the blocks that are not mute, in dBm0: those that a busy machine lost are."""
    blocks = np.asarray(samples)[: len(samples) // BLOCK_SMP * BLOCK_SMP].reshape(-1, BLOCK_SMP)
    return [level for level in map(level_dbm0, blocks) if level > -40]


def test_a_call_in_real_time(running: Running, tmp_path: Path) -> None:
    voice, record = tmp_path / "voice.wav", tmp_path / "heard.wav"
    save(voice, encode(tone((1000,), 60.0, -12)))
    box = Box(running)
    box.until(PortUp, 8)
    box.speech = encode(tone((600,), 0.01, -18))
    with LabClient(running.control) as lab:
        call = lab.ask("call", line="fxo1", number="1001", audio=voice, record=record)
        box.until(RingStarted)
        box.board.ports["fxo1"].seize(box.now)
        box.until_heard(N_BLOCKS)
        lab.ask("hangup", line="fxo1")
        end = lab.ask("wait", call=call["call"])
    assert end["outcome"] == "hung-up" and end["talked_s"] >= N_BLOCKS / 100
    assert np.median(loud(decode(box.heard))) == pytest.approx(-12, abs=0.5)
    there = loud(load(record))
    assert len(there) >= N_BLOCKS / 2 and np.median(there) == pytest.approx(-18, abs=0.5)
    box.close()
    code, out, err = running.end()
    assert (code, err) == (0, "") and out.startswith("emulator: ended: ")
    assert [path.name for path in tmp_path.iterdir() if path.is_socket()] == []


def test_an_engine_that_dies_leaves_silence_and_may_come_back(running: Running) -> None:
    box = Box(running)
    box.until(PortUp, 8)
    box.close()
    again = Box(running)
    again.until(PortUp, 8)
    again.close()
    with LabClient(running.control) as lab:
        assert lab.ask("state")["lines"]["fxo1"]["state"] == "idle"


def test_a_second_emulator_is_refused(running: Running, tmp_path: Path) -> None:
    second = Running(tmp_path)
    _, err = second.process.communicate(timeout=PATIENCE_S)
    assert second.process.returncode == 1
    assert "in use: another emulator runs" in err
    with LabClient(running.control) as lab:
        assert lab.ask("state")["ok"]


def test_sockets_of_a_dead_emulator_are_replaced(tmp_path: Path) -> None:
    first = Running(tmp_path)
    assert "ready" in first.line()
    os.kill(first.process.pid, signal.SIGKILL)
    first.process.communicate(timeout=PATIENCE_S)
    assert first.control.is_socket()
    second = Running(tmp_path)
    assert "ready" in second.line()
    assert second.end()[0] == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('slots = ["fxo5"]', "slots.0: got 'fxo5': Input should be 'fxo4', 'fxs4', 'fxo2fxs2'"),
        ("[lines.fxo1]\nring_on_s = 99", "lines.fxo1.ring_on_s: got 99: Input should be less than or equal"),
        ("colour = 1", "colour: got 1: Extra inputs are not permitted"),
        ("[lines.fxo9]", "no fxo9 on this board (lines: fxo1, fxo2, fxo3, fxo4)"),
        ('[subscribers.110]\naudio = "nothing.wav"', "nothing.wav: No such file"),
        ("slots = [", "not TOML"),
    ],
)
def test_a_bad_configuration_is_refused_by_name(tmp_path: Path, capsys, text: str, message: str) -> None:
    config = tmp_path / "emulator.toml"
    config.write_text(text)
    paths = ("--socket", str(tmp_path / "b"), "--control", str(tmp_path / "c"))
    assert main(["--config", str(config), *paths]) == 1
    said = capsys.readouterr()
    assert said.out == "" and said.err.startswith("emulator: ") and message in said.err


def test_make_way_keeps_what_is_no_socket(tmp_path: Path) -> None:
    path = tmp_path / "notes"
    path.write_text(json.dumps("keep"))
    with pytest.raises(OSError, match="is there and is no socket"):
        make_way(path)
    assert path.exists()
