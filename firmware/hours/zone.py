"""From the clock on the wall to the instant, also on the nights when the clock is changed."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo


def instant(day: date, minutes: int, zone: tzinfo, is_last: bool = False) -> datetime:
    """Give the UTC instant when the wall clock shows a time.

    minutes  since midnight; from 1440 (24:00) on in the next day
    is_last  of a time that comes twice the second one, else the first
    gives    for a time that is skipped the moment of the change
    """
    wall = datetime.combine(day, time()) + timedelta(minutes=minutes)
    early, late = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if early > late:  # inside a gap, `fold` counts with the offset of the other side
        return _change_between(late, early, zone)
    return late if is_last else early


def _change_between(before: datetime, after: datetime, zone: tzinfo) -> datetime:
    """Find the first second of the new offset."""
    old = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before).total_seconds() // 2)
        if middle.astimezone(zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after
