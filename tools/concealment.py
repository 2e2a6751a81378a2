"""Voices, losses, and how near to the original what is heard comes (numpy alone)."""

from __future__ import annotations

import subprocess
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import cext

Pcm = NDArray[np.int16]
Flags = NDArray[np.bool_]

SPEECH = Path("/usr/share/codec2/raw/ve9qrp.raw")  # 112 s of a man talking (Debian: codec2-examples)
FRAME = 80
QUIET = 100.0  # RMS in 16 bits: -50 dB
MORE_VOICES = ("hts1a", "hts2a", "morig", "forig")  # women and men (Debian: codec2-examples)
OTHER_VOICES = ("kristoff", "mmt1", "cross", "cq_ref", "vk5qi", "big_dog", "g3plx")
SPHINX = Path("/usr/share/pocketsphinx/test/data/goforward.raw")  # 16 kHz (Debian: pocketsphinx-testdata)
BARK_HZ = (
    *(0, 100, 200, 300, 400, 510, 630, 770, 920, 1080),
    *(1270, 1480, 1720, 2000, 2320, 2700, 3150, 3700),
)


@cache
def voices() -> Pcm:
    """50 s of recorded speech of several people, a whole number of packets."""
    man = np.fromfile(SPEECH, "<i2")[: 40 * 8000]
    others = [np.fromfile(SPEECH.with_name(f"{name}.raw"), "<i2") for name in MORE_VOICES]
    whole = np.concatenate([man, *others])
    return whole[: len(whole) // 160 * 160]


@cache
def other_voices() -> Pcm:
    """45 s of recorded speech that was not looked at while the constants were chosen."""
    parts = [np.fromfile(SPEECH.with_name(f"{name}.raw"), "<i2")[: 30 * 8000] for name in OTHER_VOICES]
    whole = np.concatenate([*parts, _narrow(SPHINX)])
    return whole[: len(whole) // 160 * 160]


def _narrow(path: Path) -> Pcm:
    """Bring raw 16 kHz speech to 8 kHz with SoX."""
    kind = ["-t", "raw", "-e", "signed", "-b", "16", "-c", "1"]
    command = ["sox", *kind, "-r", "16000", str(path), "-t", "raw", "-r", "8000", "-"]
    done = subprocess.run(command, capture_output=True, check=True)
    return np.frombuffer(done.stdout, "<i2")


def random(packets: int, rate: float, seed: int = 0) -> Flags:
    """Each packet lost by itself; the first five come."""
    lost = np.random.default_rng([seed, round(rate * 1000)]).random(packets) < rate
    lost[:5] = False
    return lost


def bursty(packets: int, rate: float, seed: int = 0) -> Flags:
    """Gilbert's model: bursts of 2.5 packets in the mean."""
    rng, lost, is_bad = (
        np.random.default_rng([seed, round(rate * 1000), 1]),
        np.zeros(packets, np.bool_),
        False,
    )
    for i in range(5, packets):
        is_bad = rng.random() > 0.4 if is_bad else rng.random() < 0.4 * rate / (1 - rate)
        lost[i] = is_bad
    return lost


def affected(lost: Flags, packet_smp: int = 160) -> Flags:
    """Frames that are lost, or the first after a loss."""
    frames = np.repeat(lost, packet_smp // FRAME)
    touched: Flags = frames | np.concatenate([[False], frames[:-1]])
    return touched


def segmental_snr(original: Pcm, got: Pcm, lost: Flags) -> float:
    """Mean SNR in dB of the affected frames that are not quiet."""
    count = len(lost) * 2
    a = original[: count * FRAME].astype(float).reshape(count, FRAME)
    error = a - got[: count * FRAME].astype(float).reshape(count, FRAME)
    power = np.sum(a * a, axis=1)
    snr = np.clip(10 * np.log10((power + 1e-9) / (np.sum(error * error, axis=1) + 1)), -10, 35)
    return float(np.mean(snr[affected(lost) & (power > FRAME * QUIET**2)]))


def bands(pcm: Pcm, chosen: Flags) -> NDArray[np.float64]:
    """Power in Bark bands, of the chosen windows of 32 ms, of which one begins every 10 ms."""
    windows = np.lib.stride_tricks.sliding_window_view(pcm, 256)[::FRAME][: len(chosen)][chosen]
    power = np.abs(np.fft.rfft(windows * np.hanning(256), axis=1)) ** 2
    edges = np.searchsorted(np.arange(129) * 31.25, (*BARK_HZ, 4001))
    return np.stack([power[:, a:b].sum(axis=1) for a, b in pairwise(edges)], axis=1)


def spectral_distance(original: Pcm, got: Pcm, lost: Flags) -> float:
    """Mean over the windows that touch an affected frame of the RMS level difference of the bands, dB."""
    frames = affected(lost)
    touched = frames[:-3] | frames[1:-2] | frames[2:-1]
    a, b = bands(original, touched), bands(got, touched)
    distance = np.sqrt(np.mean((10 * np.log10((a + 1e5) / (b + 1e5))) ** 2, axis=1))
    return float(np.mean(distance[a.sum(axis=1) > 48 * 256 * QUIET**2]))


def ours(pcm: Pcm, lost: Flags, packet_smp: int = 160) -> Pcm:
    """Conceal the lost packets as a stream's receiver does."""
    concealer = cext.Concealer()
    parts = [
        concealer.conceal(packet_smp)
        if gone
        else concealer.receive(pcm[i * packet_smp : (i + 1) * packet_smp].tobytes())
        for i, gone in enumerate(lost)
    ]
    return np.frombuffer(b"".join(parts), "<i2")
