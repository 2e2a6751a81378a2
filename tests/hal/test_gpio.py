"""Bodies over gpiod and RPi.GPIO, with injected packages; and that gpiod's real names are the ones used."""

from __future__ import annotations

import os
import select
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import cast

import gpiod
import pytest

from hal.bus import HalError, HalErrorKind
from hal.gpio import GpiodInput, GpiodModule, GpiodOutput, RpiInput, RpiOutput


class FakeRequest:
    def __init__(self) -> None:
        self.read_end, self.write_end = os.pipe()
        self.level = 0
        self.error: OSError | None = None
        self.is_released = False

    @property
    def fd(self) -> int:
        return self.read_end

    def edge(self) -> None:
        self.level = 1
        os.write(self.write_end, b"e")

    def wait_edge_events(self, timeout: float) -> bool:
        assert timeout == 0
        return bool(select.select([self.read_end], [], [], 0)[0])

    def read_edge_events(self) -> list[str]:
        return [os.read(self.read_end, 1).decode()]

    def get_value(self, line: int) -> object:
        if self.error:
            raise self.error
        return gpiod.line.Value.ACTIVE if self.level else gpiod.line.Value.INACTIVE

    def set_value(self, line: int, value: object) -> None:
        if self.error:
            raise self.error
        self.level = int(value is gpiod.line.Value.ACTIVE)

    def release(self) -> None:
        self.is_released = True


class FakeGpiod:
    """gpiod's own enumerations and settings, only the request is not the kernel's."""

    line = gpiod.line
    LineSettings = gpiod.LineSettings

    def __init__(self) -> None:
        self.request = FakeRequest()
        self.asked: tuple[str, Mapping[int, object], str] | None = None

    def request_lines(self, path: str, config: Mapping[int, object], consumer: str) -> FakeRequest:
        if path == "/dev/gpiochip9":
            raise FileNotFoundError(2, "No such file or directory")
        self.asked = (path, config, consumer)
        return self.request


def test_gpiod_input() -> None:
    module = FakeGpiod()
    line = GpiodInput("/dev/gpiochip0", 25, as_module(module))
    assert module.asked is not None
    path, config, consumer = module.asked
    assert (path, consumer) == ("/dev/gpiochip0", "callbox")
    settings = config[25]
    assert isinstance(settings, gpiod.LineSettings)
    assert settings.direction is gpiod.line.Direction.INPUT
    assert settings.edge_detection is gpiod.line.Edge.RISING
    assert line.has_edges and line.read() is False
    module.request.edge()
    module.request.edge()
    assert select.select([line.fd], [], [], 0)[0]
    assert line.read() is True
    assert not select.select([line.fd], [], [], 0)[0]
    line.close()
    assert module.request.is_released


def test_gpiod_output() -> None:
    module = FakeGpiod()
    line = GpiodOutput("/dev/gpiochip0", 17, as_module(module))
    assert module.asked is not None
    settings = module.asked[1][17]
    assert isinstance(settings, gpiod.LineSettings)
    assert settings.direction is gpiod.line.Direction.OUTPUT
    for level in (True, False):
        line.write(level)
        assert module.request.level == level


def test_gpiod_errors() -> None:
    module = FakeGpiod()
    with pytest.raises(HalError) as caught:
        GpiodInput("/dev/gpiochip9", 25, as_module(module))
    assert caught.value.kind is HalErrorKind.ABSENT
    module.request.error = OSError(5, "EIO")
    for attempt in (
        GpiodInput("/dev/x", 1, as_module(module)).read,
        lambda: GpiodOutput("/dev/x", 1, as_module(module)).write(True),
    ):
        with pytest.raises(HalError) as caught:
            attempt()
        assert caught.value.kind is HalErrorKind.BUS


def test_the_real_package_says_that_there_is_no_such_chip() -> None:
    with pytest.raises(HalError) as caught:
        GpiodInput("/dev/no-such-gpiochip", 25)
    assert caught.value.kind is HalErrorKind.ABSENT


def as_module(fake: FakeGpiod) -> GpiodModule:
    """Say to the type checker what it cannot see: a class in place of a module's functions."""
    return cast(GpiodModule, fake)


class FakeRpi:
    BCM, IN, OUT, RISING = 11, 1, 0, 31

    def __init__(self, *, has_edges: bool = True) -> None:
        self.has_edges = has_edges
        self.levels: dict[int, int] = {}
        self.directions: dict[int, int] = {}
        self.callbacks: dict[int, Callable[[int], None]] = {}
        self.cleaned: list[int] = []

    def setmode(self, mode: int) -> None:
        assert mode == self.BCM

    def setup(self, channel: int, direction: int) -> None:
        if channel > 27:
            raise ValueError("The channel sent is invalid on a Raspberry Pi")
        self.directions[channel] = direction

    def input(self, channel: int) -> int:
        return self.levels.get(channel, 0)

    def output(self, channel: int, value: int) -> None:
        self.levels[channel] = value

    def add_event_detect(self, channel: int, edge: int, callback: Callable[[int], None]) -> None:
        if not self.has_edges:
            raise RuntimeError("Failed to add edge detection")
        assert edge == self.RISING
        self.callbacks[channel] = callback

    def remove_event_detect(self, channel: int) -> None:
        del self.callbacks[channel]

    def cleanup(self, channel: int) -> None:
        self.cleaned.append(channel)


def test_rpi_input_with_edges() -> None:
    module = FakeRpi()
    line = RpiInput(25, module)
    assert module.directions == {25: FakeRpi.IN}
    assert line.has_edges and not select.select([line.fd], [], [], 0)[0]
    module.levels[25] = 1
    module.callbacks[25](25)
    assert select.select([line.fd], [], [], 0)[0]
    assert line.read() is True
    assert not select.select([line.fd], [], [], 0)[0]
    line.close()
    assert module.cleaned == [25] and not module.callbacks


def test_rpi_input_on_a_kernel_without_edges() -> None:
    module = FakeRpi(has_edges=False)
    line = RpiInput(25, module)
    assert (line.has_edges, line.fd) == (False, -1)
    module.levels[25] = 1
    assert line.read() is True
    line.close()


def test_rpi_output() -> None:
    module = FakeRpi()
    line = RpiOutput(17, module)
    line.write(True)
    assert (module.directions, module.levels) == ({17: FakeRpi.OUT}, {17: 1})


def test_rpi_refuses_a_wrong_channel() -> None:
    with pytest.raises(HalError) as caught:
        RpiInput(99, FakeRpi())
    assert caught.value.kind is HalErrorKind.ABSENT


def test_off_a_pi_the_package_is_unsupported(monkeypatch: pytest.MonkeyPatch) -> None:
    """RPi.GPIO raises RuntimeError when imported elsewhere."""

    def refuse(name: str) -> SimpleNamespace:
        raise RuntimeError("This module can only be run on a Raspberry Pi!")

    monkeypatch.setattr("hal.linux.import_module", refuse)
    with pytest.raises(HalError, match="Raspberry") as caught:
        RpiInput(25)
    assert caught.value.kind is HalErrorKind.UNSUPPORTED
