"""The panel's frames: round trip, garbage, bounded memory, and the subset of Python that MicroPython has."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hal import panel_proto as proto


def test_crc_check_value() -> None:
    assert proto.crc16(b"123456789") == 0x29B1


@pytest.mark.parametrize(
    ("plain", "encoded"),
    [
        (b"", "01"),
        (b"\0", "0101"),
        (b"\0\0", "010101"),
        (b"\x11\x22\0\x33", "0311220233"),
        (b"\x11\0\0\0", "0211010101"),
    ],
)
def test_cobs_examples(plain: bytes, encoded: str) -> None:
    assert proto.cobs_encode(plain).hex() == encoded
    assert proto.cobs_decode(bytes.fromhex(encoded)) == plain


@given(st.binary(max_size=253))
def test_cobs_round_trip(data: bytes) -> None:
    encoded = proto.cobs_encode(data)
    assert 0 not in encoded
    assert proto.cobs_decode(encoded) == data


def test_the_octets_of_a_frame() -> None:
    # body 02 07 00 00, CRC EC38 little-endian; COBS replaces the two zeros
    assert proto.encode(proto.HEARTBEAT, 7).hex() == "030207010338ec00"


@given(st.integers(0, 255), st.integers(0, 255), st.binary(max_size=proto.PAYLOAD_MAX))
def test_frame_round_trip(kind: int, seq: int, payload: bytes) -> None:
    decoder = proto.Decoder()
    assert decoder.feed(proto.encode(kind, seq, payload)) == [(kind, seq, payload)]
    assert decoder.errors == 0


def test_a_payload_too_long_is_refused() -> None:
    with pytest.raises(ValueError, match="payload"):
        proto.encode(1, 0, bytes(proto.PAYLOAD_MAX + 1))


@given(st.lists(st.binary(max_size=400), max_size=8))
def test_random_octets_never_raise_and_memory_is_bounded(chunks: list[bytes]) -> None:
    decoder = proto.Decoder()
    for chunk in chunks:
        for _, _, payload in decoder.feed(chunk):
            assert len(payload) <= proto.PAYLOAD_MAX
        assert len(decoder._buffer) <= 80
    good = proto.encode(proto.KEY, 1, b"\x01\x01")
    assert decoder.feed(b"\0" + good)[-1] == (proto.KEY, 1, b"\x01\x01")


@given(st.binary(max_size=60), st.integers(0, 255), st.data())
def test_one_damaged_octet_is_seen_and_the_next_frame_is_whole(
    payload: bytes, seq: int, data: st.DataObject
) -> None:
    frame = bytearray(proto.encode(proto.LCD, seq, payload))
    position = data.draw(st.integers(0, len(frame) - 1))
    frame[position] ^= data.draw(st.integers(1, 255))
    following = proto.encode(proto.ACK, 5, b"\x05\x00")
    decoder = proto.Decoder()
    frames = decoder.feed(bytes(frame) + b"\0" + following)
    assert frames == [(proto.ACK, 5, b"\x05\x00")]
    assert decoder.errors >= 1


@given(st.lists(st.binary(max_size=20), min_size=1, max_size=6), st.integers(1, 7))
def test_any_chopping_gives_the_same_frames(payloads: list[bytes], step: int) -> None:
    stream = b"".join(proto.encode(proto.LCD, seq, payload) for seq, payload in enumerate(payloads))
    whole, chopped = proto.Decoder(), proto.Decoder()
    pieces = [frame for at in range(0, len(stream), step) for frame in chopped.feed(stream[at : at + step])]
    assert pieces == whole.feed(stream)


def test_the_file_keeps_to_what_micropython_has() -> None:
    tree = ast.parse(Path(proto.__file__).read_text())
    forbidden = (
        ast.Import,
        ast.ImportFrom,
        ast.Match,
        ast.AsyncFunctionDef,
        ast.Yield,
        ast.NamedExpr,
        ast.Lambda,
    )
    assert not [node for node in ast.walk(tree) if isinstance(node, forbidden)]
    # an annotation that is an expression must be a string: the frozen file has no typing
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            for note in (node.returns, *(arg.annotation for arg in node.args.args)):
                assert note is None or isinstance(note, ast.Name | ast.Constant)
