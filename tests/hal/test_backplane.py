"""The backplane's protocol, host and gateware model against each other and against garbage."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hal.backplane import BUSY_TRIES, TRIES, Backplane
from hal.bus import HalError, HalErrorKind
from hal.ccb1 import Flag, Reg
from hal.sim.board import SimBoard
from hal.sim.faults import FaultKind

FRAMING = Flag.CS_PER_BYTE | Flag.MODE3


class Nobody:
    """An SPI device whose other end has gone."""

    def transaction(self, data: bytes) -> bytes:
        raise HalError(HalErrorKind.ABSENT, "nobody listens")

    def close(self) -> None:
        pass


class Wire:
    """An SPI device that answers what the test says."""

    def __init__(self, answers: list[bytes]) -> None:
        self.answers = answers
        self.sent: list[bytes] = []

    def transaction(self, data: bytes) -> bytes:
        self.sent.append(data)
        answer = self.answers[min(len(self.sent), len(self.answers)) - 1]
        return answer.ljust(len(data), b"\0")[: len(data)]

    def close(self) -> None:
        pass


@pytest.fixture
def sim() -> SimBoard:
    return SimBoard(("fxo4", None, "fxs4"), lambda: 5.0)


@pytest.fixture
def backplane(sim: SimBoard) -> Backplane:
    return Backplane(sim.spi)


def test_the_octets_of_a_register_read_are_those_of_the_page() -> None:
    # docs/backplane.md, example 1
    wire = Wire([bytes.fromhex("00000000 0000 00 a504 43434252 859b".replace(" ", ""))])
    assert Backplane(wire).read(Reg.ID) == 0x43434252
    assert wire.sent == [bytes.fromhex("01000004 b2f0".replace(" ", "")) + bytes(9)]


def test_identify_and_registers(backplane: Backplane) -> None:
    backplane.identify()
    backplane.write(Reg.SCRATCH, 0x12345678)
    assert backplane.read(Reg.SCRATCH) == 0x12345678
    assert backplane.read(Reg.PRESENT) == 0b1010


def test_read_only_registers_stay(backplane: Backplane) -> None:
    backplane.write(Reg.ID, 0)
    backplane.identify()


@pytest.mark.parametrize("address", [0x0002, 0x0100, 0xFFFC])
def test_a_wrong_address_is_refused(backplane: Backplane, address: int) -> None:
    with pytest.raises(HalError) as caught:
        backplane.read(address)
    assert caught.value.kind is HalErrorKind.UNSUPPORTED


def test_an_empty_slot_is_absent(backplane: Backplane) -> None:
    for attempt in (lambda: backplane.tunnel(2, 0, b"\0", FRAMING), lambda: backplane.eeprom(2)):
        with pytest.raises(HalError) as caught:
            attempt()
        assert caught.value.kind is HalErrorKind.ABSENT


@pytest.mark.parametrize("kind", [*FaultKind])
def test_one_bad_transfer_is_repeated(sim: SimBoard, backplane: Backplane, kind: FaultKind) -> None:
    sim.spi.fail(1, kind)
    assert backplane.read(Reg.VERSION) == 0x00010000
    assert (backplane.counters.repeats, backplane.counters.failures) == (1, 0)


@pytest.mark.parametrize("kind", [*FaultKind])
def test_repeats_are_bounded(sim: SimBoard, backplane: Backplane, kind: FaultKind) -> None:
    sim.spi.fail(1, kind, count=1000)
    with pytest.raises(HalError):
        backplane.read(Reg.VERSION)
    assert sim.spi.transactions == TRIES


def test_a_repeated_tunnel_is_executed_once(sim: SimBoard, backplane: Backplane) -> None:
    """Three octets of a Si3050 frame: executed twice, they would begin a second frame."""
    write_r5 = bytes((0x20, 45, 0x77))
    sim.spi.fail(1, FaultKind.BAD_ANSWER)  # the queue command is executed, its answer damaged
    backplane.tunnel(1, 0, write_r5[:2], FRAMING)
    backplane.tunnel(1, 0, write_r5[2:], FRAMING)
    assert backplane.tunnel(1, 0, bytes((0x60, 45, 0)), FRAMING)[2] == 0x77


def test_busy_is_repeated_and_bounded() -> None:
    wire = Wire([bytes(7) + bytes.fromhex("3c00") + crc(b"\x3c\x00")])
    backplane = Backplane(wire)
    with pytest.raises(HalError) as caught:
        backplane.read(Reg.ID)
    assert caught.value.kind is HalErrorKind.TIMEOUT
    assert len(wire.sent) == BUSY_TRIES


@pytest.mark.parametrize("level", [0x00, 0xFF])
def test_a_dead_bus_is_no_answer(level: int) -> None:
    wire = Wire([bytes((level,)) * 64])
    with pytest.raises(HalError) as caught:
        Backplane(wire).identify()
    assert caught.value.kind is HalErrorKind.PROTOCOL


def test_a_bus_that_has_gone_is_not_an_empty_slot() -> None:
    with pytest.raises(HalError, match="nobody listens") as caught:
        Backplane(Nobody()).tunnel(1, 0, b"a", FRAMING)
    assert caught.value.kind is HalErrorKind.BUS


def test_another_board_is_refused() -> None:
    answer = b"\xa5\x04SOME"
    with pytest.raises(HalError, match="534f4d45"):
        Backplane(Wire([bytes(7) + answer + crc(answer)])).identify()


def test_a_tunnel_too_long_is_our_own_mistake(backplane: Backplane) -> None:
    with pytest.raises(ValueError, match="127"):
        backplane.tunnel(1, 0, bytes(127), FRAMING)


@given(st.binary(max_size=200))
@settings(deadline=None)
def test_the_gateware_answers_any_octets_with_as_many(data: bytes) -> None:
    sim = SimBoard(("fxo4",), lambda: 0.0)
    try:
        assert len(sim.spi.transaction(data)) == len(data)
    except ValueError:  # a TDM command shorter than header and CRC is no block
        assert data[0] == 5 and len(data) < 14


@given(st.lists(st.binary(max_size=150), min_size=1, max_size=3))
@settings(deadline=None)
def test_garbage_from_the_board_is_a_hal_error(answers: list[bytes]) -> None:
    backplane = Backplane(Wire(answers))
    for attempt in (
        lambda: backplane.read(0),
        lambda: backplane.eeprom(1),
        lambda: backplane.tunnel(1, 0, b"a", FRAMING),
    ):
        with pytest.raises(HalError):
            attempt()


def crc(data: bytes) -> bytes:
    """CRC-16/CCITT-FALSE bit by bit, independent of the product's."""
    value = 0xFFFF
    for octet in data:
        value ^= octet << 8
        for _ in range(8):
            value = (value << 1 ^ 0x1021 if value & 0x8000 else value << 1) & 0xFFFF
    return value.to_bytes(2, "big")


def test_the_crc_is_the_catalogued_one() -> None:
    assert crc(b"123456789") == b"\x29\xb1"
