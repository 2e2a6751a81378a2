"""The card identity: round trip, and nothing but EepromError for anything else."""

from __future__ import annotations

from binascii import crc_hqx

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hal.ccb1 import CardType
from hal.eeprom import CardIdentity, ChipCode, EepromError, pack, unpack

IDENTITY = CardIdentity(
    CardType.FXO2FXS2,
    (ChipCode.SI3050_SI3019, ChipCode.SI3050_SI3018, ChipCode.SI3210, ChipCode.SI3215),
    "CB-000042",
    revision=3,
    eui48=bytes(range(6)),
    made_day=20000,
    calibration=bytes(range(16)),
)


def reseal(image: bytearray) -> bytes:
    image[62:64] = crc_hqx(bytes(image[:62]), 0xFFFF).to_bytes(2, "little")
    return bytes(image)


def test_round_trip() -> None:
    image = pack(IDENTITY)
    assert len(image) == 64
    assert image[:9] == b"CCB1" + bytes((1, 4, 3, 4, 1))
    assert unpack(image) == IDENTITY


@pytest.mark.parametrize(
    ("offset", "value", "named"),
    [
        (0, 0x44, "magic"),
        (4, 2, "layout version"),
        (5, 9, "board type"),
        (7, 0, "port count"),
        (7, 9, "port count"),
        (8, 0, "chip codes"),
        (8, 77, "chip codes"),
        (16, 0x07, "serial"),
    ],
)
def test_a_wrong_field_is_named(offset: int, value: int, named: str) -> None:
    image = bytearray(pack(IDENTITY))
    image[offset] = value
    with pytest.raises(EepromError, match=named):
        unpack(reseal(image))


def test_every_single_bit_error_is_seen() -> None:
    image = pack(IDENTITY)
    for bit in range(64 * 8):
        damaged = bytearray(image)
        damaged[bit // 8] ^= 1 << bit % 8
        with pytest.raises(EepromError):
            unpack(bytes(damaged))


@given(st.binary(max_size=80))
def test_garbage_never_raises_anything_else(image: bytes) -> None:
    with pytest.raises(EepromError):
        unpack(image)


@given(st.binary(min_size=58, max_size=58))
def test_garbage_with_a_right_crc_is_judged_too(body: bytes) -> None:
    try:
        unpack(reseal(bytearray(b"CCB1" + body + bytes(2))))
    except EepromError:
        pass
