from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from firmware.config import tree as trees
from firmware.config.models import Config
from firmware.config.problem import ConfigError
from firmware.config.shape import ROOT, Kind, Shape, field_shape, key_field_of
from firmware.config.store import dump
from firmware.config.tree import Difference, as_typed, differences, named, steps_of
from firmware.config.validation import Tree, validate

WEEK = {"name": "week", "openings": [{"days": ["mon", "tue"], "opens": "09:00", "closes": "17:00"}]}


@pytest.fixture
def tree() -> Tree:
    return dump(
        Config.model_validate(
            {
                "trunks": [{"port": "fxo1"}, {"port": "fxo2", "entry": "queue:info"}],
                "phones": [{"port": "fxs1", "number": "801"}],
                "agents": [
                    {"number": "8001", "name": {"zh": "王", "en": "Wang"}, "queues": ["info", "night"]}
                ],
                "queues": [{"name": "info", "title": {"zh": "咨询", "en": "Info"}}],
                "menus": [{"name": "main", "title": {"zh": "主", "en": "Main"}, "keys": {"1": "queue:info"}}],
                "hours": [{**WEEK, "exceptions": [{"date": "2026-10-01"}]}],
            }
        )
    )


def put(tree: Tree, path: str, value: Any) -> Tree:
    edited = deepcopy(tree)
    trees.put(edited, steps_of(path), value)
    return edited


def removed(tree: Tree, path: str) -> Tree:
    edited = deepcopy(tree)
    trees.remove(edited, steps_of(path))
    return edited


def lines(old: Tree, new: Tree) -> list[str]:
    return [line for change in differences(old, new) for line in change.lines()]


def lists_of_models(shape: Shape) -> list[Shape]:
    found = []
    for name in shape.fields():
        below = field_shape(shape.model, name)
        if below.kind is Kind.MODEL:
            found += lists_of_models(below)
        elif below.kind in (Kind.KEYED, Kind.PLACED):
            found += [below, *lists_of_models(below.item)]
    return found


def test_every_thing_that_has_a_name_is_addressed_by_it() -> None:
    found = {shape.item.model.__name__: key_field_of(shape.item.model) for shape in lists_of_models(ROOT)}
    assert found == {
        "Trunk": "port",
        "TrunkGroup": "name",
        "Route": "name",
        "Phone": "number",
        "Agent": "number",
        "Queue": "name",
        "Menu": "name",
        "Hours": "name",
        "Opening": "",
        "DayException": "date",
        "Span": "port",
        "DirectNumber": "number",
        "Prompt": "name",
    }
    for shape in lists_of_models(ROOT):
        assert shape.kind is not Kind.KEYED or shape.key_field in shape.item.fields()


def test_the_schema_tells_the_faces_what_names_a_thing() -> None:
    definitions = Config.model_json_schema()["$defs"]
    assert definitions["Phone"]["key"] == "number"
    assert "key" not in definitions["Opening"]


@pytest.mark.parametrize(
    ("path", "typed", "line"),
    [
        ("site.country", "us", "site.country = us"),
        ("trunks.fxo1.entry", "queue:info", "trunks.fxo1.entry = queue:info"),
        ("trunks.fxo2.outgoing", "no", "trunks.fxo2.outgoing = no"),
        ("phones.801.name", "Front desk", 'phones.801.name = "Front desk"'),
        ("agents.8001.queues", "info, night  x", "agents.8001.queues = [info night x]"),
        ("agents.8001.queues", "[info]", "agents.8001.queues = [info]"),
        ("agents.8001.queues", [], "agents.8001.queues = []"),
        ("agents.8001.name.zh", "李", "agents.8001.name.zh = 李"),
        ("queues.info.offer_s", "25", "queues.info.offer_s = 25"),
        ("menus.main.keys.1", "repeat", "menus.main.keys.1 = repeat"),
        ("menus.main.keys.#", "hangup", "menus.main.keys.# = hangup"),
        ("hours.week.exceptions.2026-10-01.note", "x", "hours.week.exceptions.2026-10-01.note = x"),
        ("codes.outside", "0", "codes.outside = 0"),
    ],
)
def test_a_value_is_set_as_a_person_types_it(tree: Tree, path: str, typed: Any, line: str) -> None:
    edited = put(tree, path, typed)
    assert [found for found in lines(tree, edited) if found.startswith("+")] == [f"+ {line}"]
    assert validate(edited)[1] == []


