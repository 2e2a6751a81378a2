"""The stream of live pictures, without a clock: gaps and heartbeats are set to nothing or for ever."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import cast

import pytest

from firmware.api.core import Refused
from firmware.api.stream import MAX_CLIENTS, Streams
from tests.firmware.api.memory_box import MemoryBox


@pytest.fixture
def box(tmp_path: Path) -> MemoryBox:
    return MemoryBox(tmp_path)


def generator(streams: Streams, box: MemoryBox) -> aclosing[AsyncIterator[str]]:
    return aclosing(cast("AsyncIterator[str]", streams.open(box)))  # type: ignore[type-var]


def waiting(event: str) -> int:
    data = json.loads(event.split("data: ", 1)[1])
    return len(data["queues"][0]["waiting"])


async def test_the_picture_comes_at_once_and_after_a_change(box: MemoryBox) -> None:
    async with generator(Streams(60.0, 0.0), box) as events:
        assert waiting(await anext(events)) == 0
        box.call_arrives()
        assert waiting(await anext(events)) == 1


async def test_a_slow_reader_gets_the_newest_only(box: MemoryBox) -> None:
    async with generator(Streams(60.0, 0.0), box) as events:
        await anext(events)
        for number in range(1000):
            box.call_arrives(str(number))
        newest = await anext(events)
        assert '"caller": "999"' in newest
        pending = asyncio.ensure_future(anext(events))
        await asyncio.sleep(0)
        assert not pending.done()
        pending.cancel()
        await asyncio.wait([pending])


async def test_silence_has_a_heartbeat(box: MemoryBox) -> None:
    async with generator(Streams(0.0, 0.0), box) as events:
        await anext(events)
        assert await anext(events) == ": \n\n"


async def test_the_streams_end_when_the_box_stops(box: MemoryBox) -> None:
    streams = Streams(60.0, 0.0)
    async with generator(streams, box) as events:
        await anext(events)
        streams.close()
        with pytest.raises(StopAsyncIteration):
            await anext(events)
    assert streams.clients == 0


async def test_a_client_that_leaves_is_forgotten(box: MemoryBox) -> None:
    streams = Streams(60.0, 0.0)
    async with generator(streams, box) as events:
        await anext(events)
        assert (len(box.watchers), streams.clients) == (1, 1)
    assert (len(box.watchers), streams.clients) == (0, 0)


async def test_too_many_clients_are_refused(box: MemoryBox) -> None:
    streams = Streams(60.0, 0.0)
    streams.clients = MAX_CLIENTS
    with pytest.raises(Refused, match="busy"):
        streams.open(box)
