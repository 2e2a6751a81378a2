"""Bodies over spidev and pyserial: with injected packages, and pyserial for real on a pty."""

from __future__ import annotations

import os
import pty
import select
import tty
from pathlib import Path

import pytest
from patience import PATIENCE_S

from hal.bus import HalError, HalErrorKind
from hal.linux import SerialUart, SpidevSpi, load_package


class FakeSpiDev:
    def __init__(self) -> None:
        self.max_speed_hz = 0
        self.mode = -1
        self.opened: tuple[int, int] | None = None
        self.error: OSError | None = None
        self.is_open = True

    def open(self, bus: int, device: int) -> None:
        if bus == 9:
            raise FileNotFoundError(2, "No such file or directory")
        self.opened = (bus, device)

    def xfer2(self, values: list[int]) -> list[int]:
        if self.error:
            raise self.error
        return [value ^ 0xFF for value in values]

    def close(self) -> None:
        self.is_open = False


class FakeSpidevModule:
    def __init__(self) -> None:
        self.device = FakeSpiDev()

    def SpiDev(self) -> FakeSpiDev:  # noqa: N802
        return self.device


def test_spidev_is_opened_in_mode_0_and_transfers_with_chip_select_held() -> None:
    module = FakeSpidevModule()
    spi = SpidevSpi(1, 2, module)
    assert (module.device.opened, module.device.mode, module.device.max_speed_hz) == ((1, 2), 0, 20_000_000)
    assert spi.transaction(b"\x00\x0f\xff") == b"\xff\xf0\x00"
    spi.close()
    assert not module.device.is_open


@pytest.mark.parametrize(
    ("error", "kind"),
    [(OSError(5, "EIO"), HalErrorKind.BUS), (TimeoutError(110, "late"), HalErrorKind.TIMEOUT)],
)
def test_spidev_errors(error: OSError, kind: HalErrorKind) -> None:
    module = FakeSpidevModule()
    spi = SpidevSpi(0, 0, module)
    module.device.error = error
    with pytest.raises(HalError) as caught:
        spi.transaction(b"\x00")
    assert caught.value.kind is kind


def test_no_such_spi_device() -> None:
    with pytest.raises(HalError, match=r"/dev/spidev9\.0") as caught:
        SpidevSpi(9, 0, FakeSpidevModule())
    assert caught.value.kind is HalErrorKind.ABSENT


def test_the_real_package_says_that_there_is_no_such_device() -> None:
    with pytest.raises(HalError) as caught:
        SpidevSpi(200, 7)
    assert caught.value.kind is HalErrorKind.ABSENT


def test_a_missing_package_is_unsupported() -> None:
    with pytest.raises(HalError) as caught:
        load_package("no_such_package_for_callbox")
    assert caught.value.kind is HalErrorKind.UNSUPPORTED


def test_serial_port_on_a_pty() -> None:
    far, near = pty.openpty()
    tty.setraw(far)
    uart = SerialUart(os.ttyname(near))
    assert uart.read() == b""
    uart.write(b"\x00\xff\r\n")
    assert os.read(far, 10) == b"\x00\xff\r\n"
    os.write(far, b"hello")
    assert select.select([uart.fd], [], [], PATIENCE_S)[0] == [uart.fd]
    assert uart.read() == b"hello"
    assert uart.fd >= 0
    uart.close()
    os.close(far)
    os.close(near)


def test_a_serial_port_that_goes_away_lets_the_loop_sleep_and_is_opened_again(tmp_path: Path) -> None:
    path = tmp_path / "panel"
    far, near = pty.openpty()
    path.symlink_to(os.ttyname(near))
    uart = SerialUart(str(path))
    os.close(near)
    os.close(far)
    with pytest.raises(HalError):
        uart.read()
    assert uart.read() == b""
    assert select.select([uart.fd], [], [], 0)[0] == []
    path.unlink()
    with pytest.raises(HalError) as caught:
        uart.write(b"hello?")
    assert caught.value.kind is HalErrorKind.ABSENT
    far, near = pty.openpty()
    tty.setraw(far)
    path.symlink_to(os.ttyname(near))
    uart.write(b"hello")
    assert os.read(far, 10) == b"hello"
    os.write(far, b"you")
    assert select.select([uart.fd], [], [], PATIENCE_S)[0] == [uart.fd]
    assert uart.read() == b"you"
    uart.close()
    os.close(far)
    os.close(near)


def test_no_such_serial_port(tmp_path: Path) -> None:
    with pytest.raises(HalError) as caught:
        SerialUart(str(tmp_path / "tty"))
    assert caught.value.kind is HalErrorKind.ABSENT
