"""What happened in the world: the trace."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WorldEvent:
    """Something that happened outside the box."""

    at: float  # s, the World's clock
    who: str  # a port (`fxo1`, `fxs2`), `board` or `panel`
    what: str  # past tense or a noun; the list is in docs/emulator.md
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.at:10.2f}  {self.who:<6} {self.what:<18} {self.detail}".rstrip()


Note = Callable[[float, str, str, str], None]
"""Writes an event: at, who, what, detail."""


class WorldError(ValueError):
    """What cannot be done in this world now; the message says what to do instead."""
