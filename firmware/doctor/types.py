"""What the doctor asks for, what it is told, and what it says in the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from firmware.lines.types import Release, Seize, SendDigits, SendPulses, Watch
from firmware.media.types import BitErrors as BitErrors  # noqa: PLC0414  # part of this interface
from firmware.media.types import LearnedTone as LearnedTone  # noqa: PLC0414  # part of this interface
from firmware.text import Text
from hal.types import Balance, Loopback, SpanAlarm

# ---- downwards -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Look:
    """Read the port: `Visit.reading` follows at once."""

    port: str


@dataclass(frozen=True, slots=True)
class Hear:
    """Open the line's channel with its tones and without echo canceller, and pass its sound to `Visit.sound`;
    or close it.
    """

    port: str
    is_on: bool


@dataclass(frozen=True, slots=True)
class Sound:
    """Send these A-law octets again and again; empty: nothing more."""

    port: str
    alaw: bytes


@dataclass(frozen=True, slots=True)
class TryBalance:
    """Match the line so; None: as the settings say."""

    port: str
    balance: Balance | None


@dataclass(frozen=True, slots=True)
class WorkOut:
    """Do a piece of arithmetic that would hold up the calls, beside them; then call `done`, among them."""

    port: str
    work: Callable[[], None]
    done: Callable[[], None]


@dataclass(frozen=True, slots=True)
class LookAtSpan:
    """Read the span: `SpanVisit.span_reading` follows at once."""

    port: str


@dataclass(frozen=True, slots=True)
class EndCalls:
    """End all calls of the span; that takes a moment."""

    port: str


@dataclass(frozen=True, slots=True)
class Isolate:
    """Take the signalling off the span, until the visit is over."""

    port: str


@dataclass(frozen=True, slots=True)
class SetLoop:
    """Close a loop, or open it."""

    port: str
    loopback: Loopback


@dataclass(frozen=True, slots=True)
class SendPattern:
    """Send and check a pseudo-random pattern on these timeslots from now on; none: no more."""

    port: str
    timeslots: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TryCrc4:
    """Frame with CRC-4 or without; None: as the settings say."""

    port: str
    crc4: bool | None


Out = (
    Seize | Release | SendDigits | SendPulses | Watch | Look | Hear | Sound | TryBalance
    | WorkOut | LookAtSpan | EndCalls | Isolate | SetLoop | SendPattern | TryCrc4
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SpanReading:
    """A span at a moment."""

    alarms: frozenset[SpanAlarm]
    calls: int  # channels that are not at rest
    bits: Mapping[int, BitErrors]  # by timeslot under test


# ---- upwards ---------------------------------------------------------------------------------


class Verdict(StrEnum):
    """How good something is."""

    GOOD = "good"
    NOTE = "note"  # nothing is wrong, but worth knowing
    POOR = "poor"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing the doctor found.

    what    its name: battery, loop, dial-tone, noise, hum, echo, busy-tone; of an E1: card, signalling,
            alarms, history, clock, framing, local-loop, far-loop, remote-loop, verdict
    value   the figure with its unit; "-": none
    text    in words, with what to do
    """

    what: str
    verdict: Verdict
    value: Text
    text: Text


class VisitState(StrEnum):
    """How far a visit is."""

    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"  # the line was needed, or somebody stopped it


@dataclass(frozen=True, slots=True)
class Remedy:
    """A setting that would help: its path below the line's, and its value."""

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Report:
    """What there is to say of a visit, while it runs and afterwards.

    progress  0 to 1
    step      what is being done
    figures   what was measured, by name with unit
    """

    port: str
    kind: str
    state: VisitState
    progress: float
    step: Text
    findings: tuple[Finding, ...]
    figures: Mapping[str, float]
    remedy: Remedy | None
    is_stored: bool = False
