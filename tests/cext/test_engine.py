"""The engine through its tick, with real TDM blocks."""

from __future__ import annotations

import struct

import numpy as np
import pytest

import cext
from cext import CextError, EventKind
from tests.cext.ref import signal, spandsp
from tests.cext.ref.board import SILENCE, Line, block_from_board, read_block
from tests.cext.ref.signal import CHINA

CHUNK = struct.Struct("<IIIHH80s80s")
RAMP = bytes(range(80))


def chunks(octets: bytes) -> list[tuple[int, int, int, int, int, bytes, bytes]]:
    """Split recorded octets."""
    assert len(octets) % CHUNK.size == 0
    return [CHUNK.unpack_from(octets, at) for at in range(0, len(octets), CHUNK.size)]


def pcm(octets: bytes) -> signal.Samples:
    """Decode A-law."""
    return signal.from_pcm16(cext.alaw_decode(octets))


# blocks


def test_an_idle_engine_sends_silence_in_sequence() -> None:
    engine = cext.Engine(3, ())
    assert read_block(engine.idle_block(), 3) == (0, [SILENCE] * 3)
    for seq in range(1, 5):
        assert read_block(engine.tick(block_from_board(3, {1: RAMP}, frame_counter=80 * seq)), 3) == (
            seq,
            [SILENCE] * 3,
        )
    assert engine.events() == []


def test_the_sequence_number_wraps() -> None:
    engine = cext.Engine(1, ())
    for _ in range(0x10000):
        engine.idle_block()
    assert read_block(engine.idle_block(), 1)[0] == 0


@pytest.mark.parametrize("timeslots", [1, 8, 32, 128, 192])
def test_every_timeslot_is_its_own(timeslots: int) -> None:
    line = Line(timeslots)
    for channel in range(timeslots):
        line.engine.open(channel, dtmf=False)
        line.engine.play(channel, bytes([channel]) * 80, channel)
    assert line.tick() == [bytes([channel]) * 80 for channel in range(timeslots)]
    assert sorted(event.id for event in line.events) == list(range(timeslots))


@pytest.mark.parametrize("place", [0, 1, 2, 6, 12, 200, -1])
def test_a_damaged_block_is_heard_as_silence_and_reported(place: int) -> None:
    line = Line(4)
    line.engine.open(0)
    line.engine.record(0, 1)
    line.tick({0: RAMP})
    damaged = bytearray(block_from_board(4, {0: RAMP}, frame_counter=80))
    damaged[place] ^= 0x10
    line.engine.tick(bytes(damaged))
    line.frame += 80
    line.tick({0: RAMP})
    assert [(e.kind, e.at_smp, e.duration_ms) for e in line.events] == [(EventKind.BLOCK_LOST, 80, 10.0)]
    assert [chunk[5] for chunk in chunks(line.engine.read_recording())] == [RAMP, SILENCE, RAMP]
    assert line.engine.stats().lost_blocks == 1


def test_a_missing_block_is_reported() -> None:
    line = Line(2)
    line.tick()
    line.engine.tick(b"")
    line.frame += 80
    line.tick()
    assert line.kinds() == [EventKind.BLOCK_LOST]


def test_a_gap_in_the_frame_counter_is_reported() -> None:
    line = Line(2)
    line.tick()
    line.frame += 240
    line.tick()
    line.tick()
    assert [(e.kind, e.duration_ms, e.channel) for e in line.events] == [(EventKind.BLOCK_LOST, 30.0, -1)]
    assert line.engine.stats().lost_blocks == 3


def test_the_frame_counter_wraps_without_a_gap() -> None:
    line = Line(2)
    line.frame = 2**32 - 80
    line.tick()
    line.frame = 0
    line.tick()
    assert line.events == []


def test_flags_of_the_board_are_counted() -> None:
    engine = cext.Engine(1, ())
    for i, flags in enumerate((0, 1, 2, 8, 4, 11)):
        engine.tick(block_from_board(1, frame_counter=80 * i, flags=flags))
    stats = engine.stats()
    assert (stats.slips, stats.refused_blocks, stats.lost_blocks, stats.ticks) == (3, 2, 0, 6)


