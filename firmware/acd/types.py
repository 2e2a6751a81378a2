"""What the call distribution says to the rest of the box, and the words it uses.

A call is known by its id, an agent by number, a phone by its extension number. Times are monotonic seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from firmware.config.targets import Target
from firmware.text import Language


class AgentState(StrEnum):
    """What an agent is doing, as the wallboard shows it."""

    LOGGED_OUT = "logged-out"
    READY = "ready"
    OFFERED = "offered"  # the phone rings
    TALKING = "talking"
    WRAP_UP = "wrap-up"
    PAUSED = "paused"


class OfferResult(StrEnum):
    """How an offer ended."""

    ANSWERED = "answered"
    NO_ANSWER = "no-answer"
    BUSY = "busy"  # the phone was off-hook or out of service


@dataclass(frozen=True, slots=True)
class Waiting:
    """A caller in a queue."""

    call: str
    queue: str
    language: Language
    priority: int
    joined_at: float


@dataclass(frozen=True, slots=True)
class Offer:
    """Ring this agent's phone for this call; answer with `Acd.offer_ended`."""

    offer_id: int
    call: str
    queue: str
    agent: str
    phone: str


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Stop ringing: the offer timed out, or the caller has gone."""

    offer_id: int
    call: str
    agent: str
    phone: str
    reason: str  # "no-answer" | "caller-gone" | "overflow" | "agent-gone" (pause, logout, login elsewhere)


@dataclass(frozen=True, slots=True)
class Announce:
    """Tell the caller the position (1 = next) between two pieces of music."""

    call: str
    position: int
    language: Language


@dataclass(frozen=True, slots=True)
class Overflow:
    """The call leaves the queue unserved, for the queue's overflow target."""

    call: str
    queue: str
    target: Target
    reason: str  # "max-wait" | "full" | "removed" (the queue is no longer in the settings)


@dataclass(frozen=True, slots=True)
class AgentChanged:
    """An agent's state changed, for log and wallboard."""

    agent: str
    state: AgentState
    phone: str | None
    reason: str = ""


Action = Offer | Withdraw | Announce | Overflow | AgentChanged
