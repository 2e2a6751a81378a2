"""Register signals of R2: two tones of six, the exchange's own voice and ear.

All frequencies are multiples of 60 Hz, so 50 ms hold whole periods and repeat without a seam.
source  ITU-T Q.441 table 5 (frequencies), Q.454 (level -11.5 dBm0 of each)
"""

from __future__ import annotations

from functools import cache, lru_cache

import numpy as np

from tools.emulator.alaw import BLOCK_SMP, RATE_HZ, SILENCE, amplitude, decode, encode
from tools.emulator.signals import tone

FORWARD_HZ = (1380, 1500, 1620, 1740, 1860, 1980)
BACKWARD_HZ = (1140, 1020, 900, 780, 660, 540)
SIGNALS = "1234567890ABCDE"
LEVEL_DBM0 = -11.5
LOOP_S = 0.05

WINDOW_SMP = 3 * BLOCK_SMP  # 33 Hz between nulls: the tones are 120 Hz apart
FAINTEST_DBM0 = -35.0
PURITY = 0.7  # part of the energy that must be in the two tones
ALONE_DB = 8.0  # both tones stand above the third by
HITS = 2
MISSES = 2

# the weights of the six tones are 0 1 2 4 7 11; a signal is the sum of two (0 + 4 = 4, and so on)
_PAIRS = tuple((low, high) for high in range(1, 6) for low in range(high))
_SIGNAL_OF = dict(zip(_PAIRS, SIGNALS, strict=True))
_AT = np.arange(WINDOW_SMP) / RATE_HZ
_HANN = np.hanning(WINDOW_SMP)
_BASIS = {
    is_forward: np.exp(-2j * np.pi * np.outer(tones, _AT)) * _HANN * (2 / _HANN.sum())
    for is_forward, tones in ((True, FORWARD_HZ), (False, BACKWARD_HZ))
}
_FAINTEST_POWER = amplitude(FAINTEST_DBM0) ** 2
_ALONE = 10 ** (ALONE_DB / 10)


@cache
def voice(signal: str, is_forward: bool) -> bytes:
    """Render a signal as a loop of whole blocks. raises ValueError for what is no signal"""
    if len(signal) != 1 or signal not in SIGNALS:
        raise ValueError(f"signal {signal!r}: allowed are {', '.join(SIGNALS)}")
    low, high = _PAIRS[SIGNALS.index(signal)]
    tones = FORWARD_HZ if is_forward else BACKWARD_HZ
    return encode(tone((tones[low], tones[high]), LOOP_S, LEVEL_DBM0))


class MfEar:
    """Hear signals of one direction in blocks of 10 ms; runs only while the registers talk."""

    def __init__(self, is_forward: bool) -> None:
        self._is_forward = is_forward
        self._window = SILENCE * (WINDOW_SMP // BLOCK_SMP)
        self._heard = ""
        self._hits = 0
        self._misses = 0
        self._held = ""

    def feed(self, block: bytes) -> list[tuple[str, bool]]:
        """Hear 10 ms; gives signals that began (True) or ended."""
        self._window = self._window[BLOCK_SMP:] + block
        heard = _signal(self._window, self._is_forward)
        self._hits = self._hits + 1 if heard and heard == self._heard else int(bool(heard))
        self._heard = heard
        self._misses = 0 if heard == self._held else self._misses + 1
        changes: list[tuple[str, bool]] = []
        if self._held and self._misses >= MISSES:
            changes.append((self._held, False))
            self._held = ""
        if not self._held and self._hits >= HITS:
            self._held, self._misses = heard, 0
            changes.append((heard, True))
        return changes


@lru_cache(maxsize=4096)
def _signal(window: bytes, is_forward: bool) -> str:
    """Name the signal in a window; a tone that lasts repeats its octets, so most answers are known."""
    if window == SILENCE * (WINDOW_SMP // BLOCK_SMP):
        return ""
    samples = decode(window)
    # no matrix product: on a busy machine the threads of BLAS cost a hundred times the work
    power = np.abs(np.einsum("ij,j->i", _BASIS[is_forward], samples)) ** 2
    order = np.argsort(power)
    third, second, first = (float(power[index]) for index in order[-3:])
    mean = float(np.mean(np.square(samples * _HANN))) / float(np.mean(_HANN**2))
    if second < _FAINTEST_POWER or (first + second) / 2 < PURITY * mean or second < third * _ALONE:
        return ""
    low, high = sorted((int(order[-1]), int(order[-2])))
    return _SIGNAL_OF[low, high]
