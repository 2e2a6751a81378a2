"""What goes into a menu session and what comes out."""

from __future__ import annotations

from dataclasses import dataclass

from firmware.config.targets import Target
from firmware.text import Language


@dataclass(frozen=True, slots=True)
class Digit:
    """The caller pressed a key."""

    key: str


@dataclass(frozen=True, slots=True)
class Played:
    """The prompt that was asked for with this id has been heard to its end."""

    play_id: int


Input = Digit | Played


@dataclass(frozen=True, slots=True)
class Play:
    """Play these prompts (of the catalogue or the owner) one after the other; `Played(play_id)` follows."""

    play_id: int
    prompts: tuple[str, ...]
    language: Language


@dataclass(frozen=True, slots=True)
class StopPlay:
    """Cut what is being played (a key was pressed)."""


@dataclass(frozen=True, slots=True)
class Leave:
    """The menu is done: send the call there. Never a MENU, ANNOUNCE, LANGUAGE or REPEAT target."""

    target: Target
    language: Language


@dataclass(frozen=True, slots=True)
class Trace:
    """What happened, for the event log.

    kind    `menu` entered, `key`, `timeout`, `invalid` key, `language`, `announce`, `give-up`, `limit`
            (walked in circles too long), `never-started`
    detail  the key, language, prompt or target
    """

    kind: str
    menu: str
    detail: str = ""


Action = Play | StopPlay | Leave | Trace
