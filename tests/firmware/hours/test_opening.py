"""Open or closed, why, and until when; also on the nights when the clock is changed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.config.models import DayException, Hours, Opening
from firmware.hours.day import Cause
from firmware.hours.opening import ALWAYS, Decision, is_open, named
from firmware.hours.table import Holiday, HolidayTable
from firmware.text import Text

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK, BERLIN = ZoneInfo("America/New_York"), ZoneInfo("Europe/Berlin")
LORD_HOWE, BEIRUT = ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Asia/Beirut")
WORKDAYS = ("mon", "tue", "wed", "thu", "fri")
EVERY_DAY = (*WORKDAYS, "sat", "sun")
OFFICE = Hours(name="office", openings=(Opening(days=WORKDAYS, opens="09:00", closes="17:30"),))
NO_TABLE = HolidayTable()
SPRING = Holiday(name=Text(zh="春节", en="Spring Festival"))
MAKE_UP = Holiday(name=Text(zh="调休上班", en="make-up workday"), is_workday=True)
TABLE = HolidayTable(
    country="CN",
    years=(2026, 2027),
    provisional_years=(2027,),
    days={date(2026, 2, 17): SPRING, date(2026, 2, 14): MAKE_UP},
)


def at(local: str, zone: ZoneInfo = SHANGHAI, fold: int = 0) -> datetime:
    return datetime.fromisoformat(local).replace(tzinfo=zone, fold=fold).astimezone(UTC)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def decide(hours: Hours, when: datetime, zone: ZoneInfo = SHANGHAI, table: HolidayTable = TABLE) -> Decision:
    return is_open(hours, when, zone, table)


def nightly(opens: str, closes: str) -> Hours:
    return Hours(
        name="n", openings=(Opening(days=EVERY_DAY, opens=opens, closes=closes),), close_on_holidays=False
    )


@pytest.mark.parametrize(
    ("local", "expected", "changes_local"),
    [
        ("2026-03-04T08:59:59", False, "2026-03-04T09:00"),
        ("2026-03-04T09:00:00", True, "2026-03-04T17:30"),
        ("2026-03-04T17:29:59", True, "2026-03-04T17:30"),
        ("2026-03-04T17:30:00", False, "2026-03-05T09:00"),
        ("2026-03-06T18:00:00", False, "2026-03-09T09:00"),  # Friday evening to Monday
    ],
)
def test_a_week(local: str, expected: bool, changes_local: str) -> None:
    decision = decide(OFFICE, at(local))
    assert (decision.is_open, decision.cause) == (expected, Cause.WEEK)
    assert decision.changes_at == at(changes_local)


def test_reasons_are_in_both_languages() -> None:
    assert decide(OFFICE, at("2026-03-04T10:00")).reason == Text(zh="营业时间", en="opening hours")
    assert decide(OFFICE, at("2026-03-04T20:00")).reason == Text(zh="非营业时间", en="outside opening hours")
    assert decide(OFFICE, at("2026-02-17T10:00")).reason == Text(
        zh="节假日：春节", en="public holiday: Spring Festival"
    )


def test_a_holiday_is_closed_and_says_when_it_ends() -> None:
    decision = decide(OFFICE, at("2026-02-17T10:00"))
    assert (decision.is_open, decision.cause) == (False, Cause.HOLIDAY)
    assert decision.changes_at == at("2026-02-18T09:00")


def test_a_make_up_saturday_follows_monday() -> None:
    short_saturday = Opening(days=("sat",), opens="10:00", closes="12:00")
    hours = OFFICE.model_copy(update={"openings": (*OFFICE.openings, short_saturday)})
    decision = decide(hours, at("2026-02-14T17:00"))
    assert (decision.is_open, decision.cause) == (True, Cause.MAKE_UP_WORKDAY)
    assert decision.changes_at == at("2026-02-14T17:30")
    assert not decide(hours, at("2026-02-07T17:00")).is_open
    assert not decide(hours, at("2026-02-14T17:30")).is_open


def test_an_office_may_stay_open_on_holidays() -> None:
    hours = OFFICE.model_copy(update={"close_on_holidays": False})
    assert decide(hours, at("2026-02-17T10:00")).is_open
    assert not decide(hours, at("2026-02-14T10:00")).is_open


def test_years_unknown_or_forecast_are_marked() -> None:
    assert decide(OFFICE, at("2026-03-04T10:00")).is_certain
    assert not decide(OFFICE, at("2027-03-04T10:00")).is_certain
    assert not decide(OFFICE, at("2028-03-06T10:00")).is_certain
    assert decide(OFFICE.model_copy(update={"close_on_holidays": False}), at("2028-03-06T10:00")).is_certain


def test_an_exception_beats_holiday_and_week() -> None:
    days = (
        DayException(date="2026-02-17", opens="10:00", closes="12:00", note="值班"),
        DayException(date="2026-03-04", note="stocktaking"),
    )
    hours = OFFICE.model_copy(update={"exceptions": days})
    open_ = decide(hours, at("2026-02-17T11:00"))
    assert (open_.is_open, open_.cause, open_.reason.zh) == (True, Cause.EXCEPTION, "特别安排营业：值班")
    assert not decide(hours, at("2026-02-17T12:00")).is_open
    closed = decide(hours, at("2026-03-04T11:00"))
    assert (closed.is_open, closed.reason.en) == (False, "closed by exception: stocktaking")
    assert closed.changes_at == at("2026-03-05T09:00")


def test_two_exceptions_of_a_date_are_two_spans() -> None:
    days = (
        DayException(date="2026-03-07", opens="14:00", closes="16:00"),
        DayException(date="2026-03-07", opens="09:00", closes="11:00"),
    )
    hours = OFFICE.model_copy(update={"exceptions": days})
    found = [decide(hours, at(f"2026-03-07T{hour:02}:30")).is_open for hour in (8, 9, 12, 14, 16)]
    assert found == [False, True, False, True, False]
    assert decide(hours, at("2026-03-07T09:30")).changes_at == at("2026-03-07T11:00")


def test_a_span_over_midnight_belongs_to_the_day_it_begins_on() -> None:
    hours = Hours(name="bar", openings=(Opening(days=("fri",), opens="22:00", closes="06:00"),))
    assert not decide(hours, at("2026-03-06T05:00")).is_open
    assert decide(hours, at("2026-03-06T22:00")).is_open
    late = decide(hours, at("2026-03-07T05:59"))
    assert (late.is_open, late.changes_at) == (True, at("2026-03-07T06:00"))
    assert not decide(hours, at("2026-03-07T06:00")).is_open
    assert not decide(hours, at("2026-03-07T23:00")).is_open


def test_the_night_before_a_holiday_is_worked_to_its_end() -> None:
    hours = Hours(name="night", openings=(Opening(days=EVERY_DAY, opens="22:00", closes="06:00"),))
    assert decide(hours, at("2026-02-17T05:00")).is_open  # began on the 16th
    assert not decide(hours, at("2026-02-17T23:00")).is_open
    assert not decide(hours, at("2026-02-18T05:00")).is_open


def test_until_24_00_and_on_from_0_00_is_one_stretch() -> None:
    openings = (
        Opening(days=("fri",), opens="18:00", closes="24:00"),
        Opening(days=("sat",), opens="00:00", closes="02:00"),
    )
    decision = decide(Hours(name="h", openings=openings), at("2026-03-06T23:00"))
    assert decision.changes_at == at("2026-03-07T02:00")
    assert decide(Hours(name="h", openings=openings[:1]), at("2026-03-06T23:59:59")).is_open
    assert not decide(Hours(name="h", openings=openings[:1]), at("2026-03-07T00:00")).is_open


def test_spans_that_overlap_are_one_stretch() -> None:
    openings = (
        Opening(days=("wed",), opens="09:00", closes="13:00"),
        Opening(days=("wed",), opens="12:00", closes="17:00"),
        Opening(days=("wed",), opens="10:00", closes="11:00"),
    )
    hours = Hours(name="h", openings=openings)
    assert decide(hours, at("2026-03-04T10:30")).changes_at == at("2026-03-04T17:00")


def test_always_is_built_in_and_never_changes() -> None:
    assert named("always", []) is ALWAYS
    for local in ("2026-02-17T00:00", "2026-03-07T23:59:59"):
        decision = decide(named("always", [OFFICE]), at(local))
        assert (decision.is_open, decision.changes_at, decision.is_certain) == (True, None, True)
    assert decision.reason == Text(zh="全天开放", en="open at all times")


def test_a_whole_week_open_does_not_change_but_ends_at_an_exception() -> None:
    whole = Opening(days=EVERY_DAY, opens="00:00", closes="24:00")
    hours = Hours(name="whole", openings=(whole,), close_on_holidays=False)
    assert decide(hours, at("2026-03-04T10:00")).changes_at is None
    inventory = hours.model_copy(update={"exceptions": (DayException(date="2026-03-20"),)})
    assert decide(inventory, at("2026-03-04T10:00")).changes_at == at("2026-03-20T00:00")
    assert decide(inventory, at("2026-03-20T10:00")).changes_at == at("2026-03-21T00:00")


def test_hours_without_any_opening_never_open() -> None:
    decision = decide(Hours(name="never"), at("2026-03-04T10:00"))
    assert (decision.is_open, decision.changes_at) == (False, None)


def test_unknown_hours_are_refused_with_those_there_are() -> None:
    assert named("office", [OFFICE]) is OFFICE
    with pytest.raises(ValueError, match="hours: got 'night', allowed always, office"):
        named("night", [OFFICE])


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        decide(OFFICE, datetime(2026, 3, 4, 10))


# New York 2026: 8 March 02:00 -> 03:00 (07:00 UTC), 1 November 02:00 -> 01:00 (06:00 UTC).
# Berlin 2026: 29 March 02:00 -> 03:00 (01:00 UTC), 25 October 03:00 -> 02:00 (01:00 UTC).


@pytest.mark.parametrize(
    ("zone", "day", "span", "begin_utc", "end_utc"),
    [
        # an ordinary span on the day of the change
        (NEW_YORK, "2026-03-08", "01:00-05:00", "2026-03-08T06:00", "2026-03-08T09:00"),
        (NEW_YORK, "2026-11-01", "00:30-05:00", "2026-11-01T04:30", "2026-11-01T10:00"),
        (BERLIN, "2026-03-29", "01:00-05:00", "2026-03-29T00:00", "2026-03-29T03:00"),
        (BERLIN, "2026-10-25", "01:00-05:00", "2026-10-24T23:00", "2026-10-25T04:00"),
        # the begin is skipped: open at the change
        (NEW_YORK, "2026-03-08", "02:30-05:00", "2026-03-08T07:00", "2026-03-08T09:00"),
        (BERLIN, "2026-03-29", "02:15-05:00", "2026-03-29T01:00", "2026-03-29T03:00"),
        # the end is skipped: closed at the change
        (NEW_YORK, "2026-03-08", "01:00-02:30", "2026-03-08T06:00", "2026-03-08T07:00"),
        (BERLIN, "2026-03-29", "01:00-02:45", "2026-03-29T00:00", "2026-03-29T01:00"),
        # the begin comes twice: the first; the end comes twice: the second
        (NEW_YORK, "2026-11-01", "01:30-05:00", "2026-11-01T05:30", "2026-11-01T10:00"),
        (NEW_YORK, "2026-11-01", "00:00-01:30", "2026-11-01T04:00", "2026-11-01T06:30"),
        (BERLIN, "2026-10-25", "02:10-02:50", "2026-10-25T00:10", "2026-10-25T01:50"),
        # over midnight into the change
        (NEW_YORK, "2026-03-07", "22:00-06:00", "2026-03-08T03:00", "2026-03-08T10:00"),
        (NEW_YORK, "2026-10-31", "22:00-06:00", "2026-11-01T02:00", "2026-11-01T11:00"),
    ],
)
def test_nights_of_the_clock_change(
    zone: ZoneInfo, day: str, span: str, begin_utc: str, end_utc: str
) -> None:
    opens, closes = span.split("-")
    hours = Hours(name="h", exceptions=(DayException(date=day, opens=opens, closes=closes),))
    begin, end, second = utc(begin_utc), utc(end_utc), timedelta(seconds=1)
    before = decide(hours, begin - second, zone, NO_TABLE)
    assert (before.is_open, before.changes_at) == (False, begin)
    inside = decide(hours, begin, zone, NO_TABLE)
    assert (inside.is_open, inside.changes_at) == (True, end)
    assert decide(hours, end - second, zone, NO_TABLE).is_open
    after = decide(hours, end, zone, NO_TABLE)
    assert (after.is_open, after.changes_at) == (False, None)


def test_a_span_that_is_skipped_as_a_whole_does_not_open() -> None:
    hours = Hours(name="h", exceptions=(DayException(date="2026-03-08", opens="02:10", closes="02:50"),))
    for minute in range(0, 240, 5):
        when = utc("2026-03-08T05:00") + timedelta(minutes=minute)
        assert not decide(hours, when, NEW_YORK, NO_TABLE).is_open


def test_office_hours_stay_at_the_clock_on_the_wall_all_year() -> None:
    for local in ("2026-03-06", "2026-03-09", "2026-10-30", "2026-11-02"):
        assert not decide(OFFICE, at(f"{local}T08:59", NEW_YORK), NEW_YORK, NO_TABLE).is_open
        assert decide(OFFICE, at(f"{local}T09:00", NEW_YORK), NEW_YORK, NO_TABLE).is_open
        assert decide(OFFICE, at(f"{local}T09:00", NEW_YORK), NEW_YORK, NO_TABLE).changes_at == at(
            f"{local}T17:30", NEW_YORK
        )


def test_midnight_that_does_not_exist() -> None:
    """Beirut moves its clock at midnight: 29 March 2026 begins at 01:00."""
    decision = decide(nightly("00:00", "08:00"), utc("2026-03-28T21:59:59"), BEIRUT, NO_TABLE)
    assert (decision.is_open, decision.changes_at) == (False, utc("2026-03-28T22:00"))


ZONES = st.sampled_from([SHANGHAI, NEW_YORK, BERLIN, LORD_HOWE, BEIRUT])
TIMES = st.integers(0, 1439).map(lambda minute: f"{minute // 60:02}:{minute % 60:02}")
INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))


@settings(max_examples=150, deadline=None)
@given(ZONES, TIMES, TIMES, INSTANTS)
def test_nothing_changes_before_the_announced_change_and_then_it_does(
    zone: ZoneInfo, opens: str, closes: str, when: datetime
) -> None:
    days = (Opening(days=("mon", "wed", "sat", "sun"), opens=opens, closes=closes),)
    hours = Hours(name="h", openings=days)
    decision = decide(hours, when, zone)
    if decision.changes_at is None:
        return
    assert decision.changes_at > when
    span = decision.changes_at - when
    for part in (0.25, 0.5, 0.999):
        between = decide(hours, when + span * part, zone)
        assert (between.is_open, between.changes_at) == (decision.is_open, decision.changes_at)
    assert decide(hours, decision.changes_at, zone).is_open is not decision.is_open
