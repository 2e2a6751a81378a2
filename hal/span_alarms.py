"""From what the framer sees at this moment to the alarms that stand.

The chip itself judges by G.775 and G.732 (255 zeros, 512 bits, three framing words), within 3 ms. Above it an
alarm counts once it has held for `DETECT_S`, and has gone once it stayed away for `CLEAR_S`, so that neither
a blip nor a loose contact makes it flap. Only the root is told: without a signal there can be no frames.
"""

from __future__ import annotations

from math import inf

from hal import ds26521 as ds
from hal.types import SpanAlarm

DETECT_S = 0.1
CLEAR_S = 0.5
DEAF = frozenset({SpanAlarm.LOS, SpanAlarm.LOF, SpanAlarm.AIS})  # nothing of the far end is understood


def root_alarms(status: int, has_multiframe: bool) -> frozenset[SpanAlarm]:
    """Read the framer's real-time status.

    status  register RRTS1
    """
    for bit, alarm in ((ds.LOS, SpanAlarm.LOS), (ds.AIS, SpanAlarm.AIS), (ds.LOF, SpanAlarm.LOF)):
        if status & bit:
            return frozenset({alarm})
    seen = {SpanAlarm.RAI} if status & ds.RAI else set()
    return frozenset(seen if has_multiframe else seen | {SpanAlarm.LOMF})


class AlarmFilter:
    """Which alarms stand."""

    def __init__(self) -> None:
        self.standing: frozenset[SpanAlarm] = frozenset()
        self._due: dict[SpanAlarm, float] = {}

    @property
    def due(self) -> float:
        """When to look again."""
        return min(self._due.values(), default=inf)

    def set(self, alarms: frozenset[SpanAlarm]) -> None:
        """Take these at once."""
        self.standing = alarms
        self._due.clear()

    def feed(self, seen: frozenset[SpanAlarm], now: float) -> bool:
        """Take what is seen now, and return True when what stands has just changed."""
        before = self.standing
        for alarm in SpanAlarm:
            if (alarm in seen) == (alarm in before):
                self._due.pop(alarm, None)
                continue
            due = self._due.setdefault(alarm, now + (DETECT_S if alarm in seen else CLEAR_S))
            if now >= due:
                del self._due[alarm]
                self.standing ^= {alarm}
        return self.standing != before
