"""What a country file says: tones, ringing, caller ID, numbers, holidays."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from firmware.text import Language, Text

Cadence = tuple[Annotated[int, Field(gt=0)], ...]  # ms, on and off by turns


class Model(BaseModel):
    """Frozen, and strict about unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ToneName(StrEnum):
    """The call-progress tones every country has."""

    DIAL = "dial"
    RINGBACK = "ringback"
    BUSY = "busy"
    CONGESTION = "congestion"
    UNOBTAINABLE = "unobtainable"  # no such number
    WAITING = "waiting"  # call waiting
    MESSAGES = "messages"  # dial tone of a phone whose message box has unheard messages
    HOWLER = "howler"  # put the handset back


class Tone(Model):
    """One or more frequencies, in a rhythm."""

    frequencies_hz: tuple[Annotated[float, Field(ge=200, le=3400)], ...] = Field(min_length=1)
    level_dbm0: float = Field(ge=-40, le=0, description="of each frequency")
    modulation_hz: float = Field(0.0, ge=0, le=150, description="of the amplitude; 0 = none")
    cadence_ms: Cadence = ()  # empty: without a break

    @model_validator(mode="after")
    def _check_pairs(self) -> Self:
        if len(self.cadence_ms) % 2:
            raise ValueError(f"cadence_ms: got {len(self.cadence_ms)} times, allowed pairs of on and off")
        return self


class Ringing(Model):
    """How the box rings its phones."""

    outside_ms: Cadence
    inside_ms: Cadence


class Detection(Model):
    """How far a tone of the exchange may be off."""

    frequency_tolerance_percent: float = Field(ge=0.5, le=10)
    cadence_tolerance_percent: int = Field(ge=1, le=20)
    level_min_dbm0: float = Field(ge=-45, le=-10, description="of each frequency")


class CallerId(Model):
    """How the exchange tells who calls."""

    standard: Literal["v23", "bell202"]
    may_be_dtmf: bool


class Dtmf(Model):
    """What counts as a digit, as in `dtmf.toml`."""

    level_min_dbm0: float = Field(ge=-50, le=-10)
    twist_high_db: float = Field(ge=0, le=12)
    twist_low_db: float = Field(ge=0, le=12)
    off_max_percent: float = Field(ge=1, le=4.5)
    bridge_ms: int = Field(ge=10, le=40)


class Echo(Model):
    """The echo of the lines' and phones' hybrids."""

    tail_ms: Literal[16, 32] = Field(description="the longest that comes back")


class Numbers(Model):
    """How people dial."""

    country_code: str
    international_prefix: str
    trunk_prefix: str
    emergency: tuple[str, ...]
    interdigit_s: float = Field(gt=0, description="a number of unknown length is complete after this silence")
    complete: tuple[str, ...]
    area_code: str = Field(description="pattern of area codes, without the trunk prefix")
    subscriber: str = Field(description="pattern of a number within its area")
    mobile: str = Field(description="pattern of mobile numbers; empty: they look like all others")

    def is_complete(self, dialled: str) -> bool:
        """Tell whether no further digit can belong to this number."""
        return any(re.fullmatch(pattern, dialled) for pattern in self.complete)

    def is_emergency(self, dialled: str) -> bool:
        """Tell whether this number calls for help."""
        return dialled in self.emergency


class HolidayRules(Model):
    """How the public holidays are made (`firmware/hours/holiday_table.py`)."""

    country: str = Field(pattern=r"^[A-Z]{2}$")
    joins_weekends: bool
    is_fixed_by_notice: bool
    names: dict[str, str]  # English to Chinese, where the package has no Chinese


class Country(Model):
    """All of a country file."""

    code: str = Field(pattern=r"^[a-z]{2}$")
    name: Text
    language: Language
    timezone: str
    law: Literal["alaw", "ulaw"]
    ringing: Ringing
    flash_ms: int = Field(ge=80, le=1000, description="of a hook flash to the exchange")
    tones: dict[ToneName, Tone]
    detection: Detection
    caller_id: CallerId
    dtmf: Literal["att", "ntt", "denmark", "australia", "brazil"] = Field(description="row of dtmf.toml")
    echo: Echo
    numbers: Numbers
    holidays: HolidayRules

    @model_validator(mode="after")
    def _check_tones(self) -> Self:
        missing = [tone.value for tone in ToneName if tone not in self.tones]
        if missing:
            raise ValueError(f"tones: missing {', '.join(missing)}")
        return self
