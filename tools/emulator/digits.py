"""The exchange's digit receiver: what the box dials."""

from __future__ import annotations

import numpy as np

from tools.emulator.alaw import BLOCK_SMP, RATE_HZ, SILENCE, amplitude, decode
from tools.emulator.signals import DTMF_COLUMNS_HZ, DTMF_KEYS, DTMF_ROWS_HZ

WINDOW_SMP = 3 * BLOCK_SMP  # 33 Hz between nulls: rows are 73 Hz apart
FAINTEST_DBM0 = -35.0
PURITY = 0.6  # part of the energy that must be in the two tones; a window two thirds full still passes
ALONE_DB = 6.0  # a tone stands above the others of its group by
HITS = 2
MISSES = 2

_BASIS = np.exp(
    -2j * np.pi * np.outer((*DTMF_ROWS_HZ, *DTMF_COLUMNS_HZ), np.arange(WINDOW_SMP)) / RATE_HZ
) * (2 / WINDOW_SMP)
_FAINTEST_POWER = amplitude(FAINTEST_DBM0) ** 2
_ALONE = 10 ** (ALONE_DB / 10)


class DigitReceiver:
    """Hear DTMF in blocks of 10 ms. Costs some 20 us a block, so it runs only while a number is collected."""

    def __init__(self) -> None:
        self._window = SILENCE * (WINDOW_SMP // BLOCK_SMP)
        self._heard = ""
        self._hits = 0
        self._misses = 0
        self._held = ""

    def feed(self, block: bytes) -> str:
        """Hear 10 ms; give the digit that was recognised in it, or nothing."""
        self._window = self._window[BLOCK_SMP:] + block
        heard = _key_in(self._window)
        self._hits = self._hits + 1 if heard and heard == self._heard else int(bool(heard))
        self._heard = heard
        self._misses = 0 if heard and heard == self._held else self._misses + 1
        if self._misses >= MISSES:
            self._held = ""
        if self._hits == HITS and heard != self._held:
            self._held, self._misses = heard, 0
            return heard
        return ""


def _key_in(window: bytes) -> str:
    samples = decode(window)
    power = np.abs(_BASIS @ samples) ** 2
    row, column = int(np.argmax(power[:4])), int(np.argmax(power[4:]))
    low, high = float(power[row]), float(power[4 + column])
    if min(low, high) < _FAINTEST_POWER:
        return ""
    if (low + high) / 2 < PURITY * float(np.mean(samples * samples)):
        return ""
    rivals = max(np.delete(power[:4], row).max() / low, np.delete(power[4:], column).max() / high)
    return DTMF_KEYS[row][column] if rivals * _ALONE < 1 else ""
