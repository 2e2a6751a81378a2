"""SPI of the emulated board, and the faults that can be put into its transactions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from hal.bus import HalError, HalErrorKind


class FaultKind(StrEnum):
    """How a transaction fails."""

    TIMEOUT = "timeout"  # never reaches the board
    SHORT_READ = "short-read"  # executed, but the end of the answer is missing
    BAD_REQUEST = "bad-request"  # an octet is damaged on the way to the board
    BAD_ANSWER = "bad-answer"  # executed, but an octet is damaged on the way back


@dataclass(slots=True)
class _Fault:
    first: int
    last: int
    kind: FaultKind


class SimSpi:
    """The host's SPI; implements `hal.bus.SpiDevice`."""

    def __init__(self, transact: Callable[[bytes], bytes]) -> None:
        self._transact = transact
        self._fault: _Fault | None = None
        self.transactions = 0  # so far
        self.injected = 0  # faults that were really met

    def fail(self, nth: int, kind: FaultKind, count: int = 1) -> None:
        """Let `count` transactions fail from the `nth` on (1 = the next). Replaces earlier faults."""
        first = self.transactions + nth
        self._fault = _Fault(first, first + count - 1, kind)

    def heal(self) -> None:
        """Take out what `fail` put in."""
        self._fault = None

    def transaction(self, data: bytes) -> bytes:
        """Exchange octets with the board, or fail as told."""
        self.transactions += 1
        fault = self._fault
        if fault is None or not fault.first <= self.transactions <= fault.last:
            return self._transact(data)
        self.injected += 1
        match fault.kind:
            case FaultKind.TIMEOUT:
                raise HalError(HalErrorKind.TIMEOUT, "injected")
            case FaultKind.SHORT_READ:
                return self._transact(data)[:-3]
            case FaultKind.BAD_REQUEST:
                return self._transact(_damage(data, len(data) // 4))
        return _damage(self._transact(data), len(data) * 3 // 4)

    def close(self) -> None:
        """Nothing to let go of."""


def _damage(data: bytes, position: int) -> bytes:
    return data[:position] + bytes((data[position] ^ 0x10,)) + data[position + 1 :]
