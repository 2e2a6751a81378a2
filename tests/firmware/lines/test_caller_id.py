"""Caller-ID messages, good and broken."""

from hypothesis import given
from hypothesis import strategies as st

from firmware.lines.caller_id import CallerId, parse


def framed(kind: int, body: bytes) -> bytes:
    return bytes([kind, len(body)]) + body


def test_sdmf_number_follows_the_date() -> None:
    assert parse(framed(0x04, b"1122093013800138000")) == CallerId("13800138000")


def mdmf(*parts: tuple[int, bytes]) -> bytes:
    return framed(0x80, b"".join(bytes([kind, len(content)]) + content for kind, content in parts))


def test_mdmf_number_and_name() -> None:
    assert parse(mdmf((1, b"11220930"), (2, b"01065510"), (7, b"Li "))) == CallerId("01065510", "Li")


def test_chinese_name_in_gb18030() -> None:
    assert parse(mdmf((2, b"10086"), (7, "国家博物馆".encode("gb18030")))) == CallerId("10086", "国家博物馆")


def test_withheld_number_is_empty() -> None:
    assert parse(framed(0x04, b"11220930P")) == CallerId("")
    assert parse(framed(0x80, b"\x04\x01O")) == CallerId("")


def test_other_messages_and_short_ones_are_nothing() -> None:
    assert parse(b"") is None
    assert parse(framed(0x82, b"\x0b\x01\xff")) is None
    assert parse(framed(0x80, b"\x02\x09123")) is None


@given(st.binary(max_size=260))
def test_garbage_never_raises(message: bytes) -> None:
    caller = parse(message)
    assert caller is None or len(caller.number) <= 20
