"""What is asked of the engine for a call's sound."""

from __future__ import annotations

from dataclasses import dataclass

from firmware.text import Language


@dataclass(frozen=True, slots=True)
class Open:
    """Start a phone's channel (an outside line opens its own)."""

    channel: int


@dataclass(frozen=True, slots=True)
class Close:
    channel: int


@dataclass(frozen=True, slots=True)
class Play:
    """Play prompts one after the other; `PlayEnded(play_id)` follows."""

    channel: int
    play_id: int
    prompts: tuple[str, ...]
    language: Language


@dataclass(frozen=True, slots=True)
class Music:
    """Play music on hold until something else is played or stopped."""

    channel: int
    name: str


@dataclass(frozen=True, slots=True)
class StopPlay:
    channel: int


@dataclass(frozen=True, slots=True)
class Tone:
    """Send a call-progress tone; None ends it."""

    channel: int
    name: str | None


@dataclass(frozen=True, slots=True)
class Join:
    channel: int
    mixer: int


@dataclass(frozen=True, slots=True)
class Leave:
    channel: int


SoundAction = Open | Close | Play | Music | StopPlay | Tone | Join | Leave
