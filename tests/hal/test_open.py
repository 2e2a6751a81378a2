"""Addresses of boards."""

from __future__ import annotations

from pathlib import Path

import pytest

from hal.bus import HalError
from hal.link_server import LinkServer
from hal.open import open_board, open_irq
from hal.sim.board import SimBoard


def test_unix(tmp_path: Path) -> None:
    sim = SimBoard(("fxo4",), lambda: 0.0)
    server = LinkServer(tmp_path / "board", sim)
    board = open_board(f"unix:{tmp_path / 'board'}")
    assert board.irq_fd >= 0
    board.close()
    server.close()


@pytest.mark.parametrize("address", ["", "unix:", "spidev:0", "spidev:a.b", "usb:1", "/dev/spidev0.0"])
def test_wrong_addresses_are_refused(address: str) -> None:
    with pytest.raises(ValueError, match="allowed unix:PATH or spidev"):
        open_board(address)


@pytest.mark.parametrize("irq", ["", "gpiod:", "gpiod:25", "gpiod:/dev/gpiochip0:x", "rpi:", "rpi:x"])
def test_wrong_interrupt_lines_are_refused(irq: str) -> None:
    with pytest.raises(ValueError, match="allowed gpiod"):
        open_irq(irq)


def test_no_interrupt_line() -> None:
    assert open_irq("none") is None


def test_nothing_there(tmp_path: Path) -> None:
    for address in (f"unix:{tmp_path / 'nobody'}", "spidev:0.99"):
        with pytest.raises(HalError):
            open_board(address)
