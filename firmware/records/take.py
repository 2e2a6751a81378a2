"""A recording that grows: a WAV file under a temporary name until it is finished."""

from __future__ import annotations

import errno
import hashlib
import os
from datetime import UTC, datetime
from pathlib import Path

from firmware.durable import sync_folder
from firmware.records import wav
from firmware.records.chunk import CHUNK_SMP, Begin
from firmware.records.rows import RecordingRow

PART_SUFFIX = ".part"
GAP_MAX_CHUNKS = 6000  # a longer hole than a minute is no lost chunk but a wrong number


def path_of(recording: str) -> str:
    """Give a recording's path in the data folder; it tells nothing about the call."""
    return f"recordings/{recording[-2:]}/{recording}.wav"


class Take:
    """Put chunks into a file, silence where some are missing; `flush` writes what was put, in one go.

    folder   the data folder
    durable  False does not wait for the disk
    raises   OSError, everywhere
    """

    def __init__(self, folder: Path, begin: Begin, *, durable: bool = True) -> None:
        self.begin = begin
        self._durable = durable
        self._path = folder / path_of(begin.recording)
        self._part = self._path.with_name(self._path.name + PART_SUFFIX)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._chunk_octets = CHUNK_SMP * begin.channels
        self._handle = os.open(self._part, os.O_RDWR | os.O_CREAT, 0o640)
        self._next_seq = self._resume()
        self._may_rewind = self._next_seq > 0
        self._lost_chunks = 0
        self._rx, self._tx = bytearray(), bytearray()  # put, not yet in the file
        self._gap_chunks = 0  # of silence among it

    def put(self, seq: int, rx: bytes, tx: bytes) -> None:
        """Add 10 ms; a chunk that came before is ignored, a gap becomes silence."""
        if self._may_rewind:
            self._rewind(seq)
        gap = seq - self._next_seq
        if not 0 <= gap <= GAP_MAX_CHUNKS:
            return
        if gap:
            silence = bytes([wav.SILENCE]) * (gap * CHUNK_SMP)
            self._rx += silence
            self._tx += silence
            self._gap_chunks += gap
        self._rx += rx
        self._tx += tx
        self._next_seq = seq + 1

    def flush(self) -> None:
        """Write what was put; what the disk refuses becomes a gap."""
        octets, chunks, gap_chunks = self._frames(), len(self._rx) // CHUNK_SMP, self._gap_chunks
        self._rx, self._tx, self._gap_chunks = bytearray(), bytearray(), 0
        first = self._next_seq - chunks
        try:
            if os.pwrite(self._handle, octets, self._offset(first)) < len(octets):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError:
            self._next_seq = first
            raise
        self._lost_chunks += gap_chunks

    @property
    def is_dirty(self) -> bool:
        """Something was put and not yet written."""
        return bool(self._rx)

    def sync(self) -> None:
        """Force what was written to the disk."""
        if self._durable:
            os.fdatasync(self._handle)

    def abandon(self) -> None:
        """Let go of the file; what is there stays for the next start."""
        os.close(self._handle)

    def finish(self, *, repaired: bool) -> RecordingRow:
        """Make it a whole WAV file at its place, on the disk, of what was written."""
        shape = wav.Shape(self.begin.channels, self._next_seq * CHUNK_SMP)
        try:
            os.ftruncate(self._handle, self._offset(self._next_seq))
            os.pwrite(self._handle, wav.header(shape), 0)
            if self._durable:
                os.fsync(self._handle)
        finally:
            os.close(self._handle)
        os.replace(self._part, self._path)
        if self._durable:
            sync_folder(self._path.parent)
        return _row(self.begin, self._path, shape, lost_chunks=self._lost_chunks, repaired=repaired)

    def _resume(self) -> int:
        """Give the number of whole chunks that an earlier run left, after making room for the header."""
        octets = os.fstat(self._handle).st_size - wav.HEADER_OCTETS
        if octets < 0:
            os.pwrite(self._handle, wav.header(wav.Shape(self.begin.channels, 0)), 0)
            return 0
        return octets // self._chunk_octets

    def _rewind(self, seq: int) -> None:
        """Go back to the spool's first chunk: what follows in the file may never have reached the disk."""
        self._may_rewind = False
        if seq < self._next_seq:
            self._next_seq = seq
            os.ftruncate(self._handle, self._offset(seq))

    def _offset(self, seq: int) -> int:
        return wav.HEADER_OCTETS + seq * self._chunk_octets

    def _frames(self) -> bytearray:
        if self.begin.channels == 1:
            return self._rx
        frames = bytearray(2 * len(self._rx))
        frames[0::2], frames[1::2] = self._rx, self._tx
        return frames


def finished_row(folder: Path, begin: Begin, *, repaired: bool) -> RecordingRow | None:
    """Give the row of a recording whose file is finished; None when there is no such file. raises OSError."""
    path = folder / path_of(begin.recording)
    if not path.exists():
        return None
    with path.open("rb") as file:
        shape = wav.parse_header(file.read(wav.HEADER_OCTETS))
    return _row(begin, path, shape, lost_chunks=0, repaired=repaired)


def _row(begin: Begin, path: Path, shape: wav.Shape, *, lost_chunks: int, repaired: bool) -> RecordingRow:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return RecordingRow(
        id=begin.recording,
        call=begin.call,
        revision=begin.revision,
        started_utc=datetime.fromtimestamp(begin.started_unix, UTC),
        duration_s=shape.duration_s,
        kind=begin.kind,
        retention=begin.retention,
        path=path_of(begin.recording),
        channels=shape.channels,
        sha256=digest,
        lost_s=lost_chunks * CHUNK_SMP / wav.RATE_HZ,
        repaired=repaired,
    )
