"""What all ports share: their life from STARTING to UP and FAILED, and the way back.

Bringing a chip up is a generator that yields the seconds until it wants to go on, so no port ever waits. A
port that fails says so once for each reason, and is tried again every `RETRY_S` from the beginning.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager
from math import inf
from types import TracebackType
from typing import TypeAlias

from hal.bus import HalError, HalErrorKind
from hal.types import Event, FailReason, PortFailed, PortInfo, PortState, PortUp

RETRY_S = 10.0
Steps: TypeAlias = Generator[float, None, None]
Emit: TypeAlias = Callable[[Event], None]


class PortTrouble(Exception):
    """The chip is not what it should be; becomes the port's failure."""

    def __init__(self, reason: FailReason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class ChipPort(ABC):
    """A port on a chip behind the backplane."""

    def __init__(self, info: PortInfo, emit: Emit) -> None:
        self._info = info
        self._emit = emit
        self._state = PortState.STARTING
        self._said: FailReason | None = None
        self._steps: Steps | None = None
        self._steps_due = inf
        self.deadline = inf  # when `step` wants to be called next

    @property
    def info(self) -> PortInfo:
        """Where the port is."""
        return self._info

    @property
    def state(self) -> PortState:
        """Whether the port can be used."""
        return self._state

    @property
    def is_up(self) -> bool:
        """The port can be used."""
        return self._state is PortState.UP

    @abstractmethod
    def _bring_up(self) -> Steps:
        """Make the chip work, from any state it may be in; yield seconds to wait."""

    @abstractmethod
    def _enter_up(self, now: float) -> None:
        """Forget what was known of line or phone, and do the last writes, just before the port is UP."""

    @abstractmethod
    def _run(self, now: float) -> None:
        """Do what is due while the port is UP."""

    @abstractmethod
    def _timers(self) -> float:
        """Return when `_run` wants to be called next."""

    def start(self, now: float) -> None:
        """Begin to bring the chip up, at the next `step`."""
        self._steps = self._bring_up()
        self._steps_due = now
        self.deadline = now

    def step(self, now: float) -> None:
        """Do what is due: the next step of bring-up, a retry, or a running port's timers."""
        with self.trouble(now):
            if self._steps is not None:
                self._advance(now)
            elif self._state is PortState.FAILED:
                self.start(now)
            else:
                self._run(now)
                self._plan()

    def _advance(self, now: float) -> None:
        assert self._steps is not None
        if now < self._steps_due:
            return
        try:
            self.deadline = self._steps_due = now + next(self._steps)
        except StopIteration:
            self._become_up(now)

    def _become_up(self, now: float) -> None:
        self._enter_up(now)
        self._steps = None
        self._said = None
        self._state = PortState.UP
        self._emit(PortUp(self._info.name, now))
        self._plan()

    def _plan(self) -> None:
        if self._state is PortState.UP:
            self.deadline = self._timers()

    def fail(self, reason: FailReason, detail: str, now: float, retry_s: float = RETRY_S) -> None:
        """Take the port out of service, and plan the next try."""
        self._steps = None
        self._state = PortState.FAILED
        self.deadline = now + retry_s
        if reason is not self._said:
            self._said = reason
            self._emit(PortFailed(self._info.name, now, reason, detail))

    def trouble(self, now: float) -> AbstractContextManager[None]:
        """Turn errors of the bus and of the chip into the port's failure."""
        return _Trouble(self, now)


class _Trouble:
    """Catches HalError and PortTrouble for a port."""

    def __init__(self, port: ChipPort, now: float) -> None:
        self._port = port
        self._now = now

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if isinstance(error, PortTrouble):
            self._port.fail(error.reason, error.detail, self._now)
        elif isinstance(error, HalError):
            self._port.fail(bus_reason(error), str(error), self._now)
        else:
            return False
        return True


def bus_reason(error: HalError) -> FailReason:
    """Tell what a failed transfer means for the ports behind it."""
    return FailReason.CARD_GONE if error.kind is HalErrorKind.ABSENT else FailReason.BUS
