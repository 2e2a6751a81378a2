"""Questions to the records. Each is one or a few indexed reads."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, RowMapping, Select, Table, and_, func, or_, select

from firmware.records import tables
from firmware.records.rows import (
    AuditRow,
    CallDetail,
    CallFilter,
    CallRow,
    CallSound,
    ContactRow,
    EventRow,
    LegRow,
    MessageRow,
    RecordingRow,
    SegmentRow,
)
from firmware.text import Language

Row = TypeVar("Row")


def calls(connection: Connection, limit: int, before: str | None, wanted: CallFilter) -> list[CallRow]:
    """Give calls, newest first; `before` is the last one of the page before, none follow an unknown one."""
    call = tables.call.c
    query = _filtered(select(tables.call), wanted).order_by(call.started_utc.desc(), call.id.desc())
    if before is not None:
        mark = connection.execute(select(call.started_utc).where(call.id == before)).scalar()
        if mark is None:
            return []
        query = query.where(or_(call.started_utc < mark, and_(call.started_utc == mark, call.id < before)))
    return _rows(connection, query.limit(limit), CallRow)


def call_detail(connection: Connection, call_id: str) -> CallDetail | None:
    """Give a call with its parts in the order of time; None when there is none."""
    found = _rows(connection, select(tables.call).where(tables.call.c.id == call_id), CallRow)
    if not found:
        return None
    contacts = _rows(
        connection, select(tables.contact).where(tables.contact.c.id == found[0].contact), ContactRow
    )
    leg, segment, recording = tables.leg, tables.segment, tables.recording
    return CallDetail(
        found[0],
        contacts[0] if contacts else None,
        tuple(_rows(connection, _of(leg, call_id).order_by(leg.c.started_utc), LegRow)),
        tuple(_rows(connection, _of(segment, call_id).order_by(segment.c.offset_s), SegmentRow)),
        tuple(_rows(connection, _of(tables.event, call_id).order_by(tables.event.c.seq), EventRow)),
        tuple(_rows(connection, _of(recording, call_id).order_by(recording.c.started_utc), RecordingRow)),
    )


def events(
    connection: Connection, *, limit: int, after_seq: int | None, call: str | None, kind: str | None
) -> list[EventRow]:
    """Give events: the newest, oldest first, or the ones that follow `after_seq`."""
    event = tables.event.c
    query = select(tables.event)
    if call is not None:
        query = query.where(event.call == call)
    if kind is not None:
        query = query.where(event.kind == kind)
    if after_seq is not None:
        return _rows(
            connection, query.where(event.seq > after_seq).order_by(event.seq).limit(limit), EventRow
        )
    return _rows(connection, query.order_by(event.seq.desc()).limit(limit), EventRow)[::-1]


def audits(connection: Connection, limit: int) -> list[AuditRow]:
    """Give the newest commands, newest first."""
    query = select(tables.audit).order_by(tables.audit.c.seq.desc()).limit(limit)
    return _rows(connection, query, AuditRow)


def messages(connection: Connection, queue: str | None, only_unheard: bool, limit: int) -> list[MessageRow]:
    """Give messages, newest first."""
    message = tables.message.c
    query = select(tables.message).order_by(message.utc.desc(), message.id.desc()).limit(limit)
    if queue is not None:
        query = query.where(message.queue == queue)
    if only_unheard:
        query = query.where(message.heard_utc.is_(None))
    return _rows(connection, query, MessageRow)


def message_of(connection: Connection, recording_id: str) -> MessageRow | None:
    """Give the message that a recording holds; None when there is none."""
    query = select(tables.message).where(tables.message.c.recording == recording_id)
    return next(iter(_rows(connection, query, MessageRow)), None)


def recording(connection: Connection, recording_id: str) -> RecordingRow | None:
    """Give a recording; None when there is none."""
    query = select(tables.recording).where(tables.recording.c.id == recording_id)
    return next(iter(_rows(connection, query, RecordingRow)), None)


def recorded(connection: Connection, calls: Collection[str]) -> dict[str, str]:
    """Give the first recording of each of these calls that has one."""
    column = tables.recording.c
    query = select(column.call, column.id).where(column.call.in_(calls)).order_by(column.started_utc.desc())
    return {call: found for call, found in connection.execute(query)}


def sounds(connection: Connection, calls: Collection[str]) -> dict[str, CallSound]:
    """Give how these calls sounded, those that were heard at all."""
    leg = tables.leg.c
    query = (
        select(
            leg.call,
            func.max(leg.answered_by).label("answered_by"),
            func.sum(leg.lost_s).label("lost_s"),
            func.sum(leg.quiet_s).label("quiet_s"),
            func.min(leg.voice_dbm0).label("voice_dbm0"),
            func.max(leg.noise_dbm0).label("noise_dbm0"),
        )
        .where(leg.call.in_(calls), or_(leg.voice_dbm0.is_not(None), leg.answered_by != ""))
        .group_by(leg.call)
    )
    found = (dict(row) for row in connection.execute(query).mappings())
    return {row.pop("call"): CallSound(**row) for row in found}


def segments(connection: Connection, kind: str, since: datetime, until: datetime) -> list[SegmentRow]:
    """Give the segments of a kind that began in [since, until)."""
    segment = tables.segment.c
    query = select(tables.segment).where(
        segment.kind == kind, segment.started_utc >= since, segment.started_utc < until
    )
    return _rows(connection, query, SegmentRow)


def begun_without_end(connection: Connection, kinds: tuple[str, ...], newest: int) -> list[EventRow]:
    """Give the events among the newest that begin a call of which there is no row: the box stopped in it."""
    event = tables.event.c
    last = connection.execute(select(event.seq).order_by(event.seq.desc()).limit(1)).scalar() or 0
    query = (
        select(tables.event)
        .where(event.seq > last - newest, event.kind.in_(kinds), event.call.is_not(None))
        .where(event.call.not_in(select(tables.call.c.id)))
        .order_by(event.seq)
    )
    return _rows(connection, query, EventRow)


def _filtered(query: Select[Any], wanted: CallFilter) -> Select[Any]:
    call = tables.call.c
    for name in ("direction", "result", "queue", "agent"):
        value = getattr(wanted, name)
        if value:
            query = query.where(call[name] == value)
    if wanted.since is not None:
        query = query.where(call.started_utc >= wanted.since)
    if wanted.until is not None:
        query = query.where(call.started_utc < wanted.until)
    if wanted.number:
        part = wanted.number
        query = query.where(
            or_(call.caller.contains(part, autoescape=True), call.called.contains(part, autoescape=True))
        )
    return query


def _of(table: Table, call_id: str) -> Select[Any]:
    return select(table).where(table.c["call"] == call_id)


def _rows(connection: Connection, query: Select[Any], make: Callable[..., Row]) -> list[Row]:
    return [make(**_values(found)) for found in connection.execute(query).mappings()]


def _values(found: RowMapping) -> Mapping[str, object]:
    language = found.get("language")
    return {**found, "language": Language(language)} if language is not None else dict(found)
