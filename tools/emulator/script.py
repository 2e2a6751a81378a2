"""What a person does after the answer: says, presses, hangs up; asked for in words, kept as samples."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from tools.emulator import sound
from tools.emulator.alaw import Samples
from tools.emulator.event import WorldError

Audio = Path | bytes  # a sound file, or A-law octets
Keys = Sequence[tuple[float, str]]  # s after the answer, digits
SPEAKS_AFTER_S = 0.5
DAY_S = 86400
MOST_DIGITS = 64


@dataclass(frozen=True, slots=True)
class Script:
    """What a person does from the moment the call is answered."""

    audio: Samples | None = None
    audio_at_s: float = SPEAKS_AFTER_S
    keys: tuple[tuple[float, str], ...] = ()
    noise_dbm0: float | None = None  # of the person's line
    hang_up_after_s: float = math.inf
    record: Path | None = None
    listen: bool = False  # keep what is heard, for `heard`, also without a file


class Talk(TypedDict, total=False):
    """A script as people ask for it; what is left out, or None, is not done."""

    audio: Audio | None
    audio_at_s: float
    keys: Keys
    noise_dbm0: float | None  # white noise of the person's line, from the answer on
    level_db: float  # makes the audio louder or softer
    record: Path | None  # a file for what the person hears
    listen: bool  # keep it in the handle's `heard`
    hang_up_after_s: float | None


def script_of(talk: Talk) -> Script:
    """Read what somebody shall do. raises WorldError, SoundError"""
    limit_s = talk.get("hang_up_after_s")
    return Script(
        audio=samples(talk.get("audio"), talk.get("level_db", 0.0)),
        audio_at_s=talk.get("audio_at_s", SPEAKS_AFTER_S),
        keys=_checked_keys(talk.get("keys", ())),
        noise_dbm0=talk.get("noise_dbm0"),
        hang_up_after_s=math.inf if limit_s is None else limit_s,
        record=talk.get("record"),
        listen=talk.get("listen", False),
    )


def samples(audio: Audio | None, level_db: float = 0.0) -> Samples | None:
    """Give sound as samples, louder or softer. raises SoundError"""
    return None if audio is None else sound.at_level(sound.samples_of(audio), level_db)


def check_digits(digits: str) -> None:
    """Refuse what is no key. raises WorldError"""
    wrong = "".join(sorted(set(digits) - set("0123456789*#ABCD")))
    if wrong or not 1 <= len(digits) <= MOST_DIGITS:
        raise WorldError(f"keys {digits!r}: allowed are 1 to {MOST_DIGITS} of 0-9, *, # and A-D")


def _checked_keys(keys: Keys) -> tuple[tuple[float, str], ...]:
    for after_s, digits in keys:
        if not 0 <= after_s < DAY_S:
            raise WorldError(f"keys: {after_s} s is no time after the answer")
        check_digits(digits)
    return tuple((float(after_s), digits) for after_s, digits in keys)
