"""The World on the emulated board, driven by the real drivers, in virtual time."""

from __future__ import annotations

import struct
from binascii import crc_hqx

import numpy as np
import pytest

from hal.board import Board
from hal.sim.board import SimBoard
from hal.types import (
    FxoPort,
    FxsPort,
    HookFlash,
    LineFound,
    LineLost,
    LineReady,
    LoopDropped,
    OffHook,
    OnHook,
    PolarityReversed,
    PortFailed,
    PortUp,
    RingStarted,
)
from tools.emulator import signals
from tools.emulator.alaw import SILENCE, decode, encode, level_dbm0
from tools.emulator.event import WorldError
from tools.emulator.options import LineOptions
from tools.emulator.party import Outcome
from tools.emulator.world import World


class Rig:
    """World, board and drivers; the test is firmware and engine."""

    def __init__(self, lines: dict[str, LineOptions] | None = None) -> None:
        self.now = 0.0
        self.ticks = 0
        self.board = SimBoard(("fxo4", "fxs4"), lambda: self.now)
        self.world = World(self.board, lines=lines)
        self.driver = Board(self.board.spi, self.board.irq)
        self.driver.start(0.0)
        self.events: list[object] = []
        self.speech: dict[int, bytes] = {}  # octets to play by timeslot
        self.heard: dict[int, bytearray] = {slot: bytearray() for slot in range(8)}
        self.until(2.0)
        assert sum(isinstance(event, PortUp) for event in self.events) == 8
        self.events.clear()

    def until(self, at_s: float) -> None:
        while self.ticks < round(at_s * 100):
            self.ticks += 1
            self.now = self.ticks / 100
            self.world.tick(self.now)
            block = self.world.exchange(self._block())
            for slot in self.heard:
                self.heard[slot] += block[12 + slot : -2 : 8]
            if self.board.irq.read() or self.now >= (self.driver.deadline() or 0):
                self.events += self.driver.service(self.now)

    def _block(self) -> bytes:
        octets = bytearray(SILENCE * 8)
        for slot, speech in self.speech.items():
            octets[slot::8] = speech[:80].ljust(80, b"\xd5")
            self.speech[slot] = speech[80:]
        block = struct.pack(">BBHHHI", 5, 0xCB, self.ticks & 0xFFFF, 80, 8, 0) + octets
        return block + struct.pack(">H", crc_hqx(block, 0xFFFF))

    def fxo(self, name: str) -> FxoPort:
        port = self.driver.ports[name]
        return port  # type: ignore[return-value]

    def fxs(self, name: str) -> FxsPort:
        port = self.driver.ports[name]
        return port  # type: ignore[return-value]

    def kinds(self) -> list[str]:
        return [type(event).__name__ for event in self.events]


@pytest.fixture
def rig() -> Rig:
    return Rig()


def test_incoming_call_from_ring_to_busy_tone(rig: Rig) -> None:
    voice = encode(signals.tone((1000,), 1.0, -12))
    caller = rig.world.call("fxo2", "13800138000", audio=voice, hang_up_after_s=3.0, listen=True)
    rig.until(4.0)
    assert any(isinstance(event, RingStarted) and event.port == "fxo2" for event in rig.events)
    rig.fxo("fxo2").seize(rig.now)
    rig.until(4.1)
    assert caller.answered_at == pytest.approx(4.01)
    rig.until(4.5)
    assert any(isinstance(event, LineReady) for event in rig.events)
    rig.speech[1] = encode(signals.tone((600,), 1.0, -18))
    rig.heard[1].clear()
    rig.until(6.0)
    assert level_dbm0(decode(rig.heard[1][1600:6400])) == pytest.approx(-12, abs=0.3)
    assert level_dbm0(decode(caller.heard[-12000:-5000])) == pytest.approx(-18, abs=0.3)
    rig.heard[1].clear()
    rig.until(9.0)
    assert caller.outcome is Outcome.HUNG_UP
    loud = np.abs(decode(rig.heard[1][-14000:])).reshape(-1, 80).max(axis=1) > 0.05
    assert 0.45 < loud.mean() < 0.55
    rig.fxo("fxo2").release(rig.now)
    rig.until(10.0)
    assert rig.world.lines["fxo2"].state == "idle"


def test_caller_id_reaches_a_monitoring_port(rig: Rig) -> None:
    rig.world.call("fxo1", "13800138000")
    rig.until(3.2)
    rig.fxo("fxo1").monitor(True, rig.now)
    rig.heard[0].clear()
    rig.until(5.0)
    sent = signals.caller_id("13800138000", "", rig.world.exchange_office.wall_clock(3.5))
    start = bytes(rig.heard[0]).find(sent[:800])
    assert start >= 0 and bytes(rig.heard[0])[start : start + len(sent)] == sent


