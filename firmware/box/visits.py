"""The line doctor's visits, at analog lines and at E1s alike: what goes on, what was found, how each ends."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from typing import Generic, TypeVar

from firmware.box.journal import LogLine
from firmware.doctor import types as doctor
from firmware.doctor import words
from firmware.doctor.visit import Visit
from firmware.text import Text
from hal import types as hal

V = TypeVar("V", bound=Visit)
_WRONG = (doctor.Verdict.BAD, doctor.Verdict.POOR)


class Visits(ABC, Generic[V]):
    """The visits in progress and the last report of each line."""

    def __init__(self, log: LogLine) -> None:
        self._log = log
        self._visits: dict[str, V] = {}
        self._reports: dict[str, doctor.Report] = {}
        self._now = 0.0

    @abstractmethod
    def _carry_out(self, visit: V, item: doctor.Out) -> Sequence[doctor.Out]:
        """Do what a visit asks; gives what it asks after that."""

    @abstractmethod
    def _give_back(self, port: str) -> None:
        """A visit is over: its line serves calls again."""

    # ---- what people ask -----------------------------------------------------------------------

    def is_at(self, port: str) -> bool:
        """A visit is in progress."""
        return port in self._visits

    def report(self, port: str) -> doctor.Report | None:
        """Say how far the visit at a line is, or what the last one found."""
        visit = self._visits.get(port)
        return visit.report() if visit is not None else self._reports.get(port)

    def stored(self, port: str) -> None:
        """Note that the remedy is in the settings now."""
        self._reports[port] = replace(self._reports[port], is_stored=True)

    def stop(self, port: str, why: Text, now: float) -> None:
        """End the visit at a line, if there is one."""
        self._now = now
        visit = self._visits.get(port)
        if visit is not None:
            self._do(visit, visit.stop(why, now))

    def close(self, now: float) -> None:
        """End all visits."""
        for port in list(self._visits):
            self.stop(port, words.SHUTDOWN, now)

    # ---- what happens --------------------------------------------------------------------------

    def hardware(self, event: hal.Event, now: float) -> None:
        """Pass on what a port noticed."""
        visit = self._visits.get(event.port)
        if visit is not None:
            self._now = now
            self._do(visit, visit.handle(event, now))

    def deadline(self) -> float | None:
        """When `tick` wants to be called."""
        times = (visit.deadline() for visit in self._visits.values())
        return min((at for at in times if at is not None), default=None)

    def tick(self, now: float) -> None:
        """Do what is due."""
        self._now = now
        for visit in list(self._visits.values()):
            at = visit.deadline()
            if at is not None and at <= now:
                self._do(visit, visit.tick(now))

    # ---- how a visit goes ----------------------------------------------------------------------

    def _begin(self, visit: V) -> None:
        """Start a visit; its line is lent already."""
        self._visits[visit.port] = visit
        self._log("doctor.began", line=visit.port, what=visit.kind)
        self._do(visit, visit.start(self._now))

    def _do(self, visit: V, outs: Sequence[doctor.Out]) -> None:
        items = deque(outs)
        while items:
            items.extend(self._carry_out(visit, items.popleft()))
        if visit.is_over and self._visits.get(visit.port) is visit:
            self._end(visit)

    def _end(self, visit: V) -> None:
        del self._visits[visit.port]
        report = self._reports[visit.port] = visit.report()
        self._log_report(visit, report)
        self._give_back(visit.port)

    def _log_report(self, visit: V, report: doctor.Report) -> None:
        bad = " ".join(found.what for found in report.findings if found.verdict in _WRONG)
        self._log(
            "doctor.ended", line=visit.port, what=visit.kind, state=report.state.value, wrong=bad or "-",
            remedy=report.remedy.value if report.remedy else "-",
        )  # fmt: skip
        for found in report.findings:
            self._log(
                "doctor.found",
                line=visit.port,
                what=found.what,
                verdict=found.verdict.value,
                value=found.value.en,
            )
