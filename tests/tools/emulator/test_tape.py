"""Sound on its way to the box, and moments to come."""

from __future__ import annotations

import numpy as np
import pytest

from tools.emulator import signals
from tools.emulator.alaw import SILENCE, decode, encode
from tools.emulator.tape import Tape
from tools.emulator.timers import Timers

TONE = encode(signals.tone((500,), 0.1, -10))


def read(tape: Tape, blocks: int) -> bytes:
    octets = b"".join(tape.next_block() for _ in range(blocks))
    assert len(octets) == blocks * 80
    return octets


def test_a_clip_plays_once_over_silence() -> None:
    tape = Tape(clip=TONE)
    assert read(tape, 10) == TONE and tape.is_clip_over
    assert read(tape, 3) == SILENCE * 3


def test_the_floor_repeats_without_a_seam() -> None:
    floor = TONE[:240]
    assert read(Tape(floor), 8) == (floor * 3)[:640]
    with pytest.raises(ValueError, match="whole number of blocks"):
        Tape(b"\xd5" * 81)


def test_laying_replaces_from_now_on_and_keeps_the_rest() -> None:
    tape = Tape(clip=TONE)
    read(tape, 2)
    tape.lay(decode(TONE[:100]), delay_smp=40)
    want = TONE[160:200] + TONE[:100] + TONE[300:]
    assert read(tape, 8) == want and tape.is_clip_over


def test_laying_late_on_a_tape_that_ran_out() -> None:
    tape = Tape(clip=TONE)
    read(tape, 500)
    tape.lay(decode(TONE), delay_smp=8)
    assert read(tape, 12) == b"\xd5" * 8 + TONE + b"\xd5" * 152


@pytest.mark.parametrize("blocks", [0, 3, 7])
def test_laying_mixes_with_the_floor_in_its_phase(blocks: int) -> None:
    noise = encode(signals.noise(0.05, -30, np.random.default_rng(1)))
    tape, plain = Tape(noise), Tape(noise)
    read(tape, blocks), read(plain, blocks)
    tape.lay(signals.tone((500,), 0.2, -10))
    difference = decode(read(tape, 20)) - decode(read(plain, 20)) - signals.tone((500,), 0.2, -10)
    assert np.abs(difference).max() < 0.02  # a quantising step at this level
    assert read(tape, 5) == read(plain, 5)


def test_adding_mixes_with_what_would_have_been_heard() -> None:
    tape = Tape(clip=TONE)
    read(tape, 5)
    tape.add(signals.tone((1500,), 0.1, -30))
    mixed = decode(read(tape, 10)) - decode(TONE[400:] + SILENCE * 5) - signals.tone((1500,), 0.1, -30)
    assert np.abs(mixed).max() < 0.02


def test_timers_run_in_order_at_their_moments_and_can_be_cancelled() -> None:
    timers, done = Timers(), []
    timers.set(2.0, lambda at: done.append(("b", at)))
    timers.set(1.0, lambda at: done.append(("a", at)))
    timers.set(1.0, lambda at: timers.set(at + 0.5, lambda then: done.append(("c", then))))
    timers.set(1.2, lambda at: done.append(("x", at))).cancel()
    timers.run(0.99)
    assert done == [] and timers.next_at == 1.0
    timers.run(2.0)
    assert done == [("a", 1.0), ("c", 1.5), ("b", 2.0)]
    timers.set(0.1 + 0.2, lambda at: done.append(("d", at)))
    timers.run(0.3)
    assert done[-1] == ("d", 0.1 + 0.2)
