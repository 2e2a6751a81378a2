"""Start the emulator and the box as processes, as `make run` does, and end only those."""

from __future__ import annotations

import json
import os
import selectors
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from firmware.api.snapshot import Snapshot

LIMIT_S = 20.0
OWNER = {"X-Callbox-Actor": "test", "X-Callbox-Role": "owner"}


class Program:
    """One process whose output is read line by line."""

    def __init__(self, *args: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-u", "-m", *args], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.said = ""

    def wait_for(self, text: str) -> None:
        """Read until a line holds the text."""
        assert self.process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            while text not in self.said:
                assert selector.select(LIMIT_S), f"no {text!r} in time; said: {self.said}"
                line = os.read(self.process.stdout.fileno(), 4096).decode()
                assert line, f"ended without {text!r}; said: {self.said}"
                self.said += line

    def kill(self) -> None:
        """Pull the plug."""
        self.process.kill()
        self.process.wait(LIMIT_S)

    def end(self) -> int:
        """Ask it to end; gives the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        status = self.process.wait(LIMIT_S)
        assert self.process.stdout is not None
        self.said += self.process.stdout.read()
        return status


@contextmanager
def emulator(folder: Path) -> Iterator[Lab]:
    """An emulated board in real time."""
    program = Program("tools.emulator", "--socket", str(folder / "b"), "--control", str(folder / "lab"))
    try:
        program.wait_for("emulator: ready")
        yield Lab(folder / "lab")
    finally:
        program.end()


@contextmanager
def callbox(folder: Path, *more: str) -> Iterator[Program]:
    """The box on the emulated board of the same folder; killed at the end if it still runs."""
    program = Program("firmware", "run", "--data", str(folder / "data"), "--board", f"unix:{folder}/b", *more)
    try:
        program.wait_for("callbox: ready")
        yield program
    finally:
        if program.process.poll() is None:
            program.end()


class Lab:
    """The emulator's control socket."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def do(self, **command: object) -> dict[str, object]:
        """Give one command and its answer; a refusal fails the test."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
            link.settimeout(LIMIT_S)
            link.connect(str(self._path))
            link.sendall(json.dumps(command).encode() + b"\n")
            answer: dict[str, object] = json.loads(link.makefile().readline())
        assert answer["ok"], answer
        return answer


def api(folder: Path) -> httpx.Client:
    """A client of the box's API."""
    transport = httpx.HTTPTransport(uds=str(folder / "data" / "api.sock"))
    return httpx.Client(transport=transport, base_url="http://box", headers=OWNER, timeout=LIMIT_S)


def wait_for_state(client: httpx.Client, is_there: Callable[[Snapshot], object], what: str) -> Snapshot:
    """Follow the live picture until something is in it."""
    with client.stream("GET", "/v1/state/stream", timeout=LIMIT_S) as stream:
        for line in stream.iter_lines():
            if line.startswith("data:"):
                picture: Snapshot = json.loads(line[5:])
                if is_there(picture):
                    return picture
    raise AssertionError(f"the stream ended without {what}")
