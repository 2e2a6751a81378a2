"""Tones that need no list: SIT, CNG, answer tone, CAS; made with numpy, and CNG and CED by sox."""

from __future__ import annotations

import subprocess

import numpy as np
import pytest

import cext
from cext import EventKind
from tests.cext.ref import signal, spandsp
from tests.cext.ref.signal import Samples


def hear(samples: Samples, step_oct: int = 8000) -> list[cext.Event]:
    """What begins and ends."""
    detector = cext.Detector([], dtmf=False, caller_id=False)
    octets = signal.alaw(np.concatenate([signal.silence(300), samples, signal.silence(1000)]))
    return [e for at in range(0, len(octets), step_oct) for e in detector.feed(octets[at : at + step_oct])]


def names(samples: Samples) -> list[str]:
    """Names of what begins."""
    return [event.tone for event in hear(samples) if event.kind is EventKind.TONE_BEGIN]


def in_turn(*parts: tuple[float, float], gap_ms: float = 0, level_dbm0: float = -15) -> Samples:
    """Tones one after the other: frequency and length in ms."""
    return np.concatenate(
        [piece for hz, ms in parts for piece in (signal.sine(hz, ms, level_dbm0), signal.silence(gap_ms))]
    )


def reversing(period_ms: int, count: int, off_hz: float = 0.0, level_dbm0: float = -12) -> Samples:
    """2100 Hz with a phase reversal every period."""
    wave = signal.sine(2100 + off_hz, period_ms * count, level_dbm0)
    for part in range(1, count, 2):
        wave[part * period_ms * 8 : (part + 1) * period_ms * 8] *= -1
    return wave


@pytest.mark.parametrize("off_hz", [-50, 0, 50])
@pytest.mark.parametrize("gap_ms", [0, 30])
@pytest.mark.parametrize("level_dbm0", [-10, -33])
def test_e180_sit_within_50_hz_and_gaps_of_30_ms(off_hz: float, gap_ms: float, level_dbm0: float) -> None:
    sit = in_turn(
        (950 + off_hz, 330), (1400 + off_hz, 330), (1800 + off_hz, 330), gap_ms=gap_ms, level_dbm0=level_dbm0
    )
    assert names(sit) == ["sit"]


@pytest.mark.parametrize("lengths_ms", [(380, 274, 380), (274, 380, 380), (260, 260, 260), (400, 400, 400)])
def test_sit_of_north_america_and_330_ms_with_70_ms_either_way(lengths_ms: tuple[int, int, int]) -> None:
    assert names(in_turn(*zip((950, 1400, 1800), lengths_ms, strict=True))) == ["sit"]


def test_sit_that_is_repeated_is_one() -> None:
    sit = np.concatenate([in_turn((950, 330), (1400, 330), (1800, 330)), signal.silence(1000)])
    found = hear(np.concatenate([sit, sit, sit, signal.silence(2000)]))
    assert [event.kind for event in found] == [EventKind.TONE_BEGIN, EventKind.TONE_END]
    assert abs(found[0].at_smp / 8 - 300) < 25
    assert abs(found[1].duration_ms - (3 * 1990 - 1000)) < 50


@pytest.mark.parametrize(
    "parts",
    [
        ((1400, 330), (950, 330), (1800, 330)),
        ((950, 330), (1400, 330)),
        ((950, 330), (1800, 330)),
        ((950, 100), (1400, 100), (1800, 100)),
        ((950, 900), (1400, 330), (1800, 330)),
    ],
)
def test_other_sequences_are_no_sit(parts: tuple[tuple[float, float], ...]) -> None:
    assert names(in_turn(*parts)) == []


@pytest.mark.parametrize("off_hz", [-38, 0, 38])
@pytest.mark.parametrize("on_ms", [430, 500, 570])
@pytest.mark.parametrize("level_dbm0", [-10, -33])
def test_t30_cng_1100_hz_38_hz_off_half_a_second_15_percent_off(
    off_hz: float, on_ms: float, level_dbm0: float
) -> None:
    burst = np.concatenate([signal.sine(1100 + off_hz, on_ms, level_dbm0), signal.silence(3000)])
    found = hear(np.concatenate([burst, burst, signal.silence(4000)]))
    assert [(event.kind, event.tone) for event in found] == [
        (EventKind.TONE_BEGIN, "cng"),
        (EventKind.TONE_END, "cng"),
    ]


def test_cng_is_known_0_1_s_after_its_first_burst() -> None:
    detector = cext.Detector([], dtmf=False, caller_id=False)
    octets = signal.alaw(np.concatenate([signal.sine(1100, 500, -15), signal.silence(1000)]))
    known = next(at for at in range(0, len(octets), 80) if detector.feed(octets[at : at + 80]))
    assert known / 8 <= 600


@pytest.mark.parametrize(("hz", "ms"), [(1100, 300), (1100, 900), (1030, 500), (1170, 500)])
def test_other_bursts_are_no_cng(hz: float, ms: float) -> None:
    assert names(np.concatenate([signal.sine(hz, ms, -15), signal.silence(3000)])) == []


