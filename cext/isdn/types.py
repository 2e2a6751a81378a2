"""What crosses the border of the ISDN signalling library: numbers, calls and their events (ITU-T Q.931)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class IsdnError(Exception):
    """The signalling link refuses: the message says why and what to do."""


class Side(StrEnum):
    """Which end of the D-channel we are."""

    USER = "user"  # an office at a public exchange
    NETWORK = "network"  # the exchange, or the upper end of a tie line


class NumberType(IntEnum):
    """Type of number, Q.931 section 4.5.10."""

    UNKNOWN = 0
    INTERNATIONAL = 1
    NATIONAL = 2
    NETWORK = 3
    SUBSCRIBER = 4
    ABBREVIATED = 6


class Presentation(StrEnum):
    """Whether a calling number may be shown, Q.931 section 4.5.10."""

    ALLOWED = "allowed"
    RESTRICTED = "restricted"  # the caller withholds it
    UNAVAILABLE = "unavailable"


class Screening(IntEnum):
    """Who vouches for a calling number, Q.931 section 4.5.10."""

    USER_NOT_SCREENED = 0
    USER_PASSED = 1
    USER_FAILED = 2
    NETWORK = 3


@dataclass(frozen=True, slots=True)
class Number:
    """A telephone number of a call."""

    digits: str = ""
    type: NumberType = NumberType.UNKNOWN
    plan: int = 1  # numbering plan: 0 unknown, 1 ISDN (E.164), 9 private
    presentation: Presentation = Presentation.ALLOWED
    screening: Screening = Screening.USER_NOT_SCREENED


@dataclass(frozen=True, slots=True)
class NewCall:
    """A call to be set up.

    channel       0 leaves it to the far end (`Proceeding` names it)
    redirecting   who was called first
    is_complete   False: more digits may follow
    is_exclusive  this channel or none
    """

    channel: int
    called: Number
    caller: Number
    name: str = ""
    redirecting: Number | None = None
    is_complete: bool = True
    is_exclusive: bool = True


@dataclass(frozen=True, slots=True)
class LinkUp:
    """The data link (layer 2) stands."""


@dataclass(frozen=True, slots=True)
class LinkDown:
    """The data link is lost; calls that talk may survive it for T309."""


@dataclass(frozen=True, slots=True)
class SetupReceived:
    """A call comes in."""

    call: int
    channel: int  # timeslot 1..31; 0: the far end leaves it to us
    caller: Number
    called: Number
    name: str = ""
    redirecting: Number | None = None
    is_complete: bool = True  # no more digits will come
    is_voice: bool = True  # speech or 3.1 kHz audio, not data
    is_exclusive: bool = True  # only this channel will do


@dataclass(frozen=True, slots=True)
class DigitsReceived:
    """More digits of the number called."""

    call: int
    digits: str
    is_complete: bool = False


@dataclass(frozen=True, slots=True)
class MoreDigitsWanted:
    """The far end took our call and waits for more digits of the number (SETUP ACKNOWLEDGE)."""

    call: int
    channel: int
    is_in_band: bool = False  # its dial tone sounds on the channel


@dataclass(frozen=True, slots=True)
class Proceeding:
    """The far end has all digits and looks for the person called."""

    call: int
    channel: int
    is_in_band: bool = False


@dataclass(frozen=True, slots=True)
class Alerting:
    """The person called is rung."""

    call: int
    is_in_band: bool = False  # ringback tone sounds on the channel


@dataclass(frozen=True, slots=True)
class Progress:
    """A tone or announcement sounds on the channel, or the call leaves the ISDN."""

    call: int
    is_in_band: bool
    cause: int = 0  # Q.850, 0: none given


@dataclass(frozen=True, slots=True)
class Connected:
    """The person called answered our call, or our answer was acknowledged."""

    call: int
    number: Number | None = None  # who answered


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The far end ends the call; answer with `hang_up`. The channel may still carry its tone."""

    call: int
    cause: int  # Q.850
    is_in_band: bool = False


@dataclass(frozen=True, slots=True)
class Cleared:
    """The call is over, its channel is free, and its number means nothing any more."""

    call: int
    cause: int


@dataclass(frozen=True, slots=True)
class Restarted:
    """The far end set a channel back to idle; a call on it is over. The acknowledgement has been sent."""

    channel: int  # 1..31; 0: all channels of the span


@dataclass(frozen=True, slots=True)
class RestartDone:
    """The far end has set back the channel we asked for."""

    channel: int


IsdnEvent = (
    LinkUp | LinkDown | SetupReceived | DigitsReceived | MoreDigitsWanted | Proceeding | Alerting | Progress
    | Connected | Disconnected | Cleared | Restarted | RestartDone
)  # fmt: skip
