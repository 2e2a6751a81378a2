"""The emulated board's world side: highway, physics, cards."""

from __future__ import annotations

import struct
import time
from binascii import crc_hqx
from typing import TYPE_CHECKING

import pytest

from hal.sim.board import SimBoard
from hal.sim.physics import PhysicsError
from hal.sim.world import SILENCE, FxoWorld, FxsWorld

if TYPE_CHECKING:
    from tests.hal.conftest import Bench


def block(timeslots: dict[int, bytes], n: int = 8, seq: int = 7, frames: int = 80) -> bytes:
    body = bytearray(b"\xd5" * frames * n)
    for timeslot, octets in timeslots.items():
        body[timeslot::n] = octets
    data = struct.pack(">BBHHHI", 0x05, 0xCB, seq, frames, n, 0) + body
    return data + struct.pack(">H", crc_hqx(data, 0xFFFF))


def body(answer: bytes, timeslot: int, n: int = 8) -> bytes:
    return answer[12:-2][timeslot::n]


def header(answer: bytes) -> tuple[int, ...]:
    assert crc_hqx(answer, 0xFFFF) == 0
    return struct.unpack_from(">BBHIBBH", answer)


RAMP = bytes(range(80))


def test_worlds_satisfy_the_contract(up: Bench) -> None:
    lines: list[FxoWorld] = list(up.sim.fxo)
    phones: list[FxsWorld] = list(up.sim.fxs)
    assert (len(lines), len(phones)) == (4, 4)


def test_an_off_hook_line_carries_audio_both_ways_after_the_gate(up: Bench) -> None:
    line = up.sim.fxo[2]
    line.to_box = RAMP
    up.fxo(3).seize(up.now)
    up.run(0.3)
    assert body(up.sim.tdm_exchange(block({2: RAMP})), 2) == SILENCE
    assert line.from_box == SILENCE
    up.run(0.2)
    answer = up.sim.tdm_exchange(block({2: RAMP[::-1]}))
    assert body(answer, 2) == RAMP
    assert line.from_box == RAMP[::-1]
    assert body(answer, 1) == SILENCE
    up.fxo(3).release(up.now)
    assert body(up.sim.tdm_exchange(block({2: RAMP})), 2) == SILENCE
    assert line.from_box == SILENCE


def test_monitoring_carries_only_towards_the_box(up: Bench) -> None:
    line = up.sim.fxo[0]
    line.to_box = RAMP
    up.fxo(1).monitor(True, up.now)
    assert body(up.sim.tdm_exchange(block({0: RAMP})), 0) == RAMP
    assert line.from_box == SILENCE


def test_an_unplugged_line_is_silent(up: Bench) -> None:
    line = up.sim.fxo[0]
    line.to_box = RAMP
    up.fxo(1).seize(up.now)
    up.run(1.0)
    line.unplug()
    assert body(up.sim.tdm_exchange(block({0: RAMP})), 0) == SILENCE
    assert line.from_box == SILENCE


def test_a_lifted_phone_carries_audio_both_ways(up: Bench) -> None:
    phone = up.sim.fxs[3]
    phone.to_box = RAMP
    assert body(up.sim.tdm_exchange(block({7: RAMP})), 7) == SILENCE
    assert phone.from_box == SILENCE
    phone.lift()
    assert body(up.sim.tdm_exchange(block({7: RAMP[::-1]})), 7) == RAMP
    assert phone.from_box == RAMP[::-1]


def test_on_hook_transmission_reaches_the_phone_between_rings(up: Bench) -> None:
    up.fxs(1).ring((1000, 4000), up.now)
    up.run(0.5)
    up.sim.tdm_exchange(block({4: RAMP}))
    assert up.sim.fxs[0].from_box == SILENCE
    up.run(1.0)
    up.sim.tdm_exchange(block({4: RAMP}))
    assert up.sim.fxs[0].from_box == RAMP


def test_header_counts(up: Bench) -> None:
    first = header(up.sim.tdm_exchange(block({}, seq=1)))
    second = header(up.sim.tdm_exchange(block({}, seq=2)))
    assert first[:3] == (0, 0xBC, 1) and second[:3] == (0, 0xBC, 2)
    assert second[3] - first[3] == 80
    assert first[4] == second[4] == 0


