"""Test signals: levels in dBm0, samples as floats with full scale 1.0, made with numpy, not by our engine."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import cext

Samples = NDArray[np.float64]

KEYPAD = "123A456B789C*0#D"
LOW_HZ = (697, 770, 852, 941)
HIGH_HZ = (1209, 1336, 1477, 1633)
SPEECH = Path("/usr/share/codec2/raw/ve9qrp.raw")  # 112 s of a man talking (Debian: codec2-examples)

CHINA = (
    cext.ToneSpec("dial", (450.0,), ()),
    cext.ToneSpec("ringback", (450.0,), (1000, 4000)),
    cext.ToneSpec("busy", (450.0,), (350, 350)),
    cext.ToneSpec("congestion", (450.0,), (700, 700)),
)


def amplitude(level_dbm0: float) -> float:
    """0 dBm0 is 3.14 dB below a full-scale sine."""
    return float(10 ** ((level_dbm0 - 3.14) / 20))


def sine(hz: float, ms: float, level_dbm0: float, phase: float = 0.0) -> Samples:
    """One tone."""
    return amplitude(level_dbm0) * np.sin(2 * np.pi * hz * np.arange(int(ms * 8)) / 8000 + phase)


def silence(ms: float) -> Samples:
    """Nothing."""
    return np.zeros(int(ms * 8))


def noise(rng: np.random.Generator, count: int, level_dbm0: float) -> Samples:
    """White noise whose power is that of a sine of this level."""
    return rng.normal(0, amplitude(level_dbm0) / np.sqrt(2), count)


def digit(
    key: str,
    ms: float,
    *,
    low_dbm0: float = -10.0,
    high_dbm0: float = -10.0,
    low_off: float = 0.0,
    high_off: float = 0.0,
    phases: tuple[float, float] = (0.0, 0.0),
) -> Samples:
    """One DTMF digit; the frequencies off by these parts of themselves."""
    index = KEYPAD.index(key)
    low_hz, high_hz = LOW_HZ[index // 4] * (1 + low_off), HIGH_HZ[index % 4] * (1 + high_off)
    return sine(low_hz, ms, low_dbm0, phases[0]) + sine(high_hz, ms, high_dbm0, phases[1])


def pcm16(samples: Samples) -> bytes:
    """Saturate and round to 16 bits."""
    return np.clip(np.rint(samples * 32768), -32768, 32767).astype("<i2").tobytes()


def from_pcm16(octets: bytes) -> Samples:
    """Full scale 1.0."""
    return np.frombuffer(octets, dtype="<i2").astype(np.float64) / 32768


def alaw(samples: Samples) -> bytes:
    """As on the line."""
    return cext.alaw_encode(pcm16(samples))


def speech(level_dbm0: float, begin_s: float = 0.0, length_s: float = 100.0) -> Samples:
    """Human speech whose mean power is that of a sine of this level."""
    samples = np.fromfile(SPEECH, dtype="<i2").astype(np.float64)[int(begin_s * 8000) :][
        : int(length_s * 8000)
    ]
    return samples * (amplitude(level_dbm0) / np.sqrt(2) / np.sqrt(np.mean(samples**2)))
