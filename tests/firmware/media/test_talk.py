"""How a talk sounds, and who answered, as the rest of the firmware has it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import cext
from firmware.media import types as heard
from firmware.media.actions import Open, WatchParty, WatchSound
from firmware.media.clips import Clips
from firmware.media.media import Media
from tests.cext.ref import signal
from tests.cext.ref.board import block_from_board
from tools import speech

LINE = 2


class Line:
    """One line of a board that says what it is given."""

    def __init__(self, folder: Path) -> None:
        self.engine = cext.Engine(4, ())
        self.media = Media(self.engine, Clips(folder), echo_tail_ms=0, complain=lambda text: None)
        self._frame = 0

    def hear(self, alaw: bytes) -> list[heard.MediaEvent]:
        """Let the line say this; return what was heard."""
        found: list[heard.MediaEvent] = []
        for at in range(0, len(alaw) // 80 * 80, 80):
            self.engine.tick(block_from_board(4, {LINE: alaw[at : at + 80]}, frame_counter=self._frame))
            self._frame += 80
            found += self.media.events()
        return found


@pytest.fixture
def line(tmp_path: Path) -> Line:
    made = Line(tmp_path)
    made.media.do(Open(LINE), 0.0)
    return made


def noise(seconds: float, dbm0: float = -55.0) -> bytes:
    return signal.alaw(signal.noise(np.random.default_rng(1), int(seconds * 8000), dbm0))


def voice(gain_db: float = 0.0) -> bytes:
    said = np.asarray(speech.human("austen-1"), dtype=np.float64) * 10 ** (gain_db / 20)
    return signal.alaw(said + signal.noise(np.random.default_rng(2), len(said), -62))


def test_lost_sound_and_its_return(line: Line) -> None:
    line.media.do(WatchSound(LINE, True), 0.0)
    told = line.hear(noise(3) + b"\xd5" * 32000 + noise(1))
    lost, back = told
    assert isinstance(lost, heard.SoundLost) and isinstance(back, heard.SoundBack)
    assert (lost.channel, lost.for_s, back.for_s) == (LINE, pytest.approx(3.0), pytest.approx(4.0, abs=0.02))


def test_a_voice_too_low_and_good_again(line: Line) -> None:
    line.media.do(WatchSound(LINE, True), 0.0)
    low, good = line.hear(voice(-22) + voice(-22) + voice())
    assert isinstance(low, heard.VoiceLow) and isinstance(good, heard.VoiceGood)
    assert low.level_dbm0 < -36 < -33 <= good.level_dbm0


def test_nobody_speaks_and_somebody_does(line: Line) -> None:
    line.media.do(WatchSound(LINE, True), 0.0)
    told = line.hear(noise(12) + voice())
    assert told == [heard.SpeaksNot(LINE, pytest.approx(10.0)), heard.Speaks(LINE)]


def test_who_answered(line: Line) -> None:
    line.media.do(WatchParty(LINE), 0.0)
    assert line.hear(voice()) == [heard.PartyKnown(LINE, "machine", "long-greeting")]


def test_a_line_that_has_let_its_call_go_is_not_watched(line: Line) -> None:
    line.media.listen(LINE, False)
    line.media.do(WatchSound(LINE, True), 0.0)
    line.media.do(WatchParty(LINE), 0.0)
    assert line.hear(noise(12)) == []
