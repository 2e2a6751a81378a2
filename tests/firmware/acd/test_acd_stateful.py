"""Any order of events: no call in two places, no agent with two calls, nobody stuck, FIFO kept.

The model below knows only the actions that came out, as the box does, and is compared with what the ACD says.
"""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from firmware.acd.acd import BUSY_RETRY_S, Acd
from firmware.acd.types import (
    Action,
    AgentChanged,
    AgentState,
    Announce,
    Offer,
    OfferResult,
    Overflow,
    Withdraw,
)
from firmware.config.models import Agent, Queue
from firmware.text import Language, Text

TITLE = Text(zh="一", en="one")
NAMES = ("a", "b")
NUMBERS = ("1001", "1002", "1003")
PHONES = ("801", "802", "803")
RETRY_PAUSE_S = 7
SHORT_S, LONG_S = 40, 90


def queue(name: str, max_waiting: int, max_wait_s: int) -> Queue:
    return Queue(
        name=name,
        title=TITLE,
        offer_s=12,
        wrap_up_s=9,
        retry_pause_s=RETRY_PAUSE_S,
        announce_every_s=20,
        max_wait_s=max_wait_s,
        max_waiting=max_waiting,
        priority=5 if name == "a" else 3,
    )


def agent(number: str, queues: tuple[str, ...]) -> Agent:
    return Agent(number=number, name=TITLE, queues=queues)


@dataclass
class Ringing:
    """An offer as the box sees it."""

    call: str
    agent: str
    phone: str


@dataclass
class Waits:
    """A caller as the box sees him."""

    queue: str
    rank: tuple[int, float, int]
    heard: int | None = None  # last position


