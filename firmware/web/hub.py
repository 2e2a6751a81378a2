"""The live picture for all open pages: one stream from the box, fanned out to browsers.

A page holds at most one pending picture: a sleeping laptop costs nothing and gets the newest when it wakes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from firmware.api.client import ApiClient, ApiError, Who

WATCHER = Who("web", "agent")
FIRST_RETRY_S = 0.3
LAST_RETRY_S = 3.0


@dataclass(eq=False, slots=True)
class Viewer:
    """A page that watches."""

    changed: asyncio.Event = field(default_factory=asyncio.Event)


class Hub:
    """Keeps the newest picture; `picture` is None while the box does not answer."""

    def __init__(self, api: ApiClient) -> None:
        self._api = api
        self._viewers: set[Viewer] = set()
        self.picture: dict[str, Any] | None = None
        self.version = 0

    def join(self) -> tuple[Viewer, Callable[[], None]]:
        """Begin to watch; the first picture is due at once. Gives the way to leave."""
        viewer = Viewer()
        viewer.changed.set()
        self._viewers.add(viewer)
        return viewer, lambda: self._viewers.discard(viewer)

    async def run(self) -> None:
        """Follow the box for ever, through its restarts."""
        wait_s = FIRST_RETRY_S
        while True:
            try:
                async for picture in self._api.watch(WATCHER):
                    wait_s = FIRST_RETRY_S
                    self._set(picture)
            except ApiError:
                if self.picture is not None:
                    self._set(None)
            await asyncio.sleep(wait_s)
            wait_s = min(2 * wait_s, LAST_RETRY_S)

    def _set(self, picture: dict[str, Any] | None) -> None:
        self.picture = picture
        self.version += 1
        for viewer in self._viewers:
            viewer.changed.set()
