"""The echo canceller by the tests of ITU-T G.168 (2015), clause 6.4.2.x; signals and hybrids from tools/g168.

The limits are those of a published test harness's reading of the standard. A-law codes both what is sent and
what is heard.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import cext
from cext import CextError, EchoCanceller, EventKind
from tests.cext.ref import signal, spandsp
from tests.cext.ref.board import Line
from tests.cext.ref.signal import CHINA
from tools.g168 import HYBRIDS, Samples, amplitude, as_alaw, css, echo, hybrid, level_dbm0, pcm16

RATE_HZ = 8000
ERL_DB = 8.0
LEVELS_DBM0 = (-30.0, -20.0, -10.0, 0.0)
VOICES = (Path("/usr/share/codec2/raw/hts1a.raw"), Path("/usr/share/codec2/raw/hts2a.raw"))
TONES_HZ = (  # a choice of the mono- and bi-frequency tones of test 6
    (697.0,),
    (941.0,),
    (1336.0,),
    (1633.0,),
    (697.0, 1209.0),
    (941.0, 1633.0),
    (450.0,),
    (350.0, 440.0),
    (2400.0,),
)


def limit(level: float) -> float:
    """Figure 11: residual of a converged canceller without suppressor."""
    return -55 + (level + 30) * 25 / 30


def smp(seconds: float) -> int:
    """Samples, whole ticks."""
    return round(seconds * 100) * 80


class Bench:
    """A canceller before a hybrid; what happens goes on where the last call left it."""

    def __init__(self, number: int = 4, *, tail_ms: int = 16, **options: bool) -> None:
        options = {"suppress": False, "comfort_noise": False, **options}
        self.canceller = EchoCanceller(tail_ms, **options)
        self.response: Samples = hybrid(number, ERL_DB)
        self._past = np.zeros(4000)

    def run(self, sent: Samples, near: Samples | None = None) -> Samples:
        """Send, and give what is heard behind the canceller."""
        line = as_alaw(sent)
        back = echo(np.concatenate([self._past, line]), self.response)[len(self._past) :]
        self._past = np.concatenate([self._past, line])[-4000:]
        heard = as_alaw(back if near is None else back + near)
        octets = self.canceller.feed(pcm16(line).tobytes(), pcm16(heard).tobytes())
        return signal.from_pcm16(octets)


def tone(hz: tuple[float, ...], seconds: float, level: float) -> Samples:
    """One tone or two of this level together."""
    each = level - 10 * np.log10(len(hz))
    return np.sum([signal.sine(f, seconds * 1000, each) for f in hz], axis=0)


def speech(path: Path, seconds: float, level: float) -> Samples:
    """A voice over and over."""
    raw = np.fromfile(path, "<i2") / 32768
    return np.resize(raw * amplitude(level) / np.sqrt(2) / np.std(raw), smp(seconds))


# test 2: convergence


@pytest.mark.parametrize("number", HYBRIDS)
@pytest.mark.parametrize("level", LEVELS_DBM0)
def test_2a_convergence_without_suppressor(number: int, level: float) -> None:
    """6.4.2.2: 6 dB less at once, 20 dB from 1 s on, then figure 11."""
    out = Bench(number).run(css(level, 10))
    assert level_dbm0(out[: smp(0.35)]) < level - 6
    assert level_dbm0(out[smp(1) : smp(1.7)]) < max(level - 20, limit(level))
    assert level_dbm0(out[-smp(0.7) :]) < limit(level)


@pytest.mark.parametrize("number", HYBRIDS)
@pytest.mark.parametrize("level", LEVELS_DBM0)
def test_2a_convergence_with_suppressor(number: int, level: float) -> None:
    """6.4.2.2: 20 dB less from 50 ms on; -65 dBm0 in the end (figure 9; at 0 dBm0: -55)."""
    out = Bench(number, suppress=True).run(css(level, 3))
    for at in np.arange(0.05, 1.0, 0.05):
        assert level_dbm0(out[smp(at) : smp(at + 0.05)]) < level - 20
    assert level_dbm0(out[smp(1) :]) < (-65 if level <= -10 else -55)


@pytest.mark.parametrize("number", HYBRIDS)
@pytest.mark.parametrize("level", (-25.0, -10.0))
def test_2b_convergence_to_another_path(number: int, level: float) -> None:
    """6.4.2.2: the path changes when the canceller has converged."""
    bench = Bench(number)
    bench.run(css(level, 7))
    bench.response = hybrid(2 + number % len(HYBRIDS), ERL_DB)
    out = bench.run(css(level, 10))
    assert level_dbm0(out[smp(1) : smp(1.7)]) < max(level - 20, limit(level))
    assert level_dbm0(out[-smp(0.7) :]) < limit(level)


# test 3: double talk


@pytest.mark.parametrize("number", HYBRIDS)
@pytest.mark.parametrize("level", (-25.0, -10.0))
def test_3a_convergence_under_a_weak_voice(number: int, level: float) -> None:
    """6.4.2.3: near end 15 dB below; when it stops after 5 s, figure 11 is reached."""
    bench = Bench(number)
    bench.run(css(level, 5.6), css(level - 15, 5.6, is_near=True))
    assert level_dbm0(bench.run(css(level, 0.7))) < limit(level)


@pytest.mark.parametrize("number", HYBRIDS)
@pytest.mark.parametrize("near", (-15.0, -10.0, -4.0))
def test_3b_double_talk_does_not_lead_away(number: int, near: float) -> None:
    """6.4.2.3: figure 11 plus 10 dB right after; held to 1 dB of what it was."""
    bench = Bench(number)
    before = level_dbm0(bench.run(css(-10, 7))[-smp(0.7) :])
    bench.run(css(-10, 4.9), css(near, 4.9, is_near=True))
    after = level_dbm0(bench.run(css(-10, 0.7)))
    assert after < limit(-10) + 10
    assert after < before + 1


@pytest.mark.parametrize("near", (-20.0, -12.0))
def test_3c_two_voices_at_once(near: float) -> None:
    """6.4.2.3, conversation; human speech both ways, from the first moment on."""
    bench = Bench(5)
    bench.run(speech(VOICES[0], 12, -15), speech(VOICES[1], 12, near))
    assert level_dbm0(bench.run(css(-10, 0.7))) < limit(-10) + 10


def test_3c_the_near_voice_stays_whole_behind_the_suppressor() -> None:
    """What the near end says during double talk comes through but for the first 20 ms of a word."""
    bench = Bench(5, suppress=True)
    bench.run(css(-10, 5))
    near = speech(VOICES[1], 4, -15)
    out = bench.run(css(-10, 4), near)
    loud = np.convolve(near**2, np.ones(160) / 160, "same") > amplitude(-25) ** 2 / 2
    assert level_dbm0((out - near)[loud]) < level_dbm0(near[loud]) - 10


# tests 4 to 7


def test_4_two_minutes_of_silence_forget_nothing() -> None:
    """6.4.2.4: at most 10 dB worse."""
    bench = Bench(6)
    before = level_dbm0(bench.run(css(-10, 7))[-smp(0.7) :])
    bench.run(np.zeros(smp(120)))
    assert level_dbm0(bench.run(css(-10, 0.7))) < before + 3


@pytest.mark.parametrize("number", HYBRIDS)
def test_5_a_path_that_opens(number: int) -> None:
    """6.4.2.5: from 1 s after the echo has gone, what the filter itself makes is below figure 11."""
    bench = Bench(number)
    bench.run(css(-10, 7))
    bench.response = np.zeros(1)
    assert level_dbm0(bench.run(css(-10, 3))[smp(0.5) :]) < limit(-10)


@pytest.mark.parametrize("hz", TONES_HZ)
def test_6_tones_do_not_lead_away(hz: tuple[float, ...]) -> None:
    """6.4.2.6: 5 s of a tone; after it at most 10 dB worse."""
    bench = Bench(3)
    before = level_dbm0(bench.run(css(-10, 7))[-smp(0.7) :])
    bench.run(tone(hz, 5, -10))
    assert level_dbm0(bench.run(css(-10, 0.7))) < before + 3


@pytest.mark.parametrize("level", LEVELS_DBM0)
@pytest.mark.parametrize("hz", [(425.0,), (1004.0,), (1500.0,), (3000.0,), (697.0, 1209.0)])
def test_7_stable_under_tones_from_the_first_moment(hz: tuple[float, ...], level: float) -> None:
    """6.4.2.7: 0.83 Lin - 30 after 10 s."""
    out = Bench(2).run(tone(hz, 12, level))
    assert level_dbm0(out[smp(10) :]) < 0.83 * level - 30


# tests 8 and 10: tones of modems


def modem_tone(seconds: float, *, hz: float = 2100.0, level: float = -12.0, turn_ms: int = 450) -> Samples:
    """2100 Hz; the phase turns round every turn_ms (0: never)."""
    samples = signal.sine(hz, seconds * 1000, level)
    if turn_ms:
        samples *= np.where(np.arange(len(samples)) // (8 * turn_ms) % 2, -1.0, 1.0)
    return samples


@pytest.mark.parametrize("side", ["sent", "heard"])
@pytest.mark.parametrize("hz", [2079.0, 2100.0, 2121.0])
@pytest.mark.parametrize("level", [-30.0, -12.0, -6.0])
def test_8_a_modem_switches_it_off(side: str, hz: float, level: float) -> None:
    """7.2 and V.25: 2100 +-21 Hz with reversals, -31 dBm0 and more, on either side; known within 1.5 s."""
    bench = Bench(4)
    bench.run(css(-10, 5))
    tone_of = modem_tone(1.5, hz=hz, level=level)
    none = np.zeros(len(tone_of))
    bench.run(*((tone_of, none) if side == "sent" else (none, tone_of)))
    assert bench.canceller.is_disabled
    out = bench.run(signal.noise(np.random.default_rng(1), smp(1), -15))
    assert level_dbm0(out) > -15 - ERL_DB - 4  # all of the echo


@pytest.mark.parametrize(
    ("hz", "turn_ms", "level"),
    [
        (2100.0, 0, -12.0),
        (2100.0, 200, -12.0),
        (2000.0, 450, -12.0),
        (2200.0, 450, -12.0),
        (2100.0, 450, -40.0),
    ],
)
def test_8_other_tones_leave_it_on(hz: float, turn_ms: int, level: float) -> None:
    """7.4: outside of 1900 to 2350 Hz in the standard; plain 2100 Hz of a fax stops suppressors only."""
    bench = Bench(4)
    bench.run(np.zeros(smp(4)), modem_tone(4, hz=hz, turn_ms=turn_ms, level=level))
    assert not bench.canceller.is_disabled


def test_8_voice_and_music_leave_it_on() -> None:
    bench = Bench(4)
    voice = signal.speech(-10)
    bench.run(voice[: len(voice) // 80 * 80], np.resize(speech(VOICES[0], 3, -12), len(voice) // 80 * 80))
    assert not bench.canceller.is_disabled


def test_8_it_comes_back_when_both_sides_fall_silent() -> None:
    """7.6: 250 +-150 ms below -36 dBm0; not earlier."""
    bench = Bench(4)
    bench.run(css(-10, 5))
    bench.run(modem_tone(2))
    bench.run(np.zeros(smp(0.09)))
    assert bench.canceller.is_disabled
    bench.run(np.zeros(smp(0.4)))
    assert not bench.canceller.is_disabled
    assert level_dbm0(bench.run(css(-10, 0.7))) < limit(-10)


def test_10_the_answer_of_a_fax_passes_the_suppressor() -> None:
    """6.4.2.10: CED against a CNG that comes back as an echo."""
    bench = Bench(4, suppress=True)
    bench.run(css(-10, 5))
    ced = modem_tone(3, turn_ms=0, level=-25)
    out = bench.run(tone((1100.0,), 3, -10), ced)
    assert abs(level_dbm0(out[smp(0.6) :]) + 25) < 1


# test 9: comfort noise


@pytest.mark.parametrize("noise_dbm0", [-65.0, -55.0, -45.0])
def test_9_comfort_noise_is_as_loud_as_the_line(noise_dbm0: float) -> None:
    """6.4.2.9: within 2 dB of the near end's noise, whether the far end speaks or not."""
    bench = Bench(4, suppress=True, comfort_noise=True)
    rng = np.random.default_rng(9)
    bench.run(np.zeros(smp(8)), signal.noise(rng, smp(8), noise_dbm0))
    bench.run(css(-10, 5), signal.noise(rng, smp(5), noise_dbm0))
    speaking = level_dbm0(bench.run(css(-10, 2.1), signal.noise(rng, smp(2.1), noise_dbm0)))
    heard = level_dbm0(as_alaw(signal.noise(rng, smp(2), noise_dbm0)))
    assert abs(speaking - heard) < 2


