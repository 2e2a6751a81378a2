"""Finished calls as comma-separated values, for spreadsheets. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from firmware.text import Language
from firmware.web.page import local
from firmware.web.texts import has, say

_HEADS = (
    *("calls.when", "calls.direction", "calls.line", "calls.caller", "calls.called", "calls.result"),
    *("calls.ended", "calls.queue", "calls.agent", "calls.waited_s", "calls.talked_s"),
    *("sound.party", "sound.lost_s", "sound.quiet_s", "sound.voice_dbm0", "sound.noise_dbm0"),
)
_WHOLE_DIGITS = 11  # a spreadsheet shows longer numbers as powers of ten, and drops a zero in front
_FORMULA = ("=", "+", "-", "@")  # what spreadsheets take a text for that begins so


def written(calls: Sequence[Mapping[str, Any]], language: Language, zone: str) -> str:
    """Write a head and one row a call, newest first; a mark of UTF-8 first, which spreadsheets need."""
    out = io.StringIO()
    out.write("\ufeff")
    table = csv.writer(out)
    table.writerow([say(language, head) for head in _HEADS])
    table.writerows(_row(call, language, zone) for call in calls)
    return out.getvalue()


def _row(call: Mapping[str, Any], language: Language, zone: str) -> list[str | float]:
    def word(kind: str, value: str) -> str:
        return say(language, f"{kind}.{value}") if has(f"{kind}.{value}") else value

    heard = call["sound"] or {}
    party = heard.get("answered_by", "")
    return [
        local(call["started_utc"], zone),
        word("direction", call["direction"]),
        *(_plain(call[name]) for name in ("port", "caller", "called")),
        word("result", call["result"]),
        word("end", call["end_reason"]),
        *(_plain(call[name]) for name in ("queue", "agent")),
        round(call["wait_s"], 1),
        round(call["talk_s"], 1),
        word("sound", party) if party else "",
        *(_figure(heard.get(name)) for name in ("lost_s", "quiet_s", "voice_dbm0", "noise_dbm0")),
    ]


def _plain(text: str) -> str:
    """Keep a spreadsheet from calculating what a caller sent, and from rounding a telephone number."""
    if text.isdecimal() and (text.startswith("0") or len(text) > _WHOLE_DIGITS):
        return f"{text}\t"
    return f"'{text}" if text.startswith(_FORMULA) else text


def _figure(value: float | None) -> str | float:
    return "" if value is None else value
