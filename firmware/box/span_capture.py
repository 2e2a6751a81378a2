"""Captures of an E1: the frames of its D-channel, or one channel with what was signalled for it."""

from __future__ import annotations

from dataclasses import dataclass, field

from firmware.box.captured import Capture
from firmware.box.wire import Signal, Wire
from firmware.config import channels
from firmware.spans import q931
from firmware.spans.q931 import CallsByChannel
from firmware.spans.trace import TracedFrame, pcap


@dataclass(slots=True)
class SpanCapture(Capture):
    """The frames of a D-channel, both directions, while it runs."""

    frames: list[TracedFrame] = field(default_factory=list)

    def files(self) -> dict[str, bytes]:
        """Give the files by the end of their names."""
        return {"pcap": pcap(self.frames)}


@dataclass(slots=True)
class ChannelCapture(Capture):
    """The sound of a channel, and its signalling: messages of Q.931, or bits and register signals of R2."""

    calls: CallsByChannel = field(default_factory=CallsByChannel)

    def note(self, signal: Signal) -> None:
        """Log what is about this channel."""
        timeslot = channels.timeslot_of(self.port)
        what = signal.what
        if signal.kind == "frame":
            message = q931.read(signal.frame)
            if message is None or self.calls.channel_of(message, is_sent=signal.is_sent) != timeslot:
                return
            what = message.words
        elif signal.timeslot != timeslot:
            return
        direction = "sent" if signal.is_sent else "heard"
        quoted = f'"{what}"' if "," in what else what
        self.log.append(f"{signal.at - self.began_at:.3f},{direction},{signal.kind},{quoted}")


def make(port: str, now: float, until: float, wire: Wire) -> Capture:
    """Begin a capture of a span or a channel; calls that are up already are known from the trace."""
    if not channels.span_of(port):
        return SpanCapture(port, now, until, look_at=until)
    made = ChannelCapture(port, now, until, log=["time_s,direction,kind,what"], look_at=now)
    for frame in wire.traces[channels.span_of(port)].frames():
        message = q931.read(frame.octets)
        if message is not None:
            made.calls.channel_of(message, is_sent=frame.is_sent)
    return made


def take(capture: Capture, signal: Signal, wire: Wire) -> None:
    """Pass on what was signalled, if it concerns this capture."""
    if isinstance(capture, ChannelCapture):
        if channels.span_of(capture.port) == signal.span:
            capture.note(signal)
    elif isinstance(capture, SpanCapture) and capture.port == signal.span and signal.frame:
        capture.frames.append(wire.traced(signal))
