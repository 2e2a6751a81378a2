"""What the doctor measures, against sound made by others."""

from __future__ import annotations

import numpy as np
import pytest

import cext
from firmware.doctor import sound
from tools.emulator import alaw, signals


def octets(samples: np.ndarray) -> bytes:
    return alaw.encode(np.asarray(samples, dtype=np.float32))


def test_its_decoder_is_that_of_the_standard() -> None:
    mine = np.array(sound.ALAW)
    assert np.allclose(mine, alaw.decode(bytes(range(256))))


@pytest.mark.parametrize("level", [-3, -10, -30, -45])
def test_levels(level: float) -> None:
    tone = sound.samples(octets(signals.tone((450.0,), 1.0, level)))
    assert sound.level_dbm0(tone) == pytest.approx(level, abs=0.3)
    assert sound.tone_dbm0(tone, 450) == pytest.approx(level, abs=0.2)
    assert sound.tone_dbm0(tone, 1000) < level - 30


def test_silence_is_nothing() -> None:
    assert sound.level_dbm0(sound.samples(b"\xd5" * 8000)) == sound.NOTHING_DBM0


@pytest.mark.parametrize("mains_hz", [50, 60])
def test_hum_and_noise_are_told_apart(mains_hz: int) -> None:
    hum = sum(signals.tone((float(k * mains_hz),), 1.0, -45.0) for k in (1, 3, 5))
    noise = signals.noise(1.0, -55.0, np.random.default_rng(1))
    heard = sound.samples(octets(hum + noise))
    level, found_hz = sound.hum_of(heard)
    assert found_hz == mains_hz
    assert level == pytest.approx(-45 + 10 * np.log10(3), abs=0.5)
    assert sound.noise_dbm0(heard, level) == pytest.approx(-55, abs=1.0)


def test_the_comb_is_soft_and_every_tone_is_in_it() -> None:
    comb = sound.comb() * 10
    pcm = np.frombuffer(cext.alaw_decode(comb), dtype="<i2") / 32768
    assert np.max(np.abs(pcm)) < 0.35
    heard = sound.samples(comb)
    assert sound.level_dbm0(heard) == pytest.approx(-25 + 10 * np.log10(12), abs=0.5)
    for hz in sound.COMB_HZ:
        assert sound.tone_dbm0(heard, hz) == pytest.approx(sound.COMB_DBM0, abs=0.5)


def test_the_echo_of_a_known_path_is_found() -> None:
    sent = sound.comb() * 8
    taps = np.array([0.0, 0.0, 0.2, -0.1])
    back = np.convolve(alaw.decode(sent), taps)[: len(sent)]
    factors = sound.echo_of(octets(back)[-1600:], sent[-1600:])
    assert factors is not None
    for hz, factor in zip(sound.COMB_HZ, factors, strict=True):
        z = np.exp(-2j * np.pi * hz / 8000)
        assert factor == pytest.approx(0.2 * z**2 - 0.1 * z**3, abs=0.005)


def test_without_the_comb_there_is_no_echo_to_tell() -> None:
    assert sound.echo_of(b"\xd5" * 1600, b"\xd5" * 1600) is None


def test_loss() -> None:
    assert sound.loss_db([0.1, 0.1j]) == pytest.approx(20.0)
    assert sound.loss_db([0j]) == 60.0
