"""The words of the pages, and which language a reader wants."""

from __future__ import annotations

from pathlib import Path

from firmware.catalogue import Catalogue
from firmware.text import Language

WORDS = Catalogue(Path(__file__).with_name("texts.toml"))
say = WORDS.say
has = WORDS.has


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
