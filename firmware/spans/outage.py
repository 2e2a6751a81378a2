"""How long a span cannot carry calls: when the calls there were are ended, and when people are told."""

from __future__ import annotations

from firmware.spans import reasons
from firmware.text import Text

ALARM_S = 2.5  # so long an alarm stands before people are told
ALARM_OVER_S = 10.0  # and so long it must be gone
LINK_S = 20.0  # a data link comes up within seconds
KEEP_CALLS_S = 30.0  # T309


class Outage:
    """The time since the line, or its signalling, went."""

    def __init__(self) -> None:
        self._began_at: float | None = None
        self._has_given_up = False

    @property
    def due(self) -> float | None:
        """When `give_up` is to be asked."""
        if self._began_at is None or self._has_given_up:
            return None
        return self._began_at + KEEP_CALLS_S

    def note(self, is_well: bool, now: float) -> None:
        """Take whether calls can be carried."""
        if is_well:
            self._began_at, self._has_given_up = None, False
        elif self._began_at is None:
            self._began_at = now

    def give_up(self, now: float) -> bool:
        """Say once that it has lasted too long for the calls there were."""
        if self.due is None or now < self.due:
            return False
        self._has_given_up = True
        return True


class Trouble:
    """What people are told of a span: short breaks are not worth it."""

    def __init__(self) -> None:
        self.text: Text | None = None  # what stands in the box's alarms
        self.due: float | None = None  # then they are told something else

    def wants(self, text: Text | None, now: float) -> None:
        """Take what is wrong now."""
        if text is self.text:
            self.due = None
        elif self.due is None:
            self.due = now + _patience_s(text)

    def is_due(self, now: float) -> bool:
        """It is time to tell."""
        return self.due is not None and now >= self.due

    def tell(self, text: Text | None) -> None:
        """Note what people are told now."""
        self.text, self.due = text, None


def _patience_s(text: Text | None) -> float:
    if text is None:
        return ALARM_OVER_S
    return LINK_S if text is reasons.NO_LINK else ALARM_S
