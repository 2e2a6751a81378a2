"""One call of a link, as the link keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Any


class Stage(Enum):
    """How far a call has come."""

    OFFERED = auto()  # SETUP came, nothing answered: libpri may drop the call without a word
    DIALLED = auto()  # we wait for more digits
    TAKEN = auto()  # we said that we look for the person, or ring
    ANSWERING = auto()  # we sent CONNECT
    CALLING = auto()  # we sent SETUP
    DIALLING = auto()  # the far end wants more digits
    PROCEEDING = auto()  # the far end looks for the person
    ALERTING = auto()  # the person is rung, or a tone sounds
    TALKING = auto()
    LEAVING = auto()  # the far end disconnected, the link's user has not yet agreed
    CLEARING = auto()  # we end it


T309_S = 30.0
"""How long a call that talks survives the loss of the data link. libpri begins to count some seconds later,
when the link could not be established anew; we count from the loss."""

# s; what Q.931 tables 9-1 and 9-2 ask of the side that waits and libpri does not watch.
PATIENCE_S = {
    Stage.DIALLING: 30.0,  # T304
    Stage.PROCEEDING: 120.0,  # T310
    Stage.ALERTING: 300.0,  # T301 is at least 180 s
    Stage.LEAVING: 30.0,  # T306
    Stage.OFFERED: 30.0,  # the link's user should have said something long ago
    Stage.DIALLED: 60.0,  # twice T304 of the far end, between digits
    # libpri's own timers are sooner, but a stray message may stop them for good:
    Stage.CALLING: 20.0,  # twice T303 is 8 s
    Stage.ANSWERING: 12.0,  # T313; in the standard's 4 s layer 2 may not get CONNECT across a bad line
    Stage.CLEARING: 45.0,  # T305 and twice T308 are 38 s
}


@dataclass(slots=True)
class Call:
    """A call; `pointer` belongs to libpri and is never given away."""

    number: int
    pointer: Any
    reference: int
    channel: int
    stage: Stage
    is_exclusive: bool = True
    cause: int = 0  # the first that was named, by either side
    deadline: float | None = None

    @property
    def is_unanswered(self) -> bool:
        """Whether the call came in and may still be answered."""
        return self.stage in (Stage.OFFERED, Stage.DIALLED, Stage.TAKEN)

    @property
    def is_calling(self) -> bool:
        """Whether we called and nobody answered yet."""
        return self.stage in (Stage.CALLING, Stage.DIALLING, Stage.PROCEEDING, Stage.ALERTING)

    def enter(self, stage: Stage, now: float) -> None:
        """Come to the next stage, with its deadline."""
        self.stage = stage
        patience_s = PATIENCE_S.get(stage)
        self.deadline = None if patience_s is None else now + patience_s
