"""Hum removal and automatic gain."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

import cext
from cext import CextError
from tests.cext.ref import p56, signal
from tests.cext.ref.board import Line
from tests.cext.ref.signal import Samples
from tools import speech

RNG = np.random.default_rng(5)


def treat(samples: Samples, *, agc: bool = False, mains_hz: int = 0) -> Samples:
    """Through the treatment, whole ticks."""
    whole = samples[: len(samples) // 80 * 80]
    return signal.from_pcm16(cext.treated(signal.pcm16(whole), agc=agc, mains_hz=mains_hz))


def level_dbm0(samples: Samples) -> float:
    """Of the mean square."""
    return float(3.14 + 10 * np.log10(2 * np.mean(samples**2) + 1e-12))


def said(name: str, level: float) -> Samples:
    """Recorded speech of a mean level."""
    sound = np.asarray(speech.human(name), dtype=np.float64)
    return sound * 10 ** ((level - level_dbm0(sound)) / 20)


# hum


@pytest.mark.parametrize("mains_hz", [50, 60])
def test_hum_and_its_harmonics_and_dc_vanish(mains_hz: int) -> None:
    hum = sum(signal.sine(n * mains_hz, 4000, -20, n) for n in range(1, 9)) + 0.1
    assert level_dbm0(treat(hum, mains_hz=mains_hz)[16000:]) < -60


@pytest.mark.parametrize("off", [-0.004, -0.002, 0.002, 0.004])
def test_mains_that_run_fast_or_slow_are_weakened(off: float) -> None:
    """0.2 Hz of 50 is what a grid is allowed to be off."""
    before = sum(signal.sine(n * 50 * (1 + off), 6000, -20) for n in (1, 2, 3))
    assert level_dbm0(treat(before, mains_hz=50)[24000:]) < level_dbm0(before) - (
        10 if abs(off) > 0.003 else 14
    )


@pytest.mark.parametrize("hz", [275, 325, 425, 475, 700, 1000, 2000, 3400])
def test_the_band_of_speech_is_kept(hz: float) -> None:
    tone = signal.sine(hz, 3000, -10)
    assert abs(level_dbm0(treat(tone, mains_hz=50)[8000:]) + 10) < 0.5


def test_speech_keeps_its_level() -> None:
    voice = said("woman", -20)
    assert abs(level_dbm0(treat(voice, mains_hz=50)) + 20) < 1.0


def test_without_mains_nothing_is_touched() -> None:
    voice = said("woman", -20)
    assert np.array_equal(treat(voice), signal.from_pcm16(signal.pcm16(voice[: len(voice) // 80 * 80])))


def test_silence_after_hum_ends_in_silence_not_in_ringing() -> None:
    hum = np.concatenate([signal.sine(50, 3000, -10), signal.silence(3000)])
    assert level_dbm0(treat(hum, mains_hz=50)[-8000:]) < -80


# automatic gain


@pytest.mark.parametrize("name", ["austen-1", "man", "woman", "operator"])
@pytest.mark.parametrize("level", [-35.0, -28.0, -20.0, -12.0])
def test_agc_brings_a_voice_to_20_below(name: str, level: float) -> None:
    """Measured by ITU-T P.56 after 12 s of speech."""
    sound = np.tile(said(name, level), 8)[: 20 * 8000]
    sound = sound + signal.noise(RNG, len(sound), -68)
    assert abs(p56.active_level_dbm0(treat(sound, agc=True)[12 * 8000 :]) + 20) < 2.5


def test_agc_never_pumps_noise() -> None:
    """Pauses of 5 s: the noise has the same level at their begin and at their end, within 0.5 dB."""
    pause = signal.silence(5000)
    sound = np.concatenate([said("austen-2", -32), pause, said("austen-3", -32), pause])
    sound = sound + signal.noise(RNG, len(sound), -58)
    treated = treat(sound, agc=True)
    for end in (len(said("austen-2", -32)) + len(pause), len(treated) // 80 * 80):
        begin = treated[end - 36000 : end - 28000]
        assert abs(level_dbm0(begin) - level_dbm0(treated[end - 8000 : end])) < 0.5


def test_agc_does_not_raise_noise_above_45_below() -> None:
    sound = np.concatenate([np.tile(said("austen-2", -34), 6), signal.silence(3000)])
    sound = sound + signal.noise(RNG, len(sound), -52)
    assert level_dbm0(treat(sound, agc=True)[-16000:]) < -44


def test_agc_alone_with_noise_or_tones_does_nothing() -> None:
    for sound in (signal.noise(RNG, 80000, -40), signal.sine(450, 10000, -30)):
        assert np.allclose(treat(sound, agc=True), sound, atol=1e-4)


def test_agc_is_slow() -> None:
    """Up by at most 3 dB/s."""
    voice = said("austen-1", -34)
    gain = envelope(treat(voice, agc=True)) / np.maximum(envelope(voice), 1e-6)
    loud = envelope(voice) > 0.005
    gain_db, at_s = 20 * np.log10(gain[loud]), np.flatnonzero(loud) * 0.05
    assert ((gain_db[10:] - gain_db[:-10]) / (at_s[10:] - at_s[:-10])).max() < 3.3
    assert gain[loud][-1] > 2.0


def envelope(samples: Samples) -> NDArray[np.float64]:
    """Root mean square of each 50 ms."""
    return np.sqrt(np.mean(samples[: len(samples) // 400 * 400].reshape(-1, 400) ** 2, axis=1))


def test_the_limiter_holds_a_sudden_shout() -> None:
    """A quiet voice has raised the gain by 15 dB; then somebody shouts at full scale."""
    shout = np.clip(said("man", -6), -0.98, 0.98)
    sound = np.concatenate([np.tile(said("austen-1", -36), 2), shout])
    treated = treat(sound, agc=True)
    assert np.abs(treated).max() <= 0.8901
    shouted = treated[-len(shout) :]
    is_high = np.abs(shouted) > 0.889
    assert is_high.sum() > 50
    assert np.mean(is_high[1:] & is_high[:-1]) < 0.004  # held by the gain, hardly ever cut flat


def test_switching_off_returns_to_unity_without_a_step() -> None:
    line = Line(2)
    for channel in range(2):
        line.engine.open(channel, dtmf=False)
        line.engine.join(channel, 0)
    line.engine.agc(0, True)
    octets = signal.alaw(said("austen-1", -34))
    line.run(500, {0: octets})
    line.engine.agc(0, False)
    tone = signal.alaw(signal.sine(1000, 4000, -30))
    line.run(400, {0: tone})
    heard = signal.from_pcm16(cext.alaw_decode(line.sent[1]))[500 * 80 :]
    assert abs(level_dbm0(heard[-8000:]) + 30) < 0.2
    assert level_dbm0(heard[800:1600]) > -29  # still raised: it comes down slowly


def test_recording_and_levels_are_not_touched() -> None:
    line = Line(1)
    line.engine.open(0, dtmf=False)
    line.engine.agc(0, True)
    line.engine.clean(0, True, 60)
    line.engine.record(0, 1)
    octets = signal.alaw(said("austen-2", -34))[:16000]
    line.run(200, {0: octets})
    chunks = line.engine.read_recording()
    assert b"".join(chunks[at + 16 : at + 96] for at in range(0, len(chunks), 176)) == octets
    assert abs(line.engine.level(0).voice_dbm0 + 34) < 2.5


def test_bad_lengths_are_refused() -> None:
    with pytest.raises(CextError, match="whole ticks of 160"):
        cext.treated(b"\0" * 100)
    with pytest.raises(CextError, match="allowed are 50 and 60"):
        cext.treated(b"\0" * 160, mains_hz=16)
