"""Events as they come out of C."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cext._dsp import ffi, lib
from cext.levels import level_dbm0
from cext.types import SPECIAL_TONES, Event, EventKind, ToneSpec

_KINDS = tuple(EventKind)  # same order as enum dsp_event_kind
_SIGNALS = {
    EventKind.DIGIT_BEGIN,
    EventKind.DIGIT_END,
    EventKind.TONE_BEGIN,
    EventKind.TONE_END,
    EventKind.CALLER_ID,
    EventKind.VOICE_BEGIN,
    EventKind.SILENCE_BEGIN,
    EventKind.AUDIO_BACK,
    EventKind.LEVEL_LOW,
    EventKind.LEVEL_GOOD,
    EventKind.ANSWERED,
    EventKind.MF_BEGIN,
    EventKind.MF_END,
}
_VERDICTS = {EventKind.PERSON, EventKind.MACHINE, EventKind.UNSURE}
_REASONS = ("short-greeting", "long-greeting", "beep", "nobody-speaks", "no-decision")  # enum dsp_amd_reason
_DIGITS = {EventKind.DIGIT_BEGIN, EventKind.DIGIT_END}
_TONES = {EventKind.TONE_BEGIN, EventKind.TONE_END}


def _tone_name(index: int, tones: Sequence[ToneSpec]) -> str:
    special = index - lib.DSP_TONE_SIT
    return SPECIAL_TONES[special] if special >= 0 else tones[index].name


def event_of(raw: Any, tones: Sequence[ToneSpec], zones: Sequence[Sequence[ToneSpec]] = ()) -> Event:
    """Translate a struct dsp_event."""
    kind = _KINDS[raw.kind]
    if kind in _TONES and raw.id:
        tones = zones[raw.id - 1]
    return Event(
        kind=kind,
        channel=raw.channel,
        at_smp=raw.at_smp,
        id=0 if kind in _VERDICTS else raw.id,
        digit=chr(raw.digit) if raw.digit else "",
        tone=_tone_name(raw.tone, tones) if kind in _TONES else "",
        level_dbm0=level_dbm0(raw.power) if kind in _SIGNALS else 0.0,
        level_low_dbm0=level_dbm0(raw.powers[0]) if kind in _DIGITS else 0.0,
        level_high_dbm0=level_dbm0(raw.powers[1]) if kind in _DIGITS else 0.0,
        duration_ms=raw.duration_smp / 8,
        data=bytes(ffi.buffer(raw.data, raw.n_data)),
        reason=_REASONS[raw.id] if kind in _VERDICTS else "",
    )
