"""The records of the API, made from the records of the box."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from firmware.api import core
from firmware.api.core import Actor, Json, JsonObject
from firmware.records.records import Records


class StoreRecords:
    """Queries over `Records`.

    folder  data folder that recordings' paths are relative to
    now     s, monotonic
    """

    def __init__(self, records: Records, folder: Path, now: Callable[[], float]) -> None:
        self._records = records
        self._folder = folder
        self._now = now

    def calls(self, limit: int, before: str | None) -> Sequence[JsonObject]:
        """Give finished calls."""
        rows = self._records.calls(limit, before)
        recorded = self._records.recorded([row.id for row in rows])
        sounds = self._records.sounds([row.id for row in rows])
        return [
            {
                **_json(row),
                "recording": recorded.get(row.id),
                "sound": _json(sounds[row.id]) if row.id in sounds else None,
            }
            for row in rows
        ]

    def call(self, call: str) -> JsonObject | None:
        """Give one with its parts."""
        detail = self._records.call(call)
        if detail is None:
            return None
        return {
            **_json(detail.call),
            "contact": _json(detail.contact) if detail.contact else None,
            "legs": [_json(row) for row in detail.legs],
            "segments": [_json(row) for row in detail.segments],
            "events": [_json(row) for row in detail.events],
            # where a file lies is the box's own business
            "recordings": [_json(row, "path") for row in detail.recordings],
        }

    def messages(self, limit: int) -> Sequence[JsonObject]:
        """Give messages."""
        return [_json(row) for row in self._records.messages(limit=limit)]

    def message_heard(self, message: str, actor: Actor) -> None:
        """Note who heard a message."""
        self._records.message_heard(message, actor.name, self._now())

    def recording(self, recording: str) -> Path | None:
        """Give a recording's file, never one outside the data folder."""
        row = self._records.recording(recording)
        if row is None:
            return None
        path = (self._folder / row.path).resolve()
        return path if path.is_relative_to(self._folder.resolve()) and path.is_file() else None

    def audit(self, limit: int) -> Sequence[JsonObject]:
        """Give the newest commands."""
        return [_json(row) for row in self._records.audits(limit)]


def _json(row: Any, *without: str) -> dict[str, Json]:
    return {name: _plain(value) for name, value in asdict(row).items() if name not in without}


def _plain(value: Any) -> Json:
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds")
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): _plain(below) for key, below in value.items()}
    plain: Json = value
    return plain


def _is_records(records: StoreRecords) -> core.Records:
    """Let mypy prove it."""
    return records
