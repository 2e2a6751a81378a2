"""Channels of an E1 as people write them: `1-15,17-31`. A channel is called by its timeslot."""

from __future__ import annotations

from functools import lru_cache

LAST, SIGNALLING = 31, 16


@lru_cache(maxsize=64)
def parse(text: str) -> tuple[int, ...]:
    """Give the timeslots, in their order.

    raises  ValueError for timeslots that carry no speech, or one that stands twice
    """
    found: list[int] = []
    for part in text.split(","):
        first, dash, last = part.partition("-")
        span = range(int(first), int(last if dash else first) + 1)
        if not span:
            raise ValueError(f"got {part}, allowed: the smaller one first")
        found += span
    for timeslot in found:
        if timeslot == SIGNALLING or not 1 <= timeslot <= LAST:
            raise ValueError(f"got {timeslot}, allowed: 1 to 15 and 17 to 31")
    if len(set(found)) != len(found):
        raise ValueError("got a channel twice, allowed: each once")
    return tuple(sorted(found))


def check(text: str) -> str:
    """Give the text back. raises ValueError as `parse`"""
    parse(text)
    return text


def line(span: str, timeslot: int) -> str:
    """Name a channel as a line: `span1-7`."""
    return f"{span}-{timeslot}"


def span_of(line_name: str) -> str:
    """Give the span of a channel's name; empty for any other line."""
    span, dash, _ = line_name.partition("-")
    return span if dash else ""


def timeslot_of(line_name: str) -> int:
    """Give the timeslot of a channel's name; 0 for any other line."""
    _, dash, timeslot = line_name.partition("-")
    return int(timeslot) if dash else 0
