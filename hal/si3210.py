"""Registers of the Si3210 and Si3215, and how to reach them through the backplane.

One chip select per chip; a frame is address and data, chip select rises after every octet. Indirect
registers are written through a window that the chip's own processor empties 16000 times a second.

source  Si3215 data sheet Rev 0.92; Si3210 numbering of the indirect registers
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from hal.backplane import Backplane
from hal.ccb1 import Flag

FRAMING = Flag.CS_PER_BYTE | Flag.MODE3
READ = 0x80


class R(IntEnum):
    """Direct registers that the driver uses."""

    SERIAL = 0
    PCM_MODE = 1
    TXS_LOW = 2
    TXS_HIGH = 3
    RXS_LOW = 4
    RXS_HIGH = 5
    LOOPBACK = 8
    IMPEDANCE = 10
    HYBRID = 11
    POWER1 = 14
    POWER2 = 15
    IRQ1 = 18
    IRQ2 = 19
    IRQ3 = 20
    IRQ1_ENABLE = 21
    IRQ2_ENABLE = 22
    IRQ3_ENABLE = 23
    IDA_LOW = 28
    IDA_HIGH = 29
    IAA = 30
    IAS = 31
    RING_OSC = 34
    LINEFEED = 64
    BATTERY_FEED = 66
    AUTO = 67
    LOOP_STATUS = 68
    LOOP_DEBOUNCE = 69
    TRIP_DEBOUNCE = 70
    LOOP_CURRENT = 71
    COMMON_MODE = 73
    VBAT_HIGH = 74
    VBAT_LOW = 75
    VBAT1 = 82
    DCDC_PERIOD = 92
    DCDC_TIMING = 93
    CAL1 = 96
    CAL2 = 97
    ENHANCE = 108


class LineFeed(IntEnum):
    """R64: what the loop is fed with."""

    OPEN = 0
    FORWARD = 1
    FORWARD_OHT = 2
    TIP_OPEN = 3
    RINGING = 4
    REVERSE = 5
    REVERSE_OHT = 6
    RING_OPEN = 7


class Ind(IntEnum):
    """Indirect registers, Si3210 numbers."""

    RING_OFFSET = 19
    RING_FREQUENCY = 20
    RING_AMPLITUDE = 21
    RING_PHASE = 22
    TRIP_THRESHOLD = 29
    POWER_FIRST = 35  # 35..39: power alarm thresholds and filters
    POWER_LAST = 39
    TRIP_FILTER = 36


PNI2 = 0x80  # R1: the chip is an Si3215
PCME = 0x20  # R1, with A-law
DCOF = 0x10  # R14
DCCAL = 0x80  # R93
CAL_START = 0x40  # R96
LCIP = 0x02  # R19
RTIP = 0x01
POWER_ALARMS = 0xFC
LCR = 0x01  # R68
RTP = 0x02

# Si3215 numbers of the Si3210's indirect registers
_TO_SI3215 = {13 + n: n for n in range(6)} | {
    **{19: 6, 20: 7, 21: 8, 22: 9, 26: 13, 27: 14, 28: 15, 29: 16, 30: 17, 31: 18, 32: 19, 33: 20, 34: 21},
    **{35: 22, 36: 23, 37: 24, 38: 25, 39: 26, 40: 27, 41: 64, 43: 66},
    **{99 + n: 69 + n for n in range(6)},
}


def indirect_number(register: int, is_si3215: bool) -> int | None:
    """Return the chip's own number of an indirect register, None if it has none (Si3215: no DTMF)."""
    return _TO_SI3215.get(register) if is_si3215 else register


@dataclass(frozen=True, slots=True)
class Si3210Chip:
    """One chip of a card."""

    backplane: Backplane
    slot: int
    chip_select: int
    is_si3215: bool

    def resync(self) -> int:
        """Reset the chip's serial machine, and return R0."""
        return self.backplane.tunnel(self.slot, self.chip_select, bytes((READ, 0)), FRAMING | Flag.RESYNC)[1]

    def read(self, *registers: int) -> bytes:
        """Read direct registers in one transfer."""
        frames = b"".join(bytes((READ | register, 0)) for register in registers)
        return self.backplane.tunnel(self.slot, self.chip_select, frames, FRAMING)[1::2]

    def write(self, values: Iterable[tuple[int, int]]) -> None:
        """Write (register, value) pairs in one transfer."""
        frames = b"".join(bytes(pair) for pair in values)
        self.backplane.tunnel(self.slot, self.chip_select, frames, FRAMING)

    def try_indirect_write(self, number: int, value: int) -> bool:
        """Write an indirect register, unless the window was still busy with the last one.

        gives   False if it was busy: write again later
        """
        frames = bytes((READ | R.IAS, 0, R.IDA_LOW, value & 0xFF, R.IDA_HIGH, value >> 8, R.IAA, number))
        return not self.backplane.tunnel(self.slot, self.chip_select, frames, FRAMING)[1] & 1

    def ask_indirect(self, number: int) -> None:
        """Ask for an indirect register; `indirect_answer` has it 63 us later."""
        self.write(((R.IAA, number),))

    def indirect_answer(self) -> int | None:
        """Return the register asked for, None while the window is busy."""
        busy, low, high = self.read(R.IAS, R.IDA_LOW, R.IDA_HIGH)
        return None if busy & 1 else high << 8 | low
