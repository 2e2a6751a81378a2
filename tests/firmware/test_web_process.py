"""The pages' process: an address that is taken is told, and taken over when it is free."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from patience import PATIENCE_S
from processes import reserved_port

from firmware.text import Text
from firmware.web_process import WebProcess, split_address, why_not


@pytest.fixture
def taken() -> socket.socket:
    return socket.create_server(("127.0.0.1", 0))


def test_addresses() -> None:
    assert split_address("127.0.0.1:8080") == ("127.0.0.1", 8080)
    assert split_address("[::1]:80") == ("::1", 80)


@pytest.mark.parametrize("text", ["8080", ":8080", "host:", "host:0", "host:65536", "host:http", "host:٣"])
def test_what_is_no_address_is_refused_with_what_is_allowed(text: str) -> None:
    with pytest.raises(ValueError, match="allowed is HOST:PORT"):
        split_address(text)


def test_why_an_address_cannot_be_used(taken: socket.socket) -> None:
    with taken:
        assert why_not("127.0.0.1", taken.getsockname()[1]) == "Address already in use"
    with reserved_port() as free:
        assert why_not("127.0.0.1", free) == ""
    assert why_not("192.0.2.1", free) == "Cannot assign requested address"


def test_a_taken_port_is_told_in_both_languages_before_anything_is_started(
    taken: socket.socket, tmp_path: Path
) -> None:
    told: list[Text | None] = []
    address = f"127.0.0.1:{taken.getsockname()[1]}"

    async def begin_and_end() -> None:
        web = WebProcess(address, tmp_path / "api.sock", tmp_path, told.append)
        web.start()
        assert len(told) == 1
        assert told[0] is not None
        await asyncio.sleep(0)
        await web.stop()

    with taken:
        asyncio.run(begin_and_end())
    for text in told:
        assert text is not None
        assert address in text.zh
        assert "Address already in use" in text.en
        assert "--web" in text.en


def test_the_pages_end_with_the_process_that_started_them(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "firmware.web", "--api", str(tmp_path / "api.sock")]
    command += ["--data", str(tmp_path), "--end-with-stdin", "--port"]
    with reserved_port() as port:
        pages = subprocess.Popen([*command, str(port)], stdin=subprocess.PIPE)
        assert pages.stdin is not None
        pages.stdin.close()
        assert pages.wait(timeout=PATIENCE_S) in (0, -signal.SIGTERM)
        assert why_not("127.0.0.1", port) == ""
