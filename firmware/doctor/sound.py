"""What the doctor measures in A-law octets: levels, single frequencies, echo. In plain Python."""

from __future__ import annotations

from cmath import exp
from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, log10, pi, sin

RATE_HZ = 8000
FULL_SCALE_DBM0 = 3.14  # of a sine with peak 1.0
NOTHING_DBM0 = -96.0
SILENT = 0xD5
STEP_HZ = 25  # all tones of the comb are multiples: any 40 ms hold whole periods
PERIOD_SMP = RATE_HZ // STEP_HZ
COMB_HZ = (300, 400, 500, 625, 800, 1000, 1250, 1600, 2000, 2500, 3150, 3400)  # thirds of an octave
THIN = 5  # a fifth of the samples is enough for hum, and a fifth of the work
COMB_DBM0 = -25.0  # each; -14.2 together


def _decoded(octet: int) -> float:
    code = octet ^ 0x55
    segment, step = code >> 4 & 7, code & 15
    size = step * 16 + 8 if segment == 0 else (step * 16 + 264) << segment - 1
    return (size if code & 0x80 else -size) / 32768


ALAW = tuple(_decoded(octet) for octet in range(256))


def samples(alaw: bytes) -> list[float]:
    """Decode, and take out what is constant: silence in A-law is half a step, not nothing."""
    decoded = [ALAW[octet] for octet in alaw]
    mean = sum(decoded) / max(len(decoded), 1)
    return [sample - mean for sample in decoded]


def dbm0(power: float) -> float:
    """Give the level of a mean square; `NOTHING_DBM0` for none."""
    return max(10 * log10(2 * power) + FULL_SCALE_DBM0, NOTHING_DBM0) if power > 0 else NOTHING_DBM0


def level_dbm0(sound: Sequence[float]) -> float:
    """Give the mean level."""
    return dbm0(sum(sample * sample for sample in sound) / max(len(sound), 1))


def amplitude(sound: Sequence[float], hz: float) -> complex:
    """Give the complex amplitude at a frequency; exact when the sound holds whole periods of all tones."""
    turn = exp(-2j * pi * hz / RATE_HZ)
    at, total = 1 + 0j, 0j
    for sample in sound:
        total += sample * at
        at *= turn
    return 2 * total / max(len(sound), 1)


def tone_dbm0(sound: Sequence[float], hz: float) -> float:
    """Give the level of one frequency."""
    return dbm0(abs(amplitude(sound, hz)) ** 2 / 2)


def hum_of(sound: Sequence[float]) -> tuple[float, int]:
    """Give the level of the mains' hum with its harmonics up to 550 Hz, and the mains: 50 or 60 Hz.

    sound  a whole number of seconds
    """
    thinned = [sum(sound[at : at + THIN]) / THIN for at in range(0, len(sound) - THIN + 1, THIN)]
    levels = []
    for mains_hz in (50, 60):
        powers = (_thinned_power(thinned, hz) for hz in range(mains_hz, 560, mains_hz))
        levels.append((sum(powers), mains_hz))
    power, mains_hz = max(levels)
    return dbm0(power), mains_hz


def _thinned_power(thinned: Sequence[float], hz: float) -> float:
    """Give the power at a low frequency; what the mean over `THIN` samples took away is put back."""
    half = pi * hz / RATE_HZ
    return (abs(amplitude(thinned, hz * THIN)) * THIN * sin(half) / sin(half * THIN)) ** 2 / 2


@dataclass(frozen=True, slots=True)
class Quiet:
    """What is left on a line where nobody speaks; the tone is the dial tone that should be gone."""

    tone_dbm0: float
    noise_dbm0: float
    hum_dbm0: float
    mains_hz: int


def quiet_of(alaw: bytes, tone_hz: float) -> Quiet:
    """Measure a whole number of seconds of a line where nobody speaks."""
    heard = samples(alaw)
    hum, mains_hz = hum_of(heard)
    return Quiet(tone_dbm0(heard, tone_hz), noise_dbm0(heard, hum), hum, mains_hz)


def noise_dbm0(sound: Sequence[float], hum: float) -> float:
    """Give the level of all but the hum."""
    whole = sum(sample * sample for sample in sound) / max(len(sound), 1)
    return dbm0(max(whole - 10 ** ((hum - FULL_SCALE_DBM0) / 10) / 2, 0.0))


def comb() -> bytes:
    """Give one period of all test tones together, with phases that keep the peaks low (Schroeder 1970)."""
    peak = 10 ** ((COMB_DBM0 - FULL_SCALE_DBM0) / 20)
    phases = [pi * place * place / len(COMB_HZ) for place in range(len(COMB_HZ))]
    return bytes(
        _encoded(
            sum(
                peak * sin(2 * pi * hz * at / RATE_HZ + phase)
                for hz, phase in zip(COMB_HZ, phases, strict=True)
            )
        )
        for at in range(PERIOD_SMP)
    )


def echo_of(heard: bytes, sent: bytes) -> list[complex] | None:
    """Give how much of each test tone comes back, as a complex factor; None if they were not sent.

    heard, sent  the same time, a whole number of periods
    """
    back, forth = samples(heard), samples(sent)
    factors = []
    for hz in COMB_HZ:
        reference = amplitude(forth, hz)
        if dbm0(abs(reference) ** 2 / 2) < COMB_DBM0 - 6:
            return None
        factors.append(amplitude(back, hz) / reference)
    return factors


def loss_db(factors: Sequence[complex]) -> float:
    """Give the echo return loss: the mean power that comes back of equally loud tones."""
    power = sum(abs(factor) ** 2 for factor in factors) / len(factors)
    return min(-10 * log10(power), 60.0) if power > 0 else 60.0


def _encoded(sample: float) -> int:
    size = min(int(abs(sample) * 32768), 32767)
    segment = (size >> 8).bit_length()
    step = size >> 4 if segment == 0 else size >> segment + 3
    return ((0x80 if sample >= 0 else 0) | segment << 4 | step & 15) ^ 0x55


def delayed(factor: complex, hz: float, smp: int) -> complex:
    """Give a factor as it is so many samples later."""
    angle = -2 * pi * hz * smp / RATE_HZ
    return factor * complex(cos(angle), sin(angle))
