"""MFC/R2 signals: Q.441 table 5, Q.454 (sender), Q.455 (receiver), with libspandsp as the other side."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cext
from cext import MF_SIGNALS, CextError, EventKind
from tests.cext.ref import mf, signal, spandsp
from tests.cext.ref.board import Line
from tests.cext.ref.signal import Samples

DIRECTIONS = ("forward", "backward")
Make = Callable[[str, np.random.Generator], Samples]

both_directions = pytest.mark.parametrize("direction", DIRECTIONS)


def misheard(make: Make, direction: str, *, wanted: Callable[[str], str], rounds: int = 3) -> list[str]:
    """Hear every signal some times; return those that were not as wanted."""
    rng = np.random.default_rng(7)
    wrong = []
    for _ in range(rounds):
        for name in MF_SIGNALS:
            got = mf.heard(mf.between_pauses(make(name, rng), rng), direction)
            if got != wanted(name):
                wrong.append(f"{name}: {got}")
    return wrong


def once(name: str) -> str:
    return name


def never(_name: str) -> str:
    return ""


def distance(name: str) -> int:
    low, high = mf.PAIRS[name]
    return high - low


# ---- the peer ------------------------------------------------------------------------------------


@both_directions
def test_we_hear_what_spandsp_sends(direction: str) -> None:
    pcm16 = spandsp.mf_tx(MF_SIGNALS, is_forward=direction == "forward", on_ms=60, off_ms=50)
    events = cext.MfDetector(direction).feed(pcm16)
    assert [e.digit for e in events if e.kind is EventKind.MF_BEGIN] == [*MF_SIGNALS]
    for i, (begin, end) in enumerate(zip(events[::2], events[1::2], strict=True)):
        assert (begin.kind, end.kind) == (EventKind.MF_BEGIN, EventKind.MF_END)
        assert begin.at_smp / 8 == pytest.approx(110 * i, abs=6)
        assert end.duration_ms == pytest.approx(60, abs=6)
        assert begin.level_dbm0 == pytest.approx(-11.5, abs=0.6)


@both_directions
def test_spandsp_hears_what_we_send(direction: str) -> None:
    pcm16 = b"".join(cext.mf_samples(name, direction, 60, 50) for name in MF_SIGNALS)
    assert "".join(name for name, _ in spandsp.mf_rx(pcm16, is_forward=direction == "forward")) == MF_SIGNALS


# ---- the sender, Q.454 ---------------------------------------------------------------------------


@both_directions
def test_q454_levels_frequencies_and_distortion(direction: str) -> None:
    """Each tone -11.5 +- 1 dBm0, within 4 Hz, 1 dB apart at most; all else 37 dB below."""
    window = np.hanning(8000)
    for name in MF_SIGNALS:
        pcm = np.frombuffer(cext.mf_samples(name, direction, 1100), "<i2")[400:8400] / 32768
        power = np.abs(np.fft.rfft(pcm * window)) ** 2 / (np.sum(window) ** 2 / 2)
        levels = []
        for tone in mf.PAIRS[name]:
            hz = mf.HZ[direction][tone]
            assert abs(int(np.argmax(power[hz - 20 : hz + 21])) - 20) <= 1
            levels.append(10 * np.log10(2 * power[hz]) + 3.14)
            power[hz - 3 : hz + 4] = 0
        assert levels == pytest.approx([-11.5, -11.5], abs=0.1)
        assert 10 * np.log10(2 * power.max()) + 3.14 < -11.5 - 37


def test_q454_soft_start_and_end() -> None:
    pcm = np.abs(np.frombuffer(cext.mf_samples("5", "forward", 50, 20), "<i2"))
    peak = pcm.max()
    assert pcm[:4].max() < peak / 10
    assert pcm[400 + 16 :].max() == 0
    assert pcm[400 + 12 : 400 + 16].max() < peak / 10


# ---- the receiver, Q.455 -------------------------------------------------------------------------


@both_directions
@pytest.mark.parametrize("level", [0, -5, -35])
def test_q455_levels_that_are_accepted(direction: str, level: float) -> None:
    assert not misheard(
        lambda name, rng: mf.tones(name, direction, 60, rng, levels_dbm0=(level, level)),
        direction,
        wanted=once,
    )


@both_directions
def test_q455_a_signal_of_42_dbm0_is_not_heard(direction: str) -> None:
    assert not misheard(
        lambda name, rng: mf.tones(name, direction, 100, rng, levels_dbm0=(-42, -42)), direction, wanted=never
    )


@both_directions
@pytest.mark.parametrize("loud", [-5.0, -28.0])
@pytest.mark.parametrize("is_first_loud", [True, False])
def test_q455_twist_and_frequency_at_their_limits_together(
    direction: str, loud: float, is_first_loud: bool
) -> None:
    """5 dB between neighbours, 7 dB between others; 10 Hz off."""

    def make(name: str, rng: np.random.Generator) -> Samples:
        weak = loud - (5 if distance(name) == 1 else 7)
        levels = (loud, weak) if is_first_loud else (weak, loud)
        off = (float(rng.choice([-10, 10])), float(rng.choice([-10, 10])))
        return mf.tones(name, direction, 60, rng, levels_dbm0=levels, off_hz=off)

    assert not misheard(make, direction, wanted=once)


@both_directions
def test_q455_tones_20_db_apart_are_not_heard(direction: str) -> None:
    for levels in ((-5, -25), (-25, -5)):
        assert not misheard(
            lambda name, rng, levels=levels: mf.tones(name, direction, 100, rng, levels_dbm0=levels),  # type: ignore[misc]
            direction,
            wanted=never,
        )


@both_directions
def test_a_tone_far_off_is_not_heard(direction: str) -> None:
    """30 Hz; the recommendation sets no limit."""
    assert not misheard(
        lambda name, rng: mf.tones(name, direction, 100, rng, off_hz=(30.0, -30.0)), direction, wanted=never
    )


@both_directions
def test_q455_one_tone_alone_or_three_are_not_heard(direction: str) -> None:
    rng = np.random.default_rng(8)
    for i, hz in enumerate(mf.HZ[direction]):
        assert mf.heard(mf.between_pauses(signal.sine(hz, 200, -5), rng), direction) == ""
        name = next(name for name, pair in mf.PAIRS.items() if i not in pair)
        three = mf.tones(name, direction, 200, rng) + signal.sine(hz, 200, -11.5)
        assert mf.heard(mf.between_pauses(three, rng), direction) == ""


@both_directions
def test_q455_7_ms_are_no_signal_and_no_end_of_one(direction: str) -> None:
    assert not misheard(
        lambda name, rng: mf.tones(name, direction, 7, rng, levels_dbm0=(-5, -5)), direction, wanted=never
    )

    def interrupted(name: str, rng: np.random.Generator) -> Samples:
        samples = mf.tones(name, direction, 150, rng)
        at = int(rng.integers(400, 700))
        samples[at : at + 56] = 0
        return samples

    assert not misheard(interrupted, direction, wanted=once)


@both_directions
def test_q455_operate_and_release_together_take_80_ms_at_most(direction: str) -> None:
    """Each 25..40 ms would do; the tick of 10 ms of the engine is not in this."""
    rng = np.random.default_rng(9)
    operate, release = [], []
    for name in MF_SIGNALS * 4:
        lead, ms = int(rng.integers(160, 400)), int(rng.integers(50, 120))
        samples = mf.tones(name, direction, ms, rng)
        line = mf.coded(np.concatenate([np.zeros(lead), samples, np.zeros(600)]))
        detector = cext.MfDetector(direction)
        for at in range(0, len(line), 16):
            for event in detector.feed(line[at : at + 16]):
                now = at / 2 + 8 - lead
                if event.kind is EventKind.MF_BEGIN:
                    operate.append(now / 8)
                else:
                    release.append((now - len(samples)) / 8)
    assert len(operate) == len(release) == 60
    assert min(operate) >= 20 and max(operate) <= 35
    assert min(release) >= 10 and max(release) <= 30


@both_directions
def test_white_noise_of_10_db_below_and_10_hz_off(direction: str) -> None:
    def make(name: str, rng: np.random.Generator) -> Samples:
        off = (float(rng.choice([-10, 10])), float(rng.choice([-10, 0, 10])))
        samples = mf.tones(name, direction, 100, rng, off_hz=off)
        return samples + signal.noise(rng, len(samples), -8.5 - 10)

    assert not misheard(make, direction, wanted=once)


def times_heard(pcm16: list[bytes], hear: Callable[[bytes], str]) -> int:
    """Count the signals that are heard once and right; they come in the order of their names."""
    return sum(hear(octets) == name for name, octets in zip(MF_SIGNALS * 4, pcm16, strict=True))


@both_directions
@pytest.mark.parametrize("ratio_db", [6, 2, 0, -2])
def test_in_white_noise_we_hear_all_and_spandsp_not_more(direction: str, ratio_db: int) -> None:
    """Registers that hear a signal twice have two digits: it must be heard once."""
    rng, sent = np.random.default_rng(13), []
    for name in MF_SIGNALS * 4:
        samples = mf.between_pauses(mf.tones(name, direction, 100, rng), rng)
        sent.append(mf.coded(samples + signal.noise(rng, len(samples), -8.5 - ratio_db)))

    def theirs(octets: bytes) -> str:
        return "".join(name for name, _ in spandsp.mf_rx(octets, is_forward=direction == "forward"))

    def ours(octets: bytes) -> str:
        events = cext.MfDetector(direction).feed(octets)
        return "".join(event.digit for event in events if event.kind is EventKind.MF_BEGIN)

    assert times_heard(sent, ours) >= (60 if ratio_db >= 0 else 57)
    assert times_heard(sent, ours) >= times_heard(sent, theirs)


@both_directions
@pytest.mark.parametrize("level", [0, -20, -35])
def test_white_noise_alone_is_no_signal(direction: str, level: float) -> None:
    rng = np.random.default_rng(14)
    assert mf.heard(signal.noise(rng, 60 * 8000, level), direction) == ""


@both_directions
def test_a_low_tone_as_loud_as_the_signal_does_no_harm_forward_and_is_a_voice_backward(
    direction: str,
) -> None:
    """Backward signals lie where partials of voices do: with a partial below them they are none."""

    def make(name: str, rng: np.random.Generator) -> Samples:
        return mf.tones(name, direction, 100, rng) + signal.sine(230, 100, -8.5)

    assert not misheard(make, direction, wanted=once if direction == "forward" else never)


@both_directions
def test_own_signal_of_the_other_direction_comes_back(direction: str) -> None:
    """The weakest signal under the full level of our own; and our own alone, which is no signal."""

    def own(rng: np.random.Generator, count: int, level: float) -> Samples:
        name = str(rng.choice([*MF_SIGNALS]))
        return mf.tones(name, mf.other(direction), 500, rng, levels_dbm0=(level, level))[:count]

    def with_own(name: str, rng: np.random.Generator) -> Samples:
        samples = mf.between_pauses(mf.tones(name, direction, 60, rng, levels_dbm0=(-35, -35)), rng)
        return samples + own(rng, len(samples), -11.5)

    assert not misheard(with_own, direction, wanted=once)
    assert not misheard(lambda _name, rng: own(rng, 1600, -5), direction, wanted=never)
    assert not misheard(lambda _name, rng: own(rng, 1600, 0), direction, wanted=never)  # clipped


@both_directions
def test_signals_without_a_pause(direction: str) -> None:
    rng = np.random.default_rng(10)
    samples = np.concatenate([mf.tones(name, direction, 80, rng) for name in MF_SIGNALS])
    assert mf.heard(mf.between_pauses(samples, rng), direction) == MF_SIGNALS


def test_talk_off_is_a_twentieth_of_the_peers_at_most() -> None:
    """112 s of a man talking. R2 registers do not hear speech as a rule: the tones come before the answer."""
    pcm16 = signal.SPEECH.read_bytes()
    ours = theirs = 0
    for direction in DIRECTIONS:
        events = cext.MfDetector(direction).feed(pcm16)
        ours += sum(event.kind is EventKind.MF_BEGIN for event in events)
        theirs += sum(bool(name) for name, _ in spandsp.mf_rx(pcm16, is_forward=direction == "forward"))
    assert theirs >= 50
    assert ours <= theirs / 20


@both_directions
@pytest.mark.parametrize(
    "samples",
    [
        np.zeros(16000),
        np.full(16000, 0.99),
        np.where(np.arange(16000) % 12 < 6, 0.99, -0.99),
        np.where(np.arange(16000) % 7 < 3, 0.99, -0.99),
        np.random.default_rng(11).uniform(-1, 1, 16000),
        signal.sine(425, 2000, -5),
        signal.sine(2100, 2000, -5) + signal.sine(1100, 2000, -5),
    ],
)
def test_other_sounds_are_no_signals_and_do_no_harm(direction: str, samples: Samples) -> None:
    """Silence, DC, square waves, loud noise, other tones; a signal after a second of silence is heard."""
    rng = np.random.default_rng(12)
    after = mf.between_pauses(mf.tones("7", direction, 60, rng), rng)
    assert mf.heard(np.concatenate([samples, np.zeros(8000), after]), direction) == "7"


@given(st.lists(st.integers(1, 700), min_size=1, max_size=40))
@settings(max_examples=25, deadline=None)
def test_any_cut_gives_the_same_events(cuts: list[int]) -> None:
    pcm16 = spandsp.mf_tx("1E0A", is_forward=True, on_ms=50, off_ms=40)
    whole = cext.MfDetector("forward").feed(pcm16)
    detector, found, at = cext.MfDetector("forward"), [], 0
    for cut in [*cuts, len(pcm16)]:
        found += detector.feed(pcm16[at : at + 2 * cut])
        at += 2 * cut
    assert found == whole
    assert len(whole) == 8


# ---- in the engine -------------------------------------------------------------------------------


def test_a_compelled_exchange_between_two_channels() -> None:
    """Channel 0 dials forward, 1 answers backward, each until it hears the other (Q.440)."""
    line = Line(2)
    engine = line.engine
    for channel, direction in ((0, "backward"), (1, "forward")):
        engine.open(channel, dtmf=False)
        engine.hear_mf(channel, direction)
    dialled, heard, ticks, at = "13579AE", "", 0, 0
    engine.send_mf(0, dialled[0], is_forward=True)
    while len(heard) < len(dialled) or line.events:
        line.tick({0: line.sent[1][-80:] or b"\xd5" * 80, 1: line.sent[0][-80:] or b"\xd5" * 80})
        ticks += 1
        for event in line.events:
            if event.channel == 1:
                heard += event.digit if event.kind is EventKind.MF_BEGIN else ""
                engine.send_mf(1, "1" if event.kind is EventKind.MF_BEGIN else "", is_forward=False)
            elif event.kind is EventKind.MF_BEGIN:
                engine.send_mf(0, "", is_forward=True)
            elif at + 1 < len(dialled):
                at += 1
                engine.send_mf(0, dialled[at], is_forward=True)
        line.events.clear()
        assert ticks < 400
    assert heard == dialled
    assert ticks <= 22 * len(dialled)  # Q.457: 5 to 6 signals a second, and our line is 20 ms long


def test_a_signal_sounds_until_changed_and_ends_with_the_channel() -> None:
    line = Line(1)
    line.engine.open(0, dtmf=False)
    line.engine.send_mf(0, "A", is_forward=False)
    line.run(10)
    line.engine.send_mf(0, "B", is_forward=False)
    line.run(10)
    line.engine.send_mf(0, "", is_forward=False)
    line.run(5)
    pcm16 = cext.alaw_decode(line.sent[0])
    events = cext.MfDetector("backward").feed(pcm16)
    assert "".join(e.digit for e in events if e.kind is EventKind.MF_BEGIN) == "AB"
    assert set(line.sent[0][-240:]) <= {0xD5, 0x55}
    line.engine.send_mf(0, "C", is_forward=False)
    line.run(2)
    line.engine.close(0)
    line.engine.open(0, dtmf=False)
    line.run(2)
    assert set(line.sent[0][-160:]) <= {0xD5, 0x55}


def test_no_more_is_heard_when_switched_off_or_closed() -> None:
    line = Line(1)
    octets = cext.alaw_encode(cext.mf_samples("4", "forward", 100, 60))
    line.engine.open(0, dtmf=False)
    line.run(16, {0: octets})
    assert line.events == []
    line.engine.hear_mf(0, "forward")
    line.run(16, {0: octets})
    assert line.kinds() == [EventKind.MF_BEGIN, EventKind.MF_END]
    line.engine.hear_mf(0, "")
    line.run(16, {0: octets})
    line.engine.hear_mf(0, "forward")
    line.engine.close(0)
    line.engine.open(0, dtmf=False)
    line.run(16, {0: octets})
    assert len(line.events) == 2


def test_refused_by_name() -> None:
    engine = cext.Engine(2, ())
    engine.open(0)
    for complaint, refused in (
        ("channel 1: not open", lambda: engine.hear_mf(1, "forward")),
        ("channel 1: not open", lambda: engine.send_mf(1, "1", is_forward=True)),
        ("direction 'up'", lambda: engine.hear_mf(0, "up")),
        ("signal 'F'", lambda: engine.send_mf(0, "F", is_forward=True)),
        ("signal '11'", lambda: engine.send_mf(0, "11", is_forward=True)),
        ("level_dbm0 3", lambda: engine.send_mf(0, "1", is_forward=True, level_dbm0=3)),
        ("direction ''", lambda: cext.MfDetector("")),
    ):
        with pytest.raises(CextError, match=complaint):
            refused()
