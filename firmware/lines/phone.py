"""A phone on an FXS port: on its hook, ringing, lifted, or out of service."""

from __future__ import annotations

from firmware.lines import reasons
from firmware.lines.types import (
    LineChanged,
    Out,
    PhoneFlashed,
    PhoneHungUp,
    PhoneLifted,
    PhoneState,
    Ring,
    StopRing,
)
from firmware.text import Text
from hal import types as hal

_LIFTED = (PhoneState.OFF_HOOK, PhoneState.LEFT_OFF_HOOK)


class PhoneLine:
    """The state of one phone. Pure: events in, events and commands out."""

    def __init__(self, port: str, channel: int) -> None:
        self.port = port
        self.channel = channel
        self.state = PhoneState.STARTING
        self.reason: Text | None = None

    def handle(self, event: hal.Event) -> list[Out]:
        """Take what the port noticed."""
        match event:
            case hal.PortUp():
                return self._become(PhoneState.ON_HOOK)
            case hal.PortFailed(reason=reason):
                return [*self._hung_up(), *self._become(PhoneState.OUT_OF_SERVICE, reasons.failed(reason))]
            case hal.OffHook() if self.state in (PhoneState.ON_HOOK, PhoneState.RINGING):
                was_ringing = self.state is PhoneState.RINGING
                return [*self._become(PhoneState.OFF_HOOK), PhoneLifted(self.port, was_ringing)]
            case hal.OnHook() if self.state in _LIFTED:
                return [*self._become(PhoneState.ON_HOOK), PhoneHungUp(self.port)]
            case hal.HookFlash() if self.state is PhoneState.OFF_HOOK:
                return [PhoneFlashed(self.port)]
        return []

    def ring(self, cadence_ms: tuple[int, ...]) -> list[Out]:
        """Ring the phone; only a phone that is free rings."""
        if self.state is not PhoneState.ON_HOOK:
            return []
        return [Ring(self.port, cadence_ms), *self._become(PhoneState.RINGING)]

    def stop_ring(self) -> list[Out]:
        """Stop ringing, if it rings."""
        if self.state is not PhoneState.RINGING:
            return []
        return [StopRing(self.port), *self._become(PhoneState.ON_HOOK)]

    def left_off(self) -> list[Out]:
        """Nobody puts the handset back: show it."""
        if self.state is not PhoneState.OFF_HOOK:
            return []
        return self._become(PhoneState.LEFT_OFF_HOOK, reasons.LEFT_OFF_HOOK)

    def _hung_up(self) -> list[Out]:
        return (
            [PhoneHungUp(self.port, is_failure=True)] if self.state in (*_LIFTED, PhoneState.RINGING) else []
        )

    def _become(self, state: PhoneState, reason: Text | None = None) -> list[Out]:
        if (state, reason) == (self.state, self.reason):
            return []
        self.state, self.reason = state, reason
        return [LineChanged(self.port, state, reason)]
