"""The DTMF bank: the columns of ITU-T Q.24, dial tones, lost packets, u-law; all paths give the same."""

from __future__ import annotations

import numpy as np
import pytest

import cext
from cext import DtmfLimits, EventKind
from cext.dtmf_limits import AUSTRALIA, BRAZIL, DENMARK, NTT, simd_paths
from tests.cext.ref import board, signal, spandsp
from tests.cext.ref.signal import Samples

ALL = "0123456789ABCD*#"
USUAL = DtmfLimits()
COLUMNS = {"usual": USUAL, "ntt": NTT, "denmark": DENMARK, "australia": AUSTRALIA, "brazil": BRAZIL}


def events(octets: bytes, limits: DtmfLimits = USUAL, path: str = "") -> list[cext.Event]:
    """Hear octets and 100 ms of silence after them."""
    detector = cext.Detector([], progress=False, caller_id=False)
    detector.set_dtmf(limits, path)
    return detector.feed(octets + signal.alaw(signal.silence(100)))


def heard(samples: Samples, limits: DtmfLimits = USUAL) -> str:
    """Return the digits."""
    found = events(signal.alaw(samples), limits)
    return "".join(event.digit for event in found if event.kind is EventKind.DIGIT_BEGIN)


def dialled(ms: float, gap_ms: float = 50, times: int = 2, **how: float) -> Samples:
    """All digits `times` times, with random phases and positions."""
    rng = np.random.default_rng(8)
    parts: list[Samples] = [signal.silence(60)]
    for key in ALL * times:
        phases = (float(rng.uniform(0, 6.28)), float(rng.uniform(0, 6.28)))
        parts += [
            signal.digit(key, ms, phases=phases, **how),
            np.zeros(int(gap_ms * 8) + int(rng.integers(0, 40))),
        ]  # type: ignore[arg-type]
    return np.concatenate(parts)


@pytest.mark.parametrize(
    ("column", "strong_dbm0", "weak_dbm0", "rejected_dbm0"),
    [
        ("usual", 0, -25, -55),
        ("ntt", -3, -24, -29),
        ("australia", -5, -27, -30),
        ("brazil", -3, -25, -50),
        ("denmark", -3.5, -28.5, -37.5),
    ],
)
def test_q24_level(column: str, strong_dbm0: float, weak_dbm0: float, rejected_dbm0: float) -> None:
    """Denmark with A = -28.5 dBm0."""
    limits = COLUMNS[column]
    for level in (strong_dbm0, weak_dbm0):
        assert heard(dialled(45, low_dbm0=level, high_dbm0=level), limits) == ALL * 2
    assert heard(dialled(60, low_dbm0=rejected_dbm0, high_dbm0=rejected_dbm0), limits) == ""


@pytest.mark.parametrize(
    ("column", "twist_db"),
    [
        *(("usual", 4), ("usual", -8), ("ntt", 5), ("ntt", -5), ("denmark", 6), ("denmark", -6)),
        *(("australia", 10), ("australia", -10), ("brazil", 9), ("brazil", -9)),
    ],
)
def test_q24_twist(column: str, twist_db: float) -> None:
    low = -10.0 - max(twist_db, 0)
    assert heard(dialled(50, low_dbm0=low, high_dbm0=low + twist_db), COLUMNS[column]) == ALL * 2


@pytest.mark.parametrize(
    ("column", "accepted", "plus_hz", "rejected"),
    [
        ("usual", 0.015, 0, 0.035),
        ("ntt", 0.018, 0, 0.030),
        ("denmark", 0.015, 2, 0.035),
        ("australia", 0.015, 4, 0.07),
        ("brazil", 0.018, 0, 0.03),
    ],
)
@pytest.mark.parametrize("signs", [(1, 1), (-1, -1), (1, -1), (-1, 1)])
def test_q24_frequency(
    column: str, accepted: float, plus_hz: float, rejected: float, signs: tuple[int, int]
) -> None:
    """Denmark and Australia give hertz on top of the percentage: most for the lowest tone of each group."""
    low_off, high_off = accepted + plus_hz / 697, accepted + plus_hz / 1209
    low, high = signs
    limits = COLUMNS[column]
    assert heard(dialled(50, low_off=low * low_off, high_off=high * high_off), limits) == ALL * 2
    assert heard(dialled(60, low_off=low * rejected, high_off=high * rejected), limits) == ""


