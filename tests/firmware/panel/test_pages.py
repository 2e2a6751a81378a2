"""The display's pages as text: what a person in front of the box reads."""

from __future__ import annotations

from typing import Any

import pytest

from firmware.panel.pages import HEIGHT, WIDTH, Key, Page, first, render, turn


def snapshot(**box: Any) -> Any:
    part = {
        "id": "b1", "version": "0.1.0", "language": "en", "started_utc": "2026-11-01T00:00:00Z",
        "uptime_s": 277_925.0, "revision": 12, "address": "http://192.168.100.200:8080/",
        "setup_done": False, "alarms": [],
    }  # fmt: skip
    return {
        "box": part | box,
        "spans": [],
        "lines": [{"state": "in-use"}, {"state": "ringing"}, {"state": "idle"}, {"state": "out-of-service"}],
        "phones": [],
        "queues": [{"waiting": [{"waited_s": 12.0}, {"waited_s": 65.9}]}, {"waiting": [{"waited_s": 3.0}]}],
        "agents": [{"state": "ready"}, {"state": "talking"}, {"state": "logged-out"}],
        "calls": [],
    }


def alarm(en: str) -> dict[str, Any]:
    return {"code": "x", "text": {"zh": "线路断开", "en": en}, "since_utc": "2026-11-01T00:00:00Z"}


def picture(*lines: str) -> tuple[str, ...]:
    return tuple(line.strip("|") for line in lines)


def test_address_and_code_before_set_up() -> None:
    assert render(Page.ADDRESS, snapshot(), "7KQ4-M2XN", 0.0) == picture(
        "|callbox        0.1.0|",
        "|192.168.100.200:8080|",
        "|Set-up code:        |",
        "|7KQ4-M2XN           |",
    )


def test_code_is_not_shown_after_set_up() -> None:
    assert render(Page.ADDRESS, snapshot(setup_done=True), "7KQ4-M2XN", 0.0) == picture(
        "|callbox        0.1.0|",
        "|192.168.100.200:8080|",
        "|Settings          12|",
        "|Up          3d 05:12|",
    )


def test_work() -> None:
    assert render(Page.WORK, snapshot(), "", 0.0) == picture(
        "|Lines            2/4|",
        "|Waiting       3 1:05|",
        "|Agents           1/2|",
        "|No alarms           |",
    )


def test_work_in_pinyin() -> None:
    assert render(Page.WORK, snapshot(language="zh"), "", 0.0) == picture(
        "|Xian lu          2/4|",
        "|Deng dai      3 1:05|",
        "|Zuo xi           1/2|",
        "|Mei you gao jing    |",
    )


def test_several_alarms_take_turns() -> None:
    alarms = [alarm("Line fxo2 is dead"), alarm("Disk is nearly full, recording has stopped")]
    seen = [render(Page.WORK, snapshot(alarms=alarms), "", now)[3] for now in (0.0, 2.9, 3.0, 6.0)]
    assert seen == [
        "! Line fxo2 is dead ", "! Line fxo2 is dead ", "! Disk is nearly ful", "! Line fxo2 is dead ",
    ]  # fmt: skip


def test_nothing_but_ascii_reaches_the_display() -> None:
    lines = render(Page.WORK, snapshot(alarms=[alarm("线路\n断开")]), "", 0.0)
    assert lines[3] == "! ?????             "


@pytest.mark.parametrize("page", Page)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_fits(page: Page, language: str) -> None:
    crowded = snapshot(
        language=language, address="http://[fe80::dea6:32ff:fe01:2345]:8080", version="10.22.33-rc1",
        alarms=[alarm("x" * 99)], uptime_s=9e9, revision=10**9,
    )  # fmt: skip
    lines = render(page, crowded, "S" * 40, 1e9)
    assert [len(line) for line in lines] == [WIDTH] * HEIGHT


def test_keys_turn_the_pages_round() -> None:
    assert turn(Page.ADDRESS, Key.DOWN) is Page.WORK
    assert turn(Page.WORK, Key.DOWN) is Page.ADDRESS
    assert turn(Page.ADDRESS, Key.UP) is Page.WORK


def test_the_first_page_is_what_the_person_needs() -> None:
    assert first(snapshot()) is Page.ADDRESS
    assert first(snapshot(setup_done=True)) is Page.WORK
