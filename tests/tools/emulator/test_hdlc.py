"""The world's HDLC: against libspandsp in both directions, and what goes wrong on a line."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.emulator.span.hdlc import HdlcReceiver, HdlcSender

SABME = bytes.fromhex("00017f")
FRAMES = st.binary(min_size=2, max_size=260)


@pytest.fixture(scope="module")
def spandsp() -> ctypes.CDLL:
    library = ctypes.CDLL("libspandsp.so.2")
    for name in ("hdlc_rx_init", "hdlc_tx_init"):
        getattr(library, name).restype = ctypes.c_void_p
    return library


def heard_by_spandsp(spandsp: ctypes.CDLL, octets: bytes) -> list[tuple[bytes, bool]]:
    """Give frames and whether their FCS was good; negative lengths are reports of states."""
    frames: list[tuple[bytes, bool]] = []

    def take(_user: object, data: Sequence[int], count: int, is_good: int) -> None:
        if count >= 0:
            frames.append((bytes(data[:count]), bool(is_good)))

    octet_pointer = ctypes.POINTER(ctypes.c_uint8)
    handler = ctypes.CFUNCTYPE(None, ctypes.c_void_p, octet_pointer, ctypes.c_int, ctypes.c_int)(take)
    receiver = ctypes.c_void_p(spandsp.hdlc_rx_init(None, 0, 1, 1, handler, None))
    spandsp.hdlc_rx_put(receiver, octets, len(octets))
    spandsp.hdlc_rx_free(receiver)
    return frames


def sent_by_spandsp(spandsp: ctypes.CDLL, frames: list[bytes], blocks: int) -> list[bytes]:
    left = list(frames)

    def underflow(_user: object) -> None:
        if left:
            frame = left.pop(0)
            spandsp.hdlc_tx_frame(sender, frame, ctypes.c_size_t(len(frame)))

    handler = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(underflow)
    sender = ctypes.c_void_p(spandsp.hdlc_tx_init(None, 0, 1, 0, handler, None))
    spandsp.hdlc_tx_flags(sender, 4)
    octets = b""
    buffer = ctypes.create_string_buffer(80)
    for _ in range(blocks):
        count = spandsp.hdlc_tx_get(sender, buffer, ctypes.c_size_t(80))
        octets += buffer.raw[:count].ljust(80, b"\x7e")
    spandsp.hdlc_tx_free(sender)
    return [octets[at : at + 80] for at in range(0, len(octets), 80)]


def through(blocks: list[bytes], receiver: HdlcReceiver) -> list[bytes]:
    return [frame for block in blocks for frame in receiver.receive(block)]


def sent(frames: list[bytes], blocks: int = 0) -> list[bytes]:
    sender = HdlcSender()
    for frame in frames:
        sender.send(frame)
    out = []
    while not sender.is_idle or len(out) < blocks:
        out.append(sender.next_block())
    return [*out, sender.next_block()]


@settings(max_examples=60, deadline=None)
@given(st.lists(FRAMES, max_size=6))
def test_frames_arrive_as_they_were_sent(frames: list[bytes]) -> None:
    receiver = HdlcReceiver()
    assert through(sent(frames), receiver) == frames
    assert receiver.bad == 0


@settings(max_examples=30, deadline=None)
@given(frames=st.lists(FRAMES, min_size=1, max_size=4))
def test_spandsp_reads_what_the_world_sends(spandsp: ctypes.CDLL, frames: list[bytes]) -> None:
    heard = heard_by_spandsp(spandsp, b"\x7e" * 4 + b"".join(sent(frames)))
    assert heard == [(frame, True) for frame in frames]


@settings(max_examples=30, deadline=None)
@given(frames=st.lists(FRAMES, min_size=1, max_size=4))
def test_the_world_reads_what_spandsp_sends(spandsp: ctypes.CDLL, frames: list[bytes]) -> None:
    receiver = HdlcReceiver()
    assert through(sent_by_spandsp(spandsp, frames, 24), receiver) == frames


@settings(max_examples=60, deadline=None)
@given(frame=FRAMES, bit=st.integers(0, 2200))
def test_one_wrong_bit_is_never_a_frame(frame: bytes, bit: int) -> None:
    sender, receiver = HdlcSender(), HdlcReceiver()
    sender.send(frame, wrong_bit=bit)
    sender.send(SABME)
    blocks = [sender.next_block() for _ in range(8)]
    assert through(blocks, receiver) == [SABME]
    assert receiver.bad == 1


@settings(max_examples=40, deadline=None)
@given(rubbish=st.binary(max_size=800), frame=FRAMES)
def test_after_any_rubbish_a_frame_is_read(rubbish: bytes, frame: bytes) -> None:
    receiver = HdlcReceiver()
    octets = rubbish + b"\x7e" * (80 - len(rubbish) % 80)
    blocks = [octets[at : at + 80] for at in range(0, len(octets), 80)]
    assert through([*blocks, *sent([frame])], receiver)[-1] == frame


def test_idle_is_flags_in_every_phase_and_costs_no_reading() -> None:
    sender, receiver = HdlcSender(), HdlcReceiver()
    assert sender.next_block() == b"\x7e" * 80
    sender.send(b"\x00\x01\xff\xff\xff")  # stuffing moves the flags
    phases = [sender.next_block() for _ in range(3)]
    assert phases[-1] == phases[-2] != b"\x7e" * 80
    assert through(phases, receiver) == [b"\x00\x01\xff\xff\xff"]


def test_a_frame_across_blocks_of_flags_and_ones_between() -> None:
    receiver = HdlcReceiver()
    frame = bytes(range(200))
    blocks = [b"\xff" * 80] * 3 + sent([frame], 2) + [b"\xff" * 80] * 3 + sent([SABME])
    assert through(blocks, receiver) == [frame, SABME]


def test_flags_that_share_a_zero() -> None:
    bits = "011111101111110" * 43
    octets = int(bits[:640], 2).to_bytes(80, "big")
    receiver = HdlcReceiver()
    assert through([octets, *sent([SABME])], receiver)[-1] == SABME


def test_endless_zeros_and_an_endless_frame_are_given_up() -> None:
    receiver = HdlcReceiver()
    zeros = b"\x00" * 79 + b"\x01"
    assert through([b"\x7e" * 80] + [zeros] * 100 + sent([SABME]), receiver)[-1] == SABME
    assert receiver.bad >= 1
