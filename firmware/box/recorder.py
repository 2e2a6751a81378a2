"""Brings what the engine records to the disk: one spool for all channels."""

from __future__ import annotations

from collections.abc import Callable

from firmware.call.types import Record, RecordingKind
from firmware.media.media import Media
from firmware.records.spool import Spool

DRAIN_S = 0.1  # with the spool's fdatasync a power cut loses less than a second


class Recorder:
    """The recordings in progress."""

    def __init__(self, media: Media, spool: Spool, alarm: Callable[[bool], None]) -> None:
        self._media = media
        self._spool = spool
        self._alarm = alarm
        self._running: set[str] = set()
        self._drain_at: float | None = None

    def begin(self, record: Record, now: float) -> None:
        """Record a channel; without free disk the call goes on unrecorded."""
        number = self._media.record(record.channel, record.recording)
        self._spool.begin(number, record.recording, call=record.call, kind=record.kind.value, now=now)
        self._drain_at = self._drain_at or now + DRAIN_S

    def deadline(self) -> float | None:
        """When `tick` wants to be called."""
        return self._drain_at

    def tick(self, now: float) -> None:
        """Move what has gathered to the spool."""
        if self._drain_at is None or now < self._drain_at:
            return
        chunks = self._media.recorded()
        if chunks:
            self._spool.write(chunks, now)
        self._spool.tick(now)
        self._drain_at = now + DRAIN_S if self._spool.is_busy else None


RETENTION = {RecordingKind.CALL: "call", RecordingKind.MESSAGE: "message", RecordingKind.PROMPT: "prompt"}
