"""The spans of the box: what comes from ports and D-channels goes to them, what they say is carried out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from firmware import countries
from firmware.box.flood import Flood
from firmware.box.hands import Hands
from firmware.config import channels
from firmware.lines import types as line
from firmware.lines.lines import Lines
from firmware.lines.supervision import Service
from firmware.media.types import FrameHeard
from firmware.spans import reasons
from firmware.spans.bearer import BearerLine
from firmware.spans.dialling import Prefixes
from firmware.spans.span import OpenLink, Span
from firmware.text import Text
from hal import types as hal

CHARGE = "span.charge"  # money: none is left out


class LogLine(Protocol):
    """Writes to the event log."""

    def __call__(self, kind: str, **data: str | int | float) -> None: ...


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
        self._by_d_channel: dict[int, Span] = {}
        self._flood = Flood()

    def add(self, port: hal.SpanPort, open_link: OpenLink) -> None:
        """Make a span of a port, and lines of its channels."""
        name = port.info.name
        span = self.all[name] = Span(name, port.info.timeslot, open_link)
        self._hands.spans[name] = port
        self._hands.d_channels[name] = span.d_channel
        self._by_d_channel[span.d_channel] = span
        for bearer in span.bearers.values():
            self._lines.trunks[bearer.port] = bearer

    # ---- settings and commands -----------------------------------------------------------------

    def configure(self, now: float) -> None:
        """Take the settings that are in force."""
        config = self._lines.config
        settings = {span.port: span for span in config.spans}
        numbers = countries.load(config.site.country).numbers
        prefixes = Prefixes(numbers.trunk_prefix, numbers.international_prefix)
        for port, span in self.all.items():
            outs = span.configure(settings.get(port), config.numbers, self._service, prefixes, now)
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
        self._run(span.handle(event, now, self._hands.spans[event.port].cas))
        return True

    def frame(self, heard: FrameHeard, now: float) -> None:
        """Take a frame of a D-channel."""
        span = self._by_d_channel.get(heard.channel)
        if span is not None:
            self._run(span.frame(heard.frame, now))

    def deadline(self) -> float | None:
        """When `tick` wants to be called."""
        return min((at for span in self.all.values() if (at := span.deadline()) is not None), default=None)

    def tick(self, now: float) -> None:
        """Act on the deadlines that have come."""
        for port, span in self.all.items():
            at = span.deadline()
            if at is not None and at <= now:
                before = span.settings
                outs = span.tick(now)
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
        wants = any(span.clock_rank and span.in_service for span in self._lines.config.spans)
        self._alarm("clock", reasons.CLOCK if wants and not source else None)
