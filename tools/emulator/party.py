"""A person at the far end of an outside line, whether it called the box or was called."""

from __future__ import annotations

import math
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

import numpy as np

from tools.emulator import alaw, signals
from tools.emulator.alaw import SILENCE
from tools.emulator.script import Script
from tools.emulator.tape import Tape

NOISE_LOOP_S = 4.0

Save = Callable[[Path, bytes], None]


class PartyState(StrEnum):
    """A far end's life."""

    WAITING = "waiting"  # hears ringback, or is being rung
    TALKING = "talking"
    ENDED = "ended"


class Outcome(StrEnum):
    """How a call ended, seen from the far end."""

    HUNG_UP = "hung-up"  # after a talk, by the far end
    RELEASED = "released"  # after a talk, by the box, or the line was cut
    GAVE_UP = "gave-up"  # before the answer
    NO_ANSWER = "no-answer"  # the exchange's patience ended
    BUSY = "busy"  # the line was in use
    REFUSED = "refused"  # the box, or the span, did not take the call


class Party:
    """A far end: the handle that `World.call` gives."""

    def __init__(self, number: str, script: Script, rng: np.random.Generator, name: str = "") -> None:
        self.number = number
        self.name = name
        self.script = script
        self.line = ""
        self.cause = 0  # Q.850, of a call on a span
        self.state = PartyState.WAITING
        self.outcome: Outcome | None = None
        self.answered_at = math.inf
        self.ended_at = math.inf
        self.on_end: list[Callable[[], None]] = []
        self.tape = Tape(_line_noise(script.noise_dbm0, rng))
        self._heard = bytearray()
        self.keeps = script.listen or script.record is not None
        if script.audio is not None:
            self.tape.lay(script.audio, signals.samples_of(script.audio_at_s))

    @property
    def heard(self) -> bytes:
        """A-law octets heard from the answer on; empty without `record` or `listen`."""
        return bytes(self._heard)

    def hear(self, block: bytes) -> None:
        """Take 10 ms from the box."""
        if self.keeps:
            self._heard += block

    def start(self, now: float) -> None:
        """Begin to talk."""
        self.state = PartyState.TALKING
        self.answered_at = now

    def end(self, outcome: Outcome, now: float, save: Save) -> None:
        """End the call and write the recording."""
        if self.state is PartyState.ENDED:
            return
        self.state = PartyState.ENDED
        self.outcome = outcome
        self.ended_at = now
        if self.script.record is not None:
            save(self.script.record, bytes(self._heard))
        for tell in self.on_end:
            tell()


def _line_noise(level_dbm0: float | None, rng: np.random.Generator) -> bytes:
    if level_dbm0 is None:
        return SILENCE
    return alaw.encode(signals.noise(NOISE_LOOP_S, level_dbm0, rng))