def test_a_block_of_the_wrong_length_is_refused() -> None:
    engine = cext.Engine(4, ())
    with pytest.raises(CextError, match="334 for 4 timeslots"):
        engine.tick(b"\0" * 333)


# player


def test_clips_follow_each_other_without_a_gap() -> None:
    line = Line()
    line.engine.open(1)
    clips = [bytes([0x80 + i]) * length for i, length in enumerate((100, 1, 0, 79, 220))]
    for i, clip in enumerate(clips):
        line.engine.play(1, clip, 10 + i)
    line.run(6)
    assert line.sent[1] == b"".join(clips).ljust(480, b"\xd5")
    assert [(e.kind, e.channel, e.id, e.at_smp) for e in line.events] == [
        (EventKind.PLAYED, 1, 10 + i, at) for i, at in enumerate((100, 101, 101, 180, 400))
    ]


def test_a_loop_plays_on_until_it_is_stopped() -> None:
    line = Line()
    line.engine.open(0)
    line.engine.play(0, RAMP[:30], 1, loop=True)
    line.engine.play(0, b"\x11" * 10, 2)
    line.run(10)
    heard = np.frombuffer(line.sent[0], np.uint8)
    assert (heard == np.resize(np.frombuffer(RAMP[:30], np.uint8), 800)).all()
    line.engine.stop_play(0)
    assert line.tick()[0] == SILENCE
    assert line.events == []


def test_gain_of_a_clip() -> None:
    line = Line()
    line.engine.open(0)
    tone = signal.sine(1000, 100, -10)
    line.engine.play(0, signal.alaw(tone), 1, gain_db=-6.0)
    line.run(10)
    assert np.allclose(pcm(line.sent[0]), tone * 10 ** (-6 / 20), atol=0.008)


def test_the_queue_has_16_places_and_says_when_it_is_full() -> None:
    line = Line()
    line.engine.open(0)
    for i in range(16):
        line.engine.play(0, RAMP, i)
    with pytest.raises(CextError, match="at most 16 clips"):
        line.engine.play(0, RAMP, 99)
    line.engine.stop_play(0)
    for i in range(16, 32):  # room again at once: the commands are carried out in order
        line.engine.play(0, RAMP, i)
    line.run(17)
    assert [event.id for event in line.events] == list(range(16, 32))
    assert line.sent[0] == RAMP * 16 + SILENCE
    assert line.engine.stats().ring_overflows == 0


def test_memory_of_clips_is_held_while_they_play() -> None:
    line = Line()
    line.engine.open(0)
    for i in range(200):
        line.engine.play(0, bytes([i % 256]) * 80, i)
        assert line.tick()[0] == bytes([i % 256]) * 80


# tones and dialling


def test_tone_with_cadence_until_stopped() -> None:
    line = Line(2, CHINA)
    line.engine.open(0)
    line.engine.tone(0, "busy")
    line.run(140)
    line.engine.tone(0, None)
    assert line.tick()[0] == SILENCE
    samples = pcm(line.sent[0])
    on = np.concatenate([np.arange(0, 2800), np.arange(5600, 8400)])
    assert np.allclose(samples[on][100:2700], signal.sine(450, 350, -10)[100:2700], atol=0.01)
    assert np.abs(samples[2800:5600]).max() < 0.001
    assert np.abs(samples[8400:11200]).max() < 0.001


def test_dialled_digits_and_their_event() -> None:
    line = Line()
    line.engine.open(2)
    line.engine.dial(2, "13800#", 5, on_ms=60, off_ms=40, level_dbm0=-9.0)
    line.engine.dial(2, "*,9", 6, on_ms=60, off_ms=40)
    line.run(200)
    assert spandsp.dtmf_rx(cext.alaw_decode(line.sent[2])) == "13800#*9"
    assert [(e.kind, e.id, e.at_smp) for e in line.events] == [
        (EventKind.DIALED, 5, 6 * 800),
        (EventKind.DIALED, 6, 6 * 800 + 1600 + 8000),
    ]


