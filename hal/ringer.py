"""The ringing generator's register values for each frequency.

c = cos(2 pi f / 1000); RCO = c 2^15; RNGX = 1/4 sqrt((1-c)/(1+c)) 2^15 Vpk/96.
VBATH must exceed Vpk by 7.5 V.

source  Si3215 data sheet Rev 0.92, ringing
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, pi, sqrt

STEP_HZ = 1000
FULL_SCALE_V = 96


@dataclass(frozen=True, slots=True)
class Ringer:
    """One ringing voltage."""

    frequency: int  # RCO
    amplitude: int  # RNGX
    trip_filter: int  # NRTP
    trip_threshold: int  # RPTP
    trip_debounce: int  # RTDI, 1.25 ms per step


# The ring trip filter is matched to the frequency: (NRTP, RTDI) as tabled by the manufacturer
_TRIP = {20: (0x0320, 0x0B), 25: (0x0380, 0x09), 40: (0x0400, 0x07), 50: (0x06A8, 0x05), 60: (0x0800, 0x05)}
TRIP_THRESHOLD = 0x3600


def ringer(hz: int, peak_v: float) -> Ringer:
    """Return the register values for a sinusoidal ringing voltage.

    hz      20, 25, 40, 50 or 60
    peak_v  0..88 V between the wires
    raises  ValueError
    """
    if hz not in _TRIP:
        raise ValueError(f"ringing frequency: {hz} Hz, allowed {sorted(_TRIP)}")
    if not 0 < peak_v <= 88:
        raise ValueError(f"ringing voltage: {peak_v} V, allowed 0..88")
    c = cos(2 * pi * hz / STEP_HZ)
    amplitude = 0.25 * sqrt((1 - c) / (1 + c)) * 2**15 * peak_v / FULL_SCALE_V
    trip_filter, debounce = _TRIP[hz]
    return Ringer(int(c * 2**15), round(amplitude), trip_filter, TRIP_THRESHOLD, debounce)


def ringing_peak_v(frequency: int, amplitude: int) -> float:
    """Return the voltage that register values make (the inverse of `ringer`)."""
    c = frequency / 2**15
    if not 0 < c < 1:
        return 0.0
    return amplitude * 4 * FULL_SCALE_V / (2**15 * sqrt((1 - c) / (1 + c)))
