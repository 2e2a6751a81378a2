"""What the wallboard sees of agents and queues."""

from __future__ import annotations

from dataclasses import dataclass

from firmware.acd.types import AgentState


@dataclass(frozen=True, slots=True)
class AgentView:
    """One agent now."""

    agent: str
    state: AgentState
    phone: str | None
    since: float  # s, monotonic, when the state began
    call: str | None  # rings for or talks on
    queue: str | None  # of that call
    is_phone_busy: bool  # an own call, apart from the queues


@dataclass(frozen=True, slots=True)
class QueueView:
    """One queue now."""

    queue: str
    waiting: int  # callers not answered, also those an agent's phone rings for
    longest_wait_s: float
    logged_in: int  # agents of this queue
    ready: int
    talking: int
