"""The whole box in virtual time: firmware, engine, drivers, chip models and the world in one process.

Every 10 ms: the world moves -> the board hands a TDM block to the engine -> the engine ticks -> the box steps. The same
code as on a board, many times faster than the clock, the same trace every time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

TICK_S = 0.01


@dataclass(frozen=True, slots=True)
class TraceEvent:
    """Something that happened, in the box or in the world."""

    at: float  # s since the start
    who: str  # fxo1, fxs1, call 1, agent 1001, queue info
    what: str  # ringing, menu main, key 1