def test_outgoing_call(rig: Rig) -> None:
    rig.world.subscriber("62580001", answers_after_s=5.0)
    rig.fxo("fxo1").seize(rig.now)
    rig.until(4.0)
    assert level_dbm0(decode(rig.heard[0][-800:])) == pytest.approx(-10, abs=0.3)
    rig.speech[0] = encode(signals.dtmf("62580001", 0.08, 0.08))
    rig.until(15.0)
    what = [event.what for event in rig.world.trace]
    assert what == ["seized", "dial-tone", "dialled", "ringback", "far-end-answered"]
    rig.fxo("fxo1").release(rig.now)
    rig.until(16.0)
    assert rig.world.trace[-1].what == "released"


def test_phone_rings_answers_flashes_and_hangs_up(rig: Rig) -> None:
    voice = encode(signals.tone((1000,), 1.0, -12))
    rig.world.answer("fxs3", after_s=6.0, audio=voice, keys=[(2.0, "5")], hang_up_after_s=8.0)
    rig.fxs("fxs3").ring((1000, 4000), rig.now)
    rig.until(9.0)
    assert [event.what for event in rig.world.trace] == ["rings", "lifted"]
    assert rig.world.trace[1].at - rig.world.trace[0].at == pytest.approx(6.0)
    rig.heard[6].clear()
    rig.speech[6] = encode(signals.tone((600,), 5.0, -18))
    rig.world.record("fxs3")
    rig.until(9.5)
    assert level_dbm0(decode(rig.heard[6][800:])) == pytest.approx(-12, abs=0.3)
    rig.until(11.0)
    rig.world.flash("fxs3")
    rig.until(12.0)
    assert [type(event) for event in rig.events] == [OffHook, HookFlash]
    rig.until(17.0)
    assert isinstance(rig.events[-1], OnHook)
    heard = decode(rig.world.phones["fxs3"].heard)
    assert level_dbm0(heard[400:12000]) == pytest.approx(-18, abs=0.3)


def test_ringing_that_stops_is_seen_by_the_phone(rig: Rig) -> None:
    rig.fxs("fxs1").ring((1000, 4000), rig.now)
    rig.until(8.0)
    rig.fxs("fxs1").stop_ring(rig.now)
    rig.until(15.0)
    assert [event.what for event in rig.world.trace] == ["rings", "ring-ended"]
    assert rig.world.trace[-1].detail == "after 2 rings"


def test_faults_of_the_line_reach_the_driver() -> None:
    polarity, loop = LineOptions(hang_up_signals=("polarity",)), LineOptions(hang_up_signals=("break",))
    rig = Rig(lines={"fxo1": polarity, "fxo2": loop})
    for name in ("fxo1", "fxo2"):
        rig.world.call(name, "1001", hang_up_after_s=3.0)
        rig.fxo(name).seize(rig.now)
    rig.until(7.0)
    assert {(type(e), e.port) for e in rig.events} >= {(PolarityReversed, "fxo1"), (LoopDropped, "fxo2")}
    rig.world.unplug("fxo3")
    rig.until(10.0)
    assert any(isinstance(event, LineLost) and event.port == "fxo3" for event in rig.events)
    rig.world.plug("fxo3")
    rig.until(12.0)
    assert any(isinstance(event, LineFound) and event.port == "fxo3" for event in rig.events)


def test_a_card_pulled_in_a_call_and_put_back(rig: Rig) -> None:
    caller = rig.world.call("fxo1", "1001")
    rig.fxo("fxo1").seize(rig.now)
    rig.world.lift("fxs1")
    rig.until(4.0)
    rig.world.pull_card(1)
    with pytest.raises(WorldError, match="slot 1: pulling a card out of empty slot 1"):
        rig.world.pull_card(1)
    rig.until(6.0)
    assert caller.outcome is Outcome.RELEASED
    assert [e.port for e in rig.events if isinstance(e, PortFailed)] == ["fxo1", "fxo2", "fxo3", "fxo4"]
    rig.events.clear()
    rig.world.insert_card(1, "fxo4")
    rig.until(9.0)
    assert sum(isinstance(event, PortUp) for event in rig.events) == 4
    rig.world.call("fxo1", "1002")
    rig.until(12.0)
    assert any(isinstance(event, RingStarted) and event.port == "fxo1" for event in rig.events)
