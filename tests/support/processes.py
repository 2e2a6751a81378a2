"""Start the emulator and the box as processes, as `make run` does, and end only those.

Nothing here expects a state that passes by: a busy machine may stand still for seconds, and whoever looks
then sees only what lasts.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from patience import PATIENCE_S

from firmware.api.snapshot import Snapshot

OWNER = {"X-Callbox-Actor": "test", "X-Callbox-Role": "owner"}
CALLER = "13800138000"
KEYS = ",".join(f"1@{second}" for second in range(4, 60, 5))  # as people do: again when nothing comes of it


class Program:
    """One process. All it says is read at once: a full pipe would stop it."""

    def __init__(self, *args: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-u", "-m", *args], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        self.said = ""
        self._is_silent = False
        self._news = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        octets = bytearray()
        while more := os.read(self.process.stdout.fileno(), 65536):
            octets += more
            with self._news:
                self.said = octets.decode("utf-8", "replace")
                self._news.notify_all()
        with self._news:
            self._is_silent = True
            self._news.notify_all()

    def wait_for(self, text: str) -> None:
        """Wait until it has said the text."""
        with self._news:
            self._news.wait_for(lambda: text in self.said or self._is_silent, PATIENCE_S)
            assert text in self.said, f"{'ended' if self._is_silent else 'waited'}; said: {self.said}"

    def kill(self) -> None:
        """Pull the plug."""
        self.process.kill()
        self._gone()

    def end(self) -> int:
        """Ask it to end; gives the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(PATIENCE_S)
        finally:
            self.kill()

    def _gone(self) -> None:
        self.process.wait()
        self._reader.join(PATIENCE_S)


@contextmanager
def emulator(folder: Path, *more: str) -> Iterator[Lab]:
    """An emulated board in real time."""
    program = Program(
        "tools.emulator", "--socket", str(folder / "b"), "--control", str(folder / "lab"), *more
    )
    try:
        program.wait_for("emulator: ready")
        yield Lab(folder / "lab")
    finally:
        program.end()


@contextmanager
def callbox(folder: Path, *more: str) -> Iterator[Program]:
    """The box on the emulated board of the same folder; ended at the end if it still runs."""
    program = Program("firmware", "run", "--data", str(folder / "data"), "--board", f"unix:{folder}/b", *more)
    try:
        program.wait_for("callbox: ready")
        yield program
    finally:
        program.end()


class Lab:
    """The emulator's control socket."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def do(self, **command: object) -> dict[str, Any]:
        """Give one command and its answer; a refusal fails the test."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
            link.settimeout(PATIENCE_S)
            link.connect(str(self._path))
            link.sendall(json.dumps(command).encode() + b"\n")
            answer: dict[str, Any] = json.loads(link.makefile().readline())
        assert answer["ok"], answer
        return answer

    def call_if_idle(self) -> None:
        """Let a caller ring line 1 who presses 1 now and then; a box that stood still may have lost one."""
        if self.do(do="state")["lines"]["fxo1"]["state"] == "idle":
            self.do(do="call", line="fxo1", number=CALLER, keys=KEYS)


@contextmanager
def reserved_port() -> Iterator[int]:
    """A port of 127.0.0.1 that nobody else gets by chance.

    Two sockets may have one address while none of them listens, so that the pages can still take it.
    """
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        yield int(holder.getsockname()[1])


def api(folder: Path) -> httpx.Client:
    """A client of the box's API."""
    transport = httpx.HTTPTransport(uds=str(folder / "data" / "api.sock"))
    return httpx.Client(transport=transport, base_url="http://box", headers=OWNER, timeout=PATIENCE_S)


def wait_for_state(
    client: httpx.Client,
    is_there: Callable[[Snapshot], object],
    what: str,
    nudge: Callable[[], None] = lambda: None,
) -> Snapshot:
    """Follow the live picture until something is in it that stays.

    nudge  done before each look: what a person would do again
    """
    picture: Snapshot | None = None
    give_up_at = time.monotonic() + PATIENCE_S
    nudge()
    with client.stream("GET", "/v1/state/stream") as stream:
        for line in stream.iter_lines():  # there is a heartbeat every 10 s
            if line.startswith("data:"):
                picture = json.loads(line[5:])
                if is_there(picture):
                    return picture
            if time.monotonic() > give_up_at:
                break
            nudge()
    raise AssertionError(f"no {what}: {picture}")
