"""The table of holidays on the disk, made by a one-shot process: the package that knows holidays is too
large for the daemon.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import structlog
from pydantic import ValidationError

from firmware.hours.table import HolidayTable

LIMIT_S = 60.0

log = structlog.get_logger("holidays")


class HolidaysFile:
    """Reads the table and renews it."""

    def __init__(self, path: Path, country: str) -> None:
        self._path = path
        self._country = country.upper()

    def read(self) -> HolidayTable:
        """Give what was made last; an empty table before the first time."""
        try:
            return HolidayTable.model_validate_json(self._path.read_bytes())
        except (OSError, ValidationError):
            return HolidayTable()

    def is_current(self, table: HolidayTable, year: int) -> bool:
        """The table covers this year and the next."""
        return table.country.upper() == self._country and {year, year + 1} <= set(table.years)

    async def renew(self, year: int) -> HolidayTable:
        """Make the table anew for this year and the two after it; the old one stays if that fails."""
        years = [str(year), str(year + 1), str(year + 2)]
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "firmware.hours.holiday_table", self._country, *years,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            out, err = await asyncio.wait_for(process.communicate(), LIMIT_S)
        except TimeoutError:
            process.kill()
            return self.read()
        if process.returncode != 0:
            log.warning("no table of holidays", why=err.decode("utf-8", "replace").strip())
            return self.read()
        self._path.write_bytes(out)
        return self.read()
