"""callboxd: the asyncio shell around one Box.

The loop wakes for four things: the engine has something to say (its eventfd), the board asks for service
(interrupt), a deadline has come, a face asks over the API's socket. Work that waits for the disk is on the
writers' threads.
"""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import structlog

from firmware.api.serve import ApiServer, serve, uids_of
from firmware.app import Site, build
from firmware.box.core import BoxCore
from firmware.clock import SystemClock
from firmware.config.factory import factory_config
from firmware.executor import ThreadExecutor
from firmware.holidays_file import HolidaysFile
from firmware.hours.table import HolidayTable
from firmware.ids import TimedIds
from firmware.lock import DataLock
from firmware.notify import Notifier
from firmware.panel.display import Display
from firmware.sound_link import SoundLink
from firmware.web_process import WebProcess
from hal.bus import HalError
from hal.linux import SerialUart
from hal.open import open_board
from hal.panel import Panel
from hal.types import Board

HOLIDAYS_LOOK_S = 6 * 3600.0
CLEAR_S = 1.0  # at the end of the program: so long exchanges may take to agree to the end of calls
LOOK_S = 0.02
LAG_MS = 20.0  # a step that takes longer is logged with its time, and with what of it was its own work
FACES = ("callbox-web", "callbox-console")

log = structlog.get_logger("callboxd")


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says."""

    data: Path
    board: str  # spidev:0.0 | unix:PATH
    api: Path
    panel: str  # serial device, empty for none
    web: str  # HOST:PORT, empty for none
    address: str  # of the pages where people reach them, when another process serves them


class Daemon:
    """One running box."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._loop = asyncio.get_running_loop()
        self._clock = SystemClock()
        self._executor = ThreadExecutor("writer", self._wake)
        self._recorder = ThreadExecutor("recorder", self._wake)
        self._stop = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._has_ended = False
        self._notifier = Notifier()
        self._alive_at = 0.0
        self._board = self._open_board()
        self.core = self._build()
        self._box = self.core.box
        self._sound = SoundLink(self._box.parts.engine, _tdm_link(options.board))
        self._display = self._open_display()
        self._holidays = asyncio.create_task(self._keep_holidays(), name="holidays")

    def _open_board(self) -> Board:
        board = open_board(self._options.board)
        board.start(self._clock.now())
        return board

    def _build(self) -> BoxCore:
        options = self._options
        site = Site(
            folder=options.data,
            clock=self._clock,
            ids=TimedIds(self._clock),
            executor=self._executor,
            recorder=self._recorder,
            factory=lambda: factory_config(self._board.ports),
            holidays=HolidayTable(),
            address=options.address or (f"http://{options.web}/" if options.web else ""),
        )
        return build(site, self._board)

    def _open_display(self) -> Display | None:
        """Without a panel the box works all the same; a panel that is silent is one too."""
        if not self._options.panel:
            return None
        try:
            panel = Panel(SerialUart(self._options.panel))
        except HalError as error:
            log.warning("no front panel", why=str(error))
            return None
        return Display(panel, self.core.snapshot, lambda: self.core.secrets.setup_code)

    # ---- life ----------------------------------------------------------------------------------

    async def run(self, ready: Callable[[], None] = lambda: None) -> None:
        """Carry calls until a signal or `stop`; `ready` is called once when the box works."""
        for number in (signal.SIGINT, signal.SIGTERM):
            self._loop.add_signal_handler(number, self.stop)
        self._start()
        server, task = serve(self.core, self._options.api, self._clock.now, uids_of(FACES))
        options = self._options
        web = WebProcess(options.web, options.api, options.data, partial(self._box.journal.alarm, "web"))
        web.start()
        try:
            while not server.started and not task.done():
                await asyncio.sleep(0.01)
            _keep_what_there_is()
            ready()
            self._notifier.ready()
            await self._stop.wait()
            self._notifier.stopping()
        finally:
            await web.stop()
            await self._end(server, task)

    def stop(self) -> None:
        """End `run`."""
        self._stop.set()

    def _start(self) -> None:
        engine = self._box.parts.engine
        self._sound.start()
        self._box.listeners.silent.append(lambda: self._sound.lost(self._clock.now()))
        self._box.start(self._clock.now())
        for text in self._box.repairs:
            log.warning("repaired", what=text.en)
        self._loop.add_reader(engine.fileno(), self.step)
        if self._board.irq_fd >= 0:
            self._loop.add_reader(self._board.irq_fd, lambda: self.step(irq=True))
        if self._display is not None and self._display.fd >= 0:
            self._loop.add_reader(self._display.fd, self.step)
        self.core.on_command = self._arm_now
        self.step(irq=True)

    async def _clear(self) -> None:
        """End all calls while exchanges can still be told: else theirs would last until a timer of theirs."""
        self._box.end_calls(self._clock.now())
        self._arm_now()
        until = self._clock.now() + CLEAR_S
        while self._box.is_clearing and self._clock.now() < until:
            await asyncio.sleep(LOOK_S)

    async def _end(self, server: ApiServer, task: asyncio.Task[None]) -> None:
        server.should_exit = True
        await task
        await self._clear()
        engine = self._box.parts.engine
        self._loop.remove_reader(engine.fileno())
        if self._timer is not None:
            self._timer.cancel()
        engine.stop()
        self._has_ended = True
        self._box.close(self._clock.now())
        self._board.close()
        if self._display is not None:
            self._display.close()
        self._holidays.cancel()
        self._executor.close()

    # ---- the loop ------------------------------------------------------------------------------

    def step(self, *, irq: bool = False) -> None:
        """Do what is due and set the next wake-up."""
        now, worked = self._clock.now(), self._clock.worked()
        if self._has_ended:
            return
        self._executor.poll()
        self._recorder.poll()
        try:
            self._box.step(now, irq=irq)
            if self._sound.step(now):
                self._box.journal.board(is_silent=False)
        except Exception as error:  # the supervisor: one fault must not end all calls
            log.exception("step failed")
            self._box.journal.fault(repr(error)[:120])
        if self._display is not None:
            self._display.step(now)
        self._tell_alive(now)
        took_ms = (self._clock.now() - now) * 1000
        if took_ms > LAG_MS:
            work_ms = (self._clock.worked() - worked) * 1000
            log.warning("slow step", took_ms=round(took_ms, 1), work_ms=round(work_ms, 1))
        self._arm(self._deadline())

    def _tell_alive(self, now: float) -> None:
        """Let the watchdog see that the loop turns, also when nobody calls."""
        if self._notifier.watchdog_s is not None and now >= self._alive_at:
            self._notifier.alive()
            self._alive_at = now + self._notifier.watchdog_s

    def _deadline(self) -> float:
        at = min(self._box.deadline(), self._sound.deadline())
        if self._notifier.watchdog_s is not None:
            at = min(at, self._alive_at)
        return at if self._display is None else min(at, self._display.deadline())

    def _arm(self, at: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(at, self.step)

    def _arm_now(self) -> None:
        self._loop.call_soon(self.step)

    def _wake(self) -> None:
        """A writer's thread has finished a job."""
        self._loop.call_soon_threadsafe(self.step)

    async def _keep_holidays(self) -> None:
        """Have this and the next years' holidays, from yesterday's file at once and anew when a year is
        missing.
        """
        file = HolidaysFile(self._options.data / "holidays.json", self._box.config.site.country)
        self._box.holidays = file.read()
        while True:
            year = self._clock.utc().year
            if not file.is_current(self._box.holidays, year):
                self._box.holidays = await file.renew(year)
            await asyncio.sleep(HOLIDAYS_LOOK_S)


def run(options: Options, ready: Callable[[Daemon], None]) -> None:
    """Run a box on a data folder until it is told to end.

    raises  AlreadyRunning if another one has the folder; OSError, HalError if folder or board cannot be used
    """
    with DataLock(options.data):
        asyncio.run(_run(options, ready))


async def _run(options: Options, ready: Callable[[Daemon], None]) -> None:
    daemon = Daemon(options)
    await daemon.run(lambda: ready(daemon))


def _keep_what_there_is() -> None:
    """Take modules, schemas and settings out of what the garbage collector looks through: they stay to the
    end, and a full look at them would hold the loop up for five ticks.
    """
    gc.collect()
    gc.freeze()


def _tdm_link(board: str) -> str:
    """Give the engine's own way to the board: the emulator's second socket, or its own descriptor of the
    SPI device.
    """
    kind, _, rest = board.partition(":")
    return f"unix:{rest}.tdm" if kind == "unix" else f"spidev:/dev/spidev{rest}"
