"""The records of the box: what happened, who called, what was said, who gave which command.

A call is finished when its row is on the disk: `call_finished` sends it at once, in a transaction of its
own. Events and commands follow in groups, at most a second after they happened. Nothing here raises into a
call: a disk that refuses is told to `trouble`, and the rows wait in memory until it takes them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import fields, replace
from datetime import date
from pathlib import Path
from typing import TypeVar, cast
from zoneinfo import ZoneInfo

from pydantic import JsonValue
from sqlalchemy import Table

from firmware.clock import Clock
from firmware.executor import Executor
from firmware.ids import Ids
from firmware.records import queries, reports, tables
from firmware.records.database import Database, Insert
from firmware.records.lost import lost_calls, lost_message
from firmware.records.outbox import Outbox, Trouble
from firmware.records.rows import (
    AuditRow,
    CallDetail,
    CallFilter,
    CallRow,
    ContactRow,
    EventRow,
    LegRow,
    MessageRow,
    QueueCount,
    RecordingRow,
    SegmentRow,
)
from firmware.text import Language, Text

Row = TypeVar("Row", ContactRow, CallRow, LegRow, SegmentRow, RecordingRow, MessageRow)


class Records:
    """Keep the records in a folder.

    folder       for `records.sqlite`
    box_id       of this box, in every row
    executor     does what waits for the disk
    trouble      called with a text when the disk refuses, with None when all is stored again
    synchronous  FULL on a box; OFF for virtual time
    raises       OSError when the folder refuses
    """

    def __init__(
        self,
        folder: Path,
        *,
        box_id: str,
        ids: Ids,
        clock: Clock,
        executor: Executor,
        trouble: Trouble = lambda text: None,
        synchronous: str = "FULL",
    ) -> None:
        self._box = box_id
        self._ids = ids
        self._clock = clock
        self._database = Database(folder, synchronous)
        self._outbox = Outbox(self._database, executor, trouble)
        self._listeners: list[Callable[[EventRow], None]] = []
        self.revision = 0
        self.repairs: list[Text] = list(self._database.repairs)
        self._repair(clock.now())

    def on_event(self, listener: Callable[[EventRow], None]) -> None:
        """Call `listener(row)` at each event, before it is stored."""
        self._listeners.append(listener)

    def event(
        self,
        kind: str,
        now: float,
        *,
        contact: str | None = None,
        call: str | None = None,
        leg: str | None = None,
        revision: int | None = None,
        language: Language | None = None,
        **data: JsonValue,
    ) -> EventRow:
        """Note something that happened; it is on the disk within a second.

        revision  of the settings the call lives by; the one in force when not given
        """
        self._watch_clock(now)
        row = self._row(kind, now, data)
        revision = row.revision if revision is None else revision
        return self._note(
            replace(row, contact=contact, call=call, leg=leg, revision=revision, language=language)
        )

    def call_finished(
        self,
        call: CallRow,
        now: float,
        *,
        contact: ContactRow | None = None,
        legs: Sequence[LegRow] = (),
        segments: Sequence[SegmentRow] = (),
        stored: Callable[[], None] = lambda: None,
    ) -> None:
        """Store a call with its parts at once, in one transaction; `stored()` when it is on the disk."""
        self._watch_clock(now)
        inserts = [] if contact is None else [self._insert(tables.contact, contact)]
        inserts.append(self._insert(tables.call, call))
        inserts += [self._insert(tables.leg, leg) for leg in legs]
        inserts += [self._insert(tables.segment, segment) for segment in segments]
        self._outbox.at_once(inserts, now, stored)

    def recording_finished(
        self, recording: RecordingRow, now: float, stored: Callable[[], None] = lambda: None
    ) -> None:
        """Store a recording's row at once; `stored()` when it is on the disk: the spool may forget it.

        A message that the box stopped in gets its message row too, so that somebody hears it.
        """
        inserts = [self._insert(tables.recording, recording)]
        if recording.repaired and recording.kind == "message":
            with self._database.read() as connection:
                message = lost_message(connection, recording)
            inserts += [self._insert(tables.message, message)] if message is not None else []
        self._outbox.at_once(inserts, now, stored)

    def message_left(
        self, message: MessageRow, now: float, stored: Callable[[], None] = lambda: None
    ) -> None:
        """Store a message's row at once."""
        self._outbox.at_once([self._insert(tables.message, message)], now, stored)

    def message_heard(self, message_id: str, actor: str, now: float) -> None:
        """Note who heard a message first."""
        message = tables.message
        change = message.update().where(message.c.id == message_id, message.c.heard_utc.is_(None))
        heard = change.values(heard_utc=self._clock.utc_at(now), heard_by=actor)
        self._outbox.at_once([heard], now, lambda: None)

    def audit(  # noqa: PLR0917  # in the order of a sentence: who, as what, did what, how, with what result
        self, actor: str, role: str, command: str, args: Mapping[str, JsonValue], result: str, now: float
    ) -> None:
        """Note a command; it is on the disk within a second. Give no secrets in `args`."""
        row = AuditRow(
            id=self._ids.new(),
            box=self._box,
            revision=self.revision,
            utc=self._clock.utc_at(now),
            clock_synced=self._clock.is_synced(),
            at_s=now,
            actor=actor,
            role=role,
            command=command,
            args=dict(args),
            result=result[:200],
        )
        self._outbox.soon(Insert(tables.audit, _values(row)), now)

    def tick(self, now: float) -> None:
        """Send what is due, and hear from the writer."""
        self._outbox.tick(now)

    def deadline(self) -> float | None:
        """Give the next time at which `tick` has something to do."""
        return self._outbox.deadline()

    def flush(self) -> None:
        """Send the waiting events now."""
        self._outbox.flush()

    def close(self) -> None:
        """Store all that waits and close the file."""
        self._outbox.close()
        self._database.close()

    def calls(
        self, limit: int = 50, before: str | None = None, filters: CallFilter | None = None
    ) -> list[CallRow]:
        """Give finished calls, newest first; `before` is the id of the last call of the page before."""
        with self._database.read() as connection:
            return queries.calls(connection, limit, before, filters or CallFilter())

    def call(self, call_id: str) -> CallDetail | None:
        """Give a finished call with its legs, segments, events and recordings; None when there is none."""
        with self._database.read() as connection:
            return queries.call_detail(connection, call_id)

    def events(
        self,
        limit: int = 100,
        *,
        after_seq: int | None = None,
        call: str | None = None,
        kind: str | None = None,
    ) -> list[EventRow]:
        """Give stored events, oldest first: the newest ones, or those that follow `after_seq`."""
        with self._database.read() as connection:
            return queries.events(connection, limit=limit, after_seq=after_seq, call=call, kind=kind)

    def audits(self, limit: int = 100) -> list[AuditRow]:
        """Give the newest commands, newest first."""
        with self._database.read() as connection:
            return queries.audits(connection, limit)

    def messages(
        self, queue: str | None = None, *, only_unheard: bool = False, limit: int = 100
    ) -> list[MessageRow]:
        """Give messages, newest first."""
        with self._database.read() as connection:
            return queries.messages(connection, queue, only_unheard, limit)

    def recording(self, recording_id: str) -> RecordingRow | None:
        """Give a recording's row; None when there is none."""
        with self._database.read() as connection:
            return queries.recording(connection, recording_id)

    def recorded(self, calls: Collection[str]) -> Mapping[str, str]:
        """Give the id of the first recording of each of these calls that has one."""
        with self._database.read() as connection:
            return queries.recorded(connection, calls)

    def counts(
        self, day: date, zone: ZoneInfo, service_level_s: Mapping[str, float] | None = None
    ) -> list[QueueCount]:
        """Give a day's figures per queue; formulas in `reports.queue_counts`.

        day   in the site's zone; a call counts on the day it joined the queue
        """
        since, until = reports.day_bounds(day, zone)
        with self._database.read() as connection:
            return reports.queue_counts(queries.segments(connection, "queue", since, until), service_level_s)

    def _row(self, kind: str, now: float, data: Mapping[str, JsonValue]) -> EventRow:
        """Make the row of an event that belongs to no call."""
        return EventRow(
            id=self._ids.new(),
            box=self._box,
            revision=self.revision,
            utc=self._clock.utc_at(now),
            clock_synced=self._clock.is_synced(),
            at_s=now,
            kind=kind,
            data=data,
        )

    def _note(self, row: EventRow) -> EventRow:
        self._outbox.soon(Insert(tables.event, _values(row)), row.at_s)
        for listener in self._listeners:
            listener(row)
        return row

    def _watch_clock(self, now: float) -> None:
        """Log a jump of the wall clock before the row that would suffer from it."""
        step = self._clock.step()
        if step is not None:
            self._note(self._row("clock.step", now, {"seconds": round(step.seconds, 3)}))

    def _insert(self, table: Table, row: Row) -> Insert:
        stamped = replace(row, box=self._box, clock_synced=self._clock.is_synced())
        return Insert(table, _values(stamped))

    def _repair(self, now: float) -> None:
        """Write the rows of calls in which the box stopped, and say so."""
        with self._database.read() as connection:
            lost = lost_calls(connection, self._ids)
        for call, contact in lost:
            self.call_finished(call, now, contact=contact)
        if lost:
            self.repairs.append(
                Text(
                    zh=f"上次停止时有 {len(lost)} 个通话中断,已补记录",
                    en=f"{len(lost)} calls were cut when the box stopped; they are recorded",
                )
            )


def _values(row: object) -> Mapping[str, object]:
    """Give a row's columns; `seq` is the database's."""
    names = (field.name for field in fields(cast(CallRow, row)) if field.name != "seq")
    return {name: _plain(getattr(row, name)) for name in names}


def _plain(value: object) -> object:
    if isinstance(value, Language):
        return value.value
    return dict(value) if isinstance(value, Mapping) else value
