"""Rows on the way to the disk: events in groups, finished calls at once, and all of them kept while the disk
refuses."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from firmware.executor import Executor
from firmware.records.database import Database, Insert, Write
from firmware.text import Text

GROUP_S = 1.0  # an event is on the disk this long after it happened
RETRY_S = 5.0
HELD_MAX = 20000  # rows kept in memory while the disk refuses; then the oldest events go

Trouble = Callable[[Text | None], None]


@dataclass(slots=True)
class _Batch:
    writes: Sequence[Write]
    stored: Callable[[], None]


class Outbox:
    """Give rows to the database's writer.

    trouble  called with a text when the disk refuses, and with None when all is stored again
    """

    def __init__(self, database: Database, executor: Executor, trouble: Trouble) -> None:
        self._database = database
        self._executor = executor
        self._trouble = trouble
        self._group: list[Insert] = []
        self._group_due: float | None = None
        self._group_is_out = False
        self._refused: deque[_Batch] = deque()
        self._retry_at: float | None = None
        self._is_failing = False
        self._now = 0.0
        self.lost = 0

    def soon(self, insert: Insert, now: float) -> None:
        """Store a row with its neighbours, within GROUP_S."""
        self._group.append(insert)
        if self._group_due is None:
            self._group_due = now + GROUP_S
        if len(self._group) > HELD_MAX:
            del self._group[0]
            self.lost += 1

    def at_once(self, writes: Sequence[Write], now: float, stored: Callable[[], None]) -> None:
        """Store rows in a transaction of their own; `stored()` when they are on the disk."""
        self._now = max(self._now, now)
        self._send(_Batch(writes, stored))

    def tick(self, now: float) -> None:
        """Send what is due."""
        self._now = max(self._now, now)
        self._executor.poll()
        if self._retry_at is not None and now >= self._retry_at:
            self._retry_at = None
            waiting, self._refused = self._refused, deque()
            for batch in waiting:
                self._send(batch)
        if self._group_due is not None and now >= self._group_due:
            self.flush()

    def deadline(self) -> float | None:
        """Give the next time at which `tick` has something to do."""
        group = None if self._is_held() else self._group_due
        return min((at for at in (group, self._retry_at) if at is not None), default=None)

    def flush(self) -> None:
        """Send the group now, unless one is on its way or the disk refuses."""
        if not self._group or self._is_held():
            return
        group, self._group, self._group_due = self._group, [], None
        self._group_is_out = True
        self._send(_Batch(group, self._group_stored), self._group_refused)

    def close(self) -> None:
        """Send everything that is left and wait for it; the disk gets one more try."""
        waiting, self._refused, self._retry_at = self._refused, deque(), None
        for batch in waiting:
            self._send(batch)
        self._executor.drain()
        if self._group:
            self._database.write(self._group)
            self._group.clear()

    def _is_held(self) -> bool:
        return self._group_is_out or self._retry_at is not None

    def _group_stored(self) -> None:
        self._group_is_out = False

    def _group_refused(self, batch: _Batch) -> None:
        """Put the events back in front of the newer ones."""
        self._group_is_out = False
        self._group[:0] = [write for write in batch.writes if isinstance(write, Insert)]
        self._group_due = self._now

    def _send(self, batch: _Batch, refused: Callable[[_Batch], None] | None = None) -> None:
        keep = refused or self._refused.append
        self._executor.submit(
            lambda: self._database.write(batch.writes), lambda why: self._sent(batch, why, keep)
        )

    def _sent(self, batch: _Batch, why: str, keep: Callable[[_Batch], None]) -> None:
        if why:
            keep(batch)
            self._fail(why)
        else:
            batch.stored()
            self._recover()

    def _fail(self, why: str) -> None:
        self._retry_at = self._now + RETRY_S
        if not self._is_failing:
            self._is_failing = True
            self._trouble(Text(zh=f"无法保存记录: {why}", en=f"records cannot be stored: {why}"))

    def _recover(self) -> None:
        if self._is_failing:
            self._is_failing = False
            self._retry_at = self._now if self._refused else None
            self._trouble(None)
