"""Phones: rings seen by voltage, hands, habits."""

from __future__ import annotations

import numpy as np
import pytest

from tools.emulator import signals
from tools.emulator.alaw import SILENCE, encode
from tools.emulator.ear import is_busy_tone
from tools.emulator.event import WorldError
from tools.emulator.exchange import BUSY_TONE, CONGESTION, DIAL_TONE, RINGBACK
from tools.emulator.sound import load, murmur


def ring(run, seconds: float, cadence: tuple[float, float] = (1.0, 4.0)) -> None:
    """Ring the first phone as the box would."""
    end = run.now + seconds
    begin = run.now
    while run.now < end - 1e-9:
        on = (run.now - begin) % sum(cadence) < cadence[0]
        run.board.fxs[0].ringing_vrms = 50.0 if on and not run.board.fxs[0].is_off_hook else 0.0
        run.until(run.now + 0.01)
    run.board.fxs[0].ringing_vrms = 0.0


def test_ring_is_one_event_and_ends_by_silence(run) -> None:
    ring(run, 11.0)
    run.until(20.0)
    assert run.events("fxs1") == [(0.01, "rings", ""), (16.01, "ring-ended", "after 3 rings")]


def test_habit_answers_speaks_and_hangs_up(run) -> None:
    audio = encode(signals.tone((600,), 1.0, -15))
    run.world.answer("fxs1", after_s=3.0, audio=audio, keys=[(2.0, "1")], hang_up_after_s=5.0)
    ring(run, 10.0)
    assert run.events("fxs1") == [
        (0.01, "rings", ""),
        (3.01, "lifted", ""),
        (5.01, "dialled", "1"),
        (8.01, "hung-up", ""),
    ]


def test_habit_does_not_answer_a_ring_that_ended(run) -> None:
    run.world.answer("fxs1", after_s=8.0)
    ring(run, 1.0)
    run.until(20.0)
    assert run.whats("fxs1") == ["rings", "ring-ended"]


def test_dial_needs_a_lifted_phone(run) -> None:
    with pytest.raises(WorldError, match="fxs1: is on its hook; `lift` it first"):
        run.world.dial("fxs1", "9")
    run.world.lift("fxs1")
    assert run.board.fxs[0].is_off_hook
    with pytest.raises(WorldError, match="off its hook already"):
        run.world.lift("fxs1")
    with pytest.raises(WorldError, match="keys '12x': allowed are"):
        run.world.dial("fxs1", "12x")
    run.world.dial("fxs1", "9")
    run.until(0.1)
    assert run.board.fxs[0].to_box != SILENCE
    run.until(0.11)
    assert run.board.fxs[0].to_box == SILENCE


def test_flash(run) -> None:
    run.world.lift("fxs2")
    run.until(1.0)
    run.world.flash("fxs2")
    assert not run.board.fxs[1].is_off_hook
    run.until(1.19)
    assert not run.board.fxs[1].is_off_hook
    run.until(1.2)
    assert run.board.fxs[1].is_off_hook


def test_record_until_hung_up(run, tmp_path) -> None:
    path = tmp_path / "agent" / "heard.wav"
    run.world.record("fxs1", path)
    run.world.lift("fxs1")
    run.board.fxs[0].from_box = encode(signals.tone((800,), 0.01, -10))
    run.until(2.0)
    assert not path.exists()
    run.world.hang("fxs1")
    assert run.world.phones["fxs1"].heard == run.board.fxs[0].from_box * 200
    assert encode(load(path)) == run.board.fxs[0].from_box * 200
    run.world.lift("fxs1")
    run.world.hang("fxs1")
    assert encode(load(path)) == run.board.fxs[0].from_box * 200


def test_a_habit_hangs_up_on_busy_tone(run) -> None:
    run.world.answer("fxs1", after_s=1.0)
    ring(run, 1.5)
    lifted = run.now
    while run.board.fxs[0].is_off_hook and run.now < 20:
        start = int((run.now - lifted) * 8000 + 0.5) % len(BUSY_TONE)
        run.board.fxs[0].from_box = BUSY_TONE[start : start + 80]
        run.until(run.now + 0.01)
    assert run.whats("fxs1")[-2:] == ["heard-busy", "hung-up"]
    assert run.now - lifted < 3.2


@pytest.mark.parametrize(
    "octets",
    [DIAL_TONE * 840, RINGBACK, CONGESTION * 2, SILENCE * 210, encode(murmur(2.1, np.random.default_rng(2)))],
    ids=["dial", "ringback", "congestion", "silence", "speech"],
)
def test_what_is_no_busy_tone(octets: bytes) -> None:
    for start in range(0, len(octets) - 16800 + 1, 800):
        assert not is_busy_tone(octets[start : start + 16800])
    assert is_busy_tone((BUSY_TONE * 4)[800 : 800 + 16800])


def test_hanging_up_and_flashing_in_a_flash(run) -> None:
    run.world.lift("fxs1")
    run.world.flash("fxs1")
    with pytest.raises(WorldError, match="in the middle of a flash"):
        run.world.flash("fxs1")
    run.world.hang("fxs1")
    run.until(1.0)
    assert not run.board.fxs[0].is_off_hook
