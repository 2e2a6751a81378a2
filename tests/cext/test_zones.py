"""Every tone of every zone (ITU-T E.180 supplement 2), heard by the zone's own list; made with numpy."""

from __future__ import annotations

import itertools
from functools import cache

import numpy as np
import pytest

import cext
from cext import EventKind, ToneSpec
from firmware import countries
from firmware.media.engine import tone_specs
from tests.cext.ref import signal
from tests.cext.ref.signal import Samples

SHORTEST_MS = 60  # what is shorter than a glitch (50 ms) cannot be told from one: waiting tones of 40 ms
ZONES = sorted(countries.zones())
HEARD = [
    (code, spec)
    for code in ZONES
    for spec in tone_specs(countries.zone(code))
    if min(spec.cadence_ms, default=SHORTEST_MS) >= SHORTEST_MS
]


@cache
def specs_of(code: str) -> tuple[ToneSpec, ...]:
    """The zone's list, as the box gives it to the engine."""
    return tuple(tone_specs(countries.zone(code)))


def sound(spec: ToneSpec, ms: int, level_dbm0: float, off: float = 0.0, stretch: float = 1.0) -> Samples:
    """A tone of a zone, off in frequency and cadence by these parts."""
    at = np.arange(ms * 8) / 8000
    wave = sum(np.sin(2 * np.pi * hz * (1 + off) * at) for hz in spec.freqs_hz) * signal.amplitude(level_dbm0)
    if spec.modulation_hz:
        wave = wave * (1 + 0.9 * np.sin(2 * np.pi * spec.modulation_hz * at))
    if spec.cadence_ms:
        edges = list(itertools.accumulate(step * stretch for step in (0, *spec.cadence_ms)))
        where = (at * 1000) % edges[-1]
        step = np.searchsorted(edges, where, side="right") - 1
        wave = wave * (step % 2 == 0)
    return np.concatenate([signal.silence(100), wave, signal.silence(500)])


def heard(code: str, samples: Samples) -> list[str]:
    """Names of the tones that begin."""
    detector = cext.Detector(specs_of(code), dtmf=False, caller_id=False)
    return [e.tone for e in detector.feed(signal.alaw(samples)) if e.kind is EventKind.TONE_BEGIN]


def alike(code: str, spec: ToneSpec) -> set[str]:
    """Names under which a zone has the same tone: some give one tone for busy and congestion."""

    def looks(other: ToneSpec) -> tuple[object, ...]:
        return other.freqs_hz, other.cadence_ms, other.modulation_hz

    return {other.name for other in specs_of(code) if looks(other) == looks(spec)}


def length_ms(spec: ToneSpec) -> int:
    """Time in which a tone must be known: three periods, and 4 s at least."""
    return max(4500, int(2.6 * sum(spec.cadence_ms)))


def test_there_are_zones_enough() -> None:
    assert len(ZONES) >= 40


@pytest.mark.parametrize(("code", "spec"), HEARD, ids=[f"{code}-{spec.name}" for code, spec in HEARD])
def test_e180_every_tone_is_recognised(code: str, spec: ToneSpec) -> None:
    found = heard(code, sound(spec, length_ms(spec), spec.level_dbm0))
    assert len(found) == 1
    assert found[0] in alike(code, spec)


@pytest.mark.parametrize("code", ZONES)
def test_busy_5_percent_off_cadence_10_percent_off_at_minus_30_dbm0(code: str) -> None:
    busy = next(spec for spec in specs_of(code) if spec.name == "busy")
    for off, stretch in itertools.product((-0.05, 0.05), (0.9, 1.1)):
        found = heard(code, sound(busy, 5000, -30.0, off, stretch))
        assert found and set(found) <= {"busy", "congestion"}, (off, stretch)
