"""A visit of the doctor at a line: a plan that runs step by step, each step with a deadline.

The plan is a generator. It puts what it wants done into `_outs`, and yields until when it waits at most, and
what for. Whatever happens it lets the line go: `stop` can be called at any time.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from firmware.doctor import words
from firmware.doctor.types import (
    Finding,
    Hear,
    Look,
    Out,
    Remedy,
    Report,
    Sound,
    TryBalance,
    VisitState,
    WorkOut,
)
from firmware.lines.types import Release, Seize
from firmware.media.types import MediaEvent
from firmware.text import Text
from hal import types as hal

SEIZE_S = 3.0  # audio comes 0.4 s after off-hook, `LoopDropped` a second later
LOOK_S = 1.0
SOUND_LATE_S = 1.5  # sound comes a few times a second
WORK_S = 10.0  # what waits for the disk is done on the same thread
RATE_HZ = 8000


@dataclass(frozen=True, slots=True)
class Until:
    """A wait: at most so long, or until something holds."""

    seconds: float
    done: Callable[[], bool] = lambda: False


T = TypeVar("T")
Steps: TypeAlias = Generator[Until, bool, None]
Measuring: TypeAlias = Generator[Until, bool, T]


class Trouble(Exception):
    """The visit cannot go on; the finding says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.what)
        self.finding = finding


