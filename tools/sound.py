"""Sound as the tools handle it: float64 mono at 8 kHz, 1.0 = full scale = a sine of +3.14 dBm0."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float64]

RATE_HZ = 8000
FULL_SCALE_DBM0 = 3.14  # a sine that just reaches the largest code of G.711 A-law
_FRAME_SMP = 160
_FLOOR_DBM0 = -99.0


def read_wav(path: Path) -> tuple[Samples, int]:
    """Read a 16-bit WAV file of any rate; several channels become one.

    gives   samples, rate in Hz
    raises  ValueError if it is not 16-bit PCM
    """
    with wave.open(str(path), "rb") as file:
        if file.getsampwidth() != 2:
            raise ValueError(f"{path}: got {8 * file.getsampwidth()} bits a sample, allowed: 16")
        octets = file.readframes(file.getnframes())
        channels, rate_hz = file.getnchannels(), file.getframerate()
    sound = np.frombuffer(octets, dtype="<i2").reshape(-1, channels).mean(axis=1) / 32768.0
    return sound, rate_hz


def read_raw(path: Path) -> Samples:
    """Read headerless 16-bit little-endian samples."""
    return np.frombuffer(path.read_bytes(), dtype="<i2") / 32768.0


def write_wav(path: Path, *channels: Samples) -> None:
    """Write 8 kHz 16-bit PCM, one or more channels of equal length, atomically enough for a build."""
    path.parent.mkdir(parents=True, exist_ok=True)
    frames = np.stack(channels, axis=1)
    octets = (np.clip(frames, -1.0, 1.0) * 32767.0).round().astype("<i2").tobytes()
    draft = path.with_suffix(".part")
    with wave.open(str(draft), "wb") as file:
        file.setnchannels(len(channels))
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(octets)
    draft.replace(path)


def to_telephone(sound: Samples, rate_hz: int) -> Samples:
    """Change the rate to 8 kHz and keep the telephone band, 200 to 3500 Hz, by one transform of it all."""
    n_out = round(len(sound) * RATE_HZ / rate_hz)
    spectrum = np.fft.rfft(sound)
    hz = np.fft.rfftfreq(len(sound), 1.0 / rate_hz)
    spectrum *= np.clip((hz - 120.0) / 80.0, 0.0, 1.0) * np.clip((3700.0 - hz) / 200.0, 0.0, 1.0)
    bins = n_out // 2 + 1
    fitted = np.zeros(bins, dtype=complex)
    fitted[: min(bins, len(spectrum))] = spectrum[:bins]
    return np.asarray(np.fft.irfft(fitted, n_out) * (n_out / len(sound)))


def level_dbm0(sound: Samples) -> float:
    """Give the RMS level; -99 for silence."""
    rms = float(np.sqrt(np.mean(np.square(sound)))) if len(sound) else 0.0
    return max(_FLOOR_DBM0, 20.0 * float(np.log10(max(rms, 1e-9) * np.sqrt(2.0))) + FULL_SCALE_DBM0)


def frame_levels_dbm0(sound: Samples) -> Samples:
    """Give the level of each whole 20 ms."""
    frames = sound[: len(sound) // _FRAME_SMP * _FRAME_SMP].reshape(-1, _FRAME_SMP)
    rms = np.sqrt(np.mean(np.square(frames), axis=1))
    return np.asarray(20.0 * np.log10(np.maximum(rms, 1e-9) * np.sqrt(2.0)) + FULL_SCALE_DBM0)


def speech_level_dbm0(sound: Samples) -> float:
    """Give the level of the active parts: the frames within 20 dB of the loudest."""
    levels = frame_levels_dbm0(sound)
    if not len(levels):
        return _FLOOR_DBM0
    active = levels[levels > levels.max() - 20.0]
    return 10.0 * float(np.log10(np.mean(10.0 ** (active / 10.0))))


def at_level(sound: Samples, dbm0: float) -> Samples:
    """Bring the active level to this one; peaks are bent below full scale rather than clipped."""
    scaled = sound * 10.0 ** ((dbm0 - speech_level_dbm0(sound)) / 20.0)
    bent = np.sign(scaled) * (0.7 + 0.25 * np.tanh((np.abs(scaled) - 0.7) / 0.25))
    return np.asarray(np.where(np.abs(scaled) > 0.7, bent, scaled))


def trimmed(sound: Samples, *, margin_ms: int = 40, below_peak_db: float = 45.0) -> Samples:
    """Cut the silence at both ends, but for a margin."""
    levels = frame_levels_dbm0(sound)
    loud = np.flatnonzero(levels > levels.max(initial=_FLOOR_DBM0) - below_peak_db)
    if not len(loud):
        return sound
    margin = margin_ms * RATE_HZ // 1000
    return sound[max(0, loud[0] * _FRAME_SMP - margin) : (loud[-1] + 1) * _FRAME_SMP + margin]


def faded(sound: Samples, fade_ms: int = 20) -> Samples:
    """Begin and end without a click."""
    n = min(fade_ms * RATE_HZ // 1000, len(sound) // 2)
    ramp = np.ones(len(sound))
    ramp[:n] = np.arange(n) / n
    ramp[len(sound) - n :] = np.arange(n)[::-1] / n
    return sound * ramp
