from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from firmware.api.app import make_app
from tests.firmware.api.memory_box import MemoryBox


@pytest.fixture
def box(tmp_path: Path) -> MemoryBox:
    return MemoryBox(tmp_path)


@pytest.fixture
async def api(box: MemoryBox) -> AsyncIterator[httpx.AsyncClient]:
    """A face with the owner's rights."""
    headers = {"X-Callbox-Actor": "ada", "X-Callbox-Role": "owner"}
    transport = httpx.ASGITransport(make_app(box, lambda: 0.0))
    async with httpx.AsyncClient(transport=transport, base_url="http://box", headers=headers) as client:
        yield client
