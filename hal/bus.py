"""The one seam to the hardware: SPI transactions, GPIO lines, UART bytes.

Drivers are written against these protocols alone; `hal/linux.py`, `hal/gpio.py` and `hal/link.py` give them
bodies on a real board and towards the emulator, `hal/sim/` gives them a body in the same process.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol


class HalErrorKind(StrEnum):
    """What went wrong with a transfer."""

    TIMEOUT = "timeout"  # no answer in time
    ABSENT = "absent"  # nothing there: no device file, an empty slot, nobody listening
    BUS = "bus"  # the operating system or the link refused the transfer
    PROTOCOL = "protocol"  # an answer came that is not valid
    UNSUPPORTED = "unsupported"  # this body or this board cannot do that


class HalError(Exception):
    """Trouble below the ports; `.kind` says which sort."""

    def __init__(self, kind: HalErrorKind, detail: str) -> None:
        super().__init__(f"{kind}: {detail}")
        self.kind = kind
        self.detail = detail


class SpiDevice(Protocol):
    """One chip select of an SPI controller."""

    def transaction(self, data: bytes) -> bytes:
        """Clock `data` out with the chip select held, and return what came in.

        gives   as many octets as went out
        raises  HalError
        """

    def close(self) -> None: ...


class GpioInput(Protocol):
    """A line that is read."""

    def read(self) -> bool:
        """Return the level, True = high, and forget edges seen so far."""

    @property
    def has_edges(self) -> bool:
        """`fd` really tells of edges; without, the line must be polled."""

    @property
    def fd(self) -> int:
        """Becomes readable on a rising edge (maybe a falling one too) until the next `read`; -1 if never."""

    def close(self) -> None: ...


class GpioOutput(Protocol):
    """A line that is driven."""

    def write(self, is_high: bool) -> None: ...

    def close(self) -> None: ...


class Uart(Protocol):
    """A serial port, 8N1."""

    def read(self) -> bytes:
        """Return what has arrived, possibly nothing. Never waits."""

    def write(self, data: bytes) -> None: ...

    @property
    def fd(self) -> int: ...

    def close(self) -> None: ...
