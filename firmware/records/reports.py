"""Figures from rows; every figure names its formula."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from firmware.records.rows import QueueCount, SegmentRow

SHORT_ABANDON_S = 5.0
SERVICE_LEVEL_S = 30.0


def day_bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Give the first moment of a day in the site's zone and the first one after it (23 to 25 hours)."""
    return datetime.combine(day, time(), zone), datetime.combine(day + timedelta(days=1), time(), zone)


def queue_counts(
    segments: Iterable[SegmentRow],
    service_level_s: Mapping[str, float] | None = None,
    short_s: float = SHORT_ABANDON_S,
) -> list[QueueCount]:
    """Count a day's queue segments, one result per queue, by name.

    segments         of kind `queue`; duration_s is the wait, ringing of agents included
    service_level_s  per queue; 30 s for a queue that is not named
    gives
        short_abandoned  the caller left sooner than short_s; counted nowhere else
        answered         an agent answered
        abandoned        the caller left after short_s or later, or the box dropped the call from the queue
        overflowed       sent elsewhere because of the queue's limits
        offered          answered + abandoned + overflowed: calls that entered the queue minus short abandons
        service_level    answered within T / (answered + abandoned); None without calls
        abandon_rate     abandoned / (answered + abandoned); None without calls
        average_wait_s   sum of wait of answered / answered (ASA); None without answered
        longest_wait_s   of all but the short abandons
    """
    by_queue: dict[str, list[SegmentRow]] = {}
    for segment in segments:
        by_queue.setdefault(segment.name, []).append(segment)
    levels = service_level_s or {}
    return [
        _count(name, by_queue[name], levels.get(name, SERVICE_LEVEL_S), short_s) for name in sorted(by_queue)
    ]


def _count(name: str, segments: list[SegmentRow], within_s: float, short_s: float) -> QueueCount:
    short = [s for s in segments if s.result == "abandoned" and s.duration_s < short_s]
    counted = [s for s in segments if s not in short]
    answered = [s.duration_s for s in counted if s.result == "answered"]
    abandoned = sum(s.result in ("abandoned", "dropped") for s in counted)
    overflowed = sum(s.result == "overflow" for s in counted)
    base = len(answered) + abandoned
    return QueueCount(
        queue=name,
        offered=base + overflowed,
        answered=len(answered),
        abandoned=abandoned,
        short_abandoned=len(short),
        overflowed=overflowed,
        service_level=sum(wait <= within_s for wait in answered) / base if base else None,
        abandon_rate=abandoned / base if base else None,
        average_wait_s=sum(answered) / len(answered) if answered else None,
        longest_wait_s=max((s.duration_s for s in counted), default=0.0),
    )
