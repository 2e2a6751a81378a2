"""The last events of box and world, to be looked up by the name of a line, and when far ends hung up."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator
from math import inf

from tools.trace import TraceEvent
from tools.virtual import VirtualBox

KEPT = 60000
FAR_ENDS = frozenset({"far-end-hung-up", "gave-up", "no-answer", "refused", "busy-tone", "congestion"})


class Events:
    """Listens to a box and its world."""

    def __init__(self, box: VirtualBox) -> None:
        self.digest = 0
        self.ended = 0  # calls the box says it has ended since `forget`
        self.far_ends: dict[str, list[float]] = defaultdict(list)  # when a far end hung up, by line
        self.alerted: dict[str, list[float]] = defaultdict(list)
        self._last: deque[TraceEvent] = deque(maxlen=KEPT)
        self._lines: dict[str, set[str]] = defaultdict(set)  # calls, by line
        self._box = box
        box.on_trace.append(self._take)

    def _take(self, event: TraceEvent) -> None:
        self._last.append(event)
        if event.is_world:
            if event.what in FAR_ENDS:
                self.far_ends[event.who].append(event.at)
            elif event.what in ("alerting", "proceeding"):
                self.alerted[event.who].append(event.at)
            return
        if event.what == "call.ended":
            self.ended += 1
        for key in ("line", "next"):
            if key in event.data:
                self._lines[str(event.data[key])].add(event.who)

    def forget(self) -> None:
        """Begin anew after a checkpoint."""
        self.ended = 0
        self.far_ends.clear()
        self.alerted.clear()
        self._lines.clear()
        self._box.trace.clear()

    def of(self, name: str, until: float = inf, limit: int = 40) -> Iterator[str]:
        """Give the last events about a line, a phone or a call, until a moment."""
        span = name.partition("-")[0]
        names = {name, span} | self._lines.get(name, set())
        found = [
            event
            for event in self._last
            if event.at <= until
            and (event.who in names or name in event.data.values())
            and event.what != "caller-busy"
        ]
        for event in found[-limit:]:
            data = " ".join(f"{key}={value}" for key, value in event.data.items())
            yield f"{event.at:10.2f}  {event.who:<10} {event.what} {data}".rstrip()
