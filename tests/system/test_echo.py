"""The echo of an outside line, through the whole box in virtual time."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import numpy as np
import pytest
import soundfile
from office import MOBILE, login, office, wait_for

import cext
from tools.emulator.options import LineOptions
from tools.g168 import level_dbm0

SPEECH = Path("/usr/share/codec2/raw/hts1a.raw")  # Debian: codec2-examples
LOUD_HYBRID = {"fxo1": LineOptions(echo_db=6.0)}  # as little loss as G.168 clause 6.4 lets a hybrid have


def recording(folder: Path) -> np.ndarray:
    """Both sides of the only recording: from the line, to the line."""
    with sqlite3.connect(folder / "records.sqlite") as connection:
        ((path,),) = connection.execute("select path from recording")
    return soundfile.read(folder / path)[0]


def loudest(samples: np.ndarray) -> slice:
    """The loudest half second."""
    energy = np.convolve(samples**2, np.ones(4000), "valid")
    at = int(np.argmax(energy))
    return slice(at, at + 4000)


@pytest.mark.parametrize("key", ["1", "2"])
def test_a_weak_key_during_a_loud_prompt_is_heard(tmp_path: Path, key: str) -> None:
    """A key 6 dB below the prompt's echo, from far away."""
    box = office(tmp_path, lines=LOUD_HYBRID)
    weak = cext.alaw_encode(cext.dtmf_samples(key, 80, 20, -26.0))
    box.world.call("fxo1", MOBILE, audio=weak, audio_at_s=5.0)
    answered = wait_for(box, "call.answered").at
    heard = wait_for(box, "menu.key", 12)
    assert heard.data["detail"] == key
    assert heard.at < answered + 6.5


def test_the_recording_has_the_echo_taken_out(tmp_path: Path) -> None:
    box = office(tmp_path, lines=LOUD_HYBRID)
    box.world.call("fxo1", MOBILE)
    wait_for(box, "menu.entered")
    box.run_until(box.now + 10)
    box.world.hang_up("fxo1")
    wait_for(box, "call.ended")
    box.close()
    heard, sent = recording(tmp_path)[8000:].T  # after a second of learning
    place = loudest(sent)
    assert level_dbm0(sent[place]) > -20
    assert level_dbm0(heard[place]) < level_dbm0(sent[place]) - 36  # 6 dB of it are the hybrid's


def test_what_the_agent_says_does_not_come_back(tmp_path: Path) -> None:
    """Agent and caller bridged; the agent hears of himself what passed the caller's hybrid."""
    box = office(tmp_path, lines=LOUD_HYBRID)
    login(box, "fxs1", "1001")
    box.world.answer("fxs1", after_s=2)
    box.world.record("fxs1", tmp_path / "agent.wav")
    box.world.call("fxo1", MOBILE, keys=[(5, "1")])
    wait_for(box, "call.bridged")
    box.world.say("fxs1", SPEECH)
    box.run_until(box.now + 3)
    box.world.hang("fxs1")
    box.close()
    heard = soundfile.read(tmp_path / "agent.wav")[0][-2 * 8000 :]  # he speaks all the time
    assert level_dbm0(heard) < -50
