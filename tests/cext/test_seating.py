"""Mixers: conferences, monitor, whisper, barge; changes without a click; each side recorded apart."""

from __future__ import annotations

import struct

import numpy as np
import pytest

import cext
from cext import CextError
from tests.cext.ref import signal
from tests.cext.ref.board import SILENCE, Line
from tests.cext.ref.signal import Samples

CHUNK = struct.Struct("<IIIHH80s80s")


def room(count: int, timeslots: int = 0, mixer: int = 0) -> Line:
    """An engine with parties in a mixer, after their first 10 ms."""
    line = Line(timeslots or count)
    for channel in range(timeslots or count):
        line.engine.open(channel, dtmf=False)
    for channel in range(count):
        line.engine.join(channel, mixer)
    line.tick()
    line.sent = [b""] * line.timeslots
    return line


def heard(line: Line, channel: int) -> Samples:
    """What went to a channel so far."""
    return signal.from_pcm16(cext.alaw_decode(line.sent[channel]))


def tones(*channels: int, ms: int = 100, level_dbm0: float = -20.0) -> dict[int, Samples]:
    """A tone of its own for each channel."""
    return {channel: signal.sine(300 + 90 * channel, ms, level_dbm0) for channel in channels}


def coded(sounds: dict[int, Samples]) -> dict[int, bytes]:
    """As octets."""
    return {channel: signal.alaw(sound) for channel, sound in sounds.items()}


def strength(sound: Samples, hz: float) -> float:
    """Amplitude of a tone."""
    turn = np.exp(-2j * np.pi * hz * np.arange(len(sound)) / 8000)
    return float(2 * abs(np.mean(sound * turn)))


def test_32_parties_hear_all_others_and_never_themselves() -> None:
    line = room(32)
    sounds = tones(*range(32), ms=200, level_dbm0=-32)
    line.run(20, coded(sounds))
    amplitude = signal.amplitude(-32)
    for channel in (0, 7, 31):
        sound = heard(line, channel)
        for other in range(32):
            hz = 300 + 90 * other
            if other == channel:
                assert strength(sound, hz) < 0.1 * amplitude
            else:
                assert abs(strength(sound, hz) / amplitude - 1) < 0.1


def test_the_33rd_party_is_refused_but_a_supervisor_is_not() -> None:
    line = room(32, 34)
    with pytest.raises(CextError, match="mixer 0: has 32 parties"):
        line.engine.join(32, 0)
    line.engine.join(32, 0, "monitor")
    line.engine.join(33, 0, "whisper", 1)
    line.engine.join(5, 0)  # is in it
    line.engine.leave(5)
    line.engine.join(32, 0)


def test_a_monitor_hears_all_and_is_heard_by_none() -> None:
    line = room(2, 3)
    line.engine.join(2, 0, "monitor")
    line.tick()
    line.sent = [b""] * 3
    sounds = tones(0, 1, 2)
    line.run(10, coded(sounds))
    assert np.allclose(heard(line, 2), sounds[0] + sounds[1], atol=0.02)
    assert np.allclose(heard(line, 0), sounds[1], atol=0.01)
    assert np.allclose(heard(line, 1), sounds[0], atol=0.01)


def test_a_whisper_is_heard_by_one_party_only() -> None:
    line = room(3, 4)
    line.engine.join(3, 0, "whisper", 1)
    line.tick()
    line.sent = [b""] * 4
    sounds = tones(0, 1, 2, 3)
    line.run(10, coded(sounds))
    assert np.allclose(heard(line, 1), sounds[0] + sounds[2] + sounds[3], atol=0.02)
    assert np.allclose(heard(line, 0), sounds[1] + sounds[2], atol=0.02)
    assert np.allclose(heard(line, 2), sounds[0] + sounds[1], atol=0.02)
    assert np.allclose(heard(line, 3), sounds[0] + sounds[1] + sounds[2], atol=0.02)


def test_from_monitor_to_barge() -> None:
    line = room(2, 3)
    line.engine.join(2, 0, "monitor")
    line.tick()
    line.engine.join(2, 0)
    line.run(2)
    line.sent = [b""] * 3
    sounds = tones(0, 1, 2)
    line.run(10, coded(sounds))
    assert np.allclose(heard(line, 0), sounds[1] + sounds[2], atol=0.02)


