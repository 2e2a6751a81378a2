"""Sound files of callers and phones: any WAV or raw file becomes 8 kHz samples."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import soundfile

from tools.emulator import alaw
from tools.emulator.alaw import RATE_HZ, Samples

LONGEST_S = 3600.0
WAVE_FORMAT_ALAW = 6
RAW_KINDS = {
    ".al": "ALAW",
    ".alaw": "ALAW",
    ".ul": "ULAW",
    ".ulaw": "ULAW",
    ".raw": "PCM_16",
    ".pcm": "PCM_16",
    ".s16": "PCM_16",
    ".sw": "PCM_16",
}

_loaded: dict[tuple[Path, int, int], Samples] = {}
_LOADED_MAX = 64


class SoundError(ValueError):
    """A sound file that cannot be used; the message says why and what is allowed."""


def load(path: Path) -> Samples:
    """Read a sound file as 8 kHz mono.

    path    WAV (or what else libsndfile opens, any rate); raw by name: .al/.alaw, .ul/.ulaw,
            .raw/.pcm/.s16/.sw (16 bit little-endian), all 8 kHz mono
    raises  SoundError
    """
    try:
        stat = path.stat()
    except OSError as error:
        raise SoundError(f"audio {path}: {error.strerror}") from error
    key = (path.resolve(), stat.st_mtime_ns, stat.st_size)
    if key not in _loaded:
        while len(_loaded) >= _LOADED_MAX:
            _loaded.pop(next(iter(_loaded)), None)
        _loaded[key] = _read(path)
    return _loaded[key]


def _read(path: Path) -> Samples:
    kind = RAW_KINDS.get(path.suffix.lower())
    raw = {"samplerate": RATE_HZ, "channels": 1, "format": "RAW", "subtype": kind} if kind else {}
    try:
        with soundfile.SoundFile(path, **raw) as file:
            if file.frames > LONGEST_S * file.samplerate:
                raise SoundError(f"audio {path}: longer than the {LONGEST_S / 60:.0f} minutes allowed")
            samples = file.read(dtype="float32", always_2d=True)
            rate_hz = file.samplerate
    except soundfile.LibsndfileError as error:
        allowed = "a WAV file, or raw 8 kHz with a name ending in " + ", ".join(RAW_KINDS)
        raise SoundError(f"audio {path}: {error.error_string.strip()} (allowed: {allowed})") from error
    except OSError as error:
        raise SoundError(f"audio {path}: {error.strerror}") from error
    return resample(samples.mean(axis=1), rate_hz)


def resample(samples: Samples, rate_hz: int) -> Samples:
    """Bring samples of any rate to 8 kHz by cutting or extending their spectrum."""
    if rate_hz == RATE_HZ or not len(samples):
        return samples.astype(np.float32)
    wanted = max(1, round(len(samples) * RATE_HZ / rate_hz))
    spectrum = np.fft.rfft(samples)[: wanted // 2 + 1]
    if wanted < len(samples):  # soften the edge, or speech rings at 4 kHz
        edge = max(1, len(spectrum) // 20)
        spectrum[-edge:] *= np.cos(np.linspace(0, np.pi / 2, edge)) ** 2
    return (np.fft.irfft(spectrum, wanted) * (wanted / len(samples))).astype(np.float32)


def at_level(samples: Samples, level_db: float) -> Samples:
    """Make a sound louder (positive) or softer."""
    return (samples * 10 ** (level_db / 20)).astype(np.float32) if level_db else samples


def samples_of(audio: Path | bytes) -> Samples:
    """Give the samples of a file, or of A-law octets."""
    return alaw.decode(audio) if isinstance(audio, bytes) else load(audio)


def save(path: Path, octets: bytes) -> None:
    """Write A-law octets as an A-law WAV, or bare when the name does not end in .wav.

    raises  OSError
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    is_wav = path.suffix.lower() == ".wav"
    path.write_bytes(_wav_header(len(octets)) + octets if is_wav else octets)


def _wav_header(count: int) -> bytes:
    """Describe A-law in RIFF; written here so that the octets pass without a codec."""
    form = struct.pack("<HHIIHHH", WAVE_FORMAT_ALAW, 1, RATE_HZ, RATE_HZ, 1, 8, 0)
    chunks = b"fmt " + struct.pack("<I", len(form)) + form + b"fact" + struct.pack("<II", 4, count)
    size = 4 + len(chunks) + 8 + count
    return b"RIFF" + struct.pack("<I", size) + b"WAVE" + chunks + b"data" + struct.pack("<I", count)


def murmur(seconds: float, rng: np.random.Generator) -> Samples:
    """Make something like speech: a gliding voice with two formants, in syllables."""
    count = round(seconds * RATE_HZ)
    at = np.arange(count) / RATE_HZ
    pitch_hz = 120 * (1 + 0.15 * np.sin(2 * np.pi * 0.4 * at + rng.uniform(0, 6)))
    phase = 2 * np.pi * np.cumsum(pitch_hz) / RATE_HZ
    formant_hz = 500 + 250 * np.sin(2 * np.pi * 1.7 * at + rng.uniform(0, 6))
    voice = np.zeros(count)
    for harmonic in range(1, 24):
        near = np.exp(-(((harmonic * pitch_hz - formant_hz) / 180) ** 2))
        upper = 0.4 * np.exp(-(((harmonic * pitch_hz - 3 * formant_hz) / 300) ** 2))
        voice += (near + upper) * np.sin(harmonic * phase)
    syllables = np.clip(np.sin(2 * np.pi * 2.2 * at), 0, None) ** 0.5
    return (0.12 * voice * syllables).astype(np.float32)
