"""Making the prompts: levels, both languages, and only what changed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from firmware.prompts import catalogue
from firmware.text import Language, Text
from tools import folk_tune, prompts, sound

TEXTS = {
    "one": Text(zh="一", en="one"),
    "hello": Text(zh="您好，欢迎致电。", en="Hello, and thank you for calling."),
}


def make(folder: Path, texts: dict[str, Text]) -> list[str]:
    said: list[str] = []
    prompts.make(prompts.wanted(texts), folder, said.append)
    return sorted(line.split()[1] for line in said)


def test_every_text_in_both_languages_and_nothing_twice(tmp_path: Path) -> None:
    both = ["beep.wav", "hello.wav", "music.wav", "one.wav"]
    assert make(tmp_path, TEXTS) == [f"{language}/{name}" for language in ("en", "zh") for name in both]
    assert make(tmp_path, TEXTS) == []
    changed = {**TEXTS, "one": Text(zh="壹", en="one")}
    assert make(tmp_path, changed) == ["zh/one.wav"]
    (tmp_path / "en/hello.wav").unlink()
    assert make(tmp_path, changed) == ["en/hello.wav"]


def test_what_is_wanted_no_more_goes(tmp_path: Path) -> None:
    make(tmp_path, TEXTS)
    make(tmp_path, {"hello": TEXTS["hello"]})
    assert not (tmp_path / "zh/one.wav").exists() and (tmp_path / "zh/hello.wav").exists()
    assert "zh/one.wav" not in json.loads((tmp_path / "manifest.json").read_text())


def test_a_prompt_is_telephone_sound_at_its_level(tmp_path: Path) -> None:
    make(tmp_path, TEXTS)
    for language in Language:
        samples, rate_hz = sound.read_wav(tmp_path / language / "hello.wav")
        assert rate_hz == 8000 and 0.8 < len(samples) / 8000 < 6
        assert sound.speech_level_dbm0(samples) == pytest.approx(prompts.SPEECH_DBM0, abs=0.5)
        assert np.abs(samples).max() < 1.0
        assert abs(samples[0]) < 0.01 and abs(samples[-1]) < 0.01


def test_chinese_and_english_are_not_the_same_voice(tmp_path: Path) -> None:
    make(tmp_path, TEXTS)
    zh, en = ((tmp_path / language / "hello.wav").read_bytes() for language in Language)
    assert zh != en


def test_a_voice_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(prompts.VOICES, Language.ZH, ("no-such-voice", "{file}", "{text}"))
    with pytest.raises(prompts.PromptError, match=r"no-such-voice is not installed: run tools/setup\.sh"):
        prompts.speak(Language.ZH, "一")


def test_a_voice_that_fails_is_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(prompts.VOICES, Language.EN, ("sh", "-c", "echo out of breath >&2; exit 3"))
    with pytest.raises(prompts.PromptError, match="out of breath"):
        prompts.speak(Language.EN, "one")


def test_the_catalogue_is_wanted_whole() -> None:
    places = {recording.place for recording in prompts.wanted(catalogue.spoken())}
    assert {f"{language}/{name}.wav" for language in Language for name in catalogue.names()} == places


def test_the_music_loops_and_stays_clear_of_the_exchanges_tones() -> None:
    music = folk_tune.music()
    assert 40 < len(music) / 8000 < 60
    assert sound.speech_level_dbm0(music) == pytest.approx(folk_tune.MUSIC_DBM0, abs=0.2)
    assert abs(music[0] - music[-1]) < 0.1, "a step at the seam would click"
    power = np.square(np.abs(np.fft.rfft(music)))
    hz = np.fft.rfftfreq(len(music), 1 / 8000)
    assert power[np.abs(hz - 450) < 10].sum() / power.sum() < 0.01


def test_a_plucked_string_dies_away_on_its_note() -> None:
    note = folk_tune.pluck(329.63, 2.0)
    assert sound.level_dbm0(note[:2000]) - sound.level_dbm0(note[-4000:]) > 10
    peak_hz = np.fft.rfftfreq(len(note), 1 / 8000)[np.argmax(np.abs(np.fft.rfft(note)))]
    assert peak_hz == pytest.approx(329.63, abs=1.0)


def test_the_beep_is_a_kilohertz() -> None:
    beep = folk_tune.beep()
    assert len(beep) == 3200
    peak_hz = np.fft.rfftfreq(len(beep), 1 / 8000)[np.argmax(np.abs(np.fft.rfft(beep)))]
    assert peak_hz == pytest.approx(1000, abs=3)