def test_a_whisper_to_who_has_left_reaches_nobody_later() -> None:
    line = room(2, 3)
    line.engine.join(2, 0, "whisper", 1)
    line.engine.close(1)
    line.run(10, coded(tones(2)))
    line.engine.open(1, dtmf=False)
    assert line.tick()[1] == SILENCE


def test_joining_again_where_one_is_changes_nothing() -> None:
    line = room(2)
    sounds = tones(0)
    for at in range(5):
        line.engine.join(0, 0)
        line.engine.join(1, 0)
        line.tick({0: signal.alaw(sounds[0][80 * at : 80 * at + 80])})
    assert np.allclose(heard(line, 1), sounds[0][:400], atol=0.01)


def splatter_db(sound: Samples) -> float:
    """The most that spreads beyond 400 Hz around a tone of 1000 Hz in any 20 ms, below the tone."""
    windows = np.lib.stride_tricks.sliding_window_view(sound, 160)[::20] * np.hanning(160)
    spectrum = np.abs(np.fft.rfft(windows, 1024, axis=1))
    hz = np.fft.rfftfreq(1024, 1 / 8000)
    whole = spectrum.max()
    return float(20 * np.log10(spectrum[:, np.abs(hz - 1000) > 400].max() / whole))


def steady(line: Line, ticks: int) -> None:
    """A tone from channel 0, without a gap; 1013 Hz, so that what A-law adds to it is noise."""
    phase = 2 * np.pi * 1013 * line.frame / 8000
    line.run(ticks, {0: signal.alaw(signal.sine(1013, ticks * 10, -10, phase))})


def test_changes_do_not_click() -> None:
    """What joining, leaving, changing mixers and gains spread around a steady tone stays 45 dB below it.

    A hard switch gives -25 dB.
    """
    line = room(2)
    steady(line, 10)
    line.engine.leave(0)
    steady(line, 10)
    line.engine.join(0, 0)
    steady(line, 10)
    line.engine.join(1, 3)
    steady(line, 5)
    line.engine.join(1, 0)
    steady(line, 10)
    line.engine.gain(0, rx_db=-12, tx_db=0)
    steady(line, 10)
    line.engine.join(1, 0, "monitor")
    steady(line, 10)
    hard = np.concatenate([heard(line, 1)[:800], np.zeros(400)])
    assert splatter_db(hard) > -30
    assert splatter_db(heard(line, 1)) < -45


def test_gains_of_each_party_are_its_own() -> None:
    line = room(3)
    line.engine.gain(0, rx_db=-10, tx_db=0)
    line.engine.gain(1, rx_db=0, tx_db=6)
    line.tick()
    line.sent = [b""] * 3
    sounds = tones(0, 1, 2)
    line.run(10, coded(sounds))
    factor = 10 ** (-0.5)
    assert np.allclose(heard(line, 2), factor * sounds[0] + sounds[1], atol=0.01)
    assert np.allclose(heard(line, 1), 2 * (factor * sounds[0] + sounds[2]), atol=0.02)


def test_each_side_is_recorded_apart() -> None:
    """Of every party: what it said in one half of a chunk, what it heard in the other."""
    line = room(3)
    for channel in range(3):
        line.engine.record(channel, 100 + channel)
    octets = coded(tones(0, 1, 2))
    line.run(10, octets)
    recorded = line.engine.read_recording()
    chunks = [CHUNK.unpack_from(recorded, at) for at in range(0, len(recorded), CHUNK.size)]
    for channel in range(3):
        mine = [chunk for chunk in chunks if chunk[1] == 100 + channel]
        assert b"".join(chunk[5] for chunk in mine) == octets[channel]
        assert b"".join(chunk[6] for chunk in mine) == line.sent[channel]


def test_places_are_checked() -> None:
    line = room(2, 3)
    for message, role, to in (
        ("role 'boss': allowed are party, monitor, whisper", "boss", None),
        ("to None: a channel for role whisper", "whisper", None),
        ("to 1: a channel for role whisper, None", "monitor", 1),
        ("to 2: a channel other than 2", "whisper", 2),
        ("channel 9", "whisper", 9),
    ):
        with pytest.raises(CextError, match=message):
            line.engine.join(2, 0, role, to)
