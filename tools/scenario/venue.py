"""Where a scenario plays: what the runner needs of the virtual box."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from tools.emulator.world import World
from tools.scenario.settings import Scene


class TraceLine(Protocol):
    """One line of the merged trace of the world and the box."""

    @property
    def at(self) -> float: ...

    @property
    def who(self) -> str: ...

    @property
    def what(self) -> str: ...


class Venue(Protocol):
    """A box and the world around it, in virtual time; `tools.virtual.VirtualBox` is one."""

    @property
    def world(self) -> World: ...

    @property
    def now(self) -> float:
        """Seconds since the start."""

    @property
    def trace(self) -> Sequence[TraceLine]: ...

    def run_until(self, t: float) -> None: ...

    def command(self, name: str, **args: object) -> None:
        """Give a command of the API as the actor `scenario`."""

    def pull_card(self, slot: int) -> None: ...

    def push_card(self, slot: int) -> None: ...

    def close(self) -> None: ...


OpenVenue = Callable[[Scene, Path], Venue]