@pytest.mark.parametrize("damage", ["crc", "frames", "timeslots", "magic"])
def test_a_wrong_block_is_refused_and_counted(up: Bench, damage: str) -> None:
    up.sim.fxs[0].lift()
    up.run(0.1)
    up.sim.fxs[0].to_box = RAMP
    up.sim.tdm_exchange(block({}, seq=5))
    bad = {
        "crc": block({}, seq=6)[:-1] + b"\0",
        "frames": block({}, seq=6, frames=40),
        "timeslots": block({}, n=4, seq=6, frames=80),
        "magic": b"\x06" + block({}, seq=6)[1:],
    }[damage]
    answer = up.sim.tdm_exchange(bad)
    assert len(answer) == len(bad)
    assert header(answer)[2] == 5
    assert header(answer)[4] == 8
    assert set(answer[12:-2]) == {0xD5}


def test_before_the_host_has_set_the_shape_blocks_are_refused() -> None:
    sim = SimBoard(("fxo4", "fxs4"), lambda: 0.0)
    assert header(sim.tdm_exchange(block({})))[4] == 8


def test_the_tdm_command_works_over_spi_too(up: Bench) -> None:
    assert header(up.sim.spi.transaction(block({}, seq=9)))[2] == 9


def test_a_block_costs_less_than_30_us(up: Bench) -> None:
    """Goal 15 us; the limit leaves room for a busy machine: the best of several rounds counts."""
    for number in range(1, 5):
        up.fxo(number).seize(up.now)
        up.sim.fxs[number - 1].lift()
    up.run(1.0)
    tx = block({})
    rounds = []
    for _ in range(10):
        begin = time.thread_time()
        for _ in range(100):
            up.sim.tdm_exchange(tx)
        rounds.append((time.thread_time() - begin) / 100)
    assert min(rounds) < 30e-6


def test_physics(up: Bench) -> None:
    line, phone = up.sim.fxo[0], up.sim.fxs[0]
    with pytest.raises(PhysicsError, match="plugged"):
        line.plug()
    line.unplug()
    with pytest.raises(PhysicsError, match="unplugged"):
        line.unplug()
    with pytest.raises(PhysicsError, match="unplugged"):
        line.set_ringing(75, 25)
    line.set_ringing(0, 25)
    line.plug()
    up.fxo(1).seize(up.now)
    with pytest.raises(PhysicsError, match="off-hook"):
        line.set_ringing(75, 25)
    with pytest.raises(PhysicsError, match="down"):
        phone.hang_up()
    phone.lift()
    with pytest.raises(PhysicsError, match="lifted"):
        phone.lift()


def test_cards(up: Bench) -> None:
    with pytest.raises(PhysicsError, match="slot 1"):
        up.sim.insert_card(1, "fxo4")
    with pytest.raises(PhysicsError, match="slot 5"):
        up.sim.remove_card(5)
    with pytest.raises(ValueError, match="fxo9"):
        up.sim.insert_card(5, "fxo9")


def test_worlds_outlive_their_card(up: Bench) -> None:
    phone = up.sim.fxs[0]
    phone.lift()
    up.run(0.2)
    up.sim.remove_card(2)
    assert not phone.is_powered and phone.is_off_hook
    phone.hang_up()
    up.run(0.1)
    up.sim.insert_card(2, "fxs4")
    up.run(3.0)
    assert phone is up.sim.fxs[0] and phone.is_powered


def test_worlds_wait_for_a_card_of_their_kind(up: Bench) -> None:
    phone, n_lines = up.sim.fxs[0], len(up.sim.fxo)
    for card in ("fxo4", "fxs4", "fxo4", "fxs4"):
        up.sim.remove_card(2)
        up.run(0.5)
        up.sim.insert_card(2, card)
        up.run(3.0)
    assert phone.is_powered
    assert len(up.sim.fxo) == n_lines + 4  # the second time it found the pairs of the first


def test_a_pulled_card_leaves_silence(up: Bench) -> None:
    up.sim.fxs[0].lift()
    up.sim.fxs[0].to_box = RAMP
    up.sim.tdm_exchange(block({4: RAMP}))
    up.sim.remove_card(2)
    assert body(up.sim.tdm_exchange(block({4: RAMP})), 4) == SILENCE
    assert up.sim.fxs[0].from_box == SILENCE
