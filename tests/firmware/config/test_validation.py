from __future__ import annotations

from typing import Any

import pytest

from firmware.config.models import Config
from firmware.config.validation import validate

TITLE = {"zh": "标题", "en": "Title"}


def test_a_good_tree_gives_the_settings() -> None:
    config, problems = validate({"queues": [{"name": "info", "title": TITLE, "offer_s": "25"}]})
    assert problems == []
    assert config is not None
    assert config.queues[0].offer_s == 25
    assert validate({})[0] == Config()


def test_all_that_is_wrong_comes_at_once_in_our_way_of_addressing() -> None:
    tree: Any = {
        "site": {"county": "cn"},
        "queues": [{"name": "info", "title": {"zh": "a"}, "offer_s": 1}, {"title": TITLE}],
        "menus": [{"name": "main", "title": TITLE, "keys": {"x": "repeat", "1": "nowhere"}}],
        "hours": [{"name": "w", "openings": [{"days": ["mon"], "opens": "9", "closes": "17:00"}]}],
    }
    config, problems = validate(tree)
    assert config is None
    assert {str(problem).split(": ")[0] for problem in problems} == {
        "site.county",
        "queues.info.title.en",
        "queues.info.offer_s",
        "queues.2.name",
        "menus.main.keys.x",
        "menus.main.keys.1",
        "hours.w.openings.1.opens",
    }


@pytest.mark.parametrize(
    ("tree", "words"),
    [
        ({"site": 5}, "site: got 5, allowed: a group with name, country"),
        ({"queues": "info"}, "queues: got 'info', allowed: a list of groups with name, title"),
        ({"queues": [7]}, "queues.1: got 7, allowed: a group with name, title"),
        ({"schema_version": 7}, "schema_version: got 7, allowed: 1"),
        ({"menus": [{"name": "m", "title": TITLE, "keys": []}]}, "menus.m.keys: got [], allowed: one key"),
        ({"agents": [{"number": 7, "name": TITLE}]}, "agents.1.number: got 7, allowed: 2 to 8 digits"),
    ],
)
def test_a_tree_of_the_wrong_form_is_told_as_well(tree: Any, words: str) -> None:
    config, problems = validate(tree)
    assert config is None
    assert str(problems[0]).startswith(words)


def test_a_name_may_stand_only_once() -> None:
    tree: Any = {
        "queues": [{"name": "info", "title": TITLE}, {"name": "info", "title": TITLE}],
        "hours": [{"name": "w", "exceptions": [{"date": "2026-10-01"}, {"date": "2026-10-01"}]}],
    }
    config, problems = validate(tree)
    assert config is None
    assert [str(problem) for problem in problems] == [
        "queues.info: got name info twice, allowed: once",
        "hours.w.exceptions.2026-10-01: got date 2026-10-01 twice, allowed: once",
    ]


def test_a_long_value_is_shown_shortened() -> None:
    _, problems = validate({"trunks": [{"port": "x" * 1000}]})
    assert len(problems[0].text.en) < 200
