"""How an outside line sounds to those who talk with it, and what they can do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from firmware.text import Text


class Trouble(StrEnum):
    """What is wrong with what is heard, the worst first."""

    LOST = "lost"  # nothing comes from the line
    SILENT = "silent"  # the line is there, but nobody speaks on it
    QUIET = "quiet"  # the voice is too low to be understood well


class Party(StrEnum):
    """Who answered a call of ours."""

    PERSON = "person"
    MACHINE = "machine"
    UNSURE = "unsure"


ADVICE = {
    Trouble.LOST: Text(
        zh="听不到对方的声音。请对方重复；仍听不到就挂机，10 分钟内回拨。",
        en="Nothing is heard from the other side. Ask them to repeat; if nothing comes, hang up and call "
        "back within 10 minutes.",
    ),
    Trouble.SILENT: Text(
        zh="对方没有说话。请再问候一次；仍无回应，致歉后挂机。",
        en="The other side says nothing. Greet them once more; without an answer, say sorry and hang up.",
    ),
    Trouble.QUIET: Text(
        zh="对方声音太小。请对方靠近话筒、大声一些。",
        en="The other side is too quiet. Ask them to speak up, close to the microphone.",
    ),
}


@dataclass(slots=True)
class Sound:
    """What was heard of one outside line in the talks of its leg. Times are monotonic seconds."""

    is_watched: bool = False
    lost_at: float | None = None  # since when, None: it is not so
    silent_at: float | None = None
    quiet_at: float | None = None
    lost_s: float = 0.0  # that are over
    quiet_s: float = 0.0
    answered_by: Party | None = None

    @property
    def trouble(self) -> tuple[Trouble, float] | None:
        """The worst that is wrong now, and since when."""
        rows = (Trouble.LOST, self.lost_at), (Trouble.SILENT, self.silent_at), (Trouble.QUIET, self.quiet_at)
        return next(((trouble, at) for trouble, at in rows if at is not None), None)

    def back(self, now: float) -> None:
        """Something is heard again."""
        self.lost_s += now - self.lost_at if self.lost_at is not None else 0.0
        self.lost_at = None

    def good(self, now: float) -> None:
        """The voice is loud enough again."""
        self.quiet_s += now - self.quiet_at if self.quiet_at is not None else 0.0
        self.quiet_at = None

    def close(self, now: float) -> None:
        """The talk is over, or rests: what was wrong until now has lasted so long."""
        self.back(now)
        self.good(now)
        self.is_watched, self.silent_at = False, None
