"""Every wrong reference is named with what is allowed, all at once."""

from __future__ import annotations

from typing import Any

import pytest

from firmware.config.factory import factory_config
from firmware.config.models import Config
from firmware.config.problem import Problem
from firmware.config.references import check

FACTORY = factory_config(["fxo1", "fxo2", "fxs1", "fxs2"]).model_dump(mode="json")
TITLE = {"zh": "一", "en": "one"}


def errors(**sections: Any) -> list[str]:
    """Check the factory settings with some sections replaced."""
    return [str(problem) for problem in check(Config.model_validate({**FACTORY, **sections}))]


def first(section: str, **fields: Any) -> list[dict[str, Any]]:
    """Change fields in the first thing of a section, keep the rest."""
    head, *rest = FACTORY[section]
    return [{**head, **fields}, *rest]


def test_the_factory_settings_are_right() -> None:
    assert errors() == []


def test_an_empty_tree_is_right() -> None:
    assert check(Config()) == []


@pytest.mark.parametrize(
    ("section", "fields", "where", "got", "allowed"),
    [
        ("trunks", {"entry": "menu:sales"}, "trunks.fxo1.entry", "menu:sales", "menu:main"),
        (
            "trunks",
            {"closed_entry": "message:sales"},
            "trunks.fxo1.closed_entry",
            "message:sales",
            "message:main, message:info, message:complaints",
        ),
        (
            "trunks",
            {"entry": "repeat"},
            "trunks.fxo1.entry",
            "repeat",
            "menu:NAME, queue:NAME, phone:NAME, message:NAME, announce:NAME, hangup",
        ),
        ("trunks", {"hours": "night"}, "trunks.fxo1.hours", "night", "always, office"),
        ("trunks", {"port": "fxs9"}, "trunks.fxs9.port", "fxs9", "fxo ports"),
        ("trunks", {"port": "fxo2"}, "trunks.fxo2.port", "2 times fxo2", "each only once"),
        ("phones", {"port": "fxo9"}, "phones.801.port", "fxo9", "fxs ports"),
        ("phones", {"port": "fxs2"}, "phones.fxs2.port", "2 times fxs2", "each only once"),
        ("phones", {"number": "802"}, "phones.802.number", "2 times 802", "each only once"),
        ("phones", {"number": "80"}, "phones.80.number", "80", "numbers that do not begin another (802)"),
        (
            "phones",
            {"number": "901"},
            "phones.901.number",
            "901",
            "numbers that do not begin with 9 (outside)",
        ),
        (
            "phones",
            {"number": "11"},
            "phones.11.number",
            "11",
            "numbers that do not begin an emergency number (110, 119, 120, 122, 112)",
        ),
        ("agents", {"queues": ["vip"]}, "agents.1001.queues", "vip", "info, complaints"),
        ("agents", {"queues": ["info", "info"]}, "agents.1001.queues", "2 times info", "each only once"),
        ("agents", {"number": "1002"}, "agents.1002.number", "2 times 1002", "each only once"),
        ("queues", {"overflow": "phone:999"}, "queues.info.overflow", "phone:999", "phone:801, phone:802"),
        ("queues", {"music": "jazz"}, "queues.info.music", "jazz", "a standard prompt"),
        (
            "queues",
            {"overflow": "queue:info"},
            "queues.info.overflow",
            "info -> info",
            "a way that does not come back",
        ),
        ("menus", {"greeting": "hello"}, "menus.main.greeting", "hello", "a standard prompt"),
        (
            "menus",
            {"keys": {"1": "queue:vip"}},
            "menus.main.keys.1",
            "queue:vip",
            "queue:info, queue:complaints",
        ),
        (
            "menus",
            {"keys": {"*": "announce:nothing"}},
            "menus.main.keys.*",
            "announce:nothing",
            "a standard prompt",
        ),
        (
            "menus",
            {"give_up": "announce:closed"},
            "menus.main.give_up",
            "announce:closed",
            "menu:NAME, queue:NAME, phone:NAME, message:NAME, hangup",
        ),
        ("hours", {"name": "always"}, "hours.always.name", "always", "another name: always is built in"),
        (
            "hours",
            {"openings": [{"days": ["mon"], "opens": "09:00", "closes": "09:00"}]},
            "hours.office.openings.1.closes",
            "09:00",
            "another time than 09:00; a whole day is 00:00 to 24:00",
        ),
        (
            "hours",
            {"openings": [{"days": ["mon"], "opens": "24:00", "closes": "09:00"}]},
            "hours.office.openings.1.opens",
            "24:00",
            "00:00 to 23:59",
        ),
        (
            "hours",
            {"exceptions": [{"date": "2026-02-30"}]},
            "hours.office.exceptions.2026-02-30.date",
            "2026-02-30",
            "dates of the calendar",
        ),
        (
            "hours",
            {"exceptions": [{"date": "2026-02-20", "opens": "09:00"}]},
            "hours.office.exceptions.2026-02-20.closes",
            "nothing",
            "both times, or neither for a closed day",
        ),
    ],
)
def test_one_error(section: str, fields: dict[str, Any], where: str, got: str, allowed: str) -> None:
    assert f"{where}: got {got}, allowed {allowed}" in errors(**{section: first(section, **fields)})


