"""What the call machine asks for, and what it knows about a call. Times are monotonic seconds."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from firmware.lines.types import EndReason
from firmware.media.actions import SoundAction
from firmware.text import Language


class Direction(StrEnum):
    """Who called whom."""

    IN = "in"
    OUT = "out"
    INTERNAL = "internal"


class CallState(StrEnum):
    """Where a call is, as the wallboard shows it."""

    RINGING = "ringing"
    MENU = "menu"
    QUEUE = "queue"
    TALKING = "talking"
    MESSAGE = "message"
    DIALING = "dialing"
    HELD = "held"  # hears music while the phone that held it consults somebody
    CONFERENCE = "conference"  # the held party, the phone and whom it consulted


class RecordingKind(StrEnum):
    """What a recording is for; decides how it is cut and kept."""

    CALL = "call"  # both sides
    MESSAGE = "message"  # the caller's side
    PROMPT = "prompt"  # the phone's side


TALKS = ("talk", "consult", "conference")  # kinds of segments in which people talk


@dataclass(slots=True)
class Leg:
    """One line or phone in a call."""

    id: str
    port: str
    channel: int
    is_phone: bool
    number: str
    began_at: float
    answered_at: float | None = None
    ended_at: float | None = None
    agent: str = ""  # who talked here
    reason: str = ""  # why it ended, if not with the call
    is_away: bool = False  # the phone holds this call and does something else

    @property
    def is_here(self) -> bool:
        """It takes part: not ended, and not away from a call on hold."""
        return self.ended_at is None and not self.is_away


@dataclass(slots=True)
class Segment:
    """A span of a call spent in one place: a menu, a queue, a talk, a message."""

    id: str
    kind: str
    detail: str
    began_at: float
    ended_at: float | None = None
    result: str = ""  # of a queue: answered | abandoned | dropped | overflow
    agent: str = ""  # who talked


@dataclass(slots=True)
class Call:
    """A call from its first ring to its end. A contact (somebody's try to reach us) can have several."""

    id: str
    contact: str
    direction: Direction
    state: CallState
    language: Language
    revision: int
    began_at: float
    line: str = ""
    caller: str = ""
    caller_name: str = ""
    called: str = ""
    queue: str = ""
    agent: str = ""
    answered_at: float | None = None
    ended_at: float | None = None
    reason: str = ""
    recording: str = ""
    recorded_channel: int | None = None  # while it runs
    mixer: int | None = None
    message_left: bool = False
    is_emergency: bool = False
    consults_for: str = ""  # the call on hold for which the phone makes this one
    handed_recordings: dict[int, str] = field(default_factory=dict)  # with a transferred line, by channel
    legs: list[Leg] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)

    def leg_on(self, port: str) -> Leg | None:
        """Give the leg that takes part from a port."""
        return next((leg for leg in self.legs if leg.port == port and leg.is_here), None)

    @property
    def here(self) -> list[Leg]:
        """The legs that take part now."""
        return [leg for leg in self.legs if leg.is_here]

    @property
    def line_leg(self) -> Leg:
        """The outside line's leg of an incoming call, or the first phone's of others."""
        return self.legs[0]


# ---- media ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Record:
    """Record both directions of a channel under this id."""

    channel: int
    recording: str
    kind: RecordingKind
    call: str


@dataclass(frozen=True, slots=True)
class StopRecord:
    channel: int
    recording: str


MediaAction = SoundAction | Record | StopRecord


# ---- lines ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AnswerTrunk:
    port: str


@dataclass(frozen=True, slots=True)
class CallTrunk:
    port: str
    number: str
    caller: str = ""  # our number that is shown, where the line can tell it; empty: the line's


@dataclass(frozen=True, slots=True)
class HangUpTrunk:
    port: str
    reason: EndReason = field(default=EndReason.PHONE_HUNG_UP, compare=False)


@dataclass(frozen=True, slots=True)
class RingPhone:
    port: str
    is_internal: bool = False
    caller: str = ""  # shown by the phone
    name: str = ""


@dataclass(frozen=True, slots=True)
class StopRingPhone:
    port: str


@dataclass(frozen=True, slots=True)
class ReversePhone:
    """Swap the phone's wires: the far end answered; or swap them back."""

    port: str
    is_reversed: bool


@dataclass(frozen=True, slots=True)
class PhoneLeftOff:
    """Busy tone and howler did not help: show that the handset is off its hook."""

    port: str


@dataclass(frozen=True, slots=True)
class FlashTrunk:
    """Press the hook of an analog line shortly: the exchange gives another caller, or the first one back."""

    port: str


LineAction = (
    AnswerTrunk | CallTrunk | HangUpTrunk | FlashTrunk | RingPhone | StopRingPhone | ReversePhone
    | PhoneLeftOff
)  # fmt: skip


# ---- records ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Log:
    """Something for the event log."""

    kind: str
    contact: str | None
    call: str | None
    leg: str | None
    data: dict[str, str | int | float]
    language: Language | None = None  # of the call
    revision: int | None = None  # of the settings the call lives by


@dataclass(frozen=True, slots=True)
class Finished:
    """The call is over: its rows go to the disk now."""

    call: Call


@dataclass(frozen=True, slots=True)
class MessageLeft:
    """The caller left a message."""

    call: Call
    recording: str
    box: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Dictated:
    """A prompt was recorded on a phone; the file is ready when the recording has been cut."""

    recording: str
    prompt: str
    language: Language


RecordAction = Log | Finished | MessageLeft | Dictated
Action = MediaAction | LineAction | RecordAction
