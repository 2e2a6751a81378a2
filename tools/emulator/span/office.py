"""What the parts of a span's far end share."""

from __future__ import annotations

from dataclasses import dataclass, field

from cext.isdn.types import NumberType, Presentation
from hal.sim.world import SpanWorld
from tools.emulator.exchange import Exchange
from tools.emulator.party import Party
from tools.emulator.span.options import SpanOptions
from tools.emulator.span.record import SpanCall


@dataclass(slots=True)
class Office:
    """One span in the world: its pair, its options, and what was seen on it."""

    name: str
    pair: SpanWorld
    options: SpanOptions
    exchange: Exchange
    calls: list[SpanCall] = field(default_factory=list)

    def note(self, at: float, what: str, detail: str = "", channel: int = 0) -> None:
        """Write an event of the span, or of a channel."""
        self.exchange.note(at, f"{self.name}-{channel}" if channel else self.name, what, detail)


@dataclass(frozen=True, slots=True)
class Request:
    """How a call to the box is announced to it.

    to         number called; empty = the span's own
    overlap_s  the number called comes digit by digit, so long apart; None: at once
    """

    to: str = ""
    type: NumberType = NumberType.UNKNOWN
    presentation: Presentation = Presentation.ALLOWED
    redirecting: str = ""
    overlap_s: float | None = None


@dataclass(slots=True)
class Leg:
    """A call that occupies a channel, until the channel is free again."""

    is_to_box: bool
    caller: str
    called: str
    began_at: float
    reference: int = 0  # the signalling's own name for it
    request: Request | None = None
    answered_at: float | None = None
    cause: int = 0  # why it is being cleared; 0 = it is not
    is_ended_by_box: bool = False
    digits_left: str = ""  # of an overlapping call to the box

    @property
    def is_clearing(self) -> bool:
        """Somebody has ended it, the other end has not agreed yet."""
        return self.cause != 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """A caller who waits for the box to seize a channel, to seize the same one."""

    party: Party
    request: Request
