"""The API on its socket."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from firmware.api import serve as serving
from firmware.api.serve import SocketInUse, serve, uids_of
from tests.firmware.api.memory_box import MemoryBox

HEADERS = {"X-Callbox-Actor": "ada", "X-Callbox-Role": "owner"}


@pytest.fixture
async def path(tmp_path: Path) -> AsyncIterator[Path]:
    server, task = serve(MemoryBox(tmp_path), tmp_path / "api.sock", lambda: 0.0)
    yield tmp_path / "api.sock"
    server.should_exit = True
    await task


async def get(path: Path, address: str) -> httpx.Response:
    transport = httpx.AsyncHTTPTransport(uds=str(path))
    async with httpx.AsyncClient(transport=transport, base_url="http://box", headers=HEADERS) as client:
        return await client.get(address)


async def test_our_own_uid_is_served(path: Path) -> None:
    assert (await get(path, "/v1/state")).json()["box"]["id"] == "b1"


async def test_the_picture_streams_through_the_socket(path: Path) -> None:
    transport = httpx.AsyncHTTPTransport(uds=str(path))
    async with (
        httpx.AsyncClient(transport=transport, base_url="http://box", headers=HEADERS) as client,
        client.stream("GET", "/v1/state/stream") as answer,
    ):
        lines = answer.aiter_lines()
        assert await anext(lines) == "event: state"
        assert (await anext(lines)).startswith('data: {"box": {"id": "b1"')


async def test_others_cannot_even_open_the_socket(path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o660


async def test_a_foreign_uid_is_sent_away(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "peer_uid", lambda _socket: 4_000_000_000)
    answer = await get(path, "/v1/state")
    assert answer.status_code == 403
    assert answer.json()["error"]["field"] == "uid"


async def test_the_kernel_tells_the_peer(tmp_path: Path) -> None:
    seen = []

    async def met(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(serving.peer_uid(writer.get_extra_info("socket")))
        writer.close()

    server = await asyncio.start_unix_server(met, tmp_path / "s")
    reader, writer = await asyncio.open_unix_connection(tmp_path / "s")
    await reader.read()
    writer.close()
    server.close()
    assert seen == [os.getuid()]


async def test_a_second_daemon_is_refused_and_a_dead_socket_replaced(path: Path, tmp_path: Path) -> None:
    await get(path, "/v1/auth")
    with pytest.raises(SocketInUse):
        serve(MemoryBox(tmp_path), path, lambda: 0.0)
    dead = tmp_path / "dead.sock"
    serving.listen(dead).close()
    serving.listen(dead).close()


def test_users_that_do_not_exist_give_no_uid() -> None:
    assert uids_of(["root", "no-such-user"]) == {0}
