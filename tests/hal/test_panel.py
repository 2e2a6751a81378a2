"""The host's side of the panel against the model of the panel, over good and bad lines."""

from __future__ import annotations

import random

import pytest

from hal import panel_proto as proto
from hal.bus import HalError, HalErrorKind, Uart
from hal.panel import KeyPressed, Panel, PanelEvent, PanelKey, PanelLost, PanelState, PanelUp
from hal.sim.panel import SimPanel, SimPanelState

PAGE = ("callbox        1.0.0", "192.168.1.20:8080   ", "Set-up code   483920", "No alarms           ")
OTHER = ("callbox        1.0.0", "Lines 3/4           ", "Waiting 2           ", "No alarms           ")


class BadLine:
    """A serial line that loses, damages and doubles octets."""

    fd = -1

    def __init__(self, inner: Uart, seed: int, badness: float) -> None:
        self._inner = inner
        self._random = random.Random(seed)
        self._badness = badness

    def _spoil(self, data: bytes) -> bytes:
        out = bytearray()
        for octet in data:
            draw = self._random.random()
            if draw >= self._badness:
                out.append(octet)
            elif draw < self._badness / 3:
                out += bytes((octet, octet))
            elif draw < self._badness * 2 / 3:
                out.append(octet ^ 1 << self._random.randrange(8))
        return bytes(out)

    def read(self) -> bytes:
        return self._spoil(self._inner.read())

    def write(self, data: bytes) -> None:
        self._inner.write(self._spoil(data))

    def close(self) -> None:
        self._inner.close()


class Desk:
    """Panel model, host driver, clock."""

    def __init__(self, badness: float = 0.0, seed: int = 1) -> None:
        self.now = 100.0
        self.model = SimPanel(lambda: self.now)
        self.panel = Panel(BadLine(self.model.uart, seed, badness))
        self.written: list[bytes] = []
        self.is_dead = False

    def run(self, seconds: float) -> list[PanelEvent]:
        events: list[PanelEvent] = []
        end = self.now + seconds
        while self.now < end - 1e-9:
            self.now += 0.02
            if self.is_dead:
                self.model.service()
            else:
                events += self.panel.service(self.now)
        return events


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    assert [type(event) for event in desk.run(1.0)] == [PanelUp]
    return desk


def test_greeting_brings_both_to_run(desk: Desk) -> None:
    assert desk.panel.state is PanelState.RUN
    assert desk.model.state is SimPanelState.RUN
    desk.run(1.5)
    assert (desk.panel.status.state, desk.panel.status.relays, desk.panel.status.errors) == ("run", 0xFF, 0)


def test_a_page_is_shown(desk: Desk) -> None:
    desk.panel.show(PAGE)
    desk.run(0.5)
    assert desk.model.display == PAGE


def test_only_differences_are_sent(desk: Desk) -> None:
    desk.panel.show(PAGE)
    desk.run(0.5)
    sent: list[tuple[int, bytes]] = []
    original = desk.panel._uart.write

    def listen(data: bytes) -> None:
        sent.extend((kind, payload) for kind, _, payload in proto.Decoder().feed(data))
        original(data)

    desk.panel._uart.write = listen  # type: ignore[method-assign]
    desk.panel.show((*PAGE[:3], "No alarmz           "))
    desk.run(0.5)
    assert [entry for entry in sent if entry[0] == proto.LCD] == [(proto.LCD, bytes((3, 8)) + b"z")]
    assert desk.model.display[3] == "No alarmz           "


def test_the_newest_page_wins(desk: Desk) -> None:
    for page in (PAGE, OTHER, PAGE, OTHER):
        desk.panel.show(page)
        desk.run(0.04)
    desk.run(0.5)
    assert desk.model.display == OTHER


