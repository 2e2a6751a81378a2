"""Numbers are said with the grammar of each language."""

from __future__ import annotations

import pytest

from firmware.prompts import catalogue, numbers
from firmware.text import Language


def said(names: tuple[str, ...], language: Language) -> str:
    joint = "" if language is Language.ZH else " "
    return joint.join(catalogue.spoken()[name].in_(language) for name in names)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "零"), (2, "二"), (9, "九"), (10, "十"), (11, "十一"), (12, "十二"), (19, "十九"),
        (20, "二十"), (22, "二十二"), (30, "三十"), (99, "九十九"), (100, "一百"), (101, "一百零一"),
        (110, "一百一十"), (112, "一百一十二"), (120, "一百二十"), (200, "二百"), (202, "二百零二"),
        (999, "九百九十九"), (1000, "一千"), (1001, "一千零一"), (1010, "一千零一十"), (1011, "一千零一十一"),
        (1020, "一千零二十"), (1100, "一千一百"), (1101, "一千一百零一"), (2000, "两千"), (2002, "两千零二"),
        (2222, "两千二百二十二"), (9999, "九千九百九十九"),
    ],
)  # fmt: skip
def test_chinese_number(value: int, text: str) -> None:
    assert said(numbers.number(value, Language.ZH), Language.ZH) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "zero"), (10, "ten"), (13, "thirteen"), (20, "twenty"), (21, "twenty one"), (90, "ninety"),
        (100, "one hundred"), (101, "one hundred one"), (1000, "one thousand"),
        (1015, "one thousand fifteen"), (2340, "two thousand three hundred forty"),
        (9999, "nine thousand nine hundred ninety nine"),
    ],
)  # fmt: skip
def test_english_number(value: int, text: str) -> None:
    assert said(numbers.number(value, Language.EN), Language.EN) == text


def test_chinese_numbers_are_all_different_and_read_back() -> None:
    assert len({numbers.number(value, Language.ZH) for value in range(10000)}) == 10000
    for value in range(10000):
        assert read_chinese(said(numbers.number(value, Language.ZH), Language.ZH)) == value


def read_chinese(text: str) -> int:
    """Read a number as a listener does: digit, then unit; an opening 十 has no digit."""
    total, digit = 0, 0
    for place, sign in enumerate(text):
        if sign in "十百千":
            total += (digit if place else 1) * {"十": 10, "百": 100, "千": 1000}[sign]
            digit = 0
        else:
            digit = 2 if sign == "两" else "零一二三四五六七八九".index(sign)
    return total + digit


def test_a_counted_two_is_liang_but_not_inside_other_numbers() -> None:
    assert said(numbers.number(2, Language.ZH, is_count=True), Language.ZH) == "两"
    assert said(numbers.number(12, Language.ZH, is_count=True), Language.ZH) == "十二"
    assert said(numbers.number(22, Language.ZH, is_count=True), Language.ZH) == "二十二"
    assert said(numbers.number(102, Language.ZH, is_count=True), Language.ZH) == "一百零二"


@pytest.mark.parametrize("value", [-1, 10000])
def test_number_out_of_range_is_refused(value: int) -> None:
    with pytest.raises(ValueError, match=f"number: got {value}, allowed 0 to 9999"):
        numbers.number(value, Language.ZH)


@pytest.mark.parametrize(
    ("place", "zh", "en"),
    [
        (1, "您是下一位，请稍候。", "You are next. Please hold."),
        (2, "您前面还有一位，请稍候。", "You are number two in the queue. Please hold."),
        (3, "您前面还有两位，请稍候。", "You are number three in the queue. Please hold."),
        (13, "您前面还有十二位，请稍候。", "You are number thirteen in the queue. Please hold."),
        (31, "您前面还有三十位，请稍候。", "You are number thirty one in the queue. Please hold."),
    ],
)
def test_position(place: int, zh: str, en: str) -> None:
    assert said(numbers.position(place, Language.ZH), Language.ZH) == zh
    assert said(numbers.position(place, Language.EN), Language.EN) == en


@pytest.mark.parametrize("place", [0, -3, 10000])
def test_position_out_of_range_is_refused(place: int) -> None:
    with pytest.raises(ValueError, match=f"place: got {place}, allowed 1 to 9999"):
        numbers.position(place, Language.EN)


def test_digits_are_said_one_by_one_with_yao() -> None:
    assert said(numbers.digits("1012*#"), Language.ZH) == "幺零幺二星号井号"
    assert said(numbers.digits("1012*#"), Language.EN) == "one zero one two star hash"
    assert numbers.digits("") == ()


def test_a_wrong_digit_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"digits: got '\+x', allowed 0-9 \* #"):
        numbers.digits("+49x1")