class Visit(ABC):
    """What all visits share: waiting, listening, looking, and the way out."""

    kind = ""

    def __init__(self, port: str) -> None:
        self.port = port
        self.findings: list[Finding] = []
        self.figures: dict[str, float] = {}
        self.remedy: Remedy | None = None
        self._state = VisitState.RUNNING
        self._progress = 0.0
        self._step = words.BEGIN
        self._outs: list[Out] = []
        self._now = 0.0
        self._wait = Until(0.0)
        self._due = 0.0
        self._heard: list[MediaEvent] = []
        self._seen: list[hal.Event] = []
        self._reading: hal.LineReading | None = None
        self._has_looked = False
        self._rx = bytearray()
        self._tx = bytearray()
        self._is_seized = False
        self._seized_at = 0.0
        self._is_hearing = False
        self._steps = self._plan()

    @abstractmethod
    def _plan(self) -> Steps:
        """Do what the visit is for, step by step."""

    @property
    def is_over(self) -> bool:
        """Nothing more will be asked for."""
        return self._state is not VisitState.RUNNING

    def report(self) -> Report:
        """Say how far it is, and what was found."""
        return Report(
            self.port, self.kind, self._state, round(self._progress, 2), self._step, tuple(self.findings),
            dict(self.figures), self.remedy,
        )  # fmt: skip

    # ---- in ------------------------------------------------------------------------------------

    def start(self, now: float) -> list[Out]:
        """Begin."""
        self._now = self._due = now
        return self._run(None)

    def handle(self, event: hal.Event, now: float) -> list[Out]:
        """Take what the port noticed."""
        self._seen.append(event)
        return self.tick(now)

    def heard(self, event: MediaEvent, now: float) -> list[Out]:
        """Take what the engine heard."""
        self._heard.append(event)
        return self.tick(now)

    def reading(self, reading: hal.LineReading | None, now: float) -> list[Out]:
        """Take what `Look` read."""
        self._reading, self._has_looked = reading, True
        return self.tick(now)

    def sound(self, rx: bytes, tx: bytes, now: float) -> list[Out]:
        """Take what was heard and sent in the same time."""
        self._rx += rx
        self._tx += tx
        return self.tick(now)

    def deadline(self) -> float | None:
        """When `tick` wants to be called."""
        return None if self.is_over else self._due

    def tick(self, now: float) -> list[Out]:
        """Go on, if what was waited for has come, or will not come any more."""
        self._now = now
        if self.is_over:
            return []
        is_there = self._wait.done()
        return self._run(is_there) if is_there or now >= self._due else []

    def stop(self, why: Text, now: float) -> list[Out]:
        """End at once and let the line go."""
        self._now = now
        if self.is_over:
            return []
        self._steps.close()
        self._end(VisitState.STOPPED, why)
        return self._taken()

    # ---- how a plan goes on --------------------------------------------------------------------

    def _run(self, is_there: bool | None) -> list[Out]:
        try:
            while True:
                self._wait = next(self._steps) if is_there is None else self._steps.send(is_there)
                self._due = self._now + self._wait.seconds
                is_there = self._wait.done()
                if not is_there:
                    return self._taken()
        except StopIteration:
            self._end(VisitState.DONE, words.DONE)
        except Trouble as trouble:
            self.findings.append(trouble.finding)
            self._end(VisitState.DONE, words.DONE)
        return self._taken()

    def _taken(self) -> list[Out]:
        outs, self._outs = self._outs, []
        return outs

    def _end(self, state: VisitState, step: Text) -> None:
        self._clean_up()
        self._state, self._step, self._progress = state, step, 1.0

    def _clean_up(self) -> None:
        """Leave the line as it was found."""
        self._let_go()
        self._outs.append(TryBalance(self.port, None))

    def _let_go(self) -> None:
        if self._is_hearing:
            self._outs += [Sound(self.port, b""), Hear(self.port, False)]
        if self._is_seized:
            self._outs.append(Release(self.port))
        self._is_hearing = self._is_seized = False

    def _at(self, progress: float, step: Text) -> None:
        self._progress, self._step = progress, step

    # ---- steps that plans are made of ----------------------------------------------------------

    def _look(self) -> Measuring[hal.LineReading]:
        """Read the port."""
        self._has_looked = False
        self._outs.append(Look(self.port))
        yield Until(LOOK_S, lambda: self._has_looked)
        if self._reading is None:
            raise Trouble(words.no_port())
        return self._reading

    def _seize(self, *, is_outgoing: bool = True) -> Steps:
        """Go off-hook and listen; Trouble if there is no current."""
        self._seen.clear()
        self._heard.clear()
        self._is_seized = True
        self._seized_at = self._now
        self._outs.append(Seize(self.port, is_outgoing))
        yield Until(SEIZE_S, self._is_seizure_decided)
        if self._has_seen(hal.LineOverload):
            raise Trouble(words.overload())
        if self._has_seen(hal.RingCollision):
            raise Trouble(words.rings())
        if not self._has_seen(hal.LineReady):
            raise Trouble(words.no_loop())
        self._is_hearing = True
        self._rx.clear()
        self._tx.clear()
        self._outs.append(Hear(self.port, True))

    def _is_seizure_decided(self) -> bool:
        kinds = (hal.LineReady, hal.RingCollision, hal.LoopDropped, hal.LineOverload)
        return any(isinstance(event, kinds) for event in self._seen)

    def _has_seen(self, kind: type[hal.Event]) -> bool:
        return any(isinstance(event, kind) for event in self._seen)

    def _listen(self, seconds: float) -> Measuring[tuple[bytes, bytes]]:
        """Give so many seconds of sound from now on: heard, sent; Trouble if none comes."""
        self._rx.clear()
        self._tx.clear()
        wanted = round(seconds * RATE_HZ)
        is_there = yield Until(seconds + SOUND_LATE_S, lambda: len(self._rx) >= wanted)
        if not is_there:
            raise Trouble(words.no_sound())
        return bytes(self._rx[:wanted]), bytes(self._tx[:wanted])

    def _worked_out(self, work: Callable[[], T]) -> Measuring[T]:
        """Give a result that takes longer than the loop may be kept; Trouble if it never comes."""
        results: list[T] = []
        is_done = False

        def done() -> None:
            nonlocal is_done
            is_done = True
            self._due = min(self._due, self._now)  # go on at the next tick

        self._outs.append(WorkOut(self.port, lambda: results.append(work()), done))
        if not (yield Until(WORK_S, lambda: is_done)):
            raise Trouble(words.too_slow())
        return results[0]