@pytest.mark.parametrize("off_hz", [-15, 0, 15])
@pytest.mark.parametrize("level_dbm0", [-6, -33])
def test_v25_answer_tone_2100_hz_15_hz_off(off_hz: float, level_dbm0: float) -> None:
    (begin, end) = hear(signal.sine(2100 + off_hz, 3300, level_dbm0))
    assert (begin.tone, end.tone) == ("answer", "answer")
    assert abs(begin.at_smp / 8 - 300) < 25
    assert abs(end.duration_ms - 3300) < 30


@pytest.mark.parametrize("period_ms", [425, 450, 475])
@pytest.mark.parametrize("off_hz", [-15, 0, 15])
@pytest.mark.parametrize("level_dbm0", [-6, -31])
def test_g168_answer_tone_with_phase_reversals_each_450_ms_25_ms_off(
    period_ms: int, off_hz: float, level_dbm0: float
) -> None:
    assert names(reversing(period_ms, 7, off_hz, level_dbm0)) == ["answer", "answer-reversals"]


def test_v8_ansam_is_an_answer_tone_with_reversals() -> None:
    """Amplitude modulated by 15 Hz, 20 %."""
    tone = reversing(450, 7)
    tone *= 1 + 0.2 * np.sin(2 * np.pi * 15 * np.arange(len(tone)) / 8000)
    assert names(tone) == ["answer", "answer-reversals"]


@pytest.mark.parametrize("hz", [2050, 2150, 1100])
def test_other_long_tones_are_no_answer(hz: float) -> None:
    assert names(signal.sine(hz, 2000, -12)) == []


@pytest.mark.parametrize("snr_db", [15, 10])
def test_in_noise(snr_db: float) -> None:
    rng = np.random.default_rng(4)
    for tone, want in (
        (np.concatenate([signal.sine(1100, 500, -15), signal.silence(2000)]), ["cng"]),
        (reversing(450, 7, level_dbm0=-15), ["answer", "answer-reversals"]),
        (in_turn((950, 330), (1400, 330), (1800, 330)), ["sit"]),
    ):
        assert names(tone + signal.noise(rng, len(tone), -15 - snr_db)) == want


def cas(ms: float = 80, off: float = 0.0, low_dbm0: float = -15, high_dbm0: float = -15) -> Samples:
    """The CPE alerting signal."""
    return signal.sine(2130 * (1 + off), ms, low_dbm0) + signal.sine(2750 * (1 + off), ms, high_dbm0)


@pytest.mark.parametrize("ms", [75, 80, 85])
@pytest.mark.parametrize("off", [-0.005, 0, 0.005])
@pytest.mark.parametrize("level_dbm0", [-14, -32])
def test_gr30_cas_75_to_85_ms_half_a_percent_off(ms: float, off: float, level_dbm0: float) -> None:
    begin, end = hear(cas(ms, off, level_dbm0, level_dbm0))
    assert (begin.tone, end.tone) == ("cas", "cas")
    assert abs(begin.at_smp / 8 - 300) < 20


@pytest.mark.parametrize("twist_db", [-5, 5])
def test_cas_with_twist(twist_db: float) -> None:
    assert names(cas(low_dbm0=-15, high_dbm0=-15 + twist_db)) == ["cas"]


@pytest.mark.parametrize("ms", [40, 150])
def test_cas_of_another_length_is_none(ms: float) -> None:
    assert names(cas(ms)) == []


def test_one_tone_of_a_cas_is_none() -> None:
    assert names(signal.sine(2130, 80, -15)) == []
    assert names(signal.sine(2750, 80, -15)) == []


def test_speech_digits_and_caller_id_are_none_of_these() -> None:
    assert names(signal.speech(-14, length_s=112)) == []
    assert names(signal.from_pcm16(spandsp.dtmf_tx("0123456789ABCD*#" * 4))) == []
    message = bytes([0x80, 13, 2, 11]) + b"13800138000"
    assert names(signal.from_pcm16(spandsp.caller_id_tx(message, spandsp.CLASS))) == []


def sox(*effects: str) -> Samples:
    """Samples that sox makes."""
    form = ("-t", "raw", "-r", "8000", "-e", "signed", "-b", "16", "-c", "1", "-")
    done = subprocess.run(["sox", "-n", *form, *effects], capture_output=True, check=True)
    return signal.from_pcm16(done.stdout)


def test_what_sox_makes() -> None:
    """An independent generator: CNG, then CED."""
    burst = sox("synth", "0.5", "sine", "1100", "gain", "-18", "pad", "0.2", "3")
    assert names(np.concatenate([burst, burst])) == ["cng"]
    assert names(sox("synth", "3", "sine", "2100", "gain", "-18")) == ["answer"]


@pytest.mark.parametrize("step_oct", [1, 33, 80, 161])
def test_the_way_samples_are_cut_does_not_matter(step_oct: int) -> None:
    tones = np.concatenate([reversing(450, 4), cas(), in_turn((950, 330), (1400, 330), (1800, 330))])
    assert hear(tones, step_oct) == hear(tones)
