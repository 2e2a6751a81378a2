"""Where a call can be sent, written as `verb` or `verb:name` in the settings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator


class Verb(StrEnum):
    """What to do with the call."""

    MENU = "menu"  # menu:NAME
    QUEUE = "queue"  # queue:NAME
    PHONE = "phone"  # phone:NUMBER
    MESSAGE = "message"  # message:NAME  announce, beep, record a message for the queue NAME
    ANNOUNCE = "announce"  # announce:PROMPT  play, then back to the menu
    LANGUAGE = "language"  # language:zh|en  switch, then repeat the menu
    REPEAT = "repeat"
    HANGUP = "hangup"


WITHOUT_NAME = frozenset({Verb.REPEAT, Verb.HANGUP})
_FORM = re.compile(r"^([a-z]+)(?::([A-Za-z0-9_-]{1,32}))?$")


@dataclass(frozen=True, slots=True)
class Target:
    """A parsed target; `name` is empty for `repeat` and `hangup`."""

    verb: Verb
    name: str = ""


def parse(text: str) -> Target:
    """Read a target such as `queue:info`.

    raises  ValueError with the allowed forms
    """
    match = _FORM.match(text)
    verb = match.group(1) if match else ""
    if match is None or verb not in set(Verb):
        raise ValueError(f"got {text!r}, allowed: {', '.join(forms())}")
    target = Target(Verb(verb), match.group(2) or "")
    if (target.verb in WITHOUT_NAME) != (target.name == ""):
        raise ValueError(f"got {text!r}, allowed: {', '.join(forms())}")
    if target.verb is Verb.LANGUAGE and target.name not in ("zh", "en"):
        raise ValueError(f"got {text!r}, allowed: language:zh, language:en")
    return target


def forms() -> list[str]:
    """Give the allowed forms, for messages and help."""
    return [verb.value if verb in WITHOUT_NAME else f"{verb.value}:NAME" for verb in Verb]


def _check(text: str) -> str:
    parse(text)
    return text


TargetText = Annotated[str, AfterValidator(_check)]