@pytest.mark.parametrize(
    ("section", "fields"),
    [
        ("trunks", {"entry": "hangup"}),
        ("trunks", {"closed_entry": "announce:closed"}),
        ("queues", {"overflow": "queue:complaints"}),
        ("queues", {"overflow": "message:complaints"}),
        ("menus", {"keys": {"1": "repeat", "2": "language:en", "3": "announce:museum-hours", "#": "hangup"}}),
        ("menus", {"give_up": "menu:main"}),
        ("hours", {"openings": [{"days": ["sat"], "opens": "22:00", "closes": "06:00"}]}),
        ("hours", {"openings": [{"days": ["sat"], "opens": "00:00", "closes": "24:00"}]}),
        ("hours", {"exceptions": [{"date": "2028-02-29"}]}),
    ],
)
def test_what_is_allowed(section: str, fields: dict[str, Any]) -> None:
    assert errors(**{section: first(section, **fields)}) == []


def test_queues_that_overflow_in_a_circle_are_found_from_every_one() -> None:
    info, complaints = FACTORY["queues"]
    circle = [{**info, "overflow": "queue:complaints"}, {**complaints, "overflow": "queue:info"}]
    allowed = "allowed a way that does not come back"
    assert errors(queues=circle) == [
        f"queues.info.overflow: got info -> complaints -> info, {allowed}",
        f"queues.complaints.overflow: got complaints -> info -> complaints, {allowed}",
    ]


def test_a_queue_before_a_circle_is_not_blamed() -> None:
    info, complaints = FACTORY["queues"]
    queues = [{**info, "overflow": "queue:complaints"}, {**complaints, "overflow": "queue:complaints"}]
    assert errors(queues=queues) == [
        "queues.complaints.overflow: got complaints -> complaints, allowed a way that does not come back"
    ]


def test_an_own_prompt_can_be_used_and_is_listed() -> None:
    own = [{"name": "hello", "title": TITLE, "files": {"zh": "0" * 64}}]
    assert errors(prompts=own, menus=first("menus", greeting="hello")) == []
    assert errors(prompts=own, menus=first("menus", greeting="hullo")) == [
        "menus.main.greeting: got hullo, allowed hello, a standard prompt"
    ]


def test_an_own_prompt_without_a_sound_is_refused_unless_there_is_a_standard_one() -> None:
    assert errors(prompts=[{"name": "hello", "title": TITLE}]) == [
        "prompts.hello.files: got none, allowed a sound file in at least one language"
    ]
    assert errors(prompts=[{"name": "greeting", "title": TITLE}]) == []


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd", "America"])
def test_an_unknown_time_zone_is_refused(zone: str) -> None:
    (error,) = errors(site={**FACTORY["site"], "timezone": zone})
    assert error == f"site.timezone: got {zone}, allowed an IANA name such as Asia/Shanghai"


def test_two_phone_codes_alike_are_both_named() -> None:
    assert errors(codes={"login": "*12"}) == [
        "codes.login: got *12, allowed codes that logout does not use",
        "codes.logout: got *12, allowed codes that login does not use",
    ]


def test_all_errors_come_at_once_in_the_order_of_the_tree() -> None:
    found = errors(
        trunks=first("trunks", entry="menu:x", hours="y"),
        agents=first("agents", queues=["z"]),
        menus=first("menus", keys={"1": "queue:a", "2": "phone:b"}),
    )
    assert [error.partition(":")[0] for error in found] == [
        "trunks.fxo1.entry",
        "trunks.fxo1.hours",
        "agents.1001.queues",
        "menus.main.keys.1",
        "menus.main.keys.2",
    ]


def test_what_there_is_none_of_is_said() -> None:
    assert errors(phones=[], queues=first("queues", overflow="phone:801")) == [
        "queues.info.overflow: got phone:801, allowed nothing: there is none"
    ]


def group(**fields: Any) -> dict[str, Any]:
    return {"name": "city", "title": TITLE, "members": ["fxo1", "fxo2"], **fields}


