"""The many ways one number is written, and the numbers that must stay as they are."""

import pytest

from firmware import countries
from firmware.countries.numbering import dialled, shown

CN = countries.load("cn").numbers
US = countries.load("us").numbers


@pytest.mark.parametrize(
    ("sent", "seen"),
    [
        ("13800138000", "13800138000"),
        ("013800138000", "13800138000"),
        ("+8613800138000", "13800138000"),
        ("008613800138000", "13800138000"),
        ("62345678", "62345678"),
        ("01062345678", "62345678"),
        ("+861062345678", "62345678"),
        ("075526345678", "075526345678"),
        ("+8675526345678", "075526345678"),
        ("0085223456789", "+85223456789"),
        ("+85223456789", "+85223456789"),
        ("4008123456", "4008123456"),
        ("8008101234", "8008101234"),
        ("", ""),
    ],
)
def test_a_chinese_caller_is_shown_as_people_write_it(sent: str, seen: str) -> None:
    assert shown(sent, CN, "10") == seen


def test_without_our_area_code_numbers_keep_theirs() -> None:
    assert shown("01062345678", CN) == "01062345678"


SHORT = [
    "110",
    "119",
    "120",
    "122",
    "112",
    "114",
    "12345",
    "12315",
    "95588",
    "955555",
    "10086",
    "96110",
    "100",
]


@pytest.mark.parametrize("number", SHORT)
def test_short_numbers_are_never_touched(number: str) -> None:
    assert shown(number, CN, "10") == dialled(number, CN, "10") == number


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("138 0013 8000", "13800138000"),
        ("013800138000", "013800138000"),
        ("+86 138-0013-8000", "13800138000"),
        ("01062345678", "62345678"),
        ("0755-26345678", "075526345678"),
        ("+1 (212) 555-0100", "0012125550100"),
        ("400-812-3456", "4008123456"),
    ],
)
def test_a_number_is_dialled_as_the_exchange_takes_it(given: str, sent: str) -> None:
    assert dialled(given, CN, "10") == sent


def test_the_united_states() -> None:
    assert shown("12125550100", US) == "12125550100"
    assert shown("12125550100", US, "212") == "5550100"
    assert shown("+12125550100", US, "212") == "5550100"
    assert dialled("911", US, "212") == "911"
