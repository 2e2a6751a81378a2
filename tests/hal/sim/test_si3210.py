"""The Si3210 model's registers, indirect window and feeds."""

from __future__ import annotations

import pytest

from hal.backplane import Backplane
from hal.ccb1 import Flag
from hal.si3210 import R, Si3210Chip, indirect_number
from hal.sim.board import SimBoard


@pytest.fixture
def now() -> list[float]:
    return [50.0]


@pytest.fixture
def sim(now: list[float]) -> SimBoard:
    return SimBoard(("fxo2fxs2",), lambda: now[0])


@pytest.fixture
def chip(sim: SimBoard) -> Si3210Chip:
    return Si3210Chip(Backplane(sim.spi), 1, 1, False)


def test_reset_values(chip: Si3210Chip) -> None:
    assert chip.read(8, 11, 14, 64, 74, 67).hex() == "02331000321f"


def test_each_chip_select_is_its_own_chip(chip: Si3210Chip) -> None:
    other = Si3210Chip(chip.backplane, 1, 2, False)
    chip.write([(R.LOOP_CURRENT, 3)])
    assert (chip.read(R.LOOP_CURRENT), other.read(R.LOOP_CURRENT)) == (b"\x03", b"\x00")
    assert Si3210Chip(chip.backplane, 1, 3, False).read(R.HYBRID) == b"\xff"


def test_the_indirect_window_takes_one_access_at_a_time(chip: Si3210Chip, now: list[float]) -> None:
    assert chip.try_indirect_write(20, 0x7E6D)
    assert not chip.try_indirect_write(21, 0x01D6)
    now[0] += 0.0001
    assert chip.try_indirect_write(21, 0x01D6)
    now[0] += 0.0001
    for number, value in ((20, 0x7E6D), (21, 0x01D6), (22, 0)):
        chip.ask_indirect(number)
        assert chip.indirect_answer() is None
        now[0] += 0.0001
        assert chip.indirect_answer() == value


def test_the_si3215_numbers_its_indirect_registers_anew() -> None:
    assert [indirect_number(n, True) for n in (13, 19, 20, 29, 36, 41, 104, 12)] == [
        0,
        6,
        7,
        16,
        23,
        64,
        74,
        None,
    ]
    assert indirect_number(20, False) == 20


def test_the_loop_is_dead_until_the_converter_is_up(
    sim: SimBoard, chip: Si3210Chip, now: list[float]
) -> None:
    chip.write([(R.POWER1, 0), (R.LINEFEED, 1)])
    assert not sim.fxs[0].is_powered
    now[0] += 0.05
    assert 0 < chip.read(R.VBAT1)[0] < 0xC0
    now[0] += 0.06
    assert chip.read(R.VBAT1)[0] >= 0xC0
    assert chip.read(R.LINEFEED)[0] == 0x11
    assert sim.fxs[0].is_powered


def test_ringing_needs_the_generator_programmed(sim: SimBoard, chip: Si3210Chip, now: list[float]) -> None:
    chip.write([(R.POWER1, 0), (R.LINEFEED, 4)])
    now[0] += 0.2
    chip.read(R.LINEFEED)
    assert sim.fxs[0].ringing_vrms == 0


def test_irq_bits_are_cleared_by_writing_one(sim: SimBoard, chip: Si3210Chip, now: list[float]) -> None:
    chip.write([(R.POWER1, 0), (R.LINEFEED, 1)])
    now[0] += 0.2
    chip.read(R.LINEFEED)
    sim.fxs[0].lift()
    now[0] += 0.02
    assert chip.read(R.IRQ2, R.LOOP_STATUS) == b"\x02\x01"
    chip.write([(R.IRQ2, 0x01)])
    assert chip.read(R.IRQ2) == b"\x02"
    chip.write([(R.IRQ2, 0x02)])
    assert chip.read(R.IRQ2) == b"\x00"


def test_the_wrong_clock_mode_reads_nothing(chip: Si3210Chip) -> None:
    frame = bytes((0x80 | R.HYBRID, 0))
    assert chip.backplane.tunnel(1, 1, frame, Flag.CS_PER_BYTE) == b"\xff\xff"
    assert chip.resync() == 0x05
    assert chip.read(R.HYBRID) == b"\x33"
