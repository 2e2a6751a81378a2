"""A-law WAV files, which Python's `wave` does not know.

source Microsoft Multimedia Programming Interface 1.0: RIFF, WAVE_FORMAT_ALAW (6); a `fact` chunk is
required for it
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

FORMAT_ALAW = 6
RATE_HZ = 8000
HEADER_OCTETS = 58
SILENCE = 0xD5  # A-law +0

_HEADER = struct.Struct("<4sI4s 4sIHHIIHHH 4sII 4sI")


class WavError(ValueError):
    """A file is no A-law WAV of ours."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What a file holds: 8000 frames a second of one octet per channel."""

    channels: int
    frames: int

    @property
    def duration_s(self) -> float:
        """Give its length."""
        return self.frames / RATE_HZ


def header(shape: Shape) -> bytes:
    """Give the 58 octets before the sound. A data chunk of odd length needs a padding octet after it."""
    data_octets = shape.frames * shape.channels
    padded = data_octets + data_octets % 2
    return _HEADER.pack(
        b"RIFF", HEADER_OCTETS - 8 + padded, b"WAVE",
        b"fmt ", 18, FORMAT_ALAW, shape.channels, RATE_HZ, RATE_HZ * shape.channels, shape.channels, 8, 0,
        b"fact", 4, shape.frames,
        b"data", data_octets,
    )  # fmt: skip


def parse_header(octets: bytes) -> Shape:
    """Read a header that `header` wrote. raises WavError."""
    if len(octets) < HEADER_OCTETS:
        raise WavError("shorter than a header")
    fields = _HEADER.unpack(octets[:HEADER_OCTETS])
    marks = (fields[0], fields[2], fields[3], fields[5], fields[12], fields[15])
    if marks != (b"RIFF", b"WAVE", b"fmt ", FORMAT_ALAW, b"fact", b"data"):
        raise WavError("no A-law WAV of this box")
    return Shape(channels=fields[6], frames=fields[14])
