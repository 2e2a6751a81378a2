"""Frames on a timeslot of 64 kbit/s, by strings of bits: the exchange's own HDLC, not the engine's.

Python moves a long string as fast as one character, so stuffing is a `replace` and finding frames a `split`.
The first bit on the line is the highest of an octet of the timeslot; HDLC sends its octets from the lowest.
source  ITU-T Q.921 section 2: flag, zero insertion, frame check sequence
"""

from __future__ import annotations

from binascii import crc_hqx
from collections import deque
from itertools import pairwise

from hal.sim.world import BLOCK_SMP

BLOCK_BITS = 8 * BLOCK_SMP
FLAG = "01111110"
SIX_ONES = "111111"  # never inside a frame: a flag, or the beginning of an abort
LONGEST = 300  # octets with address and FCS; Q.921 has 260 of information
SHORTEST = 4
CRC_GOOD = 0x1D0F  # what the CRC over a frame and its own FCS leaves

_REVERSED = bytes(int(f"{octet:08b}"[::-1], 2) for octet in range(256))
_LONGEST_BITS = LONGEST * 8 * 6 // 5
_FLAGS = int(FLAG * (BLOCK_SMP + 1), 2)
# by the number of bits of a flag that are still to be sent
_IDLE = tuple(((_FLAGS >> rest) & ((1 << BLOCK_BITS) - 1)).to_bytes(BLOCK_SMP, "big") for rest in range(8))
_QUIET = frozenset({*_IDLE, b"\xff" * BLOCK_SMP})


def with_fcs(frame: bytes) -> bytes:
    """Add the frame check sequence; gives octets as the line has them, first bit highest."""
    octets = frame.translate(_REVERSED)
    return octets + (crc_hqx(octets, 0xFFFF) ^ 0xFFFF).to_bytes(2, "big")


class HdlcSender:
    """What goes onto the timeslot: flags, and frames between them."""

    def __init__(self) -> None:
        self._queue: deque[str] = deque()
        self._rest = ""

    def send(self, frame: bytes, *, wrong_bit: int | None = None) -> None:
        """Queue a frame without FCS.

        wrong_bit  this bit of frame and FCS is turned over on the line, counted around
        """
        octets = with_fcs(frame)
        if wrong_bit is not None:
            at = wrong_bit % (8 * len(octets))
            octets = (int.from_bytes(octets, "big") ^ (1 << at)).to_bytes(len(octets), "big")
        bits = f"{int.from_bytes(octets, 'big'):0{8 * len(octets)}b}"
        self._queue.append(FLAG + bits.replace("11111", "111110") + FLAG)

    def send_bits(self, bits: str) -> None:
        """Queue bits as they are, without flags and stuffing."""
        self._queue.append(bits)

    @property
    def is_idle(self) -> bool:
        """Only flags are left."""
        return not self._queue and len(self._rest) < 8

    def next_block(self) -> bytes:
        """Give the next 10 ms."""
        if self.is_idle:
            return _IDLE[len(self._rest)]
        bits = self._rest
        while self._queue and len(bits) < BLOCK_BITS:
            bits += self._queue.popleft()
        if len(bits) < BLOCK_BITS:
            bits += FLAG * ((BLOCK_BITS - len(bits) + 7) // 8)
        self._rest = bits[BLOCK_BITS:]
        return int(bits[:BLOCK_BITS], 2).to_bytes(BLOCK_SMP, "big")


class HdlcReceiver:
    """What comes off the timeslot; counts what is no good frame."""

    def __init__(self) -> None:
        self.bad = 0  # wrong FCS, no whole octets, too short, too long, or aborted
        self._bits = ""
        self._last = b""

    def receive(self, block: bytes) -> list[bytes]:
        """Take 10 ms; gives the frames that ended in it, without FCS."""
        if block == self._last:  # flags after flags, or ones after ones, change nothing
            return []
        self._last = block if block in _QUIET else b""
        bits = self._bits + f"{int.from_bytes(block, 'big'):0{8 * len(block)}b}"
        parts = bits.split(SIX_ONES)
        if len(parts) > 1 and not parts[-1]:  # whether those six ones were a flag, the next bit says
            parts[-2:] = [parts[-2] + SIX_ONES]
        self._bits = parts[-1] if len(parts) == 1 else SIX_ONES + parts[-1]
        if len(self._bits) > _LONGEST_BITS:
            self.bad += self._bits.startswith(SIX_ONES)
            self._bits = ""
        return self._frames(parts)

    def _frames(self, parts: list[str]) -> list[bytes]:
        """Read what is between six ones and six ones; the first and the last part are not."""
        frames = []
        for part, after in pairwise(parts[1:]):
            if len(part) <= 2 or part[0] == "1":  # between two flags, or the rest of an abort
                continue
            frame = _frame(part) if after[:1] == "0" else b""
            if frame:
                frames.append(frame)
            else:
                self.bad += 1
        return frames


def _frame(part: str) -> bytes:
    """Read a frame with the zero of the flag before and that of the flag after it; nothing if it is bad."""
    bits = part[1:-1].replace("111110", "11111")
    if len(bits) % 8 or not SHORTEST * 8 <= len(bits) <= LONGEST * 8:
        return b""
    octets = int(bits, 2).to_bytes(len(bits) // 8, "big")
    return octets[:-2].translate(_REVERSED) if crc_hqx(octets, 0xFFFF) == CRC_GOOD else b""
