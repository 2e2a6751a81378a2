"""The config section: the scene, and changes laid over the factory's configuration."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from firmware.config.models import Agent, Config, Menu, Queue, Trunk
from firmware.text import Text
from tools.scenario import settings, text
from tools.scenario.settings import Scene

FACTORY = Config(
    trunks=(Trunk(port="fxo1"), Trunk(port="fxo2")),
    queues=(Queue(name="info", title=Text(zh="咨询", en="information")),),
    menus=(Menu(name="main", title=Text(zh="主", en="main"), keys={"1": "queue:info", "2": "repeat"}),),
    agents=(Agent(number="1001", name=Text(zh="王", en="Wang"), queues=("info",)),),
)


def scene(*lines: str) -> Scene:
    found, problems = settings.read(text.Section("config", 5, lines), lambda _ports: FACTORY)
    assert problems == [] and found is not None
    return found


def problem(*lines: str) -> str:
    found, problems = settings.read(text.Section("config", 5, lines), lambda _ports: FACTORY)
    assert found is None
    return "\n".join(one.message for one in problems)


def test_no_section_is_the_factory_on_a_tuesday_morning() -> None:
    found, problems = settings.read(None, lambda _ports: FACTORY)
    assert problems == [] and found is not None
    assert found.config == FACTORY and found.slots == ("fxo4", "fxs4") and found.seed == 0
    assert found.start_utc == datetime(2026, 3, 10, 2, 0, tzinfo=UTC)


def test_entries_are_changed_by_their_name_and_new_ones_added() -> None:
    config = scene("[[queues]]", 'name = "info"', "offer_s = 8", "[[trunks]]", 'port = "fxo3"').config
    assert [(queue.name, queue.offer_s, queue.title.en) for queue in config.queues] == [
        ("info", 8, "information")
    ]
    assert [trunk.port for trunk in config.trunks] == ["fxo1", "fxo2", "fxo3"]


def test_a_field_that_is_given_replaces_the_old_one() -> None:
    config = scene("[[menus]]", 'name = "main"', 'keys = { 9 = "language:en" }').config
    assert config.menus[0].keys == {"9": "language:en"}


def test_tables_are_changed_field_by_field() -> None:
    site = scene("[site]", 'language = "en"').config.site
    assert (site.language, site.country) == ("en", "cn")


def test_lists_can_begin_empty() -> None:
    assert (
        scene('clear = ["agents", "trunks"]', "[[trunks]]", 'port = "fxo4"').config.trunks[0].port == "fxo4"
    )


def test_start_is_the_sites_time_or_utc() -> None:
    assert scene("start = 2026-10-01T20:00:00").start_utc == datetime(2026, 10, 1, 12, 0, tzinfo=UTC)
    assert scene("start = 2026-10-01T12:00:00Z").start_utc == datetime(2026, 10, 1, 12, 0, tzinfo=UTC)


def test_the_exchange_can_be_set_line_by_line() -> None:
    lines = scene("[lines.fxo2]", 'hang_up_signals = ["polarity"]', "caller_id = false").lines
    assert lines["fxo2"].hang_up_signals == ("polarity",) and not lines["fxo2"].caller_id


def test_ports_are_numbered_by_kind_in_slot_order() -> None:
    assert settings.ports(("fxs4", "empty", "fxo4", "fxs4"))[3:10] == [
        *("fxs4", "fxo1", "fxo2", "fxo3", "fxo4", "fxs5", "fxs6"),
    ]


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (("[[queues]]", 'name = "info"', "offer_s = 1"), "queues.0.offer_s"),
        (("[[queues]]", 'name = "info"', "ofer_s = 8"), "queues.0.ofer_s"),
        (("[[queues]]", "offer_s = 8"), "an entry with `name`"),
        (("queue = 3",), "queue"),
        (("[[menus]]", 'name = "main"', 'keys = { 1 = "jump" }'), "allowed: menu:NAME"),
        (
            (
                "[lines.fxo2]",
                "ring_on_s = 99",
            ),
            "ring_on_s",
        ),
        (('board = ["fxo9"]',), "board: got ['fxo9'], allowed: a list of fxo4, fxs4, fxo2fxs2, e1"),
        (('start = "tomorrow"',), "start: got 'tomorrow', allowed: 2026-03-10T10:00:00"),
        (("seed = true",), "seed: got True, allowed: a whole number"),
        (("until = -1",), "until: got -1, allowed: seconds"),
        (('keys_by = "us"',), "keys_by: got 'us', allowed: world, spandsp"),
        (('clear = ["lines"]',), "clear: got ['lines'], allowed: trunks"),
        (("x = = 1",), "config: not TOML"),
    ],
)
def test_what_is_wrong_is_named(lines: tuple[str, ...], told: str) -> None:
    assert told in problem(*lines)