@pytest.mark.parametrize(
    ("column", "rejected_ms"),
    [("usual", 23), ("ntt", 24), ("denmark", 20), ("australia", 25), ("brazil", 20)],
)
def test_q24_duration(column: str, rejected_ms: float) -> None:
    assert heard(dialled(40), COLUMNS[column]) == ALL * 2
    assert heard(dialled(rejected_ms), COLUMNS[column]) == ""


@pytest.mark.parametrize(
    ("column", "pause_ms", "bridged_ms"),
    [("usual", 40, 10), ("ntt", 30, 10), ("denmark", 40, 20), ("australia", 70, 12), ("brazil", 30, 10)],
)
def test_q24_pause_and_interruption(column: str, pause_ms: float, bridged_ms: float) -> None:
    """The phase starts anew after it."""
    for key in ALL:
        half = signal.digit(key, 50)
        cut = np.concatenate([signal.silence(60), half, signal.silence(bridged_ms), half, signal.silence(80)])
        assert heard(cut, COLUMNS[column]) == key
        apart = np.concatenate([signal.silence(60), half, signal.silence(pause_ms), half, signal.silence(80)])
        assert heard(apart, COLUMNS[column]) == key * 2


@pytest.mark.parametrize(
    ("column", "on_ms", "cycle_ms"),
    [("usual", 45, 93), ("ntt", 60, 120), ("denmark", 50, 100), ("australia", 50, 125), ("brazil", 60, 120)],
)
def test_q24_signalling_velocity(column: str, on_ms: float, cycle_ms: float) -> None:
    assert heard(dialled(on_ms, cycle_ms - on_ms - 5), COLUMNS[column]) == ALL * 2


def test_begin_and_end_carry_the_twist_free_mean_level() -> None:
    found = events(signal.alaw(dialled(60, low_dbm0=-12, high_dbm0=-18)))
    assert all(abs(event.level_dbm0 - -14.0) < 1 for event in found)


@pytest.mark.parametrize("twist_db", [-8, -6, -3, 0, 2, 4])
@pytest.mark.parametrize("low_dbm0", [-8, -16, -22])
def test_begin_and_end_carry_the_level_of_each_tone_and_the_twist(low_dbm0: int, twist_db: int) -> None:
    """Digits of libspandsp; 50 ms."""
    pcm = spandsp.dtmf_tx(ALL, level_dbm0=low_dbm0, twist_db=twist_db)
    found = events(cext.alaw_encode(pcm))
    assert len(found) == 2 * len(ALL)
    for event in found:
        assert abs(event.level_low_dbm0 - low_dbm0) < 0.5, event
        assert abs(event.level_high_dbm0 - low_dbm0 - twist_db) < 0.7, event
        assert abs(event.twist_db - twist_db) < 0.7, event


@pytest.mark.parametrize("off", [-0.015, 0.015])
def test_the_twist_is_right_when_the_frequencies_are_not(off: float) -> None:
    found = events(signal.alaw(dialled(60, low_dbm0=-12, high_dbm0=-15, low_off=off, high_off=-off)))
    assert len(found) == 4 * len(ALL)
    assert all(abs(event.twist_db - -3.0) < 0.7 for event in found)


@pytest.mark.parametrize(
    ("hz", "above_db"),
    [((400,), 0), ((440, 480), -3), ((350, 440), 9), ((425,), 12), ((450,), 12)],
)
def test_dial_and_ringback_tone_under_the_digits(hz: tuple[float, ...], above_db: float) -> None:
    """Each tone against each of the digit; libspandsp without its filter needs them 9 dB below."""
    samples = dialled(50, low_dbm0=-20, high_dbm0=-20)
    tone = sum((signal.sine(f, len(samples) / 8, -20 + above_db) for f in hz), np.zeros(len(samples)))
    assert heard(samples + tone) == ALL * 2


def test_ulaw_and_alaw_one_after_the_other() -> None:
    pcm = signal.pcm16(dialled(45, low_dbm0=-24, high_dbm0=-24))
    through = cext.ulaw_decode(cext.ulaw_encode(pcm))
    assert heard(signal.from_pcm16(through)) == ALL * 2


def lossy(samples: Samples, rng: np.random.Generator, packet_smp: int, is_repeated: bool) -> Samples:
    """Lose one packet in twenty; silence in its place, or the packet before once more."""
    out = samples.copy()
    for at in range(packet_smp, len(samples) - packet_smp, packet_smp):
        if rng.random() < 0.05:
            out[at : at + packet_smp] = samples[at - packet_smp : at] if is_repeated else 0
    return out


