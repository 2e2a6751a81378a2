"""A tone zone: the call-progress tones of a country's exchanges, without the rest of a country."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationInfo, model_validator

from firmware.countries.country import Country, Detection, Model, Tone, ToneName
from firmware.text import Text

LEVEL_DBM0 = -10.0  # E.180: -10 +-5 dBm0 in all; what is heard may be anything above the least level
NEEDED = (ToneName.DIAL, ToneName.RINGBACK, ToneName.BUSY, ToneName.CONGESTION)
DETECTION = Detection(frequency_tolerance_percent=5.0, cadence_tolerance_percent=10, level_min_dbm0=-32.0)

SLOW_MS = 1900  # a cadence of this period is believed at its first on, not at its second
LIKE_PART = 0.15
ONGOING = (ToneName.RINGBACK, ToneName.WAITING)  # heard while a call goes on

_TONE = re.compile(r"(?P<hz>\d+(\+\d+)*)(\*(?P<modulation>\d+))?(: *(?P<ms>\d+( \d+)*))?")


def read_tone(text: str) -> Tone:
    """Read `HZ[+HZ...][*HZ][: on off ...]`.

    raises  ValueError with the form that is allowed
    """
    found = _TONE.fullmatch(text)
    if found is None:
        raise ValueError(f"tone: got {text!r}, allowed such as 425, 400*25 or 400+450: 400 200 400 2000")
    return Tone(
        frequencies_hz=tuple(float(hz) for hz in found["hz"].split("+")),
        modulation_hz=float(found["modulation"] or 0),
        level_dbm0=LEVEL_DBM0,
        cadence_ms=tuple(int(ms) for ms in (found["ms"] or "").split()),
    )


def _tone(value: Any, _info: ValidationInfo) -> Any:
    return read_tone(value) if isinstance(value, str) else value


class ToneZone(Model):
    """Tones by name, and how far they may be off."""

    code: str = Field(pattern=r"^[a-z]{2}$")
    name: Text
    tones: dict[ToneName, Annotated[Tone, BeforeValidator(_tone)]]
    detection: Detection = DETECTION

    @model_validator(mode="before")
    @classmethod
    def _gather(cls, data: Any) -> Any:
        """Take tones that stand beside the name, as in the file."""
        if not isinstance(data, dict) or "tones" in data:
            return data
        tones = {name.value: data[name.value] for name in ToneName if name.value in data}
        return {**{key: value for key, value in data.items() if key not in tones}, "tones": tones}

    @model_validator(mode="after")
    def _check_tones(self) -> ToneZone:
        missing = [name.value for name in NEEDED if name not in self.tones]
        if missing:
            raise ValueError(f"tones: missing {', '.join(missing)}")
        return self


def of_country(country: Country) -> ToneZone:
    """Give a country's tones as a zone."""
    return ToneZone(code=country.code, name=country.name, tones=country.tones, detection=country.detection)


def ongoing_like(zone: ToneZone, end: Tone) -> ToneName | None:
    """Name the tone of a call that goes on which this one would be taken for; None: there is none."""
    others = ((name, zone.tones[name]) for name in ONGOING if name in zone.tones)
    return next((name for name, other in others if _is_taken_for(other, end)), None)


def _is_taken_for(other: Tone, end: Tone) -> bool:
    if not other.cadence_ms or not _are_near(sorted(other.frequencies_hz), sorted(end.frequencies_hz)):
        return False
    if _are_near(other.cadence_ms, end.cadence_ms):
        return True
    is_slow = sum(end.cadence_ms) >= SLOW_MS
    return is_slow and any(_are_near((a,), (b,)) for a in other.cadence_ms[::2] for b in end.cadence_ms[::2])


def _are_near(wanted: Sequence[float], heard: Sequence[float]) -> bool:
    return len(wanted) == len(heard) and all(
        abs(a - b) <= LIKE_PART * a for a, b in zip(wanted, heard, strict=True)
    )
