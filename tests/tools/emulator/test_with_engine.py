"""The world's signals in the ears of the product's engine, and the engine's digits in the exchange's."""

from __future__ import annotations

import numpy as np
import pytest

from cext import Engine, Event, EventKind, ToneSpec
from hal.board import Board
from hal.sim.board import SimBoard
from tools.emulator.alaw import encode
from tools.emulator.sound import murmur
from tools.emulator.world import World

TONES = (
    ToneSpec("dial", (450.0,), ()),
    ToneSpec("ringback", (450.0,), (1000, 4000)),
    ToneSpec("busy", (450.0,), (350, 350)),
    ToneSpec("congestion", (450.0,), (700, 700)),
)


class EngineRig:
    """World, board, drivers and engine in virtual time; the test is the firmware."""

    def __init__(self) -> None:
        self.now = 0.0
        self.ticks = 0
        self.board = SimBoard(("fxo4", "fxs4"), lambda: self.now)
        self.world = World(self.board)
        self.driver = Board(self.board.spi, self.board.irq)
        self.driver.start(0.0)
        self.engine = Engine(8, TONES)
        self.tx = self.engine.idle_block()
        self.heard: list[Event] = []
        self.until(1.0)

    def until(self, at_s: float) -> None:
        while self.ticks < round(at_s * 100):
            self.ticks += 1
            self.now = self.ticks / 100
            self.world.tick(self.now)
            self.tx = self.engine.tick(self.world.exchange(self.tx))
            self.heard += self.engine.events()
            self.driver.service(self.now)

    def of(self, kind: EventKind) -> list[Event]:
        return [event for event in self.heard if event.kind is kind]


@pytest.fixture
def rig() -> EngineRig:
    return EngineRig()


@pytest.mark.parametrize("number", ["13800138000", "62580001"])
def test_caller_id_reaches_the_engine(rig: EngineRig, number: str) -> None:
    rig.engine.open(2)
    rig.world.call("fxo3", number)
    rig.until(2.2)
    rig.driver.ports["fxo3"].monitor(True, rig.now)  # type: ignore[union-attr]
    rig.engine.caller_id(2, True)
    rig.until(5.0)
    [event] = rig.of(EventKind.CALLER_ID)
    assert event.channel == 2 and b"\x02" + bytes([len(number)]) + number.encode() in event.data


def test_keys_of_a_noisy_caller_over_speech(rig: EngineRig) -> None:
    rig.engine.open(0)
    speech = encode(murmur(8.0, np.random.default_rng(1)) * 0.3)
    keys = [(2.0 + 0.5 * index, key) for index, key in enumerate("0123456789*#")]
    rig.world.call("fxo1", "1001", audio=speech, keys=keys, noise_dbm0=-45)
    rig.driver.ports["fxo1"].seize(rig.now)  # type: ignore[union-attr]
    rig.until(10.0)
    assert "".join(event.digit for event in rig.of(EventKind.DIGIT_BEGIN)) == "0123456789*#"


def test_far_end_hang_up_is_heard_as_busy(rig: EngineRig) -> None:
    rig.engine.open(0, progress=True)
    rig.world.call("fxo1", "1001", audio=encode(murmur(4.0, np.random.default_rng(2))), hang_up_after_s=4.0)
    rig.driver.ports["fxo1"].seize(rig.now)  # type: ignore[union-attr]
    rig.until(12.0)
    assert [event.tone for event in rig.of(EventKind.TONE_BEGIN)] == ["busy"]


def test_outgoing_call_dialled_by_the_engine(rig: EngineRig) -> None:
    rig.world.subscriber("62580001", answers_after_s=6.0, hangs_up_after_s=3.0)
    rig.engine.open(1, progress=True)
    rig.driver.ports["fxo2"].seize(rig.now)  # type: ignore[union-attr]
    rig.until(3.0)
    assert [event.tone for event in rig.of(EventKind.TONE_BEGIN)] == ["dial"]
    rig.engine.dial(1, "62580001", 1)
    rig.until(30.0)
    what = [(event.what, event.detail) for event in rig.world.trace if event.who == "fxo2"]
    assert ("dialled", "62580001") in what
    assert [event.tone for event in rig.of(EventKind.TONE_BEGIN)] == ["dial", "ringback", "busy"]


@pytest.mark.parametrize("kind", ["busy", "congested"])
def test_refusals_are_heard(rig: EngineRig, kind: str) -> None:
    rig.world.subscriber("110", **{kind: True})  # type: ignore[arg-type]
    rig.engine.open(0, progress=True)
    rig.driver.ports["fxo1"].seize(rig.now)  # type: ignore[union-attr]
    rig.until(2.5)
    rig.engine.dial(0, "110", 1)
    rig.until(12.0)
    tone = {"busy": "busy", "congested": "congestion"}[kind]
    assert [event.tone for event in rig.of(EventKind.TONE_BEGIN)][-1] == tone
