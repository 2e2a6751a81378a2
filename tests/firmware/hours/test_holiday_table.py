"""The one-shot that makes the table of holidays."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from patience import PATIENCE_S

from firmware.hours import holiday_table
from firmware.hours.table import HolidayTable

ROOT = Path(__file__).parents[3]

# The notice of the State Council of November 2025 for 2026.
DAYS_OFF_2026 = [
    *[date(2026, 1, day) for day in (1, 2, 3)],
    *[date(2026, 2, day) for day in range(15, 24)],
    *[date(2026, 4, day) for day in (4, 5, 6)],
    *[date(2026, 5, day) for day in range(1, 6)],
    *[date(2026, 6, day) for day in (19, 20, 21)],
    *[date(2026, 9, day) for day in (25, 26, 27)],
    *[date(2026, 10, day) for day in range(1, 8)],
]
WORKED_2026 = [date(2026, *day) for day in ((1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10))]


@pytest.fixture(scope="module")
def china() -> HolidayTable:
    return holiday_table.make("CN", [2027, 2026])


def test_china_2026_is_the_notice_to_the_day(china: HolidayTable) -> None:
    days = {day: holiday for day, holiday in china.days.items() if day.year == 2026}
    assert [day for day, holiday in days.items() if not holiday.is_workday] == DAYS_OFF_2026
    assert [day for day, holiday in days.items() if holiday.is_workday] == WORKED_2026
    assert china.is_certain(date(2026, 5, 1))


def test_china_2027_is_a_forecast_and_says_so(china: HolidayTable) -> None:
    assert china.years == (2026, 2027)
    assert china.provisional_years == (2027,)
    assert not china.is_certain(date(2027, 5, 1))
    assert date(2027, 10, 1) in china.days
    assert not any(holiday.is_workday for day, holiday in china.days.items() if day.year == 2027)


def test_a_year_not_asked_for_is_not_there_and_not_certain(china: HolidayTable) -> None:
    assert {day.year for day in china.days} == {2026, 2027}
    assert not china.is_certain(date(2028, 1, 1))


def test_names_are_in_both_languages(china: HolidayTable) -> None:
    assert china.days[date(2026, 2, 17)].name.zh == "春节"
    assert china.days[date(2026, 2, 17)].name.en == "Chinese New Year (Spring Festival)"
    assert china.days[date(2026, 1, 2)].name.zh == "休息日（1月4日调休）"
    assert china.days[date(2026, 1, 2)].name.en == "Day off (substituted from 2026-01-04)"


def test_the_united_states_have_chinese_names_too_and_are_certain() -> None:
    table = holiday_table.make("US", [2026])
    assert table.provisional_years == ()
    assert table.days[date(2026, 7, 4)].name.zh == "独立日"
    assert table.days[date(2026, 7, 3)].name.zh == "独立日（补假）"
    assert not any(holiday.is_workday for holiday in table.days.values())
    assert date(2026, 7, 5) not in table.days  # a weekend beside a holiday stays a weekend
    assert all(holiday.name.zh != holiday.name.en for holiday in table.days.values())


@pytest.mark.parametrize(
    ("country", "years", "message"),
    [
        ("XX", [2026], "country: got 'XX', allowed CN, US"),
        ("CN", [1066], r"years: got \[1066\], allowed 2020 to 2099"),
        ("CN", [], "years: got none, allowed 2020 to 2099"),
    ],
)
def test_wrong_arguments_are_refused(country: str, years: list[int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        holiday_table.make(country, years)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "firmware.hours.holiday_table", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S, check=False)


def test_the_process_prints_what_the_daemon_reads(china: HolidayTable) -> None:
    done = run("CN", "2026", "2027")
    assert (done.returncode, done.stderr) == (0, "")
    assert HolidayTable.model_validate_json(done.stdout) == china


def test_the_process_says_how_it_is_called() -> None:
    assert (run().returncode, run("CN", "soon").returncode) == (2, 2)
    assert run("CN").stderr.startswith("usage: python -m firmware.hours.holiday_table COUNTRY YEAR...")
    assert run("XX", "2026").stderr == "country: got 'XX', allowed CN, US\n"


def test_opening_hours_alone_do_not_load_the_large_package() -> None:
    ours = "firmware.hours.opening, firmware.hours.holiday_table"
    program = f"import sys, {ours}; print('holidays' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=True,
    )
    assert done.stdout == "False\n"
