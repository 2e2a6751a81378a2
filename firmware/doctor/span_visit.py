"""A visit of the doctor at an E1: what its test and its loop for the far end share."""

from __future__ import annotations

from firmware.doctor import span_words
from firmware.doctor.types import (
    EndCalls,
    Isolate,
    LookAtSpan,
    Out,
    SendPattern,
    SetLoop,
    SpanReading,
    TryCrc4,
)
from firmware.doctor.visit import Measuring, Steps, Until, Visit
from hal import types as hal
from hal.types import Loopback

CALLS_S = 5.0  # the far end agrees to the end of calls within that, or the channels are set back afterwards
CALLS_LOOK_S = 0.2
NOTHING = SpanReading(frozenset(), 0, {})


class SpanVisit(Visit):
    """Whatever happens, loops are opened and patterns end."""

    def __init__(self, port: str, *, has_calls: bool) -> None:
        self._has_calls = has_calls
        self._span_reading = NOTHING
        self._is_looped = False
        self._is_sending = False
        self._is_trying = False
        super().__init__(port)

    def handle(self, event: hal.Event, now: float) -> list[Out]:
        """Take what the port noticed: without the card there is nothing to be tested."""
        if isinstance(event, hal.PortFailed):
            return self.stop(span_words.PORT_FAILED, now)
        return super().handle(event, now)

    def span_reading(self, reading: SpanReading, now: float) -> list[Out]:
        """Take what `LookAtSpan` read."""
        self._span_reading = reading
        return self.tick(now)

    def _clean_up(self) -> None:
        self._stop_pattern()
        self._loop(Loopback.NONE)
        self._try_crc4(None)

    # ---- steps ---------------------------------------------------------------------------------

    def _take_span(self) -> Steps:
        """End the calls, if there are any, and the signalling."""
        if self._has_calls:
            self._outs.append(EndCalls(self.port))
            until = self._now + CALLS_S
            reading = yield from self._look_at_span()
            while reading.calls and self._now < until:
                yield Until(CALLS_LOOK_S)
                reading = yield from self._look_at_span()
        self._outs.append(Isolate(self.port))

    def _look_at_span(self) -> Measuring[SpanReading]:
        self._span_reading = NOTHING
        self._outs.append(LookAtSpan(self.port))
        yield Until(0.0)
        return self._span_reading

    def _loop(self, loopback: Loopback) -> None:
        if loopback is not Loopback.NONE or self._is_looped:
            self._outs.append(SetLoop(self.port, loopback))
        self._is_looped = loopback is not Loopback.NONE

    def _send_pattern(self, timeslots: tuple[int, ...]) -> None:
        self._outs.append(SendPattern(self.port, timeslots))
        self._is_sending = True

    def _stop_pattern(self) -> None:
        if self._is_sending:
            self._outs.append(SendPattern(self.port, ()))
        self._is_sending = False

    def _try_crc4(self, crc4: bool | None) -> None:
        if crc4 is not None or self._is_trying:
            self._outs.append(TryCrc4(self.port, crc4))
        self._is_trying = crc4 is not None


class RemoteLoop(SpanVisit):
    """Send back to the far end what it sends, so that it can test; for so long and no longer."""

    kind = "loop"

    def __init__(self, port: str, seconds: float, *, has_calls: bool) -> None:
        self._seconds = seconds
        super().__init__(port, has_calls=has_calls)

    def _plan(self) -> Steps:
        if self._has_calls:
            self._at(0.0, span_words.ENDING)
        yield from self._take_span()
        self._loop(Loopback.REMOTE)
        begun = self._now
        while self._now < begun + self._seconds:
            self._at((self._now - begun) / self._seconds, span_words.LOOPED)
            yield Until(min(1.0, begun + self._seconds - self._now))
        self.findings.append(span_words.loop_over(self._now - begun))