@pytest.mark.parametrize(
    ("page", "named"),
    [
        (PAGE[:3], "3 lines"),
        ((*PAGE[:3], "short"), "line 4"),
        ((*PAGE[:3], "你" * 20), "line 4"),
        (("\n" * 20,) * 4, "line 1"),
    ],
)
def test_an_impossible_page_is_refused(desk: Desk, page: tuple[str, ...], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        desk.panel.show(page)


@pytest.mark.parametrize("key", [*PanelKey])
def test_keys(desk: Desk, key: PanelKey) -> None:
    desk.model.press(key)
    events = desk.run(0.5)
    assert [event.key for event in events if isinstance(event, KeyPressed)] == [key]


def test_an_unknown_key_cannot_be_pressed(desk: Desk) -> None:
    with pytest.raises(ValueError, match="allowed up, down, ok, back"):
        desk.model.press("left")


@pytest.mark.parametrize("seed", range(5))
def test_a_bad_line_delays_but_loses_nothing(seed: int) -> None:
    desk = Desk(badness=0.01, seed=seed)
    desk.run(3.0)
    pressed = [PanelKey.UP, PanelKey.DOWN, PanelKey.OK, PanelKey.BACK, PanelKey.OK]
    heard: list[PanelKey] = []
    for number, key in enumerate(pressed):
        desk.panel.show(PAGE if number % 2 else OTHER)
        desk.model.press(key)
        heard += [event.key for event in desk.run(3.0) if isinstance(event, KeyPressed)]
        assert desk.model.display == (PAGE if number % 2 else OTHER)
    assert heard == pressed


def test_a_panel_that_restarts_is_painted_again(desk: Desk) -> None:
    desk.panel.show(PAGE)
    desk.run(0.5)
    desk.model.restart()
    assert set(desk.model.display) == {" " * 20}
    desk.run(1.5)
    assert desk.model.display == PAGE
    assert desk.model.state is SimPanelState.RUN


class DeadLine:
    fd = -1

    def __init__(self, error: HalError | None = None) -> None:
        self.error = error

    def read(self) -> bytes:
        if self.error:
            raise self.error
        return b""

    def write(self, data: bytes) -> None:
        pass

    def close(self) -> None:
        pass


@pytest.mark.parametrize("error", [None, HalError(HalErrorKind.BUS, "unplugged")])
def test_a_lost_panel_is_told_once_and_comes_back(desk: Desk, error: HalError | None) -> None:
    line = desk.panel._uart
    desk.panel._uart = DeadLine(error)
    events = desk.run(10.0)
    assert [type(event) for event in events] == [PanelLost]
    assert desk.panel.state is PanelState.BOOT
    desk.panel._uart = line
    desk.panel.show(PAGE)
    assert [type(event) for event in desk.run(3.0)] == [PanelUp]
    assert desk.model.display == PAGE


def test_the_watch_bypasses_then_resets_and_grows_patient(desk: Desk) -> None:
    assert desk.model.relays == 0xFF
    desk.is_dead = True
    desk.run(6.0)
    assert (desk.model.state, desk.model.relays, desk.model.resets) == (SimPanelState.BYPASS, 0, 0)
    desk.run(25.5)
    assert (desk.model.state, desk.model.resets) == (SimPanelState.BOOT, 1)
    desk.run(350.0)
    assert desk.model.resets == 1
    desk.run(12.0)
    assert desk.model.resets == 2
    desk.is_dead = False
    desk.run(3.0)
    assert (desk.model.state, desk.model.relays) == (SimPanelState.RUN, 0xFF)


def test_relays_follow_the_host(desk: Desk) -> None:
    desk.panel.connect_lines(0b0101)
    desk.run(0.5)
    assert desk.model.relays == 0b0101


def test_keys_pressed_while_the_host_is_silent_are_not_saved_up(desk: Desk) -> None:
    desk.is_dead = True
    desk.run(6.0)
    desk.model.press("ok")
    desk.is_dead = False
    assert not [event for event in desk.run(2.0) if isinstance(event, KeyPressed)]


def test_garbage_from_the_panel_is_borne(desk: Desk) -> None:
    noise = random.Random(3)
    for kind in range(256):
        length = noise.randrange(10)
        desk.model._out += proto.encode(
            kind, noise.randrange(256), noise.randbytes(length)
        ) + noise.randbytes(5)
        desk.run(0.02)
    desk.panel.show(PAGE)
    desk.run(5.0)
    assert desk.model.display == PAGE


def test_deadline_is_never_in_the_past(desk: Desk) -> None:
    for _ in range(200):
        desk.run(0.02)
        assert desk.panel.deadline() > desk.now
