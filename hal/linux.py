"""SPI and serial port of a Linux board: bodies over the spidev and pyserial packages."""

from __future__ import annotations

import select
from importlib import import_module
from typing import Protocol, cast

from hal.bus import HalError, HalErrorKind

SPI_HZ = 20_000_000
SPI_MODE = 0
READ_MAX = 4096  # octets at once; with a timeout of 0 pyserial returns what is there


class SpidevHandle(Protocol):
    """What is used of `spidev.SpiDev`."""

    max_speed_hz: int
    mode: int

    def open(self, bus: int, device: int) -> None: ...

    def xfer2(self, values: list[int]) -> list[int]: ...

    def close(self) -> None: ...


class SpidevModule(Protocol):
    """What is used of `spidev`."""

    def SpiDev(self) -> SpidevHandle: ...  # noqa: N802  # the package's name


class SpidevSpi:
    """A chip select of the kernel's SPI; implements `hal.bus.SpiDevice`."""

    def __init__(self, bus: int, device: int, module: SpidevModule | None = None) -> None:
        """Open /dev/spidevBUS.DEVICE.

        module  stands for the spidev package, in tests
        raises  HalError ABSENT if there is no such device, UNSUPPORTED without the package
        """
        package = module or cast(SpidevModule, load_package("spidev"))
        self._handle = package.SpiDev()
        try:
            self._handle.open(bus, device)
            self._handle.max_speed_hz = SPI_HZ
            self._handle.mode = SPI_MODE
        except OSError as error:
            raise HalError(HalErrorKind.ABSENT, f"/dev/spidev{bus}.{device}: {error.strerror}") from error

    def transaction(self, data: bytes) -> bytes:
        """Exchange octets with chip select held: one transfer of the kernel."""
        try:
            return bytes(self._handle.xfer2(list(data)))
        except OSError as error:
            kind = HalErrorKind.TIMEOUT if isinstance(error, TimeoutError) else HalErrorKind.BUS
            raise HalError(kind, f"spidev: {error.strerror}") from error

    def close(self) -> None:
        """Close the device."""
        self._handle.close()


class SerialHandle(Protocol):
    """What is used of `serial.Serial`."""

    def read(self, size: int) -> bytes: ...

    def write(self, data: bytes) -> int | None: ...

    def fileno(self) -> int: ...

    def close(self) -> None: ...


class SerialModule(Protocol):
    """What is used of `serial`."""

    def Serial(  # noqa: N802  # the package's name
        self, port: str, baudrate: int, *, timeout: float, write_timeout: float, exclusive: bool
    ) -> SerialHandle: ...


class SerialUart:
    """A serial port, or the pty of an emulated one; implements `hal.bus.Uart`.

    A port that fails (an adapter is pulled) is let go, and opened again by a later `write`. `fd` is an epoll
    descriptor around the port, so it stays the same, and a dead port does not keep a loop awake.
    """

    def __init__(self, path: str, baud: int = 115200, module: SerialModule | None = None) -> None:
        """Open the port for this program alone.

        raises  HalError ABSENT, UNSUPPORTED
        """
        self._path = path
        self._baud = baud
        self._package = module or cast(SerialModule, load_package("serial"))
        self._handle: SerialHandle | None = self._open()
        self._epoll = select.epoll()
        self._epoll.register(self._handle.fileno(), select.EPOLLIN)

    def _open(self) -> SerialHandle:
        try:
            return self._package.Serial(self._path, self._baud, timeout=0, write_timeout=0, exclusive=True)
        except OSError as error:  # pyserial's own error is one
            raise HalError(HalErrorKind.ABSENT, f"{self._path}: {error}") from error

    def read(self) -> bytes:
        """Return what has arrived, possibly nothing."""
        if self._handle is None:
            return b""
        try:
            return self._handle.read(READ_MAX)
        except OSError as error:
            self._drop()
            raise HalError(HalErrorKind.BUS, f"serial port: {error}") from error

    def write(self, data: bytes) -> None:
        """Send; what the kernel's buffer cannot take is lost, which frames and repeats must bear."""
        if self._handle is None:
            self._handle = self._open()
            self._epoll.register(self._handle.fileno(), select.EPOLLIN)
        try:
            self._handle.write(data)
        except OSError as error:
            self._drop()
            raise HalError(HalErrorKind.BUS, f"serial port: {error}") from error

    @property
    def fd(self) -> int:
        """Readable when octets arrived."""
        return self._epoll.fileno()

    def _drop(self) -> None:
        if self._handle is not None:
            self._epoll.unregister(self._handle.fileno())
            self._handle.close()
            self._handle = None

    def close(self) -> None:
        """Close the port."""
        self._drop()
        self._epoll.close()


def load_package(name: str) -> object:
    """Import a package that only some boards have.

    raises  HalError UNSUPPORTED, also where the package refuses the machine (RPi.GPIO off a Pi)
    """
    try:
        return import_module(name)
    except (ImportError, RuntimeError) as error:
        raise HalError(HalErrorKind.UNSUPPORTED, f"{name}: {error}") from error
