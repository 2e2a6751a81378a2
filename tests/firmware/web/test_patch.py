"""Changes of a page by lines."""

from __future__ import annotations

import random

import pytest

from firmware.web.patch import Patch, patch


def applied(old: list[str], changes: Patch) -> list[str]:
    lines = list(old)
    for begin, end, fresh in changes:
        lines[begin:end] = fresh
    return lines


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", ""),
        ("", "abc"),
        ("abc", ""),
        ("abc", "abc"),
        ("abc", "abxc"),
        ("aaa", "aa"),
        ("aa", "aaa"),
        ("abab", "ab"),
    ],
)
def test_it_leads_from_one_to_the_other(old: str, new: str) -> None:
    assert applied(list(old), patch(list(old), list(new))) == list(new)


def test_any_two_texts() -> None:
    dice = random.Random(4)
    for _ in range(300):
        old, new = (dice.choices("abcd", k=dice.randrange(12)) for _ in range(2))
        assert applied(old, patch(old, new)) == new


def test_only_what_changed_is_in_it() -> None:
    old = [f"row {number}" for number in range(500)]
    new = [*old[:100], "another", *old[101:300], *old[301:], "last"]
    assert patch(old, new) == [(500, 500, ["last"]), (300, 301, []), (100, 101, ["another"])]
