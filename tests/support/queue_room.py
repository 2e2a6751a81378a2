"""Queues and agents for tests of the call distribution."""

from __future__ import annotations

from typing import Any

from firmware.acd.acd import Acd
from firmware.acd.types import Action, AgentChanged, AgentState, Offer, OfferResult
from firmware.config.models import Agent, Queue
from firmware.text import Language, Text

ZH, EN = Language.ZH, Language.EN
ANSWERED, NO_ANSWER, BUSY = OfferResult.ANSWERED, OfferResult.NO_ANSWER, OfferResult.BUSY
READY, OFFERED, TALKING = AgentState.READY, AgentState.OFFERED, AgentState.TALKING
WRAP_UP, PAUSED, LOGGED_OUT = AgentState.WRAP_UP, AgentState.PAUSED, AgentState.LOGGED_OUT
TITLE = Text(zh="一", en="one")
PHONES = {"1001": "801", "1002": "802", "1003": "803"}


def queue(name: str = "info", **fields: Any) -> Queue:
    return Queue(name=name, title=TITLE, **fields)


def agent(number: str, *queues: str, languages: tuple[Language, ...] = (ZH, EN)) -> Agent:
    return Agent(number=number, name=TITLE, queues=queues or ("info",), languages=languages)


def agents(count: int, *queues: str) -> list[Agent]:
    return [agent(str(1001 + place), *queues) for place in range(count)]


def office(count: int = 2, **fields: Any) -> Acd:
    """One queue, `count` agents logged in one second after the other from 0 s on."""
    acd = Acd([queue(**fields)], agents(count))
    for place in range(count):
        acd.login(str(1001 + place), str(801 + place), float(place))
    return acd


def offers(actions: list[Action]) -> list[tuple[str, str]]:
    return [(action.call, action.agent) for action in actions if isinstance(action, Offer)]


def offered(offer_id: int, call: str, number: str, name: str = "info") -> list[Action]:
    """Give what an offer consists of."""
    phone = PHONES[number]
    return [Offer(offer_id, call, name, number, phone), AgentChanged(number, OFFERED, phone)]


def answer(acd: Acd, call: str, now: float, offer_id: int = 1) -> None:
    """Enqueue and answer a call at one instant."""
    acd.enqueue(call, "info", ZH, now)
    acd.offer_ended(offer_id, ANSWERED, now)


def state(acd: Acd, number: str) -> AgentState:
    return next(view.state for view in acd.agents() if view.agent == number)
