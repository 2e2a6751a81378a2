"""Where the line doctor works: carries out what a visit asks, and tells it what happens on its line."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Protocol

from firmware import countries
from firmware.box.hands import Hands
from firmware.box.recordings import Recordings, Tap
from firmware.config.models import Trunk
from firmware.countries.country import ToneName
from firmware.countries.zone import ongoing_like, read_tone
from firmware.doctor import types as doctor
from firmware.doctor import words
from firmware.doctor.examination import Case, Examination
from firmware.doctor.learning import Learning, Lesson
from firmware.doctor.visit import Visit
from firmware.executor import Executor
from firmware.lines import balance
from firmware.lines import types as line
from firmware.lines.lines import Lines
from firmware.lines.trunk import TrunkLine
from firmware.media.media import Media
from firmware.media.types import MediaEvent
from firmware.text import Text
from hal import types as hal
from hal.country import line_profile

DIAL_OFF_PART = 0.02  # of a frequency, between what is heard and a zone's


class LogLine(Protocol):
    """Writes to the event log."""

    def __call__(self, kind: str, **data: str | int | float) -> None: ...


class Clinic:
    """The visits in progress and the last report of each line.

    executor  does arithmetic that would hold up the calls
    run       carries out what a line's machine asks
    """

    def __init__(
        self,
        lines: Lines,
        media: Media,
        hands: Hands,
        recordings: Recordings,
        *,
        executor: Executor,
        run: Callable[[list[line.Out]], None],
        log: LogLine,
    ) -> None:
        self._lines = lines
        self._media = media
        self._hands = hands
        self._recordings = recordings
        self._executor = executor
        self._run = run
        self._log = log
        self._visits: dict[str, Visit] = {}
        self._reports: dict[str, doctor.Report] = {}
        self._taps: dict[str, Tap] = {}
        self._now = 0.0

    # ---- what people ask -----------------------------------------------------------------------

    def test(self, port: str, now: float, *, digit: str, tunes: bool) -> None:
        """Begin to test a line.

        raises  KeyError for an unknown line, ValueError when it is not idle
        """
        country = self._lines.config.site.country
        trunk = self._settings(port)
        zone = countries.zone(self._lines.tone_zone(port) or country)
        matched = balance.read(trunk.balance) or line_profile(country.upper()).balance
        case = Case(
            port=port,
            digit=digit,
            is_pulse=trunk.dialling == "pulse",
            dial_hz=zone.tones[ToneName.DIAL].frequencies_hz,
            balance=matched,
            tunes=tunes,
            learn=self._media.learn,
            zones_of=zones_of,
        )
        self._begin(Examination(case), now)

    def learn(self, port: str, now: float, *, number: str) -> None:
        """Begin to learn a line's busy tone, from a call to a number, or from a call that comes.

        raises  KeyError for an unknown line, ValueError when it is not idle
        """
        is_pulse = self._settings(port).dialling == "pulse"
        zone = countries.zone(self._lines.tone_zone(port) or self._lines.config.site.country)
        visit = Learning(
            Lesson(
                port,
                number,
                is_pulse,
                self._media.learn,
                lambda tone: ongoing_like(zone, read_tone(tone)) is not None,
            )
        )
        self._begin(visit, now, to_ring=not number)

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

    def heard(self, event: MediaEvent, port: str, now: float) -> bool:
        """Pass on what the engine heard; gives False if no visit is there."""
        visit = self._visits.get(port)
        if visit is None:
            return False
        self._now = now
        self._do(visit, visit.heard(event, now))
        return True

    def deadline(self) -> float | None:
        """When `tick` wants to be called."""
        return min(
            (at for visit in self._visits.values() if (at := visit.deadline()) is not None), default=None
        )

    def tick(self, now: float) -> None:
        """Do what is due."""
        self._now = now
        for visit in list(self._visits.values()):
            at = visit.deadline()
            if at is not None and at <= now:
                self._do(visit, visit.tick(now))

    # ---- out -----------------------------------------------------------------------------------

    def _settings(self, port: str) -> Trunk:
        if port not in self._hands.fxo:
            raise KeyError(port)
        known = (trunk for trunk in self._lines.config.trunks if trunk.port == port)
        return next(known, Trunk(port=port))

    def _trunk(self, port: str) -> TrunkLine:
        trunk = self._lines.trunks[port]
        assert isinstance(trunk, TrunkLine)
        return trunk

    def _begin(self, visit: Visit, now: float, *, to_ring: bool = False) -> None:
        self._now = now
        trunk = self._trunk(visit.port)
        self._run(trunk.lend(now, to_ring=to_ring))
        self._visits[visit.port] = visit
        self._log("doctor.began", line=visit.port, what=visit.kind)
        self._do(visit, visit.start(now))

    def _do(self, visit: Visit, outs: Sequence[doctor.Out]) -> None:
        items = deque(outs)
        while items:
            items.extend(self._carry_out(visit, items.popleft()))
        if visit.is_over and self._visits.get(visit.port) is visit:
            self._end(visit)

    def _end(self, visit: Visit) -> None:
        del self._visits[visit.port]
        report = self._reports[visit.port] = visit.report()
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
        self._run(self._trunk(visit.port).give_back(self._now))

    def _carry_out(self, visit: Visit, item: doctor.Out) -> Sequence[doctor.Out]:
        channel, now = self._lines.channel(visit.port), self._now
        match item:
            case doctor.Look(port=port):
                return visit.reading(self._hands.fxo[port].measure(now), now)
            case doctor.WorkOut(work=work, done=done):
                self._executor.submit(work, lambda _: done())
                return visit.tick(now)  # in virtual time it is done
            case doctor.TryBalance(port=port, balance=matched):
                self._hands.fxo[port].try_balance(matched, now)
            case doctor.Sound(alaw=alaw):
                self._media.repeat(channel, alaw)
            case doctor.Hear(port=port, is_on=True):
                self._media.examine(channel, True, self._lines.tone_zone(port))
                tap = self._taps[port] = partial(self._sound, visit)
                self._recordings.tap(channel, tap, now)
            case doctor.Hear(port=port):
                self._recordings.untap(channel, self._taps.pop(port))
                self._media.examine(channel, False)
            case line.Seize() | line.Release() | line.SendDigits() | line.SendPulses() | line.Watch():
                self._hands.command(item, now)
        return ()

    def _sound(self, visit: Visit, rx: bytes, tx: bytes, now: float) -> None:
        self._now = now
        self._do(visit, visit.sound(rx, tx, now))


_WRONG = (doctor.Verdict.BAD, doctor.Verdict.POOR)


def zones_of(frequencies_hz: tuple[float, ...]) -> list[str]:
    """Give the tone zones with such a dial tone."""
    return [
        code
        for code, zone in countries.zones().items()
        if _is_near(sorted(zone.tones[ToneName.DIAL].frequencies_hz), sorted(frequencies_hz))
    ]


def _is_near(wanted: Sequence[float], heard: Sequence[float]) -> bool:
    return len(wanted) == len(heard) and all(
        abs(a - b) <= DIAL_OFF_PART * a for a, b in zip(wanted, heard, strict=True)
    )
