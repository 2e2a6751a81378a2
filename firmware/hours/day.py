"""One day's plan: which spans it is open for, and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from firmware.config.models import DayException, Hours, Opening, Weekday
from firmware.hours.table import HolidayTable
from firmware.text import Text

DAY_MIN = 1440
_WEEK: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Cause(StrEnum):
    """What decided about a day."""

    WEEK = "week"
    EXCEPTION = "exception"
    HOLIDAY = "holiday"
    MAKE_UP_WORKDAY = "make-up-workday"


@dataclass(frozen=True, slots=True)
class Span:
    """From opening to closing; `closes_min` beyond 1440 is in the next day."""

    opens_min: int
    closes_min: int


@dataclass(frozen=True, slots=True)
class DayPlan:
    """What holds for a date."""

    cause: Cause
    note: Text | None  # name of the holiday, the owner's note
    spans: tuple[Span, ...]


def plan(hours: Hours, day: date, holidays: HolidayTable) -> DayPlan:
    """Decide about a date: the owner's exceptions first, then holidays, then the week."""
    exceptions = [exception for exception in hours.exceptions if exception.date == day.isoformat()]
    if exceptions:
        notes = " ".join(exception.note for exception in exceptions if exception.note)
        note = Text(zh=notes, en=notes) if notes else None
        return DayPlan(Cause.EXCEPTION, note, _spans(exceptions))
    holiday = holidays.days.get(day) if hours.close_on_holidays else None
    if holiday is None:
        return DayPlan(Cause.WEEK, None, _of_weekday(hours.openings, _WEEK[day.weekday()]))
    if holiday.is_workday:
        return DayPlan(Cause.MAKE_UP_WORKDAY, holiday.name, _of_weekday(hours.openings, "mon"))
    return DayPlan(Cause.HOLIDAY, holiday.name, ())


def _of_weekday(openings: Iterable[Opening], weekday: Weekday) -> tuple[Span, ...]:
    return _spans(opening for opening in openings if weekday in opening.days)


def _spans(entries: Iterable[Opening | DayException]) -> tuple[Span, ...]:
    spans = []
    for entry in entries:
        if entry.opens is not None and entry.closes is not None:
            opens, closes = _minutes(entry.opens), _minutes(entry.closes)
            spans.append(Span(opens, closes if closes >= opens else closes + DAY_MIN))
    return tuple(spans)


def _minutes(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:])
