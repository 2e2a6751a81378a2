"""A-law for the world outside the box, by table in numpy.

The world has a codec, tones and a caller-ID sender of its own: were they the engine's, a mistake in the
engine would cancel itself out and no test would see it.

Samples are float, 1.0 = the peak of a sine of +3.14 dBm0.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]

RATE_HZ = 8000
BLOCK_SMP = 80
FULL_SCALE_DBM0 = 3.14
SILENCE = b"\xd5" * BLOCK_SMP


def _magnitudes(fraction: int) -> NDArray[np.int32]:
    """List the 128 positive codes as 16-bit magnitudes: 0 = lower decision value, 8 = decoded value."""
    code = np.arange(128)
    segment, step = code >> 4, code & 15
    linear = (step << 4) + fraction
    curved = ((step << 4) + fraction + 0x100) << np.maximum(segment - 1, 0)
    return np.where(segment == 0, linear, curved).astype(np.int32)


def _decode_table() -> Samples:
    positive = (_magnitudes(8) / 32768).astype(np.float32)
    signed = np.concatenate([-positive, positive])  # bit 7 set = positive, before the even bits are inverted
    return np.asarray(signed[np.arange(256) ^ 0x55], dtype=np.float32)


def _encode_table() -> NDArray[np.uint8]:
    pcm = np.arange(-32768, 32768)
    size = np.where(pcm >= 0, pcm, ~pcm)
    code = np.searchsorted(_magnitudes(0), size, side="right") - 1
    # laid out so that a negative 16-bit index reaches its own entry
    return np.roll((code | np.where(pcm >= 0, 0x80, 0)) ^ 0x55, 32768).astype(np.uint8)


_DECODE = _decode_table()
_ENCODE = _encode_table()


def decode(octets: bytes | bytearray) -> Samples:
    """Turn A-law octets into samples (ITU-T G.711 table 1a)."""
    return np.asarray(_DECODE[np.frombuffer(octets, dtype=np.uint8)], dtype=np.float32)


def encode(samples: Samples) -> bytes:
    """Turn samples into A-law octets; what is too loud is clipped."""
    pcm = np.clip(np.rint(samples * 32768), -32768, 32767).astype(np.int32)
    return _ENCODE[pcm].tobytes()


def amplitude(level_dbm0: float) -> float:
    """Give the peak of a sine of this level."""
    return float(10 ** ((level_dbm0 - FULL_SCALE_DBM0) / 20))


def level_dbm0(samples: Samples) -> float:
    """Measure the mean level; silence is -inf."""
    power = float(np.mean(np.square(samples, dtype=np.float64))) if len(samples) else 0.0
    return 10 * math.log10(2 * power) + FULL_SCALE_DBM0 if power > 0 else -math.inf
