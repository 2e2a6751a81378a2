"""The phases of an analog outside line, and what people see of each."""

from __future__ import annotations

from enum import Enum, auto

from firmware.lines.types import LineState


class Phase(Enum):
    """Where a line stands."""

    DOWN = auto()
    IDLE = auto()
    RING = auto()  # a burst is on
    RING_GAP = auto()  # between two bursts
    SEIZING = auto()
    DIAL_TONE = auto()
    DIALING = auto()
    TALKING = auto()
    GUARD = auto()
    ELSEWHERE = auto()
    FOUND = auto()  # connected a moment ago: it may be between two rings
    COOLING = auto()
    LENT = auto()  # the line doctor has it


SHOWN = {
    Phase.DOWN: LineState.OUT_OF_SERVICE,
    Phase.IDLE: LineState.IDLE,
    Phase.RING: LineState.RINGING,
    Phase.RING_GAP: LineState.RINGING,
    Phase.GUARD: LineState.IDLE,
    Phase.ELSEWHERE: LineState.ELSEWHERE,
    Phase.FOUND: LineState.IDLE,
    Phase.COOLING: LineState.OUT_OF_SERVICE,
    Phase.LENT: LineState.OUT_OF_SERVICE,
}
ACTIVE = frozenset({Phase.SEIZING, Phase.DIAL_TONE, Phase.DIALING, Phase.TALKING})
RINGING = frozenset({Phase.RING, Phase.RING_GAP})
READY = frozenset({Phase.IDLE, Phase.FOUND})
TAKES_RING = READY | {Phase.ELSEWHERE}
AT_REST = TAKES_RING | {Phase.DOWN}
BEFORE_ANSWER = RINGING | READY
