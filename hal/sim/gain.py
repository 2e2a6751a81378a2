"""A line chip's gain, octet by octet: what A-law makes of a louder or softer sound."""

from __future__ import annotations

from functools import cache


@cache
def gain_table(gain_db: int) -> bytes | None:
    """Return the octet for every octet, for `bytes.translate`; None for no gain."""
    if gain_db == 0:
        return None
    factor = 10 ** (gain_db / 20)
    return bytes(_encode(_decode(octet) * factor) for octet in range(256))


def _decode(octet: int) -> float:
    code = octet ^ 0x55
    segment, step = code >> 4 & 7, code & 15
    size = step * 16 + 8 if segment == 0 else (step * 16 + 8 + 256) << segment - 1
    return size if code & 0x80 else -size


def _encode(sample: float) -> int:
    size = min(int(abs(sample)), 32767)
    segment = max((size >> 8).bit_length(), 0)
    step = size >> 4 if segment == 0 else size >> segment + 3
    return ((0x80 if sample >= 0 else 0) | segment << 4 | step & 15) ^ 0x55
