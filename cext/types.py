"""What crosses the border of the media engine, besides samples."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

SAMPLE_RATE_HZ = 8000
BLOCK_SMP = 80  # a tick: 10 ms


# Heard wherever call progress is, whatever the list says (cext/src/special_rx.h).
SPECIAL_TONES = ("sit", "cng", "answer", "answer-reversals", "cas")


class CextError(Exception):
    """The engine refuses: the message names the value and what is allowed."""


@dataclass(frozen=True, slots=True)
class ToneSpec:
    """A call-progress tone."""

    name: str
    freqs_hz: tuple[float, ...]  # 1..4, sounding together
    cadence_ms: tuple[int, ...]  # on, off, on, off, ...; () = continuous
    level_dbm0: float = -10.0  # of each frequency
    modulation_hz: float = 0.0  # of the amplitude, 90 % deep; 0 = none
    # what still counts when it is heard; the engine adds what it cannot measure more exactly
    tolerance_percent: float = 5.6  # of the frequency
    cadence_tolerance_percent: int = 10
    level_min_dbm0: float = -32.0  # of each frequency


@dataclass(frozen=True, slots=True)
class LearnedTone:
    """What an unknown tone seems to be."""

    freqs_hz: tuple[float, ...]  # rising
    cadence_ms: tuple[int, ...]  # the longest off is the last; () = continuous
    level_dbm0: float  # of each frequency
    periods: int  # of the cadence heard from begin to end
    confidence: float  # 0..1: part of the energy that is the tone, times how well the cadence repeats


class EventKind(StrEnum):
    """What the engine noticed."""

    DIGIT_BEGIN = "digit-begin"
    DIGIT_END = "digit-end"
    TONE_BEGIN = "tone-begin"
    TONE_END = "tone-end"
    PLAYED = "played"  # a clip was sent to its end
    DIALED = "dialed"
    CALLER_ID = "caller-id"
    BLOCK_LOST = "block-lost"  # the board's block did not come, or came damaged
    BOARD_GONE = "board-gone"  # the connection broke; the thread has ended
    LATE = "late"  # the tick began late; at most one such event a second
    VOICE_BEGIN = "voice-begin"
    VOICE_END = "voice-end"
    SILENCE_BEGIN = "silence-begin"  # nobody has spoken for as long as was asked; at_smp: since when
    SILENCE_END = "silence-end"
    AUDIO_LOST = "audio-lost"  # a line that had noise gives nothing for 3 s; duration_ms: so far
    AUDIO_BACK = "audio-back"
    LEVEL_LOW = "level-low"  # the voice lies below -36 dBm0: hard to understand
    LEVEL_GOOD = "level-good"  # above -33 dBm0 again
    ANSWERED = "answered"  # somebody speaks where we called; at_smp: since when
    PERSON = "person"  # who answered our call
    MACHINE = "machine"
    UNSURE = "unsure"
    CALLER_ID_SENT = "caller-id-sent"
    FRAME = "frame"  # on a D-channel, with a good FCS
    MF_BEGIN = "mf-begin"  # digit: the signal, "1".."9", "0" = 10, "A".."E" = 11..15
    MF_END = "mf-end"
    MUTE_BEGIN = (
        "mute-begin"  # the caller says nothing, 10 s from the begin of the watch, or 30 s after words
    )
    MUTE_END = "mute-end"


@dataclass(frozen=True, slots=True)
class Event:
    """Something the engine noticed. The kind says which fields mean something; the others keep their default.

    Begin and end events carry the time of the begin or end in the signal, before the tick that reports them:
    up to 50 ms for digits; a cadence takes as long as it takes to recognise.
    """

    kind: EventKind
    channel: int  # -1: the whole engine
    at_smp: int  # sample number since the engine's start
    id: int = 0  # of clip, dial, sent caller ID; errno for BOARD_GONE, 0 = the board closed the connection
    digit: str = ""
    tone: str = ""  # of the channel's list, or one of SPECIAL_TONES
    level_dbm0: float = 0.0  # of each frequency: the mean of a digit's two, of a tone's one to four
    level_low_dbm0: float = 0.0  # of a digit: its low tone; a telephone-event has one level for both
    level_high_dbm0: float = 0.0  # and its high tone
    duration_ms: float = (
        0.0  # of digit or tone (end events); of what is missing (BLOCK_LOST); how late (LATE)
    )
    data: bytes = b""  # CALLER_ID: type, length, parameters, without the checksum; FRAME: without the FCS
    # of PERSON, MACHINE, UNSURE: short-greeting, long-greeting, beep, nobody-speaks, no-decision
    reason: str = ""

    @property
    def twist_db(self) -> float:
        """Return by how many dB the high tone of a digit is above the low one."""
        return self.level_high_dbm0 - self.level_low_dbm0


@dataclass(frozen=True, slots=True)
class LevelReport:
    """What a channel heard from the line since it was opened."""

    voice_dbm0: float  # while somebody spoke, short pauses included (ITU-T P.56); -96: nobody did
    noise_dbm0: float  # in the pauses; -96: none, or no pauses
    peak_dbm0: float  # of a sine with this peak
    clipped: int  # samples at the end of the scale
    voice_s: float
    total_s: float


@dataclass(frozen=True, slots=True)
class EngineStats:
    """Counters since the engine's start."""

    ticks: int
    lost_blocks: int  # from the board: wrong CRC, gap in the frame counter, none in time
    refused_blocks: int  # to the board: it saw a wrong CRC
    slips: int  # rx overrun or tx underrun flagged by the board
    late_ticks: int
    longest_tick_ns: int  # real time only
    ring_overflows: int  # events or recorded chunks that were not fetched in time
    bad_messages: int  # caller ID with a wrong checksum


