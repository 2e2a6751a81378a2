"""Make the table of public holidays with the `holidays` package and print it as JSON.

    python -m firmware.hours.holiday_table CN 2026 2027

The package is large and slow to load, so the daemon never imports it: it runs this as a process of its own
and gives the output to `HolidayTable.model_validate_json`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from importlib.metadata import version

from firmware import countries
from firmware.countries.country import Country, HolidayRules
from firmware.hours.table import Holiday, HolidayTable
from firmware.text import Text

YEARS = range(2020, 2100)
_MAKE_UP = Text(zh="调休上班", en="make-up workday")
_JOINED = Text(zh="节日周末", en="holiday weekend")
_SUFFIXES = {" (observed)": "（补假）"}
_SATURDAY = 5


def make(country: str, years: Sequence[int]) -> HolidayTable:
    """Make the table of some years.

    country  ISO 3166 code of a country of ours
    raises   ValueError for an unknown country or a year out of range
    """
    rules = _country(country).holidays
    wrong = [year for year in years if year not in YEARS]
    if wrong or not years:
        raise ValueError(f"years: got {wrong or 'none'}, allowed {YEARS.start} to {YEARS.stop - 1}")
    days, worked = _from_package(rules, {year + step for year in years for step in (-1, 0, 1)})
    if rules.joins_weekends:
        days |= _joined_weekends(days, worked)
    days |= {day: Holiday(name=_MAKE_UP, is_workday=True) for day in worked}
    fixed = {day.year for day in worked} if rules.is_fixed_by_notice else set(years)
    return HolidayTable(
        country=rules.country,
        source=f"holidays {version('holidays')}",
        years=tuple(sorted(set(years))),
        provisional_years=tuple(sorted(set(years) - fixed)),
        days={day: days[day] for day in sorted(days) if day.year in years},
    )


def _from_package(rules: HolidayRules, years: set[int]) -> tuple[dict[date, Holiday], set[date]]:
    """Ask the package; gives the holidays, and the weekend days that are worked."""
    import holidays as package  # noqa: PLC0415  large: only this process pays for it

    english = package.country_holidays(rules.country, years=years, language="en_US")
    chinese: Mapping[date, str] = {}
    if "zh_CN" in english.supported_languages:
        chinese = package.country_holidays(rules.country, years=years, language="zh_CN")
    days = {day: Holiday(name=_name(chinese.get(day), name, rules)) for day, name in english.items()}
    return days, {day for day in getattr(english, "weekend_workdays", ()) if day.year in years}


def _country(code: str) -> Country:
    ours = {country.holidays.country: country for country in map(countries.load, countries.codes())}
    if code not in ours:
        raise ValueError(f"country: got {code!r}, allowed {', '.join(sorted(ours))}")
    return ours[code]


def _name(chinese: str | None, english: str, rules: HolidayRules) -> Text:
    """Give both names; without Chinese in the package that of the country file, at worst the English one."""
    if chinese is None:
        base, suffix = english, ""
        for ending, translated in _SUFFIXES.items():
            if english.endswith(ending):
                base, suffix = english.removesuffix(ending), translated
        chinese = rules.names[base] + suffix if base in rules.names else english
    return Text(zh=_with_chinese_dates(chinese), en=_with_iso_dates(english))


def _with_chinese_dates(name: str) -> str:
    return re.sub(r"由 (\d{4})-(\d\d)-(\d\d) ", lambda m: f"{int(m[2])}月{int(m[3])}日", name)


def _with_iso_dates(name: str) -> str:
    return re.sub(r"(\d\d)/(\d\d)/(\d{4})", r"\3-\1-\2", name)


def _joined_weekends(days: Mapping[date, Holiday], worked: set[date]) -> dict[date, Holiday]:
    """Find the weekend days that touch a holiday, also through another weekend day."""
    joined: dict[date, Holiday] = {}
    for first in days:
        for step in (timedelta(days=-1), timedelta(days=1)):
            day = first + step
            while day.weekday() >= _SATURDAY and day not in worked and day not in days:
                joined[day] = Holiday(name=_JOINED)
                day += step
    return joined


def main(arguments: Sequence[str]) -> int:
    """Print the table; gives the exit status."""
    if len(arguments) < 2 or not all(argument.isdecimal() for argument in arguments[1:]):
        sys.stderr.write("usage: python -m firmware.hours.holiday_table COUNTRY YEAR...\n")
        return 2
    try:
        table = make(arguments[0], [int(argument) for argument in arguments[1:]])
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(table.model_dump_json(indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
