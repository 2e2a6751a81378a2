"""Turns a finished call into the rows of the records."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from firmware.call.types import TALKS, Call, Direction, Leg, MessageLeft, Segment
from firmware.clock import Clock
from firmware.ids import Ids
from firmware.media.types import Levels
from firmware.records.records import Records
from firmware.records.rows import CallRow, ContactRow, LegRow, MessageRow, SegmentRow

LevelsOf = Callable[[Leg], Levels | None]


def file(records: Records, clock: Clock, call: Call, levels_of: LevelsOf) -> None:
    """Store a call, its contact, legs and segments in one transaction.

    levels_of  what was heard of a leg; None where nobody listened
    """
    ended_at = call.ended_at if call.ended_at is not None else clock.now()
    records.call_finished(
        _call(call, clock, ended_at),
        ended_at,
        contact=_contact(call, clock, ended_at),
        legs=[_heard(_leg(call, leg, clock, ended_at), leg, levels_of(leg)) for leg in call.legs],
        segments=[_segment(call, segment, clock, ended_at) for segment in call.segments],
    )


def file_message(records: Records, ids: Ids, clock: Clock, left: MessageLeft, now: float) -> None:
    """Store that a message was left."""
    call = left.call
    row = MessageRow(
        id=ids.new(),
        call=call.id,
        recording=left.recording,
        revision=call.revision,
        language=call.language,
        utc=clock.utc_at(now),
        duration_s=left.seconds,
        queue=left.box,
        caller=call.caller,
    )
    records.message_left(row, now)


def result(call: Call) -> str:
    """Name what became of a call, as `firmware.records.rows.CallRow` lists it."""
    kinds = {segment.kind for segment in call.segments}
    last = call.segments[-1].kind if call.segments else ""
    if kinds & set(TALKS):
        return "answered" if call.direction is not Direction.OUT or call.answered_at else "failed"
    if last == "message" and call.message_left:
        return "message"
    if last in ("queue", "ring"):
        return "abandoned"
    if call.direction is not Direction.IN:
        return "failed"
    return "served" if call.answered_at is not None else "missed"


def _call(call: Call, clock: Clock, ended_at: float) -> CallRow:
    return CallRow(
        id=call.id,
        contact=call.contact,
        revision=call.revision,
        language=call.language,
        started_utc=clock.utc_at(call.began_at),
        ended_utc=clock.utc_at(ended_at),
        duration_s=ended_at - call.began_at,
        direction=call.direction.value,
        result=result(call),
        end_reason=call.reason,
        port=call.line,
        caller=call.caller,
        called=call.called,
        menu=next((segment.detail for segment in reversed(call.segments) if segment.kind == "menu"), ""),
        queue=call.queue,
        agent=call.agent,
        wait_s=_spent(call, "queue", ended_at),
        talk_s=sum(_spent(call, kind, ended_at) for kind in TALKS),
    )


def _contact(call: Call, clock: Clock, ended_at: float) -> ContactRow:
    return ContactRow(
        id=call.contact,
        revision=call.revision,
        language=call.language,
        started_utc=clock.utc_at(call.began_at),
        ended_utc=clock.utc_at(ended_at),
        number=call.caller if call.direction is Direction.IN else call.called,
    )


def _leg(call: Call, leg: Leg, clock: Clock, ended_at: float) -> LegRow:
    until = leg.ended_at if leg.ended_at is not None else ended_at
    role = "caller" if leg is call.legs[0] else "agent" if leg.agent else "callee"
    return LegRow(
        id=leg.id,
        call=call.id,
        revision=call.revision,
        started_utc=clock.utc_at(leg.began_at),
        duration_s=until - leg.began_at,
        role=role,
        port=leg.port,
        end_reason=leg.reason or call.reason,
        number=leg.number,
        agent=leg.agent if role == "agent" else "",
        ring_s=(leg.answered_at if leg.answered_at is not None else until) - leg.began_at,
        answered=leg.answered_at is not None,
    )


def _heard(row: LegRow, leg: Leg, levels: Levels | None) -> LegRow:
    """Add how an outside line sounded."""
    sound = leg.sound
    row = replace(
        row,
        answered_by=sound.answered_by.value if sound.answered_by is not None else "",
        lost_s=round(sound.lost_s, 1),
        quiet_s=round(sound.quiet_s, 1),
    )
    if levels is None:
        return row
    return replace(
        row,
        voice_dbm0=round(levels.voice_dbm0, 1),
        noise_dbm0=round(levels.noise_dbm0, 1),
        peak_dbm0=round(levels.peak_dbm0, 1),
        voice_s=round(levels.voice_s, 2),
        clipped=levels.clipped,
    )


def _segment(call: Call, segment: Segment, clock: Clock, ended_at: float) -> SegmentRow:
    until = segment.ended_at if segment.ended_at is not None else ended_at
    return SegmentRow(
        id=segment.id,
        call=call.id,
        revision=call.revision,
        language=call.language,
        started_utc=clock.utc_at(segment.began_at),
        offset_s=segment.began_at - call.began_at,
        duration_s=until - segment.began_at,
        kind=segment.kind,
        name=segment.detail,
        agent=segment.agent,
        result=segment.result,
    )


def _spent(call: Call, kind: str, ended_at: float) -> float:
    return sum(
        (segment.ended_at if segment.ended_at is not None else ended_at) - segment.began_at
        for segment in call.segments
        if segment.kind == kind
    )
