"""Both languages, everywhere: each text is there, each is used, each hole is in both."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

from firmware.catalogue import Catalogue
from firmware.lines.types import EndReason

ROOT = Path(__file__).parents[3] / "firmware"
FACES = ["web", "console"]
# sections whose keys are words that come from the box, put together at run time
BY_VALUE = {"state", "role", "direction", "result", "done", "target", "recording", "help", "say", "table"}
BY_VALUE |= {"sound", "segment", "role_in_call", "end", "visit", "verdict", "finding", "file"}


def catalogue(face: str) -> Catalogue:
    return Catalogue(ROOT / face / "texts.toml")


def sources(face: str) -> str:
    files = [*(ROOT / face).rglob("*.py"), *(ROOT / face).rglob("*.html")]
    return "\n".join(file.read_text() for file in files)


def holes(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("face", FACES)
def test_each_text_has_both_languages_and_the_same_holes(face: str) -> None:
    texts = catalogue(face).texts
    assert len(texts) > 50
    for key, text in texts.items():
        assert text.zh.strip() and text.en.strip(), key
        assert holes(text.zh) == holes(text.en), key
        assert not re.search(r"[\u4e00-\u9fff]", text.en), key


@pytest.mark.parametrize("face", FACES)
def test_each_text_that_is_asked_for_is_there(face: str) -> None:
    asked = set(re.findall(r"""\b(?:t|_?say|run)\(\s*["']([a-z_]+\.[a-z_-]+)["']""", sources(face)))
    asked |= set(re.findall(r"""Misspelt\(["']([a-z_]+\.[a-z_-]+)["']""", sources(face)))
    assert len(asked) > 15
    known = catalogue(face).texts
    begun = {key for key in asked if key.endswith("_")}  # the rest of the key is put on at run time
    assert [key for key in begun if not any(text.startswith(key) for text in known)] == []
    assert sorted(key for key in asked - begun if key not in known) == []


@pytest.mark.parametrize("face", FACES)
def test_no_text_is_left_over(face: str) -> None:
    source = sources(face)
    texts = [key for key in catalogue(face).texts if key.partition(".")[0] not in BY_VALUE]
    assert [key for key in texts if key not in source] == []


def test_what_the_box_may_say_of_itself_has_words() -> None:
    web = catalogue("web")
    states = (
        "idle ringing in-use out-of-service starting on-hook off-hook logged-out ready offered talking "
        "wrap-up paused menu queue message dialing"
    )
    assert [state for state in states.split() if not web.has(f"state.{state}")] == []
    results = "answered abandoned message served missed failed lost"
    assert [result for result in results.split() if not web.has(f"result.{result}")] == []


def test_pages_hold_no_words_of_their_own() -> None:
    for file in (ROOT / "web" / "templates").glob("*.html"):
        text = re.sub(r"\{#.*?#\}|\{\{.*?\}\}|\{%.*?%\}", " ", file.read_text(), flags=re.S)
        text = re.sub(r"<[^>]*>", " ", text)
        words = set(re.findall(r"[A-Za-z]{3,}|[\u4e00-\u9fff]+", text)) - {"callbox"}
        assert words == set(), file.name


def test_every_end_of_a_call_has_words() -> None:
    assert {key.removeprefix("end.") for key in catalogue("web").texts if key.startswith("end.")} == {
        *EndReason,
        "restart",
    }
