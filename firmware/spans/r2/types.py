"""What crosses the border of an R2 channel: what it wants done, what it has to say.

A register signal is one character, as the media engine names it: "1".."9", "0" (signal 10), "A" (11),
"B" (12), "C" (13), "D" (14), "E" (15); "" is silence. Digits of a number are therefore their own signals.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Category(StrEnum):
    """Who calls."""

    SUBSCRIBER = "subscriber"
    PRIORITY = "priority"
    TEST = "test"  # maintenance equipment
    OPERATOR = "operator"
    DATA = "data"
    PAYPHONE = "payphone"
    COLLECT = "collect"
    UNKNOWN = "unknown"


class Reason(StrEnum):
    """Why a call is over, or may not be."""

    CLEAR_FORWARD = "clear-forward"  # the caller hung up
    CLEAR_BACK = "clear-back"  # the called person hung up
    FORCED = "forced-release"  # the exchange ended the call
    BUSY = "busy"
    CONGESTION = "congestion"
    UNALLOCATED = "unallocated"  # no such number
    OUT_OF_ORDER = "out-of-order"  # of the line called
    NUMBER_CHANGED = "number-changed"
    ANNOUNCEMENT = "announcement"  # the exchange says in words why the number cannot be had
    GLARE = "glare"  # both ends seized the circuit
    NO_ANSWER = "no-answer"
    LINE_DOWN = "line-down"  # the span lost its signal
    FAULT = "fault"  # the far end broke the protocol; `ProtocolError` has said how


class Fault(StrEnum):
    """How the far end broke the protocol."""

    NO_SEIZE_ACK = "no-seize-ack"  # it does not notice that we seize
    NO_SIGNAL = "no-signal"  # no register signal came in time
    STUCK_SIGNAL = "stuck-signal"  # a register signal does not end
    BAD_SIGNAL = "bad-signal"  # a register signal that means nothing here
    ENDLESS = "endless"  # registers talk and talk
    BAD_BITS = "bad-bits"  # signalling bits that cannot be in this state
    FAR_IDLE = "far-idle"  # it is idle in the middle of a call
    NO_RELEASE_GUARD = "no-release-guard"  # it does not let go
    NO_CLEAR_FORWARD = "no-clear-forward"  # the called end hung up, the caller's exchange never does


class CircuitState(StrEnum):
    """What a channel is good for."""

    DOWN = "down"  # the span has no signal, or the channel was never started
    IDLE = "idle"
    BUSY = "busy"
    OWN_BLOCK = "own-block"
    FAR_BLOCK = "far-block"
    FAULTY = "faulty"  # the far end's bits make no sense; it will do again when they are idle


@dataclass(frozen=True, slots=True)
class SetCas:
    """Send these signalling bits."""

    abcd: int  # four bits, A the highest


@dataclass(frozen=True, slots=True)
class SendMf:
    """Sound this register signal until the next one; "" = silence."""

    signal: str
    is_forward: bool  # which of the two tone sets


@dataclass(frozen=True, slots=True)
class HearMf:
    """Listen for register signals."""

    direction: str  # "forward", "backward", "" = stop


@dataclass(frozen=True, slots=True)
class Seized:
    """A call comes in; its number follows."""


@dataclass(frozen=True, slots=True)
class Offered:
    """The incoming call has told all: accept or reject it now."""

    called: str
    caller: str  # "" if there is none
    category: Category
    is_restricted: bool = False  # the caller withholds the number


@dataclass(frozen=True, slots=True)
class Accepted:
    """Outgoing: the person called is free and rung. Incoming: the caller's exchange knows that.

    From here on the channel carries speech and tones.
    """

    is_charged: bool = True


@dataclass(frozen=True, slots=True)
class Answered:
    """The person called has answered our call."""


@dataclass(frozen=True, slots=True)
class MeterPulse:
    """One unit of charge."""


@dataclass(frozen=True, slots=True)
class ClearedByFar:
    """The call is over, and not because we ended it; the channel clears by itself and `Cleared` follows."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Cleared:
    """The channel is done with the call: the last word about it, exactly once."""


@dataclass(frozen=True, slots=True)
class Blocked:
    """The channel cannot be used."""

    state: CircuitState  # OWN_BLOCK, FAR_BLOCK, FAULTY or DOWN


@dataclass(frozen=True, slots=True)
class Unblocked:
    """The channel can be used."""


@dataclass(frozen=True, slots=True)
class ProtocolError:
    """The far end broke the protocol: for the log."""

    fault: Fault
    detail: str  # the bits or the signal


Command = SetCas | SendMf | HearMf
Happening = (
    Seized | Offered | Accepted | Answered | MeterPulse | ClearedByFar | Cleared
    | Blocked | Unblocked | ProtocolError
)  # fmt: skip
Out = Command | Happening
