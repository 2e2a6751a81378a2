"""An E1: its alarms, its channels as outside lines, and the signalling that runs them.

    port up, no alarm --> signalling up --> channels free
    alarm --2.5 s--> told to people;  alarm over --10 s--> told that it is over
    alarm or signalling down --30 s (T309)--> calls that talked through it are ended

New calls stop at once when an alarm stands. Calls that talk are kept, for most breaks are short.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from cext.isdn.types import Side
from firmware.config import channels
from firmware.config.models import DirectNumber
from firmware.config.models import Span as Settings
from firmware.lines import reasons as line_reasons
from firmware.lines.supervision import Service
from firmware.lines.types import EndReason, Out, SpanNoted, SpanTrouble
from firmware.media.types import MediaEvent
from firmware.spans import reasons
from firmware.spans.bearer import AT_REST, BearerLine, Stage
from firmware.spans.dialling import Prefixes
from firmware.spans.error_seconds import ErrorSeconds
from firmware.spans.link import Link
from firmware.spans.outage import Outage, Trouble
from firmware.spans.pri import PriSignalling
from firmware.spans.r2_signalling import R2Signalling
from firmware.spans.signalling import Signalling
from firmware.spans.wakes import Wakes
from firmware.text import Text
from hal import types as hal
from hal.types import SpanAlarm

TIMESLOTS = range(1, 32)
D_CHANNEL = 16
LEAVE_S = 3.0  # so long calls have to end before the signalling changes


class SpanState(StrEnum):
    """A span, as the faces show it."""

    STARTING = "starting"
    UP = "up"
    ALARM = "alarm"
    NO_LINK = "no-link"
    FAILED = "failed"
    SWITCHED_OFF = "switched-off"
    TESTING = "testing"


OpenLink = Callable[[Side], Link]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What `Span.configure` was asked for last."""

    settings: Settings | None
    numbers: Sequence[DirectNumber]
    service: Callable[[str], Service]
    prefixes: Prefixes


