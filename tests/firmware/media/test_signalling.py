"""Frames, register signals and bit error tests as the rest of the firmware has them."""

from __future__ import annotations

from pathlib import Path

import pytest

import cext
from firmware.media import types as heard
from firmware.media.clips import Clips
from firmware.media.media import Media
from tests.cext.ref.board import block_from_board, read_block

SABME = bytes.fromhex("02017f")


class Loop:
    """A board of 32 timeslots that sends back what comes."""

    def __init__(self, folder: Path) -> None:
        self.engine = cext.Engine(32, ())
        self.complaints: list[str] = []
        self.media = Media(self.engine, Clips(folder), echo_tail_ms=0, complain=self.complaints.append)
        self._sent = [b"\xd5" * 80] * 32
        self._frame = 0

    def run(self, ticks: int) -> list[heard.MediaEvent]:
        """Go on; return what was heard."""
        found: list[heard.MediaEvent] = []
        for _ in range(ticks):
            block = block_from_board(32, dict(enumerate(self._sent)), frame_counter=self._frame)
            _, self._sent = read_block(self.engine.tick(block), 32)
            self._frame += 80
            found += self.media.events()
        return found


@pytest.fixture
def loop(tmp_path: Path) -> Loop:
    return Loop(tmp_path)


def test_frames_go_out_and_come_in(loop: Loop) -> None:
    assert loop.media.frame_counts(16) is None
    loop.media.d_channel(16, True)
    assert loop.media.send_frame(16, SABME)
    assert loop.run(4) == [heard.FrameHeard(16, SABME)]
    assert loop.media.frame_counts(16) == heard.FrameCounts(1, 0, 1)
    loop.media.d_channel(16, False)
    assert loop.run(4) == []


def test_a_frame_for_which_there_is_no_room_is_dropped_with_a_complaint(loop: Loop) -> None:
    loop.media.d_channel(16, True)
    assert [loop.media.send_frame(16, SABME) for _ in range(17)] == [True] * 16 + [False]
    assert loop.complaints == ["channel 16: at most 16 frames can wait"]
    assert loop.run(6) == [heard.FrameHeard(16, SABME)] * 16


def test_register_signals_go_out_and_come_in(loop: Loop) -> None:
    loop.media.listen(1, True)
    loop.media.hear_mf(1, "backward")
    loop.media.send_mf(1, "A", is_forward=False)
    assert loop.run(10) == [heard.MfHeard(1, "A", True)]
    loop.media.send_mf(1, "", is_forward=False)
    assert loop.run(10) == [heard.MfHeard(1, "A", False)]
    loop.media.hear_mf(1, "")
    loop.media.send_mf(1, "B", is_forward=False)
    assert loop.run(10) == []


def test_a_bit_error_test_over_a_loop(loop: Loop) -> None:
    loop.media.bert(5, True)
    assert loop.run(20) == []
    errors = loop.media.bit_errors(5)
    assert (errors.errors, errors.is_synced, errors.sync_losses) == (0, True, 0)
    assert errors.bits > 8 * 80 * 15
    loop.media.bert(5, False)
    with pytest.raises(cext.CextError, match="channel 5: no bit error test"):
        loop.media.bit_errors(5)
