"""Where the line doctor works: carries out what a visit asks, and tells it what happens on its line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from firmware import countries
from firmware.box.hands import Hands
from firmware.box.journal import LogLine
from firmware.box.recordings import Recordings, Tap
from firmware.box.visits import Visits
from firmware.config.models import Trunk
from firmware.countries.country import ToneName
from firmware.countries.zone import ongoing_like, read_tone
from firmware.doctor import types as doctor
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
from hal.country import line_profile

DIAL_OFF_PART = 0.02  # of a frequency, between what is heard and a zone's


class Clinic(Visits[Visit]):
    """The visits at analog lines.

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
        super().__init__(log)
        self._lines = lines
        self._media = media
        self._hands = hands
        self._recordings = recordings
        self._executor = executor
        self._run = run
        self._taps: dict[str, Tap] = {}

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
        self._visit(Examination(case), now)

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
        self._visit(visit, now, to_ring=not number)

    # ---- what happens --------------------------------------------------------------------------

    def heard(self, event: MediaEvent, port: str, now: float) -> bool:
        """Pass on what the engine heard; gives False if no visit is there."""
        visit = self._visits.get(port)
        if visit is None:
            return False
        self._now = now
        self._do(visit, visit.heard(event, now))
        return True

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

    def _visit(self, visit: Visit, now: float, *, to_ring: bool = False) -> None:
        self._now = now
        self._run(self._trunk(visit.port).lend(now, to_ring=to_ring))
        self._begin(visit)

    def _give_back(self, port: str) -> None:
        self._run(self._trunk(port).give_back(self._now))

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
