"""Caller ID and tone zones through the engine's tick."""

from __future__ import annotations

import numpy as np
import pytest

import cext
from cext import CextError, EventKind, ToneSpec
from tests.cext.ref import signal, spandsp
from tests.cext.ref.board import SILENCE, Line
from tests.cext.ref.signal import CHINA

FIELDS = bytes([1, 8]) + b"11220134" + bytes([2, 11]) + b"13800138000"
MDMF = bytes([0x80, len(FIELDS)]) + FIELDS
FRANCE = (ToneSpec("dial", (440.0,), ()), ToneSpec("busy", (440.0,), (500, 500)))


def pcm16(octets: bytes) -> bytes:
    """What spandsp wants, with silence around it."""
    return bytes(1600) + cext.alaw_decode(octets) + bytes(3200)


@pytest.mark.parametrize(("standard", "peer"), [("bell202", spandsp.CLASS), ("v23", spandsp.CLIP)])
@pytest.mark.parametrize("is_open", [False, True])
def test_what_is_sent_is_heard_by_spandsp(standard: str, peer: int, is_open: bool) -> None:
    line = Line()
    if is_open:
        line.engine.open(2)
    line.engine.send_caller_id(2, MDMF, standard, send_id=9)
    line.run(120)
    assert spandsp.caller_id_rx(pcm16(line.sent[2]), peer) == [MDMF]
    (event,) = line.events
    assert (event.kind, event.channel, event.id) == (EventKind.CALLER_ID_SENT, 2, 9)
    assert abs(event.at_smp / 8 - (300 + 180 + 10 * (len(MDMF) + 1) + 10) / 1.2) < 2
    assert set(line.sent[1]) == set(SILENCE)


def test_level_of_what_is_sent() -> None:
    line = Line()
    line.engine.send_caller_id(0, MDMF, level_dbm0=-20)
    line.run(60)
    samples = signal.from_pcm16(cext.alaw_decode(line.sent[0]))
    assert abs(3.14 + 10 * np.log10(2 * np.mean(samples[800:] ** 2)) + 20) < 0.3


def test_what_is_cut_is_silent_at_once_and_says_nothing() -> None:
    line = Line()
    line.engine.send_caller_id(0, MDMF)
    line.run(20)
    line.engine.stop_caller_id(0)
    assert line.tick()[0] == SILENCE
    line.run(100)
    assert line.events == []


def test_close_cuts_it_and_a_second_message_replaces_the_first() -> None:
    line = Line()
    line.engine.open(0)
    line.engine.send_caller_id(0, MDMF, send_id=1)
    line.run(10)
    line.engine.close(0)
    assert line.tick()[0] == SILENCE
    line.engine.send_caller_id(0, MDMF, send_id=2)
    line.run(10)
    line.engine.send_caller_id(0, MDMF, send_id=3)
    line.run(120)
    assert [event.id for event in line.events] == [3]


def test_the_callers_number_goes_through_two_engines() -> None:
    """Ours sends on a phone's port, ours hears on a line's."""
    line = Line()
    line.engine.caller_id(1, True)
    line.engine.send_caller_id(0, MDMF, "v23")
    sent = SILENCE
    for _ in range(130):
        sent = line.tick({1: sent})[0]
    assert [event.data for event in line.events if event.kind is EventKind.CALLER_ID] == [MDMF]


def test_digits_of_caller_id_are_heard_on_a_channel_that_is_not_open() -> None:
    line = Line()
    digits = signal.alaw(signal.from_pcm16(spandsp.dtmf_tx("D13800138000C", on_ms=70, off_ms=70)))
    line.engine.caller_id(0, True, dtmf=True)
    line.engine.caller_id(1, True)
    line.run(220, {0: digits, 1: digits})
    heard = [(e.channel, e.digit) for e in line.events if e.kind is EventKind.DIGIT_BEGIN]
    assert heard == [(0, digit) for digit in "D13800138000C"]
    line.engine.caller_id(0, False)
    line.events.clear()
    line.run(220, {0: digits})
    assert line.events == []


def test_open_and_close_leave_the_receiver_of_caller_id_on() -> None:
    line = Line()
    line.engine.caller_id(0, True, dtmf=True)
    line.engine.open(0, dtmf=False)
    line.run(2)
    line.engine.close(0)
    line.run(250, {0: signal.alaw(signal.from_pcm16(cext.caller_id_samples(MDMF)))})
    assert [event.data for event in line.events if event.kind is EventKind.CALLER_ID] == [MDMF]


def test_caller_id_in_a_talk() -> None:
    """CAS, then FSK off-hook: 80 bits of mark and no channel seizure (GR-30, EN 300 659-2)."""
    line = Line(1, CHINA)
    line.engine.open(0, progress=True)
    line.engine.caller_id(0, True)
    cas = signal.sine(2130, 80, -18) + signal.sine(2750, 80, -18)
    fsk = signal.from_pcm16(cext.caller_id_samples(MDMF))[int(400 / 1200 * 8000) :]
    line.run(200, {0: signal.alaw(np.concatenate([signal.silence(200), cas, signal.silence(250), fsk]))})
    kinds = [(event.kind, event.tone) for event in line.events if event.tone or event.data]
    assert kinds == [(EventKind.TONE_BEGIN, "cas"), (EventKind.TONE_END, "cas"), (EventKind.CALLER_ID, "")]


def test_each_channel_hears_the_tones_of_its_zone() -> None:
    line = Line(3, CHINA)
    engine = cext.Engine(3, CHINA, {"fr": FRANCE, "xx": ()})
    line.engine = engine
    for channel, zone in enumerate(("", "fr", "xx")):
        engine.open(channel, dtmf=False, progress=True, zone=zone)
    busy = signal.alaw(signal.from_pcm16(cext.tone_samples(FRANCE[1], 5000)))
    line.run(500, {0: busy, 1: busy, 2: busy})
    assert [(e.channel, e.tone, e.id) for e in line.events] == [(1, "busy", 1)]
    chinese = signal.alaw(signal.from_pcm16(cext.tone_samples(CHINA[2], 5000)))
    engine.close(1)
    line.run(1)
    line.events.clear()
    engine.open(1, dtmf=False, progress=True)
    line.run(500, {1: chinese})
    assert [(e.channel, e.tone, e.id) for e in line.events] == [(1, "busy", 0)]


def test_what_cannot_be_is_refused() -> None:
    engine = cext.Engine(2, CHINA, {"fr": FRANCE})
    with pytest.raises(CextError, match="zone 'de': allowed are fr"):
        engine.open(0, progress=True, zone="de")
    with pytest.raises(CextError, match="allowed are bell202, v23"):
        engine.send_caller_id(0, MDMF, "v21")
    with pytest.raises(CextError, match=r"allowed are 1\.\.257"):
        engine.send_caller_id(0, b"")
    with pytest.raises(CextError, match="channel 2"):
        engine.send_caller_id(2, MDMF)
    with pytest.raises(CextError, match="level_dbm0"):
        engine.send_caller_id(0, MDMF, level_dbm0=3)
    with pytest.raises(CextError, match="zones 65"):
        cext.Engine(1, (), {str(i): FRANCE for i in range(65)})