@dataclass(frozen=True, slots=True)
class FrameStats:
    """Counters of a D-channel. A bad frame counts once, as the first that fits."""

    good: int
    bad_fcs: int
    aborted: int  # by seven ones, or because a block was lost
    too_long: int
    too_short: int
    misaligned: int  # not whole octets
    sent: int


@dataclass(frozen=True, slots=True)
class BertStats:
    """Counters of a bit error test."""

    bits: int  # compared while in step
    errors: int
    is_synced: bool
    sync_losses: int


@dataclass(frozen=True, slots=True)
class StreamSpec:
    """How an RTP stream is received and sent. Payload types as agreed with the other side; None: not used."""

    ssrc: int  # of what we send, from a random source
    seq: int = 0  # of the first packet we send; random where it matters
    timestamp: int = 0  # likewise
    alaw_type: int | None = 8
    ulaw_type: int | None = 0
    noise_type: int | None = 13
    event_type: int | None = 101  # digits as telephone-event, both ways
    law: str = "alaw"  # of what we send: alaw or ulaw
    saves_silence: bool = False  # send comfort noise instead of silence
    packet_ms: int = 20  # sent: 10, 20, .. 60
    min_delay_ms: int = 10  # of the jitter buffer, above the fastest packet
    max_delay_ms: int = 200
    is_fixed: bool = False  # the delay stays min_delay_ms, nothing that sounds is stretched: for fax, modems


@dataclass(frozen=True, slots=True)
class StreamStats:
    """Counters of an RTP stream since it was opened."""

    received: int  # without duplicates
    expected: int  # by the sequence numbers
    late: int  # too late to be played, or part of them
    duplicates: int
    reordered: int
    refused: int  # no RTP, unknown payload type, wrong length, or from elsewhere
    restarts: int  # another source, or a jump of sequence or time
    overflows: int  # packets that found no room, in or out
    sent: int
    concealed_ms: float
    inserted_ms: float  # by which the play-out was delayed, in all
    removed_ms: float
    delay_ms: float  # play-out now, above the fastest packet
    target_ms: float  # wanted
    jitter_ms: float  # RFC 3550 section 6.4.1
    skew_ppm: int  # sender's clock against that of the arrival times; 0 until known, after 20 s

    @property
    def lost(self) -> int:
        """Return the packets that never came."""
        return max(self.expected - self.received, 0)
