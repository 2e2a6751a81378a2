"""The public exchange: its clock, its tones, and who answers which number."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from tools.emulator import signals
from tools.emulator.alaw import Samples
from tools.emulator.event import Note, WorldError
from tools.emulator.party import Party, Save
from tools.emulator.script import Script
from tools.emulator.sound import murmur
from tools.emulator.timers import Timers

TONE_HZ, TONE_DBM0 = 450.0, -10.0  # China, GB/T 3380 as quoted by ITU-T E.180
DIAL_TONE = signals.cadence(TONE_HZ, (), TONE_DBM0)
RINGBACK = signals.cadence(TONE_HZ, (1.0, 4.0), TONE_DBM0)
BUSY_TONE = signals.cadence(TONE_HZ, (0.35, 0.35), TONE_DBM0)
CONGESTION = signals.cadence(TONE_HZ, (0.7, 0.7), TONE_DBM0)
USER_BUSY, NO_CIRCUIT = 17, 34  # Q.850
THREE_RINGS_S = 11.0  # begins of three bursts of 1 s on, 4 s off, and the third burst

WallClock = Callable[[float], datetime]


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Someone the box can dial."""

    number: str
    answers_after_s: float = THREE_RINGS_S  # inf = never
    busy: bool = False
    congested: bool = False  # no way to this number: congestion tone
    cause: int = 0  # Q.850: the exchange refuses the call for this; 0 = it does not
    announcement: Samples | None = None  # said before it refuses
    script: Script = field(default_factory=Script)

    @property
    def refusal(self) -> int:
        """Say with which cause of Q.850 a call is refused, 0 if it is not."""
        if self.busy:
            return USER_BUSY
        return NO_CIRCUIT if self.congested else self.cause


@dataclass(slots=True)
class Exchange:
    """What all lines of the world share."""

    timers: Timers
    note: Note
    save: Save
    wall_clock: WallClock
    seed: int
    subscribers: dict[str, Subscriber] = field(default_factory=dict)
    _parties: int = 0

    def rng(self, name: str) -> np.random.Generator:
        """Give a random source that depends on the seed and the name only."""
        return np.random.default_rng([self.seed, zlib.crc32(name.encode())])

    def party(self, number: str, script: Script, name: str = "") -> Party:
        """Bring a person to life."""
        self._parties += 1
        return Party(number, script, self.rng(f"party {self._parties}"), name)

    def add(self, subscriber: Subscriber) -> None:
        """Let a number be answered in its own way.

        raises  WorldError for what is no number
        """
        if not subscriber.number.isdigit() or len(subscriber.number) > 20:
            raise WorldError(f"number {subscriber.number!r}: allowed are 1 to 20 digits")
        self.subscribers[subscriber.number] = subscriber

    def find(self, number: str) -> Subscriber:
        """Find who answers; a number nobody configured has someone who murmurs after three rings."""
        known = self.subscribers.get(number)
        if known is not None:
            return known
        return Subscriber(number, script=Script(audio=murmur(6.0, self.rng(f"murmur {number}"))))

    def is_complete(self, digits: str) -> bool:
        """Know, before the dialling pause, that no more digits can come (China's numbering)."""
        if any(number != digits and number.startswith(digits) for number in self.subscribers):
            return False
        if digits in self.subscribers:
            return True
        if digits.startswith("1") and not digits.startswith("10"):
            return (len(digits) == 3 and digits[1] in "12") or len(digits) == 11
        return digits[:1] in "2345678" and len(digits) == 8
