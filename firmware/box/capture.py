"""Captures: what a line hears and sends, and what its chip's status registers do meanwhile.

A capture changes nothing about the line and waits for nothing: it keeps in memory what comes by, and whoever
asked writes it down afterwards. While nobody uses the line there is only what comes between two rings.
"""

from __future__ import annotations

from collections.abc import Callable

from firmware.box import span_capture
from firmware.box.captured import LONGEST_S, Capture
from firmware.box.hands import Hands
from firmware.box.recordings import Recordings
from firmware.box.span_capture import ChannelCapture, SpanCapture
from firmware.box.wire import Signal
from firmware.config import channels
from firmware.lines.lines import Lines
from firmware.media.media import Media

LOOK_S = 0.02


class Captures:
    """The captures in progress."""

    def __init__(self, lines: Lines, media: Media, hands: Hands, recordings: Recordings) -> None:
        self._lines = lines
        self._media = media
        self._hands = hands
        self._recordings = recordings
        self._running: dict[str, Capture] = {}
        self.on_finished: list[Callable[[Capture], None]] = []
        hands.wire.listeners.append(self._signalled)

    def begin(self, port: str, seconds: float, now: float) -> None:
        """Begin to capture a line, a channel of an E1, or the D-channel of an E1.

        raises  KeyError for an unknown line, ValueError if it is captured already
        """
        is_of_span = port in self._hands.spans or (
            port in self._lines.trunks and bool(channels.span_of(port))
        )
        if port not in self._hands.fxo and not is_of_span:
            raise KeyError(port)
        if port in self._running:
            raise ValueError(f"{port} is captured already")
        until = now + min(seconds, LONGEST_S)
        if is_of_span:
            self._running[port] = span_capture.make(port, now, until, self._hands.wire)
        else:
            self._running[port] = Capture(port, now, until, look_at=now)

    def hears(self, span: str) -> bool:
        """A channel of this span is captured, so its timeslot is in use."""
        return any(channels.span_of(port) == span for port in self._running)

    def running(self, port: str) -> Capture | None:
        """Give the capture of a line that is in progress."""
        return self._running.get(port)

    def stop(self, port: str, now: float) -> None:
        """End a capture early; what there is is kept."""
        capture = self._running.get(port)
        if capture is not None:
            capture.until = now
            self.tick(now)

    def close(self, now: float) -> None:
        """End all captures."""
        for port in list(self._running):
            self.stop(port, now)

    def deadline(self) -> float | None:
        """When `tick` wants to be called."""
        return min((capture.look_at for capture in self._running.values()), default=None)

    def tick(self, now: float) -> None:
        """Look at the registers, and see to it that the sound is recorded."""
        for capture in [*self._running.values()]:
            if now >= capture.until:
                self._end(capture)
            elif now >= capture.look_at:
                capture.look_at = now + LOOK_S
                self._look(capture, now)

    def _signalled(self, signal: Signal) -> None:
        for capture in self._running.values():
            span_capture.take(capture, signal, self._hands.wire)

    def _look(self, capture: Capture, now: float) -> None:
        if isinstance(capture, SpanCapture):
            capture.look_at = capture.until
            return
        channel = self._lines.channel(capture.port)
        if channel not in self._media.recorded_channels:
            self._media.overhear(channel, True)
        self._recordings.tap(channel, capture.take, now)
        if isinstance(capture, ChannelCapture):
            return
        reading = self._hands.fxo[capture.port].measure(now)
        if reading is None:
            return
        for name, value in reading.registers:
            if capture.registers.get(name) != value:
                capture.registers[name] = value
                at = now - capture.began_at
                capture.log.append(f"{at:.3f},{name},{value:02X},{reading.line_v},{reading.loop_ma:g}")

    def _end(self, capture: Capture) -> None:
        del self._running[capture.port]
        if not isinstance(capture, SpanCapture):
            channel = self._lines.channel(capture.port)
            self._recordings.untap(channel, capture.take)
            self._media.overhear(channel, False)
        for tell in self.on_finished:
            tell(capture)
