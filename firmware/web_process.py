"""The web pages' process, kept alive by the daemon where no service manager does it."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import structlog

BACK_OFF_S = (0.5, 1.0, 2.0, 5.0, 15.0)
STABLE_S = 60.0
END_S = 3.0

log = structlog.get_logger("web")


class WebProcess:
    """Starts `python -m firmware.web` and starts it again when it dies, slower each time."""

    def __init__(self, address: str, api: Path, data: Path) -> None:
        self._address = address
        self._api = api
        self._data = data
        self._task: asyncio.Task[None] | None = None
        self._process: asyncio.subprocess.Process | None = None

    def start(self) -> None:
        """Begin; without an address there are no pages."""
        if self._address:
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
            self._process = await self._spawn()
            code = await self._process.wait()
            failures = 0 if loop.time() - began_at > STABLE_S else failures + 1
            pause_s = BACK_OFF_S[min(failures, len(BACK_OFF_S) - 1)]
            log.warning("the web process ended; starting it again", code=code, pause_s=pause_s)
            await asyncio.sleep(pause_s)

    async def _spawn(self) -> asyncio.subprocess.Process:
        host, _, port = self._address.rpartition(":")
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "firmware.web",
            "--api", str(self._api), "--data", str(self._data / "web"), "--host", host, "--port", port,
        )  # fmt: skip
