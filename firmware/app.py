"""The composition root: the only place that builds the box's parts and puts them together."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from firmware import countries
from firmware.box.box import Box
from firmware.box.core import BoxCore
from firmware.box.parts import MakeSpool, Parts
from firmware.clock import Clock
from firmware.config import references
from firmware.config.models import Config
from firmware.config.store import ConfigStore
from firmware.executor import Executor
from firmware.hours.table import HolidayTable
from firmware.ids import Ids
from firmware.isdn import Links
from firmware.media.clips import Clips
from firmware.media.engine import open_engine
from firmware.records.outbox import Trouble
from firmware.records.records import Records
from firmware.records.spool import Spool
from firmware.secrets import SecretStore
from hal.types import Board


@dataclass(frozen=True, slots=True)
class Site:
    """Where and in what time a box lives.

    executor   writes the records
    recorder   writes the recordings, so that no call's end waits for sound
    is_durable False where nobody will cut the power: virtual time
    """

    folder: Path
    clock: Clock
    ids: Ids
    executor: Executor
    recorder: Executor
    factory: Callable[[], Config]
    holidays: HolidayTable
    address: str = ""
    free_octets: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free
    is_durable: bool = True


def build(site: Site, board: Board) -> BoxCore:
    """Open the data folder and put a box around a started board. `core.box.start(now)` begins.

    raises  OSError if the folder cannot be used
    """
    folder = site.folder
    folder.mkdir(parents=True, exist_ok=True)
    store = ConfigStore(folder / "config", references.check, site.clock)
    config = store.load(site.factory)
    secrets = SecretStore(folder / "secrets.json")
    parts = Parts(
        box_id=secrets.box_id,
        clock=site.clock,
        ids=site.ids,
        executor=site.executor,
        store=store,
        records=_open_records(site, secrets.box_id, lambda text: box.journal.alarm("records", text)),
        make_spool=_spool(site, config),
        board=board,
        engine=open_engine(board.timeslots, countries.load(config.site.country), config.site.dtmf),
        clips=Clips(folder / "prompts"),
        holidays=site.holidays,
        open_link=Links().open,
        repairs=(*store.repairs, *secrets.repairs),
    )
    box = Box(parts)
    return BoxCore(box, secrets, folder, site.address)


def _open_records(site: Site, box_id: str, trouble: Trouble) -> Records:
    return Records(
        site.folder,
        box_id=box_id,
        ids=site.ids,
        clock=site.clock,
        executor=site.executor,
        synchronous="FULL" if site.is_durable else "OFF",
        trouble=trouble,
    )


def _spool(site: Site, config: Config) -> MakeSpool:
    return partial(
        Spool,
        site.folder,
        clock=site.clock,
        executor=site.recorder,
        free=lambda: site.free_octets(site.folder),
        min_free_mb=config.recording.min_free_mb,
        durable=site.is_durable,
    )
