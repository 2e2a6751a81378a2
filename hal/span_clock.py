"""Which span gives the board its clock.

The best by rank among those that are well; a failed one is left at once, and is taken again only after it has
been well for `HOLD_OFF_S`, so that a loose contact does not throw the clock back and forth.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import inf

from hal.port import ChipPort
from hal.span import Ds26521Port
from hal.span_alarms import DEAF
from hal.types import Loopback

HOLD_OFF_S = 10.0


@dataclass(slots=True)
class _Health:
    """How a span has been."""

    was_well: bool = False
    ailed_at: float = -inf  # last time it was not well, after it had been


class ClockChoice:
    """Chooses among the spans of a board."""

    def __init__(self, ports: Iterable[ChipPort]) -> None:
        self._spans = [port for port in ports if isinstance(port, Ds26521Port)]
        self._health: Mapping[str, _Health] = {span.info.name: _Health() for span in self._spans}

    def best(self, current: Ds26521Port | None, now: float) -> Ds26521Port | None:
        """Return the span to take the clock from, None = the board's own oscillator."""
        for span in self._spans:
            self._watch(span, now)
        candidates = [span for span in self._spans if self._is_fit(span, now)]
        return min(candidates, key=lambda span: (span.setup.clock_rank, span is not current), default=None)

    def _watch(self, span: Ds26521Port, now: float) -> None:
        health = self._health[span.info.name]
        if _is_well(span):
            health.was_well = True
        elif health.was_well:
            health.ailed_at = now

    def _is_fit(self, span: Ds26521Port, now: float) -> bool:
        is_settled = now >= self._health[span.info.name].ailed_at + HOLD_OFF_S
        return _is_well(span) and span.setup.clock_rank > 0 and is_settled


def _is_well(span: Ds26521Port) -> bool:
    return (
        not span.alarms & DEAF and span.is_up and span.loopback is not Loopback.LOCAL
    )  # that is our own clock
