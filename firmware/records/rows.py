"""The rows of the records, as the box gives them and as queries give them back. Field names are the columns'
names.

`box` and `clock_synced` are filled in by the records. Times `_utc` are aware, `_s` are seconds of the
monotonic clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import JsonValue

from firmware.text import Language

Data = Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRow:
    """A person's try to reach us; `channel` is `phone` (others will come), `number` theirs."""

    id: str
    revision: int
    language: Language
    started_utc: datetime
    ended_utc: datetime
    channel: str = "phone"
    number: str = ""
    box: str = ""
    clock_synced: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRow:
    """A call from its first ring to its end.

    direction   in | out | internal
    result      answered (a person spoke) | abandoned (the caller left a queue) | message (one was left) |
                served (menus only) | missed (rang off before the box answered) |
                failed (outgoing, not reached) | lost (the box stopped in it)
    end_reason  caller | callee | box | busy | no-answer | restart ...
    queue       the last one it waited in; `agent` and `menu` likewise
    wait_s      in queues, ringing of agents included; `talk_s` with a person
    """

    id: str
    contact: str
    revision: int
    language: Language
    started_utc: datetime
    ended_utc: datetime
    duration_s: float
    direction: str
    result: str
    end_reason: str
    port: str = ""
    caller: str = ""
    called: str = ""
    menu: str = ""
    queue: str = ""
    agent: str = ""
    wait_s: float = 0.0
    talk_s: float = 0.0
    box: str = ""
    clock_synced: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LegRow:
    """One party of a call on one port; `role` is caller | agent | callee.

    answered_by  person | machine | unsure: of an outside call that was answered; empty: nobody listened
    lost_s       nothing came from the line in a talk
    quiet_s      its voice was too low to be understood well
    voice_dbm0   and what follows: heard from an outside line from its begin to its end; -96: nothing
    clipped      samples at the end of the scale
    """

    id: str
    call: str
    revision: int
    started_utc: datetime
    duration_s: float
    role: str
    port: str
    end_reason: str
    number: str = ""
    agent: str = ""
    ring_s: float = 0.0
    answered: bool = False
    answered_by: str = ""
    lost_s: float = 0.0
    quiet_s: float = 0.0
    voice_dbm0: float | None = None
    noise_dbm0: float | None = None
    peak_dbm0: float | None = None
    voice_s: float | None = None
    clipped: int | None = None
    box: str = ""
    clock_synced: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentRow:
    """A stretch of a call.

    kind      ring | dial | menu | queue | talk | hold | consult | conference | message | announce
    name      of the menu, queue or prompt
    offset_s  from the call's start
    result    of a queue: answered | abandoned (by the caller) | dropped (by the box) | overflow (sent on)
    """

    id: str
    call: str
    revision: int
    language: Language
    started_utc: datetime
    offset_s: float
    duration_s: float
    kind: str
    name: str = ""
    agent: str = ""
    result: str = ""
    leg: str | None = None
    box: str = ""
    clock_synced: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """Something that happened; `at_s` is the monotonic clock, `seq` the order (0 until it is stored)."""

    id: str
    box: str
    revision: int
    utc: datetime
    clock_synced: bool
    at_s: float
    kind: str
    language: Language | None = None
    contact: str | None = None
    call: str | None = None
    leg: str | None = None
    data: Data = field(default_factory=dict)
    seq: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """Somebody gave a command."""

    id: str
    box: str
    revision: int
    utc: datetime
    clock_synced: bool
    at_s: float
    actor: str
    role: str
    command: str
    args: Data
    result: str
    seq: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingRow:
    """A recording on the disk; `path` is relative to the data folder and tells nothing about the call.

    lost_s    silence put in for sound that never arrived
    repaired  the box stopped in it and mended it at the next start
    """

    id: str
    call: str
    revision: int
    started_utc: datetime
    duration_s: float
    kind: str
    retention: str
    path: str
    channels: int
    sha256: str
    lost_s: float = 0.0
    repaired: bool = False
    box: str = ""
    clock_synced: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRow:
    """A message that a caller left for a queue."""

    id: str
    call: str
    recording: str
    revision: int
    language: Language
    utc: datetime
    duration_s: float
    queue: str
    caller: str = ""
    heard_utc: datetime | None = None
    heard_by: str | None = None
    box: str = ""
    clock_synced: bool = False


@dataclass(frozen=True, slots=True)
class CallDetail:
    """A call with all that is known of it."""

    call: CallRow
    contact: ContactRow | None
    legs: tuple[LegRow, ...]
    segments: tuple[SegmentRow, ...]
    events: tuple[EventRow, ...]
    recordings: tuple[RecordingRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallSound:
    """How the outside lines of a call sounded, all of them together; fields as `LegRow` has them."""

    answered_by: str
    lost_s: float
    quiet_s: float
    voice_dbm0: float | None  # the lowest
    noise_dbm0: float | None  # the highest


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFilter:
    """Which calls a query gives; None and empty stand for all.

    number  part of the caller's or the called number
    since   first moment, until   first moment after
    """

    since: datetime | None = None
    until: datetime | None = None
    direction: str = ""
    result: str = ""
    queue: str = ""
    agent: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueCount:
    """A queue's figures of a day; formulas in `firmware.records.reports.queue_counts`."""

    queue: str
    offered: int
    answered: int
    abandoned: int
    short_abandoned: int
    overflowed: int
    service_level: float | None
    abandon_rate: float | None
    average_wait_s: float | None
    longest_wait_s: float
