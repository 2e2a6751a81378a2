"""Telephone events, RFC 4733, both ways through the engine."""

from __future__ import annotations

import numpy as np
import pytest

import cext
from cext import EventKind
from tests.cext.ref import rtp

STEP = 400  # 50 ms between the packets of an event


def digit(code: int, begin: int, duration: int, seq: int, *, ends: int = 3) -> list[tuple[float, rtp.Packet]]:
    """Packets of a digit with their arrival times (ms): updates each 50 ms, and its ends 20 ms apart."""
    steps = range(STEP, duration, STEP)
    found = [(begin / 8 + n / 8, rtp.event(code, n)) for n in steps]
    found += [
        (begin / 8 + duration / 8 + 20 * i, rtp.event(code, duration, is_end=True)) for i in range(ends)
    ]
    return [
        (at, rtp.Packet(seq + i, begin, load, 101, has_marker=i == 0)) for i, (at, load) in enumerate(found)
    ]


def digits(room: rtp.Room) -> list[tuple[EventKind, str, int]]:
    """What came out, with durations in ms."""
    return [(e.kind, e.digit, round(e.duration_ms)) for e in room.events if e.digit]


BEGIN, END = EventKind.DIGIT_BEGIN, EventKind.DIGIT_END


@pytest.mark.parametrize(("code", "key"), [*enumerate("0123456789*#ABCD")])
def test_2_5_2_every_digit_once_with_its_duration(code: int, key: str) -> None:
    room = rtp.Room()
    room.run(digit(code, 1600, 1280, 7), 1)
    assert digits(room) == [(BEGIN, key, 0), (END, key, 160)]
    assert [round(e.at_smp / 8) for e in room.events] == pytest.approx([200, 360], abs=10)
    assert {e.channel for e in room.events} == {1}
    assert room.events[0].level_dbm0 == pytest.approx(-13, abs=0.2)  # each tone of a digit of -10 dBm0


def test_the_same_digit_twice_is_two_digits() -> None:
    room = rtp.Room()
    room.run([*digit(5, 1600, 800, 0), *digit(5, 3200, 800, 10)], 1)
    assert digits(room) == [(BEGIN, "5", 0), (END, "5", 100)] * 2


@pytest.mark.parametrize("kept", [{0}, {1}, {2}, {3}, {4}, {0, 4}, {1, 2}])
def test_2_5_1_4_any_one_packet_of_a_digit_is_enough(kept: set[int]) -> None:
    """Two updates, three ends; a digit whose ends are lost is closed by the time-out of 200 ms."""
    room = rtp.Room()
    packets = digit(3, 1600, 1200, 0)
    assert len(packets) == 5
    room.run([p for i, p in enumerate(packets) if i in kept], 1)
    assert [(kind, key) for kind, key, _ in digits(room)] == [(BEGIN, "3"), (END, "3")]
    assert room.events[-1].duration_ms in (50, 100, 150)


def test_lost_ends_are_closed_by_the_next_digit() -> None:
    room = rtp.Room()
    room.run([*digit(1, 800, 800, 0, ends=0), *digit(2, 2000, 800, 9)], 1)
    assert [(kind, key) for kind, key, _ in digits(room)] == [
        (BEGIN, "1"),
        (END, "1"),
        (BEGIN, "2"),
        (END, "2"),
    ]


def test_mixed_up_and_doubled_packets_change_nothing() -> None:
    rng = np.random.default_rng(4)
    packets = [*digit(7, 1600, 1600, 0), *digit(8, 4800, 1600, 20)]
    shaken = [(at + rng.uniform(0, 60), p) for at, p in packets for _ in range(2)]
    room = rtp.Room()
    room.run(shaken, 2)
    assert digits(room) == [(BEGIN, "7", 0), (END, "7", 200), (BEGIN, "8", 0), (END, "8", 200)]


def test_2_5_1_3_a_digit_longer_than_a_segment_is_one_digit() -> None:
    """10 s: the second segment has the timestamp at which the first one ended."""
    first = [(n / 8, rtp.Packet(i, 0, rtp.event(9, n), 101)) for i, n in enumerate(range(400, 0xFFFF, 400))]
    first.append((8191.9, rtp.Packet(len(first), 0, rtp.event(9, 0xFFFF), 101)))
    second = [
        (8191.9 + n / 8, rtp.Packet(len(first) + i, 0xFFFF, rtp.event(9, n, is_end=n >= 14400), 101))
        for i, n in enumerate(range(400, 14401, 400))
    ]
    room = rtp.Room()
    room.run([*first, *second], 11)
    assert digits(room) == [(BEGIN, "9", 0), (END, "9", round((0xFFFF + 14400) / 8))]


@pytest.mark.parametrize("payload", [b"", b"\x05", b"\x05\x0a\x01", b"\x10\x0a\x01\x00", b"\xff\xff\xff\xff"])
def test_short_and_unknown_events_are_nothing(payload: bytes) -> None:
    room = rtp.Room()
    room.run([(100, rtp.Packet(0, 800, payload, 101))], 0.5)
    assert digits(room) == []


# out


@pytest.mark.parametrize("packet_ms", [10, 20, 40])
def test_2_5_1_dial_sends_events_with_growing_duration_and_three_ends(packet_ms: int) -> None:
    room = rtp.Room(cext.StreamSpec(ssrc=1, packet_ms=packet_ms))
    room.engine.dial(1, "7#", 9, on_ms=200, off_ms=200)
    room.run([], 1.5)
    events = [p for p in room.sent if p.payload_type == 101]
    for code, packets in ((7, events[: len(events) // 2]), (11, events[len(events) // 2 :])):
        assert {p.payload[0] for p in packets} == {code}
        assert len({p.timestamp for p in packets}) == 1
        assert [p.has_marker for p in packets] == [True] + [False] * (len(packets) - 1)
        assert [p.payload[1] >> 7 for p in packets] == [0] * (len(packets) - 3) + [1] * 3
        durations = [int.from_bytes(p.payload[2:], "big") for p in packets]
        assert durations == sorted(durations)
        assert durations[-3:] == [1600] * 3
    assert [e.id for e in room.events if e.kind is EventKind.DIALED] == [9]
    seqs = [p.seq for p in room.sent]
    assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))


def test_what_we_send_another_stream_of_ours_understands_under_loss() -> None:
    """All 16 digits through 10 % loss."""
    one, other = rtp.Room(), rtp.Room()
    one.engine.dial(1, "0123456789*#ABCD", 1, on_ms=100, off_ms=100)
    rng = np.random.default_rng(5)
    for _ in range(400):
        before = len(one.sent)
        one.tick()
        for packet in one.sent[before:]:
            if rng.random() > 0.1:
                other.engine.stream_put(1, packet.octets(), 0)
        other.tick()
    assert "".join(e.digit for e in other.events if e.kind is END) == "0123456789*#ABCD"


def test_without_an_event_type_a_dial_is_tones() -> None:
    room = rtp.Room(cext.StreamSpec(ssrc=1, event_type=None))
    room.engine.dial(1, "42", 1)
    room.run([], 1)
    detector = cext.Detector((), progress=False, caller_id=False)
    found = [*detector.feed(b"".join(p.payload for p in room.sent)), *detector.finish()]
    assert "".join(e.digit for e in found if e.kind is END) == "42"
