"""Server-sent events of the live picture.

A client holds at most one pending change: however slow it reads, it gets the newest picture and costs the box
nothing more. Changes closer together than `MIN_GAP_S` are one event.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

from firmware.api.core import Core, Refused
from firmware.text import Text

HEARTBEAT_S = 10.0
MIN_GAP_S = 0.2
MAX_CLIENTS = 32
_FULL = Text(
    zh="同时观看的程序太多。请关闭一些后再试。",
    en="Too many programs are watching. Close some and try again.",
)


class Streams:
    """All open streams of one app."""

    def __init__(self, heartbeat_s: float = HEARTBEAT_S, min_gap_s: float = MIN_GAP_S) -> None:
        self._heartbeat_s = heartbeat_s
        self._min_gap_s = min_gap_s
        self.clients = 0
        self._is_closed = False
        self._wakers: set[asyncio.Event] = set()

    def close(self) -> None:
        """End all streams; the box is about to stop."""
        self._is_closed = True
        for changed in self._wakers:
            changed.set()

    def open(self, core: Core) -> AsyncIterator[str]:
        """Begin a stream.

        raises  Refused `busy` with `MAX_CLIENTS` open
        """
        if self.clients >= MAX_CLIENTS:
            raise Refused("busy", _FULL)
        return self._events(core)

    async def _events(self, core: Core) -> AsyncIterator[str]:
        changed = asyncio.Event()
        changed.set()
        unsubscribe = core.subscribe(changed.set)
        self.clients += 1
        self._wakers.add(changed)
        try:
            while True:
                is_changed = await self._wait(changed)
                if self._is_closed:
                    return
                if is_changed:
                    changed.clear()
                    yield f"event: state\ndata: {json.dumps(core.snapshot(), ensure_ascii=False)}\n\n"
                    await asyncio.sleep(self._min_gap_s)
                else:
                    yield ": \n\n"
        finally:
            self.clients -= 1
            self._wakers.discard(changed)
            unsubscribe()

    async def _wait(self, changed: asyncio.Event) -> bool:
        try:
            async with asyncio.timeout(self._heartbeat_s):
                return await changed.wait()
        except TimeoutError:
            return False
