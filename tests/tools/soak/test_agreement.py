"""The books of box and exchange, compared: what is excused and what is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tools.soak.agreement import RECOGNISED_S, Agreement, Times
from tools.soak.box_book import Leg
from tools.soak.exchange_book import Seen

LINE = "span3-2"
LEG = Leg(LINE, "call", False, "13900000667", 100.0, 130.0, 110.0, True, "phone-hung-up")
CALL = Seen(LINE, False, "", "13900000667", 100.04, 110.0, 130.1, 16, True)


def complaints(
    legs: list[Leg], calls: list[Seen], *, is_touched: bool = False, far_ends: Times | None = None
) -> list[str]:
    agreement = Agreement(lambda line, began_at, ended_at: is_touched, far_ends or {}, {})
    agreement.coarse = frozenset({"span4"})
    return [str(complaint) for complaint in agreement.complaints(legs, [replace(call) for call in calls])]


def test_two_books_that_agree() -> None:
    assert complaints([LEG], [CALL]) == []


@pytest.mark.parametrize(
    ("leg", "call", "what"),
    [
        ({}, {"answered_at": None}, "only one end says answered"),
        ({"answered_at": None}, {}, "only one end says answered"),
        ({}, {"ended_at": 135.0}, "ended at different times"),
        ({"reason": "far-hung-up"}, {}, "ended for different reasons"),
        ({}, {"is_ended_by_box": False}, "ended for different reasons"),
        ({"reason": "rejected"}, {"is_ended_by_box": False, "cause": 17}, "ended for different reasons"),
        ({"number": "110"}, {}, "the exchange knows nothing of"),
        ({}, {"line": "span3-3"}, "the box has no record of"),
    ],
)
def test_what_does_not_agree_is_told_unless_a_mishap_stood_between(leg, call, what: str) -> None:
    legs, calls = [replace(LEG, **leg)], [replace(CALL, **call)]
    assert any(what in text for text in complaints(legs, calls))
    is_compared = "different" in what or "only one" in what
    assert not is_compared or complaints(legs, calls, is_touched=True) == []


def test_an_answered_call_is_never_excused() -> None:
    incoming = replace(CALL, is_to_box=True, caller="13800138000")
    assert complaints([], [incoming], is_touched=True) != []


def test_a_try_that_gave_way_does_not_take_the_call_of_the_next() -> None:
    gave_way = replace(
        LEG, number="13900000666", began_at=99.4, ended_at=99.5, answered_at=None, reason="glare"
    )
    caller = Seen(LINE, True, "13800008368", "65513004", 99.39, None, 99.6, 44, False)
    no_digits_yet = replace(CALL, called="", answered_at=None, ended_at=101.0)
    hung_up = replace(LEG, answered_at=None, ended_at=100.9)
    assert complaints([gave_way, hung_up], [caller, no_digits_yet]) == []


@pytest.mark.parametrize(("line", "after_s", "is_excused"), [
    ("span4-2", RECOGNISED_S / 2, True), ("span4-2", 2 * RECOGNISED_S, False), ("span3-2", 0.01, False),
])  # fmt: skip
def test_an_answer_too_short_for_r2_is_none(line: str, after_s: float, is_excused: bool) -> None:
    leg = replace(LEG, line=line, answered_at=None)
    call = replace(CALL, line=line, is_ended_by_box=False)
    found = complaints([leg], [call], far_ends={line: [110.0 + after_s]})
    assert (found == []) is is_excused


@pytest.mark.parametrize(("line", "answered_at", "is_excused"), [
    ("fxo1", 100.05, True), ("fxo1", 100.5, False), ("span1-1", 100.05, False),
])  # fmt: skip
def test_a_line_that_rang_as_it_was_taken_to_dial(line: str, answered_at: float, is_excused: bool) -> None:
    leg = replace(LEG, line=line, answered_at=None, ended_at=106.0, reason="no-dial-tone")
    call = replace(CALL, line=line, is_to_box=True, caller="1001", answered_at=answered_at, ended_at=106.0)
    texts = complaints([leg], [call])
    assert any("no record of" in text for text in texts) is not is_excused


@pytest.mark.parametrize(("line", "lasted_s", "is_excused"), [
    ("fxo3", 0.01, True), ("fxo3", 0.2, False), ("span1-1", 0.01, False),
])  # fmt: skip
def test_a_loop_that_was_not_closed_yet_is_not_seen(line: str, lasted_s: float, is_excused: bool) -> None:
    leg = replace(LEG, line=line, answered_at=None, ended_at=LEG.began_at + lasted_s)
    assert (complaints([leg], []) == []) is is_excused