class Span:
    """The state of one E1. Pure: events and `now` in, events and commands out.

    first      engine channel of its timeslot 0
    open_link  gives the signalling link of a PRI span
    """

    def __init__(self, port: str, first: int, open_link: OpenLink) -> None:
        self.port = port
        self.alarms: frozenset[SpanAlarm] = frozenset()
        self.history = ErrorSeconds()
        self.settings: Settings | None = None
        self.signalling: Signalling | None = None
        self._wakes = Wakes()
        self.bearers = {
            timeslot: BearerLine(channels.line(port, timeslot), first + timeslot, timeslot, self._wakes)
            for timeslot in TIMESLOTS
            if timeslot != D_CHANNEL
        }
        self.d_channel = first + D_CHANNEL
        self._open_link = open_link
        self._failure: Text | None = reasons.STARTING
        self._used: frozenset[int] = frozenset()
        self._outage = Outage()
        self._told = Trouble()
        self._wanted: Wanted | None = None
        self._leave_at: float | None = None  # then the signalling changes; its calls are being ended
        self.is_lent = False  # the line doctor has it
        self._is_isolated = False

    # ---- what people see -----------------------------------------------------------------------

    @property
    def state(self) -> SpanState:
        """What people see."""
        if self.is_lent:
            return SpanState.TESTING
        if self.settings is None or not self.settings.in_service:
            return SpanState.SWITCHED_OFF
        if self._failure is not None:
            return SpanState.STARTING if self._failure is reasons.STARTING else SpanState.FAILED
        if self.alarms:
            return SpanState.ALARM
        return SpanState.UP if self.signalling is not None and self.signalling.is_up else SpanState.NO_LINK

    @property
    def trouble(self) -> Text | None:
        """What stands in the box's alarms."""
        return self._told.text

    @property
    def is_running(self) -> bool:
        """The card works."""
        return self._failure is None

    @property
    def reason(self) -> Text | None:
        """What is wrong now, in words."""
        if self.is_lent:
            return reasons.TESTED
        if self.settings is None:
            return reasons.NOT_SET
        no_link = None if self.signalling is not None and self.signalling.is_up else reasons.NO_LINK
        return self._failure or reasons.first(self.alarms) or no_link

    # ---- settings ------------------------------------------------------------------------------

    def configure(
        self,
        settings: Settings | None,
        numbers: Sequence[DirectNumber],
        service: Callable[[str], Service],
        prefixes: Prefixes,
        now: float,
        *,
        cas: Sequence[int] = (),
    ) -> list[Out]:
        """Take new settings; calls in progress go on, unless the signalling itself changes.

        In that case the far end is told the end of all calls; `self.settings` changes when it has agreed.

        settings  None: the span is not in the settings, and not used
        service   of a channel, by its groups
        cas       the bits it receives now, for signalling that is started
        """
        self._wanted = Wanted(settings, numbers, service, prefixes)
        if not self._is_another(settings) or not self.is_busy:
            return self._apply(self._wanted, cas, now)
        if self._leave_at is not None:
            return []
        self._leave_at = now + LEAVE_S
        return [*self.end_calls(now), *self._settle(None), *self._watch(now)]

    @property
    def is_busy(self) -> bool:
        """A channel carries a call, or is not yet free of one."""
        return self.calls > 0

    def _apply(self, wanted: Wanted, cas: Sequence[int], now: float) -> list[Out]:
        self._leave_at = None
        settings = wanted.settings
        outs = self._change_signalling(settings, cas, now)
        self.settings = settings
        self._used = frozenset(channels.parse(settings.channels)) if settings else frozenset()
        if settings is not None and self.signalling is not None:
            self.signalling.settings, self.signalling.numbers = settings, wanted.numbers
            self.signalling.prefixes = wanted.prefixes
        for timeslot, bearer in self.bearers.items():
            bearer.signalling = self.signalling
            bearer.service = _service(settings, wanted.service(bearer.port))
            if settings is not None:
                bearer.silence_s, bearer.has_echo = settings.silence_s, settings.echo
                bearer.has_agc = settings.agc
            if bearer.service is Service.OUT and bearer.stage not in AT_REST:
                outs += [*bearer.ended(EndReason.OPERATOR), *self._hang_up(bearer, now)]
            outs += [*self._settle(timeslot), *self._serve(bearer, now)]
        return [*outs, *self._watch(now)]

    def set_service(self, timeslot: int, service: Service, now: float) -> list[Out]:
        """Take a channel out of service or back, until the settings change."""
        bearer = self.bearers[timeslot]
        bearer.service = service
        return [*bearer.settle(), *self._serve(bearer, now)]

    def _serve(self, bearer: BearerLine, now: float) -> list[Out]:
        return self.signalling.serve(bearer, now) if self.signalling is not None else []

    def restart(self, now: float) -> list[Out]:
        """Set all channels without a call back to idle, at both ends."""
        return self.signalling.restart(now) if self.signalling is not None else []

    def _change_signalling(self, settings: Settings | None, cas: Sequence[int], now: float) -> list[Out]:
        if self._is_isolated or not self._is_another(settings):
            return []
        outs = self.signalling.stop(now) if self.signalling is not None else []
        self.signalling = self._make(settings) if settings is not None else None
        if self.signalling is not None and self._failure is None:
            outs += self._start(now, cas)
        return outs

    def _is_another(self, settings: Settings | None) -> bool:
        """These settings need another signalling than the one that runs."""
        return _kind(settings) != _kind(self.settings) or (settings is None) is not (self.signalling is None)

    def _make(self, settings: Settings) -> Signalling:
        used = {slot: self.bearers[slot] for slot in channels.parse(settings.channels)}
        if settings.signalling == "r2":
            return R2Signalling(self.port, used, settings, self._settle)
        return PriSignalling(self.port, self._open_link(Side(settings.side)), used, settings, self._settle)

    def _start(self, now: float, cas: Sequence[int]) -> list[Out]:
        assert self.signalling is not None
        outs = self.signalling.start(now)
        return [*outs, *self._line(now, cas)]

    def _hang_up(self, bearer: BearerLine, now: float) -> list[Out]:
        return bearer.signalling.hang_up(bearer, EndReason.OPERATOR, now) if bearer.signalling else []

    # ---- the line doctor -----------------------------------------------------------------------

    @property
    def calls(self) -> int:
        """Count the channels that carry a call, or are being cleared."""
        return sum(bearer.stage not in AT_REST for bearer in self.bearers.values())

    def lend(self) -> list[Out]:
        """Let no new call begin until `give_back`; an emergency call says `TrunkRecalled`."""
        self.is_lent = True
        return self._settle(None)

    def end_calls(self, now: float) -> list[Out]:
        """End all calls, in order: the far end has to agree."""
        outs: list[Out] = []
        for bearer in self.bearers.values():
            if bearer.stage not in AT_REST and bearer.stage is not Stage.CLEARING:
                outs += [*bearer.ended(EndReason.OPERATOR), *self._hang_up(bearer, now)]
        return outs

    def isolate(self, now: float) -> list[Out]:
        """Take the signalling away, so that it does not hear itself in a loop."""
        outs = self.signalling.stop(now) if self.signalling is not None else []
        self.signalling, self._is_isolated = None, True
        for bearer in self.bearers.values():
            bearer.signalling = None
            if bearer.stage not in AT_REST:
                outs += [*bearer.ended(EndReason.OPERATOR), *bearer.rest()]
        return outs

    def give_back(self) -> None:
        """Take the span back from the doctor; `configure` starts new signalling."""
        self.is_lent = self._is_isolated = False

    # ---- what the port noticed -----------------------------------------------------------------

    def handle(self, event: hal.Event, now: float, cas: Sequence[int] = ()) -> list[Out]:
        """Take what the port noticed; `cas`: the bits it receives now."""
        match event:
            case hal.PortUp():
                self._failure, self.alarms = None, frozenset()  # what stands now is told after this
                started = self.signalling.start(now) if self.signalling is not None else []
                return [*started, *self._line(now, cas), *self._settle(None), *self._watch(now)]
            case hal.PortFailed(reason=reason):
                self._failure = line_reasons.failed(reason)
                return [*self._line(now), *self._settle(None), *self._watch(now)]
            case hal.SpanAlarms(alarms=alarms):
                return self._alarmed(alarms, cas, now)
            case hal.SpanSecond(counts=counts, alarms=alarms):
                self.history.add(counts, alarms, event.at)
            case hal.CasChanged(timeslot=timeslot, abcd=abcd) if self.signalling is not None:
                return [*self.signalling.cas(timeslot, abcd, now), *self._watch(now)]
        return []

    def frame(self, frame: bytes, now: float) -> list[Out]:
        """Take a frame of timeslot 16."""
        return [*self.signalling.frame(frame, now), *self._watch(now)] if self.signalling is not None else []

    def heard(self, bearer: BearerLine, event: MediaEvent, now: float) -> list[Out]:
        """Take what the engine heard on a channel."""
        return bearer.heard(event, now)

    def _alarmed(self, alarms: frozenset[SpanAlarm], cas: Sequence[int], now: float) -> list[Out]:
        if alarms == self.alarms:
            return []
        self.alarms = alarms
        noted = SpanNoted(self.port, "span.alarms", {"alarms": " ".join(sorted(alarms))})
        return [noted, *self._line(now, cas), *self._settle(None), *self._watch(now)]

    def _line(self, now: float, cas: Sequence[int] = ()) -> list[Out]:
        """Tell the signalling whether the line carries anything."""
        if self.signalling is None:
            return []
        return self.signalling.line(self._is_whole, cas, now)

    @property
    def _is_whole(self) -> bool:
        return self._failure is None and not self._harmful

    @property
    def _harmful(self) -> frozenset[SpanAlarm]:
        """The alarms under which no call can be made: a multiframe that is missing may be only CRC-4's."""
        is_cas = self.settings is not None and self.settings.signalling == "r2"
        return self.alarms if is_cas else self.alarms - {SpanAlarm.LOMF}

    # ---- the clock -----------------------------------------------------------------------------

    def deadline(self) -> float | None:
        """When `tick` wants to be called."""
        signalling_at = self.signalling.deadline() if self.signalling is not None else None
        times = (self._wakes.soonest(), signalling_at, self._told.due, self._outage.due, self._leave_at)
        return min((at for at in times if at is not None), default=None)

    def tick(self, now: float, cas: Sequence[int] = ()) -> list[Out]:
        """Act on the deadlines that have come; `cas`: the bits it receives now."""
        outs: list[Out] = []
        for timeslot in self._wakes.due(now):
            outs += self._due(self.bearers[timeslot], now)
        if self.signalling is not None:
            outs += self.signalling.tick(now)
        if self._told.is_due(now):
            self._told.tell(self._wanted_trouble())
            outs.append(SpanTrouble(self.port, self.trouble))
        if self._outage.give_up(now):
            outs += self.signalling.give_up(now) if self.signalling is not None else []
        if self._leave_at is not None and self._wanted is not None and now >= self._leave_at:
            outs += self._apply(self._wanted, cas, now)
        return [*outs, *self._watch(now)]

    def _due(self, bearer: BearerLine, now: float) -> list[Out]:
        if bearer.stage in AT_REST:
            return bearer.call_next(now)
        return self.signalling.due(bearer, now) if self.signalling is not None else bearer.rest()

    def _watch(self, now: float) -> list[Out]:
        """Note since when the span cannot carry calls, and when people are to be told of it."""
        is_well = self._is_whole and self.signalling is not None and self.signalling.is_up
        self._outage.note(is_well or self.settings is None, now)
        self._told.wants(self._wanted_trouble(), now)
        return []

    def _wanted_trouble(self) -> Text | None:
        if self.is_lent:
            return self.trouble
        if self.settings is None or not self.settings.in_service or self._failure is reasons.STARTING:
            return None
        return self.reason

    # ---- channels ------------------------------------------------------------------------------

    def _settle(self, timeslot: int | None) -> list[Out]:
        """Look again whether a channel, or all of them, can be used."""
        outs: list[Out] = []
        for slot in self.bearers if timeslot is None else (timeslot,):
            self.bearers[slot].obstacle = self._obstacle(slot)
            outs += self.bearers[slot].settle()
        return outs

    def _obstacle(self, timeslot: int) -> Text | None:
        if self.is_lent:
            return reasons.TESTED
        if self.settings is None or self.signalling is None:
            return reasons.NOT_SET
        if timeslot not in self._used:
            return reasons.NOT_RENTED
        if self._leave_at is not None:
            return reasons.CHANGING
        return self._failure or reasons.first(self._harmful) or self.signalling.obstacle(timeslot)

    def used(self) -> Mapping[int, BearerLine]:
        """Give the channels that are used."""
        return {timeslot: bearer for timeslot, bearer in self.bearers.items() if timeslot in self._used}


def _kind(settings: Settings | None) -> tuple[object, ...]:
    """Give what a signalling is made for; it lives until this changes."""
    if settings is None:
        return ()
    return (settings.signalling, settings.side, settings.channels, settings.r2_variant)


def _service(settings: Settings | None, by_group: Service) -> Service:
    if settings is None or not settings.in_service:
        return by_group if by_group is Service.OUT else Service.SWITCHED_OFF
    return by_group
