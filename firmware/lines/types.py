"""What lines and phones tell the call machine, and what they ask of hardware and engine. Times are
monotonic seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from firmware.text import Text


class LineState(StrEnum):
    """An outside line, as the wallboard shows it."""

    STARTING = "starting"
    IDLE = "idle"
    RINGING = "ringing"
    IN_USE = "in-use"
    ELSEWHERE = "elsewhere"  # another phone on the same pair is used
    OUT_OF_SERVICE = "out-of-service"


class PhoneState(StrEnum):
    """A phone, as the wallboard shows it."""

    STARTING = "starting"
    ON_HOOK = "on-hook"
    RINGING = "ringing"
    OFF_HOOK = "off-hook"
    LEFT_OFF_HOOK = "left-off-hook"  # nobody put it back, busy tone and howler notwithstanding
    OUT_OF_SERVICE = "out-of-service"


class EndReason(StrEnum):
    """Why a leg ended; stands in the records."""

    CALLER_GONE = "caller-gone"  # stopped ringing before we answered
    ANSWERED_ELSEWHERE = "answered-elsewhere"  # on another phone of the same pair
    BUSY_TONE = "busy-tone"  # the far end hung up: heard as busy tone
    CONGESTION_TONE = "congestion-tone"  # the far end hung up: heard as congestion tone
    POLARITY = "polarity"  # the far end hung up: wires reversed
    LOOP_DROP = "loop-drop"  # the far end hung up: loop current gone
    UNPLUGGED = "unplugged"
    PORT_FAILED = "port-failed"
    OVERLOAD = "overload"  # too much current; the line was let go
    GLARE = "glare"  # the line rang when it was to be dialled on
    EMERGENCY = "emergency"  # the line was needed for an emergency call
    NO_DIAL_TONE = "no-dial-tone"
    REMOTE_BUSY = "remote-busy"
    NO_ANSWER = "no-answer"
    PHONE_HUNG_UP = "phone-hung-up"
    MENU = "menu"  # the menu said good-bye
    OPERATOR = "operator"  # ended from a page or the console
    SHUTDOWN = "shutdown"
    SILENCE = "silence"  # nobody spoke for so long that the line must have been forgotten
    TIMEOUT = "timeout"
    FAR_HUNG_UP = "far-hung-up"  # the far end hung up: told by signalling
    REJECTED = "rejected"  # the person called refused
    BAD_NUMBER = "bad-number"  # there is no such number, or it is not complete
    UNREACHABLE = "unreachable"  # the person's phone or exchange is out of order
    NETWORK_BUSY = "network-busy"  # no way through the network
    NOT_ALLOWED = "not-allowed"  # the exchange does not give this line that service
    PROTOCOL_ERROR = "protocol-error"  # the exchange and we did not understand each other
    LINK_LOST = "link-lost"  # the span or its signalling was gone for too long
    TRANSFERRED = "transferred"  # its parties talk on in the call that was on hold
    FAR_RESET = "far-reset"  # the exchange set the channel back to idle


# ---- upwards: what happened -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TrunkRinging:
    """The first ring of a call."""

    port: str


@dataclass(frozen=True, slots=True)
class TrunkOffered:
    """The call may be answered now; the caller's number is known or will not come (empty)."""

    port: str
    caller: str
    name: str
    called: str = ""  # number that was dialled, where the exchange tells
    redirecting: str = ""  # who sent the call on to us


@dataclass(frozen=True, slots=True)
class TrunkReady:
    """The line we answered carries audio."""

    port: str


@dataclass(frozen=True, slots=True)
class TrunkDialed:
    """The number we called has been sent; from now on the line's sound is worth hearing."""

    port: str


@dataclass(frozen=True, slots=True)
class TrunkAnswered:
    """The far end answered our call: the exchange said so by polarity, or somebody spoke."""

    port: str


@dataclass(frozen=True, slots=True)
class TrunkTone:
    """What our caller is to hear of a call that goes out: this tone of ours, or only the line itself."""

    port: str
    tone: str | None


@dataclass(frozen=True, slots=True)
class TrunkWaiting:
    """Another caller waits on the line of a talk; the exchange said who."""

    port: str
    caller: str
    name: str


@dataclass(frozen=True, slots=True)
class TrunkEnded:
    """The line's call is over; not told for our own hang-up."""

    port: str
    reason: EndReason
    cause: int = 0  # ITU-T Q.850; 0: the line knows of none
    words: str = ""  # the cause, for the log


