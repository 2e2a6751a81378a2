"""Recordings: sound from the media engine in, WAV files and their rows out.

`begin` says what a recording is, `write` takes the engine's chunks, the last chunk or `end` finishes it.
Every second all that came is forced to the disk with one write. After a crash `recover` makes playable
files of what is there.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from firmware.clock import Clock
from firmware.executor import Executor
from firmware.records.chunk import CHUNK, SLOT, Begin, Done, End
from firmware.records.recorder import Outcome, Recorder
from firmware.records.rows import RecordingRow
from firmware.text import Text

WRITE_S = 0.25  # a killed process loses no more than this
SYNC_S = 1.0  # a power cut loses no more than this
SPACE_S = 1.0  # between two looks at the free space
RETRY_S = 10.0
RESUME_RATIO = 1.1  # recording goes on with this much more than the limit, so that it does not flap
BUFFER_MAX_OCTETS = 16 << 20
MB = 1 << 20

Alarm = Callable[[Text | None], None]


class Spool:
    """Record.

    folder    the data folder
    executor  does what waits for the disk; not the one of the records, so that no call's end waits for sound
    finished  called with a finished recording's row; give it to the records, `forget` it when it is stored
    alarm     called with a text when recording stops, with None when it is possible again
    free      gives the free octets of the disk
    min_free_mb  below this recording stops
    raises    OSError when the folder refuses
    """

    def __init__(
        self,
        folder: Path,
        *,
        clock: Clock,
        executor: Executor,
        finished: Callable[[RecordingRow], None],
        alarm: Alarm,
        free: Callable[[], int],
        min_free_mb: int = 200,
        durable: bool = True,
    ) -> None:
        self._clock = clock
        self._executor = executor
        self._finished = finished
        self._alarm = alarm
        self._free = free
        self.min_free_mb = min_free_mb
        self._recorder = Recorder(folder, durable=durable)
        self._buffer = bytearray()
        self._active: dict[int, str] = {}
        self._is_busy = False
        self._write_at: float | None = None
        self._synced_at = 0.0
        self._sync_at: float | None = None
        self._retry_at: float | None = None
        self._space_at = 0.0
        self._now = 0.0
        self.dropped_octets = 0

    @property
    def is_stopped(self) -> bool:
        """Tell if recording is stopped for want of space or because the disk refuses."""
        return self._retry_at is not None

    def recover(self) -> list[Text]:
        """Repair what an earlier run left behind; call it once, before anything else.

        gives  what was repaired, for people; `finished` gets the rows
        """
        outcome = self._recorder.recover()
        for row in outcome.finished:
            self._finished(row)
        texts = [_repaired_text(row) for row in outcome.finished if row.repaired]
        if outcome.error:
            texts.append(
                Text(zh=f"录音修复出错: {outcome.error}", en=f"a recording was not repaired: {outcome.error}")
            )
        return texts

    def begin(
        self,
        recording_id: int,
        recording: str,
        now: float,
        *,
        call: str,
        kind: str = "call",
        retention: str = "standard",
        revision: int = 0,
    ) -> bool:
        """Begin a recording, before its first chunk.

        recording_id  of the engine; free again after the end
        recording     UUID, also of its row
        kind          call (both sides) | message (the caller only)
        gives         False when recording is stopped; its chunks are then ignored
        """
        self._look_at_space(now)
        if self.is_stopped:
            return False
        started_unix = self._clock.utc_at(now).timestamp()
        begin = Begin(recording_id, recording, call, kind, retention, started_unix, revision)
        self._active[recording_id] = recording
        self._add(begin.pack(), now)
        return True

    def write(self, chunks: bytes, now: float) -> None:
        """Take chunks as the engine gives them.

        chunks  n * 176 octets, see `firmware.records.chunk`
        raises  ValueError for another size or mark: a fault of ours
        """
        if len(chunks) % SLOT or not set(memoryview(chunks).cast("I")[:: SLOT // 4]) <= {CHUNK}:
            raise ValueError(f"chunks: got {len(chunks)} octets or a wrong mark, allowed: chunks of {SLOT}")
        if len(self._buffer) > BUFFER_MAX_OCTETS:
            self._stop(Text(zh="录音已停止: 磁盘太慢", en="recording stopped: the disk is too slow"))
        if self.is_stopped:
            self.dropped_octets += len(chunks)
            return
        self._add(chunks, now)

    def end(self, recording_id: int, now: float) -> None:
        """End a recording without its last chunk; one that is unknown or has ended is ignored."""
        if self._active.pop(recording_id, None) is not None:
            self._add(End(recording_id).pack(), now)

    def forget(self, recording: str) -> None:
        """Drop a finished recording from the spool: its row is on the disk."""
        self._add(Done(recording).pack(), self._now)

    def tick(self, now: float) -> None:
        """Do what is due, and hear from the writer."""
        self._executor.poll()
        self._look_at_space(now)
        due = self._due()
        if due is not None and now >= due:
            self._send(now)

    def deadline(self) -> float | None:
        """Give the next time at which `tick` has something to do."""
        return min((at for at in (self._due(), self._retry_at) if at is not None), default=None)

    def close(self) -> None:
        """Finish all recordings and wait for the disk. `finished` still comes: close the records later."""
        for recording_id in list(self._active):
            self.end(recording_id, self._now)
        self._executor.drain()
        if self._buffer:
            self._done(self._recorder.absorb(bytes(self._buffer), sync=True))
            self._buffer.clear()
        self._recorder.close()

    def _add(self, octets: bytes, now: float) -> None:
        self._buffer += octets
        if self._write_at is None:
            self._write_at = now + WRITE_S

    def _due(self) -> float | None:
        if self._is_busy:
            return None
        return min((at for at in (self._write_at, self._sync_at) if at is not None), default=None)

    def _send(self, now: float) -> None:
        """Give the writer what came; once a second it is forced to the disk."""
        octets = bytes(self._buffer)
        self._buffer.clear()
        sync = now - self._synced_at >= SYNC_S
        if sync:
            self._synced_at = now
        self._write_at = None
        self._sync_at = None if sync else self._synced_at + SYNC_S
        self._is_busy = True
        self._executor.submit(lambda: self._recorder.absorb(octets, sync=sync), self._done)

    def _done(self, outcome: Outcome) -> None:
        self._is_busy = False
        for row in outcome.finished:
            if row.id in self._active.values():
                self._active = {key: value for key, value in self._active.items() if value != row.id}
            self._finished(row)
        if outcome.error:
            self._stop(Text(zh=f"录音已停止: {outcome.error}", en=f"recording stopped: {outcome.error}"))

    def _look_at_space(self, now: float) -> None:
        """Stop below the limit; go on when the disk has room again."""
        self._now = max(self._now, now)
        if now < (self._space_at if self._retry_at is None else self._retry_at):
            return
        self._space_at = now + SPACE_S
        free_mb = self._free() / MB
        if free_mb < self.min_free_mb * (RESUME_RATIO if self.is_stopped else 1.0):
            self._stop(
                Text(
                    zh=f"录音已停止: 剩余空间 {free_mb:.0f} MB,低于 {self.min_free_mb} MB",
                    en=f"recording stopped: {free_mb:.0f} MB free, below the limit of {self.min_free_mb} MB",
                )
            )
        elif self._retry_at is not None:
            self._retry_at = None
            self._alarm(None)

    def _stop(self, why: Text) -> None:
        was_stopped = self.is_stopped
        self._retry_at = self._now + RETRY_S
        for recording_id in list(self._active):
            self.end(recording_id, self._now)
        if not was_stopped:
            self._alarm(why)


def _repaired_text(row: RecordingRow) -> Text:
    return Text(
        zh=f"录音 {row.id} 在上次停止时中断,已修复 {row.duration_s:.1f} 秒",
        en=f"recording {row.id} was cut when the box stopped; {row.duration_s:.1f} s of it are repaired",
    )
