"""The settings of the box, one model per thing an owner or installer can name.

Every field has its documentation, unit, range and default here; the console's completion, the web forms and
the reference page are made from these models. Unknown keys are refused. References between things (a key that
names a queue) are checked in `references.py` so that all errors of a tree are found at once.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from firmware.config import channels
from firmware.config.targets import TargetText
from firmware.text import Language, Text

SCHEMA_VERSION = 1

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,32}$")]
PortName = Annotated[str, Field(pattern=r"^(fxo|fxs)[1-9][0-9]?$")]
SpanName = Annotated[str, Field(pattern=r"^span[1-9]$")]
# an analog line, a span with all its channels, or one channel of it
LineName = Annotated[str, Field(pattern=r"^(fxo[1-9][0-9]?|span[1-9](-([1-9]|[12][0-9]|3[01]))?)$")]
Channels = Annotated[
    str,
    Field(pattern=r"^[0-9]{1,2}(-[0-9]{1,2})?(,[0-9]{1,2}(-[0-9]{1,2})?)*$"),
    AfterValidator(channels.check),
]
Number = Annotated[str, Field(pattern=r"^[0-9]{2,8}$")]
# what `firmware/config/pattern.py` reads
Pattern = Annotated[str, Field(pattern=r"^([0-9*#xzn]|\[[0-9](-[0-9]|[0-9]*)\]){1,24}\$?$")]
NumberEnd = Annotated[str, Field(pattern=r"^([0-9xzn]|\[[0-9](-[0-9]|[0-9]*)\]){1,24}$")]
# as in firmware/countries/tones.toml, without modulation; as `firmware/lines/balance.py` reads it
ToneText = Annotated[
    str,
    Field(
        pattern=r"^([0-9]{3,4}(\+[0-9]{3,4}){0,3}"
        r"(: [0-9]{2,5} [0-9]{2,5}( [0-9]{2,5} [0-9]{2,5}){0,7})?)?$"
    ),
]
BalanceText = Annotated[str, Field(pattern=r"^((1[0-5]|[0-9]):( -?(12[0-7]|1[01][0-9]|[0-9]{1,2})){8})?$")]
Key = Annotated[str, Field(pattern=r"^[0-9*#]$")]
TimeOfDay = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$")]
Date = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

KEY = "key"  # of the JSON Schema
OUTSIDE = "outside"  # the group of lines there always is


class Model(BaseModel):
    """Frozen, and strict about unknown keys.

    A model whose things have names says which field that is (`KEY`): paths such as `queues.info.offer_s` go
    by it, here and in the faces, which find it in the JSON Schema. Others go by position.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")


class Site(Model):
    """The office."""

    name: Text = Text(zh="呼叫中心", en="Call center")
    country: Literal["cn", "us"] = Field("cn", description="tones, numbers, holidays and line settings")
    timezone: str = Field("Asia/Shanghai", description="IANA name; opening hours live in this zone")
    language: Language = Field(Language.ZH, description="language of prompts until the caller chooses one")
    area_code: str = Field(
        "",
        pattern=r"^([1-9][0-9]{1,3})?$",
        description="our area code without the leading 0, such as 10 or 755; empty: numbers stay as they are",
    )
    dtmf: Literal["country", "att", "ntt", "denmark", "australia", "brazil"] = Field(
        "country", description="what counts as a digit (ITU-T Q.24); counts from the next start"
    )


