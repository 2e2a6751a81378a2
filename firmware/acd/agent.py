"""One agent's place: the state, the phone, and the clocks that hold back or release offers.

One wrap-up clock and one retry clock per agent, not per queue: an agent of six queues rests as long after a
call as an agent of one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from firmware.acd.types import AgentChanged, AgentState
from firmware.config.models import Agent


class Wish(StrEnum):
    """What an agent asked for during a call; it is granted when the call ends."""

    NONE = ""
    PAUSE = "pause-after-call"
    LOGOUT = "logout-after-call"
    PHONE_TAKEN = "phone-taken"  # somebody else logged in at this phone
    REMOVED = "removed"  # no longer in the settings

    @property
    def is_logout(self) -> bool:
        """Tell whether the agent goes away after the call."""
        return self is Wish.LOGOUT or self.is_final

    @property
    def is_final(self) -> bool:
        """Tell whether the agent has lost the seat and cannot take it back by a wish."""
        return self in (Wish.PHONE_TAKEN, Wish.REMOVED)


@dataclass(slots=True)
class Engagement:
    """The call an agent's phone rings for or talks on; `phone` stays although the agent moves meanwhile."""

    call: str
    queue: str
    phone: str


@dataclass(slots=True)
class Seat:
    """An agent of the settings, logged in or not."""

    agent: Agent
    state: AgentState = AgentState.LOGGED_OUT
    phone: str | None = None
    since: float = 0.0  # s, when `state` began
    idle_since: float = 0.0  # s, end of the last wrap-up, login or pause: the row of the idle
    engagement: Engagement | None = None
    wrap_up_ends_at: float | None = None
    retry_at: float = 0.0  # s, no offer before this
    is_retry_for_busy: bool = False  # a phone put down ends this kind of pause early
    wish: Wish = field(default=Wish.NONE)

    @property
    def number(self) -> str:
        """Give the agent's number."""
        return self.agent.number

    @property
    def is_logged_in(self) -> bool:
        """Tell whether the agent sits at a phone."""
        return self.state is not AgentState.LOGGED_OUT

    def is_free(self, now: float) -> bool:
        """Tell whether the agent himself could take a call; the phone is another matter."""
        return self.state is AgentState.READY and self.engagement is None and self.retry_at <= now

    def is_wrapped_up(self, now: float) -> bool:
        """Tell whether the time after the call is over."""
        return self.wrap_up_ends_at is not None and self.wrap_up_ends_at <= now

    def change(self, state: AgentState, now: float, reason: str = "") -> AgentChanged:
        """Enter a state; the way into READY from elsewhere than an offer restarts the idle clock."""
        if state is AgentState.READY and self.state is not AgentState.OFFERED:
            self.idle_since = now
        if state is not AgentState.WRAP_UP:
            self.wrap_up_ends_at = None
        self.state, self.since = state, now
        return self.report(reason)

    def report(self, reason: str = "") -> AgentChanged:
        """Describe the present state for log and wallboard."""
        return AgentChanged(self.number, self.state, self.phone, reason)

    def leave(self, now: float, reason: str) -> AgentChanged:
        """Log out; the report still names the phone that was left."""
        self.engagement, self.wish = None, Wish.NONE
        report = AgentChanged(self.number, AgentState.LOGGED_OUT, self.phone, reason)
        self.change(AgentState.LOGGED_OUT, now)
        self.phone, self.retry_at = None, 0.0
        return report

    def hold_back(self, until: float, is_for_busy: bool) -> None:
        """Make no offer before `until`."""
        self.retry_at, self.is_retry_for_busy = until, is_for_busy

    def deadline(self, now: float) -> float | None:
        """Give when, after `now`, this agent becomes free by the clock alone."""
        if self.state is AgentState.WRAP_UP:
            return self.wrap_up_ends_at
        if self.state is AgentState.READY and self.retry_at > now:
            return self.retry_at
        return None
