"""What the chip models share: latched time, an interrupt line, octets from the backplane's tunnel.

A model does nothing by itself. Whoever looks at it says what time it is, and it catches up (`advance`);
`next_change` says until when nothing will happen, so that an idle board costs nothing.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from math import inf
from typing import TypeAlias

Clock: TypeAlias = Callable[[], float]
PCLKS_PER_TIMESLOT = 8


class SimChip(ABC):
    """A chip model."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.next_change = inf
        self.on_change: Callable[[], None] = _ignore
        self.is_clocked = True  # PCLK runs

    @property
    @abstractmethod
    def is_interrupting(self) -> bool:
        """The INT pin is asserted."""

    @property
    @abstractmethod
    def timeslot(self) -> int | None:
        """Timeslot on the card's own highway, None while the PCM side is off or set to no whole timeslot."""

    @abstractmethod
    def advance(self, now: float) -> None:
        """Catch up with the time."""

    @abstractmethod
    def reset(self) -> None:
        """Pull the reset pin."""

    def clock_moved(self) -> None:
        """Notice that PCLK stopped or runs again."""
        self.on_change()

    def _changed(self) -> None:
        """Catch up, then tell the board that its view of this chip is old."""
        self.advance(self._clock())
        self.on_change()


class SerialPort(ABC):
    """What hangs on one chip select."""

    @abstractmethod
    def exchange(self, data: bytes, flags: int) -> bytes:
        """Take octets from the gateware, and return as many."""


def _ignore() -> None:
    """Nobody is listening yet."""


def timeslot_of(tx_start: int, rx_start: int) -> int | None:
    """Return the timeslot for start counts in PCLK cycles, None if they differ or are no whole timeslot."""
    if tx_start != rx_start or tx_start % PCLKS_PER_TIMESLOT:
        return None
    return tx_start // PCLKS_PER_TIMESLOT
