"""Caller-ID messages, good and broken."""

from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from firmware.lines.caller_id import CallerId, compose, parse, parse_digits


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


def test_digits_between_start_and_end_code() -> None:
    """ETSI EN 300 659-1 annex, and what exchanges make of it."""
    assert parse_digits("D13800138000C") == CallerId("13800138000")
    assert parse_digits("A01065510#") == CallerId("01065510")
    assert parse_digits("7D13800138000C") == CallerId("13800138000")
    assert parse_digits("D13800138000B1C") == CallerId("13800138000")
    assert parse_digits("B10C") == CallerId("")


def test_digits_without_end_code_count_when_no_more_come() -> None:
    assert parse_digits("D13800138000") is None
    assert parse_digits("D13800138000", is_over=True) == CallerId("13800138000")
    assert parse_digits("13800138000", is_over=True) is None


@given(st.text("0123456789ABCD*#", max_size=60), st.booleans())
def test_any_digits_never_raise(digits: str, is_over: bool) -> None:
    caller = parse_digits(digits, is_over=is_over)
    assert caller is None or caller.number.isdigit() or not caller.number


NAMES = st.text(st.characters(codec="gb18030", categories=["L", "N"]), max_size=60)


@given(st.text("0123456789+*#", max_size=20), NAMES)
def test_what_is_composed_is_read(number: str, name: str) -> None:
    message = compose(CallerId(number, name), datetime(2024, 5, 6, 7, 8))
    assert len(message) == message[1] + 2 <= 257
    read = parse(message)
    assert read is not None
    assert read.number == number
    assert name.startswith(read.name)