@dataclass(frozen=True, slots=True)
class SpanTrouble:
    """Something is wrong with a span that a person must mend; None: it is over."""

    port: str
    text: Text | None


@dataclass(frozen=True, slots=True)
class SpanNoted:
    """Something about a span for the event log."""

    port: str
    kind: str
    data: Mapping[str, str | int | float]


@dataclass(frozen=True, slots=True)
class LineChanged:
    """The state shown to people changed."""

    port: str
    state: LineState | PhoneState
    reason: Text | None = None


@dataclass(frozen=True, slots=True)
class PhoneLifted:
    """A handset was lifted; if it rang, ringing has stopped."""

    port: str
    was_ringing: bool


@dataclass(frozen=True, slots=True)
class PhoneHungUp:
    """The handset was put down, or the port is gone."""

    port: str
    is_failure: bool = False


@dataclass(frozen=True, slots=True)
class PhoneFlashed:
    """A short press of the hook."""

    port: str


@dataclass(frozen=True, slots=True)
class TrunkRecalled:
    """The line that was lent to the doctor is needed: it rings, or somebody calls for help."""

    port: str


LineEvent = (
    TrunkRinging | TrunkOffered | TrunkReady | TrunkDialed | TrunkAnswered | TrunkEnded | TrunkWaiting
    | TrunkTone | TrunkRecalled | SpanTrouble | SpanNoted | LineChanged | PhoneLifted | PhoneHungUp
    | PhoneFlashed
)  # fmt: skip


# ---- downwards: what is to be done ------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Seize:
    """Go off-hook; an outgoing seizure backs off from a line that begins to ring."""

    port: str
    is_outgoing: bool = False


@dataclass(frozen=True, slots=True)
class Release:
    port: str


@dataclass(frozen=True, slots=True)
class Flash:
    """Open the loop for a moment: the exchange does what it does for a hook flash."""

    port: str
    flash_ms: int


@dataclass(frozen=True, slots=True)
class Monitor:
    """Pass audio while on-hook and listen for caller ID, or stop."""

    port: str
    is_on: bool


@dataclass(frozen=True, slots=True)
class Listen:
    """Switch the engine's detectors of this line on (digits, progress tones) or the whole channel off."""

    port: str
    is_on: bool
    tones: bool = True  # hear progress tones; a digital line needs none
    echo: bool = True  # cancel the echo
    agc: bool = False  # bring voices to one level for those who hear the line
    hum_hz: int | None = None  # take the hum of such mains out of it


@dataclass(frozen=True, slots=True)
class Watch:
    """Tell when nobody has spoken for so long, in neither direction; and when somebody answers our call."""

    port: str
    silence_s: int
    answer: bool = False


@dataclass(frozen=True, slots=True)
class WatchVoice:
    """Tell when a voice begins, or no more."""

    port: str
    is_on: bool


@dataclass(frozen=True, slots=True)
class SendDigits:
    port: str
    digits: str
    on_ms: int = 100


@dataclass(frozen=True, slots=True)
class SendPulses:
    port: str
    digits: str


@dataclass(frozen=True, slots=True)
class Ring:
    port: str
    cadence_ms: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class StopRing:
    port: str


@dataclass(frozen=True, slots=True)
class SendCallerId:
    """Show a ringing phone who calls; between two rings."""

    port: str
    caller: str
    name: str


@dataclass(frozen=True, slots=True)
class StopCallerId:
    port: str


@dataclass(frozen=True, slots=True)
class DChannel:
    """Carry frames on a span's timeslot 16, or no more."""

    port: str
    is_on: bool


@dataclass(frozen=True, slots=True)
class SendFrame:
    """Send a frame on a span's timeslot 16; without its check sum."""

    port: str
    frame: bytes


@dataclass(frozen=True, slots=True)
class SendCas:
    """Send signalling bits for a channel of a span from now on."""

    port: str  # the span
    timeslot: int
    abcd: int


@dataclass(frozen=True, slots=True)
class HearMf:
    """Listen for the register signals of R2: `forward`, `backward`; empty: no more."""

    port: str
    bank: str


@dataclass(frozen=True, slots=True)
class SendMf:
    """Let a register signal of R2 sound until changed; empty: silence."""

    port: str
    signal: str
    is_forward: bool


LineCommand = (
    Seize | Release | Flash | Monitor | Listen | Watch | WatchVoice | SendDigits | SendPulses | Ring
    | StopRing | SendCallerId | StopCallerId | DChannel | SendFrame | SendCas | HearMf | SendMf
)  # fmt: skip
Out = LineEvent | LineCommand
