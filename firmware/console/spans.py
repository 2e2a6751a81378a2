"""`show spans` and `show span span1`: E1s as lines of text. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from firmware.console.shows import Say
from firmware.console.table import clock, table

LAST_BINS = 16  # the last four hours
BAR = 30  # signs of the longest bar
_QUALITY = ("seconds", "errored_s", "severe_s", "unavailable_s", "far_errored_s", "slips")


class SpanShows:
    """Writes spans for one reader."""

    def __init__(self, say: Say, language: str) -> None:
        self._say = say
        self._language = language

    def spans(self, picture: Mapping[str, Any]) -> list[str]:
        """Show all spans: state, channels in use, error seconds of the last day."""
        rows = [
            [
                span["port"], span["name"], span["signalling"], self._state(span),
                f"{span['busy']}/{len(span['channels'])}", *self._quality(span["quality"]), self._why(span),
            ]
            for span in picture["spans"]
        ]  # fmt: skip
        return self._table(f"port name signalling state busy {' '.join(_QUALITY[1:])} reason", rows)

    def span(self, span: Mapping[str, Any], history: Sequence[Mapping[str, Any]]) -> list[str]:
        """Show a span with its channels, and its error seconds by quarters of an hour."""
        quarters = [
            [one["began_utc"], str(one["seconds"]), *self._quality(one)] for one in history[-LAST_BINS:]
        ]
        return [
            *self.spans({"spans": [span]}),
            *self._frames(span["frames"]),
            "",
            *self._table("channel state caller call reason", self._channels(span["channels"])),
            "",
            *self._table(f"when {' '.join(_QUALITY)}", quarters),
        ]

    def _frames(self, frames: Mapping[str, Any] | None) -> list[str]:
        return ["", self._say("say.frames", **frames)] if frames else []

    def errors(self, history: Sequence[Mapping[str, Any]]) -> list[str]:
        """Show the error seconds of the last day, with a bar for each quarter of an hour."""
        most = max((_wrong_s(one) for one in history), default=0)
        rows = [
            [one["began_utc"], str(one["seconds"]), *self._quality(one), _bar(_wrong_s(one), most)]
            for one in history
        ]
        return self._table(f"when {' '.join(_QUALITY)} bar", rows)

    def _channels(self, channels: Sequence[Mapping[str, Any]]) -> list[list[str]]:
        """Write channels that are alike in one row: `1-15`."""
        rows = []
        for what, alike in groupby(channels, self._channel):
            timeslots = [channel["timeslot"] for channel in alike]
            several = f"{timeslots[0]}-{timeslots[-1]}"
            rows.append([several if len(timeslots) > 1 else str(timeslots[0]), *what])
        return rows

    def _channel(self, channel: Mapping[str, Any]) -> tuple[str, str, str, str]:
        state = "draining" if channel["is_draining"] else channel["state"]
        return state, channel["caller"] or "", channel["call"] or "", self._of(channel["reason"])

    def _state(self, span: Mapping[str, Any]) -> str:
        alarms = f" ({' '.join(span['alarms'])})" if span["alarms"] else ""
        is_clock = f" ({self._say('say.gives_clock')})" if span["is_clock"] else ""
        return f"{span['state']}{alarms}{is_clock}"

    def _quality(self, quality: Mapping[str, Any]) -> list[str]:
        seconds = [clock(quality[key]) for key in _QUALITY[1:-1]]
        return [*seconds, str(quality["slips"])]

    def _why(self, span: Mapping[str, Any]) -> str:
        return self._of(span["reason"])

    def _of(self, both: Mapping[str, str] | None) -> str:
        return both[self._language] if both else ""

    def _table(self, heads: str, rows: list[list[str]]) -> list[str]:
        if not rows:
            return [self._say("say.none")]
        return table([self._say(f"table.{head}") for head in heads.split()], rows)


def _wrong_s(quality: Mapping[str, Any]) -> int:
    """Count the seconds in which the E1 was not good."""
    return int(quality["errored_s"]) + int(quality["unavailable_s"])


def _bar(part: int, most: int) -> str:
    """Draw a bar; the least is one sign."""
    return "#" * -(-BAR * part // most) if part else ""