def test_eight_dials_can_wait() -> None:
    line = Line()
    line.engine.open(0)
    for i in range(8):
        line.engine.dial(0, "1", i, on_ms=20, off_ms=20)
    with pytest.raises(CextError, match="at most 8 dials"):
        line.engine.dial(0, "1", 9)
    line.run(33)
    assert [event.id for event in line.events] == list(range(8))
    line.engine.dial(0, "1", 9)


# detectors in the engine


def test_digits_of_a_channel_while_it_plays() -> None:
    line = Line()
    line.engine.open(1)
    line.engine.play(1, signal.alaw(signal.speech(-14, 0, 3)), 1)
    line.run(100)
    digits = np.concatenate(
        [signal.silence(50), signal.from_pcm16(spandsp.dtmf_tx("42#", on_ms=80, off_ms=80))]
    )
    line.run(80, {1: signal.alaw(digits)})
    found = [(e.kind, e.digit, e.channel) for e in line.events]
    assert found == [(k, d, 1) for d in "42#" for k in (EventKind.DIGIT_BEGIN, EventKind.DIGIT_END)]
    assert abs(line.events[0].at_smp - (8000 + 400)) < 24


def test_a_closed_channel_hears_nothing_and_reopening_changes_detectors() -> None:
    line = Line(2, CHINA)
    digits = signal.alaw(signal.from_pcm16(spandsp.dtmf_tx("123")))
    line.run(30, {0: digits})
    line.engine.open(0, dtmf=False)
    line.run(30, {0: digits})
    assert line.events == []
    line.engine.open(0, dtmf=True, progress=True)
    line.run(40, {0: digits})
    assert [e.digit for e in line.events if e.kind is EventKind.DIGIT_BEGIN] == ["1", "2", "3"]
    line.events.clear()
    line.run(300, {0: cext.alaw_encode(cext.tone_samples(CHINA[2], 3000))})
    assert [(e.kind, e.tone) for e in line.events] == [(EventKind.TONE_BEGIN, "busy")]
    line.run(100)
    assert [(e.kind, e.tone) for e in line.events][1:] == [(EventKind.TONE_END, "busy")]


def test_caller_id_on_a_channel_that_is_not_open() -> None:
    message = bytes([0x04, 18]) + b"112201341380013800"
    octets = cext.alaw_encode(cext.caller_id_samples(message, "v23"))
    line = Line()
    line.engine.caller_id(3, True)
    line.run(80, {3: octets})
    assert [(e.kind, e.channel, e.data) for e in line.events] == [(EventKind.CALLER_ID, 3, message)]
    assert set(line.sent[3]) == {0xD5}
    line.engine.caller_id(3, False)
    line.run(80, {3: octets})
    assert len(line.events) == 1


def test_caller_id_goes_on_when_the_channel_opens() -> None:
    message = bytes([0x04, 18]) + b"112201341380013800"
    octets = cext.alaw_encode(cext.caller_id_samples(message))
    line = Line()
    line.engine.caller_id(0, True)
    line.run(20, {0: octets})
    line.engine.open(0)
    line.run(60, {0: octets[20 * 80 :]})
    assert [e.data for e in line.events if e.kind is EventKind.CALLER_ID] == [message]


# mixer


def test_everybody_hears_the_others() -> None:
    line = Line(4)
    tones = [signal.sine(hz, 100, -16) for hz in (300, 700, 1100, 1900)]
    for channel in range(4):
        line.engine.open(channel, dtmf=False)
    for channel in range(3):
        line.engine.join(channel, 63)
    line.run(10, {i: signal.alaw(tone) for i, tone in enumerate(tones)})
    heard = [pcm(octets) for octets in line.sent]
    for i, others in ((0, (1, 2)), (1, (0, 2)), (2, (0, 1))):
        expected = tones[others[0]] + tones[others[1]]
        assert np.allclose(heard[i][80:], expected[80:], atol=0.02)  # the first 10 ms raise the gain
    assert set(line.sent[3]) == {0xD5}


def test_the_mix_is_saturated_not_wrapped() -> None:
    line = Line(4)
    loud = signal.sine(500, 100, 3)
    for channel in range(4):
        line.engine.open(channel, dtmf=False)
        line.engine.join(channel, 0)
    line.run(10, {i: signal.alaw(loud) for i in range(4)})
    expected = np.clip(3 * loud, -1, 1)
    assert np.allclose(pcm(line.sent[0])[80:], expected[80:], atol=0.05)


