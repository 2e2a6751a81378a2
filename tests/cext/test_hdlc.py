"""HDLC of the D-channels: ISO/IEC 13239 and Q.921 section 2, with libspandsp as the other side."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cext
from tests.cext.ref import spandsp
from tests.cext.ref.board import Line

SABME = bytes.fromhex("02017f")
FLAG, FCS_START = [0, 1, 1, 1, 1, 1, 1, 0], 0xFFFF


def fcs_of(octets: bytes) -> int:
    """FCS of ISO/IEC 13239, bit by bit."""
    crc = FCS_START
    for octet in octets:
        for i in range(8):
            crc = crc >> 1 ^ (0x8408 if (crc ^ octet >> i) & 1 else 0)
    return crc ^ 0xFFFF


def bits_of(octets: bytes) -> list[int]:
    """Bits of a frame's octets as they go to the line, stuffed."""
    bits, ones = [], 0
    for bit in (octet >> i & 1 for octet in octets for i in range(8)):
        bits.append(bit)
        ones = ones + 1 if bit else 0
        if ones == 5:
            bits.append(0)
            ones = 0
    return bits


def frame_bits(frame: bytes) -> list[int]:
    """A frame with its FCS, without flags."""
    return bits_of(frame + fcs_of(frame).to_bytes(2, "little"))


def octets_of(bits: list[int]) -> bytes:
    """Octets of a timeslot: the first bit is the most significant one; filled up with ones."""
    bits = bits + [1] * (-len(bits) % 8)
    return bytes(int("".join(map(str, bits[i : i + 8])), 2) for i in range(0, len(bits), 8))


def some_frames(seed: int, count: int) -> list[bytes]:
    """Frames of every length, many of which need stuffing."""
    rng = random.Random(seed)
    octets = [0x00, 0xFF, 0x7E, 0x3F, 0xF8]
    return [
        bytes(rng.choice([*octets, rng.randrange(256)]) for _ in range(rng.randint(3, 264)))
        for _ in range(count)
    ]


def sent(frames: list[bytes]) -> bytes:
    """What our sender makes of frames."""
    sender, out = cext.HdlcSender(), b""
    for frame in frames:
        while sender.waiting == 16:
            out += sender.take(7)
        sender.put(frame)
    while sender.waiting:
        out += sender.take(13)
    return out + sender.take(8)


def test_spandsp_hears_what_we_send() -> None:
    frames = some_frames(1, 300)
    assert spandsp.hdlc_rx(sent(frames)) == frames


@pytest.mark.parametrize("flags", [1, 2, 5])
def test_we_hear_what_spandsp_sends(flags: int) -> None:
    frames = some_frames(2, 200)
    receiver = cext.HdlcReceiver()
    assert receiver.feed(spandsp.hdlc_tx(frames, flags=flags)) == frames
    assert receiver.stats().good == 200


def test_sent_octets_are_those_of_the_standard_bit_by_bit() -> None:
    frames = some_frames(3, 40)
    bits = list(FLAG)
    for frame in frames:
        bits += frame_bits(frame) + FLAG
    whole = octets_of(bits)[:-1]
    assert sent(frames)[: len(whole)] == whole


@given(st.lists(st.binary(min_size=3, max_size=264), max_size=8), st.integers(0, 7), st.data())
@settings(max_examples=60, deadline=None)
def test_any_phase_and_any_cut_gives_the_same_frames(
    frames: list[bytes], phase: int, data: st.DataObject
) -> None:
    bits = [1] * phase + list(FLAG)
    for frame in frames:
        bits += frame_bits(frame) + FLAG
    octets, receiver, got = octets_of(bits), cext.HdlcReceiver(), []
    while octets:
        cut = data.draw(st.integers(1, 100))
        got += receiver.feed(octets[:cut])
        octets = octets[cut:]
    assert got == frames
    assert receiver.stats() == cext.FrameStats(len(frames), 0, 0, 0, 0, 0, 0)


