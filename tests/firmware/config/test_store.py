from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from firmware.clock import VirtualClock
from firmware.config import references
from firmware.config.models import Config
from firmware.config.problem import ConfigError, Problem, StaleCandidate
from firmware.config.store import KEEP_REVISIONS, MAX_CANDIDATES, ConfigStore, dump
from firmware.durable import RealDisk
from firmware.text import Text

TITLE = {"zh": "咨询", "en": "Info"}
START = datetime(2026, 11, 1, tzinfo=UTC)


class FullDisk(RealDisk):
    """A disk whose room can be taken away."""

    is_full = False

    def create(self, path: Path, data: bytes, mode: int) -> None:
        if self.is_full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        super().create(path, data, mode)


def factory() -> Config:
    """Make settings in which all references hold."""
    return Config.model_validate(
        {
            "queues": [{"name": "info", "title": TITLE}],
            "menus": [{"name": "main", "title": TITLE, "keys": {"1": "queue:info"}}],
            "trunks": [{"port": "fxo1"}],
        }
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "config"


@pytest.fixture
def new(folder: Path) -> Callable[..., ConfigStore]:
    def make(**given: Any) -> ConfigStore:
        return ConfigStore(folder, references.check, VirtualClock(START), **given)

    return make


@pytest.fixture
def store(new: Callable[..., ConfigStore]) -> ConfigStore:
    store = new()
    store.load(factory)
    store.open("web", "wang")
    return store


def commit(store: ConfigStore, path: str, value: Any, session: str = "web") -> int:
    store.set(session, path, value)
    return store.commit(session, "wang", "owner", f"set {path}", 60.0)


def lines(changes: Any) -> list[str]:
    return [line for change in changes for line in change.lines()]


def test_the_first_start_takes_the_factorys_settings_and_keeps_them(
    new: Callable[..., ConfigStore], folder: Path
) -> None:
    first = new()
    assert first.load(factory) == factory()
    assert (first.revision, first.repairs) == (1, [])
    again = new()
    assert again.load(Config) == factory()
    assert (again.revision, again.repairs) == (1, [])
    assert os.readlink(folder / "current") == "000001.json"


def test_a_commit_is_in_force_on_the_disk_and_told(
    store: ConfigStore, new: Callable[..., ConfigStore]
) -> None:
    told: list[tuple[Config, int]] = []
    store.on_commit(lambda config, revision: told.append((config, revision)))
    assert commit(store, "menus.main.keys.2", "message:info") == 2
    assert store.committed.menus[0].keys == {"1": "queue:info", "2": "message:info"}
    assert told == [(store.committed, 2)]
    again = new()
    assert again.load() == store.committed
    assert again.revision == 2


def test_what_a_session_edits_is_seen_by_nobody_else_until_the_commit(store: ConfigStore) -> None:
    store.open("console", "chen")
    store.set("web", "site.country", "us")
    assert lines(store.compare("web")) == ["- site.country = cn", "+ site.country = us"]
    assert store.compare("console") == []
    assert store.committed.site.country == "cn"
    store.discard("web")
    assert not store.is_open("web")
    with pytest.raises(ConfigError, match="no settings session is open"):
        store.candidate("web")


def test_opening_again_keeps_the_candidate(store: ConfigStore) -> None:
    store.set("web", "site.country", "us")
    store.open("web", "wang")
    assert store.get("web", "site.country") == "us"


def test_the_candidate_that_is_given_out_is_a_copy(store: ConfigStore) -> None:
    tree: Any = store.candidate("web")
    tree["site"]["country"] = "us"
    tree["queues"].clear()
    assert store.compare("web") == []


def test_references_are_checked_at_the_commit_and_all_problems_come_at_once(store: ConfigStore) -> None:
    store.set("web", "menus.main.keys.5", "queue:nowhere")
    store.set("web", "trunks.fxo1.hours", "never")
    expected = {"menus.main.keys.5", "trunks.fxo1.hours"}
    assert {problem.path for problem in store.check("web")} == expected
    with pytest.raises(ConfigError) as caught:
        store.commit("web", "wang", "owner", "", 1.0)
    assert {problem.path for problem in caught.value.problems} == expected
    assert store.revision == 1


def test_an_incomplete_candidate_is_refused_with_what_is_missing(store: ConfigStore) -> None:
    store.set("web", "queues.night.title.zh", "夜间")
    with pytest.raises(ConfigError, match=r"queues\.night\.title\.en: missing"):
        store.commit("web", "wang", "owner", "", 1.0)
    store.set("web", "queues.night.title.en", "Night")
    assert store.commit("web", "wang", "owner", "", 1.0) == 2


def test_a_refused_value_changes_nothing(store: ConfigStore) -> None:
    before = store.candidate("web")
    for path, value in [
        ("menus.main.keys.x", "repeat"),
        ("queues.a b.title.zh", "x"),
        ("hours.w.openings.5.opens", "9"),
    ]:
        with pytest.raises(ConfigError):
            store.set("web", path, value)
    with pytest.raises(ConfigError):
        store.delete("web", "queues.nobody")
    assert store.candidate("web") == before


def test_a_thing_cannot_be_given_the_name_of_another(store: ConfigStore) -> None:
    store.set("web", "trunks.fxo2.name", "second")
    with pytest.raises(ConfigError, match="got port fxo2 twice"):
        store.set("web", "trunks.fxo1.port", "fxo2")
    store.set("web", "trunks.fxo1.port", "fxo3")
    assert store.get("web", "trunks.fxo3.entry") == "menu:main"


def test_replace_takes_a_whole_tree_or_tells_all_that_is_wrong(store: ConfigStore) -> None:
    tree: Any = store.candidate("web")
    tree["site"]["country"] = "us"
    store.replace("web", tree)
    assert lines(store.compare("web")) == ["- site.country = cn", "+ site.country = us"]
    with pytest.raises(ConfigError) as caught:
        store.replace("web", {"site": {"country": "xx"}, "nonsense": 1})
    assert {problem.path for problem in caught.value.problems} == {"site.country", "nonsense"}
    assert store.get("web", "site.country") == "us"


def test_a_commit_without_changes_makes_no_revision(store: ConfigStore) -> None:
    told: list[int] = []
    store.on_commit(lambda _, revision: told.append(revision))
    assert store.commit("web", "wang", "owner", "", 1.0) == 1
    assert told == []


def test_a_session_goes_on_after_its_commit(store: ConfigStore) -> None:
    assert commit(store, "site.country", "us") == 2
    assert store.compare("web") == []
    assert commit(store, "site.country", "cn") == 3


def test_a_stale_commit_is_refused_and_shows_what_others_changed(store: ConfigStore) -> None:
    store.open("console", "chen")
    store.set("console", "queues.info.offer_s", 30)
    store.set("console", "site.country", "us")
    store.set("web", "queues.info.offer_s", 25)
    store.set("web", "site.timezone", "Asia/Tokyo")
    assert store.commit("web", "wang", "owner", "", 1.0) == 2
    with pytest.raises(StaleCandidate) as caught:
        store.commit("console", "chen", "installer", "", 2.0)
    text = [str(problem) for problem in caught.value.problems]
    assert "somebody committed revision 2, you began from 1" in text[0]
    shown = {problem.path: problem.text.en for problem in caught.value.problems[1:]}
    assert set(shown) == {"queues.info.offer_s", "site.timezone"}
    assert "conflicts with yours" in shown["queues.info.offer_s"]
    assert "conflicts" not in shown["site.timezone"]
    assert store.revision == 2


def test_rebase_is_the_way_out_and_names_what_it_overrules(store: ConfigStore) -> None:
    store.open("console", "chen")
    store.set("console", "queues.info.offer_s", 30)
    store.set("console", "trunks.fxo2.name", "second")
    store.delete("console", "menus.main.keys.1")
    store.set("web", "queues.info.offer_s", 25)
    store.set("web", "site.timezone", "Asia/Tokyo")
    store.commit("web", "wang", "owner", "", 1.0)
    assert lines(store.rebase("console")) == ["- queues.info.offer_s = 20", "+ queues.info.offer_s = 25"]
    assert store.commit("console", "chen", "installer", "", 2.0) == 3
    config = store.committed
    assert (config.queues[0].offer_s, config.site.timezone) == (30, "Asia/Tokyo")
    assert [trunk.port for trunk in config.trunks] == ["fxo1", "fxo2"]
    assert config.menus[0].keys == {}


def test_rebase_takes_away_what_the_session_deleted_even_when_others_edited_it(store: ConfigStore) -> None:
    commit(store, "queues.night", {"title": TITLE})
    store.open("console", "chen")
    store.delete("console", "queues.night")
    commit(store, "queues.night.offer_s", 60)
    overruled = store.rebase("console")
    assert [change.path for change in overruled] == [("queues", "night", "offer_s")]
    store.commit("console", "chen", "installer", "", 2.0)
    assert [queue.name for queue in store.committed.queues] == ["info"]


def test_rebase_of_what_others_deleted_too(store: ConfigStore) -> None:
    commit(store, "queues.night", {"title": TITLE})
    store.open("console", "chen")
    store.delete("console", "queues.night")
    store.delete("web", "queues.night")
    store.commit("web", "wang", "owner", "", 1.0)
    store.rebase("console")
    assert store.compare("console") == []


def test_rollback_loads_an_old_revision_which_commit_puts_in_force(store: ConfigStore) -> None:
    commit(store, "site.country", "us")
    commit(store, "queues.info.offer_s", 60)
    store.rollback("web", 1)
    assert store.committed.site.country == "us"
    assert store.commit("web", "wang", "owner", "back", 1.0) == 4
    assert store.committed == factory()
    with pytest.raises(ConfigError, match=r"revision 9: .*allowed: 4, 3, 2, 1"):
        store.rollback("web", 9)


def test_history_tells_who_when_why_and_what(store: ConfigStore, new: Callable[..., ConfigStore]) -> None:
    commit(store, "site.country", "us")
    again = new()
    again.load()
    newest, first = again.history()
    assert (newest.number, newest.actor, newest.role, newest.comment) == (
        2,
        "wang",
        "owner",
        "set site.country",
    )
    assert newest.utc == "2026-11-01T00:01:00+00:00"
    assert newest.changes == ("- site.country = cn", "+ site.country = us")
    assert (first.number, first.actor) == (1, "box")


def test_fifty_revisions_are_kept_and_numbers_go_on(store: ConfigStore, folder: Path) -> None:
    for number in range(KEEP_REVISIONS + 5):
        commit(store, "queues.info.offer_s", 20 + number % 2 + 1)
    assert store.revision == KEEP_REVISIONS + 6
    assert len(list(folder.glob("*.json"))) == KEEP_REVISIONS
    assert [revision.number for revision in store.history()] == list(range(KEEP_REVISIONS + 6, 6, -1))


def test_a_full_disk_refuses_the_commit_and_nothing_changes(new: Callable[..., ConfigStore]) -> None:
    disk = FullDisk()
    store = new(disk=disk)
    store.load(factory)
    store.open("web", "wang")
    disk.is_full = True
    with pytest.raises(OSError, match="No space left"):
        commit(store, "site.country", "us")
    assert (store.revision, store.committed) == (1, factory())
    disk.is_full = False
    assert store.commit("web", "wang", "owner", "", 1.0) == 2  # the candidate is still there


def test_a_full_disk_at_the_first_start_lets_the_box_run(new: Callable[..., ConfigStore]) -> None:
    disk = FullDisk()
    disk.is_full = True
    store = new(disk=disk)
    assert store.load(factory) == factory()
    assert store.revision == 0
    assert "cannot be stored" in store.repairs[0].en


def test_sessions_are_bounded_and_untouched_ones_go_first(store: ConfigStore) -> None:
    store.set("web", "site.country", "us")
    for number in range(MAX_CANDIDATES + 10):
        store.open(f"tab{number}", "chen")
    assert store.is_open("web")
    assert not store.is_open("tab0")
    assert store.is_open(f"tab{MAX_CANDIDATES + 9}")


def damaged(text: str) -> dict[str, str]:
    """Give ways to damage a file, by name."""
    document = json.loads(text)
    table = next(iter(document["tables"]["_default"].values()))
    table["config"]["site"]["timezone"] = "Asia/Tokyo"
    changed = json.dumps(document)
    return {
        "empty": "",
        "cut": text[: len(text) // 2],
        "zeros": "\0" * len(text),
        "other JSON": '{"a": 1}',
        "a list": "[]",
        "a number": "5",
        "nested too deep": "[" * 100000,
        "changed by hand": changed,
        "no tables": '{"sha256": "x", "tables": 5}',
        "binary": "\ud7ff\x01\x02",
    }


@pytest.mark.parametrize("damage", list(damaged('{"tables": {"_default": {"1": {"config": {"site": {}}}}}}')))
def test_a_damaged_revision_is_told_and_the_one_before_starts(
    store: ConfigStore, new: Callable[..., ConfigStore], folder: Path, damage: str
) -> None:
    commit(store, "site.country", "us")
    commit(store, "queues.info.offer_s", 60)
    path = folder / "000003.json"
    path.write_text(damaged(path.read_text())[damage])
    again = new()
    config = again.load(Config)
    assert (config.site.country, config.queues[0].offer_s, again.revision) == ("us", 20, 2)
    assert len(again.repairs) == 1
    assert "revision 3" in again.repairs[0].en
    assert "版本 3" in again.repairs[0].zh
    assert [revision.number for revision in again.history()] == [2, 1]
    again.open("web", "wang")
    assert commit(again, "queues.info.offer_s", 50) == 4  # the damaged file is not written over
    assert new().load().queues[0].offer_s == 50


def test_with_nothing_usable_the_factorys_settings_start_under_a_new_number(
    store: ConfigStore, new: Callable[..., ConfigStore], folder: Path
) -> None:
    (folder / "000001.json").write_text("nonsense")
    again = new()
    assert again.load(factory) == factory()
    assert again.revision == 2
    assert ["revision 1" in text.en for text in again.repairs] == [True, False]
    assert "factory settings" in again.repairs[1].en
    assert (folder / "000001.json").read_text() == "nonsense"


def test_a_revision_under_a_false_number_is_not_used(
    store: ConfigStore, new: Callable[..., ConfigStore], folder: Path
) -> None:
    (folder / "000007.json").write_bytes((folder / "000001.json").read_bytes())
    again = new()
    again.load()
    assert again.revision == 1
    assert "it says to be revision 1" in again.repairs[0].en


def test_a_folder_in_the_place_of_a_revision_is_told(
    store: ConfigStore, new: Callable[..., ConfigStore], folder: Path
) -> None:
    (folder / "000002.json").mkdir()
    again = new()
    again.load()
    assert again.revision == 1
    assert "revision 2" in again.repairs[0].en


def test_strays_of_a_power_cut_are_swept_and_told(
    store: ConfigStore, new: Callable[..., ConfigStore], folder: Path
) -> None:
    (folder / ".new.000002.json").write_text("half")
    again = new()
    again.load()
    assert not (folder / ".new.000002.json").exists()
    assert ".new.000002.json" in again.repairs[0].en


def test_settings_whose_references_no_longer_hold_start_and_say_so(store: ConfigStore, folder: Path) -> None:
    said = Text(zh="收到 greeting，可用：hello", en="got greeting, allowed hello")
    wrong = Problem("menus.main.greeting", said)
    strict = ConfigStore(folder, lambda config: [wrong], VirtualClock(START))
    assert strict.load() == factory()
    assert "menus.main.greeting" in strict.repairs[0].en


def test_dump_and_load_are_the_same(store: ConfigStore) -> None:
    assert Config.model_validate(dump(store.committed)) == store.committed
    json.dumps(dump(store.committed))
