"""Sections, comments, words and times of a scenario file."""

from __future__ import annotations

import pytest

from tools.scenario import text
from tools.scenario.text import LineError, ScenarioError


def problems(source: str) -> list[tuple[int, str]]:
    with pytest.raises(ScenarioError) as caught:
        text.sections(source)
    return [(problem.line, problem.message) for problem in caught.value.problems]


def test_sections_keep_their_line_numbers() -> None:
    found = text.sections(
        "# a file\n\n--- script\n0:00 lift fxs1\n\n# why\n+1 hang fxs1\n--- expect\n~ a b\n"
    )
    assert [(line.number, line.text) for line in found["script"].lines] == [
        (4, "0:00 lift fxs1"),
        (7, "+1 hang fxs1"),
    ]
    assert [(line.number, line.text) for line in found["expect"].lines] == [(9, "~ a b")]


def test_a_missing_section_is_named() -> None:
    assert problems("--- script\n") == [(1, "section `--- expect` is missing")]


def test_an_unknown_and_a_repeated_section_are_named_with_their_lines() -> None:
    found = problems("--- script\n--- scrip\n--- script\n--- expect\n")
    assert [line for line, _ in found] == [2, 3]
    assert "'scrip'" in found[0][1] and "--- listen" in found[0][1]


def test_text_before_the_first_section_is_refused() -> None:
    assert "text before the first section" in problems("hello\n--- script\n--- expect\n")[0][1]


@pytest.mark.parametrize(
    ("line", "rest"),
    [
        ("# all of it", ""),
        ("0:01 lift fxs1 # why", "0:01 lift fxs1"),
        ("~ call 1 menu.key detail=#", "~ call 1 menu.key detail=#"),
        ("~ call 1 key #", "~ call 1 key #"),
        ("0:01 dial fxs1 *111001#", "0:01 dial fxs1 *111001#"),
    ],
)
def test_comments_do_not_eat_the_hash_key(line: str, rest: str) -> None:
    assert text.without_comment(line) == rest


def test_double_quotes_hold_words_together() -> None:
    assert text.words('on "call 1 call.bridged" +2 hang fxs1') == [
        "on",
        "call 1 call.bridged",
        "+2",
        "hang",
        "fxs1",
    ]
    assert text.words('0:00 call fxo1 ""') == ["0:00", "call", "fxo1", ""]


def test_an_open_quote_is_refused() -> None:
    with pytest.raises(LineError, match="not closed"):
        text.words('on "call 1')


@pytest.mark.parametrize(
    ("word", "value"),
    [("5", 5.0), ("2.5", 2.5), ("0:05", 5.0), ("1:02.5", 62.5), ("1:00:00", 3600.0), ("90:00", 5400.0)],
)
def test_seconds(word: str, value: float) -> None:
    assert text.seconds(word) == value


@pytest.mark.parametrize("word", ["", "x", "-1", "1:5", "1:00:5", "0:05s"])
def test_no_seconds(word: str) -> None:
    assert text.seconds(word) is None


@pytest.mark.parametrize(
    ("at", "shown"), [(0, "0:00.0"), (62.54, "1:02.5"), (59.96, "1:00.0"), (3723.5, "1:02:03.5")]
)
def test_clock(at: float, shown: str) -> None:
    assert text.clock(at) == shown
