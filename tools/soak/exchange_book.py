"""What the exchange saw of every call, on spans and on analog lines alike."""

from __future__ import annotations

from dataclasses import dataclass

from tools.trace import TraceEvent
from tools.virtual import VirtualBox


@dataclass(slots=True)
class Seen:
    """A call as the exchange saw it; of one that is over all is known."""

    line: str
    is_to_box: bool
    caller: str
    called: str
    began_at: float
    answered_at: float | None = None
    ended_at: float | None = None
    cause: int = 0  # Q.850; on spans
    is_ended_by_box: bool = True
    is_matched: bool = False


class ExchangeBook:
    """Takes what the spans have written down, and writes down what analog lines do."""

    def __init__(self, box: VirtualBox) -> None:
        self._box = box
        self._open: dict[str, Seen] = {}
        self._over: list[Seen] = []
        box.on_trace.append(self._take)

    def turn(self) -> list[Seen]:
        """Give the calls that ended since the last time."""
        found, self._over = self._over, []
        for name, end in self._box.world.spans.items():
            found += [
                Seen(
                    f"{name}-{call.channel}",
                    call.is_to_box,
                    call.caller,
                    call.called,
                    call.began_at,
                    call.answered_at,
                    call.ended_at,
                    call.cause,
                    call.is_ended_by_box,
                )
                for call in end.calls
            ]
            end.calls.clear()
        return found

    def _take(self, event: TraceEvent) -> None:
        if not event.is_world or not event.who.startswith("fxo"):
            return
        detail = str(event.data.get("detail", ""))
        call = self._open.get(event.who)
        match event.what:
            case "ringing":
                self._open[event.who] = Seen(event.who, True, detail, "", event.at)
            case "seized":
                self._open[event.who] = Seen(event.who, False, "", "", event.at)
            case _ if call is not None:
                self._go_on(call, event, detail)

    def _go_on(self, call: Seen, event: TraceEvent, detail: str) -> None:
        match event.what:
            case "answered" | "far-end-answered":
                call.answered_at = event.at
            case "dialled":
                call.called = detail
            case "far-end-hung-up" | "busy-tone" | "congestion":
                call.is_ended_by_box = False
            case "gave-up" | "no-answer":
                call.is_ended_by_box = False
                self._end(call, event.at)
            case "released":
                self._end(call, event.at)

    def _end(self, call: Seen, at: float) -> None:
        call.ended_at = at
        self._over.append(self._open.pop(call.line))
