"""An owner records a greeting on a phone and callers hear it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from office import MOBILE, office, seen, wait_for

from firmware.api.core import Actor, RecordingState, Refused, Role
from firmware.text import Language

OWNER = Actor("owner", Role.OWNER)


def test_a_prompt_spoken_into_a_phone_is_heard_by_the_next_caller(tmp_path: Path) -> None:
    box = office(tmp_path)
    prompts, settings = box.core.prompts, box.core.settings
    box.world.answer("fxs1", after_s=1)
    take = prompts.record("welcome-2", Language.ZH, "801", OWNER)
    wait_for(box, "prompt.recording")
    box.run_until(box.now + 0.5)
    tone = (8000 * np.sin(2 * np.pi * 1000 * np.arange(16000) / 8000)).astype(np.int16)
    soundfile.write(tmp_path / "tone.wav", tone, 8000)
    box.world.say("fxs1", tmp_path / "tone.wav")
    box.run_until(box.now + 2.5)
    box.world.dial("fxs1", "#")
    wait_for(box, "prompt.done")
    box.run_until(box.now + 2)
    done = prompts.recording(take.recording)
    assert done is not None and done.stored is not None
    assert done.state is RecordingState.DONE
    assert 1.8 < done.stored.duration_s < 3.0
    session = settings.open(OWNER)
    settings.set(session, "prompts.welcome-2.title.zh", "问候")
    settings.set(session, "prompts.welcome-2.title.en", "Greeting")
    settings.set(session, "prompts.welcome-2.files.zh", done.stored.sha256)
    settings.set(session, "menus.main.greeting", "welcome-2")
    assert settings.commit(session, "new greeting", OWNER) == 2
    heard = hears(box, tmp_path)
    assert strongest_hz(heard[4000:12000]) == pytest.approx(1000, abs=10)


def hears(box, folder: Path) -> np.ndarray:  # type: ignore[no-untyped-def]
    """What a caller hears from the answer on."""
    box.world.call("fxo1", MOBILE, record=folder / "heard.wav")
    wait_for(box, "menu.entered")
    box.run_until(box.now + 4)
    box.world.hang_up("fxo1")
    wait_for(box, "call.ended")
    box.run_until(box.now + 1)
    box.world.close()
    sound, _ = soundfile.read(folder / "heard.wav")
    return np.asarray(sound)


def strongest_hz(sound: np.ndarray) -> float:
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    return float(np.argmax(spectrum) * 8000 / len(sound))


def test_a_busy_phone_is_refused_in_words(tmp_path: Path) -> None:
    box = office(tmp_path)
    box.world.lift("fxs1")
    box.run_until(box.now + 1)
    with pytest.raises(Refused) as refused:
        box.core.prompts.record("mine", Language.ZH, "801", OWNER)
    assert refused.value.field == "phone"


def test_nobody_lifts_and_the_recording_fails_in_time(tmp_path: Path) -> None:
    box = office(tmp_path)
    take = box.core.prompts.record("mine", Language.ZH, "801", OWNER)
    box.run_until(box.now + 31)
    failed = box.core.prompts.recording(take.recording)
    assert failed is not None and failed.state is RecordingState.FAILED
    assert seen(box, "prompt.failed")


def test_a_fault_in_one_action_does_not_keep_the_next_call_from_being_carried(tmp_path: Path) -> None:
    box = office(tmp_path)
    record = box.box.recordings.begin
    faults = iter([RuntimeError("a fault of ours")])

    def fails_once(*args: object) -> None:
        for fault in faults:
            raise fault
        record(*args)  # type: ignore[arg-type]

    box.box.recordings.begin = fails_once  # type: ignore[method-assign]
    box.world.call("fxo1", MOBILE, hang_up_after_s=8)
    with pytest.raises(RuntimeError):
        box.run_until(box.now + 10)
    wait_for(box, "call.ended")
    box.world.call("fxo2", MOBILE, keys=[(3, "1")])
    wait_for(box, "queue.joined")
    box.close()
