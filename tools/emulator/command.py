"""What every command of the control socket is, and what it acts on."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict

from tools.emulator.party import Party
from tools.emulator.world import World

PanelKey = Literal["up", "down", "ok", "back"]
Answer = dict[str, object]


class Front(Protocol):
    """The panel's model, as the lab sees it."""

    @property
    def display(self) -> tuple[str, ...]: ...

    def press(self, key: PanelKey) -> None: ...


@dataclass(slots=True)
class Lab:
    """What commands act on."""

    world: World
    front: Front | None = None
    calls: dict[int, Party] = field(default_factory=dict)
    numbered: int = 0

    def number(self, party: Party) -> int:
        """Give a call its number, for `wait`; only the last 1000 are kept."""
        self.numbered += 1
        self.calls[self.numbered] = party
        self.calls.pop(self.numbered - 1000, None)
        return self.numbered


class Verb(BaseModel):
    """What is asked, with its arguments; unknown arguments are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Command(Verb, ABC):
    """A verb that is carried out at once."""

    @abstractmethod
    def carry_out(self, lab: Lab) -> Answer:
        """Do it.

        raises  WorldError, SoundError
        """

    @property
    def sound_file(self) -> Path | None:
        """The file to read before `carry_out`, which then finds it in memory."""
        return getattr(self, "audio", None)
