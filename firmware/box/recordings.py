"""Brings what the engine records to the disk, and what was recorded to the records or the owner's prompts."""

from __future__ import annotations

import struct
from collections.abc import Callable
from math import inf

from firmware.call.types import Dictated, Record, RecordingKind, StopRecord
from firmware.media.media import Media
from firmware.records.chunk import CHUNK_SMP, LAST, SLOT
from firmware.records.records import Records
from firmware.records.rows import RecordingRow
from firmware.records.spool import Spool

HEAD = struct.Struct("<IIIHH")  # of a chunk: mark, recording, seq, channel, flags
TAP_S = 0.05
Tap = Callable[[bytes, bytes, float], None]  # heard, sent, now
DRAIN_S = 0.1  # with the spool's write and sync a killed process loses a third of a second, a power cut one


class Recordings:
    """The recordings in progress."""

    def __init__(
        self,
        media: Media,
        spool: Spool,
        records: Records,
        dictated: Callable[[Dictated, RecordingRow], None],
    ) -> None:
        self._media = media
        self._spool = spool
        self._records = records
        self._dictated = dictated
        self._dictations: dict[str, Dictated] = {}
        self._prompts: set[str] = set()
        self._running: set[str] = set()
        self._taps: dict[int, list[Tap]] = {}
        self._tap_numbers: set[int] = set()
        self._drain_at: float | None = None
        self._now = 0.0

    def begin(self, record: Record, now: float, revision: int) -> None:
        """Record a channel; without room on the disk the call goes on unrecorded."""
        number = self._media.record_number()
        is_prompt = record.kind is RecordingKind.PROMPT
        kind = RecordingKind.MESSAGE if is_prompt else record.kind
        is_possible = self._spool.begin(
            number,
            record.recording,
            now,
            call=record.call or record.recording,  # a dictated prompt belongs to no call
            kind=kind.value,
            retention=record.kind.value,
            revision=revision,
        )
        if not is_possible:
            return
        if is_prompt:
            self._prompts.add(record.recording)
        self._running.add(record.recording)
        self._media.record(record.channel, number)
        self._drain_at = self._drain_at or now + DRAIN_S

    def end(self, stop: StopRecord) -> None:
        """Stop recording a channel; the rest of it comes with the next drain."""
        if stop.recording in self._running:
            self._media.stop_record(stop.channel)

    def tap(self, channel: int, listener: Tap, now: float) -> None:
        """Pass what a channel hears and sends to a listener, too, once; a recording of it goes on."""
        if channel not in self._media.recorded_channels:
            number = self._media.record_number()
            self._tap_numbers.add(number)
            self._media.record(channel, number)
        listeners = self._taps.setdefault(channel, [])
        if listener not in listeners:
            listeners.append(listener)
        self._drain_at = min(self._drain_at or inf, now + TAP_S)

    def untap(self, channel: int, listener: Tap) -> None:
        """End that."""
        listeners = self._taps.get(channel, [])
        if listener in listeners:
            listeners.remove(listener)
        if listeners:
            return
        self._taps.pop(channel, None)
        if self._media.recorded_channels.get(channel) in self._tap_numbers:
            self._media.stop_record(channel)

    def dictated(self, dictated: Dictated) -> None:
        """A prompt's recording has ended and will soon be finished."""
        self._dictations[dictated.recording] = dictated

    def finished(self, row: RecordingRow) -> None:
        """A recording is a file now: note it where it belongs."""
        self._running.discard(row.id)
        if row.id in self._prompts:
            self._prompts.discard(row.id)
            dictated = self._dictations.pop(row.id, None)
            if dictated is not None:
                self._dictated(dictated, row)
            self._spool.forget(row.id)
            return
        self._records.recording_finished(row, self._now, lambda: self._spool.forget(row.id))

    def deadline(self) -> float | None:
        """When `tick` wants to be called."""
        return min((at for at in (self._drain_at, self._spool.deadline()) if at is not None), default=None)

    def tick(self, now: float) -> None:
        """Move what has gathered to the spool."""
        self._now = now
        if self._drain_at is not None and now >= self._drain_at:
            self._drain(now)
            self._drain_at = now + TAP_S if self._taps else now + DRAIN_S if self._running else None
        at = self._spool.deadline()
        if at is not None and now >= at:
            self._spool.tick(now)

    def close(self, now: float) -> None:
        """Finish all recordings."""
        self._drain(now)
        self._spool.close()

    def _drain(self, now: float) -> None:
        chunks = self._media.recorded()
        if chunks and (self._taps or self._tap_numbers):
            chunks = self._without_taps(chunks, now)
        if chunks:
            self._spool.write(chunks, now)

    def _without_taps(self, chunks: bytes, now: float) -> bytes:
        """Give the listeners their sound; what was recorded for them alone goes no further."""
        sounds: dict[int, tuple[bytearray, bytearray]] = {}
        rest = bytearray()
        for at in range(0, len(chunks), SLOT):
            head = HEAD.unpack_from(chunks, at)
            number, channel, is_last = head[1], head[3], bool(head[4] & LAST)
            if channel in self._taps:
                rx, tx = sounds.setdefault(channel, (bytearray(), bytearray()))
                rx += chunks[at + HEAD.size : at + HEAD.size + CHUNK_SMP]
                tx += chunks[at + HEAD.size + CHUNK_SMP : at + SLOT]
            if number not in self._tap_numbers:
                rest += chunks[at : at + SLOT]
            elif is_last:
                self._tap_numbers.discard(number)
        for channel, (rx, tx) in sounds.items():
            for listener in tuple(self._taps.get(channel, ())):
                listener(bytes(rx), bytes(tx), now)
        return bytes(rest)
