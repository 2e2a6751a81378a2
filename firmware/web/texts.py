"""The words of the pages: one catalogue, every entry in both languages."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from firmware.text import Language, Text

FILE = Path(__file__).with_name("texts.toml")


@cache
def catalogue() -> Mapping[str, Text]:
    """Read `texts.toml`: `[section] key = {zh, en}` becomes `section.key`."""
    with FILE.open("rb") as file:
        sections = tomllib.load(file)
    return {
        f"{section}.{key}": Text(**text) for section, texts in sections.items() for key, text in texts.items()
    }


def say(language: Language, key: str, **values: object) -> str:
    """Give a text in a language, its `{holes}` filled. raises KeyError for a key that is not there"""
    text = catalogue()[key].in_(language)
    return text.format(**values) if values else text


def has(key: str) -> bool:
    """Say whether the catalogue has a key."""
    return key in catalogue()


def preferred(accept_language: str) -> Language:
    """Choose between the two languages by an Accept-Language header; Chinese without one.

    source  RFC 9110 section 12.5.4
    """
    best, best_quality = Language.ZH, 0.0
    for entry in accept_language.split(","):
        tag, _, parameter = entry.strip().partition(";")
        quality = _quality(parameter)
        if tag[:2].lower() in ("zh", "en") and quality > best_quality:
            best, best_quality = Language(tag[:2].lower()), quality
    return best


def _quality(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    try:
        return float(value) if name == "q" else 1.0
    except ValueError:
        return 0.0
