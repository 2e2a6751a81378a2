"""The trace: what happened in the box and in the world around it, in order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from firmware.call.types import Log
from tools.emulator.event import WorldEvent


@dataclass(frozen=True, slots=True)
class TraceEvent:
    """Something that happened, in the box or in the world."""

    at: float  # s since the start
    who: str  # fxo1, fxs1, call 1, agent 1001, box
    what: str  # call.incoming, menu.entered; in the world: ringing, off-hook
    data: dict[str, str | int | float]
    is_world: bool


class Trace:
    """All events so far; calls are numbered in the order in which they are first heard of."""

    def __init__(self) -> None:
        self.events: list[TraceEvent] = []
        self.on_event: list[Callable[[TraceEvent], None]] = []
        self._calls: dict[str, int] = {}

    def from_world(self, event: WorldEvent) -> None:
        """Take what people and exchange did."""
        data: dict[str, str | int | float] = {"detail": event.detail} if event.detail else {}
        self._add(TraceEvent(event.at, event.who, event.what, data, True))

    def from_box(self, now: float, log: Log) -> None:
        """Take a line of the box's event log."""
        self._add(TraceEvent(now, self._who(log), log.kind, log.data, False))

    def _who(self, log: Log) -> str:
        if log.call is not None:
            return f"call {self._calls.setdefault(log.call, len(self._calls) + 1)}"
        for key in ("port", "agent", "phone", "queue"):
            if key in log.data:
                return str(log.data[key]) if key == "port" else f"{key} {log.data[key]}"
        return "box"

    def _add(self, event: TraceEvent) -> None:
        self.events.append(event)
        for tell in self.on_event:
            tell(event)
