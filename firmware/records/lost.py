"""Calls and messages in which the box stopped: their events are there, their row is not.

What is read from the events' data: `call.incoming` line, caller; `call.outgoing` line, phone, number;
`message.started` box (the queue it is for).
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from firmware.ids import Ids
from firmware.records import queries
from firmware.records.rows import CallRow, ContactRow, EventRow, MessageRow, RecordingRow
from firmware.text import Language

BEGIN_KINDS = ("call.incoming", "call.outgoing")
MESSAGE_KIND = "message.started"
NEWEST = 20000  # events looked through: more than a day's
_EVENTS_MAX = 1000


@dataclass(frozen=True, slots=True)
class _Trace:
    first: EventRow
    last: EventRow
    language: Language


def lost_calls(connection: Connection, ids: Ids) -> list[tuple[CallRow, ContactRow]]:
    """Make the rows of calls that began and have no row, from what the event log knows."""
    begun = queries.begun_without_end(connection, BEGIN_KINDS, NEWEST)
    first_of = {event.call: event for event in reversed(begun) if event.call is not None}
    return [_rows(_trace(connection, event), call, ids) for call, event in reversed(first_of.items())]


def _trace(connection: Connection, first: EventRow) -> _Trace:
    events = queries.events(connection, limit=_EVENTS_MAX, after_seq=None, call=first.call, kind=None)
    languages = [event.language for event in events if event.language is not None]
    return _Trace(first, events[-1], languages[-1] if languages else Language.ZH)


def _rows(trace: _Trace, call: str, ids: Ids) -> tuple[CallRow, ContactRow]:
    first, last = trace.first, trace.last
    is_incoming = first.kind == BEGIN_KINDS[0]
    contact = ContactRow(
        id=first.contact or ids.new(),
        revision=first.revision,
        language=trace.language,
        started_utc=first.utc,
        ended_utc=last.utc,
        number=_said(first, "caller") if is_incoming else _said(first, "number"),
    )
    row = CallRow(
        id=call,
        contact=contact.id,
        revision=first.revision,
        language=trace.language,
        started_utc=first.utc,
        ended_utc=last.utc,
        duration_s=max(last.at_s - first.at_s, 0.0),
        direction="in" if is_incoming else "out",
        result="lost",
        end_reason="restart",
        port=_said(first, "line"),
        caller=_said(first, "caller") or _said(first, "phone"),
        called=_said(first, "number"),
    )
    return row, contact


def lost_message(connection: Connection, recording: RecordingRow) -> MessageRow | None:
    """Make the row of a message that was being recorded; None when it has one, or was no caller's message."""
    if queries.message_of(connection, recording.id) is not None:
        return None
    events = queries.events(connection, limit=_EVENTS_MAX, after_seq=None, call=recording.call, kind=None)
    started = [event for event in events if event.kind == MESSAGE_KIND]
    if not started:
        return None
    languages = [event.language for event in events if event.language is not None]
    return MessageRow(
        id=recording.id,
        call=recording.call,
        recording=recording.id,
        revision=recording.revision,
        language=languages[-1] if languages else Language.ZH,
        utc=recording.started_utc,
        duration_s=recording.duration_s,
        queue=_said(started[-1], "box"),
        caller=next((_said(event, "caller") for event in events if event.kind == BEGIN_KINDS[0]), ""),
    )


def _said(event: EventRow, name: str) -> str:
    return str(event.data.get(name, ""))
