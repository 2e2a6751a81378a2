"""The device-tree overlay and the code name the same lines."""

from __future__ import annotations

import re
from pathlib import Path

from hal.linux import SPI_HZ
from hal.open import IRQ_DEFAULT

OVERLAY = Path(__file__).parents[2] / "board" / "overlays" / "callbox-overlay.dts"


def test_the_interrupt_line_is_the_one_of_the_overlay() -> None:
    text = OVERLAY.read_text()
    names = re.findall(r'"([^"]*)"', text.split("gpio-line-names =")[1].split(";")[0])
    line = int(IRQ_DEFAULT.rpartition(":")[2])
    assert names[line] == "CB_IRQ"
    assert f"brcm,pins = <{line}>" in text


def test_the_spi_runs_as_the_driver_asks() -> None:
    assert f"spi-max-frequency = <{SPI_HZ}>" in OVERLAY.read_text()