class Trunk(Model, json_schema_extra={KEY: "port"}):
    """An outside line."""

    port: PortName
    name: str = Field("", max_length=40)
    number: str = Field("", pattern=r"^[0-9+*#-]{0,20}$", description="our number on this line")
    entry: TargetText = Field("menu:main", description="where a call goes in opening hours")
    closed_entry: TargetText = Field("message:main", description="where a call goes out of hours")
    hours: Name = Field("always", description="opening hours; `always` is built in")
    outgoing: bool = Field(True, description="phones may dial out on this line")
    disconnect_polarity: bool = Field(
        True, description="a polarity reversal in a call means the far end hung up"
    )
    tone_zone: str = Field(
        "", description="country whose tones this line's exchange sends, such as fr; empty = the office's"
    )
    waiting_caller_id: bool = Field(False, description="answer the exchange when it tells who else calls")
    flash_ms: int = Field(
        0,
        ge=0,
        le=1000,
        description="how long the loop opens for a hook flash to the exchange, 80 or more; 0 = the country's",
    )
    answer_by_voice: bool = Field(
        True,
        description="without a signal of the exchange an outgoing call is answered when somebody speaks",
    )
    silence_s: int = Field(
        600, ge=120, le=86400, description="a call in which nobody speaks for so long is ended"
    )
    disconnect_loop_drop: bool = Field(
        True, description="a break of the loop current means the far end hung up"
    )
    disconnect_busy_tone: bool = Field(True, description="busy tone in a call means the far end hung up")
    disconnect_congestion: bool = Field(
        True, description="congestion tone in a call means the far end hung up"
    )
    answer_polarity: bool = Field(
        True, description="a polarity reversal after dialling means the far end answered"
    )
    dialling: Literal["tone", "pulse"] = Field("tone", description="digits as tones, or as pulses")
    rx_gain_db: int = Field(0, ge=-15, le=12, description="what comes from the line, made louder or softer")
    tx_gain_db: int = Field(0, ge=-15, le=12, description="what goes to the line, made louder or softer")
    busy_tone: ToneText = Field(
        "",
        description="a further tone after the far end's hang-up, such as 440: 250 250; `learn line` finds it",
    )
    balance: BalanceText = Field(
        "",
        description="impedance 0..15 and 8 hybrid taps, by `test line PORT tune`; empty = the country's",
    )
    agc: bool = Field(False, description="voices are brought to one level: quiet callers are heard")
    hum: Literal["off", "50", "60"] = Field(
        "off", description="the mains hum of so many Hz, and of its multiples, is taken out of what is heard"
    )
    in_service: bool = Field(True, description="off: no new call; one that runs goes on to its end")


class Impedance(IntEnum):
    """Of an E1's wires."""

    TWISTED_PAIR = 120
    COAXIAL = 75


class Span(Model, json_schema_extra={KEY: "port"}):
    """An E1: up to 30 lines on one cable."""

    port: SpanName
    name: str = Field("", max_length=40)
    number: str = Field(
        "", pattern=r"^[0-9]{0,20}$", description="our main number; shown where the caller's phone has no own"
    )
    signalling: Literal["pri", "r2"] = Field("pri", description="ISDN on timeslot 16, or MFC/R2")
    side: Literal["user", "network"] = Field(
        "user",
        description="user: the far end is the exchange; network: we are, for a private branch exchange",
    )
    channels: Channels = Field("1-15,17-31", description="what was rented; the rest is never used")
    hunting: Literal["ascending", "descending"] = Field(
        "descending",
        description="how our calls look for a free channel: from the other end than the exchange",
    )
    crc4: bool = Field(True, description="CRC-4 multiframe; as the exchange has it")
    impedance_ohm: Impedance = Field(Impedance.TWISTED_PAIR, description="120: RJ45; 75: two coaxial plugs")
    clock_rank: int = Field(
        1,
        ge=0,
        le=4,
        description="the box takes its clock from the lowest that works; 0: never from this one",
    )
    entry: TargetText = Field("menu:main", description="where a call goes in opening hours")
    closed_entry: TargetText = Field("message:main", description="where a call goes out of hours")
    hours: Name = Field("always", description="opening hours; `always` is built in")
    outgoing: bool = Field(True, description="phones may dial out here")
    digits: int = Field(
        0,
        ge=0,
        le=20,
        description="wait for so many digits of the number called; 0: the exchange sends it whole",
    )
    digits_s: int = Field(10, ge=2, le=30, description="so long for each further digit")
    called_type: Literal["unknown", "automatic"] = Field(
        "unknown",
        description="type of the numbers we call; automatic: 0 and 00 are taken off and told as type",
    )
    caller_type: Literal["unknown", "subscriber", "national", "international"] = Field(
        "unknown", description="type of our own number as it is sent"
    )
    plan: Literal["isdn", "unknown", "private"] = Field("isdn", description="numbering plan of both")
    restrict_caller: bool = Field(False, description="ask the exchange not to show our number")
    r2_variant: Literal["china", "itu"] = Field(
        "china", description="register signals of China No. 1, or of ITU-T Q.441"
    )
    r2_caller: bool = Field(True, description="ask the exchange for the caller's number")
    echo: bool = Field(False, description="cancel echo: for exchanges that leave it to us")
    agc: bool = Field(False, description="voices are brought to one level: quiet callers are heard")
    silence_s: int = Field(
        600, ge=120, le=86400, description="a call in which nobody speaks for so long is ended"
    )
    in_service: bool = Field(True, description="off: no new call; those that run go on to their end")


