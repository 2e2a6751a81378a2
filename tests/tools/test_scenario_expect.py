"""The comparison of the expected with the seen trace, and how a difference is shown."""

from __future__ import annotations

import pytest

from tools.scenario import expect, text
from tools.scenario.expect import Expectation, Mark, Row, Seen
from tools.scenario.report import differences

CALL = [
    Seen(0.0, "call 1", "call.incoming line=fxo1 caller=13800138000"),
    Seen(1.0, "fxo1", "answered"),
    Seen(1.4, "call 1", "call.answered line=fxo1"),
    Seen(1.4, "call 1", "menu.entered menu=main"),
    Seen(8.0, "call 1", "menu.key menu=main detail=1"),
    Seen(8.0, "call 1", "queue.joined queue=info position=1"),
]


def read(*lines: str) -> Expectation:
    expectation, problems = expect.read(text.Section("expect", 20, lines))
    assert problems == []
    return expectation


def marks(expectation: Expectation, seen: list[Seen] = CALL) -> str:
    return "".join(row.mark.value for row in expect.compare(expectation, seen))


def is_good(rows: list[Row]) -> bool:
    return not any(row.is_difference for row in rows)


FULL = (
    "0:00 call 1 call.incoming caller=13800138000",
    "~ fxo1 answered",
    "0:01.5 call 1 call.answered",
    "~ call 1 menu.entered menu=main",
    "0:07.9 call 1 menu.key detail=1",
    "~ call 1 queue.joined queue=info",
)


def test_the_same_trace_is_good() -> None:
    assert is_good(expect.compare(read(*FULL), CALL))


def test_a_missing_line_is_a_difference() -> None:
    assert marks(read(*FULL), [*CALL[:3], *CALL[4:]]) == "   -  "


def test_an_unexpected_line_is_a_difference() -> None:
    odd = Seen(5.0, "call 1", "menu.timeout menu=main")
    assert marks(read(*FULL), [*CALL[:4], odd, *CALL[4:]]) == "    +  "


def test_a_line_that_is_watched_by_nobody_is_none() -> None:
    odd = Seen(5.0, "call 1", "menu.timeout menu=main")
    seen = [*CALL[:4], odd, *CALL[4:]]
    assert is_good(expect.compare(read('ignore "call <any> menu.timeout"', *FULL), seen))
    only_calls = read("only call", *(line for line in FULL if "fxo1" not in line.split(" ")[1]))
    assert is_good(expect.compare(only_calls, CALL))


def test_an_empty_trace_is_not_good() -> None:
    assert marks(read(*FULL), []) == "------"


def test_nothing_expected_means_nothing_may_happen() -> None:
    assert marks(read(), CALL[:2]) == "++"


def test_the_order_counts() -> None:
    assert not is_good(expect.compare(read(*FULL), [CALL[1], CALL[0], *CALL[2:]]))


def test_a_wrong_time_is_a_difference_with_its_size() -> None:
    rows = expect.compare(read(FULL[0], FULL[1], "0:02 call 1 call.answered", *FULL[3:]), CALL)
    assert [row.note for row in rows if row.is_difference] == ["0.6 s early"]
    assert [row.mark for row in rows if row.is_difference] == [Mark.TIME]


@pytest.mark.parametrize("when", ["0:02~1", "0:01.4", "+0.4", "+1~0.7", "~"])
def test_forms_of_time_that_fit(when: str) -> None:
    assert is_good(expect.compare(read(*FULL[:2], f"{when} call 1 call.answered", *FULL[3:]), CALL))


@pytest.mark.parametrize("when", ["0:02~0.5", "0:01.1", "+0.7", "+1~0.5"])
def test_forms_of_time_that_do_not_fit(when: str) -> None:
    assert not is_good(expect.compare(read(*FULL[:2], f"{when} call 1 call.answered", *FULL[3:]), CALL))


def test_a_gap_takes_any_number_of_lines() -> None:
    assert is_good(expect.compare(read(FULL[0], "...", FULL[5]), CALL))
    assert is_good(expect.compare(read("...", FULL[0], "...", *FULL[1:], "..."), CALL))
    assert not is_good(expect.compare(read(FULL[0], "...", FULL[4]), CALL))


@pytest.mark.parametrize(
    ("pattern", "text_seen", "fits"),
    [
        ("call 1 menu.key detail=1", "call 1 menu.key menu=main detail=1", True),
        ("call 1 menu.key", "call 1 menu.key menu=main detail=1", True),
        ("call 1 menu.key detail=2", "call 1 menu.key menu=main detail=1", False),
        ("call 1 menu", "call 1 menu.key menu=main", False),
        ("call <any> menu.key", "call 12 menu.key menu=main", True),
        ("<any> menu.key", "call 12 menu.key menu=main", True),
        ("<any> menu", "call 12 menu.key menu=main", False),
        ("fxo<any> released", "fxo4 released", True),
        ("call 1 message.saved seconds=<any>", "call 1 message.saved seconds=4.2", True),
        ("call 1 message.saved seconds=<any>", "call 1 message.saved box=main", False),
        ("fxo1 ringing 13800138000", "fxo1 ringing", False),
        ("call 1 menu.key detail=*", "call 1 menu.key detail=1", False),
        ("call 1 menu.key detail=.", "call 1 menu.key detail=1", False),
    ],
)
def test_patterns(pattern: str, text_seen: str, fits: bool) -> None:
    assert expect.matches(pattern, text_seen) is fits


def test_the_report_marks_the_first_difference_and_names_its_line() -> None:
    table = differences(expect.compare(read(*FULL), [*CALL[:3], *CALL[4:]]))
    first = next(line for line in table.splitlines() if line.startswith(" >"))
    assert "- ~" in first and "menu.entered" in first and "(line 23)" in first


def test_the_report_is_empty_if_nothing_differs() -> None:
    assert differences(expect.compare(read(*FULL), CALL)) == ""


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("soon call 1 call.ended", "when: got 'soon', allowed: a time such as 0:05"),
        ("0:05~x call 1 call.ended", "when: got '0:05~x'"),
        ("0:05", "expected line: got '0:05', allowed: WHEN WHO WHAT"),
    ],
)
def test_wrong_lines_are_named(line: str, told: str) -> None:
    _expectation, problems = expect.read(text.Section("expect", 20, ("~ a b", line)))
    assert [(found.line, found.message[: len(told)]) for found in problems] == [(21, told)]