@pytest.mark.parametrize("packet_ms", [10, 20])
@pytest.mark.parametrize("is_repeated", [False, True])
def test_5_percent_of_the_packets_lost(packet_ms: int, is_repeated: bool) -> None:
    """Digits of 100 ms: libspandsp misses or doubles more of them."""
    samples = lossy(dialled(100, 100, times=12), np.random.default_rng(4), packet_ms * 8, is_repeated)
    sent, ours = 12 * len(ALL), heard(samples)
    theirs = spandsp.dtmf_rx(cext.alaw_decode(signal.alaw(samples)))
    assert abs(len(ours) - sent) <= max(abs(len(theirs) - sent), sent * 3 // 100)
    assert len(ours) >= sent * 96 // 100


def mixed_input() -> bytes:
    """Digits of many kinds over noise, then octets of any kind."""
    rng = np.random.default_rng(5)
    samples = dialled(45, low_dbm0=-15, high_dbm0=-18)
    samples = samples + signal.noise(rng, len(samples), -32)
    return signal.alaw(samples) + bytes(rng.integers(0, 256, 8000, dtype=np.uint8)) + b"\x2a" * 4000


def test_all_paths_give_the_same_events() -> None:
    octets = mixed_input()
    reference = events(octets, path="c")
    assert len(reference) >= 2 * 2 * len(ALL)
    for path in simd_paths():
        assert events(octets, path=path) == reference, path


def test_every_lane_of_the_engine_hears_what_the_detector_hears() -> None:
    """Eleven channels in two groups of lanes, each with its own digits."""
    signals = [
        signal.alaw(dialled(50, times=1, low_dbm0=-8 - i, high_dbm0=-8 - i))[:12800] for i in range(11)
    ]
    line = board.Line(11)
    for channel in range(11):
        line.engine.open(channel, dtmf=True)
    for at in range(0, 12800, 80):
        line.tick({i: octets[at : at + 80] for i, octets in enumerate(signals)})
    for channel, octets in enumerate(signals):
        detector = cext.Detector([], progress=False, caller_id=False)
        alone = [(e.kind, e.digit, e.at_smp, e.level_dbm0) for e in detector.feed(octets)]
        ours = [(e.kind, e.digit, e.at_smp, e.level_dbm0) for e in line.events if e.channel == channel]
        assert ours == alone
        assert len(ours) > 20


def test_a_channel_closed_and_opened_again_in_one_tick_starts_anew() -> None:
    digit = signal.alaw(signal.digit("5", 400))
    line = board.Line(1)
    line.engine.open(0, dtmf=True)
    for at in range(0, 1600, 80):
        line.tick({0: digit[at : at + 80]})
    assert [e.digit for e in line.events] == ["5"]
    line.engine.close(0)
    line.engine.open(0, dtmf=True)
    for at in range(1600, 3200, 80):
        line.tick({0: digit[at : at + 80]})
    assert [(e.kind, e.digit) for e in line.events[1:]] == [(EventKind.DIGIT_BEGIN, "5")]


@pytest.mark.parametrize("octet", [0x00, 0xFF, 0x55, 0xAA, 0xD5, 0x2A])
def test_constant_octets_are_no_digit_and_hurt_nobody(octet: int) -> None:
    """DC at any level, then a digit within a second."""
    found = events(
        bytes([octet]) * 16000 + signal.alaw(np.concatenate([signal.silence(40), signal.digit("3", 60)]))
    )
    assert [event.digit for event in found] == ["3", "3"]


@pytest.mark.parametrize(
    "limits",
    [
        DtmfLimits(level_min_dbm0=-60),
        DtmfLimits(twist_high_db=20),
        DtmfLimits(off_max_percent=9),
        DtmfLimits(bridge_ms=0),
        DtmfLimits(level_min_dbm0=float("nan")),
    ],
)
def test_impossible_limits_are_refused(limits: DtmfLimits) -> None:
    with pytest.raises(cext.CextError, match="allowed are level"):
        cext.Engine(1, []).set_dtmf(limits)
    with pytest.raises(cext.CextError, match="allowed are level"):
        cext.Detector([]).set_dtmf(limits)


def test_a_path_that_does_not_exist_is_refused() -> None:
    with pytest.raises(cext.CextError, match="path 'mmx'"):
        cext.Detector([]).set_dtmf(USUAL, "mmx")
