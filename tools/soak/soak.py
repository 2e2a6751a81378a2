"""One life of a box: calls until there were enough, with a look at everything after each few hundred."""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tools.emulator.timers import Timers
from tools.soak.agreement import Agreement
from tools.soak.box_book import BoxBook
from tools.soak.callers import Callers
from tools.soak.desks import Desks
from tools.soak.events import Events
from tools.soak.exchange_book import ExchangeBook
from tools.soak.idle import Complaint, complaints
from tools.soak.mishaps import Mishaps
from tools.soak.office import KINDS, Office

BATCH = 500  # calls between two looks
CALLS_PER_S = 9.0
MISHAPS = (0, 2, 4, 8)  # in a batch, in turn: some calls in peace, some in trouble
RECORDED_EVERY = 4  # batches: writing sound costs more than all the rest
QUIET_S = 240.0  # after the last call all must be idle within this time
LAST_CALLS_S = 45.0  # longer no caller stays


@dataclass(slots=True)
class Result:
    """What came out of a life."""

    seed: int
    calls: int = 0
    refused: int = 0  # by the exchange, for want of a channel
    mishaps: int = 0
    matched: int = 0  # legs on outside lines that both books have
    compared: int = 0  # of these, those compared in all things
    looks: int = 0
    virtual_s: float = 0.0
    slowest_quiet_s: float = 0.0
    digest: int = 0
    complaints: list[Complaint] = field(default_factory=list)
    last_events: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        """Nothing was wrong."""
        return not self.complaints


class Soak:
    """One box, its callers and its books.

    seed      the same one makes the same life
    on_call   is told the number of calls so far
    """

    def __init__(
        self,
        folder: Path,
        seed: int,
        *,
        kinds: tuple[str, ...] = KINDS,
        calm: bool = False,
        on_call: Callable[[int], None] = lambda calls: None,
    ) -> None:
        self.result = Result(seed)
        office = Office(kinds)
        rng = random.Random(seed)
        self._rng = rng
        self._timers = Timers()
        self._calm = calm
        self._on_call = on_call
        self._office = office
        self.box = office.open(folder, seed)
        self._events = Events(self.box)
        self._exchange = ExchangeBook(self.box)
        self._records = BoxBook(folder)
        self._callers = Callers(self.box, office, rng, self._timers)
        self._desks = Desks(self.box, office, rng, self._timers)
        self._mishaps = Mishaps(self.box, office, rng, self._timers)
        self._rate = CALLS_PER_S * len(kinds) / len(KINDS)

    def run(self, calls: int) -> Result:
        """Make so many calls; ends early when something is wrong."""
        self._wait_for_idle()
        while self._count() < calls and self.result.is_good:
            self._batch(min(calls, self._count() + BATCH))
            self._look()
        if not self.result.is_good:
            self._tell_events()
        self.result.calls = self._count()
        self.result.refused, self.result.mishaps = self._callers.refused, self._mishaps.count
        self.result.virtual_s = self.box.now
        self.box.close()
        return self.result

    def _count(self) -> int:
        return self._callers.count + self._desks.count

    # ---- time ----------------------------------------------------------------------------------

    def _step(self) -> None:
        self.box.step()
        if self._timers.next_at <= self.box.now:
            self._timers.run(self.box.now)

    def _run_for(self, seconds: float) -> None:
        until = self.box.now + seconds
        while self.box.now < until:
            self._step()

    def _batch(self, until: int) -> None:
        is_recorded = self.result.looks % RECORDED_EVERY == 0
        self.box.set("recording.calls", "true" if is_recorded else "false")
        self._desks.work()
        now = self.box.now
        if not self._calm:
            lasts_s = BATCH / self._rate
            for _ in range(MISHAPS[self.result.looks % len(MISHAPS)]):
                self._timers.set(now + self._rng.uniform(0, lasts_s), lambda _now: self._mishaps.happen())
        next_at = now
        while self._count() < until:
            if self.box.now >= next_at:
                next_at = self.box.now + self._rng.expovariate(self._rate)
                self._callers.collide() if self._rng.random() < 0.01 else self._callers.call()
                self._on_call(self._count())
            self._step()
        self._desks.rest()

    def _wait_for_idle(self) -> None:
        """Let all calls end by themselves; what has not ended after QUIET_S never will."""
        began_at = self.box.now
        self._run_for(LAST_CALLS_S if self._count() else 1.0)
        self._desks.lay_down()
        self._run_for(max(0.0, self._mishaps.until - self.box.now) + 1.0)
        self._desks.lay_down()
        until = self.box.now + QUIET_S
        while (wrong := complaints(self.box)) and self.box.now < until:
            self._run_for(1.0)
        self.result.complaints += wrong
        self.result.slowest_quiet_s = max(self.result.slowest_quiet_s, self.box.now - began_at)

    # ---- looks ---------------------------------------------------------------------------------

    def _look(self) -> None:
        self._wait_for_idle()
        self.box.box.parts.records.flush()
        legs, seen = self._records.turn(), self._exchange.turn()
        agreement = Agreement(self._touched, self._events.far_ends, self._events.alerted)
        agreement.coarse = frozenset(self._office.r2_spans)
        self.result.complaints += agreement.complaints(legs, seen)
        rows = self._records.count()
        if rows != self._events.ended:
            self.result.complaints.append(
                Complaint("", f"{self._events.ended} calls ended, {rows} are recorded")
            )
        self.result.complaints += [Complaint("", text) for text in self._records.broken()]
        self.result.matched += agreement.matched
        self.result.compared += agreement.compared
        self.result.looks += 1
        summary = ";".join(f"{leg.line} {leg.number} {leg.ended_at:.2f} {leg.reason}" for leg in legs)
        self.result.digest = zlib.crc32(summary.encode(), self.result.digest)
        if self.result.complaints:
            return  # with all that may tell why
        self._records.empty()
        self._events.forget()
        self._mishaps.troubles.clear()

    def _touched(self, line: str, began_at: float, ended_at: float) -> bool:
        return any(trouble.touches(line, began_at, ended_at) for trouble in self._mishaps.troubles)

    def _tell_events(self) -> None:
        troubles = [
            f"{one.since:10.2f}  {one.what} {one.where} until {one.until:.2f}"
            for one in self._mishaps.troubles
        ]
        self.result.last_events += ["mishaps:", *troubles]
        for line, at in {one.line: one.at for one in self.result.complaints[:3]}.items():
            self.result.last_events += [f"events of {line or 'the box'}:", *self._events.of(line, at + 5.0)]
