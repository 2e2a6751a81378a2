"""What is signalled on the spans: the last frames of every D-channel, and listeners for a capture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from firmware.clock import Clock
from firmware.spans.trace import Trace, TracedFrame

BITS = "{:04b}"


@dataclass(frozen=True, slots=True)
class Signal:
    """Something that was signalled on a span.

    timeslot  it is about; 0: of the whole span (a frame)
    kind      frame | cas | mf
    what      in words; empty for a frame
    """

    span: str
    timeslot: int
    at: float
    is_sent: bool
    kind: str
    what: str = ""
    frame: bytes = b""


Listener = Callable[[Signal], None]


class Wire:
    """Keeps the traces and passes on what goes by."""

    def __init__(self, clock: Clock) -> None:
        self.traces: dict[str, Trace] = {}
        self.last_heard_at: dict[str, float] = {}  # a good frame, by span
        self.listeners: list[Listener] = []
        self._clock = clock

    def frame(self, span: str, octets: bytes, now: float, *, is_sent: bool) -> None:
        """Note a frame of a D-channel."""
        self.traces[span].note(octets, self.wall_s(now), is_sent=is_sent)
        if not is_sent:
            self.last_heard_at[span] = now
        self._tell(Signal(span, 0, now, is_sent, "frame", frame=octets))

    def cas(self, span: str, timeslot: int, abcd: int, now: float, *, is_sent: bool) -> None:
        """Note that a channel's bits changed."""
        self._tell(Signal(span, timeslot, now, is_sent, "cas", BITS.format(abcd)))

    def mf(self, span: str, timeslot: int, signal: str, now: float, *, is_sent: bool) -> None:
        """Note that a register signal began; an empty one: it ended."""
        self._tell(Signal(span, timeslot, now, is_sent, "mf", signal or "end"))

    def pcap(self, span: str) -> bytes:
        """Give the last frames of a D-channel as a file. raises KeyError"""
        return self.traces[span].pcap()

    def wall_s(self, now: float) -> float:
        """Give seconds since 1970."""
        return self._clock.utc_at(now).timestamp()

    def traced(self, signal: Signal) -> TracedFrame:
        """Give a frame as a trace has it."""
        return TracedFrame(self.wall_s(signal.at), signal.is_sent, signal.frame)

    def _tell(self, signal: Signal) -> None:
        for tell in tuple(self.listeners):
            tell(signal)
