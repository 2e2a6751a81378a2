"""The live picture's way from the box to many pages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest
from patience import PATIENCE_S

from firmware.api.client import ApiClient, ApiDown
from firmware.web import hub as hubs
from firmware.web.hub import Hub


class Box:
    """Sends the pictures a test gives; None = goes away."""

    def __init__(self) -> None:
        self.pictures: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
        self.connections = 0

    async def watch(self, _who: object) -> AsyncIterator[dict[str, Any]]:
        self.connections += 1
        while (picture := await self.pictures.get()) is not None:
            yield picture
        raise ApiDown()


@pytest.fixture
async def box() -> Box:
    return Box()


@pytest.fixture
async def hub(box: Box, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Hub]:
    monkeypatch.setattr(hubs, "FIRST_RETRY_S", 0.0)
    monkeypatch.setattr(hubs, "LAST_RETRY_S", 0.0)
    hub = Hub(cast("ApiClient", box))
    running = asyncio.create_task(hub.run())
    yield hub
    running.cancel()
    await asyncio.wait([running])


async def until(what: Any) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not what():
            await asyncio.sleep(0)


async def test_each_page_is_woken_and_gets_only_the_newest(hub: Hub, box: Box) -> None:
    viewers = [hub.join()[0] for _ in range(3)]
    for viewer in viewers:
        viewer.changed.clear()
    for number in range(5):
        box.pictures.put_nowait({"number": number})
    await until(lambda: hub.picture == {"number": 4})
    assert all(viewer.changed.is_set() for viewer in viewers)


async def test_a_page_that_leaves_is_not_woken(hub: Hub, box: Box) -> None:
    viewer, leave = hub.join()
    leave()
    viewer.changed.clear()
    box.pictures.put_nowait({"number": 1})
    await until(lambda: hub.picture is not None)
    assert not viewer.changed.is_set()


async def test_a_box_that_goes_away_is_told_and_found_again(hub: Hub, box: Box) -> None:
    box.pictures.put_nowait({"number": 1})
    await until(lambda: hub.picture == {"number": 1})
    box.pictures.put_nowait(None)
    await until(lambda: hub.picture is None)
    box.pictures.put_nowait({"number": 2})
    await until(lambda: hub.picture == {"number": 2})
    assert box.connections == 2
