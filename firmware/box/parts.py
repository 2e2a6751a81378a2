"""What a box is put together from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from firmware.clock import Clock
from firmware.config.store import ConfigStore
from firmware.executor import Executor
from firmware.hours.table import HolidayTable
from firmware.ids import Ids
from firmware.media.clips import Clips
from firmware.media.engine import Engine
from firmware.records.records import Records
from firmware.records.rows import RecordingRow
from firmware.records.spool import Spool
from firmware.spans.span import OpenLink
from firmware.text import Text
from hal import types as hal


class MakeSpool(Protocol):
    """Makes the spool; finished recordings and disk trouble go to the box."""

    def __call__(
        self, *, finished: Callable[[RecordingRow], None], alarm: Callable[[Text | None], None]
    ) -> Spool: ...


@dataclass(frozen=True, slots=True)
class Parts:
    """What a box is put together from."""

    box_id: str
    clock: Clock
    ids: Ids
    executor: Executor
    store: ConfigStore
    records: Records
    make_spool: MakeSpool
    board: hal.Board
    engine: Engine
    clips: Clips
    holidays: HolidayTable
    open_link: OpenLink
    repairs: tuple[Text, ...] = ()  # what was wrong with settings and secrets on the disk
