from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from firmware.api.app import make_app as make_api
from firmware.api.client import ApiClient
from firmware.web.app import make_app
from tests.firmware.api.memory_box import CODE, MemoryBox

ORIGIN = {"Origin": "http://box"}


class Clock:
    """Seconds since 1970 that a test moves."""

    def __init__(self) -> None:
        self.utc_s = 1_800_000_000.0

    def __call__(self) -> float:
        return self.utc_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def box(tmp_path: Path) -> MemoryBox:
    return MemoryBox(tmp_path)


@pytest.fixture
def api(box: MemoryBox) -> ApiClient:
    return ApiClient(httpx.ASGITransport(make_api(box, lambda: 0.0)))


@pytest.fixture
async def web(api: ApiClient, tmp_path: Path, clock: Clock) -> AsyncIterator[httpx.AsyncClient]:
    """A browser of an English reader that is not logged in."""
    transport = httpx.ASGITransport(make_app(api, tmp_path, clock))
    headers = ORIGIN | {"Accept-Language": "en-GB,en;q=0.9,zh;q=0.1"}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://box", headers=headers, follow_redirects=True
    ) as client:
        yield client


@pytest.fixture
async def owner(web: httpx.AsyncClient) -> httpx.AsyncClient:
    """The same browser after the set-up."""
    form = {"code": CODE, "name": "ada", "password": "four words make it", "again": "four words make it"}
    answer = await web.post("/setup", data=form)
    assert answer.status_code == 200, answer.text
    return web
