"""Is the office open at this instant, why, and until when?

Spans are turned into instants one by one, so that a night with a clock change is right: a span whose begin is
skipped begins at the change, one whose end comes twice ends at the second. The end of a span that runs over
midnight belongs to the day it began on, whatever the next day is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from firmware.config.models import Hours, Opening
from firmware.hours.day import Cause, DayPlan, plan
from firmware.hours.table import HolidayTable
from firmware.hours.zone import instant
from firmware.text import Text

HORIZON_DAYS = 62  # no change is looked for beyond this

ALWAYS = Hours(
    name="always",
    openings=(
        Opening(days=("mon", "tue", "wed", "thu", "fri", "sat", "sun"), opens="00:00", closes="24:00"),
    ),
    close_on_holidays=False,
)
_EVERY_DAY = Text(zh="全天开放", en="open at all times")


@dataclass(frozen=True, slots=True)
class Decision:
    """Open or closed at an instant."""

    is_open: bool
    cause: Cause
    reason: Text
    changes_at: datetime | None  # UTC; None: not within the next two months
    is_certain: bool  # False: the holidays of this year are unknown or a forecast


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A time the office is open, with the plan of the day it began on."""

    begin: datetime
    end: datetime
    plan: DayPlan


def named(name: str, all_hours: Iterable[Hours]) -> Hours:
    """Find opening hours by name; `always` is built in.

    raises  ValueError with the names there are
    """
    by_name = {hours.name: hours for hours in all_hours} | {ALWAYS.name: ALWAYS}
    if name not in by_name:
        raise ValueError(f"hours: got {name!r}, allowed {', '.join(sorted(by_name))}")
    return by_name[name]


def is_open(hours: Hours, at_utc: datetime, zone: ZoneInfo, holidays: HolidayTable) -> Decision:
    """Decide for an instant.

    at_utc  aware datetime; from this very instant on, so at closing time the office is closed
    raises  ValueError for a datetime without a zone
    """
    if at_utc.tzinfo is None:
        raise ValueError(f"at_utc: got {at_utc} without a zone, allowed aware datetimes")
    at_utc = at_utc.astimezone(UTC)
    today = at_utc.astimezone(zone).date()
    is_certain = not hours.close_on_holidays or holidays.is_certain(today)
    now_open, changes_at = _find(hours, at_utc, zone, holidays)
    decided = now_open.plan if now_open else plan(hours, today, holidays)
    reason = _EVERY_DAY if hours is ALWAYS else _reason(decided, now_open is not None)
    return Decision(now_open is not None, decided.cause, reason, changes_at, is_certain)


def _find(
    hours: Hours, at: datetime, zone: ZoneInfo, holidays: HolidayTable
) -> tuple[_Stretch | None, datetime | None]:
    """Give the stretch that holds `at`, and when the state changes; stretches that touch are one."""
    if hours is ALWAYS:
        return _Stretch(at, at, plan(hours, at.date(), holidays)), None
    now_open: _Stretch | None = None
    end = at
    for stretch in _stretches(hours, at.astimezone(zone).date(), zone, holidays):
        if stretch.end <= at:
            continue
        if stretch.begin > end:  # a gap: the next change is found
            return now_open, end if now_open else stretch.begin
        now_open, end = now_open or stretch, max(end, stretch.end)
    is_beyond = end > at + timedelta(days=HORIZON_DAYS - 2)
    return now_open, None if is_beyond or now_open is None else end


def _stretches(hours: Hours, today: date, zone: ZoneInfo, holidays: HolidayTable) -> Iterator[_Stretch]:
    """Give the stretches from yesterday's on, by their begin."""
    for offset in range(-1, HORIZON_DAYS):
        day = today + timedelta(days=offset)
        day_plan = plan(hours, day, holidays)
        for span in sorted(day_plan.spans, key=lambda span: (span.opens_min, span.closes_min)):
            begin = instant(day, span.opens_min, zone)
            end = instant(day, span.closes_min, zone, is_last=True)
            if begin < end:
                yield _Stretch(begin, end, day_plan)


def _reason(decided: DayPlan, is_open_now: bool) -> Text:
    zh, en = {
        (Cause.WEEK, True): ("营业时间", "opening hours"),
        (Cause.WEEK, False): ("非营业时间", "outside opening hours"),
        (Cause.EXCEPTION, True): ("特别安排营业", "open by exception"),
        (Cause.EXCEPTION, False): ("特别安排休息", "closed by exception"),
        (Cause.HOLIDAY, False): ("节假日", "public holiday"),
        (Cause.MAKE_UP_WORKDAY, True): ("调休上班", "make-up workday"),
        (Cause.MAKE_UP_WORKDAY, False): ("调休上班日的非营业时间", "outside the hours of a make-up workday"),
    }[decided.cause, is_open_now]
    note = decided.note
    return Text(zh=f"{zh}：{note.zh}", en=f"{en}: {note.en}") if note else Text(zh=zh, en=en)
