"""What a pair adds to the sound on it: the echo of the box, noise, hum."""

from __future__ import annotations

import numpy as np

from hal.sim.world import FxoWorld
from tools.emulator import alaw, signals
from tools.emulator.alaw import BLOCK_SMP, Samples
from tools.emulator.options import LineOptions

LOOP_S = 2.0  # noise and hum repeat
HUM = ((50.0, 0.0), (150.0, -6.0), (250.0, -10.0), (350.0, -14.0))  # Hz, dB below all of it
HISTORY_SMP = 64


class Wire:
    """The pair between exchange and box."""

    def __init__(self, pair: FxoWorld, options: LineOptions, rng: np.random.Generator) -> None:
        self._pair = pair
        self._echo_db = options.echo_db
        self._floor = _floor(options, rng)
        self._at = 0
        self._sent = np.zeros(HISTORY_SMP + BLOCK_SMP, dtype=np.float32)

    def carry(self, block: bytes) -> bytes:
        """Give what the box hears when the exchange sends this."""
        taps = self._pair.echo
        if self._echo_db is None and not taps and self._floor is None:
            return block
        sound = alaw.decode(block).astype(np.float64)
        sent = alaw.decode(self._pair.from_box)
        self._sent = np.concatenate([self._sent[-HISTORY_SMP:], sent])
        if self._echo_db is not None:
            sound += sent * 10 ** (-self._echo_db / 20)
        if taps:
            sound += np.convolve(self._sent, np.asarray(taps))[HISTORY_SMP : HISTORY_SMP + BLOCK_SMP]
        if self._floor is not None:
            sound += self._floor[self._at : self._at + BLOCK_SMP]
            self._at = (self._at + BLOCK_SMP) % len(self._floor)
        return alaw.encode(np.asarray(sound, dtype=np.float32))


def _floor(options: LineOptions, rng: np.random.Generator) -> Samples | None:
    if options.noise_dbm0 is None and options.hum_dbm0 is None:
        return None
    sound = signals.silence(LOOP_S)
    if options.noise_dbm0 is not None:
        sound = sound + signals.noise(LOOP_S, options.noise_dbm0, rng)
    if options.hum_dbm0 is not None:
        whole = 10 * np.log10(sum(10 ** (down_db / 10) for _, down_db in HUM))
        for hz, down_db in HUM:
            sound = sound + signals.tone((hz,), LOOP_S, options.hum_dbm0 + down_db - whole)
    return np.asarray(sound, dtype=np.float32)
