"""The numbers of the backplane protocol CCB-1; `docs/backplane.md` explains them."""

from __future__ import annotations

from enum import IntEnum, IntFlag, StrEnum

SLOTS = 8  # numbered 1..8, as printed on the box
CHIP_SELECTS = 4  # per slot
TURNAROUND = 1  # octets between request and answer, while the gateware checks the CRC
DATA_MAX = 128  # octets in one request or answer (the gateware's FIFO)
MAX_TIMESLOTS = 192  # in a TDM block: four spans and 64 analog ports
BOARD_ID = int.from_bytes(b"CCBR", "big")
VERSION = 1


class Command(IntEnum):
    """First octet of a request."""

    READ = 0x01
    WRITE = 0x02
    TUNNEL = 0x03
    TUNNEL_ANSWER = 0x04
    TDM = 0x05
    EEPROM = 0x06


class Status(IntEnum):
    """First octet of an answer. 00 and FF are no status, so that a dead bus is never an answer."""

    OK = 0xA5
    DAMAGED = 0x5A  # the request's CRC is wrong: nothing was done
    BUSY = 0x3C  # try again: nothing was done
    REFUSED = 0xC3  # unknown command, address or length: nothing was done
    ABSENT = 0x99  # the slot is empty


class Reg(IntEnum):
    """Register addresses; every register is 32 bits wide."""

    ID = 0x0000
    VERSION = 0x0004
    FEATURES = 0x0008
    PRESENT = 0x000C  # bit n: a card is in slot n
    IRQ_STATUS = 0x0010
    IRQ_MASK = 0x0014
    CLOCK_SOURCE = 0x0018  # see clock_source()
    CLOCK_STATUS = 0x001C
    FRAME_COUNTER = 0x0020
    RX_OVERRUN = 0x0024
    TX_UNDERRUN = 0x0028
    CRC_ERRORS = 0x002C
    BLOCK_FRAMES = 0x0030
    MUTE_MASK = 0x0034
    LED = 0x0038
    CONTROL = 0x003C  # bit n: reset line of slot n
    SCRATCH = 0x0040
    TIMESLOTS = 0x0044  # timeslots in a TDM block
    SLOT_MAP = 0x0060  # 0060 + 4 n: how slot n stands in the block, see slot_map()
    END = 0x0084


class Irq(IntFlag):
    """IRQ_STATUS and IRQ_MASK. Slot bits follow the cards' INT lines; writing 1 clears BLOCK and FAULT."""

    BLOCK = 1
    SLOTS = 0x01FE
    FAULT = 0x8000  # a card came or went, or the clock lost its lock


class Flag(IntFlag):
    """How the gateware sends a tunnel's octets to the chip."""

    CS_PER_BYTE = 1  # chip select rises after every octet
    MODE3 = 2  # clock idles high (mode 0 without)
    RESYNC = 4  # first a chip select pulse with 4 clocks, which resets the chip's serial machine


class CardType(StrEnum):
    """What the emulator and the documents call a card."""

    FXO4 = "fxo4"
    FXS4 = "fxs4"
    FXO2FXS2 = "fxo2fxs2"
    E1 = "e1"
    E1X2 = "e1x2"


def slot_irq(slot: int) -> int:
    """Return the IRQ bit of a slot."""
    return 1 << slot


def clock_source(slot: int, index: int) -> int:
    """Pack where the clock comes from: the port on the card above, the slot below; 0 = the board itself."""
    return index << 8 | slot


def slot_map(base: int, count: int) -> int:
    """Pack a slot's place in the TDM block: enable bit, count, base timeslot."""
    return 1 << 31 | count << 8 | base


def unpack_slot_map(value: int) -> tuple[int, int]:
    """Return (base, count); count 0 while the slot is not enabled."""
    return value & 0xFF, (value >> 8 & 0xFF if value >> 31 else 0)
