"""A growing recording: what was put is written in one go, and what the disk refuses is a gap."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from firmware.records import wav
from firmware.records.chunk import CHUNK_SMP, Begin
from firmware.records.take import Take

RX, TX = b"\x11" * CHUNK_SMP, b"\x22" * CHUNK_SMP
SILENT = bytes([wav.SILENCE]) * (2 * CHUNK_SMP)
SOUND = b"\x11\x22" * CHUNK_SMP


@pytest.fixture
def take(tmp_path: Path) -> Take:
    recording, call = "0" * 31 + "1", "0" * 31 + "2"
    return Take(tmp_path, Begin(1, recording, call, "call", "standard", 0.0, 1), durable=False)


def test_a_quarter_of_a_second_is_one_write(take: Take, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []
    pwrite = os.pwrite

    def count(handle: int, octets: bytes, offset: int) -> int:
        sizes.append(len(octets))
        return pwrite(handle, octets, offset)

    monkeypatch.setattr(os, "pwrite", count)
    for seq in range(25):
        take.put(seq, RX, TX)
    assert take.is_dirty and sizes == []
    take.flush()
    assert not take.is_dirty and sizes == [25 * 2 * CHUNK_SMP]


def test_what_the_disk_refused_is_silence_and_counted_once(
    take: Take, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refuse(*_: object) -> int:
        raise OSError(errno.EIO, "no")

    take.put(0, RX, TX)
    take.flush()
    take.put(2, RX, TX)  # chunk 1 is missing
    with monkeypatch.context() as disk, pytest.raises(OSError, match="no"):
        disk.setattr(os, "pwrite", refuse)
        take.flush()
    take.put(3, RX, TX)
    take.flush()
    row = take.finish(repaired=False)
    assert (row.duration_s, row.lost_s) == (0.04, 0.02)
    assert (tmp_path / row.path).read_bytes()[wav.HEADER_OCTETS :] == SOUND + SILENT + SILENT + SOUND
