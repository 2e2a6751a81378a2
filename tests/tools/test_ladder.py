"""The call ladder: what belongs to the call, in order, as well-formed SVG."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass, field

import pytest

from firmware.text import Language
from tools import ladder

SVG = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True, slots=True)
class Line:
    at: float
    who: str
    what: str
    data: dict[str, str | int | float] = field(default_factory=dict)
    is_world: bool = False


def world(at: float, who: str, what: str, detail: str = "") -> Line:
    return Line(at, who, what, {"detail": detail} if detail else {}, True)


TRACE = [
    world(1.0, "fxo1", "ringing", "13800138000"),
    Line(3.2, "call 1", "call.incoming", {"line": "fxo1", "caller": "13800138000"}),
    world(3.3, "fxo1", "answered"),
    Line(3.7, "call 1", "call.answered", {"line": "fxo1"}),
    Line(3.7, "call 1", "menu.entered", {"menu": "main", "detail": ""}),
    world(4.0, "fxs1", "hung-up"),
    world(5.0, "fxo2", "ringing", "13900139000"),
    Line(6.2, "call 2", "call.incoming", {"line": "fxo2", "caller": "13900139000"}),
    Line(9.0, "call 1", "menu.key", {"menu": "main", "detail": "1"}),
    Line(9.0, "call 1", "queue.joined", {"queue": "info <a&b>", "position": 1}),
    Line(9.1, "call 1", "agent.offered", {"agent": "1001", "phone": "801", "queue": "info"}),
    world(9.2, "fxs1", "rings"),
    world(11.2, "fxs1", "lifted"),
    Line(11.3, "call 1", "call.bridged", {"agent": "1001", "phone": "801"}),
    world(20.0, "fxs2", "lifted"),
    world(31.0, "fxs1", "hung-up"),
    Line(31.1, "call 1", "call.ended", {"reason": "phone-hung-up"}),
    world(31.4, "fxo1", "released"),
    world(60.0, "fxo1", "ringing", "13700137000"),
]
PHONES = {"801": "fxs1", "802": "fxs2"}


def test_only_the_calls_own_lines_are_drawn_in_order() -> None:
    assert [(rung.source, rung.target, rung.label) for rung in ladder.rungs(TRACE, 1, PHONES)] == [
        ("caller", "line", "rings"),
        ("line", "box", "incoming 13800138000"),
        ("box", "caller", "answers"),
        ("box", "caller", "menu main"),
        ("caller", "box", "key 1"),
        ("box", "queue", "joins, position 1"),
        ("queue", "phone fxs1", "rings agent 1001"),
        ("phone fxs1", "box", "lifted"),
        ("caller", "phone fxs1", "talk"),
        ("phone fxs1", "box", "hung up"),
        ("box", "box", "ended: phone-hung-up"),
        ("box", "line", "releases"),
    ]


def test_without_the_world_the_box_itself_says_that_it_answered() -> None:
    labels = [rung.label for rung in ladder.rungs([line for line in TRACE if not line.is_world], 1, PHONES)]
    assert labels[:3] == ["incoming 13800138000", "line is through", "menu main"]


def test_the_labels_exist_in_chinese() -> None:
    labels = [rung.label for rung in ladder.rungs(TRACE, 1, PHONES, Language.ZH)]
    assert labels[:3] == ["拨入", "来电 13800138000", "应答"]


@pytest.mark.parametrize("language", list(Language))
def test_the_picture_is_well_formed_and_has_every_rung(language: Language) -> None:
    picture = ladder.draw(TRACE, 1, PHONES, title="a <museum> & more", language=language)
    root = ET.fromstring(picture)
    texts = [text.text for text in root.iter(f"{SVG}text")]
    for rung in ladder.rungs(TRACE, 1, PHONES, language):
        assert rung.label in texts
    assert any(text and text.startswith("a <museum> & more") for text in texts)
    assert {"来电者", "外线", "总机", "队列", "座席话机"} <= set(texts)


def test_nothing_is_drawn_outside_the_picture() -> None:
    root = ET.fromstring(ladder.draw(TRACE, 1, PHONES))
    width, height = float(root.get("width", 0)), float(root.get("height", 0))
    for text in root.iter(f"{SVG}text"):
        assert 0 <= float(text.get("x", 0)) <= width and 0 <= float(text.get("y", 0)) <= height


def test_the_longest_story_is_chosen() -> None:
    assert ladder.choose(TRACE) == 1
    assert ladder.choose(TRACE, 2) == 2
    assert ladder.choose([]) == 0


def test_a_call_that_is_not_there_gives_an_empty_picture() -> None:
    ET.fromstring(ladder.draw(TRACE, 7, PHONES))
    assert ladder.rungs(TRACE, 7, PHONES) == []