# never unstable


def full_square(rng: np.random.Generator) -> Samples:
    return np.sign(np.sin(2 * np.pi * 500 * np.arange(smp(5)) / RATE_HZ + 0.1))


def full_dc(rng: np.random.Generator) -> Samples:
    return np.ones(smp(5))


def steps(rng: np.random.Generator) -> Samples:
    return np.repeat(rng.choice((-1.0, 1.0, 0.0), smp(5) // 40), 40)


def nyquist(rng: np.random.Generator) -> Samples:
    return np.resize((1.0, -1.0), smp(5))


def quiet(rng: np.random.Generator) -> Samples:
    return rng.normal(0, 1e-4, smp(5))


def clicks(rng: np.random.Generator) -> Samples:
    return (rng.random(smp(5)) < 0.001) * 1.0


WILD = (full_square, full_dc, steps, nyquist, quiet, clicks)


@pytest.mark.parametrize("near", WILD)
@pytest.mark.parametrize("far", WILD)
@pytest.mark.parametrize("tail_ms", [16, 32])
def test_nothing_drives_it_mad(
    far: Callable[..., Samples], near: Callable[..., Samples], tail_ms: int
) -> None:
    """Any pair of signals that have nothing to do with each other; a second later it works as ever."""
    rng = np.random.default_rng(7)
    bench = Bench(4, tail_ms=tail_ms)
    bench.response = np.zeros(1)
    heard = near(rng)
    out = bench.run(far(rng), heard)
    assert level_dbm0(out[smp(1) :]) < max(level_dbm0(heard), -60) + 3.5
    bench.response = hybrid(4, ERL_DB)
    bench.run(css(-10, 2.1))
    assert level_dbm0(bench.run(css(-10, 0.7))) < limit(-10)


def test_a_tail_of_32_ms_reaches_echoes_of_24_ms() -> None:
    for tail_ms, is_enough in ((16, False), (32, True)):
        bench = Bench(4, tail_ms=tail_ms)
        bench.response = np.concatenate([np.zeros(8 * 16), hybrid(4, ERL_DB)])
        out = bench.run(css(-10, 10))
        assert (level_dbm0(out[-smp(0.7) :]) < limit(-10)) is is_enough


def test_a_quiet_reference_leaves_what_is_heard_alone() -> None:
    voice = speech(VOICES[0], 3, -15)
    bench = Bench(4, suppress=True, comfort_noise=True)
    bench.response = np.zeros(1)
    out = bench.run(np.zeros(len(voice)), voice)
    assert np.array_equal(pcm16(out), pcm16(as_alaw(voice)))


# through the engine


class EchoLine:
    """A channel whose line has a hybrid: what is sent in one tick is heard two ticks later."""

    def __init__(
        self, *, erl_db: float = 6.0, tail_ms: int = 16, tones: tuple[cext.ToneSpec, ...] = ()
    ) -> None:
        self.line = Line(2, tones)
        self.line.engine.open(0)
        self.line.engine.echo(0, tail_ms)
        self.response = hybrid(4, erl_db)
        self._past = np.zeros(400)

    def run(self, ticks: int, near: Samples) -> None:
        for at in range(0, ticks * 80, 80):
            sent = signal.from_pcm16(cext.alaw_decode(self.line.sent[0][-160:-80].rjust(80, b"\xd5")))
            self._past = np.concatenate([self._past[80:], sent])
            back = echo(self._past, self.response)[-80:]
            self.line.tick({0: signal.alaw(back + near[at : at + 80])})


@pytest.mark.parametrize("tail_ms", [0, 16])
def test_weak_digits_under_a_loud_prompt(tail_ms: int) -> None:
    """Digits of libspandsp 25 dB below full scale while a prompt comes back only 6 dB weaker."""
    bench = EchoLine(tail_ms=tail_ms)
    prompt = speech(VOICES[0], 12, -8)
    bench.line.engine.play(0, signal.alaw(prompt), 1)
    keys = "0123456789*#ABCD"
    digits = signal.from_pcm16(spandsp.dtmf_tx(keys, level_dbm0=-26, on_ms=60, off_ms=400))
    bench.run(1100, np.concatenate([np.zeros(smp(2)), digits, np.zeros(smp(12))]))
    heard = "".join(e.digit for e in bench.line.events if e.kind is EventKind.DIGIT_BEGIN)
    assert (heard == keys) is (tail_ms > 0)


def test_its_own_dialling_is_not_heard() -> None:
    bench = EchoLine()
    bench.line.engine.play(0, signal.alaw(css(-10, 3)), 1)
    bench.run(300, np.zeros(smp(3)))
    bench.line.engine.dial(0, "0123456789", 1)
    bench.run(300, np.zeros(smp(3)))
    assert [e.kind for e in bench.line.events if e.kind is EventKind.DIGIT_BEGIN] == []


@pytest.mark.parametrize("sent", ["prompt", "tone"])
def test_busy_tone_is_heard_under_what_it_sends(sent: str) -> None:
    """Also when the box itself sends ringback of the same frequency."""
    bench = EchoLine(tones=CHINA)
    engine = bench.line.engine
    engine.open(0, dtmf=True, progress=True)
    engine.play(0, signal.alaw(speech(VOICES[0], 10 if sent == "prompt" else 2, -10)), 1)
    bench.run(200, np.zeros(smp(2)))
    if sent == "tone":
        engine.tone(0, "ringback")
    on = signal.sine(450, 350, -20)
    bench.run(400, np.tile(np.concatenate([on, np.zeros(len(on))]), 8))
    assert [e.tone for e in bench.line.events if e.kind is EventKind.TONE_BEGIN] == ["busy"]


def test_recording_and_mixer_get_what_is_left() -> None:
    bench = EchoLine()
    engine = bench.line.engine
    engine.open(1)
    engine.join(0, 0)
    engine.join(1, 0)
    engine.play(0, signal.alaw(css(-10, 6)), 1)
    engine.record(0, 5)
    bench.run(600, np.zeros(smp(6)))
    chunks = engine.read_recording()
    heard = b"".join(chunks[at + 16 : at + 96] for at in range(0, len(chunks), 176))
    recorded = signal.from_pcm16(cext.alaw_decode(heard))
    mixed = signal.from_pcm16(cext.alaw_decode(bench.line.sent[1]))
    assert level_dbm0(recorded[-smp(2) :]) < -48  # once more A-law than in the tests above
    assert level_dbm0(mixed[-smp(2) :]) < -60


def test_a_lost_block_does_not_hurt() -> None:
    bench = EchoLine()
    bench.line.engine.play(0, signal.alaw(css(-10, 9)), 1)
    bench.run(500, np.zeros(smp(5)))
    for _ in range(5):
        bench.line.engine.tick(b"")
        bench.line.frame += 80
        bench.line.sent[0] += b"\xd5" * 80
    bench.line.engine.record(0, 5)
    bench.run(200, np.zeros(smp(2)))
    chunks = bench.line.engine.read_recording()
    heard = b"".join(chunks[at + 16 : at + 96] for at in range(0, len(chunks), 176))
    assert level_dbm0(signal.from_pcm16(cext.alaw_decode(heard))[smp(0.1) :]) < -45


def test_refusals() -> None:
    engine = cext.Engine(2, ())
    with pytest.raises(CextError, match="channel 0: not open"):
        engine.echo(0, 16)
    engine.open(0)
    with pytest.raises(CextError, match=r"tail_ms 20: allowed are 0 \(off\), 16 and 32"):
        engine.echo(0, 20)
    with pytest.raises(CextError, match="tail_ms 8: allowed are 16 and 32"):
        EchoCanceller(8)
    with pytest.raises(CextError, match="multiple of 160"):
        EchoCanceller(16).feed(b"\0" * 100, b"\0" * 100)
