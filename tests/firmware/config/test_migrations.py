from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tinydb import TinyDB

from firmware.clock import VirtualClock
from firmware.config.migrations import MIGRATIONS, migrate
from firmware.config.models import SCHEMA_VERSION
from firmware.config.storage import AtomicStorage, Corrupt
from firmware.config.store import ConfigStore
from firmware.config.validation import Tree


def from_0(tree: Tree) -> Tree:
    """Bring up the invented version 0, in which a trunk's port was a bare number."""
    trunks: Any = tree["trunks"]
    return {**tree, "trunks": [{**trunk, "port": f"fxo{trunk['port']}"} for trunk in trunks]}


def test_each_step_is_taken_in_order_once() -> None:
    def step(number: int) -> Callable[[Tree], Tree]:
        return lambda tree: {**tree, "way": f"{tree['way']}{number}"}

    assert migrate({"schema_version": 1, "way": ""}, {n: step(n) for n in range(5)}, target=4) == {
        "schema_version": 4,
        "way": "123",
    }


def test_todays_tree_stays_as_it_is() -> None:
    tree: Tree = {"schema_version": SCHEMA_VERSION, "x": 1}
    assert migrate(tree) == tree


def test_there_is_a_way_from_every_version_since_the_first() -> None:
    assert sorted(MIGRATIONS) == list(range(1, SCHEMA_VERSION))


@pytest.mark.parametrize(
    ("tree", "words"),
    [
        ({}, "missing"),
        ({"schema_version": "1"}, "missing"),
        ({"schema_version": True}, "missing"),
        ({"schema_version": 99}, "newer firmware"),
        ({"schema_version": -3}, "no migration from schema -3"),
    ],
)
def test_a_version_without_a_way_is_told(tree: Tree, words: str) -> None:
    with pytest.raises(Corrupt, match=words):
        migrate(tree)


def test_a_document_of_version_0_starts_and_the_commit_writes_todays(tmp_path: Path) -> None:
    tmp_path.joinpath("config").mkdir()
    revision = {
        "number": 5,
        "utc": "2020-01-01T00:00:00+00:00",
        "actor": "li",
        "role": "owner",
        "comment": "old",
    }
    with TinyDB(tmp_path / "config" / "000005.json", storage=AtomicStorage) as database:
        database.insert({"revision": revision, "config": {"schema_version": 0, "trunks": [{"port": 2}]}})
    store = ConfigStore(
        tmp_path / "config",
        lambda config: [],
        VirtualClock(datetime(2026, 1, 1, tzinfo=UTC)),
        migrations={0: from_0},
    )
    assert store.load().trunks[0].port == "fxo2"
    assert (store.revision, store.repairs) == (5, [])
    store.open("web", "wang")
    store.set("web", "trunks.fxo2.name", "old line")
    assert store.commit("web", "wang", "owner", "", 1.0) == 6
    store.rollback("web", 5)
    assert [line for change in store.compare("web") for line in change.lines()] == [
        '- trunks.fxo2.name = "old line"',
        '+ trunks.fxo2.name = ""',
    ]
