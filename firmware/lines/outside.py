"""What the rest of the box knows of any outside line: an analog one, or a channel of a span."""

from __future__ import annotations

from typing import Protocol

from firmware.lines.types import EndReason, LineState, Out
from firmware.media.types import MediaEvent
from firmware.text import Text


class Outside(Protocol):
    """An outside line. What it is asked gives what it asks in turn, and what it says."""

    @property
    def port(self) -> str:
        """Its name: `fxo1`, `span1-7`."""

    @property
    def channel(self) -> int:
        """Of the engine."""

    @property
    def state(self) -> LineState: ...

    @property
    def reason(self) -> Text | None:
        """Why it is out of service."""

    @property
    def takes_digits(self) -> bool:
        """Digits heard now are the exchange's, not a person's."""

    @property
    def is_free(self) -> bool:
        """It can be taken for an outgoing call now."""

    @property
    def is_resting(self) -> bool:
        """It works, but people do not want it to be used: an emergency call may."""

    @property
    def is_draining(self) -> bool:
        """It carries a call, and will take no other after it."""

    def answer(self, now: float) -> list[Out]:
        """Take the call that rings; `TrunkReady` follows."""

    def call(self, number: str, now: float, caller: str = "") -> list[Out]:
        """Call; `TrunkDialed` or `TrunkEnded` follows.

        caller  our number to be shown, where the line can tell it
        raises  ValueError if the line cannot be taken
        """

    def hang_up(self, now: float, reason: EndReason = EndReason.PHONE_HUNG_UP) -> list[Out]:
        """Let the line go, whatever it does; says nothing upwards."""

    def heard(self, event: MediaEvent, now: float) -> list[Out]:
        """Take what the engine heard on it."""
