"""Who gets whom: the rules of distribution as functions of callers and agents."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from firmware.acd.agent import Seat
from firmware.acd.caller import Caller


def free_agents(seats: Collection[Seat], busy_phones: Collection[str], now: float) -> list[Seat]:
    """List the agents who can be offered a call now.

    busy_phones  phones used for own calls; those that ring or talk for a queue are seen from the seats
    """
    in_use = {seat.engagement.phone for seat in seats if seat.engagement is not None} | set(busy_phones)
    return [seat for seat in seats if seat.is_free(now) and seat.phone not in in_use]


def next_agent(caller: Caller, free: Iterable[Seat]) -> Seat | None:
    """Choose the agent for a caller: tried least, speaks the language, idle longest, in this order.

    gives   None if nobody of the caller's queue is free
    """
    queue, language = caller.waiting.queue, caller.waiting.language

    def preference(seat: Seat) -> tuple[int, bool, float, str]:
        speaks = language in seat.agent.languages
        return (caller.tried.get(seat.number, 0), not speaks, seat.idle_since, seat.number)

    return min((seat for seat in free if queue in seat.agent.queues), key=preference, default=None)


def in_order(callers: Iterable[Caller]) -> list[Caller]:
    """Sort callers by priority, then by who came first."""
    return sorted(callers, key=lambda caller: caller.rank)
