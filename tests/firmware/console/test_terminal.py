"""The terminal's size, and what is kept away from it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pty
import termios

import pytest
from patience import PATIENCE_S
from prompt_toolkit.data_structures import Size

from firmware.console import terminal as terminals
from firmware.console.terminal import Terminal, clean


class Line:
    """A pty whose far end answers the question for the cursor's place."""

    def __init__(self, answer: bytes) -> None:
        self.outside, self.inside = pty.openpty()
        self._answer = answer
        asyncio.get_running_loop().add_reader(self.outside, self._read)

    def _read(self) -> None:
        if b"\x1b[6n" in os.read(self.outside, 4096):
            os.write(self.outside, self._answer)

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self.outside)
        os.close(self.outside)
        os.close(self.inside)


async def size_of(answer: bytes, kernel: tuple[int, int] = (0, 0)) -> Size:
    line = Line(answer)
    termios.tcsetwinsize(line.outside, kernel)
    with contextlib.closing(line), contextlib.closing(Terminal(line.inside)) as terminal:
        before = termios.tcgetattr(line.inside)
        await terminal.find_size()
        assert termios.tcgetattr(line.inside) == before
        return terminal.size


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminals, "PROBE_S", PATIENCE_S)


async def test_the_kernel_knows() -> None:
    assert await size_of(b"", kernel=(50, 132)) == Size(50, 132)


async def test_the_terminal_is_asked() -> None:
    assert await size_of(b"noise\x1b[40;120R") == Size(40, 120)


async def test_an_absurd_answer_is_bounded() -> None:
    assert await size_of(b"\x1b[1;1R") == Size(5, 40)
    assert await size_of(b"\x1b[9999;9999R") == Size(200, 300)


async def test_without_an_answer_it_is_24_by_80(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminals, "PROBE_S", 0.05)
    assert await size_of(b"") == Size(24, 80)
    assert await size_of(b"\x1b[R") == Size(24, 80)


def test_nothing_odd_is_stored() -> None:
    assert clean("a\x00b\x1b[31mc\x7f 中文 \udcff") == "ab[31mc 中文 ?"
