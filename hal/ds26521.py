"""The DS26521 E1 framer and line interface: registers, and its serial frames through the backplane's tunnel.

A frame is one chip select: read bit, 14 address bits and burst bit, MSB first (the chip is strapped so), then
data; with the burst bit the address counts up with every octet. E1 names are used where T1 has others.

source  Linux `slic_ds26522`, wanpipe `sdla_te1_ds.h` (addresses, bits); DS26522 data sheet
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from hal.backplane import Backplane
from hal.ccb1 import DATA_MAX, Flag

READ = 0x8000
BURST = 0x0001
BURST_MAX = DATA_MAX - 4  # octets; two of the tunnel's own and two of the chip's header go off
ID_MASK, ID_DS26521 = 0xF8, 0x70
MODE0 = Flag(0)


class R(IntEnum):
    """Register addresses."""

    IDLE_RX = 0x020  # RIDR1..32: idle code by timeslot
    CAS_RX = 0x040  # RS1..16: 1 alignment word, 1 + n: timeslot n high, n + 16 low
    COUNTERS = 0x050  # LCVCR, PCVCR, FOSCR, E1EBCR: 16 bits each, latched every second
    RMMR = 0x080
    RCR1 = 0x081
    RCR3 = 0x083
    RIOCR = 0x084
    RESCR = 0x085
    ERCNT = 0x086
    RLS1 = 0x090
    RLS2 = 0x091
    RLS3 = 0x092
    RLS4 = 0x093
    RLS7 = 0x096
    RSS1 = 0x098  # RSS1..4: bit t % 8 of RSS(t / 8 + 1): the signalling of timeslot t changed
    RSS4 = 0x09B
    RIIR = 0x09F
    RIM1 = 0x0A0
    RIM4 = 0x0A3
    RIM7 = 0x0A6
    RSCSE1 = 0x0A8  # RSCSE1..4: which timeslots' signalling may interrupt, bits as RSS
    RRTS1 = 0x0B0
    IDLE_RX_ON = 0x0D0  # RCICE1..4: which timeslots get the idle code, bits as RSS
    GTCR1 = 0x0F0
    GTCCR = 0x0F3
    GLSRR = 0x0F5
    GFSRR = 0x0F6
    IDR = 0x0F8
    GFISR = 0x0F9
    GFIMR = 0x0FC
    E1TSACR = 0x114
    CAS_TX = 0x140  # TS1..16, as RS
    E1TAF = 0x164
    E1TNAF = 0x165
    E1TSA4 = 0x169
    TMMR = 0x180
    TCR1 = 0x181
    TCR2 = 0x182
    TIOCR = 0x184
    TESCR = 0x185
    TLS1 = 0x190
    LTRCR = 0x1000
    LTITSR = 0x1001
    LMCR = 0x1002
    LLSR = 0x1005
    LRISMR = 0x1007
    BLSR = 0x110E


# RMMR, TMMR
FRM_EN = 0x80
INIT_DONE = 0x40
SFTRST = 0x02
E1 = 0x01
# RCR1
RHDB3 = 0x40
RSIGM = 0x20  # timeslot 16 is a channel (CCS)
RCRC4 = 0x08
# RIOCR, TIOCR
RSCLKM = TSCLKM = 0x10  # the system clock is 2.048 MHz
RSIO = 0x04  # RSYNC comes from the backplane; needs the elastic store
# RESCR, TESCR
RESE = TESE = 0x01
# RLS1; the clear bits are the detect bits, four higher. RRTS1 has the detect bits
RAI = 0x08
AIS = 0x04
LOS = 0x02
LOF = 0x01
# RLS2
CASRC = 0x20  # the multiframe of timeslot 16 was lost, or is still sought
RCMF = 0x02  # a CRC-4 multiframe began
# RLS4
RSLIP = 0x20
RSCOS = 0x08
ONE_SECOND = 0x04
# GTCR1
GIPI = 0x01  # no interrupts
# E1TNAF
NFAS = 0x40
A_BIT = 0x20
FAS = 0x1B  # E1TAF
# TCR1
T16S = 0x40  # timeslot 16 from TS1..16
THDB3 = 0x04
TAIS = 0x02
TCRC4 = 0x01
# TCR2
AEBE = 0x80  # E bits by themselves
ARA = 0x20  # RAI by itself on LOS, LOF, AIS
# LMCR
LIU_TAIS = 0x80
LLB = 0x20
RLB = 0x08
TE = 0x01
# LTITSR, LRISMR
LINE_OHM = {120: (0x31, 0x33), 75: (0x00, 0x03)}  # transmit impedance and pulse; receive impedance, -43 dB

# What is zeroed at bring-up: the chip powers up with anything in its registers
AREAS = ((0x000, 0x0F0), (0x100, 0x1F0), (0x1000, 0x1020), (0x1100, 0x1110))


@dataclass(frozen=True, slots=True)
class Ds26521Chip:
    """One chip behind a chip select of its own."""

    backplane: Backplane
    slot: int
    chip_select: int

    def read(self, address: int, count: int = 1) -> bytes:
        """Read registers that follow each other.

        count   1..124
        raises  HalError
        """
        head = frame_head(address, count) | READ
        frame = head.to_bytes(2, "big") + bytes(count)
        return self.backplane.tunnel(self.slot, self.chip_select, frame, MODE0)[2:]

    def write(self, address: int, *values: int) -> None:
        """Write registers that follow each other, in as many frames as it takes."""
        for start in range(0, len(values), BURST_MAX):
            part = bytes(values[start : start + BURST_MAX])
            frame = frame_head(address + start, len(part)).to_bytes(2, "big") + part
            self.backplane.tunnel(self.slot, self.chip_select, frame, MODE0)


def frame_head(address: int, count: int) -> int:
    """Return a frame's first 16 bits, as a write."""
    return address << 1 | (BURST if count > 1 else 0)


def cas_place(timeslot: int) -> tuple[int, int]:
    """Return (register number 0..15, shift) of a timeslot's signalling bits in RS or TS."""
    return timeslot % 16, 0 if timeslot >= 16 else 4
