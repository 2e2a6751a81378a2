"""Calls in which the box stopped: their events are there, their row is not."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from firmware.ids import Ids
from firmware.records import queries
from firmware.records.rows import CallRow, ContactRow, EventRow
from firmware.text import Language

BEGIN_KINDS = ("call.incoming", "call.outgoing")
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
    contact = ContactRow(
        id=first.contact or ids.new(),
        revision=first.revision,
        language=trace.language,
        started_utc=first.utc,
        ended_utc=last.utc,
        number=str(first.data.get("caller", "")),
    )
    row = CallRow(
        id=call,
        contact=contact.id,
        revision=first.revision,
        language=trace.language,
        started_utc=first.utc,
        ended_utc=last.utc,
        duration_s=max(last.at_s - first.at_s, 0.0),
        direction="in" if first.kind == BEGIN_KINDS[0] else "out",
        result="lost",
        end_reason="restart",
        port=str(first.data.get("line", "")),
        caller=str(first.data.get("caller", "")),
        called=str(first.data.get("called", "")),
    )
    return row, contact
