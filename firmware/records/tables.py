"""The tables of the records. The same ones live in SQLite on a box and in PostgreSQL where offices share one.

Every row has a UUID, the box it comes from, and UTC beside monotonic durations: `_s` columns never depend
on the wall clock, and `clock_synced` tells if the wall clock could be trusted. A changed table needs a
migration in `migrations/`.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)
from sqlalchemy.types import TypeDecorator

SCHEMA_VERSION = "0002"  # the newest revision in migrations/versions


class Utc(TypeDecorator[datetime]):
    """An aware time in UTC. SQLite forgets the zone, so it is given back here."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store UTC. raises ValueError for a naive time."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"got the naive time {value}, allowed: an aware one")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give an aware time."""
        return None if value is None else value.replace(tzinfo=UTC) if value.tzinfo is None else value


ID = String(36)
metadata = MetaData()

meta = Table(
    "meta", metadata, Column("key", String(40), primary_key=True), Column("value", Text, nullable=False)
)

contact = Table(
    "contact",
    metadata,
    Column("id", ID, primary_key=True),
    Column("box", ID, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("language", String(2), nullable=False),
    Column("started_utc", Utc, nullable=False),
    Column("ended_utc", Utc, nullable=False),
    Column("clock_synced", Boolean, nullable=False),
    Column("channel", String(16), nullable=False),
    Column("number", String(40), nullable=False),
)

call = Table(
    "call",
    metadata,
    Column("id", ID, primary_key=True),
    Column("contact", ID, nullable=False),
    Column("box", ID, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("language", String(2), nullable=False),
    Column("started_utc", Utc, nullable=False),
    Column("ended_utc", Utc, nullable=False),
    Column("clock_synced", Boolean, nullable=False),
    Column("duration_s", Float, nullable=False),
    Column("direction", String(8), nullable=False),
    Column("port", String(16), nullable=False),
    Column("caller", String(40), nullable=False),
    Column("called", String(40), nullable=False),
    Column("menu", String(32), nullable=False),
    Column("queue", String(32), nullable=False),
    Column("agent", String(16), nullable=False),
    Column("wait_s", Float, nullable=False),
    Column("talk_s", Float, nullable=False),
    Column("result", String(16), nullable=False),
    Column("end_reason", String(32), nullable=False),
    Index("call_started", "started_utc", "id"),
    Index("call_contact", "contact"),
)

leg = Table(
    "leg",
    metadata,
    Column("id", ID, primary_key=True),
    Column("call", ID, nullable=False),
    Column("box", ID, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("started_utc", Utc, nullable=False),
    Column("clock_synced", Boolean, nullable=False),
    Column("duration_s", Float, nullable=False),
    Column("role", String(8), nullable=False),
    Column("port", String(16), nullable=False),
    Column("number", String(40), nullable=False),
    Column("agent", String(16), nullable=False),
    Column("ring_s", Float, nullable=False),
    Column("answered", Boolean, nullable=False),
    Column("end_reason", String(32), nullable=False),
    Column("answered_by", String(8), nullable=False, server_default=""),
    Column("lost_s", Float, nullable=False, server_default="0"),
    Column("quiet_s", Float, nullable=False, server_default="0"),
    Column("voice_dbm0", Float),
    Column("noise_dbm0", Float),
    Column("peak_dbm0", Float),
    Column("voice_s", Float),
    Column("clipped", Integer),
    Index("leg_call", "call"),
)

segment = Table(
    "segment",
    metadata,
    Column("id", ID, primary_key=True),
    Column("call", ID, nullable=False),
    Column("leg", ID),
    Column("box", ID, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("language", String(2), nullable=False),
    Column("started_utc", Utc, nullable=False),
    Column("clock_synced", Boolean, nullable=False),
    Column("offset_s", Float, nullable=False),
    Column("duration_s", Float, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("name", String(40), nullable=False),
    Column("agent", String(16), nullable=False),
    Column("result", String(16), nullable=False),
    Index("segment_call", "call"),
    Index("segment_kind", "kind", "started_utc"),
)

event = Table(
    "event",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("id", ID, nullable=False, unique=True),
    Column("box", ID, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("language", String(2)),
    Column("utc", Utc, nullable=False),
    Column("clock_synced", Boolean, nullable=False),
    Column("at_s", Float, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("contact", ID),
    Column("call", ID),
    Column("leg", ID),
    Column("data", JSON, nullable=False),
    Index("event_call", "call"),
    Index("event_kind", "kind", "utc"),
    sqlite_autoincrement=True,
)

audit = Table(
    "audit",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("id", ID, nullable=False, unique=True),
    Column("box", ID, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("utc", Utc, nullable=False),
    Column("clock_synced", Boolean, nullable=False),
    Column("at_s", Float, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("role", String(32), nullable=False),
    Column("command", String(64), nullable=False),
    Column("args", JSON, nullable=False),
    Column("result", String(200), nullable=False),
    sqlite_autoincrement=True,
)

recording = Table(
    "recording",
    metadata,
    Column("id", ID, primary_key=True),
    Column("call", ID, nullable=False),
    Column("box", ID, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("started_utc", Utc, nullable=False),
    Column("clock_synced", Boolean, nullable=False),
    Column("duration_s", Float, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("retention", String(32), nullable=False),
    Column("path", String(200), nullable=False),
    Column("channels", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("lost_s", Float, nullable=False),
    Column("repaired", Boolean, nullable=False),
    Index("recording_call", "call"),
)

message = Table(
    "message",
    metadata,
    Column("id", ID, primary_key=True),
    Column("call", ID, nullable=False),
    Column("recording", ID, nullable=False),
    Column("box", ID, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("language", String(2), nullable=False),
    Column("utc", Utc, nullable=False),
    Column("clock_synced", Boolean, nullable=False),
    Column("duration_s", Float, nullable=False),
    Column("queue", String(32), nullable=False),
    Column("caller", String(40), nullable=False),
    Column("heard_utc", Utc),
    Column("heard_by", String(64)),
    Index("message_utc", "utc", "id"),
    Index("message_recording", "recording"),
)
