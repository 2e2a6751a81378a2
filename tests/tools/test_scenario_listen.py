"""Listening: known sounds are found where they are, and only there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tools import folk_tune, speech
from tools.scenario import listen, text
from tools.scenario.listen import Heard
from tools.scenario.people import Recording
from tools.sound import Samples, at_level, level_dbm0, write_wav

SPEECH = speech.human("austen-1")
OTHER = speech.human("woman")
PAUSE = np.zeros(8000)


def heard(line: str) -> Heard:
    found, problems = listen.read(text.Section("listen", 30, (line,)))
    assert problems == []
    return found[0]


def told(line: str, sound: Samples, folder: Path, *, begins_s: float = 0.0) -> str:
    path = folder / "wang.wav"
    write_wav(path, sound)
    sounds = {"austen-1": SPEECH, "woman": OTHER, "prompt zh/music": folk_tune.music()}
    found = listen.check([heard(line)], [Recording("wang", path, begins_s)], sounds.__getitem__)
    return found[0].message if found else ""


def test_a_clip_is_found_under_noise_at_another_level(tmp_path: Path) -> None:
    sound = np.concatenate([PAUSE[:1234], at_level(SPEECH, -30.0), PAUSE])
    sound = sound + speech.noise(len(sound), dbm0=-45.0)
    assert told("wang hears austen-1", sound, tmp_path) == ""
    assert told("wang hears all of austen-1", sound, tmp_path) == ""


def test_a_clip_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    assert "0 of its" in told("wang hears austen-1", OTHER, tmp_path)
    assert told("wang never hears austen-1", OTHER, tmp_path) == ""
    assert "wang hears austen-1" in told("wang never hears austen-1", SPEECH, tmp_path)


def test_half_a_clip_is_heard_but_not_all_of_it(tmp_path: Path) -> None:
    half = SPEECH[: len(SPEECH) // 2]
    assert told("wang hears austen-1", half, tmp_path) == ""
    assert "seconds found" in told("wang hears all of austen-1", half, tmp_path)


def test_a_piece_of_music_is_found_wherever_it_begins(tmp_path: Path) -> None:
    assert told("wang hears prompt zh/music", folk_tune.music()[100_000:160_000], tmp_path) == ""
    assert told("wang never hears prompt zh/music", SPEECH, tmp_path) == ""


def test_silence_and_sound(tmp_path: Path) -> None:
    assert told("wang hears silence", PAUSE, tmp_path) == ""
    assert "the loudest" in told("wang hears sound", PAUSE, tmp_path)
    assert told("wang hears sound", SPEECH, tmp_path) == ""
    assert "the loudest" in told("wang hears silence", SPEECH, tmp_path)


def test_a_tone(tmp_path: Path) -> None:
    tone = 0.1 * np.sin(2 * np.pi * 450.0 * np.arange(8000) / 8000)
    busy = np.concatenate([tone[:2800], PAUSE[:2800]] * 3)
    assert told("wang hears tone 450", busy, tmp_path) == ""
    assert told("wang never hears tone 450", SPEECH, tmp_path) == ""
    assert told("wang never hears tone 1000", busy, tmp_path) == ""
    assert told("wang never hears tone 450", folk_tune.music(), tmp_path) == ""


def test_a_window_is_counted_from_the_start_of_the_scenario(tmp_path: Path) -> None:
    sound = np.concatenate([PAUSE, SPEECH])
    assert told("wang hears silence from 0:10 to 0:11", sound, tmp_path, begins_s=10.0) == ""
    assert told("wang hears sound from 0:11 to 0:13", sound, tmp_path, begins_s=10.0) == ""
    assert told("wang hears silence from 0:10 to 0:12", sound, tmp_path, begins_s=10.0) != ""


def test_somebody_without_a_recording_heard_nothing(tmp_path: Path) -> None:
    found = listen.check([heard("li hears sound")], [], {}.__getitem__)
    assert found[0].line == 30 and "li heard nothing at all" in found[0].message


@pytest.mark.parametrize(
    "line",
    [
        "wang",
        "wang sees sound",
        "wang hears",
        "wang hears tone",
        "wang hears nobody",
        "wang hears sound from 1 to x",
    ],
)
def test_wrong_lines_say_what_is_allowed(line: str) -> None:
    _found, problems = listen.read(text.Section("listen", 30, (line,)))
    assert problems[0].line == 30 and "allowed" in problems[0].message


def test_libspandsp_keys_have_the_level_that_was_asked_for() -> None:
    keys = speech.keys("5", dbm=-20, on_ms=500, off_ms=50)
    assert level_dbm0(keys[800:3200]) == pytest.approx(-17.0, abs=0.3)  # two tones of -20


def test_libspandsp_noise_has_its_level() -> None:
    assert level_dbm0(speech.noise(40_000, dbm0=-40.0)) == pytest.approx(-40.0, abs=0.5)


def test_every_clip_is_there_and_levelled() -> None:
    for name in speech.CLIPS:
        clip = speech.human(name)
        assert 0.5 < len(clip) / 8000 < 20 and np.abs(clip).max() < 1.0, name


def test_an_unknown_clip_lists_those_there_are() -> None:
    with pytest.raises(speech.SpeechError, match="allowed: austen-1"):
        speech.human("nobody")


def test_keys_that_are_none_are_refused() -> None:
    with pytest.raises(ValueError, match="allowed"):
        speech.keys("12x" * 60)