class DirectNumber(Model, json_schema_extra={KEY: "number"}):
    """One of our numbers with an entry of its own, on spans and on the lines that have it."""

    number: NumberEnd = Field(
        description="end of the number called: digits, x any, z 1-9, n 2-9, [3-9] one of"
    )
    title: Text
    entry: TargetText = Field("menu:main", description="where a call goes in opening hours")
    closed_entry: TargetText = Field("message:main", description="where a call goes out of hours")
    hours: Name = Field("always", description="opening hours; `always` is built in")


class TrunkGroup(Model, json_schema_extra={KEY: "name"}):
    """Outside lines that are chosen from together; a span stands for all its channels. Without an entry
    `outside` there is a built-in one: all lines with `outgoing`, the last free one first.
    """

    name: Name
    title: Text
    members: tuple[LineName, ...] = Field(
        min_length=1, description="lines and spans, in the order they are tried; span1-5 is one channel"
    )
    order: Literal["ascending", "descending", "least-used"] = Field(
        "descending", description="the first free line, the last one, or the one with the fewest calls so far"
    )
    spare_for_emergency: int = Field(
        0, ge=0, le=30, description="so many free lines are left alone by all but emergency calls"
    )
    max_calls: int = Field(0, ge=0, le=128, description="outgoing calls at the same time; 0 = no limit")
    service: Literal["in-service", "drain", "out-of-service"] = Field(
        "in-service", description="drain: no new calls, running ones go on; out-of-service: they are ended"
    )


class Route(Model, json_schema_extra={KEY: "name"}):
    """Which lines a number is dialled on. The most exact pattern counts; without one it is `outside`."""

    name: Name
    pattern: Pattern = Field(
        description="begin of the number: digits, x any, z 1-9, n 2-9, [3-9] one of; at the end $: all of it"
    )
    groups: tuple[Name, ...] = Field(min_length=1, description="tried in this order")
    strip: int = Field(0, ge=0, le=20, description="so many digits are taken off the front")
    prepend: str = Field("", pattern=r"^[0-9*#]{0,20}$", description="put in front after that")


class Phone(Model, json_schema_extra={KEY: "number"}):
    """A phone on the desk. An agent is a person and logs in at a phone."""

    port: PortName
    number: Number
    name: str = Field("", max_length=40)
    may_dial_out: bool = Field(True, description="emergency numbers can always be dialled")
    direct_number: str = Field(
        "",
        pattern=r"^[0-9]{0,20}$",
        description="shown to whom this phone calls over a span; empty: the span's",
    )
    answer_reversal: bool = Field(
        False, description="swap the wires when the far end answers (for payphones and call meters)"
    )


class Agent(Model, json_schema_extra={KEY: "number"}):
    """A person who answers calls."""

    number: Number
    name: Text
    queues: tuple[Name, ...] = ()
    languages: tuple[Language, ...] = (Language.ZH, Language.EN)


