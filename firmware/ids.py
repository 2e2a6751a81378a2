"""Identities: a UUID for every contact, call, leg, segment, recording and row."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from typing import Protocol
from uuid import UUID

from firmware.clock import Clock

_RANDOM_BITS = 74


class Ids(Protocol):
    """A source of new identities."""

    def new(self) -> str:
        """Give a UUID that was never given before, in its usual 36 characters."""


class TimedIds:
    """UUIDs of version 7: they sort by time, which keeps the records' indexes compact.

    source  RFC 9562, 5.7: 48 bits of milliseconds, version, 74 random bits, variant
    """

    def __init__(self, clock: Clock, urandom: Callable[[int], bytes] = os.urandom) -> None:
        self._clock = clock
        self._urandom = urandom

    def new(self) -> str:
        """Give a UUID of this millisecond."""
        unix_ms = int(self._clock.utc().timestamp() * 1000)
        bits = int.from_bytes(self._urandom(10), "big") >> (80 - _RANDOM_BITS)
        high, low = bits >> 62, bits & ((1 << 62) - 1)
        value = (unix_ms & ((1 << 48) - 1)) << 80 | 7 << 76 | high << 64 | 0b10 << 62 | low
        return str(UUID(int=value))


class SeededIds:
    """The same UUIDs (version 4) at every run, for virtual time."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def new(self) -> str:
        """Give the next UUID of the seed."""
        return str(UUID(int=self._random.getrandbits(128), version=4))
