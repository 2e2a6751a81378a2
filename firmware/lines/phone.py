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
    SendCallerId,
    StopCallerId,
    StopRing,
)
from firmware.media.types import CallerIdSent, MediaEvent
from firmware.text import Text
from hal import types as hal

_LIFTED = (PhoneState.OFF_HOOK, PhoneState.LEFT_OFF_HOOK)
CALLER_ID_AFTER_S = 0.6  # of the burst; GR-30 and EN 300 659-1: 0.5 to 1.5 s
CALLER_ID_GAP_MS = 2500  # the pause must be longer: a message of a number and a name takes 1.4 s


class PhoneLine:
    """The state of one phone. Pure: events in, events and commands out."""

    def __init__(self, port: str, channel: int) -> None:
        self.port = port
        self.channel = channel
        self.state = PhoneState.STARTING
        self.reason: Text | None = None
        self._caller = ("", "")  # number and name shown by the phone
        self._deadline: float | None = None
        self._is_sending = False

    def deadline(self) -> float | None:
        """When `tick` wants to be called."""
        return self._deadline

    def handle(self, event: hal.Event) -> list[Out]:
        """Take what the port noticed."""
        match event:
            case hal.PortUp():
                return self._become(PhoneState.ON_HOOK)
            case hal.PortFailed(reason=reason):
                return [
                    *self._cut_caller_id(),
                    *self._hung_up(),
                    *self._become(PhoneState.OUT_OF_SERVICE, reasons.failed(reason)),
                ]
            case hal.OffHook() if self.state in (PhoneState.ON_HOOK, PhoneState.RINGING):
                was_ringing = self.state is PhoneState.RINGING
                return [
                    *self._cut_caller_id(),
                    *self._become(PhoneState.OFF_HOOK),
                    PhoneLifted(self.port, was_ringing),
                ]
            case hal.OnHook() if self.state in _LIFTED:
                return [*self._become(PhoneState.ON_HOOK), PhoneHungUp(self.port)]
            case hal.HookFlash() if self.state in _LIFTED:
                return [*self._become(PhoneState.OFF_HOOK), PhoneFlashed(self.port)]
        return []

    def heard(self, event: MediaEvent) -> list[Out]:
        """Take what the engine did on the phone's channel."""
        if isinstance(event, CallerIdSent):
            self._is_sending = False
        return []

    def ring(
        self, cadence_ms: tuple[int, ...], *, now: float = 0.0, caller: str = "", name: str = ""
    ) -> list[Out]:
        """Ring the phone; only a phone that is free rings. It is shown who calls after the first ring."""
        if self.state is not PhoneState.ON_HOOK:
            return []
        self._caller = (caller, name)
        after_s = _after_first_ring_s(cadence_ms)
        self._deadline = now + after_s if after_s is not None and (caller or name) else None
        return [Ring(self.port, cadence_ms), *self._become(PhoneState.RINGING)]

    def stop_ring(self) -> list[Out]:
        """Stop ringing, if it rings."""
        if self.state is not PhoneState.RINGING:
            return []
        return [*self._cut_caller_id(), StopRing(self.port), *self._become(PhoneState.ON_HOOK)]

    def tick(self, now: float) -> list[Out]:
        """Act on the deadline, if it has come."""
        if self._deadline is None or now < self._deadline:
            return []
        self._deadline = None
        self._is_sending = True
        return [SendCallerId(self.port, *self._caller)]

    def _cut_caller_id(self) -> list[Out]:
        was_sending, self._is_sending, self._deadline = self._is_sending, False, None
        return [StopCallerId(self.port)] if was_sending else []

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


def _after_first_ring_s(cadence_ms: tuple[int, ...]) -> float | None:
    """Tell when the first pause that is long enough for caller ID can be used; None if there is none."""
    at_ms = 0
    for index, length_ms in enumerate(cadence_ms):
        if index % 2 and length_ms >= CALLER_ID_GAP_MS:
            return at_ms / 1000 + CALLER_ID_AFTER_S
        at_ms += length_ms
    return None
