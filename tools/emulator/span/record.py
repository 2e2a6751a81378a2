"""What the exchange saw of a call: what the box's own records are compared with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SpanCall:
    """A call that is over and whose channel is free again.

    cause  Q.850; of R2 the nearest to what was signalled
    """

    channel: int  # timeslot
    is_to_box: bool
    caller: str
    called: str
    began_at: float
    answered_at: float | None
    ended_at: float
    cause: int
    is_ended_by_box: bool  # the box cleared first
