"""Files that survive a power cut: a file is replaced as a whole or not at all.

A new file is written under a temporary name, forced to the disk, renamed over the old one, and the folder
is forced to the disk: after a cut at any of these steps the old file or the new one is there, never a
mixture.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol

STRAY_PREFIX = ".new."


class Disk(Protocol):
    """The steps of a durable write, so that a test can cut the power between any two of them."""

    def create(self, path: Path, data: bytes, mode: int) -> None:
        """Write a new file; its content need not be on the disk yet."""

    def sync_file(self, path: Path) -> None:
        """Force a file's content to the disk."""

    def rename(self, source: Path, target: Path) -> None:
        """Put a file in the place of another."""

    def sync_folder(self, folder: Path) -> None:
        """Force a folder's entries to the disk."""


class RealDisk:
    """The operating system's files."""

    def create(self, path: Path, data: bytes, mode: int) -> None:
        """Write a new file, readable by nobody but the mode says so from its first moment."""
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        with os.fdopen(handle, "wb") as file:
            os.fchmod(handle, mode)
            file.write(data)

    def sync_file(self, path: Path) -> None:
        """Call fsync."""
        _sync(path, os.O_RDONLY)

    def rename(self, source: Path, target: Path) -> None:
        """Call rename."""
        os.replace(source, target)

    def sync_folder(self, folder: Path) -> None:
        """Call fsync on the folder."""
        sync_folder(folder)


def replace_file(disk: Disk, path: Path, data: bytes, mode: int = 0o644) -> None:
    """Put `data` at `path` so that a power cut leaves the old file or the new one.

    raises  OSError; the old file is still there, a stray temporary file may be (`sweep`)
    """
    stray = path.with_name(STRAY_PREFIX + path.name)
    disk.create(stray, data, mode)
    disk.sync_file(stray)
    disk.rename(stray, path)
    disk.sync_folder(path.parent)


def sweep(folder: Path) -> list[Path]:
    """Remove temporary files that a power cut left behind, and give their paths."""
    strays = sorted(folder.glob(STRAY_PREFIX + "*"))
    for stray in strays:
        stray.unlink()
    return strays


def sync_folder(folder: Path) -> None:
    """Force a folder's entries to the disk. raises OSError."""
    _sync(folder, os.O_RDONLY | os.O_DIRECTORY)


def _sync(path: Path, flags: int) -> None:
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