def test_one_zero_may_end_a_flag_and_begin_the_next() -> None:
    """ISO/IEC 13239: 011111101111110 are two flags."""
    bits = [*FLAG, *FLAG[1:], *frame_bits(SABME), *FLAG, *FLAG[1:], *FLAG[1:], *frame_bits(SABME), *FLAG]
    receiver = cext.HdlcReceiver()
    assert receiver.feed(octets_of(bits)) == [SABME, SABME]
    assert receiver.stats() == cext.FrameStats(2, 0, 0, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("bits", "counter"),
    [
        (frame_bits(SABME)[:-4] + [1] * 7, "aborted"),
        (bits_of(SABME + b"\x12\x34"), "bad_fcs"),
        (bits_of(SABME)[:-3], "too_short"),
        (bits_of(b"\x55" * 4), "too_short"),
        (frame_bits(SABME)[:-3] + [0] * 7, "misaligned"),
        (frame_bits(bytes(265)), "too_long"),
        (bits_of(bytes(2000)), "too_long"),
    ],
)
def test_what_is_no_frame_is_counted_once_and_the_next_is_heard(bits: list[int], counter: str) -> None:
    """Q.921 section 2.9, invalid frames."""
    receiver = cext.HdlcReceiver()
    line = [*FLAG, *bits, *FLAG, *frame_bits(SABME), *FLAG]
    assert receiver.feed(octets_of(line)) == [SABME]
    stats = receiver.stats()
    assert {name: getattr(stats, name) for name in stats.__slots__ if getattr(stats, name)} == {
        "good": 1,
        counter: 1,
    }


@pytest.mark.parametrize("idle", [b"\x00", b"\xff", b"\x7e", b"\xd5", b"\x3f", b"\xfc"])
def test_idle_lines_give_nothing(idle: bytes) -> None:
    """A line that is cut, of ones (Q.921 interframe fill elsewhere), of flags in any phase, of silence."""
    receiver = cext.HdlcReceiver()
    assert receiver.feed(idle * 1000) == []
    assert receiver.stats() == cext.FrameStats(0, 0, 0, 0, 0, 0, 0)
    assert receiver.feed(sent([SABME])) == [SABME]


def test_ones_after_a_flag_are_no_aborted_frame() -> None:
    for phase in range(8):
        receiver = cext.HdlcReceiver()
        receiver.feed(octets_of([1] * phase + FLAG + [1] * 80))
        assert receiver.stats().aborted == 0


def test_a_wrong_bit_never_gives_a_wrong_frame() -> None:
    """Every single bit of a frame inverted in turn."""
    frame = some_frames(4, 1)[0][:60]
    bits = [*FLAG, *frame_bits(frame), *FLAG]
    for i in range(len(bits)):
        wrong = [*bits]
        wrong[i] ^= 1
        assert cext.HdlcReceiver().feed(octets_of(wrong)) == []


# ---- in the engine --------------------------------------------------------------------------------


def looped(line: Line, ticks: int, timeslot: int = 16) -> None:
    """What a timeslot sends comes back a tick later."""
    for _ in range(ticks):
        line.tick({timeslot: line.sent[timeslot][-80:] or b"\xff" * 80})


def frames_of(line: Line) -> list[bytes]:
    """The frames heard so far."""
    return [event.data for event in line.events if event.kind is cext.EventKind.FRAME]


def test_frames_through_the_engine() -> None:
    line, frames = Line(32), some_frames(5, 16)
    line.engine.d_channel(16, True)
    for frame in frames:
        line.engine.send_frame(16, frame)
    looped(line, 60)
    assert frames_of(line) == frames
    assert {event.channel for event in line.events} == {16}
    assert line.engine.frame_stats(16) == cext.FrameStats(16, 0, 0, 0, 0, 0, 16)
    assert line.sent[16][-80:] == line.sent[16][-1:] * 80  # flags
    assert line.sent[15] == b"\xd5" * len(line.sent[15])


