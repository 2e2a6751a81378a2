"""The shape of the live picture of the box: what every face shows, as JSON."""

from __future__ import annotations

from typing import TypedDict


class TextJson(TypedDict):
    """A text for people."""

    zh: str
    en: str


class Alarm(TypedDict):
    """Something that needs a person."""

    code: str
    text: TextJson
    since_utc: str


class BoxPart(TypedDict):
    """The box itself."""

    id: str
    version: str
    language: str
    started_utc: str
    uptime_s: float
    revision: int
    address: str
    setup_done: bool
    alarms: list[Alarm]


class LinePart(TypedDict):
    """An outside line."""

    port: str
    name: str
    number: str
    state: str  # idle | ringing | in-use | elsewhere | out-of-service | starting
    groups: list[str]  # names of the groups that choose this line
    is_draining: bool  # it carries a call, and takes no other after it
    reason: TextJson | None
    caller: str | None
    call: str | None


class ChannelPart(TypedDict):
    """A channel of a span."""

    timeslot: int
    port: str  # span1-7
    state: str  # as a line's
    is_draining: bool
    reason: TextJson | None
    caller: str | None
    call: str | None


class QualityPart(TypedDict):
    """Error seconds of a time, G.826; errored ones hold the severe ones, unavailable ones are in neither."""

    began_utc: str
    seconds: int
    errored_s: int
    severe_s: int
    unavailable_s: int
    far_errored_s: int
    slips: int


class FramesPart(TypedDict):
    """Frames of a D-channel since it was switched on."""

    good: int
    bad: int  # wrong FCS, aborted, too long, too short, not whole octets
    sent: int


class SpanPart(TypedDict):
    """An E1."""

    port: str
    name: str
    number: str
    signalling: str  # pri | r2 | "" when it is not in the settings
    state: str  # starting | up | alarm | no-link | failed | switched-off
    reason: TextJson | None
    alarms: list[str]  # los | lof | ais | rai | lomf
    is_clock: bool  # the box takes its clock from it
    busy: int  # channels with a call
    channels: list[ChannelPart]  # that are used
    quality: QualityPart  # of the last 24 hours
    frames: FramesPart | None  # of the D-channel, PRI


class PhonePart(TypedDict):
    """A phone."""

    port: str
    number: str
    name: str
    state: str  # on-hook | ringing | off-hook | left-off-hook | out-of-service | starting
    reason: TextJson | None
    agent: str | None


class WaitingPart(TypedDict):
    """A caller in a queue; position 1 is next."""

    call: str
    caller: str | None
    position: int
    waited_s: float


class TodayPart(TypedDict):
    """A queue's counts since midnight in the site's zone."""

    offered: int
    answered: int
    abandoned: int


class QueuePart(TypedDict):
    """A queue."""

    name: str
    title: TextJson
    waiting: list[WaitingPart]
    agents_ready: int
    today: TodayPart


class AgentPart(TypedDict):
    """A person who answers."""

    number: str
    name: TextJson
    state: str  # logged-out | ready | offered | talking | wrap-up | paused
    phone: str | None
    since_s: float
    call: str | None


class SoundPart(TypedDict):
    """What is wrong with what is heard from a call's outside line, and what to do about it."""

    trouble: str  # lost | silent | quiet
    since_s: float
    advice: TextJson


class CallPart(TypedDict):
    """A call in progress."""

    call: str
    contact: str
    direction: str  # in | out | internal
    caller: str | None
    called: str | None
    state: str  # menu | queue | ringing | talking | held | consulting | conference | message | dialing | ...
    queue: str | None
    agent: str | None
    line: str | None
    party: str | None  # who answered our call: person | machine | unsure
    sound: SoundPart | None
    started_utc: str
    duration_s: float


class Snapshot(TypedDict):
    """Everything that is live."""

    box: BoxPart
    lines: list[LinePart]  # analog ones
    spans: list[SpanPart]
    phones: list[PhonePart]
    queues: list[QueuePart]
    agents: list[AgentPart]
    calls: list[CallPart]
