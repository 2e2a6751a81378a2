"""Where a line that carries no call stands: what it could be used for, and what keeps it from that."""

from __future__ import annotations

from dataclasses import dataclass

from firmware.lines import reasons
from firmware.lines.phase import Phase
from firmware.lines.supervision import Service
from firmware.text import Text

_SERVICE_REASONS = {
    Service.SWITCHED_OFF: reasons.SWITCHED_OFF,
    Service.DRAIN: reasons.DRAINED,
    Service.OUT: reasons.GROUP_OUT,
}


@dataclass(slots=True)
class Rest:
    """What the port has told of the line."""

    has_port: bool = False
    has_battery: bool = True
    is_elsewhere: bool = False  # another phone on the pair is lifted
    may_ring_until: float = 0.0  # it was connected a moment ago, perhaps between two rings

    @property
    def is_whole(self) -> bool:
        """It could carry a call."""
        return self.has_port and self.has_battery

    def place(self, service: Service, now: float) -> tuple[Phase, float | None, Text | None]:
        """Give the phase, when it ends by itself, and what people are told."""
        if not self.has_battery:
            return Phase.DOWN, None, reasons.UNPLUGGED
        if service is not Service.IN_SERVICE:
            return Phase.DOWN, None, _SERVICE_REASONS[service]
        if self.is_elsewhere:
            return Phase.ELSEWHERE, None, reasons.ELSEWHERE
        if now < self.may_ring_until:
            return Phase.FOUND, self.may_ring_until, None
        return Phase.IDLE, None, None
