"""The DTMF receiver against the clauses of ITU-T Q.24 and libspandsp's generator, A-law in between."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest

import cext
from cext import EventKind
from tests.cext.ref import signal, spandsp
from tests.cext.ref.signal import KEYPAD, Samples

ALL = "0123456789ABCD*#"


def events(samples: Samples, step_oct: int = 80) -> list[cext.Event]:
    """Hear samples, `step_oct` at a time."""
    detector = cext.Detector([], progress=False, caller_id=False)
    octets = signal.alaw(np.concatenate([samples, signal.silence(100)]))
    return [e for at in range(0, len(octets), step_oct) for e in detector.feed(octets[at : at + step_oct])]


def heard(samples: Samples) -> str:
    """Return the digits."""
    return "".join(event.digit for event in events(samples, 8000) if event.kind is EventKind.DIGIT_BEGIN)


def dialled(ms: float, gap_ms: float = 50, times: int = 3, **how: float) -> Samples:
    """All digits `times` times, with random phases and positions; 48 digits by default."""
    rng = np.random.default_rng(1)
    parts: list[Samples] = []
    for key in ALL * times:
        phases = (float(rng.uniform(0, 6.28)), float(rng.uniform(0, 6.28)))
        parts += [np.zeros(int(gap_ms * 8) + int(rng.integers(0, 40)))]
        parts += [signal.digit(key, ms, phases=phases, **how)]  # type: ignore[arg-type]
    return np.concatenate(parts)


def noisy(samples: Samples, level_dbm0: float) -> Samples:
    """Add white noise."""
    return samples + signal.noise(np.random.default_rng(2), len(samples), level_dbm0)


@pytest.mark.parametrize("level_dbm0", [-3, -10, -20, -25, -30])
def test_all_digits_of_spandsp_at_every_level(level_dbm0: int) -> None:
    """NTT -3..-24, AT&T 0..-25, Australia -5..-27 dBm per tone."""
    samples = signal.from_pcm16(spandsp.dtmf_tx(ALL, level_dbm0=level_dbm0))
    assert heard(samples) == ALL
    found = [e for e in events(samples) if e.kind is EventKind.DIGIT_END]
    assert all(abs(e.level_dbm0 - level_dbm0) < 1 for e in found)
    assert all(abs(e.duration_ms - 50) < 5 for e in found)


def test_digits_of_0_dbm0_that_a_law_clips() -> None:
    assert heard(dialled(50, low_dbm0=0, high_dbm0=0)) == ALL * 3


@pytest.mark.parametrize("level_dbm0", [-36, -40, -55])
def test_digits_too_weak_are_not_heard(level_dbm0: int) -> None:
    assert heard(dialled(60, low_dbm0=level_dbm0, high_dbm0=level_dbm0)) == ""


@pytest.mark.parametrize("twist_db", [4, 2, -4, -8])
def test_twist_of_spandsp_is_accepted(twist_db: int) -> None:
    """AT&T: the high tone up to 4 dB above, up to 8 dB below."""
    samples = signal.from_pcm16(
        spandsp.dtmf_tx(ALL, level_dbm0=-20 if twist_db > 0 else -14, twist_db=twist_db)
    )
    assert heard(samples) == ALL


def test_twist_of_more_than_12_db_is_rejected() -> None:
    assert heard(dialled(60, low_dbm0=-22, high_dbm0=-10)) == ""
    assert heard(dialled(60, low_dbm0=-10, high_dbm0=-22)) == ""


@pytest.mark.parametrize("off", [0.0, 0.015, 0.018])
@pytest.mark.parametrize(("low", "high"), [(1, 1), (-1, -1), (1, -1), (-1, 1), (1, 0), (0, -1)])
def test_frequencies_off_by_1_8_percent_are_accepted(off: float, low: int, high: int) -> None:
    """AT&T 1.5 %, NTT 1.8 %: both tones off together is where others fail."""
    assert heard(dialled(50, times=1, low_off=off * low, high_off=off * high)) == ALL


@pytest.mark.parametrize("off", [0.03, 0.035, -0.035, 0.04])
@pytest.mark.parametrize(("low", "high"), [(1, 1), (1, 0), (0, 1)])
def test_frequencies_off_by_3_percent_are_rejected(off: float, low: int, high: int) -> None:
    """NTT 3.0 %, AT&T 3.5 %."""
    assert heard(dialled(60, times=1, low_off=off * low, high_off=off * high)) == ""


@pytest.mark.parametrize("ms", [40, 45, 60, 200])
def test_tones_of_40_ms_are_accepted(ms: int) -> None:
    assert heard(dialled(ms)) == ALL * 3
    assert heard(noisy(dialled(ms), -22)) == ALL * 3


@pytest.mark.parametrize("ms", [10, 20, 23])
def test_tones_of_23_ms_are_rejected(ms: int) -> None:
    assert heard(dialled(ms)) == ""
    assert heard(noisy(dialled(ms), -22)) == ""


def test_40_ms_with_the_worst_allowed_twist_and_frequency() -> None:
    how = {"low_dbm0": -16.0, "high_dbm0": -24.0, "low_off": 0.015, "high_off": -0.015}
    assert heard(dialled(40, **how)) == ALL * 3


def test_pauses_of_30_ms_separate_digits() -> None:
    samples = np.concatenate([np.concatenate([signal.digit("5", 50), signal.silence(30)]) for _ in range(20)])
    assert heard(samples) == "5" * 20


@pytest.mark.parametrize("gap_ms", [2, 5, 10])
def test_interruptions_of_10_ms_are_bridged(gap_ms: int) -> None:
    """With a phase that starts anew, as when a slip cuts the tone."""
    parts = [
        np.concatenate(
            [signal.digit(key, 45), signal.silence(gap_ms), signal.digit(key, 45), signal.silence(60)]
        )
        for key in ALL
    ]
    assert heard(np.concatenate(parts)) == ALL


@pytest.mark.parametrize("ratio_db", [20, 15, 12, 9])
def test_noise_below_the_digits(ratio_db: int) -> None:
    """Signal is both tones together, noise white over 4 kHz."""
    assert heard(noisy(dialled(50), -10 + 3 - ratio_db)) == ALL * 3


@pytest.mark.parametrize("hz", [(450,), (425,), (350, 440)])
@pytest.mark.parametrize("above_db", [-9, 0, 6])
def test_dial_tone_does_not_hurt(hz: tuple[float, ...], above_db: float) -> None:
    """It is there when the first digit comes, and may be stronger than a phone far away."""
    samples = dialled(50, times=1, low_dbm0=-20, high_dbm0=-20)
    tone = sum((signal.sine(f, len(samples) / 8, -20 + above_db) for f in hz), np.zeros(len(samples)))
    assert heard(samples + tone) == ALL


def test_digits_during_the_echo_of_a_prompt() -> None:
    """A prompt at -13 dBm0 comes back 12 dB weaker while the caller presses keys at -13 dBm0 per tone."""
    samples = dialled(100, 100, times=2, low_dbm0=-13, high_dbm0=-13)
    echo = signal.speech(-25, length_s=len(samples) / 8000)
    assert heard(samples + echo) == ALL * 2


def test_speech_is_not_a_digit() -> None:
    """Talk-off: 112 s of a voice, loud, at five speeds (each speed moves the pitch)."""
    voice = signal.speech(-12, length_s=112)
    for speed in (0.85, 0.93, 1.0, 1.07, 1.15):
        at = np.arange(0, len(voice) - 1, speed)
        assert heard(np.interp(at, np.arange(len(voice)), voice)) == ""


@pytest.mark.parametrize("step_oct", [1, 7, 79, 80, 160, 333, 5000])
def test_the_way_samples_are_cut_does_not_matter(step_oct: int) -> None:
    samples = noisy(dialled(45, times=1), -25)
    assert events(samples, step_oct) == events(samples, 8000)


def test_begin_and_end_are_where_they_are_in_the_signal() -> None:
    samples = np.concatenate([signal.silence(123), signal.digit("7", 80), signal.silence(100)])
    begin, end = events(samples)
    assert (begin.kind, end.kind) == (EventKind.DIGIT_BEGIN, EventKind.DIGIT_END)
    assert abs(begin.at_smp / 8 - 123) < 3
    assert abs(end.at_smp / 8 - 203) < 3
    assert abs(end.duration_ms - 80) < 4


def test_begin_is_reported_soon() -> None:
    """A prompt must stop at the key: 50 ms after the begin the digit is known."""
    samples = np.concatenate([signal.silence(100), signal.digit("1", 500)])
    detector = cext.Detector([], progress=False, caller_id=False)
    octets = signal.alaw(samples)
    first = next(at for at in range(0, len(octets), 80) if detector.feed(octets[at : at + 80]))
    assert (first + 80) / 8 - 100 <= 50


def test_a_digit_is_ended_at_the_end_of_the_samples() -> None:
    detector = cext.Detector([], progress=False, caller_id=False)
    found = detector.feed(signal.alaw(signal.digit("9", 70))) + detector.finish()
    assert kinds(found) == [EventKind.DIGIT_BEGIN, EventKind.DIGIT_END]
    assert abs(found[1].duration_ms - 70) < 4


def test_a_digit_right_after_another() -> None:
    samples = np.concatenate([signal.digit("1", 100), signal.digit("6", 100)])
    found = events(samples)
    assert kinds(found) == [EventKind.DIGIT_BEGIN, EventKind.DIGIT_END] * 2
    assert [e.digit for e in found] == ["1", "1", "6", "6"]


def test_one_tone_alone_is_no_digit() -> None:
    for hz in (*signal.LOW_HZ, *signal.HIGH_HZ):
        assert heard(signal.sine(hz, 200, -10)) == ""


def test_the_keypad_is_complete() -> None:
    assert sorted(KEYPAD) == sorted(ALL)


def kinds(found: Iterable[cext.Event]) -> list[EventKind]:
    """Return what happened."""
    return [event.kind for event in found]
