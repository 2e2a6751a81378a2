"""The Si3050 model's serial machine and line side."""

from __future__ import annotations

import pytest

from hal.backplane import Backplane
from hal.ccb1 import Flag
from hal.si3050 import READ, WRITE, R, Si3050Chain, control
from hal.sim.board import SimBoard

RIGHT = Flag.CS_PER_BYTE | Flag.MODE3


@pytest.fixture
def now() -> list[float]:
    return [50.0]


@pytest.fixture
def sim(now: list[float]) -> SimBoard:
    return SimBoard(("fxo4",), lambda: now[0])


@pytest.fixture
def chain(sim: SimBoard) -> Si3050Chain:
    return Si3050Chain(Backplane(sim.spi), 1, 0)


def raw(chain: Si3050Chain, data: bytes, flags: Flag) -> bytes:
    return chain.backplane.tunnel(1, 0, data, flags)


@pytest.mark.parametrize(
    ("channel", "write", "read"),
    [
        (0, 32, 96),
        (1, 40, 104),
        (2, 36, 100),
        (3, 44, 108),
        (4, 34, 98),
        (7, 46, 110),
        (8, 33, 97),
        (12, 35, 99),
        (15, 47, 111),
    ],
)
def test_control_octets_are_those_of_the_data_sheet(channel: int, write: int, read: int) -> None:
    assert (control(channel, WRITE), control(channel, READ)) == (write, read)


def test_reset_values(chain: Si3050Chain) -> None:
    registers = [(0, n) for n in (2, 5, 6, 11, 12, 22, 23, 24, 31)]
    assert chain.read(registers).hex() == "03001005009 62d1920".replace(" ", "")


def test_each_channel_is_its_own_chip(chain: Si3050Chain) -> None:
    for channel in range(4):
        chain.write(channel, [(R.HYBRID1, 10 + channel)])
    assert list(chain.read((channel, R.HYBRID1) for channel in range(4))) == [10, 11, 12, 13]
    assert chain.read([(4, R.HYBRID1)]) == b"\xff"


def test_broadcast_write_reaches_all(chain: Si3050Chain) -> None:
    raw(chain, bytes((0xA0, R.HYBRID1, 9)), RIGHT)
    assert list(chain.read((channel, R.HYBRID1) for channel in range(4))) == [9, 9, 9, 9]


def test_chip_select_held_over_three_octets_desynchronises_until_a_resync(chain: Si3050Chain) -> None:
    frame = bytes((control(0, READ), R.CONTROL2, 0))
    assert raw(chain, frame, RIGHT)[2] == 0x03
    assert raw(chain, frame, Flag.MODE3)[2] == 0xFF  # the chip waits for a data word now
    assert raw(chain, frame, RIGHT)[2] == 0xFF  # off by one from here on
    assert raw(chain, frame, RIGHT)[2] == 0xFF
    assert raw(chain, frame, RIGHT | Flag.RESYNC)[2] == 0x03
    assert raw(chain, frame, RIGHT)[2] == 0x03


def test_a_held_chip_select_writes_what_nobody_asked_for(chain: Si3050Chain) -> None:
    raw(chain, bytes((control(0, WRITE), R.HYBRID1, 0x11)), Flag.MODE3)
    raw(chain, bytes((control(0, READ), R.CONTROL2, 0)), RIGHT)
    assert chain.resync(0) == 0x03
    assert chain.read([(0, R.HYBRID1)])[0] == control(0, READ)  # the next frame's first octet became the data


def test_sixteen_bit_mode_works(chain: Si3050Chain) -> None:
    raw(chain, bytes((control(0, WRITE), R.HYBRID1)), Flag.MODE3)
    raw(chain, b"\x55\x55", Flag.MODE3)
    assert chain.read([(0, R.HYBRID1)]) == b"\x55"


def test_the_wrong_clock_mode_desynchronises(chain: Si3050Chain) -> None:
    frame = bytes((control(0, READ), R.CONTROL2, 0))
    assert raw(chain, frame, Flag.CS_PER_BYTE) == b"\xff\xff\xff"
    assert raw(chain, frame, RIGHT)[2] == 0xFF


def test_a_reset_line_held_means_no_answer(sim: SimBoard, chain: Si3050Chain) -> None:
    chain.backplane.write(0x3C, 0b10)
    assert chain.read([(0, R.CONTROL2)]) == b"\xff"
    chain.backplane.write(0x3C, 0)
    assert chain.read([(0, R.CONTROL2)]) == b"\x03"


def test_line_side_is_invalid_until_the_link_is_up(chain: Si3050Chain, now: list[float]) -> None:
    chain.write(0, [(R.DAA2, 0)])
    assert chain.read([(0, R.LINE_STATUS), (0, R.CHIP_ID), (0, R.LVS)]).hex() == "0005a5"
    now[0] += 0.006
    assert chain.read([(0, R.LINE_STATUS), (0, R.CHIP_ID), (0, R.LVS)]).hex() == "403530"
    assert chain.read([(0, R.IRQ_SOURCE)])[0] & 0x08  # power-up leaves DODI


def test_interrupt_sources_are_cleared_by_writing_zero(chain: Si3050Chain, now: list[float]) -> None:
    chain.write(0, [(R.DAA2, 0)])
    now[0] += 0.01
    source = chain.read([(0, R.IRQ_SOURCE)])[0]
    chain.write(0, [(R.IRQ_SOURCE, 0xFF)])
    assert chain.read([(0, R.IRQ_SOURCE)])[0] == source
    chain.write(0, [(R.IRQ_SOURCE, ~source & 0xFF)])
    assert chain.read([(0, R.IRQ_SOURCE)])[0] == 0


def test_loop_current_registers(sim: SimBoard, chain: Si3050Chain, now: list[float]) -> None:
    chain.write(0, [(R.DAA2, 0)])
    now[0] += 0.01
    chain.write(0, [(R.DAA1, 1)])
    current_ma = (48 - 7) / 1650 * 1000
    status, lcs2, lvs = chain.read([(0, R.LINE_STATUS), (0, R.LCS2), (0, R.LVS)])
    assert status & 0x1F == int(current_ma / 3.3)
    assert lcs2 == int(current_ma / 1.1)
    assert lvs == 7
    sim.fxo[0].set_battery(-48)
    assert chain.read([(0, R.LVS)])[0] == 256 - 7


def test_ring_bit_is_a_five_second_one_shot(sim: SimBoard, chain: Si3050Chain, now: list[float]) -> None:
    chain.write(0, [(R.DAA2, 0), (R.RING3, 0x99)])  # reset values: 512 ms to confirm, 512 ms of delay
    now[0] += 0.01
    sim.fxo[0].set_ringing(75, 25)
    for step_s, expected in ((1.0, 0), (0.1, 4), (1.0, 4)):
        now[0] += step_s
        assert chain.read([(0, R.DAA1)])[0] & 4 == expected
    sim.fxo[0].set_ringing(0, 25)
    for step_s, expected in ((0.7, 4), (4.8, 4), (0.3, 0)):
        now[0] += step_s
        assert chain.read([(0, R.DAA1)])[0] & 4 == expected