class World(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.calls = 0
        self.queues = [queue("a", 3, LONG_S), queue("b", 3, SHORT_S)]
        self.agents = [agent("1001", NAMES), agent("1002", ("a",)), agent("1003", ("b", "a"))]
        self.acd = Acd(self.queues, self.agents)
        self.waiting: dict[str, Waits] = {}
        self.ringing: dict[int, Ringing] = {}
        self.talking: dict[str, tuple[str, str]] = {}  # call -> agent, phone
        self.busy: set[str] = set()
        self.states: dict[str, AgentState] = {}
        self.held: dict[str, tuple[float, str]] = {}  # agent -> until, why

    # The box's side

    def take(self, actions: list[Action]) -> None:
        for action in actions:
            match action:
                case Offer():
                    self.take_offer(action)
                case Withdraw():
                    ended = self.ringing.pop(action.offer_id)
                    assert (ended.call, ended.agent, ended.phone) == (action.call, action.agent, action.phone)
                    if action.reason == "no-answer":
                        self.held[action.agent] = (self.now + RETRY_PAUSE_S, "no-answer")
                case Overflow():
                    self.waiting.pop(action.call, None)
                case Announce():
                    heard = self.waiting[action.call].heard
                    assert 1 <= action.position <= (heard or 1000)
                    self.waiting[action.call].heard = action.position
                case AgentChanged():
                    self.states[action.agent] = action.state
                    if action.state is AgentState.LOGGED_OUT:
                        self.held.pop(action.agent, None)

    def take_offer(self, offer: Offer) -> None:
        caller = self.waiting[offer.call]
        assert caller.queue == offer.queue
        assert offer.call not in self.talking
        assert offer.phone not in self.busy
        for ringing in self.ringing.values():
            assert offer.call != ringing.call
            assert offer.agent != ringing.agent
            assert offer.phone != ringing.phone
        assert (offer.agent, offer.phone) not in self.talking.values()
        assert offer.phone not in {phone for _, phone in self.talking.values()}
        assert self.held.get(offer.agent, (0.0, ""))[0] <= self.now
        rung = {ringing.call for ringing in self.ringing.values()}
        for call, other in self.waiting.items():
            if other.queue == offer.queue and call not in rung:
                assert caller.rank <= other.rank, f"{offer.call} overtakes {call}"
        self.ringing[offer.offer_id] = Ringing(offer.call, offer.agent, offer.phone)

    def forget(self, call: str) -> None:
        self.waiting.pop(call, None)
        self.talking.pop(call, None)

    # Events

    @rule(name=st.sampled_from(NAMES), language=st.sampled_from(list(Language)), vip=st.booleans())
    def enqueue(self, name: str, language: Language, vip: bool) -> None:
        self.calls += 1
        self.join(f"c{self.calls}", name, language, 1 if vip else None)

    @precondition(lambda self: self.waiting or self.talking)
    @rule(data=st.data(), name=st.sampled_from(NAMES))
    def send_to_a_queue(self, data: st.DataObject, name: str) -> None:
        call = data.draw(st.sampled_from(sorted([*self.waiting, *self.talking])))
        if call in self.waiting and self.waiting[call].queue == name:
            assert self.acd.enqueue(call, name, Language.ZH, self.now) == []
            return
        self.calls += 1
        self.forget(call)
        self.join(call, name, Language.ZH, None)

    def join(self, call: str, name: str, language: Language, priority: int | None) -> None:
        own = next(its.priority for its in [*self.queues, queue(name, 1, SHORT_S)] if its.name == name)
        rank = (priority or own, self.now, self.calls)
        self.waiting[call] = Waits(name, rank)
        self.take(self.acd.enqueue(call, name, language, self.now, priority))

    @precondition(lambda self: self.waiting or self.talking)
    @rule(data=st.data(), is_left=st.booleans())
    def hang_up(self, data: st.DataObject, is_left: bool) -> None:
        call = data.draw(st.sampled_from(sorted([*self.waiting, *self.talking])))
        self.forget(call)
        self.take((self.acd.caller_left if is_left else self.acd.call_ended)(call, self.now))
        assert call not in {ringing.call for ringing in self.ringing.values()}

    @precondition(lambda self: self.talking)
    @rule(data=st.data(), phone=st.sampled_from(PHONES))
    def give_away(self, data: st.DataObject, phone: str) -> None:
        call = data.draw(st.sampled_from(sorted(self.talking)))
        queue_of = next(view.queue for view in self.acd.agents() if view.call == call)
        del self.talking[call]
        self.take(self.acd.hand_over(call, queue_of or "", phone, self.now))
        agent_of = self.acd.talking(call)
        if agent_of is not None:
            self.talking[call] = (agent_of, phone)
            self.held.pop(agent_of, None)

    @precondition(lambda self: self.ringing)
    @rule(data=st.data(), result=st.sampled_from(list(OfferResult)))
    def end_offer(self, data: st.DataObject, result: OfferResult) -> None:
        offer_id = data.draw(st.sampled_from(sorted(self.ringing)))
        ended = self.ringing.pop(offer_id)
        if result is OfferResult.ANSWERED:
            del self.waiting[ended.call]
            self.talking[ended.call] = (ended.agent, ended.phone)
        else:
            pause_s = max(RETRY_PAUSE_S, BUSY_RETRY_S) if result is OfferResult.BUSY else RETRY_PAUSE_S
            self.held[ended.agent] = (self.now + pause_s, result.value)
        self.take(self.acd.offer_ended(offer_id, result, self.now))
        assert self.acd.offer_ended(offer_id, result, self.now) == []

    @rule(number=st.sampled_from(NUMBERS), phone=st.sampled_from(PHONES))
    def login(self, number: str, phone: str) -> None:
        if self.acd.knows_agent(number):
            self.take(self.acd.login(number, phone, self.now))
            assert self.acd.agent_at(phone) == number

    @rule(number=st.sampled_from(NUMBERS), what=st.sampled_from(["logout", "pause", "ready"]))
    def order(self, number: str, what: str) -> None:
        if self.acd.knows_agent(number):
            command = {"logout": self.acd.logout, "pause": self.acd.pause, "ready": self.acd.ready}[what]
            self.take(command(number, self.now))

    @rule(phone=st.sampled_from(PHONES), is_busy=st.booleans())
    def own_call(self, phone: str, is_busy: bool) -> None:
        if is_busy:
            self.busy.add(phone)
            self.take(self.acd.phone_busy(phone, self.now))
            return
        self.busy.discard(phone)
        sitting = [view.agent for view in self.acd.agents() if view.phone == phone]
        for number in sitting:
            if self.held.get(number, (0.0, ""))[1] == "busy":
                del self.held[number]
        self.take(self.acd.phone_free(phone, self.now))

    @rule(
        kept=st.sets(st.sampled_from(NAMES)),
        staff=st.dictionaries(st.sampled_from(NUMBERS), st.sets(st.sampled_from(NAMES))),
        max_waiting=st.integers(1, 4),
    )
    def new_settings(self, kept: set[str], staff: dict[str, set[str]], max_waiting: int) -> None:
        self.queues = [queue(name, max_waiting, SHORT_S) for name in sorted(kept)]
        self.agents = [agent(number, tuple(sorted(names & kept))) for number, names in staff.items()]
        self.take(self.acd.reconfigure(self.queues, self.agents, self.now))
        assert {waits.queue for waits in self.waiting.values()} <= kept

    @rule()
    def lose_an_event(self) -> None:
        """The box asks the lines: one call and all phones are gone without a word."""
        everything = sorted([*self.waiting, *self.talking])
        for call in everything[:1]:
            self.forget(call)
        self.take(self.acd.reconcile(set(everything[1:]), set(self.busy), self.now))

    @rule(seconds=st.one_of(st.just(0.0), st.floats(0.01, 60.0)))
    def wait(self, seconds: float) -> None:
        self.advance(self.now + seconds)

    def advance(self, until: float) -> None:
        while (due := self.acd.deadline()) is not None and due <= until:
            self.now = max(self.now, due)
            self.take(self.acd.tick(self.now))
            later = self.acd.deadline()
            assert later is None or later > self.now, "a deadline that does not go away"
        self.now = max(self.now, until)

    # What must always hold

    @invariant()
    def a_call_is_in_one_place(self) -> None:
        waiting = [waiting.call for name in NAMES for waiting in self.acd.waiting(name)]
        assert sorted(waiting) == sorted(self.waiting)
        talking = {view.call: view.agent for view in self.acd.agents() if view.state is AgentState.TALKING}
        assert talking == {call: number for call, (number, _) in self.talking.items()}
        assert not set(waiting) & set(talking)

    @invariant()
    def agents_are_as_told(self) -> None:
        rung = {ringing.agent: ringing.call for ringing in self.ringing.values()}
        for view in self.acd.agents():
            assert view.state is self.states.get(view.agent, AgentState.LOGGED_OUT)
            assert (view.phone is None) is (view.state is AgentState.LOGGED_OUT)
            assert (view.state is AgentState.OFFERED) is (view.agent in rung)
            if view.agent in rung:
                assert view.call == rung[view.agent]

    @invariant()
    def one_agent_is_in_charge_of_a_phone(self) -> None:
        phones = [view.phone for view in self.acd.agents() if view.state is not AgentState.TALKING]
        sitting = [phone for phone in phones if phone is not None]
        assert len(sitting) == len(set(sitting))

    @invariant()
    def nobody_is_stuck(self) -> None:
        due = self.acd.deadline()
        if self.waiting or self.ringing:
            assert due is not None
            assert due <= self.now + LONG_S
        if any(view.state is AgentState.WRAP_UP for view in self.acd.agents()):
            assert due is not None

    @invariant()
    def no_agent_is_free_beside_a_caller(self) -> None:
        rung = {ringing.call for ringing in self.ringing.values()}
        in_use = {ringing.phone for ringing in self.ringing.values()} | self.busy
        in_use |= {phone for _, phone in self.talking.values()}
        serves = {its.number: its.queues for its in self.agents}
        for view in self.acd.agents():
            is_held = self.held.get(view.agent, (0.0, ""))[0] > self.now
            if view.state is AgentState.READY and view.phone not in in_use and not is_held:
                waiting = [waits.queue for call, waits in self.waiting.items() if call not in rung]
                assert not set(waiting) & set(serves[view.agent]), f"{view.agent} is free"

    @invariant()
    def positions_are_sound(self) -> None:
        for call, waits in self.waiting.items():
            position = self.acd.position(call)
            assert position is not None
            assert 1 <= position <= (waits.heard or 1000)

    def teardown(self) -> None:
        """Leave the box alone: every caller gets out, every phone falls silent."""
        self.advance(self.now + 2 * LONG_S)
        assert (self.waiting, self.ringing) == ({}, {})
        for call in list(self.talking):
            self.forget(call)
            self.take(self.acd.call_ended(call, self.now))
        self.advance(self.now + 100.0)
        assert self.acd.deadline() is None


TestAcdInAnyOrder = World.TestCase
TestAcdInAnyOrder.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
