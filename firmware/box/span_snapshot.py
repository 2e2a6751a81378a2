"""The spans in the live picture."""

from __future__ import annotations

from collections.abc import Mapping

from firmware.api import snapshot as shape
from firmware.box.box import Box
from firmware.call.types import Call
from firmware.lines.types import LineState
from firmware.media.types import FrameCounts
from firmware.spans.bearer import BearerLine
from firmware.spans.error_seconds import Bin
from firmware.spans.span import Span
from firmware.text import Text

_BUSY = (LineState.IN_USE, LineState.RINGING)


def spans(box: Box, calls: Mapping[str, Call], now: float) -> list[shape.SpanPart]:
    """Draw all spans; `calls` by port."""
    return [_span(box, span, calls, now) for span in box.spans.all.values()]


def history(box: Box, port: str) -> list[shape.QualityPart]:
    """Give a span's quarters of an hour, oldest first. raises KeyError"""
    return [quality(box, one) for one in box.spans.all[port].history.bins]


def quality(box: Box, one: Bin) -> shape.QualityPart:
    """Write error seconds."""
    return {
        "began_utc": box.parts.clock.utc_at(one.began_at).isoformat(timespec="seconds"),
        "seconds": one.seconds,
        "errored_s": one.errored_s,
        "severe_s": one.severe_s,
        "unavailable_s": one.unavailable_s,
        "far_errored_s": one.far_errored_s,
        "slips": one.slips,
    }


def _span(box: Box, span: Span, calls: Mapping[str, Call], now: float) -> shape.SpanPart:
    settings, used = span.settings, span.used()
    return {
        "port": span.port,
        "name": settings.name if settings else "",
        "number": settings.number if settings else "",
        "signalling": settings.signalling if settings else "",
        "state": span.state.value,
        "reason": _text(span.reason),
        "alarms": sorted(alarm.value for alarm in span.alarms),
        "is_clock": box.spans.clock_source == span.port,
        "busy": sum(bearer.state in _BUSY for bearer in used.values()),
        "channels": [_channel(bearer, calls.get(bearer.port)) for bearer in used.values()],
        "quality": quality(box, span.history.today(now)),
        "frames": _frames(box.media.frame_counts(span.d_channel)),
    }


def _frames(counts: FrameCounts | None) -> shape.FramesPart | None:
    return None if counts is None else {"good": counts.good, "bad": counts.bad, "sent": counts.sent}


def _channel(bearer: BearerLine, call: Call | None) -> shape.ChannelPart:
    return {
        "timeslot": bearer.timeslot,
        "port": bearer.port,
        "state": bearer.state.value,
        "is_draining": bearer.is_draining,
        "reason": _text(bearer.reason),
        "caller": (call.caller or None) if call else None,
        "call": call.id if call else None,
    }


def _text(text: Text | None) -> shape.TextJson | None:
    return None if text is None else {"zh": text.zh, "en": text.en}
