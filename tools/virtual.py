"""The whole box in virtual time: firmware, engine, drivers, chip models and the world in one process.

Every 10 ms: the world moves -> the board hands a TDM block to the engine -> the engine ticks -> the box
steps. The same
code as on a board, many times faster than the clock, the same trace every time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from firmware.api.core import Actor, Command, Doctor, JsonObject, Role
from firmware.api.snapshot import CallPart
from firmware.app import Site, build
from firmware.call.types import Log
from firmware.clock import VirtualClock
from firmware.config.models import Config
from firmware.config.problem import ConfigError
from firmware.executor import InlineExecutor
from firmware.hours.holiday_table import make
from firmware.hours.table import HolidayTable
from firmware.ids import SeededIds
from hal.board import Board
from hal.sim.board import SimBoard
from tools.emulator.event import WorldEvent
from tools.emulator.options import LineOptions
from tools.emulator.span.options import SpanOptions
from tools.emulator.world import World

TICK_S = 0.01
PLENTY_OCTETS = 10 << 30
START_UTC = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)  # Monday 9:00 in Shanghai
SCRIPT = Actor("script", Role.OWNER)


@dataclass(frozen=True, slots=True)
class TraceEvent:
    """Something that happened, in the box or in the world."""

    at: float  # s since the start
    who: str  # fxo1, fxs1, call 1, agent 1001, box
    what: str  # call.incoming, menu.entered; in the world: ringing, off-hook
    data: dict[str, str | int | float]
    is_world: bool


@cache
def _holidays(country: str, year: int) -> HolidayTable:
    return make(country.upper(), [year, year + 1])


class VirtualBox:
    """One box and its world, stepped by hand.

    config  the settings to run with
    folder  data folder of the box
    slots   cards, slot 1 first
    lines   what the exchange does differently on a line; spans: the same of E1 spans
    """

    def __init__(
        self,
        config: Config,
        folder: Path,
        *,
        slots: Sequence[str | None] = ("fxo4", "fxs4"),
        start_utc: datetime = START_UTC,
        seed: int = 0,
        lines: dict[str, LineOptions] | None = None,
        spans: dict[str, SpanOptions] | None = None,
        holidays: HolidayTable | None = None,
        free_octets: Callable[[Path], int] = lambda folder: PLENTY_OCTETS,
    ) -> None:
        self.clock = VirtualClock(start_utc)
        self.board = SimBoard(tuple(slots), self.clock.now)
        self.world = World(self.board, seed=seed, lines=lines, spans=spans, wall=self._wall)
        driver = Board(self.board.spi, self.board.irq)
        driver.start(self.clock.now())
        site = Site(
            folder=folder,
            clock=self.clock,
            ids=SeededIds(seed),
            executor=InlineExecutor(),
            recorder=InlineExecutor(),
            factory=lambda: config,
            holidays=holidays or _holidays(config.site.country, start_utc.year),
            free_octets=free_octets,
            is_durable=False,
        )
        self.core = build(site, driver)
        self.box = self.core.box
        self._engine = self.box.parts.engine
        self._tx = self._engine.idle_block()
        self._calls: dict[str, int] = {}
        self._tick = 0
        self.trace: list[TraceEvent] = []
        self.on_trace: list[Callable[[TraceEvent], None]] = []
        self.world.subscribe(self._from_world)
        self.box.on_log.append(self._from_box)
        self.box.start(self.clock.now())
        self._wake_at = 0.0

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

    def live(self, call: int) -> CallPart | None:
        """Give a call as the live picture shows it, by its number in the trace; None when it is over."""
        found = self._id(call)
        return next((part for part in self.core.snapshot()["calls"] if part["call"] == found), None)

    def stored(self, call: int) -> JsonObject | None:
        """Give a call as the records have it, by its number in the trace; None before its end."""
        return self.core.records.call(self._id(call))

    def _id(self, call: int) -> str:
        return next((key for key, number in self._calls.items() if number == call), "")

    def wake(self) -> None:
        """Something was begun without a command."""
        self._wake_at = 0.0

    def close(self) -> None:
        """End all calls, finish all files."""
        self.box.close(self.now)
        self.world.close()

    def _wall(self, now: float) -> datetime:
        return self.clock.utc_at(now)

    def _from_world(self, event: WorldEvent) -> None:
        self._trace(
            TraceEvent(
                event.at, event.who, event.what, {"detail": event.detail} if event.detail else {}, True
            )
        )

    def _from_box(self, now: float, log: Log) -> None:
        self._trace(TraceEvent(now, self._who(log), log.kind, log.data, False))

    def _who(self, log: Log) -> str:
        if log.call is not None:
            return f"call {self._calls.setdefault(log.call, len(self._calls) + 1)}"
        for key in ("port", "agent", "phone", "queue"):
            if key in log.data:
                return str(log.data[key]) if key == "port" else f"{key} {log.data[key]}"
        return "box"

    def _trace(self, event: TraceEvent) -> None:
        self.trace.append(event)
        for tell in self.on_trace:
            tell(event)
