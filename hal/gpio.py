"""GPIO lines of a Linux board: bodies over gpiod 2.x and over the RPi.GPIO interface (also rpi-lgpio)."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Protocol, cast

from hal.bus import HalError, HalErrorKind
from hal.linux import load_package

CONSUMER = "callbox"


class GpiodRequest(Protocol):
    """What is used of `gpiod.LineRequest`."""

    @property
    def fd(self) -> int: ...

    def get_value(self, line: int) -> object: ...

    def set_value(self, line: int, value: object) -> None: ...

    def wait_edge_events(self, timeout: float) -> bool: ...

    def read_edge_events(self) -> object: ...

    def release(self) -> None: ...


class GpiodEnum(Protocol):
    """The members of gpiod's enumerations that are used."""

    INPUT: object
    OUTPUT: object
    RISING: object
    ACTIVE: object
    INACTIVE: object


class GpiodLine(Protocol):
    """What is used of `gpiod.line`."""

    Direction: GpiodEnum
    Edge: GpiodEnum
    Value: GpiodEnum


class GpiodModule(Protocol):
    """What is used of `gpiod`."""

    line: GpiodLine

    def LineSettings(self, **settings: object) -> object: ...  # noqa: N802  # the package's name

    def request_lines(self, path: str, config: Mapping[int, object], consumer: str) -> GpiodRequest: ...


class _GpiodLine(ABC):
    """One requested line."""

    def __init__(self, path: str, offset: int, module: GpiodModule | None) -> None:
        self._gpiod = module or cast(GpiodModule, load_package("gpiod"))
        self._offset = offset
        settings = self._gpiod.LineSettings(**self._settings())
        try:
            self._request = self._gpiod.request_lines(path, {offset: settings}, CONSUMER)
        except OSError as error:
            raise HalError(HalErrorKind.ABSENT, f"{path} line {offset}: {error.strerror}") from error

    @abstractmethod
    def _settings(self) -> dict[str, object]: ...

    def close(self) -> None:
        """Give the line back."""
        self._request.release()


class GpiodInput(_GpiodLine):
    """An input with edges; implements `hal.bus.GpioInput`."""

    has_edges = True

    def __init__(self, path: str, offset: int, module: GpiodModule | None = None) -> None:
        """Request a line of a GPIO chip.

        path    /dev/gpiochip0, say
        raises  HalError ABSENT, UNSUPPORTED
        """
        super().__init__(path, offset, module)

    def _settings(self) -> dict[str, object]:
        line = self._gpiod.line
        return {"direction": line.Direction.INPUT, "edge_detection": line.Edge.RISING}

    @property
    def fd(self) -> int:
        """Readable while edges are queued."""
        return self._request.fd

    def read(self) -> bool:
        """Return the level, and forget edges seen so far."""
        try:
            while self._request.wait_edge_events(0):
                self._request.read_edge_events()
            return self._request.get_value(self._offset) == self._gpiod.line.Value.ACTIVE
        except OSError as error:
            raise HalError(HalErrorKind.BUS, f"gpiod: {error.strerror}") from error


class GpiodOutput(_GpiodLine):
    """An output, low at first; implements `hal.bus.GpioOutput`."""

    def __init__(self, path: str, offset: int, module: GpiodModule | None = None) -> None:
        """Request a line of a GPIO chip.

        raises  HalError ABSENT, UNSUPPORTED
        """
        super().__init__(path, offset, module)

    def _settings(self) -> dict[str, object]:
        return {"direction": self._gpiod.line.Direction.OUTPUT}

    def write(self, is_high: bool) -> None:
        """Drive the line."""
        value = self._gpiod.line.Value
        try:
            self._request.set_value(self._offset, value.ACTIVE if is_high else value.INACTIVE)
        except OSError as error:
            raise HalError(HalErrorKind.BUS, f"gpiod: {error.strerror}") from error


class RpiModule(Protocol):
    """What is used of `RPi.GPIO`."""

    BCM: int
    IN: int
    OUT: int
    RISING: int

    def setmode(self, mode: int) -> None: ...

    def setup(self, channel: int, direction: int) -> None: ...

    def input(self, channel: int) -> int: ...

    def output(self, channel: int, value: int) -> None: ...

    def add_event_detect(self, channel: int, edge: int, callback: Callable[[int], None]) -> None: ...

    def remove_event_detect(self, channel: int) -> None: ...

    def cleanup(self, channel: int) -> None: ...


class _RpiLine(ABC):
    """One line by its BCM number."""

    def __init__(self, channel: int, module: RpiModule | None) -> None:
        self._gpio = module or cast(RpiModule, load_package("RPi.GPIO"))
        self._channel = channel
        self._gpio.setmode(self._gpio.BCM)
        try:
            self._gpio.setup(channel, self._direction())
        except (RuntimeError, ValueError) as error:  # ValueError: no such channel
            raise HalError(HalErrorKind.ABSENT, f"GPIO {channel}: {error}") from error

    @abstractmethod
    def _direction(self) -> int: ...

    def close(self) -> None:
        """Give the line back."""
        self._gpio.cleanup(self._channel)


class RpiInput(_RpiLine):
    """An input; implements `hal.bus.GpioInput`.

    The package tells of edges in a thread of its own; here they become a readable descriptor. With kernels
    from 6.6 on RPi.GPIO 0.7.1 refuses edges: then `has_edges` is False and the level must be polled.
    """

    def __init__(self, channel: int, module: RpiModule | None = None) -> None:
        """Set a line up as input.

        channel  BCM number
        raises   HalError ABSENT, UNSUPPORTED
        """
        super().__init__(channel, module)
        self._fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self.has_edges = True
        try:
            self._gpio.add_event_detect(channel, self._gpio.RISING, callback=self._on_edge)
        except RuntimeError:
            self.has_edges = False

    def _direction(self) -> int:
        return self._gpio.IN

    def _on_edge(self, channel: int) -> None:
        os.eventfd_write(self._fd, 1)

    @property
    def fd(self) -> int:
        """Readable after an edge; -1 without edges."""
        return self._fd if self.has_edges else -1

    def read(self) -> bool:
        """Return the level, and forget edges seen so far."""
        try:
            os.eventfd_read(self._fd)
        except BlockingIOError:
            pass
        return bool(self._gpio.input(self._channel))

    def close(self) -> None:
        """Give the line back."""
        if self.has_edges:
            self._gpio.remove_event_detect(self._channel)
        super().close()
        os.close(self._fd)


class RpiOutput(_RpiLine):
    """An output; implements `hal.bus.GpioOutput`."""

    def __init__(self, channel: int, module: RpiModule | None = None) -> None:
        """Set a line up as output.

        raises  HalError ABSENT, UNSUPPORTED
        """
        super().__init__(channel, module)

    def _direction(self) -> int:
        return self._gpio.OUT

    def write(self, is_high: bool) -> None:
        """Drive the line."""
        self._gpio.output(self._channel, int(is_high))
