"""Captures: what a line hears and sends, and what its chip's status registers do meanwhile.

A capture changes nothing about the line and waits for nothing: it keeps in memory what comes by, and whoever
asked writes it down afterwards. While nobody uses the line there is only what comes between two rings.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from firmware.box.hands import Hands
from firmware.box.recordings import Recordings
from firmware.lines.lines import Lines
from firmware.media.media import Media
from firmware.records import wav

LOOK_S = 0.02
LONGEST_S = 300.0
RATE_HZ = 8000
LATE_S = 0.15  # sound comes that late at most; what is later follows a gap
SILENT = b"\xd5"


@dataclass(slots=True)
class Capture:
    """One capture."""

    port: str
    began_at: float
    until: float
    rx: bytearray = field(default_factory=bytearray)
    tx: bytearray = field(default_factory=bytearray)
    registers: dict[str, int] = field(default_factory=dict)
    log: list[str] = field(default_factory=lambda: ["time_s,register,value,line_v,loop_ma"])
    look_at: float = 0.0

    def take(self, rx: bytes, tx: bytes, now: float) -> None:
        """Keep sound; where there was none before, put silence."""
        gap = round((now - self.began_at - LATE_S) * RATE_HZ) - len(self.rx) - len(rx)
        if gap > 0:
            self.fill(len(self.rx) + gap)
        self.rx += rx
        self.tx += tx

    def fill(self, length: int) -> None:
        """Put silence up to a length."""
        for side in (self.rx, self.tx):
            side.extend(SILENT * (length - len(side)))

    def wav(self) -> bytes:
        """Give the sound as a file: left what was heard, right what was sent."""
        frames = round((min(self.until, self.began_at + LONGEST_S) - self.began_at) * RATE_HZ)
        self.fill(frames)
        sound = bytearray(2 * frames)
        sound[0::2], sound[1::2] = self.rx[:frames], self.tx[:frames]
        return wav.header(wav.Shape(2, frames)) + bytes(sound)

    def csv(self) -> bytes:
        """Give the register log: one line for every register that changed."""
        return ("\n".join(self.log) + "\n").encode()


class Captures:
    """The captures in progress."""

    def __init__(self, lines: Lines, media: Media, hands: Hands, recordings: Recordings) -> None:
        self._lines = lines
        self._media = media
        self._hands = hands
        self._recordings = recordings
        self._running: dict[str, Capture] = {}
        self.on_finished: list[Callable[[Capture], None]] = []

    def begin(self, port: str, seconds: float, now: float) -> None:
        """Begin to capture a line.

        raises  KeyError for an unknown line, ValueError if it is captured already
        """
        if port not in self._hands.fxo:
            raise KeyError(port)
        if port in self._running:
            raise ValueError(f"{port} is captured already")
        self._running[port] = Capture(port, now, now + min(seconds, LONGEST_S), look_at=now)

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

    def _look(self, capture: Capture, now: float) -> None:
        channel = self._lines.channel(capture.port)
        if channel not in self._media.recorded_channels:
            self._media.overhear(channel, True)
        self._recordings.tap(channel, capture.take, now)
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
        channel = self._lines.channel(capture.port)
        self._recordings.untap(channel, capture.take)
        self._media.overhear(channel, False)
        for tell in self.on_finished:
            tell(capture)
