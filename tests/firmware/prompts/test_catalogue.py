"""Every prompt the box plays exists, in both languages."""

from __future__ import annotations

import re

import pytest

from firmware.config.models import Menu, Queue
from firmware.prompts import catalogue, numbers
from firmware.text import Language, Text

PLAYED_BY_THE_BOX = [
    "greeting",
    "welcome",
    "invalid",
    "no-input",
    "goodbye",
    "closed",
    "leave-message",
    "message-saved",
    "queue-welcome",
    "you-are-next",
    "transferring",
    "agent-logged-in",
    "agent-logged-out",
    "agent-paused",
    "agent-ready",
    "enter-agent-number",
    "unknown-agent",
    "not-possible",
    "line-busy",
    "record-prompt",
    "prompt-saved",
    "technical-fault",
    "museum-greeting",
    "museum-hours",
    "museum-tickets",
]


@pytest.mark.parametrize("name", PLAYED_BY_THE_BOX)
def test_prompt_exists(name: str) -> None:
    assert name in catalogue.spoken()


@pytest.mark.parametrize("language", list(Language))
def test_every_number_uses_only_prompts_that_exist(language: Language) -> None:
    used = {name for value in range(10000) for name in numbers.number(value, language, is_count=True)}
    used |= {name for place in range(1, 300) for name in numbers.position(place, language)}
    used |= set(numbers.digits("0123456789*#"))
    assert used <= set(catalogue.spoken())


def test_defaults_of_the_settings_exist() -> None:
    title = Text(zh="一", en="one")
    assert Menu(name="m", title=title).greeting in catalogue.spoken()
    assert Queue(name="q", title=title).music in catalogue.sounds()


def test_names_are_names_of_the_settings() -> None:
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,32}", name) for name in catalogue.names())
    assert catalogue.names() == set(catalogue.spoken()) | set(catalogue.sounds())
    assert not set(catalogue.spoken()) & set(catalogue.sounds())


def test_chinese_texts_are_chinese_and_english_texts_are_english() -> None:
    for name, text in catalogue.spoken().items():
        assert re.search(r"[\u4e00-\u9fff]", text.zh), name
        assert text.en.isascii(), name


def test_the_catalogue_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        catalogue.spoken()["greeting"] = Text(zh="一", en="one")  # type: ignore[index]
