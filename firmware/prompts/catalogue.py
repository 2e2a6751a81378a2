"""The standard prompts: what each name says in Chinese and English."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from firmware.text import Text


@cache
def spoken() -> Mapping[str, Text]:
    """Give name -> text of all spoken prompts."""
    return _section("spoken")


@cache
def sounds() -> Mapping[str, Text]:
    """Give name -> description of the sounds that nobody speaks, such as `music` and `beep`."""
    return _section("sound")


@cache
def names() -> frozenset[str]:
    """Give all names a setting may use without an entry of the owner's."""
    return frozenset(spoken()) | frozenset(sounds())


def _section(title: str) -> Mapping[str, Text]:
    data = tomllib.loads(files("firmware.prompts").joinpath("catalogue.toml").read_text(encoding="utf-8"))
    return MappingProxyType({name: Text.model_validate(text) for name, text in data[title].items()})