def test_what_was_set_reads_back_in_its_normal_form(tree: Tree) -> None:
    edited = put(tree, "queues.info.offer_s", "25")
    assert trees.get(edited, ("queues", "info", "offer_s")) == 25
    assert trees.get(put(tree, "trunks.fxo1.outgoing", "off"), ("trunks", "fxo1", "outgoing")) is False


def test_a_new_named_thing_is_made_by_setting_one_of_its_fields(tree: Tree) -> None:
    edited = put(tree, "trunks.fxo3.name", "third")
    assert trees.get(edited, ("trunks", "fxo3", "entry")) == "menu:main"  # the model's default
    assert validate(edited)[1] == []
    half = put(tree, "queues.night.title.zh", "夜间")
    assert [problem.path for problem in validate(half)[1]] == ["queues.night.title.en"]
    assert validate(put(half, "queues.night.title.en", "Night"))[1] == []


def test_a_thing_may_be_set_as_a_whole_and_takes_its_name_from_the_path(tree: Tree) -> None:
    edited = put(tree, "queues.night", {"title": {"zh": "夜", "en": "Night"}, "offer_s": 30})
    assert trees.get(edited, ("queues", "night", "name")) == "night"
    assert validate(edited)[1] == []
    again = put(edited, "queues.night", {"title": {"zh": "夜", "en": "Night"}})
    assert trees.get(again, ("queues", "night", "offer_s")) == 20


def test_things_without_a_name_are_addressed_by_position(tree: Tree) -> None:
    second = {"days": ["sat"], "opens": "10:00", "closes": "12:00"}
    edited = put(tree, "hours.week.openings.2", second)
    assert trees.get(edited, steps_of("hours.week.openings.2.opens")) == "10:00"
    assert trees.get(
        put(edited, "hours.week.openings.1.opens", "08:30"), steps_of("hours.week.openings.1.opens")
    )
    assert len(trees.get(removed(edited, "hours.week.openings.1"), steps_of("hours.week.openings"))) == 1
    with pytest.raises(ConfigError, match="allowed: 1 to 2"):
        put(tree, "hours.week.openings.3.opens", "08:00")
    with pytest.raises(ConfigError, match="allowed: 1 to 2"):
        put(tree, "hours.week.openings.0", second)


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("trunks.fxo1.entr", "x", "trunks.fxo1.entr: unknown, allowed: port, name, number, entry"),
        ("nonsense", 1, "nonsense: unknown, allowed: site, trunks, spans, numbers, groups"),
        ("schema_version", 2, "schema_version: unknown, allowed: site"),
        (
            "queues.info.offer_s",
            "300",
            "queues.info.offer_s: got '300', allowed: a whole number from 5 to 120",
        ),
        (
            "queues.info.offer_s",
            "abc",
            "queues.info.offer_s: got 'abc', allowed: a whole number from 5 to 120",
        ),
        ("queues.info.offer_s", 20.5, "queues.info.offer_s: got 20.5, allowed: a whole number from 5 to 120"),
        ("queues.in fo.offer_s", 20, "queues.in fo: got 'in fo', allowed: 1 to 32 letters, digits, - or _"),
        ("menus.main.keys.x", "repeat", "menus.main.keys.x: got 'x', allowed: one key of 0-9 * #"),
        (
            "menus.main.keys.2",
            "que:info",
            "menus.main.keys.2: got 'que:info', allowed: menu:NAME, queue:NAME",
        ),
        ("trunks.fxo1.outgoing", "perhaps", "trunks.fxo1.outgoing: got 'perhaps', allowed: yes or no"),
        ("agents.8001.languages", "zh fr", "agents.8001.languages.2: got 'fr', allowed: zh, en"),
        ("site.name", "Museum", "site.name: got 'Museum', allowed: a group with zh, en"),
        ("site.name", {"zh": "馆"}, "site.name.en: missing, allowed: text of 1 to 2000 characters"),
        ("site.country.name", "x", "site.country.name: nothing below"),
        (
            "hours.week.openings.1.days",
            [],
            "hours.week.openings.1.days: got [], allowed: a list of 1 or more",
        ),
        (
            "hours.week.exceptions.tomorrow.note",
            "x",
            "hours.week.exceptions.tomorrow: got 'tomorrow', allowed: a date",
        ),
        ("phones.801.port", "e1-1", "phones.801.port: got 'e1-1', allowed: a port such as fxo1 or fxs2"),
    ],
)
def test_what_is_wrong_is_refused_with_what_is_allowed(tree: Tree, path: str, value: Any, words: str) -> None:
    before = deepcopy(tree)
    with pytest.raises(ConfigError) as caught:
        put(tree, path, value)
    problem = caught.value.problems[0]
    assert str(problem).startswith(words)
    assert "可用" in problem.text.zh or "不能" in problem.text.zh
    assert tree == before


