"""Levels: dBm0 outside, linear inside. A sine of amplitude 1.0 is +3.14 dBm0 (both laws)."""

from __future__ import annotations

import math

FULL_SCALE_DBM0 = 3.14
SILENCE_DBM0 = -96.0


def amplitude(level_dbm0: float) -> float:
    """Return the amplitude of a sine of this level."""
    return float(10 ** ((level_dbm0 - FULL_SCALE_DBM0) / 20))


def level_dbm0(power: float) -> float:
    """Return the level of a mean square, not below -96 dBm0."""
    return max(FULL_SCALE_DBM0 + 10 * math.log10(2 * power + 1e-12), SILENCE_DBM0)


def factor(gain_db: float) -> float:
    """Return the linear factor of a gain."""
    return float(10 ** (gain_db / 20))