def route(**fields: Any) -> dict[str, Any]:
    return {"name": "far", "pattern": "0", "groups": ["outside"], **fields}


def test_good_groups_and_routes() -> None:
    assert errors(groups=[group(spare_for_emergency=1)], routes=[route(groups=["city", "outside"])]) == []


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"members": ["fxo1", "fxo9"]}, "groups.city.members: got fxo9, allowed fxo1, fxo2"),
        ({"members": ["fxo1", "fxo1"]}, "groups.city.members: got 2 times fxo1, allowed each only once"),
        (
            {"members": ["fxo1"], "spare_for_emergency": 1},
            "groups.city.spare_for_emergency: got 1, "
            "allowed 0 to 0: one line of 1 must be left for other calls",
        ),
    ],
)
def test_a_wrong_group(fields: dict[str, Any], complaint: str) -> None:
    assert errors(groups=[group(**fields)]) == [complaint]


def test_a_group_stands_once() -> None:
    assert "groups.city.name: got 2 times city, allowed each only once" in errors(groups=[group(), group()])


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"groups": ["country"]}, "routes.far.groups: got country, allowed outside, city"),
        ({"groups": ["city", "city"]}, "routes.far.groups: got 2 times city, allowed each only once"),
        (
            {"pattern": "95xxx$", "strip": 5},
            "routes.far.strip: got 5, allowed 0 to 4, or something to prepend",
        ),
    ],
)
def test_a_wrong_route(fields: dict[str, Any], complaint: str) -> None:
    assert errors(groups=[group()], routes=[route(**fields)]) == [complaint]


def test_two_routes_of_one_pattern() -> None:
    assert errors(routes=[route(), route(name="near")]) == [
        "routes.far.pattern: got 0, allowed patterns that no other route has",
        "routes.near.pattern: got 0, allowed patterns that no other route has",
    ]


@pytest.mark.parametrize(
    ("sections", "says"),
    [
        ({"trunks": first("trunks", port="fxs9")}, "trunks.fxs9.port: 收到 fxs9，可用：fxo 端口"),
        ({"trunks": first("trunks", entry="menu:sales")}, "entry: 收到 menu:sales，可用：menu:main"),
        ({"phones": first("phones", number="80")}, "可用：不是其他号码（802）开头的号码"),
        ({"trunks": first("trunks", port="fxo2")}, "收到 2 次 fxo2，可用：每个只能一次"),
        ({"groups": [group(members=["fxo9"])]}, "groups.city.members: 收到 fxo9，可用：fxo1、fxo2"),
        ({"routes": [route(groups=["country"])]}, "routes.far.groups: 收到 country，可用：outside"),
        (
            {"groups": [group(members=["fxo1"], spare_for_emergency=1)]},
            "收到 1，可用：0 至 0：1 条线路中至少留一条给普通通话",
        ),
    ],
)
def test_problems_are_told_in_chinese_too(sections: dict[str, Any], says: str) -> None:
    problems = check(Config.model_validate({**FACTORY, **sections}))
    assert any(says in problem.in_words().zh for problem in problems), problems


@pytest.mark.parametrize(
    ("text", "is_right"),
    [("", True), ("440: 250 250", True), ("480+620: 500 500", True), ("100: 250 250", False), ("440", False),
     ("9000: 250 250", False), ("440: 10 250", False), ("440: 250 99999", False)],
)  # fmt: skip
def test_a_busy_tone_must_be_one_that_can_be_heard(text: str, is_right: bool) -> None:
    config = Config.model_validate({"trunks": [{"port": "fxo1", "busy_tone": text}]})
    found = [problem.path for problem in check(config) if "busy_tone" in problem.path]
    assert found == ([] if is_right else ["trunks.fxo1.busy_tone"])


def test_a_busy_tone_that_begins_like_ringback_is_refused_with_why() -> None:
    trunk = {"port": "fxo1", "busy_tone": "450: 1000 1000"}
    (problem,) = busy_tone_problems(trunk)
    assert "like the ringback of cn" in problem.text.en and "silence_s" in problem.text.en
    assert "回铃音" in problem.text.zh
    assert busy_tone_problems(trunk | {"tone_zone": "de"}) != []  # 425 Hz is too near
    assert busy_tone_problems(trunk | {"tone_zone": "us"}) == []


def busy_tone_problems(trunk: dict[str, str]) -> list[Problem]:
    found = check(Config.model_validate({"trunks": [trunk]}))
    return [problem for problem in found if problem.path == "trunks.fxo1.busy_tone"]
