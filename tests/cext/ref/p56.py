"""Active speech level by ITU-T P.56, method B, written from its description.

An envelope of two smoothings of 30 ms, fifteen thresholds, 200 ms of hangover, a margin of 15.9 dB.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 8000
SMOOTHING_S = 0.03
HANGOVER_SMP = 1600
MARGIN_DB = 15.9
THRESHOLDS = 15


def active_level_dbm0(samples: NDArray[np.float64]) -> float:
    """Return the level of what is active; full scale 1.0 is a sine of +3.14 dBm0."""
    smooth = np.exp(-1 / (RATE_HZ * SMOOTHING_S))
    p = envelope = 0.0
    thresholds = 0.5 ** np.arange(THRESHOLDS)
    active = np.zeros(THRESHOLDS)
    hang = np.full(THRESHOLDS, HANGOVER_SMP)
    for x in np.abs(samples):
        p = smooth * p + (1 - smooth) * x
        envelope = smooth * envelope + (1 - smooth) * p
        above = envelope >= thresholds
        hang = np.where(above, 0, hang + 1)
        active += above | (hang < HANGOVER_SMP)
    energy = float(np.sum(samples**2))
    levels = 10 * np.log10(energy / np.maximum(active, 1))
    margins = levels - 20 * np.log10(thresholds)
    at = int(np.argmax((margins >= MARGIN_DB) & (active > 0)))
    share = (MARGIN_DB - margins[at - 1]) / (margins[at] - margins[at - 1])
    level_db = levels[at - 1] + share * (levels[at] - levels[at - 1])
    return float(level_db + 3.14 + 10 * np.log10(2))