def test_all_that_is_wrong_in_a_whole_thing_is_told_at_once(tree: Tree) -> None:
    bad = {"title": {"zh": "夜"}, "offer_s": 1, "musik": "x", "overflow": "nowhere"}
    with pytest.raises(ConfigError) as caught:
        put(tree, "queues.night", bad)
    assert {problem.path for problem in caught.value.problems} == {
        "queues.night.title.en",
        "queues.night.offer_s",
        "queues.night.musik",
        "queues.night.overflow",
    }


@pytest.mark.parametrize("path", ["", ".", "trunks.", ".trunks", "trunks..entry"])
def test_an_empty_step_is_refused(path: str) -> None:
    with pytest.raises(ConfigError, match="empty step"):
        steps_of(path)


def test_remove_takes_away_things_keys_and_items_and_gives_fields_their_default_back(tree: Tree) -> None:
    assert "fxo2" not in str(removed(tree, "trunks.fxo2"))
    assert lines(tree, removed(tree, "menus.main.keys.1")) == ["- menus.main.keys.1 = queue:info"]
    assert lines(tree, removed(tree, "agents.8001.queues.info")) == [
        "- agents.8001.queues = [info night]",
        "+ agents.8001.queues = [night]",
    ]
    assert lines(tree, removed(tree, "trunks.fxo2.entry")) == [
        "- trunks.fxo2.entry = queue:info",
        "+ trunks.fxo2.entry = menu:main",
    ]
    without = removed(
        tree, "queues.info.title"
    )  # a field without a default is missing then, and the check says so
    assert [problem.path for problem in validate(without)[1]] == ["queues.info.title"]
    assert removed(tree, "hours")["hours"] == []


@pytest.mark.parametrize(
    "path", ["trunks.fxo9", "menus.main.keys.5", "agents.8001.queues.x", "hours.week.openings.2"]
)
def test_what_is_not_there_cannot_be_removed(tree: Tree, path: str) -> None:
    with pytest.raises(ConfigError, match="nothing is there"):
        removed(tree, path)


def test_differences_name_each_setting_once_and_none_for_equal_trees(tree: Tree) -> None:
    assert differences(tree, deepcopy(tree)) == []
    edited = put(put(removed(tree, "trunks.fxo1"), "site.country", "us"), "menus.main.keys.2", "hangup")
    found = lines(tree, edited)
    assert len(found) == len(set(found))
    assert "- site.country = cn" in found
    assert "+ menus.main.keys.2 = hangup" in found
    assert all(line.startswith("- trunks.fxo1.") for line in found if "fxo1" in line)
    assert not any("port = " in line for line in found)  # the path says it already


def test_a_difference_of_openings_shows_the_whole_list(tree: Tree) -> None:
    edited = put(tree, "hours.week.openings.1.opens", "08:00")
    assert len(lines(tree, edited)) == 2
    assert '"opens": "08:00"' in lines(tree, edited)[1]


def test_named_gives_every_thing_with_a_name(tree: Tree) -> None:
    found = {".".join(path) for path in named(tree)}
    assert {
        "trunks.fxo1",
        "phones.801",
        "menus.main",
        "menus.main.keys.1",
        "hours.week.exceptions.2026-10-01",
    } <= found


@pytest.mark.parametrize(
    ("value", "typed"),
    [(True, "yes"), (5, "5"), ("a", "a"), ("a b", '"a b"'), ("", '""'), (["a", "b"], "[a b]")],
)
def test_values_are_written_as_they_are_typed(value: Any, typed: str) -> None:
    assert as_typed(value) == typed


def test_lines_of_a_difference() -> None:
    assert Difference(("a", "b"), None, 5).lines() == ["+ a.b = 5"]
    assert Difference(("a", "b"), 4, None).lines() == ["- a.b = 4"]
    assert Difference(("a", "b"), 4, 5).lines() == ["- a.b = 4", "+ a.b = 5"]
