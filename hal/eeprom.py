"""The identity that every card carries in its EEPROM, layout `CCB1`.

64 octets, little-endian: 0 "CCB1" | 4 layout version | 5 board type | 6 hardware revision | 7 port count |
8 chip code of each port (8) | 16 serial number, ASCII (16) | 32 EUI-48 | 38 date of manufacture u32 (Unix
days) | 42 calibration (16) | 58 zero (4) | 62 CRC-16/CCITT-FALSE over 0..61.
"""

from __future__ import annotations

import struct
from binascii import crc_hqx
from dataclasses import dataclass
from enum import IntEnum

from hal.ccb1 import CardType

MAGIC = b"CCB1"
LAYOUT_VERSION = 1
SIZE = 64
MAX_PORTS = 8
_BODY = struct.Struct("<4sBBBB8s16s6sI16s4x")
_CRC = struct.Struct("<H")


class ChipCode(IntEnum):
    """Which chip serves a port."""

    NONE = 0
    SI3050_SI3019 = 1
    SI3050_SI3018 = 2
    SI3210 = 3
    SI3215 = 4
    DS26521 = 5

    @property
    def is_fxo(self) -> bool:
        """The chip serves an outside line."""
        return self in (ChipCode.SI3050_SI3019, ChipCode.SI3050_SI3018)

    @property
    def is_span(self) -> bool:
        """The chip serves an E1."""
        return self is ChipCode.DS26521

    @property
    def width(self) -> int:
        """Timeslots of the chip's port."""
        return 32 if self.is_span else 1


BOARD_TYPES: dict[int, CardType] = {
    1: CardType.FXO4,
    2: CardType.FXS4,
    3: CardType.E1,
    4: CardType.FXO2FXS2,
    5: CardType.E1X2,
}
BOARD_TYPE_CODES: dict[CardType, int] = {card: code for code, card in BOARD_TYPES.items()}


class EepromError(ValueError):
    """The EEPROM's content is no valid identity; the text says which field."""


@dataclass(frozen=True, slots=True)
class CardIdentity:
    """What a card is."""

    card: CardType
    chips: tuple[ChipCode, ...]
    serial: str
    revision: int = 1
    eui48: bytes = bytes(6)
    made_day: int = 0  # days since 1970-01-01
    calibration: bytes = bytes(16)

    @property
    def width(self) -> int:
        """Timeslots that the card takes in the TDM block."""
        return sum(code.width for code in self.chips)


def pack(identity: CardIdentity) -> bytes:
    """Return the 64 octets for an identity."""
    body = _BODY.pack(
        MAGIC,
        LAYOUT_VERSION,
        BOARD_TYPE_CODES[identity.card],
        identity.revision,
        len(identity.chips),
        bytes(identity.chips),
        identity.serial.encode("ascii"),
        identity.eui48,
        identity.made_day,
        identity.calibration,
    )
    return body + _CRC.pack(crc_hqx(body, 0xFFFF))


def unpack(image: bytes) -> CardIdentity:
    """Read an identity.

    image   64 octets
    raises  EepromError
    """
    if len(image) != SIZE:
        raise EepromError(f"size: {len(image)} octets, allowed {SIZE}")
    if image[:4] != MAGIC:
        raise EepromError(f"magic: {image[:4].hex()}, allowed {MAGIC.hex()}")
    if _CRC.unpack_from(image, SIZE - 2)[0] != crc_hqx(image[: SIZE - 2], 0xFFFF):
        raise EepromError("CRC does not match")
    _, version, board, revision, n_ports, codes, serial, *rest = _BODY.unpack_from(image)
    if version != LAYOUT_VERSION:
        raise EepromError(f"layout version: {version}, allowed {LAYOUT_VERSION}")
    if board not in BOARD_TYPES:
        raise EepromError(f"board type: {board}, allowed {sorted(BOARD_TYPES)}")
    return CardIdentity(BOARD_TYPES[board], _chips(n_ports, codes), _serial(serial), revision, *rest)


def _chips(n_ports: int, codes: bytes) -> tuple[ChipCode, ...]:
    if not 1 <= n_ports <= MAX_PORTS:
        raise EepromError(f"port count: {n_ports}, allowed 1..{MAX_PORTS}")
    try:
        chips = tuple(ChipCode(code) for code in codes[:n_ports])
    except ValueError as error:
        raise EepromError(f"chip codes: {codes[:n_ports].hex()}, allowed 01..05 each") from error
    if ChipCode.NONE in chips:
        raise EepromError(f"chip codes: {codes[:n_ports].hex()}, allowed 01..05 each")
    return chips


def _serial(raw: bytes) -> str:
    text = raw.rstrip(b"\0")
    if not all(0x20 <= octet < 0x7F for octet in text):
        raise EepromError(f"serial: {text.hex()}, allowed printable ASCII")
    return text.decode("ascii")