class Queue(Model, json_schema_extra={KEY: "name"}):
    """Callers waiting for agents."""

    name: Name
    title: Text
    offer_s: int = Field(
        20, ge=5, le=120, description="how long one agent's phone rings before the next is tried"
    )
    wrap_up_s: int = Field(15, ge=0, le=600, description="time an agent has after a call")
    retry_pause_s: int = Field(
        10, ge=0, le=300, description="an agent who did not answer is not tried again before this"
    )
    announce_every_s: int = Field(
        30, ge=0, le=600, description="say the position again after; 0 = only at the start"
    )
    max_wait_s: int = Field(600, ge=10, le=7200, description="then `overflow`")
    max_waiting: int = Field(
        20, ge=1, le=200, description="with this many callers waiting the next one goes to `overflow`"
    )
    overflow: TargetText = "message:main"
    priority: int = Field(5, ge=1, le=9, description="1 is served first when an agent serves several queues")
    service_level_s: int = Field(
        30, ge=5, le=300, description="answered within this time counts for the service level"
    )
    music: Name = "music"


class Menu(Model, json_schema_extra={KEY: "name"}):
    """A voice menu."""

    name: Name
    title: Text
    greeting: Name = Field("greeting", description="prompt")
    keys: dict[Key, TargetText] = Field(default_factory=dict)
    timeout_s: int = Field(5, ge=1, le=60, description="silence after the greeting before it is repeated")
    tries: int = Field(3, ge=1, le=9, description="greetings and wrong keys before `give_up`")
    give_up: TargetText = "queue:info"


class Opening(Model):
    """A span of opening on some weekdays; `to` earlier than `from` runs over midnight."""

    days: tuple[Weekday, ...] = Field(min_length=1)
    opens: TimeOfDay
    closes: TimeOfDay


class DayException(Model, json_schema_extra={KEY: "date"}):
    """A date that differs from the week: no spans = closed."""

    date: Date
    opens: TimeOfDay | None = None
    closes: TimeOfDay | None = None
    note: str = Field("", max_length=80)


class Hours(Model, json_schema_extra={KEY: "name"}):
    """Opening hours in the site's time zone."""

    name: Name
    openings: tuple[Opening, ...] = ()
    close_on_holidays: bool = Field(
        True, description="the country's public holidays; make-up workdays follow the week's Monday"
    )
    exceptions: tuple[DayException, ...] = ()


class Prompt(Model, json_schema_extra={KEY: "name"}):
    """A recording of the owner's; standard prompts need no entry. Files are kept beside the settings."""

    name: Name
    title: Text
    files: dict[Language, str] = Field(
        default_factory=dict, description="language to SHA-256 of the sound file"
    )


class PhoneCodes(Model):
    """What an agent dials on a phone."""

    login: str = Field("*11", pattern=r"^\*[0-9]{2}$", description="then the agent's number and #")
    logout: str = Field("*12", pattern=r"^\*[0-9]{2}$")
    pause: str = Field("*13", pattern=r"^\*[0-9]{2}$")
    ready: str = Field("*14", pattern=r"^\*[0-9]{2}$")
    outside: str = Field("9", pattern=r"^[0-9]$", description="then the number to dial")
    line_flash: str = Field(
        "*20",
        pattern=r"^\*[0-9]{2}$",
        description="after a hook flash: take the caller who waits on the same line, or the first one back",
    )
    hold_s: int = Field(
        180, ge=30, le=3600, description="a party on hold for so long is brought to mind by a beep"
    )


class Recording(Model):
    """Recording of calls and messages."""

    calls: bool = True
    message_max_s: int = Field(120, ge=10, le=600)
    min_free_mb: int = Field(
        200, ge=10, le=100000, description="below this free space recording stops with an alarm"
    )


class Config(Model):
    """The whole tree."""

    schema_version: Literal[1] = 1
    site: Site = Site()
    trunks: tuple[Trunk, ...] = ()
    spans: tuple[Span, ...] = ()
    numbers: tuple[DirectNumber, ...] = ()
    groups: tuple[TrunkGroup, ...] = ()
    routes: tuple[Route, ...] = ()
    phones: tuple[Phone, ...] = ()
    agents: tuple[Agent, ...] = ()
    queues: tuple[Queue, ...] = ()
    menus: tuple[Menu, ...] = ()
    hours: tuple[Hours, ...] = ()
    prompts: tuple[Prompt, ...] = ()
    codes: PhoneCodes = PhoneCodes()
    recording: Recording = Recording()
