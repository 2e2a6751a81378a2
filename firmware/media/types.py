"""What the media engine noticed, as the rest of the firmware sees it. A channel is a timeslot of the TDM
block.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DigitHeard:
    """A DTMF digit began."""

    channel: int
    digit: str
    level_dbm0: float


@dataclass(frozen=True, slots=True)
class ToneHeard:
    """A call-progress tone was recognised (`dial`, `ringback`, `busy`, `congestion`)."""

    channel: int
    tone: str


@dataclass(frozen=True, slots=True)
class ToneGone:
    """The tone is over."""

    channel: int
    tone: str


@dataclass(frozen=True, slots=True)
class CallerIdHeard:
    """An FSK caller-ID message with a good checksum."""

    channel: int
    message: bytes


@dataclass(frozen=True, slots=True)
class CallerIdSent:
    """The caller ID for a phone has been sent to its end."""

    channel: int


@dataclass(frozen=True, slots=True)
class PlayEnded:
    """What was asked for with `play_id` has been played to its end."""

    channel: int
    play_id: int


@dataclass(frozen=True, slots=True)
class DialEnded:
    """All digits have been sent."""

    channel: int


@dataclass(frozen=True, slots=True)
class AnswerHeard:
    """Somebody speaks where we called, and no tone sounds."""

    channel: int


@dataclass(frozen=True, slots=True)
class VoiceHeard:
    """A voice began on the line."""

    channel: int


@dataclass(frozen=True, slots=True)
class SilenceHeard:
    """Nobody has spoken for as long as was asked, in neither direction."""

    channel: int


@dataclass(frozen=True, slots=True)
class SoundLost:
    """Nothing comes any more from a line that is watched; the path is cut, or the far end's microphone."""

    channel: int
    for_s: float  # so far


@dataclass(frozen=True, slots=True)
class SoundBack:
    """Something comes again."""

    channel: int
    for_s: float  # nothing came


@dataclass(frozen=True, slots=True)
class VoiceLow:
    """Whoever speaks on a line that is watched cannot be understood well."""

    channel: int
    level_dbm0: float


@dataclass(frozen=True, slots=True)
class VoiceGood:
    """And now can."""

    channel: int
    level_dbm0: float


@dataclass(frozen=True, slots=True)
class SpeaksNot:
    """Nobody speaks on a line that is watched."""

    channel: int
    for_s: float  # so far


@dataclass(frozen=True, slots=True)
class Speaks:
    """Somebody does again."""

    channel: int


@dataclass(frozen=True, slots=True)
class PartyKnown:
    """Who answered where we called."""

    channel: int
    who: str  # person | machine | unsure
    reason: str  # short-greeting | long-greeting | beep | nobody-speaks | no-decision


@dataclass(frozen=True, slots=True)
class FrameHeard:
    """A whole frame on a D-channel: address, control, information."""

    channel: int
    frame: bytes


@dataclass(frozen=True, slots=True)
class MfHeard:
    """A register signal of R2 began or ended: `1`..`9`, `0` for 10, `A`..`E` for 11..15."""

    channel: int
    signal: str
    is_on: bool


@dataclass(frozen=True, slots=True)
class Levels:
    """What was heard on a line during a call; -96 dBm0: nothing."""

    voice_dbm0: float
    noise_dbm0: float
    peak_dbm0: float
    clipped: int  # samples at the end of the scale
    voice_s: float


@dataclass(frozen=True, slots=True)
class LearnedTone:
    """What an unknown tone seems to be."""

    frequencies_hz: tuple[float, ...]  # rising
    cadence_ms: tuple[int, ...]  # on and off by turns; () = continuous
    level_dbm0: float  # of each frequency
    periods: int  # of the cadence heard from begin to end
    confidence: float  # 0..1


@dataclass(frozen=True, slots=True)
class FrameCounts:
    """What came and went on a D-channel since it was switched on."""

    good: int
    bad: int  # wrong FCS, aborted, too long, too short, not whole octets
    sent: int


@dataclass(frozen=True, slots=True)
class BitErrors:
    """A bit error test so far."""

    bits: int
    errors: int
    is_synced: bool
    sync_losses: int


@dataclass(frozen=True, slots=True)
class BoardSilent:
    """The engine lost the board's audio; every call on it is dead."""


MediaEvent = (
    DigitHeard | ToneHeard | ToneGone | CallerIdHeard | CallerIdSent | PlayEnded | DialEnded
    | AnswerHeard | VoiceHeard | SilenceHeard | BoardSilent | FrameHeard | MfHeard
    | SoundLost | SoundBack | VoiceLow | VoiceGood | SpeaksNot | Speaks | PartyKnown
)  # fmt: skip
SILENT_NEWS = (SpeaksNot, Speaks)  # shown to people while it is so, and written nowhere
