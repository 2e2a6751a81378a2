"""Test signals and hybrids of ITU-T G.168, for tests and bench of the echo canceller.

The tables (voiced parts C.1 and C.3, hybrids D.2 to D.9 and their scale) are read from g168models.h of
Debian's libspandsp-dev; the spectrum of the noise is that of the band-limited signal in annex C.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import cext

Samples = NDArray[np.float64]

TABLES = Path("/usr/include/spandsp/g168models.h")
HYBRIDS = tuple(range(2, 10))  # D.2 to D.9
RATE_HZ = 8000
CSS_RATE_HZ = 44100
NOISE_SMP = 8192  # period of the pseudo noise, at 44.1 kHz
# Annex C: the band-limited noise, dB over Hz.
SPECTRUM_HZ = (50, 100, 200, 215, 500, 1000, 2850, 3600, 3660, 3680)
SPECTRUM_DB = (-25.8, -12.8, 17.4, 17.8, 12.2, 7.2, 0.0, -2.0, -20.0, -30.0)


@cache
def _tables() -> str:
    return TABLES.read_text(encoding="ascii", errors="replace")


def _table(name: str) -> Samples:
    found = re.search(rf"{name}\[\] =\s*\{{([^}}]*)\}}", _tables())
    if found is None:
        raise ValueError(f"{TABLES}: no table {name}")
    return np.array([float(v) for v in found[1].replace(",", " ").split()])


@cache
def hybrid(number: int, erl_db: float) -> Samples:
    """Return the impulse response of annex D's model `number` (2..9) at 8 kHz, with this loss.

    The standard scales the table by 10^(-erl/20) times K; K makes a composite source signal come back at
    the level it was sent at.
    """
    gain = re.search(rf"LINE_MODEL_D{number}_GAIN\s+([0-9.E+-]+)f", _tables())
    if gain is None:
        raise ValueError(f"{TABLES}: no scale of D.{number}")
    scale = float(gain[1]) * float(10 ** (-erl_db / 20))
    return _table(f"line_model_d{number}_coeffs") * scale


def _pseudo_noise(rng: np.random.Generator) -> Samples:
    hz = np.arange(NOISE_SMP // 2 + 1) * CSS_RATE_HZ / NOISE_SMP
    size = 10 ** (np.interp(hz, SPECTRUM_HZ, SPECTRUM_DB) / 20)
    size[(hz < SPECTRUM_HZ[0]) | (hz > SPECTRUM_HZ[-1])] = 0
    return np.fft.irfft(1j * size * rng.choice((-1.0, 1.0), len(size)), NOISE_SMP)


def _to_line(samples: Samples) -> Samples:
    """Resample a whole period from 44.1 to 8 kHz through its spectrum."""
    count = round(len(samples) * RATE_HZ / CSS_RATE_HZ)
    return np.fft.irfft(np.fft.rfft(samples)[: count // 2 + 1], count) * (count / len(samples))


@cache
def _css_period(is_near: bool) -> Samples:
    """Return voiced part, noise, pause, and the same again upside down, with equal power in both parts."""
    rng = np.random.default_rng(168 + is_near)
    times, pause_smp = (14, 5614) if is_near else (16, 4471)
    voiced = np.tile(_table("css_c3" if is_near else "css_c1"), times)
    noise = rng.normal(0, 1, NOISE_SMP) if is_near else _pseudo_noise(rng)
    noise = np.resize(noise, 8820) * (np.std(voiced) / np.std(noise))
    half = np.concatenate([voiced, noise, np.zeros(pause_smp)])
    return _to_line(np.concatenate([half, -half]))


def css(level_dbm0: float, seconds: float, *, is_near: bool = False) -> Samples:
    """Return the composite source signal (annex C; the near end's for double talk), 1.0 = +3.14 dBm0.

    level_dbm0  over the active part and the pause, RMS
    """
    period = _css_period(is_near)
    scale = amplitude(level_dbm0) / float(np.sqrt(2 * np.mean(period**2)))
    samples: Samples = np.resize(period, round(seconds * RATE_HZ)) * scale
    return samples


def amplitude(level_dbm0: float) -> float:
    """Give the amplitude of a sine; the square of it is twice the power of any signal at that level."""
    return float(10 ** ((level_dbm0 - 3.14) / 20))


def level_dbm0(samples: Samples) -> float:
    """Give the RMS level, at least -100."""
    return max(-100.0, float(10 * np.log10(2 * np.mean(samples**2) + 1e-12) + 3.14))


def pcm16(samples: Samples) -> NDArray[np.int16]:
    """Saturate and round."""
    return np.clip(np.rint(samples * 32768), -32768, 32767).astype(np.int16)


def as_alaw(samples: Samples) -> Samples:
    """Give what is left of samples after A-law."""
    octets = cext.alaw_encode(pcm16(samples).tobytes())
    return np.frombuffer(cext.alaw_decode(octets), "<i2") / 32768


def echo(sent: Samples, response: Samples) -> Samples:
    """Give what a hybrid sends back."""
    size = 1 << (len(sent) + len(response)).bit_length()
    product = np.fft.rfft(sent, size) * np.fft.rfft(response, size)
    return np.fft.irfft(product, size)[: len(sent)]
