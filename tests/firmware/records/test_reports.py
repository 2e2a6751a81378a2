from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from firmware.records.reports import day_bounds, queue_counts
from firmware.records.rows import SegmentRow
from firmware.text import Language

START = datetime(2026, 11, 1, tzinfo=UTC)


def waits(*given: tuple[str, float], queue: str = "info") -> list[SegmentRow]:
    return [
        SegmentRow(
            id=f"{queue}{number}",
            call="c",
            revision=1,
            language=Language.ZH,
            started_utc=START,
            offset_s=0.0,
            duration_s=seconds,
            kind="queue",
            name=queue,
            result=result,
        )
        for number, (result, seconds) in enumerate(given)
    ]


def test_a_day_by_the_formulas() -> None:
    (count,) = queue_counts(
        waits(
            ("answered", 10.0),
            ("answered", 30.0),
            ("answered", 50.0),
            ("abandoned", 4.9),  # short: counted nowhere else
            ("abandoned", 5.0),
            ("dropped", 2.0),  # by the box, so it counts however short
            ("overflow", 600.0),
        )
    )
    assert (count.offered, count.answered, count.abandoned) == (6, 3, 2)
    assert (count.short_abandoned, count.overflowed) == (1, 1)
    assert count.service_level == 2 / 5
    assert count.abandon_rate == 2 / 5
    assert count.average_wait_s == 30.0
    assert count.longest_wait_s == 600.0


def test_the_service_level_is_each_queues_own() -> None:
    segments = [*waits(("answered", 25.0)), *waits(("answered", 25.0), queue="night")]
    found = {count.queue: count.service_level for count in queue_counts(segments, {"night": 20.0})}
    assert found == {"info": 1.0, "night": 0.0}


def test_no_figure_is_made_from_nothing() -> None:
    assert queue_counts([]) == []
    (count,) = queue_counts(waits(("abandoned", 1.0)))
    assert (count.offered, count.service_level, count.abandon_rate, count.average_wait_s) == (
        0,
        None,
        None,
        None,
    )
    (only_overflow,) = queue_counts(waits(("overflow", 9.0)))
    assert (only_overflow.offered, only_overflow.service_level) == (1, None)


def test_the_short_threshold_can_be_set() -> None:
    (count,) = queue_counts(waits(("abandoned", 0.0), ("abandoned", 8.0)), short_s=0.0)
    assert (count.abandoned, count.short_abandoned) == (2, 0)


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 8), 23), (date(2026, 11, 1), 25), (date(2026, 7, 1), 24)]
)
def test_days_of_a_clock_change_are_as_long_as_they_are(day: date, hours: int) -> None:
    since, until = day_bounds(day, ZoneInfo("America/New_York"))
    assert (until.astimezone(UTC) - since.astimezone(UTC)).total_seconds() == hours * 3600
