"""The calls of the box as its database has them."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tools.virtual import START_UTC

OUTSIDE = ("span", "fxo")
SPENT = ("event", "segment", "leg", "call", "contact", "recording", "message", "audit")
LEGS = """
    SELECT leg.port, leg.number, leg.started_utc, leg.duration_s, leg.answered, leg.ring_s, leg.call,
           call.port AS last_port, call.direction, call.caller, call.called, call.end_reason, call.result
    FROM leg JOIN call ON leg.call = call.id ORDER BY leg.started_utc, leg.id
"""


@dataclass(slots=True)
class Leg:
    """One try of a call on an outside line; times are seconds since the start."""

    line: str
    call: str
    is_in: bool
    number: str  # of the caller, or as it was dialled on this line
    began_at: float
    ended_at: float
    answered_at: float | None
    is_last: bool  # the call ended on this line
    reason: str


class BoxBook:
    """Reads the database of the box, and empties what was read so that it stays small."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._database = sqlite3.connect(folder / "records.sqlite")
        self._database.row_factory = sqlite3.Row

    def turn(self) -> list[Leg]:
        """Give the outside legs since the last time."""
        rows = self._database.execute(LEGS).fetchall()
        return [_leg(row) for row in rows if str(row["port"]).startswith(OUTSIDE)]

    def count(self, condition: str = "1") -> int:
        """Count the calls since the last time that fulfil a condition."""
        return int(self._database.execute(f"SELECT count(*) FROM call WHERE {condition}").fetchone()[0])

    def broken(self) -> list[str]:
        """Give rows that belong to no call, or belong together badly."""
        checks = {
            "legs without a call": "SELECT id FROM leg WHERE call NOT IN (SELECT id FROM call)",
            "segments without a call": "SELECT id FROM segment WHERE call NOT IN (SELECT id FROM call)",
            "recordings without a call": "SELECT id FROM recording WHERE call NOT IN (SELECT id FROM call)",
            "messages without a recording": (
                "SELECT id FROM message WHERE recording NOT IN (SELECT id FROM recording)"
            ),
            "calls without a contact": "SELECT id FROM call WHERE contact NOT IN (SELECT id FROM contact)",
            "lost calls": "SELECT id FROM call WHERE result = 'lost'",
        }
        found = {name: [row[0] for row in self._database.execute(query)] for name, query in checks.items()}
        return [f"{len(ids)} {name}, such as {ids[0]}" for name, ids in found.items() if ids]

    def empty(self) -> None:
        """Forget what was read, with the sound that belongs to it."""
        with self._database:
            for table in SPENT:
                self._database.execute(f"DELETE FROM {table}")
        for sound in (self._folder / "recordings").rglob("*.wav"):
            sound.unlink()


def _leg(row: sqlite3.Row) -> Leg:
    began_at = (datetime.fromisoformat(row["started_utc"]).replace(tzinfo=UTC) - START_UTC).total_seconds()
    is_in = row["direction"] == "in"
    return Leg(
        row["port"],
        row["call"],
        is_in,
        row["caller"] if is_in else row["number"],
        began_at,
        began_at + row["duration_s"],
        began_at + row["ring_s"] if row["answered"] else None,
        row["port"] == row["last_port"],
        row["end_reason"],
    )