def test_leaving_and_closing_end_the_membership() -> None:
    line = Line(3)
    tone = signal.alaw(signal.sine(500, 10, -10))
    for channel in range(3):
        line.engine.open(channel, dtmf=False)
        line.engine.join(channel, 5)
    assert line.tick({0: tone})[1] != SILENCE
    line.engine.leave(0)
    assert line.tick({0: tone})[1] != SILENCE  # 10 ms to lower the gain
    assert line.tick({0: tone})[1] == SILENCE
    line.engine.join(0, 5)
    assert line.tick({0: tone})[1] != SILENCE
    line.engine.close(0)
    assert line.tick({0: tone})[1] == SILENCE
    line.engine.open(0, dtmf=False)
    assert line.tick({0: tone})[1] == SILENCE


def test_prompt_and_mix_are_heard_together() -> None:
    line = Line(2)
    for channel in range(2):
        line.engine.open(channel, dtmf=False)
        line.engine.join(channel, 0)
    voice, prompt = signal.sine(500, 50, -16), signal.sine(800, 50, -16)
    line.engine.play(0, signal.alaw(prompt), 1)
    line.run(5, {1: signal.alaw(voice)})
    assert np.allclose(pcm(line.sent[0])[80:], (voice + prompt)[80:], atol=0.02)


# gain and levels


def test_gain_ramps_over_10_ms_without_a_click() -> None:
    line = Line(2)
    line.engine.open(0, dtmf=False)
    line.engine.open(1, dtmf=False)
    line.engine.join(0, 0)
    line.engine.join(1, 0)
    steady = signal.alaw(np.full(800, 0.4))
    line.run(2, {0: steady})
    line.engine.gain(0, rx_db=-20, tx_db=0)
    line.run(4, {0: steady})
    heard = pcm(line.sent[1])
    assert np.allclose(heard[80:160], 0.4, atol=0.02)
    assert np.allclose(heard[240:], 0.04, atol=0.002)
    assert np.abs(np.diff(heard)).max() < 0.02  # 1.5 / 80 of the step, and the coarseness of A-law


def test_gain_does_not_touch_detectors_and_recording() -> None:
    line = Line(1)
    line.engine.open(0)
    line.engine.gain(0, rx_db=-60, tx_db=6)
    line.engine.record(0, 1)
    octets = signal.alaw(signal.from_pcm16(spandsp.dtmf_tx("7")))
    line.run(30, {0: octets})
    assert [e.digit for e in line.events] == ["7", "7"]
    assert b"".join(chunk[5] for chunk in chunks(line.engine.read_recording()))[: len(octets)] == octets


def test_levels_of_both_directions() -> None:
    line = Line(1)
    line.engine.open(0)
    line.engine.play(0, signal.alaw(signal.sine(1000, 1000, -20)), 1)
    line.run(60, {0: signal.alaw(signal.sine(500, 600, -10))})
    heard_dbm0, sent_dbm0 = line.engine.levels_dbm0(0)
    assert abs(heard_dbm0 + 10) < 0.3
    assert abs(sent_dbm0 + 20) < 0.3


# recording


def test_a_recording_is_what_was_on_the_line() -> None:
    line = Line(3)
    line.engine.open(2)
    line.engine.play(2, signal.alaw(signal.speech(-14, 0, 0.2)), 1)
    line.engine.record(2, 0xCAFE)
    line.run(20, {2: signal.alaw(signal.speech(-14, 5, 0.2))})
    line.engine.stop_record(2)
    line.tick()
    line.tick()
    found = chunks(line.engine.read_recording())
    assert [(c[0], c[1], c[2], c[3], c[4]) for c in found] == [
        (0x31524243, 0xCAFE, seq, 2, int(seq == 20)) for seq in range(21)
    ]
    assert b"".join(c[5] for c in found[:20]) == signal.alaw(signal.speech(-14, 5, 0.2))
    assert b"".join(c[6] for c in found) == line.sent[2][: 21 * 80]
    assert line.engine.read_recording() == b""


