"""Patterns of numbers."""

import pytest

from firmware.config.pattern import fits, length


@pytest.mark.parametrize(
    ("pattern", "number", "does"),
    [
        ("0", "0755", True),
        ("0", "138", False),
        ("1[3-9]", "13800138000", True),
        ("1[3-9]", "12345", False),
        ("1[9-3]", "13800138000", True),
        ("[258]x", "5", False),
        ("[258]x", "51", True),
        ("zn", "12", True),
        ("zn", "02", False),
        ("*9x#", "*95#", True),
        ("955xx$", "95588", True),
        ("955xx$", "955881", False),
        ("955xx$", "9558", False),
    ],
)
def test_a_pattern_fits_the_begin_or_the_whole(pattern: str, number: str, does: bool) -> None:
    assert fits(pattern, number) is does


def test_a_class_is_one_digit() -> None:
    assert length("1[3-9]x$") == 3
