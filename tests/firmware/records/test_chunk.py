from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.records.chunk import CHUNK, SLOT, Begin, Chunk, Done, End, pack_chunk, parse, slots

UUID_A = "0198c2f0-1111-7222-8333-444455556666"
UUID_B = "0198c2f0-aaaa-7bbb-8ccc-ddddeeeeffff"
BEGIN = Begin(7, UUID_A, UUID_B, "call", "standard", 1793520000.25, 12)
RX, TX = bytes(range(80)), bytes(range(80, 160))


def test_every_kind_of_slot_reads_back() -> None:
    chunk = Chunk(7, 123456, True, RX, TX)
    octets = BEGIN.pack() + pack_chunk(chunk) + End(7).pack() + Done(UUID_A).pack()
    assert len(octets) == 4 * SLOT
    assert list(slots(octets)) == [BEGIN, chunk, End(7), Done(UUID_A)]


def test_a_chunk_is_laid_out_as_the_media_engine_makes_it() -> None:
    octets = struct.pack("<IIIHH", 0x31524243, 5, 9, 3, 0) + RX + TX
    assert parse(octets) == Chunk(5, 9, False, RX, TX)
    assert struct.pack("<I", CHUNK) == b"CBR1"


def test_a_torn_begin_or_done_is_not_believed() -> None:
    for slot in (BEGIN.pack(), Done(UUID_A).pack()):
        for place in (9, 20):
            torn = slot[:place] + bytes([slot[place] ^ 1]) + slot[place + 1 :]
            assert parse(torn) is None
        assert parse(slot[:12].ljust(SLOT, b"\0")) is None


def test_zeros_and_an_early_end_are_skipped() -> None:
    octets = BEGIN.pack() + b"\0" * SLOT + End(7).pack() + BEGIN.pack()[:100]
    assert list(slots(octets)) == [BEGIN, None, End(7)]


def test_a_name_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="retention"):
        Begin(1, UUID_A, UUID_B, "call", "r" * 33, 0.0, 1).pack()
    with pytest.raises(ValueError, match="kind"):
        Begin(1, UUID_A, UUID_B, "k" * 17, "r", 0.0, 1).pack()


def test_a_message_has_the_callers_side_only() -> None:
    assert BEGIN.channels == 2
    assert Begin(1, UUID_A, UUID_B, "message", "r", 0.0, 1).channels == 1


@given(st.binary(min_size=SLOT, max_size=3 * SLOT))
def test_no_octets_break_the_reader(octets: bytes) -> None:
    assert len(list(slots(octets))) == len(octets) // SLOT


@given(st.integers(0, 3), st.binary(min_size=SLOT - 4, max_size=SLOT - 4))
def test_no_octets_after_a_good_mark_break_it(kind: int, octets: bytes) -> None:
    parse(struct.pack("<I", CHUNK + (kind << 24)) + octets)
