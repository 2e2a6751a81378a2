"""What an unknown tone is: frequencies and cadence from a recording."""

from __future__ import annotations

from typing import Any

from cext._dsp import ffi, lib
from cext.levels import level_dbm0
from cext.types import SAMPLE_RATE_HZ, LearnedTone

LONGEST_SMP = 60 * SAMPLE_RATE_HZ


def learn_tone(alaw: bytes) -> LearnedTone | None:
    """Say what tone there is in A-law octets, of which the first minute counts; None if there is none.

    Two whole periods of a cadence make it sure; a confidence below 0.5 is a guess.
    """
    octets = alaw[:LONGEST_SMP]
    work = ffi.new("float[]", lib.tone_learn_work(len(octets)))
    out: Any = ffi.new("struct tone_learned *")
    if not lib.tone_learn(octets, len(octets), work, out):
        return None
    return LearnedTone(
        freqs_hz=tuple(sorted(round(out.freqs_hz[i], 1) for i in range(out.n_freqs))),
        cadence_ms=tuple(out.steps_ms[i] for i in range(out.n_steps)),
        level_dbm0=round(level_dbm0(out.power), 1),
        periods=out.n_periods,
        confidence=round(out.confidence, 3),
    )
