"""The spans of the box: what comes from ports and D-channels goes to them, what they say is carried out."""

from __future__ import annotations

from collections.abc import Callable

from firmware import countries
from firmware.box.flood import Flood
from firmware.box.hands import Hands
from firmware.box.journal import LogLine
from firmware.config import channels
from firmware.lines import types as line
from firmware.lines.lines import Lines
from firmware.lines.supervision import Service
from firmware.media.types import FrameHeard, MfHeard
from firmware.spans import reasons
from firmware.spans.bearer import BearerLine
from firmware.spans.dialling import Prefixes
from firmware.spans.span import OpenLink, Span
from firmware.spans.trace import Trace
from firmware.text import Text
from hal import types as hal

CHARGE = "span.charge"  # money: none is left out
CLOCK_S = 20.0  # after a test; the board takes a span for its clock again after 10 s


class Spans:
    """All spans by port name.

    run    carries out what a span asks, and what follows from it
    alarm  raises an alarm under a code, or ends it with None
    """

    def __init__(
        self,
        lines: Lines,
        hands: Hands,
        *,
        run: Callable[[list[line.Out]], None],
        log: LogLine,
        alarm: Callable[[str, Text | None], None],
    ) -> None:
        self.all: dict[str, Span] = {}
        self.clock_source = ""
        self._lines = lines
        self._hands = hands
        self._run = run
        self._log = log
        self._alarm = alarm
        self._clock_due: float | None = None  # then people are told, if there is still no clock
        self._by_d_channel: dict[int, Span] = {}
        self._flood = Flood()

    def add(self, port: hal.SpanPort, open_link: OpenLink) -> None:
        """Make a span of a port, and lines of its channels."""
        name = port.info.name
        span = self.all[name] = Span(name, port.info.timeslot, open_link)
        self._hands.spans[name] = port
        self._hands.d_channels[name] = span.d_channel
        self._hands.wire.traces[name] = Trace()
        self._by_d_channel[span.d_channel] = span
        for bearer in span.bearers.values():
            self._lines.trunks[bearer.port] = bearer

    @property
    def is_busy(self) -> bool:
        """A channel carries a call, or is not yet free of one."""
        return any(span.is_busy for span in self.all.values())

    # ---- settings and commands -----------------------------------------------------------------

    def configure(self, now: float) -> None:
        """Take the settings that are in force."""
        for port in self.all:
            self._configure(port, now)

    def give_back(self, port: str, now: float) -> None:
        """Take a span back from the line doctor, with the settings of this moment."""
        self._clock_due = now + CLOCK_S
        self.all[port].give_back()
        self._configure(port, now)

    def _configure(self, port: str, now: float) -> None:
        config = self._lines.config
        settings = next((span for span in config.spans if span.port == port), None)
        numbers = countries.load(config.site.country).numbers
        prefixes = Prefixes(numbers.trunk_prefix, numbers.international_prefix)
        span = self.all[port]
        cas = self._hands.spans[port].cas
        outs = span.configure(settings, config.numbers, self._service, prefixes, now, cas=cas)
        self._hands.set_up_span(port, span.settings, now)
        self._run(outs)

    def _service(self, port: str) -> Service:
        return Service(self._lines.group_service(port))

    def knows(self, port: str) -> bool:
        """It is a span, or a channel of one."""
        return port in self.all or channels.span_of(port) in self.all

    def set_service(self, port: str, is_in_service: bool, now: float) -> None:
        """Take a span or a channel out of service until the next start, or back.

        raises  KeyError for a channel that no span has
        """
        span = self.all.get(port) or self.all[channels.span_of(port)]
        bearers = span.bearers.values() if port in self.all else (self._bearer(span, port),)
        for bearer in bearers:
            service = self._service(bearer.port) if is_in_service else Service.SWITCHED_OFF
            self._run(span.set_service(bearer.timeslot, service, now))

    def _bearer(self, span: Span, port: str) -> BearerLine:
        found = next((bearer for bearer in span.bearers.values() if bearer.port == port), None)
        if found is None:
            raise KeyError(port)
        return found

    def restart(self, port: str, now: float) -> None:
        """Set the channels of a span that carry no call back to idle, at both ends. raises KeyError"""
        self._run(self.all[port].restart(now))

    # ---- what happens --------------------------------------------------------------------------

    def handle(self, event: hal.Event, now: float) -> bool:
        """Take what a span's port noticed; gives whether it was one."""
        if isinstance(event, hal.ClockChanged):
            self._clock(event.source)
            return True
        span = self.all.get(event.port)
        if span is None:
            return False
        if isinstance(event, hal.CasChanged):
            self._hands.wire.cas(event.port, event.timeslot, event.abcd, now, is_sent=False)
        self._run(span.handle(event, now, self._hands.spans[event.port].cas))
        return True

    def frame(self, heard: FrameHeard, now: float) -> None:
        """Take a frame of a D-channel."""
        span = self._by_d_channel.get(heard.channel)
        if span is not None:
            self._hands.wire.frame(span.port, heard.frame, now, is_sent=False)
            self._run(span.frame(heard.frame, now))

    def mf(self, port: str, heard: MfHeard, now: float) -> None:
        """Note a register signal on a channel."""
        signal = heard.signal if heard.is_on else ""
        self._hands.wire.mf(channels.span_of(port), channels.timeslot_of(port), signal, now, is_sent=False)

    def deadline(self) -> float | None:
        """When `tick` wants to be called."""
        times = [self._clock_due, *(span.deadline() for span in self.all.values())]
        return min((at for at in times if at is not None), default=None)

    def tick(self, now: float) -> None:
        """Act on the deadlines that have come."""
        if self._clock_due is not None and now >= self._clock_due:
            self._tell_clock()
        for port, span in self.all.items():
            at = span.deadline()
            if at is not None and at <= now:
                before = span.settings
                outs = span.tick(now, self._hands.spans[port].cas)
                if span.settings is not before:  # they had waited for the end of calls
                    self._hands.set_up_span(port, span.settings, now)
                self._run(outs)

    def said(self, told: line.SpanTrouble | line.SpanNoted, now: float) -> None:
        """Show or log what a span says of itself; of what repeats without end, so much in a minute."""
        match told:
            case line.SpanTrouble(port=port, text=text):
                self._alarm(port, None)
                if text is not None:
                    self._alarm(port, text)
            case line.SpanNoted(port=port, kind=kind, data=data):
                left_out = 0 if kind == CHARGE else self._flood.admit(port, kind, now)
                if left_out is not None:
                    self._log(kind, span=port, **data, **({"left_out": left_out} if left_out else {}))

    def _clock(self, source: str) -> None:
        self.clock_source = source
        self._log("box.clock", source=source or "own")
        self._tell_clock()

    def _tell_clock(self) -> None:
        """Tell people that no span gives the clock; not while the doctor's loops are the reason."""
        self._clock_due = None
        if any(span.is_lent for span in self.all.values()):
            return
        source = self.clock_source
        wants = any(span.clock_rank and span.in_service for span in self._lines.config.spans)
        self._alarm("clock", reasons.CLOCK if wants and not source else None)
