"""A far end made of libopenr2 1.3.3 (Debian: libopenr2-dev): built into a program, and led by lines."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

from patience import PATIENCE_S

from firmware.spans.r2.channel import R2Channel
from firmware.spans.r2.types import HearMf, Out, SendMf, SetCas
from firmware.spans.r2.variant import Setup
from tests.support.r2_tones import SILENCE, Tones

_WRAPPED = ("ioctl", "read", "write", "gettimeofday")
BLOCK_SMP, TICK_SMP = 160, 80
_NAMES = {"itu": "itu", "china": "cn"}
CAUSES = {"busy": 0, "congestion": 1, "unallocated": 2, "out-of-order": 3, "normal": 6}


def build(folder: Path) -> Path:
    """Compile the program into a folder."""
    program = folder / "peer"
    source = Path(__file__).with_name("peer.c")
    wrap = ",".join(["-Wl", *(f"--wrap={name}" for name in _WRAPPED)])
    subprocess.run(
        [
            "gcc",
            "-Wall",
            "-Wextra",
            "-Werror",
            "-O1",
            "-o",
            program,
            source,
            wrap,
            "-l:libopenr2.a",
            "-lm",
            "-lpthread",
        ],
        check=True,
    )
    return program


class Peer:
    """One circuit's end in libopenr2, and what it told: words as in peer.c."""

    def __init__(self, program: Path, variant: str, *, digits: int, is_ani_first: bool = False) -> None:
        args = [str(program), _NAMES[variant], "20", str(digits), str(int(is_ani_first))]
        self._process = subprocess.Popen(args, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.told: list[str] = []
        self.bits = 0b1001

    def close(self) -> None:
        """End the program."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        self._process.stdout.close()
        assert self._process.wait(PATIENCE_S) == 0

    def ask(self, line: str) -> str:
        """Give the program's answer to a line."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().rstrip("\n")

    def do(self, line: str) -> None:
        """Ask for something that must not be refused."""
        assert self.ask(line) == "0", line

    def step(self, now: float, bits: int, heard: bytes) -> tuple[bytes, list[str]]:
        """Let 20 ms pass; give what it says on the line, and what happened."""
        answer = self.ask(f"step {round(now * 1e6)} {bits} {heard.hex()}")
        sent, octets, what = answer.split(" ", 2)
        self.bits = int(sent)
        happened = [word for word in what.split(";") if word]
        self.told += happened
        return bytes.fromhex(octets), happened


class Bench:
    """Our channel and libopenr2 on one circuit: bits and A-law both ways, 10 ms by 10 ms."""

    def __init__(self, peer: Peer, setup: Setup, tones: Tones) -> None:
        self.peer, self.channel = peer, R2Channel(setup)
        self.now = 100.0
        self.said: list[Out] = []
        self.on_told: Callable[[str], None] = lambda word: None
        self.on_said: Callable[[Out], None] = lambda out: None
        self._bits = 0b1001
        self._tones = tones
        self._to_peer = b""
        self._from_peer = SILENCE * BLOCK_SMP  # what is on its way
        self.do(self.channel.line(True, self.now))
        self.run(0.5)
        self.said.clear()
        self.peer.told.clear()

    def do(self, outs: list[Out]) -> None:
        """Carry out what our channel asks, and note what it says."""
        for out in outs:
            match out:
                case SetCas(abcd):
                    self._bits = abcd
                case SendMf(signal, is_forward):
                    self._tones.send(signal, is_forward)
                case HearMf(direction):
                    self._tones.listen(direction)
                case _:
                    self.said.append(out)
                    self.on_said(out)

    def run(self, seconds: float, until: Callable[[], bool] = lambda: False) -> None:
        """Let time pass, at most until something is so."""
        end = self.now + seconds
        while self.now < end and not until():
            self._tick()

    def _tick(self) -> None:
        self.now += 0.01
        heard, self._from_peer = self._from_peer[:TICK_SMP], self._from_peer[TICK_SMP:]
        octets, signals = self._tones.tick(heard)
        self._to_peer += octets
        if len(self._to_peer) == BLOCK_SMP:
            self._step_peer()
        self.do(self.channel.cas(self.peer.bits, self.now))
        for signal, is_on in signals:
            self.do(self.channel.mf(signal, is_on, self.now))
        self.do(self.channel.tick(self.now))

    def _step_peer(self) -> None:
        octets, happened = self.peer.step(self.now, self._bits, self._to_peer)
        self._from_peer += octets
        self._to_peer = b""
        for word in happened:
            self.on_told(word)
