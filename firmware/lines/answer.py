"""Whether the far end has answered a call of ours, and how that is known.

After an answer by voice, reversed wires mean either that the far end hung up or that it only now answers: the
voice was the exchange's. Who has just answered speaks; who has hung up does not.
"""

from __future__ import annotations

from enum import Enum, auto

SETTLE_S = 1.0  # a voice cut off by a polarity reversal has died away
DOUBT_S = 7.0  # then somebody who has just answered speaks


class _Doubt(Enum):
    NONE = auto()
    SETTLING = auto()
    LISTENING = auto()


class Answer:
    """The answer of the call there is on a line, and what the line is known to do."""

    def __init__(self) -> None:
        self.is_given = False
        self.reverses = False  # this line has told an answer by reversed wires before
        self.due: float | None = None  # then `look` is to be called
        self._is_by_voice = False  # that is how we know
        self._doubt = _Doubt.NONE

    def forget(self) -> None:
        """There is no call any more, or a new one begins."""
        self.is_given = self._is_by_voice = False
        self._doubt, self.due = _Doubt.NONE, None

    def by_voice(self) -> None:
        """Somebody says hello."""
        self.is_given = self._is_by_voice = True

    def by_reversal(self) -> None:
        """The exchange tells it, and will do so again."""
        self.is_given = self.reverses = True

    def doubt(self, now: float) -> bool:
        """The wires were reversed after the answer; gives False if that can only be the end of the call."""
        if not self._is_by_voice or self._doubt is not _Doubt.NONE:
            return False
        self._doubt, self.due = _Doubt.SETTLING, now + SETTLE_S
        return True

    def look(self, now: float) -> bool:
        """Act on `due`; gives whether a voice is waited for now. If not, the far end has hung up."""
        if self._doubt is not _Doubt.SETTLING:
            self.due = None
            return False
        self._doubt, self.due = _Doubt.LISTENING, now + DOUBT_S
        return True

    def voice(self) -> bool:
        """Take a voice; gives whether it was waited for: the reversal was the answer."""
        if self._doubt is not _Doubt.LISTENING:
            return False
        self.reverses, self._is_by_voice = True, False
        self._doubt, self.due = _Doubt.NONE, None
        return True
