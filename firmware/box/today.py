"""Today's calls per queue for the live page: the records' figures, kept up to date in memory."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from firmware.api.snapshot import TodayPart
from firmware.call.types import Call
from firmware.clock import Clock
from firmware.records.records import Records
from firmware.records.reports import SHORT_ABANDON_S


class Today:
    """Offered, answered and abandoned since midnight in the site's zone.

    source  formulas in `firmware.records.reports`; short abandons do not count
    """

    def __init__(self, records: Records, clock: Clock) -> None:
        self._records = records
        self._clock = clock
        self._day: date | None = None
        self._counts: dict[str, TodayPart] = {}

    def counts(self, queue: str, zone: ZoneInfo) -> TodayPart:
        """Give a queue's figures."""
        self._turn(zone)
        return self._counts.get(queue) or {"offered": 0, "answered": 0, "abandoned": 0}

    def count(self, call: Call, zone: ZoneInfo) -> None:
        """Add a finished call."""
        self._turn(zone)
        for segment in call.segments:
            if segment.kind == "queue" and segment.ended_at is not None:
                self._add(segment.detail, segment.result, segment.ended_at - segment.began_at)

    def _add(self, queue: str, result: str, waited_s: float) -> None:
        if result == "abandoned" and waited_s < SHORT_ABANDON_S:
            return
        part = self._counts.setdefault(queue, {"offered": 0, "answered": 0, "abandoned": 0})
        part["offered"] += 1
        part["answered"] += result == "answered"
        part["abandoned"] += result in ("abandoned", "dropped")

    def _turn(self, zone: ZoneInfo) -> None:
        """Begin a new day, or the first one after a start, from the records."""
        day = self._clock.utc().astimezone(zone).date()
        if day == self._day:
            return
        self._day = day
        self._counts = {
            row.queue: {"offered": row.offered, "answered": row.answered, "abandoned": row.abandoned}
            for row in self._records.counts(day, zone)
        }
