"""Registers of the Si3050 with its line side Si3019/Si3018, and how to reach them through the backplane.

Up to 16 chips share one chip select; each takes the frames whose channel number has counted down to 0 at
its place. A frame is control, address, data, and chip select must rise after every octet.

source  Si3050 + Si3011/18/19 data sheet Rev 1.5
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from hal.backplane import Backplane
from hal.ccb1 import Flag

FRAMING = Flag.CS_PER_BYTE | Flag.MODE3
WRITE = 0x20
READ = 0x60
FRAMES_MAX = 40  # three octets each, within one tunnel


class R(IntEnum):
    """Registers that the driver uses."""

    CONTROL1 = 1
    CONTROL2 = 2
    IRQ_MASK = 3
    IRQ_SOURCE = 4
    DAA1 = 5
    DAA2 = 6
    CHIP_ID = 11
    LINE_STATUS = 12
    INTL1 = 16
    INTL2 = 17
    INTL3 = 18
    INTL4 = 19
    RING1 = 22
    RING2 = 23
    RING3 = 24
    RES_CAL = 25
    DC_TERM = 26
    LCS2 = 28
    LVS = 29
    AC_TERM = 30
    DAA5 = 31
    PCM_MODE = 33
    TXS_LOW = 34
    TXS_HIGH = 35
    RXS_LOW = 36
    RXS_HIGH = 37
    TX_GAIN = 38
    RX_GAIN = 39
    TX_GAIN_FINE = 40
    RX_GAIN_FINE = 41
    HYBRID1 = 45
    SPARK = 59


# R1, R2
SR = 0x80
INTE = 0x80
RDI = 0x04
HBE = 0x02
RXE = 0x01
CONTROL2_RESET = HBE | RXE
# R3, R4
RDTI = 0x80
FDTI = 0x20
DODI = 0x08
POLI = 0x01
# R5
RDTN = 0x40
RDTP = 0x20
ONHM = 0x08
RDT = 0x04
OH = 0x01
# R6
PDL = 0x10
PDN = 0x08
# R12
FDT = 0x40
# R17, R18, R19, R25
CALD = 0x20  # no calibration of the converter at off-hook
RCALD = 0x20  # no calibration of the resistor at off-hook
OPE = 0x08
RFWE = 0x02
DOD = 0x02
OPD = 0x01
# R24
RNGV = 0x80
# R38, R39
ATTENUATE = 0x10
# R33
PCME = 0x20


def control(channel: int, base: int) -> int:
    """Return the control octet for a channel: its number goes in with the bits reversed."""
    return base | (channel & 1) << 3 | (channel & 2) << 1 | (channel & 4) >> 1 | (channel & 8) >> 3


@dataclass(frozen=True, slots=True)
class Si3050Chain:
    """The chips behind one chip select of a card."""

    backplane: Backplane
    slot: int
    chip_select: int

    def resync(self, channel: int) -> int:
        """Reset the serial machine of every chip on the chain, and return R2 of one."""
        frame = bytes((control(channel, READ), R.CONTROL2, 0))
        return self.backplane.tunnel(self.slot, self.chip_select, frame, FRAMING | Flag.RESYNC)[2]

    def read(self, wanted: Iterable[tuple[int, int]]) -> bytes:
        """Read (channel, register) pairs in one transfer.

        gives   one octet for each
        raises  HalError
        """
        frames = b"".join(bytes((control(channel, READ), register, 0)) for channel, register in wanted)
        return self.backplane.tunnel(self.slot, self.chip_select, frames, FRAMING)[2::3]

    def write(self, channel: int, values: Iterable[tuple[int, int]]) -> None:
        """Write (register, value) pairs of one chip in one transfer."""
        head = control(channel, WRITE)
        frames = b"".join(bytes((head, register, value)) for register, value in values)
        self.backplane.tunnel(self.slot, self.chip_select, frames, FRAMING)
