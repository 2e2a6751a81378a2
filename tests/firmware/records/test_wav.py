from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from firmware.records import wav


def test_libsndfile_reads_what_we_write(tmp_path: Path) -> None:
    left, right = bytes(range(256)), bytes(reversed(range(256)))
    frames = bytearray(512)
    frames[0::2], frames[1::2] = left, right
    path = tmp_path / "a.wav"
    path.write_bytes(wav.header(wav.Shape(2, 256)) + frames)
    info = soundfile.info(path)
    assert (info.samplerate, info.channels, info.frames, info.subtype) == (8000, 2, 256, "ALAW")
    sound, _ = soundfile.read(path, dtype="int16")
    assert np.array_equal(sound[:, 0], sound[::-1, 1])
    assert sound[0xD5, 0] == 8  # G.711 A-law: +0 is the smallest positive value, 8 of 32768
    assert abs(int(sound[:, 0].max())) == 32256


def test_the_header_is_laid_out_by_the_clause() -> None:
    octets = wav.header(wav.Shape(1, 800))
    assert len(octets) == wav.HEADER_OCTETS
    assert struct.unpack_from("<4sI4s", octets) == (b"RIFF", 58 - 8 + 800, b"WAVE")
    assert struct.unpack_from("<4sIHHIIHHH", octets, 12) == (b"fmt ", 18, 6, 1, 8000, 8000, 1, 8, 0)
    assert struct.unpack_from("<4sII4sI", octets, 38) == (b"fact", 4, 800, b"data", 800)


def test_a_header_reads_back(tmp_path: Path) -> None:
    shape = wav.Shape(2, 16000)
    assert wav.parse_header(wav.header(shape) + b"sound") == shape
    assert shape.duration_s == 2.0


@pytest.mark.parametrize("octets", [b"", b"RIFF", b"\0" * 58, wav.header(wav.Shape(1, 1))[:57]])
def test_what_is_no_header_of_ours_is_refused(octets: bytes) -> None:
    with pytest.raises(wav.WavError):
        wav.parse_header(octets)
