"""How the signalling of a span says that a channel can be used, or not any more."""

from __future__ import annotations

from collections.abc import Callable

from firmware.lines.types import Out

Settle = Callable[[int | None], list[Out]]
"""Looks again at one channel, by timeslot, or at all of them; gives what has changed."""