def test_a_frame_event_tells_when_its_flag_came() -> None:
    line = Line(2)
    line.engine.d_channel(1, True)
    octets = b"\x7e" * 100 + octets_of(frame_bits(SABME) + FLAG)
    line.run(3, {1: octets.ljust(240, b"\x7e")})
    (event,) = line.events
    assert event.at_smp == len(octets) - 1


def test_eight_d_channels_and_no_more() -> None:
    line = Line(32)
    for channel in range(8):
        line.engine.d_channel(channel, True)
    with pytest.raises(cext.CextError, match="channel 8: at most 8 D-channels"):
        line.engine.d_channel(8, True)
    line.engine.d_channel(3, False)
    line.engine.d_channel(8, True)
    line.engine.send_frame(8, SABME)
    looped(line, 3, 8)
    assert frames_of(line) == [SABME]
    assert line.sent[3][-80:] == b"\xd5" * 80


def test_the_seventeenth_frame_is_refused_until_there_is_room() -> None:
    line = Line(1)
    line.engine.d_channel(0, True)
    for i in range(16):
        line.engine.send_frame(0, bytes(60) + bytes([i]))
    with pytest.raises(cext.CextError, match="channel 0: at most 16 frames can wait"):
        line.engine.send_frame(0, SABME)
    looped(line, 2, 0)
    line.engine.send_frame(0, SABME)
    looped(line, 20, 0)
    assert frames_of(line) == [bytes(60) + bytes([i]) for i in range(16)] + [SABME]


def test_on_again_drops_what_waits() -> None:
    line = Line(1)
    line.engine.d_channel(0, True)
    for _ in range(16):
        line.engine.send_frame(0, bytes(200))
    line.tick()
    line.engine.d_channel(0, True)
    for _ in range(16):
        line.engine.send_frame(0, SABME)
    looped(line, 20, 0)
    assert frames_of(line) == [SABME] * 16


def test_a_lost_block_aborts_the_frame_in_it() -> None:
    line = Line(1)
    line.engine.d_channel(0, True)
    octets = sent([bytes(range(200)), SABME])
    line.tick({0: octets[:80]})
    line.engine.tick(b"")
    line.tick({0: octets[160:240].ljust(80, b"\x7e")})
    assert frames_of(line) == [SABME]
    assert line.engine.frame_stats(0).aborted == 1


@pytest.mark.parametrize("octets", [b"", b"ab", bytes(265)])
def test_refused_frames(octets: bytes) -> None:
    line = Line(1)
    line.engine.d_channel(0, True)
    with pytest.raises(cext.CextError, match=r"octets of a frame"):
        line.engine.send_frame(0, octets)
    with pytest.raises(cext.CextError, match=r"octets of a frame"):
        cext.HdlcSender().put(octets)


def test_a_timeslot_is_for_sound_or_for_octets() -> None:
    engine = cext.Engine(4, (), streams=2)
    engine.open(0)
    engine.d_channel(1, True)
    engine.bert(2, True)
    tries = ((0, engine.d_channel), (2, engine.d_channel), (0, engine.bert), (1, engine.bert))
    for channel, refused in tries:
        with pytest.raises(cext.CextError, match=f"channel {channel}"):
            refused(channel, True)
    for channel in (1, 2):
        with pytest.raises(cext.CextError, match="carries octets, not sound"):
            engine.open(channel)
    for refused in (engine.d_channel, engine.bert):
        with pytest.raises(cext.CextError, match=r"channel 4: allowed is 0\.\.3"):
            refused(4, True)
    with pytest.raises(cext.CextError, match="channel 3: no D-channel"):
        engine.send_frame(3, SABME)
    with pytest.raises(cext.CextError, match="channel 3: no D-channel"):
        engine.frame_stats(3)
    engine.d_channel(1, False)
    engine.bert(2, False)
    engine.open(1)
    engine.open(2)
