"""The spool's file on the disk: slots are appended, forced to the disk once a second, and begun anew when it
is long."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable
from pathlib import Path

from firmware.durable import sync_folder
from firmware.records.chunk import SLOT

ROTATE_OCTETS = 4 << 20
_SUFFIX = ".spl"


class Journal:
    """Append to the newest of the files `NNNNNNNN.spl`.

    durable  False does not wait for the disk
    raises   OSError, everywhere
    """

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._durable = durable
        self._folder = folder
        self._handle = -1
        self._octets = 0

    def stored(self) -> list[Path]:
        """Give the files, oldest first."""
        return sorted(self._folder.glob("*" + _SUFFIX))

    def is_long(self) -> bool:
        """Tell if it is time for a new file."""
        return self._octets >= ROTATE_OCTETS

    def append(self, slots: bytes) -> None:
        """Add slots; a write that fails half-way leaves nothing, so that slots stay aligned."""
        assert self._handle >= 0, "begin_anew comes first"
        try:
            written = os.write(self._handle, slots)
            if written < len(slots):  # the disk is full
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError:
            os.ftruncate(self._handle, self._octets)
            os.lseek(self._handle, self._octets, os.SEEK_SET)
            raise
        self._octets += len(slots)

    def sync(self) -> None:
        """Force what was appended to the disk."""
        if self._durable:
            os.fdatasync(self._handle)

    def begin_anew(self, slots: Iterable[bytes]) -> None:
        """Begin a new file with these slots, then remove the older ones: a power cut leaves one or both."""
        old = self.stored()
        number = int(old[-1].stem) + 1 if old else 1
        path = self._folder / f"{number:08d}{_SUFFIX}"
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o640)
        content = b"".join(slots)
        try:
            os.write(handle, content)
            if self._durable:
                os.fsync(handle)
                sync_folder(self._folder)
        except OSError:
            os.close(handle)
            path.unlink(missing_ok=True)
            raise
        self._take_over(handle, len(content))
        for file in old:
            file.unlink()

    def close(self) -> None:
        """Let go of the file."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def _take_over(self, handle: int, octets: int) -> None:
        self.close()
        assert octets % SLOT == 0
        self._handle, self._octets = handle, octets
