"""The learner: frequencies and cadence of tones it was not told about."""

from __future__ import annotations

import numpy as np
import pytest

import cext
from cext import LearnedTone, ToneSpec
from firmware import countries
from tests.cext.ref import signal
from tests.cext.ref.signal import Samples
from tests.cext.test_zones import ZONES, sound, specs_of


def learn(samples: Samples) -> LearnedTone | None:
    return cext.learn_tone(signal.alaw(samples))


def tone_of(code: str, name: str) -> ToneSpec:
    return next(spec for spec in specs_of(code) if spec.name == name)


@pytest.mark.parametrize("code", ZONES)
def test_busy_of_every_zone_10_percent_off_in_noise(code: str) -> None:
    """Within 5 Hz and 15 ms, at S/N 20 and 10 dB."""
    busy = tone_of(code, "busy")
    rng = np.random.default_rng(1)
    for off, stretch, snr_db in ((0, 1, 20), (-0.1, 0.9, 10), (0.1, 1.1, 10), (0.1, 0.9, 20)):
        samples = sound(busy, 6000, -20, off, stretch)
        found = learn(samples + signal.noise(rng, len(samples), -20 - snr_db))
        assert found is not None
        assert found.freqs_hz == pytest.approx([hz * (1 + off) for hz in sorted(busy.freqs_hz)], abs=5)
        assert found.cadence_ms == pytest.approx([ms * stretch for ms in busy.cadence_ms], abs=15)
        assert found.level_dbm0 == pytest.approx(-20, abs=2)
        assert found.confidence > 0.7


@pytest.mark.parametrize(
    ("code", "name"),
    [
        *(("cn", "ringback"), ("cn", "unobtainable"), ("us", "ringback"), ("gb", "ringback")),
        *(("gb", "congestion"), ("es", "congestion"), ("it", "dial"), ("br", "congestion")),
    ],
)
def test_cadences_of_many_steps(code: str, name: str) -> None:
    spec = tone_of(code, name)
    found = learn(sound(spec, 3 * sum(spec.cadence_ms) + 500, -20))
    assert found is not None
    assert found.freqs_hz == pytest.approx(sorted(spec.freqs_hz), abs=5)
    assert found.cadence_ms == pytest.approx(spec.cadence_ms, abs=15)
    assert found.periods >= 2


@pytest.mark.parametrize(("code", "name"), [("cn", "dial"), ("us", "dial"), ("au", "dial")])
def test_continuous(code: str, name: str) -> None:
    spec = tone_of(code, name)
    found = learn(sound(spec, 5000, -15))
    assert found is not None
    assert found.freqs_hz == pytest.approx(sorted(spec.freqs_hz), abs=3)
    assert found.cadence_ms == ()


def test_one_period_is_a_guess_and_more_are_surer() -> None:
    spec = tone_of("cn", "busy")
    short, long = learn(sound(spec, 1300, -15)), learn(sound(spec, 6000, -15))
    assert short is not None
    assert long is not None
    assert short.confidence < long.confidence


def test_what_is_learned_can_be_heard() -> None:
    """The way of the line doctor: learn, make it a tone of the list, hear it."""
    strange = ToneSpec("strange", (385.0, 505.0), (280, 620))
    found = learn(sound(strange, 6000, -18))
    assert found is not None
    detector = cext.Detector([ToneSpec("busy", found.freqs_hz, found.cadence_ms)], dtmf=False)
    begins = [e.tone for e in detector.feed(signal.alaw(sound(strange, 6000, -18))) if e.tone]
    assert begins[0] == "busy"


def test_speech_noise_and_nothing_are_no_tone() -> None:
    rng = np.random.default_rng(2)
    assert all(learn(signal.speech(-15, at, 10)) is None for at in range(0, 100, 10))
    assert learn(signal.noise(rng, 80000, -20)) is None
    for octets in (b"", b"\xd5", b"\xd5" * 80000, b"\x00" * 80000, b"\xff" * 80000):
        assert cext.learn_tone(octets) is None


def test_only_the_first_minute_counts() -> None:
    spec = tone_of("cn", "busy")
    samples = sound(spec, 60000, -15)
    assert cext.learn_tone(signal.alaw(samples)) == cext.learn_tone(signal.alaw(samples)[: 60 * 8000])


def test_every_zone_says_its_name_in_both_languages() -> None:
    assert all(zone.name.zh and zone.name.en for zone in countries.zones().values())
