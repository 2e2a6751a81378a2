"""What the spool is made of: slots of 176 octets, little-endian, each with its own mark.

chunk   10 ms of a recording, as the media engine gives it:
        u32 CHUNK, u32 recording id, u32 seq from 0, u16 channel, u16 flags (1 = last), 80 octets rx, 80 tx
begin   u32 BEGIN, u32 recording id, then what the recording is (`Begin`), checked by a CRC-32
end     u32 END, u32 recording id: nothing follows; said by the box when the engine cannot
done    u32 DONE, u32 0, UUID: the file is finished and its row is stored

A recording id is the engine's, and free again after the recording; the UUID is for ever. A slot that was
torn by a power cut has no mark, or ends early, and is skipped.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID
from zlib import crc32

SLOT = 176
CHUNK = 0x31524243
BEGIN = 0x32524243
DONE = 0x33524243
END = 0x34524243
LAST = 1
CHUNK_SMP = 80
CHUNK_S = 0.01

_CHUNK = struct.Struct("<IIIHH80s80s")
_BEGIN = struct.Struct("<II16s16sdi16s32s")
_DONE = struct.Struct("<II16s")
_CRC = struct.Struct("<I")


@dataclass(frozen=True, slots=True)
class Begin:
    """What a recording is.

    kind         call (both sides) | message (the caller only)
    retention    class, such as `standard`; up to 32 characters
    started_unix wall clock, seconds
    revision     of the settings
    """

    recording_id: int
    recording: str
    call: str
    kind: str
    retention: str
    started_unix: float
    revision: int

    @property
    def channels(self) -> int:
        """Give how many channels its file has: a message has the caller's only."""
        return 1 if self.kind == "message" else 2

    def pack(self) -> bytes:
        """Give the slot. raises ValueError for a name that does not fit."""
        kind, retention = self.kind.encode(), self.retention.encode()
        if len(kind) > 16 or len(retention) > 32:
            raise ValueError(
                f"kind, retention: got {self.kind!r}, {self.retention!r}, allowed: 16 and 32 octets"
            )
        body = _BEGIN.pack(
            BEGIN, self.recording_id, UUID(self.recording).bytes, UUID(self.call).bytes, self.started_unix,
            self.revision, kind, retention,
        )  # fmt: skip
        return (body + _CRC.pack(crc32(body))).ljust(SLOT, b"\0")


@dataclass(frozen=True, slots=True)
class Done:
    """A recording needs the spool no more."""

    recording: str

    def pack(self) -> bytes:
        """Give the slot."""
        body = _DONE.pack(DONE, 0, UUID(self.recording).bytes)
        return (body + _CRC.pack(crc32(body))).ljust(SLOT, b"\0")


@dataclass(frozen=True, slots=True)
class End:
    """Nothing more comes for a recording."""

    recording_id: int

    def pack(self) -> bytes:
        """Give the slot."""
        return struct.pack("<II", END, self.recording_id).ljust(SLOT, b"\0")


class Chunk(NamedTuple):
    """10 ms of a recording. A tuple, because thousands come in a second."""

    recording_id: int
    seq: int
    is_last: bool
    rx: bytes
    tx: bytes


Slot = Begin | Chunk | End | Done


def pack_chunk(chunk: Chunk, channel: int = 0) -> bytes:
    """Give the slot, as the engine makes it."""
    flags = LAST if chunk.is_last else 0
    return _CHUNK.pack(CHUNK, chunk.recording_id, chunk.seq, channel, flags, chunk.rx, chunk.tx)


def slots(octets: bytes) -> Iterator[Slot | None]:
    """Read a spool file: a slot, or None for one that is torn or unknown; an incomplete tail is dropped."""
    whole = memoryview(octets)[: len(octets) // SLOT * SLOT]
    for at, (mark, recording_id, seq, _, flags, rx, tx) in enumerate(_CHUNK.iter_unpack(whole)):
        if mark == CHUNK:
            yield Chunk(recording_id, seq, bool(flags & LAST), rx, tx)
        else:
            yield parse(octets[at * SLOT : (at + 1) * SLOT])


def parse(slot: bytes) -> Slot | None:
    """Read a slot of 176 octets; None when it is torn or unknown."""
    mark, recording_id, seq, _, flags, rx, tx = _CHUNK.unpack(slot)
    if mark == CHUNK:
        return Chunk(recording_id, seq, bool(flags & LAST), rx, tx)
    if mark == BEGIN and _is_whole(slot, _BEGIN.size):
        _, _, recording, call, started_unix, revision, kind, retention = _BEGIN.unpack_from(slot)
        return Begin(
            recording_id, str(UUID(bytes=recording)), str(UUID(bytes=call)), _name(kind), _name(retention),
            started_unix, revision,
        )  # fmt: skip
    if mark == END:
        return End(recording_id)
    if mark == DONE and _is_whole(slot, _DONE.size):
        return Done(str(UUID(bytes=_DONE.unpack_from(slot)[2])))
    return None


def _is_whole(slot: bytes, size: int) -> bool:
    return bytes(slot[size : size + _CRC.size]) == _CRC.pack(crc32(slot[:size]))


def _name(octets: bytes) -> str:
    return octets.rstrip(b"\0").decode("utf-8", "replace")
