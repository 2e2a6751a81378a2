"""Where a scenario plays: what the runner needs of the virtual box."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from firmware.api.core import Command, Doctor
from tools.emulator.world import World
from tools.scenario.settings import Scene
from tools.trace import TraceEvent


class Slots(Protocol):
    """The emulated board, as a hand that pulls cards sees it; `hal.sim.board.SimBoard` is one."""

    def remove_card(self, slot: int) -> None: ...

    def insert_card(self, slot: int, card: str) -> None: ...


class Venue(Protocol):
    """A box and the world around it, in virtual time; `tools.virtual.VirtualBox` is one."""

    @property
    def board(self) -> Slots: ...

    @property
    def world(self) -> World: ...

    @property
    def now(self) -> float:
        """Seconds since the start."""

    @property
    def trace(self) -> Sequence[TraceEvent]: ...

    def run_until(self, t: float) -> None: ...

    def command(self, command: Command) -> None:
        """Give a command as a person at the web page would."""

    def set(self, path: str, value: str) -> None:
        """Change a setting and commit it. raises ValueError for what cannot be"""

    @property
    def doctor(self) -> Doctor:
        """The line doctor, as the API sees it."""

    def wake(self) -> None:
        """Something was begun without a command."""

    def close(self) -> None: ...


OpenVenue = Callable[[Scene, Path], Venue]
