"""Server-sent events of the live picture.

A client holds at most one pending change: however slow it reads, it gets the newest picture and costs the box
nothing more. Changes closer together than `MIN_GAP_S` are one event.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import TypeAlias, cast

from firmware.api.core import Core, Refused
from firmware.api.delta import NO_CHANGE, Picture, change, merged
from firmware.text import Text

Writer: TypeAlias = Callable[[Picture, Picture], tuple[str, Picture]]

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

    def open(self, core: Core, *, only_changes: bool = False) -> AsyncIterator[str]:
        """Begin a stream of pictures; or of one picture, and then of changes (`delta.py`).

        raises  Refused `busy` with `MAX_CLIENTS` open
        """
        if self.clients >= MAX_CLIENTS:
            raise Refused("busy", _FULL)
        return self._events(core, _changes if only_changes else _pictures)

    async def _events(self, core: Core, write: Writer) -> AsyncIterator[str]:
        changed = asyncio.Event()
        changed.set()
        unsubscribe = core.subscribe(changed.set)
        self.clients += 1
        self._wakers.add(changed)
        shown: Picture = {}
        try:
            while True:
                is_changed = await self._wait(changed)
                if self._is_closed:
                    return
                if is_changed:
                    changed.clear()
                    event, shown = write(shown, cast("Picture", core.snapshot()))
                    yield event
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


def _pictures(_shown: Picture, new: Picture) -> tuple[str, Picture]:
    return _event("state", new), new


def _changes(shown: Picture, new: Picture) -> tuple[str, Picture]:
    """Write the first picture, then changes; gives what the reader has afterwards."""
    if not shown:
        return _event("state", new), merged(new, NO_CHANGE)  # a copy: the box may go on with its own
    changes = change(shown, new)
    return _event("change", changes), merged(shown, changes)


def _event(kind: str, data: Picture) -> str:
    return f"event: {kind}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
