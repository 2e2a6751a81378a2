"""The ear of an agent: hears that the box gives busy tone, so that a phone left alone is hung up."""

from __future__ import annotations

import numpy as np

from tools.emulator.alaw import BLOCK_SMP, RATE_HZ, amplitude, decode

WINDOW_BLOCKS = 210  # 2.1 s = three periods of China's busy tone
EVERY_BLOCKS = 50
TONE_HZ = 450.0
FAINTEST_DBM0 = -35.0
QUIET_DBM0 = -45.0
PURITY = 0.8
SHARE = (0.35, 0.65)  # of the time that is tone
LEAST_CHANGES = 4  # on and off in the window; ringback has at most two, congestion three

_BASIS = np.exp(-2j * np.pi * TONE_HZ * np.arange(BLOCK_SMP) / RATE_HZ) * (2 / BLOCK_SMP)


class Ear:
    """Listen to blocks of 10 ms; look at them twice a second."""

    def __init__(self) -> None:
        self._heard = bytearray()
        self._until_look = WINDOW_BLOCKS

    def hears_busy(self, block: bytes) -> bool:
        """Take 10 ms; say whether the last two seconds were busy tone."""
        self._heard += block
        self._until_look -= 1
        if self._until_look:
            return False
        self._until_look = EVERY_BLOCKS
        del self._heard[: -WINDOW_BLOCKS * BLOCK_SMP]
        return is_busy_tone(bytes(self._heard))


def is_busy_tone(octets: bytes) -> bool:
    """Tell whether a stretch of sound is nothing but tone and silence in the rhythm of busy."""
    frames = decode(octets[: len(octets) // BLOCK_SMP * BLOCK_SMP]).reshape(-1, BLOCK_SMP)
    # no matrix product: on a busy machine the threads of BLAS cost a hundred times the work
    tone_power = np.abs(np.einsum("ij,j->i", frames, _BASIS)) ** 2
    power = 2 * np.mean(frames * frames, axis=1)
    is_tone = (tone_power > amplitude(FAINTEST_DBM0) ** 2) & (tone_power > PURITY * power)
    is_quiet = power < amplitude(QUIET_DBM0) ** 2
    changes = int(np.count_nonzero(is_tone[1:] != is_tone[:-1]))
    share = float(np.mean(is_tone))
    clean = float(np.mean(is_tone | is_quiet)) > 0.9  # a frame at each edge is neither
    return clean and SHARE[0] <= share <= SHARE[1] and changes >= LEAST_CHANGES
