"""MFC/R2 signals (ITU-T Q.441 table 5) made with numpy, one tone at a time."""

from __future__ import annotations

import numpy as np

import cext
from tests.cext.ref import signal
from tests.cext.ref.signal import Samples

HZ = {
    "forward": (1380, 1500, 1620, 1740, 1860, 1980),
    "backward": (1140, 1020, 900, 780, 660, 540),
}
PAIRS = {
    **{"1": (0, 1), "2": (0, 2), "3": (1, 2), "4": (0, 3), "5": (1, 3)},
    **{"6": (2, 3), "7": (0, 4), "8": (1, 4), "9": (2, 4), "0": (3, 4)},
    **{"A": (0, 5), "B": (1, 5), "C": (2, 5), "D": (3, 5), "E": (4, 5)},
}


def other(direction: str) -> str:
    """Return the direction of what the receiver's own side sends."""
    return "backward" if direction == "forward" else "forward"


def tones(
    name: str,
    direction: str,
    ms: float,
    rng: np.random.Generator,
    *,
    levels_dbm0: tuple[float, float] = (-11.5, -11.5),
    off_hz: tuple[float, float] = (0.0, 0.0),
) -> Samples:
    """One signal, its tones at any phase."""
    both = zip(PAIRS[name], levels_dbm0, off_hz, rng.uniform(0, 2 * np.pi, 2), strict=True)
    parts = [signal.sine(HZ[direction][i] + off, ms, level, phase) for i, level, off, phase in both]
    return parts[0] + parts[1]


def between_pauses(samples: Samples, rng: np.random.Generator) -> Samples:
    """Silence before it, of any length against the receiver's windows, and after it."""
    return np.concatenate([signal.silence(rng.uniform(20, 40)), samples, signal.silence(60)])


def coded(samples: Samples) -> bytes:
    """Int16 samples that went through A-law."""
    pcm16 = (np.clip(samples, -1, 0.99997) * 32768).astype("<i2").tobytes()
    return cext.alaw_decode(cext.alaw_encode(pcm16))


def heard(samples: Samples, direction: str) -> str:
    """Return the signals that begin."""
    events = cext.MfDetector(direction).feed(coded(samples))
    begins = [event.digit for event in events if event.kind is cext.EventKind.MF_BEGIN]
    ends = [event.digit for event in events if event.kind is cext.EventKind.MF_END]
    assert begins == ends
    return "".join(begins)
