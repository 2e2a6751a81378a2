"""The composition root: the only place that builds the box's parts and puts them together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cext
from firmware import countries, hours
from firmware.box.box import Box, Parts
from firmware.box.core import BoxCore
from firmware.clock import Clock
from firmware.config import references
from firmware.config.models import Config
from firmware.config.store import ConfigStore
from firmware.ids import Ids
from firmware.media.clips import Clips
from firmware.records.executor import Executor
from firmware.records.records import Records
from firmware.records.spool import Spool
from firmware.secrets import SecretStore
from hal.types import Board

HOLIDAY_YEARS = 3


@dataclass(frozen=True, slots=True)
class Site:
    """Where and in what time a box lives."""

    folder: Path
    clock: Clock
    ids: Ids
    executor: Executor
    factory: Callable[[], Config]
    address: str = ""


@dataclass(frozen=True, slots=True)
class Hardware:
    """The started board, and where the engine finds its samples (None: ticks are given by hand)."""

    board: Board
    link: str | None


def build(site: Site, hardware: Hardware) -> BoxCore:
    """Open the data folder and put a box together. Nothing runs yet: `core.box.start(now)` begins.

    raises  OSError if the folder cannot be used
    """
    store = ConfigStore(site.folder / "config", references.check, site.clock)
    config = store.load(site.factory)
    secrets = SecretStore(site.folder / "secrets.json")
    box_id = secrets.box_id
    records = Records(site.folder, box_id=box_id, ids=site.ids, clock=site.clock, executor=site.executor)
    country = countries.load(config.site.country)
    parts = Parts(
        box_id=box_id,
        clock=site.clock,
        ids=site.ids,
        store=store,
        records=records,
        spool=Spool(site.folder, executor=site.executor),
        board=hardware.board,
        engine=cext.Engine(hardware.board.timeslots, _tones(country)),
        clips=Clips(site.folder / "prompts"),
        holidays=hours.HolidayTable(),
    )
    return BoxCore(Box(parts), secrets, site)


def _tones(country: countries.Country) -> list[cext.ToneSpec]:
    return [cext.ToneSpec(tone.name, tone.freqs_hz, tone.cadence_ms, tone.level_dbm0) for tone in country.tones]