def test_every_recording_ends_with_a_flagged_chunk() -> None:
    line = Line(1)
    line.engine.open(0)
    line.engine.record(0, 1)
    line.tick()
    line.engine.record(0, 2)  # replaces the first
    line.run(2)
    line.engine.close(0)
    line.tick()
    line.engine.open(0)
    line.engine.record(0, 3)
    line.engine.stop_record(0)  # within a tick
    line.run(3)
    found = [(c[1], c[2], c[4]) for c in chunks(line.engine.read_recording())]
    assert found == [(1, 0, 0), (1, 1, 1), (2, 0, 0), (2, 1, 1), (3, 0, 1)]


def test_chunks_that_are_not_fetched_are_counted() -> None:
    line = Line(128)
    for channel in range(128):
        line.engine.open(channel, dtmf=False)
        line.engine.record(channel, channel)
    line.run(130)
    stats = line.engine.stats()
    assert stats.ring_overflows == 130 * 128 - 16384
    total = 0
    while octets := line.engine.read_recording():
        total += len(octets)
    assert total == 16384 * CHUNK.size


# life of a channel, refusals


def test_closing_stops_everything() -> None:
    line = Line(2, CHINA)
    line.engine.open(0)
    line.engine.play(0, RAMP * 10, 1)
    line.engine.dial(0, "123", 2)
    line.engine.tone(0, "dial")
    line.tick()
    line.engine.close(0)
    line.run(3)
    line.engine.open(0)
    line.run(3)
    assert line.sent[0][80:] == SILENCE * 6
    assert line.events == []


def test_commands_and_events_of_one_tick_are_ordered() -> None:
    line = Line(1)
    line.engine.open(0)
    line.engine.play(0, RAMP, 1)
    line.engine.close(0)
    line.engine.open(0)
    line.engine.play(0, RAMP[::-1], 2)
    assert line.tick()[0] == RAMP[::-1]
    assert [event.id for event in line.events] == [2]


def test_too_many_commands_are_refused_and_nothing_is_lost() -> None:
    line = Line(1)
    line.engine.open(0)
    with pytest.raises(CextError, match="too many commands"):
        for _ in range(3000):
            line.engine.leave(0)
    with pytest.raises(CextError, match="too many commands"):
        line.engine.play(0, RAMP, 1)
    line.tick()
    line.engine.play(0, RAMP, 2)
    assert line.tick()[0] == RAMP


def test_impossible_commands_are_refused_by_name() -> None:
    engine = cext.Engine(4, CHINA)
    engine.open(0)
    for complaint, call in (
        ("channel 4: allowed is 0..3", lambda: engine.open(4)),
        ("channel -1", lambda: engine.close(-1)),
        ("channel 1: not open", lambda: engine.play(1, b"", 1)),
        ("channel 1: not open", lambda: engine.join(1, 1)),
        ("mixer 64: allowed is 0..63", lambda: engine.join(0, 64)),
        ("tone 'x': allowed are dial, ringback", lambda: engine.tone(0, "x")),
        ("digit 'x'", lambda: engine.dial(0, "1x", 1)),
        ("0 digits", lambda: engine.dial(0, "", 1)),
        ("on_ms 5", lambda: engine.dial(0, "1", 1, on_ms=5)),
        ("gain_db 99", lambda: engine.play(0, b"", 1, gain_db=99)),
        ("rx_db nan", lambda: engine.gain(0, rx_db=float("nan"), tx_db=0)),
        ("play_id -1", lambda: engine.play(0, b"", -1)),
        ("board 'tcp:x': allowed are unix:PATH", lambda: engine.start("tcp:x")),
        ("timeslots 193", lambda: cext.Engine(193, ())),
        ("25 tones", lambda: cext.Engine(1, [cext.ToneSpec(str(i), (400.0 + i,), ()) for i in range(25)])),
        (
            "too many different",
            lambda: cext.Engine(1, [cext.ToneSpec(str(i), (400.0 + i,), ()) for i in range(20)]),
        ),
    ):
        with pytest.raises(CextError, match=complaint):
            call()
