"""Call-progress tones: China's by default, E.180 tolerances, speech."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

import cext
from cext import EventKind, ToneSpec
from tests.cext.ref import signal
from tests.cext.ref.signal import CHINA, Samples

TONES = {spec.name: spec for spec in CHINA}
USA = (
    ToneSpec("dial", (350.0, 440.0), ()),
    ToneSpec("ringback", (440.0, 480.0), (2000, 4000)),
    ToneSpec("busy", (480.0, 620.0), (500, 500)),
    ToneSpec("congestion", (480.0, 620.0), (250, 250)),
)
UNOBTAINABLE = ToneSpec("unobtainable", (450.0,), (100, 100, 100, 100, 100, 100, 400, 400))


def hear(samples: Samples, tones: Sequence[ToneSpec] = CHINA, step_oct: int = 8000) -> list[cext.Event]:
    """Return what begins and ends."""
    detector = cext.Detector(tones, dtmf=False, caller_id=False)
    octets = signal.alaw(samples)
    found = [e for at in range(0, len(octets), step_oct) for e in detector.feed(octets[at : at + step_oct])]
    return found + detector.finish()


def names(found: Sequence[cext.Event], kind: EventKind = EventKind.TONE_BEGIN) -> list[str]:
    """Return the names of the tones that began."""
    return [event.tone for event in found if event.kind is kind]


def sounding(spec: ToneSpec, ms: int, before_ms: int = 237, after_ms: int = 3000) -> Samples:
    """A tone between silences."""
    tone = signal.from_pcm16(cext.tone_samples(spec, ms))
    return np.concatenate([signal.silence(before_ms), tone, signal.silence(after_ms)])


@pytest.mark.parametrize("spec", [*CHINA, UNOBTAINABLE, *(replace(t, name=f"us-{t.name}") for t in USA)])
@pytest.mark.parametrize("level_dbm0", [-10.0, -30.0])
def test_each_tone_is_recognised(spec: ToneSpec, level_dbm0: float) -> None:
    tones = (
        tuple(replace(t, name=f"us-{t.name}") for t in USA) if "us-" in spec.name else (*CHINA, UNOBTAINABLE)
    )
    found = hear(sounding(replace(spec, level_dbm0=level_dbm0), 12000), tones)
    assert names(found) == [spec.name]
    assert names(found, EventKind.TONE_END) == [spec.name]
    begin, end = found
    assert abs(begin.at_smp / 8 - 237) < 30
    assert abs(begin.level_dbm0 - level_dbm0) < 1.5
    assert 7950 < end.duration_ms < 12050
    assert abs(end.at_smp / 8 - end.duration_ms - begin.at_smp / 8) < 1


@pytest.mark.parametrize("name", ["busy", "congestion", "ringback"])
@pytest.mark.parametrize("off", [-0.05, 0.05])
@pytest.mark.parametrize("stretch", [0.9, 1.1])
def test_tolerances(name: str, off: float, stretch: float) -> None:
    """Frequency 5 % off, cadence 10 % off, at -30 dBm0."""
    cadence = tuple(int(ms * stretch) for ms in TONES[name].cadence_ms)
    spec = ToneSpec(name, (450 * (1 + off),), cadence, -30.0)
    assert names(hear(sounding(spec, 12000))) == [name]


@pytest.mark.parametrize("hz", [400.0, 500.0, 950.0])
def test_another_frequency_is_another_tone(hz: float) -> None:
    assert hear(sounding(ToneSpec("busy", (hz,), (350, 350)), 8000)) == []


@pytest.mark.parametrize("cadence_ms", [(500, 500), (200, 200), (350, 1000), (3000, 100)])
def test_another_cadence_is_another_tone(cadence_ms: tuple[int, int]) -> None:
    assert names(hear(sounding(ToneSpec("other", (450.0,), cadence_ms), 6000), [TONES["busy"]])) == []


def test_what_the_list_allows_is_what_is_accepted() -> None:
    """Frequency, cadence and level come with the tone; nothing of that is fixed in the engine."""
    strict = replace(TONES["busy"], tolerance_percent=1.0, cadence_tolerance_percent=1, level_min_dbm0=-20.0)
    for off in (
        ToneSpec("busy", (468.0,), (350, 350)),
        ToneSpec("busy", (450.0,), (400, 400)),
        ToneSpec("busy", (450.0,), (350, 350), -26.0),
    ):
        assert names(hear(sounding(off, 6000), [TONES["busy"]])) == ["busy"]
        assert names(hear(sounding(off, 6000), [strict])) == []
    assert names(hear(sounding(TONES["busy"], 6000), [strict])) == ["busy"]


def test_too_weak_is_not_heard() -> None:
    assert hear(sounding(replace(TONES["busy"], level_dbm0=-42.0), 8000)) == []


@pytest.mark.parametrize("over_db", [20, 10, 6, 3])
@pytest.mark.parametrize("level_dbm0", [-10.0, -25.0])
def test_busy_is_heard_under_speech(over_db: float, level_dbm0: float) -> None:
    """A hang-up must be seen while our own prompt still talks into the line: within 6 s, ten stretches."""
    for begin_s in range(0, 100, 10):
        busy = signal.from_pcm16(cext.tone_samples(replace(TONES["busy"], level_dbm0=level_dbm0), 6000))
        voice = signal.speech(level_dbm0 - 3 - over_db, begin_s, 6)  # 3 dB: the tone sounds half the time
        assert set(names(hear(busy + voice))) == {"busy"}


@pytest.mark.parametrize(("louder_db", "within_s"), [(0, 15), (3, 20)])
@pytest.mark.parametrize("level_dbm0", [-10.0, -25.0])
def test_busy_under_speech_as_loud_and_3_db_louder(louder_db: int, within_s: int, level_dbm0: float) -> None:
    """Mean power of the speech against the tone while it is on: known in the pauses, and before the end."""
    for begin_s in range(0, 90, 9):
        busy = signal.from_pcm16(
            cext.tone_samples(replace(TONES["busy"], level_dbm0=level_dbm0), within_s * 1000)
        )
        voice = signal.speech(level_dbm0 + louder_db, begin_s, within_s)
        assert set(names(hear(busy + voice))) == {"busy"}


def test_repeated_notes_are_no_busy_tone() -> None:
    """450 Hz in the rhythm of busy, but each note 4 dB or 5 Hz from the one before, as a tune has it."""
    for notes in (((450, -10), (450, -14)), ((450, -10), (455, -10))):
        parts = [p for hz, dbm0 in notes for p in (signal.sine(hz, 350, dbm0), signal.silence(350))]
        assert names(hear(np.concatenate(parts * 5), [TONES["busy"]])) == []


def test_busy_is_heard_soon() -> None:
    """Four lengths: known 1.5 s after its begin."""
    detector = cext.Detector(CHINA, dtmf=False, caller_id=False)
    octets = signal.alaw(sounding(TONES["busy"], 5000, before_ms=0))
    first = next(at for at in range(0, len(octets), 80) if detector.feed(octets[at : at + 80]))
    assert first / 8 < 1500


def test_a_detector_switched_on_within_the_tone() -> None:
    whole = sounding(TONES["busy"], 8000, before_ms=0)
    for cut_ms in range(0, 700, 50):
        assert names(hear(whole[cut_ms * 8 :])) == ["busy"]


def test_speech_is_not_a_tone() -> None:
    """112 s of a voice, at five speeds, with the tones of two countries."""
    voice = signal.speech(-14, length_s=112)
    for speed in (0.85, 0.93, 1.0, 1.07, 1.15):
        at = np.arange(0, len(voice) - 1, speed)
        samples = np.interp(at, np.arange(len(voice)), voice)
        assert hear(samples, (*CHINA, UNOBTAINABLE)) == []
        assert hear(samples, USA) == []


def test_an_unfinished_tone_is_ended_by_finish() -> None:
    found = hear(sounding(TONES["dial"], 4000, after_ms=0))
    assert [event.kind for event in found] == [EventKind.TONE_BEGIN, EventKind.TONE_END]
    assert abs(found[1].duration_ms - 4000) < 60


@pytest.mark.parametrize("step_oct", [1, 33, 80, 161])
def test_the_way_samples_are_cut_does_not_matter(step_oct: int) -> None:
    samples = sounding(TONES["busy"], 4000, after_ms=1000) + signal.speech(-30, 0, 5.237)[: 8 * 5237]
    assert hear(samples, step_oct=step_oct) == hear(samples)


@pytest.mark.parametrize(
    ("spec", "complaint"),
    [
        (ToneSpec("x", (), ()), "0 frequencies"),
        (ToneSpec("x", (100.0,), ()), "frequency 100"),
        (ToneSpec("x", (450.0,), (350,)), "cadence of 1"),
        (ToneSpec("x", (450.0,), (350, 0)), "cadence step 0"),
        (ToneSpec("x", (450.0,), (), 10.0), "level_dbm0 10"),
        (ToneSpec("x", (450.0,), modulation_hz=-1.0, cadence_ms=()), "modulation_hz -1"),
        (ToneSpec("x", (450.0,), (), tolerance_percent=20), "tolerance_percent 20"),
        (ToneSpec("x", (450.0,), (), cadence_tolerance_percent=0), "cadence_tolerance_percent 0"),
        (ToneSpec("x", (450.0,), (), level_min_dbm0=-70), "level_min_dbm0 -70"),
    ],
)
def test_impossible_tones_are_refused(spec: ToneSpec, complaint: str) -> None:
    with pytest.raises(cext.CextError, match=complaint):
        cext.Detector([spec])
