"""Public holidays and make-up workdays as plain data, made by `holiday_table.py` in a process of its own."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from firmware.text import Text


class Holiday(BaseModel):
    """A day that differs from the week."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Text
    is_workday: bool = False  # a weekend day that is worked to make up for a holiday


class HolidayTable(BaseModel):
    """The days of some years. A year that is not listed is not known, which is not free of holidays."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    country: str = Field("", description="ISO 3166 code")
    source: str = Field("", description="what made the table, with its version")
    years: tuple[int, ...] = ()
    provisional_years: tuple[int, ...] = Field((), description="forecasts: not yet fixed by the authorities")
    days: dict[date, Holiday] = Field(default_factory=dict)

    def is_certain(self, day: date) -> bool:
        """Tell whether the table can be relied on for this day."""
        return day.year in self.years and day.year not in self.provisional_years
