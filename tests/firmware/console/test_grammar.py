"""Words, abbreviations, what may follow."""

from __future__ import annotations

import pytest

from firmware.config.models import Config
from firmware.config.store import dump
from firmware.console.grammar import Misspelt, Word, following, parse, split
from firmware.console.schema import Settings
from firmware.console.shows import piped
from firmware.console.table import table
from tests.firmware.api.memory_box import museum


async def _nothing(_words: list[str]) -> list[str]:
    return []


ROOT = (
    Word("show", "", (Word("lines", "", run=_nothing), Word("language", "", run=_nothing))),
    Word("shutdown", "", run=_nothing),
    Word("ring", "", run=_nothing, choices=lambda words: []),
)


@pytest.fixture
def settings() -> Settings:
    return Settings(Config.model_json_schema(), dump(museum()))


def test_unique_beginnings_are_enough() -> None:
    parsed = parse("sho li | include fxo1", ROOT)
    assert parsed is not None
    assert (parsed.word.name, parsed.arguments, parsed.pipe) == ("lines", [], ["include", "fxo1"])
    assert parse("   ", ROOT) is None


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("sh lines", "error.ambiguous"),
        ("show l", "error.ambiguous"),
        ("fly", "error.unknown"),
        ("show", "error.incomplete"),
        ("shutdown now", "error.too_much"),
        ('ring "801', "error.quotes"),
        ("show lines |", "error.pipe"),
    ],
)
def test_a_wrong_line_is_explained(line: str, key: str) -> None:
    with pytest.raises(Misspelt) as wrong:
        parse(line, ROOT)
    assert wrong.value.key == key


def test_quotes_keep_spaces_and_nothing_else_is_special() -> None:
    assert split('set title "two words" a\\b #c') == ["set", "title", "two words", "a\\b", "#c"]


def test_what_may_follow() -> None:
    assert [choice.word for choice in following("", ROOT)] == ["show", "shutdown", "ring"]
    assert [choice.word for choice in following("show ", ROOT)] == ["lines", "language"]
    assert [choice.word for choice in following("show lines ", ROOT)] == [""]
    assert [choice.word for choice in following("show lines | ", ROOT)] == ["include", "count", "no-more"]
    assert following("fly ", ROOT) == []


def test_paths_are_shortened_and_end_where_the_value_begins(settings: Settings) -> None:
    assert settings.walk(["que", "info", "off", "20"]) == (["queues", "info", "offer_s"], ["20"])
    dotted = settings.walk(["menus.main.keys.1", "queue:info"])
    assert dotted == (["menus", "main", "keys", "1"], ["queue:info"])
    assert settings.walk(["site", "name", "zh", "博物馆"]) == (["site", "name", "zh"], ["博物馆"])
    assert settings.walk(["hours", "week", "openings", "1", "opens", "09:00"])[1] == ["09:00"]
    with pytest.raises(Misspelt):
        settings.walk(["queues", "info", "colour", "red"])


def words(settings: Settings, *typed: str) -> list[str]:
    return [choice.word for choice in settings.next(list(typed))]


def test_names_and_values_are_offered(settings: Settings) -> None:
    assert words(settings, "queues") == ["info", ""]
    assert words(settings, "phones") == ["801", "802", ""]
    assert "timezone" in words(settings, "site")
    assert words(settings, "site", "language")[:2] == ["zh", "en"]
    assert words(settings, "site", "country")[:2] == ["cn", "us"]
    assert words(settings, "trunks", "fxo1", "outgoing") == ["yes", "no"]
    assert "queue:info" in words(settings, "menus", "main", "keys", "1")
    assert words(settings, "agents", "1001", "queues") == ["info", ""]
    assert words(settings, "prompts", "new", "files") == ["zh", "en"]


def test_a_field_is_explained(settings: Settings) -> None:
    meaning = settings.next(["queues", "info", "offer_s"])[-1].help
    assert meaning == "how long one agent's phone rings before the next is tried 5..120 [20]"


def test_set_commands_make_the_same_tree_again(settings: Settings) -> None:
    from firmware.config import tree as trees  # noqa: PLC0415

    again: dict[str, object] = dump(Config())  # type: ignore[assignment]
    for line in settings.lines():
        steps, value = settings.walk(split(line)[1:])
        trees.put(again, tuple(steps), " ".join(value))  # type: ignore[arg-type]
    assert Config.model_validate(again) == museum()


def test_tables_know_wide_characters() -> None:
    assert table(["name", "n"], [["李雷", "1"], ["Ann", "22"]]) == [
        "name  n", "----  --", "李雷  1", "Ann   22",
    ]  # fmt: skip


def test_pipes() -> None:
    lines = ["alpha", "Beta", "gamma"]
    assert piped(lines, ["include", "BETA"]) == (["Beta"], True)
    assert piped(lines, ["count"]) == (["3"], True)
    assert piped(lines, ["no-more"]) == (lines, False)
    assert piped(lines, ["sort"]) is None
