"""The web pages' process, kept alive by the daemon where no service manager does it."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import structlog

from firmware.text import Text

BACK_OFF_S = (0.5, 1.0, 2.0, 5.0, 15.0)
STABLE_S = 60.0
END_S = 3.0
PROVEN_S = 5.0  # pages that lived so long do work
FAILURES_MAX = 3  # in a row, until somebody is told
_KEEPS_ENDING = Text(
    zh="网页程序一再退出。请把日志发给我们；重启设备也许有用。电话不受影响。",
    en="The pages' program ends again and again. Send us the log; a restart may help. Calls go on.",
)

log = structlog.get_logger("web")


class WebProcess:
    """Starts `python -m firmware.web` and starts it again when it dies, slower each time.

    address  HOST:PORT, as `split_address` reads it; empty for no pages
    trouble  is told why there are no pages, and None when there are
    """

    def __init__(self, address: str, api: Path, data: Path, trouble: Callable[[Text | None], None]) -> None:
        self._host, self._port = split_address(address) if address else ("", 0)
        self._api = api
        self._data = data
        self._trouble = trouble
        self._task: asyncio.Task[None] | None = None
        self._process: asyncio.subprocess.Process | None = None

    def start(self) -> None:
        """Begin; without an address there are no pages."""
        if self._port:
            self._can_listen()  # told before the box says that it is ready
            self._task = asyncio.create_task(self._keep(), name="web")

    async def stop(self) -> None:
        """End the process: asked first, then by force."""
        if self._task is None:
            return
        self._task.cancel()
        process = self._process
        if process is not None and process.returncode is None:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), END_S)
            except TimeoutError:
                process.kill()

    async def _keep(self) -> None:
        failures = 0
        loop = asyncio.get_running_loop()
        while True:
            began_at = loop.time()
            if self._can_listen():
                await self._run_once()
            failures = 0 if loop.time() - began_at > STABLE_S else failures + 1
            if failures >= FAILURES_MAX and self._can_listen():
                self._trouble(_KEEPS_ENDING)
            await asyncio.sleep(BACK_OFF_S[min(failures, len(BACK_OFF_S) - 1)])

    async def _run_once(self) -> None:
        """Start the pages and wait for their end; there is no more trouble once they have lived a while."""
        self._process = await self._spawn()
        ended = asyncio.create_task(self._process.wait())
        try:
            await asyncio.wait([ended], timeout=PROVEN_S)
            if not ended.done():
                self._trouble(None)
            log.warning("the web process ended; starting it again", code=await ended)
        finally:
            ended.cancel()

    def _can_listen(self) -> bool:
        why = why_not(self._host, self._port)
        if why:
            self._trouble(_no_pages(f"{self._host}:{self._port}", why))
        return not why

    async def _spawn(self) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "firmware.web",
            "--api", str(self._api), "--data", str(self._data / "web"),
            "--host", self._host, "--port", str(self._port), "--end-with-stdin",
            stdin=asyncio.subprocess.PIPE,  # ends with this process, however that ended
        )  # fmt: skip


def split_address(text: str) -> tuple[str, int]:
    """Read HOST:PORT, an IPv6 address in brackets.

    raises  ValueError with what is allowed
    """
    host, _, port = text.rpartition(":")
    if not host or not (port.isascii() and port.isdecimal() and 0 < int(port) < 65536):
        raise ValueError(f"{text!r}: allowed is HOST:PORT, a port from 1 to 65535, such as 127.0.0.1:8080")
    return host.strip("[]"), int(port)


def why_not(host: str, port: int) -> str:
    """Tell why nobody can listen there now; empty if one can."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        return error.strerror or str(error)
    return ""


def _no_pages(address: str, why: str) -> Text:
    return Text(
        zh=f"网页无法在 {address} 打开（{why}）。请关闭占用该地址的程序，或用 --web 换一个。电话不受影响。",
        en=f"No pages at {address}: {why}. End the program that uses it, or choose another with --web. "
        "Calls go on.",
    )
