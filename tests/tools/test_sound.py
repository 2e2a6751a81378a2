"""Levels, rates and files of the tools' sound."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from tools import sound

T = np.arange(8000) / 8000
SINE = np.sin(2 * np.pi * 1000 * T)


def test_a_full_sine_has_the_level_of_the_largest_a_law_code() -> None:
    assert sound.level_dbm0(SINE) == pytest.approx(3.14, abs=0.01)
    assert sound.level_dbm0(np.zeros(100)) == -99.0
    assert sound.level_dbm0(np.zeros(0)) == -99.0


def test_silence_does_not_count_for_the_speech_level() -> None:
    half = np.concatenate([SINE * 0.1, np.zeros(8000)])
    assert sound.speech_level_dbm0(half) == pytest.approx(3.14 - 20, abs=0.1)


def test_at_level_is_exact_for_what_does_not_peak_and_never_clips() -> None:
    assert sound.speech_level_dbm0(sound.at_level(SINE, -16.0)) == pytest.approx(-16.0, abs=0.05)
    assert np.abs(sound.at_level(SINE, 20.0)).max() < 1.0


def test_a_wav_file_comes_back_as_it_went(tmp_path: Path) -> None:
    sound.write_wav(tmp_path / "a/b.wav", SINE * 0.5)
    samples, rate_hz = sound.read_wav(tmp_path / "a/b.wav")
    assert rate_hz == 8000 and np.abs(samples - SINE * 0.5).max() < 1e-4
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b.wav"]


def test_stereo_is_read_as_one(tmp_path: Path) -> None:
    sound.write_wav(tmp_path / "b.wav", SINE * 0.5, np.zeros(8000))
    samples, _rate_hz = sound.read_wav(tmp_path / "b.wav")
    assert np.abs(samples - SINE * 0.25).max() < 1e-4


def test_eight_bits_are_refused(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "c.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(8000)
        file.writeframes(b"\x80" * 80)
    with pytest.raises(ValueError, match="got 8 bits a sample, allowed: 16"):
        sound.read_wav(tmp_path / "c.wav")


@pytest.mark.parametrize("rate_hz", [8000, 16000, 22050, 48000])
def test_any_rate_becomes_the_telephones(rate_hz: int) -> None:
    tone = np.sin(2 * np.pi * 1000 * np.arange(rate_hz) / rate_hz)
    heard = sound.to_telephone(tone, rate_hz)
    assert len(heard) == 8000
    assert np.abs(heard - SINE).max() < 0.01


def test_what_a_telephone_cannot_carry_is_cut() -> None:
    high = np.sin(2 * np.pi * 5000 * np.arange(16000) / 16000)
    assert sound.level_dbm0(sound.to_telephone(high, 16000)) < -60
    hum = np.sin(2 * np.pi * 50 * T)
    assert sound.level_dbm0(sound.to_telephone(hum, 8000)) < -60


def test_trimmed_keeps_a_margin() -> None:
    padded = np.concatenate([np.zeros(8000), SINE, np.zeros(8000)])
    assert len(sound.trimmed(padded)) == pytest.approx(8000 + 2 * 320, abs=320)
    assert len(sound.trimmed(np.zeros(800))) == 800
