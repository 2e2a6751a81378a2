"""Whatever a line gives, every block works again within a second of its end; whole engine, everything on."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import cext
from cext import EventKind
from tests.cext.ref import board, signal
from tests.cext.ref.signal import CHINA

WILD_TICKS = 300
_FIELDS = bytes([1, 8]) + b"11220134" + bytes([2, 11]) + b"13800138000"
MESSAGE = bytes([0x80, len(_FIELDS)]) + _FIELDS


def constant(octet: int) -> Callable[[int], bytes]:
    return lambda count: bytes([octet]) * count


def square(half_smp: int) -> Callable[[int], bytes]:
    def octets(count: int) -> bytes:
        return signal.alaw(np.where(np.arange(count) // half_smp % 2, 1.0, -1.0))

    return octets


def fading(count: int) -> bytes:
    return signal.alaw(np.exp(-np.arange(count) / 400.0))


def anything(count: int) -> bytes:
    return bytes(np.random.default_rng(5).integers(0, 256, count, dtype=np.uint8))


WILD = {
    "DC at full scale": constant(0xAA),
    "negative DC at full scale": constant(0x2A),
    "all octets 00": constant(0x00),
    "all octets FF": constant(0xFF),
    "square wave of 500 Hz": square(8),
    "square wave of 4 kHz": square(1),
    "square wave of 5 Hz": square(800),
    "fading": fading,
    "random octets": anything,
}


def everything_on(tones: tuple[cext.ToneSpec, ...] = CHINA) -> board.Line:
    """An engine of two channels that do all they can."""
    line = board.Line(2, tones)
    engine = line.engine
    for channel in (0, 1):
        engine.open(channel, dtmf=True, progress=True)
        engine.caller_id(channel, True)
        engine.echo(channel, 16)
        engine.agc(channel, True)
        engine.clean(channel, True, 50)
        engine.watch_voice(channel, True)
        engine.record(channel, channel)
        engine.join(channel, 0)
    return line


def after(line: board.Line, octets: bytes) -> list[cext.Event]:
    """A second later these octets come on channel 0; what is heard of them."""
    line.run(100)
    begin = len(line.events)
    line.run(len(octets) // 80 + 30, {0: octets})
    return [event for event in line.events[begin:] if event.channel == 0]


@pytest.mark.parametrize("wild", WILD.values(), ids=list(WILD))
def test_a_second_after_wild_input_everything_works(wild: Callable[[int], bytes]) -> None:
    line = everything_on()
    octets = wild(WILD_TICKS * 80)
    line.run(WILD_TICKS, {0: octets, 1: octets})
    digits = np.concatenate([np.concatenate([signal.digit(k, 60), signal.silence(80)]) for k in "159D"])
    found = after(line, signal.alaw(digits))
    assert "".join(e.digit for e in found if e.kind is EventKind.DIGIT_BEGIN) == "159D"
    found = after(line, cext.alaw_encode(cext.caller_id_samples(MESSAGE, "v23")))
    assert [e.data for e in found if e.kind is EventKind.CALLER_ID] == [MESSAGE]
    busy = np.tile(np.concatenate([signal.sine(450, 350, -20), signal.silence(350)]), 6)
    found = after(line, signal.alaw(busy))
    assert "busy" in [e.tone for e in found if e.kind is EventKind.TONE_BEGIN]
    line.run(100)
    assert line.sent[1][-800:].count(0xD5) + line.sent[1][-800:].count(0x55) > 700  # nothing rings on


def test_a_tick_called_twice_or_late_is_reported_and_survived() -> None:
    """The same block again, ten ticks without one, a block from far in the future; then a digit is heard."""
    line = everything_on()
    line.run(20)
    block = board.block_from_board(2, frame_counter=line.frame)
    line.engine.tick(block)
    line.engine.tick(block)
    for _ in range(10):
        line.engine.tick(b"")
    line.frame += 80 * 1000
    line.run(2)
    assert EventKind.BLOCK_LOST in line.kinds()
    found = after(line, signal.alaw(signal.digit("7", 60)))
    assert [e.digit for e in found if e.kind is EventKind.DIGIT_BEGIN] == ["7"]


def test_channels_that_appear_and_vanish_in_any_order() -> None:
    """Random opens, closes and joins between loud ticks; those that are open at the end hear a digit."""
    rng = np.random.default_rng(3)
    line = board.Line(16, CHINA)
    engine = line.engine
    is_open = [False] * 16
    for _ in range(300):
        for channel in (int(c) for c in rng.integers(0, 16, 3)):
            if is_open[channel] and rng.random() < 0.5:
                engine.close(channel)
                is_open[channel] = False
            elif not is_open[channel]:
                engine.open(channel, dtmf=True, progress=bool(rng.random() < 0.5))
                engine.echo(channel, int(rng.choice((0, 16, 32))))
                engine.join(channel, channel % 3)
                engine.record(channel, channel)
                is_open[channel] = True
        noise = rng.integers(0, 256, (16, 80), dtype=np.uint8)
        line.tick({channel: bytes(noise[channel]) for channel in range(16)})
        engine.read_recording()
    digit = signal.alaw(signal.digit("3", 60))
    line.run(100)
    begin = len(line.events)
    line.run(30, {channel: digit for channel in range(16)})
    heard = {e.channel for e in line.events[begin:] if e.kind is EventKind.DIGIT_BEGIN and e.digit == "3"}
    assert heard == {channel for channel in range(16) if is_open[channel]}
