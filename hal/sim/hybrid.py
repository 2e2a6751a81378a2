"""What comes back of what a Si3050 sends: its line's impedance against its own, and its digital hybrid.

A model that is simple and not the chip's own: the echo is the reflection of the line's impedance at the
chip's (ACIM), band-limited, plus what the manufacturer's preset for this ACIM takes out, less what the
hybrid's taps say. So a line that has just the impedance set, with the preset for it, gives no echo at all.
"""

from __future__ import annotations

from cmath import exp, pi
from dataclasses import dataclass
from functools import cache
from math import cos

from hal.country import HYBRID_220, HYBRID_600, HYBRID_CHINA, HYBRID_TBR21, Hybrid

RATE_HZ = 8000
POINTS = 64  # of the spectrum
TAPS = 24
DELAY_SMP = 1.5  # where the presets have their centre
PASS_HZ, STOP_HZ = 3400, 4000
UNIT = 64  # a hybrid tap of 1.0


@dataclass(frozen=True, slots=True)
class Network:
    """An impedance: a resistor in series with a resistor and a capacitor in parallel; c_nf 0: none."""

    series_ohm: float
    parallel_ohm: float = 0.0
    c_nf: float = 0.0
    series_uf: float = 0.0  # a capacitor in series; 0: none

    def at(self, hz: float) -> complex:
        """Return the impedance in ohm at a frequency above 0."""
        omega = 2j * pi * hz
        parallel = self.parallel_ohm / (1 + omega * self.parallel_ohm * self.c_nf * 1e-9)
        series = 1 / (omega * self.series_uf * 1e-6) if self.series_uf else 0.0
        return self.series_ohm + parallel + series


# by ACIM; the last one, the manufacturer's compromise for the world, is taken as a mean of the complex ones
CHIP_NETWORKS = (
    *(Network(600), Network(900), Network(270, 750, 150), Network(220, 820, 120), Network(370, 620, 310)),
    *(Network(320, 1050, 230), Network(370, 820, 110), Network(275, 780, 115), Network(120, 820, 110)),
    *(Network(350, 1000, 210), Network(200, 680, 100), Network(600, series_uf=2.16)),
    *(Network(900, series_uf=1), Network(900, series_uf=2.16), Network(600, series_uf=1)),
    Network(260, 760, 130),
)
_PRESETS: dict[int, Hybrid] = {2: HYBRID_TBR21, 3: HYBRID_220, 10: HYBRID_CHINA}


@cache
def echo_taps(line: Network, acim: int, hybrid: tuple[int, ...]) -> tuple[float, ...]:
    """Return the echo's impulse response.

    hybrid  the registers R45 to R52
    """
    taps = list(_reflection(line, acim))
    preset = _PRESETS.get(acim, HYBRID_600)
    for place, (own, there) in enumerate(zip(preset, hybrid, strict=True)):
        taps[place] += (_signed(own) - _signed(there)) / UNIT
    return tuple(taps)


@cache
def _reflection(line: Network, acim: int) -> tuple[float, ...]:
    spectrum = [_bin(line, CHIP_NETWORKS[acim], place) for place in range(POINTS // 2 + 1)]
    return tuple(_sample(spectrum, at) for at in range(TAPS))


def _bin(line: Network, own: Network, place: int) -> complex:
    hz = max(place, 0.25) * RATE_HZ / POINTS
    reflected = (line.at(hz) - own.at(hz)) / (line.at(hz) + own.at(hz))
    fade = min(max((hz - PASS_HZ) / (STOP_HZ - PASS_HZ), 0.0), 1.0)
    return reflected * (1 + cos(pi * fade)) / 2 * exp(-2j * pi * hz / RATE_HZ * DELAY_SMP)


def _sample(spectrum: list[complex], at: int) -> float:
    """Return a sample of the inverse transform of a real signal's spectrum."""
    turns = (2j * pi * at * place / POINTS for place in range(1, POINTS // 2))
    middle = sum((value * exp(turn)).real for value, turn in zip(spectrum[1:-1], turns, strict=True))
    return (spectrum[0].real + 2 * middle) / POINTS


def _signed(octet: int) -> int:
    return octet - 256 if octet & 0x80 else octet
