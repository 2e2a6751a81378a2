"""What an exchange repeats without end must not fill the log."""

from __future__ import annotations

LIMIT = 60  # of a kind; twice the channels of a span
WINDOW_S = 60.0


class Flood:
    """Lets so many of a kind pass in a minute, and counts the rest."""

    def __init__(self) -> None:
        self._windows: dict[tuple[str, str], tuple[float, int]] = {}  # since when, how many came

    def admit(self, port: str, kind: str, now: float) -> int | None:
        """Tell whether one more may be written.

        gives  None if not; else how many were left out in the minute before
        """
        since, count = self._windows.get((port, kind), (now, 0))
        left_out = 0
        if now - since >= WINDOW_S:
            since, count, left_out = now, 0, max(0, count - LIMIT)
        self._windows[port, kind] = (since, count + 1)
        return left_out if count < LIMIT else None
