"""The whole box in virtual time: firmware, engine, drivers, chip models and the world in one process.

Every 10 ms: the world moves -> the board hands a TDM block to the engine -> the engine ticks -> the box
steps. The same
code as on a board, many times faster than the clock, the same trace every time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from firmware.api.core import Actor, Command, Doctor, Role
from firmware.app import Site, build
from firmware.clock import VirtualClock
from firmware.config.models import Config
from firmware.config.problem import ConfigError
from firmware.executor import InlineExecutor
from firmware.hours.holiday_table import make
from firmware.hours.table import HolidayTable
from firmware.ids import SeededIds
from hal.board import Board
from hal.sim.board import SimBoard
from tools.emulator.options import LineOptions
from tools.emulator.span.options import SpanOptions
from tools.emulator.world import World
from tools.trace import Trace, TraceEvent

TICK_S = 0.01
PLENTY_OCTETS = 10 << 30
START_UTC = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)  # Monday 9:00 in Shanghai
SCRIPT = Actor("script", Role.OWNER)


def _plenty(folder: Path) -> int:
    return PLENTY_OCTETS


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is around a box, and when it starts.

    slots        cards, slot 1 first
    lines        what the exchange does differently on a line; spans: the same of E1 spans
    free_octets  gives the room on the disk that a folder is on
    """

    slots: Sequence[str | None] = ("fxo4", "fxs4")
    start_utc: datetime = START_UTC
    seed: int = 0
    lines: Mapping[str, LineOptions] | None = None
    spans: Mapping[str, SpanOptions] | None = None
    free_octets: Callable[[Path], int] = _plenty


TWO_CARDS = Surroundings()


@cache
def _holidays(country: str, year: int) -> HolidayTable:
    """Make the table the daemon would have: of this year and the next."""
    return make(country.upper(), [year, year + 1])


class VirtualBox:
    """One box and its world, stepped by hand.

    config  the settings to run with
    folder  data folder of the box
    """

    def __init__(self, config: Config, folder: Path, around: Surroundings = TWO_CARDS) -> None:
        self.clock = VirtualClock(around.start_utc)
        self.board = SimBoard(tuple(around.slots), self.clock.now)
        self.world = World(
            self.board, seed=around.seed, lines=around.lines, spans=around.spans, wall=self.clock.utc_at
        )
        self.core = build(self._site(config, folder, around), self._driver())
        self.box = self.core.box
        self._engine = self.box.parts.engine
        self._tx = self._engine.idle_block()
        self._tick = 0
        self._trace = Trace()
        self.world.subscribe(self._trace.from_world)
        self.box.journal.on_log.append(self._trace.from_box)
        self.box.start(self.clock.now())
        self._wake_at = 0.0

    def _site(self, config: Config, folder: Path, around: Surroundings) -> Site:
        year = around.start_utc.year
        return Site(
            folder=folder,
            clock=self.clock,
            ids=SeededIds(around.seed),
            executor=InlineExecutor(),
            recorder=InlineExecutor(),
            factory=lambda: config,
            holidays=_holidays(config.site.country, year),
            free_octets=around.free_octets,
            is_durable=False,
        )

    def _driver(self) -> Board:
        driver = Board(self.board.spi, self.board.irq)
        driver.start(self.clock.now())
        return driver

    @property
    def trace(self) -> list[TraceEvent]:
        """What has happened so far, oldest first."""
        return self._trace.events

    @property
    def on_trace(self) -> list[Callable[[TraceEvent], None]]:
        """Those who are told of each event."""
        return self._trace.on_event

    @property
    def now(self) -> float:
        """Seconds since the start."""
        return self._tick * TICK_S

    def run_until(self, at: float) -> None:
        """Let time pass."""
        while self.now < at - TICK_S / 2:
            self.step()

    def step(self) -> None:
        """Let one tick pass."""
        self._tick += 1
        now = self._tick * TICK_S
        self.clock.set_now(now)
        self.world.tick(now)
        self._tx = self._engine.tick(self.world.exchange(self._tx))
        irq = self.board.irq.read()
        if irq or now >= self._wake_at or self._engine.has_events:
            self.box.step(now, irq=irq)
            self._wake_at = self.box.deadline()

    def set(self, path: str, value: str) -> None:
        """Change a setting and commit it, as an installer at the console would.

        raises  ValueError for what cannot be
        """
        store = self.box.parts.store
        store.open("scenario", "installer")
        try:
            store.set("scenario", path, value)
            store.commit("scenario", "installer", "installer", "", self.clock.now())
        except ConfigError as error:
            raise ValueError(str(error)) from None
        finally:
            store.discard("scenario")

    def command(self, command: Command) -> None:
        """Give a command as a person at the web page would."""
        self.core.command(command, SCRIPT)
        self._wake_at = 0.0

    @property
    def doctor(self) -> Doctor:
        """The line doctor, as the API sees it."""
        return self.core.doctor

    def wake(self) -> None:
        """Something was begun without a command."""
        self._wake_at = 0.0

    def close(self) -> None:
        """End all calls, finish all files."""
        self.box.close(self.now)
        self.world.close()
