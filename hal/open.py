"""Open a board by its address: the one place that knows all bodies of the seam."""

from __future__ import annotations

from pathlib import Path

from hal.board import Board
from hal.bus import GpioInput
from hal.gpio import GpiodInput, RpiInput
from hal.link import UnixGpio, UnixSpi
from hal.linux import SpidevSpi

IRQ_DEFAULT = "gpiod:/dev/gpiochip0:25"  # board/overlays/callbox-overlay.dts


def open_board(address: str, irq: str = IRQ_DEFAULT, country: str = "CN") -> Board:
    """Open the board behind an address; `Board.start` comes next.

    address  unix:PATH (the emulator) or spidev:BUS.DEVICE
    irq      with spidev: gpiod:CHIP:LINE, rpi:BCM or none (then the board is polled every 20 ms)
    country  two letters, for the analog side of the lines
    raises   HalError ABSENT or UNSUPPORTED; ValueError for an address of no known form
    """
    kind, _, rest = address.partition(":")
    if kind == "unix" and rest:
        return Board(UnixSpi(Path(rest)), UnixGpio(Path(rest)), country)
    bus, dot, device = rest.partition(".")
    if kind == "spidev" and dot and bus.isdecimal() and device.isdecimal():
        return Board(SpidevSpi(int(bus), int(device)), open_irq(irq), country)
    raise ValueError(f"board address: {address!r}, allowed unix:PATH or spidev:BUS.DEVICE")


def open_irq(irq: str) -> GpioInput | None:
    """Open the interrupt line by its address, as in `open_board`."""
    if irq == "none":
        return None
    kind, _, rest = irq.partition(":")
    chip, _, line = rest.rpartition(":")
    if kind == "gpiod" and chip and line.isdecimal():
        return GpiodInput(chip, int(line))
    if kind == "rpi" and rest.isdecimal():
        return RpiInput(int(rest))
    raise ValueError(f"interrupt line: {irq!r}, allowed gpiod:CHIP:LINE, rpi:BCM or none")
