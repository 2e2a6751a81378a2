"""What every command to the engine in C needs: the channels that are open, the checks, the answer."""

from __future__ import annotations

from typing import Any

from cext.clips import Pending
from cext.types import CextError


class Commands:
    """An engine that takes commands."""

    def __init__(self, engine: Any, timeslots: int, streams: int) -> None:
        self._engine = engine
        self._timeslots = timeslots
        self._channels = timeslots + streams
        self._open: set[int] = set()
        self._seats: dict[int, tuple[int, str]] = {}  # mixer and role of each channel that has a place

    def _check_channel(self, channel: int) -> None:
        if not 0 <= channel < self._channels:
            raise CextError(f"channel {channel}: allowed is 0..{self._channels - 1}")

    def _check_open(self, channel: int) -> None:
        self._check_channel(channel)
        if channel not in self._open:
            raise CextError(f"channel {channel}: not open")

    def _sent(self, error: int, pending: Pending | None = None) -> None:
        if not error:
            return
        if pending is not None:
            pending.take_back()
        raise CextError("too many commands since the last tick (2048)")
