"""The board's side of the TDM block, written from the format alone (head of cext/include/dsp.h)."""

from __future__ import annotations

import binascii
import struct
from collections.abc import Mapping

import cext

SILENCE = b"\xd5" * cext.BLOCK_SMP


def block_from_board(
    timeslots: int,
    octets: Mapping[int, bytes] | None = None,
    *,
    frame_counter: int = 0,
    flags: int = 0,
    seq: int = 0,
) -> bytes:
    """Return a block with 80 octets for some timeslots, silence in the others."""
    frames = bytearray(b"\xd5" * (timeslots * cext.BLOCK_SMP))
    for timeslot, samples in (octets or {}).items():
        assert len(samples) == cext.BLOCK_SMP
        frames[timeslot::timeslots] = samples
    body = struct.pack(">BBHIBBH", 0x00, 0xBC, seq, frame_counter, flags, 0, 0) + bytes(frames)
    return body + struct.pack(">H", binascii.crc_hqx(body, 0xFFFF))


def read_block(block: bytes, timeslots: int) -> tuple[int, list[bytes]]:
    """Check a block to the board; return its sequence number and the octets of each timeslot."""
    assert binascii.crc_hqx(block[:-2], 0xFFFF) == int.from_bytes(block[-2:], "big")
    magic, seq, frames, count, rest = struct.unpack(">HHHHI", block[:12])
    assert (magic, frames, count, rest) == (0x05CB, cext.BLOCK_SMP, timeslots, 0)
    body = block[12:-2]
    assert len(body) == timeslots * cext.BLOCK_SMP
    return seq, [body[i::timeslots] for i in range(timeslots)]


class Line:
    """An engine in virtual time with a board around it: octets in, octets out, events, chunks."""

    def __init__(self, timeslots: int = 4, tones: tuple[cext.ToneSpec, ...] = ()) -> None:
        self.timeslots = timeslots
        self.engine = cext.Engine(timeslots, tones)
        self.frame = 0
        self.events: list[cext.Event] = []
        self.sent = [b""] * timeslots  # all that went out so far

    def tick(self, octets: Mapping[int, bytes] | None = None) -> list[bytes]:
        """One block each way; return what each timeslot sent."""
        block = self.engine.tick(block_from_board(self.timeslots, octets, frame_counter=self.frame))
        self.frame += cext.BLOCK_SMP
        self.events += self.engine.events()
        _, sent = read_block(block, self.timeslots)
        self.sent = [old + new for old, new in zip(self.sent, sent, strict=True)]
        return sent

    def run(self, ticks: int, octets: Mapping[int, bytes] | None = None) -> None:
        """Ticks with octets of any length, cut into blocks and filled up with silence."""
        for at in range(0, ticks * cext.BLOCK_SMP, cext.BLOCK_SMP):
            parts = {slot: data[at : at + cext.BLOCK_SMP] for slot, data in (octets or {}).items()}
            self.tick({slot: part.ljust(cext.BLOCK_SMP, b"\xd5") for slot, part in parts.items()})

    def kinds(self) -> list[cext.EventKind]:
        """Return the kinds of the events so far."""
        return [event.kind for event in self.events]
