"""What the page of an E1 shows: its state, the doctor's report, the error seconds as a plot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from firmware.api.client import ApiError
from firmware.text import Text
from firmware.web.page import Visitor
from firmware.web.site import Site

BINS, BIN_PX, BAR_PX, HEIGHT_PX = 96, 7, 6, 80
BIN_S = 900
KINDS = ("errored_s", "severe_s", "unavailable_s")
_NO_SPAN = Text(
    zh="没有这条 E1。请回到实时页面选择。", en="There is no such E1. Choose one on the live page."
)


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of the plot, in its pixels."""

    kind: str
    x: int
    y: int
    height: int
    title: str


def is_span(port: str) -> bool:
    """Say whether this names an E1."""
    return port.startswith("span")


async def shown(site: Site, visitor: Visitor, port: str) -> dict[str, Any]:
    """Give what the page shows but for the report. raises ApiError"""
    picture = await site.api.get("/v1/state", visitor.who)
    span = next((span for span in picture["spans"] if span["port"] == port), None)
    if span is None:
        raise ApiError(404, "unknown-span", "port", _NO_SPAN)
    quarters = (await site.api.get(f"/v1/spans/{port}/history", visitor.who))["quarters"]
    plot = {"width": BINS * BIN_PX, "height": HEIGHT_PX, "bar": BAR_PX, "bars": bars(quarters)}
    return {"span": span, "plot": plot}


def bars(quarters: Sequence[Mapping[str, Any]]) -> list[Bar]:
    """Draw the quarters of an hour, the newest at the right: seconds that were bad, on top of each other.

    The height goes with the square root, so that a single errored second can be seen.
    """
    drawn: list[Bar] = []
    for place, one in enumerate(reversed(quarters[-BINS:])):
        drawn += _column((BINS - 1 - place) * BIN_PX, one)
    return drawn


def _column(x: int, one: Mapping[str, Any]) -> list[Bar]:
    seconds = (one["errored_s"] - one["severe_s"], one["severe_s"], one["unavailable_s"])
    total = sum(seconds)
    full = HEIGHT_PX * (min(total, BIN_S) / BIN_S) ** 0.5
    counts = f"ES {one['errored_s']}, SES {one['severe_s']}, UAS {one['unavailable_s']}"
    title = f"{one['began_utc'][11:16]} UTC: {counts}"
    drawn: list[Bar] = []
    bottom = HEIGHT_PX
    for kind, part in zip(KINDS, seconds, strict=True):
        height = min(bottom, max(1, round(full * part / total))) if part else 0
        bottom -= height
        if height:
            drawn.append(Bar(kind, x, bottom, height, title))
    return drawn
