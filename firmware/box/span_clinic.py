"""Where the line doctor works on E1s: carries out what a visit asks, tells it what happens on the span."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from firmware.box.hands import Hands, span_setup
from firmware.box.journal import LogLine
from firmware.box.spans import Spans
from firmware.box.visits import Visits
from firmware.doctor import types as doctor
from firmware.doctor.span_examination import Day, SpanCase, SpanExamination
from firmware.doctor.span_visit import RemoteLoop, SpanVisit
from firmware.lines import types as line
from firmware.media.media import Media
from firmware.spans.span import Span, SpanState
from hal import types as hal


class HasCalls(ValueError):
    """The span carries calls, or is being tested already."""


class SpanClinic(Visits[SpanVisit]):
    """The visits at E1s.

    run  carries out what a span asks
    """

    def __init__(
        self,
        spans: Spans,
        media: Media,
        hands: Hands,
        *,
        run: Callable[[list[line.Out]], None],
        log: LogLine,
    ) -> None:
        super().__init__(log)
        self._spans = spans
        self._media = media
        self._hands = hands
        self._run = run
        self._patterns: dict[str, tuple[int, ...]] = {}

    # ---- what people ask -----------------------------------------------------------------------

    def test(self, port: str, now: float, *, is_remote: bool, is_forced: bool) -> None:
        """Begin to test a span.

        is_remote  the far end has closed a loop
        is_forced  end the calls that there are
        raises     KeyError for an unknown span, HasCalls
        """
        span = self._free(port, is_forced)
        self._visit(span, SpanExamination(self._case(span, is_remote, now)), now)

    def loop(self, port: str, now: float, *, seconds: float, is_forced: bool) -> None:
        """Close a loop for the far end, for so long. raises as `test`, and HasCalls if the card is down"""
        span = self._free(port, is_forced)
        if self._hands.spans[port].state is not hal.PortState.UP:
            raise HasCalls(port)
        self._visit(span, RemoteLoop(port, seconds, has_calls=bool(span.calls)), now)

    # ---- out -----------------------------------------------------------------------------------

    def _free(self, port: str, is_forced: bool) -> Span:
        span = self._spans.all[port]
        if port in self._visits or (span.calls and not is_forced):
            raise HasCalls(port)
        return span

    def _case(self, span: Span, is_remote: bool, now: float) -> SpanCase:
        settings, port, day = span.settings, self._hands.spans[span.port], span.history.today(now)
        is_cas = settings is not None and settings.signalling == "r2"
        used = tuple(span.used()) or tuple(span.bearers)
        last_at = self._hands.wire.last_heard_at.get(span.port)
        return SpanCase(
            port=span.port,
            alarms=port.alarms,
            day=Day(day.seconds, day.errored_s, day.severe_s, day.slips, day.alarm_s),
            clock_source=self._spans.clock_source,
            clock_rank=settings.clock_rank if settings else 0,
            crc4=settings.crc4 if settings else True,
            is_cas=is_cas,
            timeslots=used,
            failure=None if port.state is hal.PortState.UP else span.reason,
            is_link_up=span.state is SpanState.UP or bool(span.signalling and span.signalling.is_up),
            frames=self._media.frame_counts(span.d_channel),
            last_s=None if last_at is None else now - last_at,
            cas={timeslot: port.cas[timeslot] for timeslot in used} if is_cas else None,
            has_calls=bool(span.calls),
            is_remote=is_remote,
        )

    def _visit(self, span: Span, visit: SpanVisit, now: float) -> None:
        self._now = now
        self._run(span.lend())
        self._begin(visit)

    def _give_back(self, port: str) -> None:
        self._spans.give_back(port, self._now)

    def _carry_out(self, visit: SpanVisit, item: doctor.Out) -> Sequence[doctor.Out]:
        port, now = visit.port, self._now
        span, hardware = self._spans.all[port], self._hands.spans[port]
        match item:
            case doctor.LookAtSpan():
                return visit.span_reading(
                    doctor.SpanReading(hardware.alarms, span.calls, self._bits(port)), now
                )
            case doctor.EndCalls():
                self._run(span.end_calls(now))
            case doctor.Isolate():
                self._run(span.isolate(now))
            case doctor.SetLoop(loopback=loopback):
                hardware.loop(loopback, now)
                self._log("doctor.loop", line=port, loop=loopback.value)
            case doctor.SendPattern(timeslots=timeslots):
                self._send_pattern(port, timeslots)
            case doctor.TryCrc4(crc4=crc4):
                setup = span_setup(span.settings)
                hardware.set_up(setup if crc4 is None else replace(setup, crc4=crc4), now)
        return ()

    def _bits(self, port: str) -> dict[int, doctor.BitErrors]:
        first = self._hands.spans[port].info.timeslot
        return {slot: self._media.bit_errors(first + slot) for slot in self._patterns.get(port, ())}

    def _send_pattern(self, port: str, timeslots: tuple[int, ...]) -> None:
        first = self._hands.spans[port].info.timeslot
        for slot in self._patterns.pop(port, ()):
            self._media.bert(first + slot, False)
        for slot in timeslots:
            self._media.bert(first + slot, True)
        self._patterns[port] = timeslots
