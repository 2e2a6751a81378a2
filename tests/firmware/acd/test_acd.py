"""Callers and offers, action by action, with exact times."""

from __future__ import annotations

import pytest
from queue_room import (
    ANSWERED,
    BUSY,
    EN,
    NO_ANSWER,
    READY,
    TALKING,
    WRAP_UP,
    ZH,
    agent,
    agents,
    answer,
    offered,
    offers,
    office,
    queue,
)

from firmware.acd.acd import BUSY_RETRY_S, REFUSED_RETRY_S, Acd
from firmware.acd.types import (
    AgentChanged,
    Announce,
    OfferResult,
    Overflow,
    Waiting,
    Withdraw,
)
from firmware.config.targets import parse

# A call from end to end


def test_one_call_from_queue_to_ready_again() -> None:
    acd = office(1)
    assert acd.deadline() is None
    assert acd.enqueue("c1", "info", ZH, 10.0) == [Announce("c1", 1, ZH), *offered(1, "c1", "1001")]
    assert acd.deadline() == 30.0  # offer_s
    assert acd.offer_ended(1, ANSWERED, 15.0) == [AgentChanged("1001", TALKING, "801")]
    assert acd.deadline() is None
    assert acd.waiting("info") == []
    assert acd.call_ended("c1", 100.0) == [AgentChanged("1001", WRAP_UP, "801")]
    assert acd.deadline() == 115.0  # wrap_up_s
    assert acd.tick(114.999) == []
    assert acd.tick(115.0) == [AgentChanged("1001", READY, "801")]
    assert acd.deadline() is None


def test_without_wrap_up_the_agent_is_ready_at_once() -> None:
    acd = office(1, wrap_up_s=0)
    answer(acd, "c1", 10.0)
    assert acd.call_ended("c1", 20.0) == [AgentChanged("1001", READY, "801")]


def test_a_caller_waits_until_the_wrap_up_is_over() -> None:
    acd = office(1)
    answer(acd, "c1", 10.0)
    acd.call_ended("c1", 20.0)
    assert acd.enqueue("c2", "info", ZH, 21.0) == [Announce("c2", 1, ZH)]
    assert acd.tick(35.0) == [AgentChanged("1001", READY, "801"), *offered(2, "c2", "1001")]


# Who gets the call


def test_the_agent_idle_longest_is_first() -> None:
    acd = office(3)
    answer(acd, "c1", 10.0)
    acd.call_ended("c1", 20.0)
    acd.tick(35.0)
    assert offers(acd.enqueue("c2", "info", ZH, 40.0)) == [("c2", "1002")]
    assert offers(acd.enqueue("c3", "info", ZH, 41.0)) == [("c3", "1003")]
    assert offers(acd.enqueue("c4", "info", ZH, 42.0)) == [("c4", "1001")]


def test_idle_counts_from_the_end_of_the_wrap_up_not_of_the_call() -> None:
    acd = office(2, wrap_up_s=0)
    acd.reconfigure([queue(wrap_up_s=60), queue("quick", wrap_up_s=0)], agents(2, "info", "quick"), 5.0)
    acd.enqueue("c1", "info", ZH, 10.0)
    acd.enqueue("c2", "quick", ZH, 10.0)
    acd.offer_ended(1, ANSWERED, 11.0)
    acd.offer_ended(2, ANSWERED, 11.0)
    acd.call_ended("c1", 20.0)  # 1001, ready at 80
    acd.call_ended("c2", 70.0)  # 1002, ready at 70
    acd.tick(80.0)
    assert offers(acd.enqueue("c3", "info", ZH, 90.0)) == [("c3", "1002")]


def test_one_wrap_up_clock_for_all_queues_of_an_agent() -> None:
    names = [f"q{place}" for place in range(6)]
    acd = Acd([queue(name, wrap_up_s=30) for name in names], agents(1, *names))
    acd.login("1001", "801", 0.0)
    for name in names:
        acd.enqueue(f"c-{name}", name, ZH, 1.0)
    acd.offer_ended(1, ANSWERED, 2.0)
    acd.call_ended("c-q0", 10.0)
    assert acd.tick(39.999) == [Announce(f"c-{name}", 1, ZH) for name in names[1:]]
    assert offers(acd.tick(40.0)) == [("c-q1", "1001")]


def test_an_agent_is_offered_one_call_at_a_time() -> None:
    acd = office(1)
    acd.enqueue("c1", "info", ZH, 10.0)
    assert acd.enqueue("c2", "info", ZH, 11.0) == [Announce("c2", 2, ZH)]
    assert acd.offer_ended(1, ANSWERED, 12.0) == [AgentChanged("1001", TALKING, "801")]


def test_agents_of_other_queues_get_nothing() -> None:
    acd = Acd([queue(), queue("complaints")], [agent("1001", "complaints")])
    acd.login("1001", "801", 0.0)
    assert acd.enqueue("c1", "info", ZH, 1.0) == [Announce("c1", 1, ZH)]


def test_an_agent_who_speaks_the_language_is_preferred_but_anybody_is_better_than_nobody() -> None:
    acd = Acd([queue()], [agent("1001", languages=(ZH,)), agent("1002", languages=(ZH, EN))])
    acd.login("1001", "801", 0.0)
    acd.login("1002", "802", 1.0)
    assert offers(acd.enqueue("c1", "info", EN, 2.0)) == [("c1", "1002")]
    assert offers(acd.enqueue("c2", "info", EN, 3.0)) == [("c2", "1001")]


# The order of callers


def test_first_come_first_served() -> None:
    acd = office(1, wrap_up_s=0)
    answer(acd, "c0", 5.0)
    for place in (1, 2, 3):
        acd.enqueue(f"c{place}", "info", ZH, 10.0 + place)
    served = []
    for place in range(3):
        (offer,) = offers(acd.call_ended(f"c{place}", 100.0 * (place + 1)))
        served.append(offer[0])
        acd.offer_ended(place + 2, ANSWERED, 100.0 * (place + 1))
    assert served == ["c1", "c2", "c3"]


def test_callers_of_one_instant_are_served_in_the_order_they_came() -> None:
    acd = Acd([queue()], agents(1))
    for name in ("b", "a", "c"):
        acd.enqueue(name, "info", ZH, 10.0)
    assert [waiting.call for waiting in acd.waiting("info")] == ["b", "a", "c"]


def test_across_queues_the_more_important_queue_is_first_then_who_came_first() -> None:
    three = [queue("a", priority=5), queue("b", priority=1), queue("c", priority=5)]
    acd = Acd(three, agents(1, "a", "b", "c"))
    for place, name in enumerate(("c", "a", "b")):
        acd.enqueue(f"c-{name}", name, ZH, 10.0 + place)
    assert offers(acd.login("1001", "801", 20.0)) == [("c-b", "1001")]
    acd.offer_ended(1, ANSWERED, 21.0)
    acd.call_ended("c-b", 30.0)
    assert offers(acd.ready("1001", 31.0)) == [("c-c", "1001")]


def test_a_call_may_have_its_own_priority() -> None:
    acd = Acd([queue()], agents(1))
    acd.enqueue("c1", "info", ZH, 10.0)
    acd.enqueue("vip", "info", ZH, 11.0, 1)
    assert acd.waiting("info") == [
        Waiting("vip", "info", ZH, 1, 11.0),
        Waiting("c1", "info", ZH, 5, 10.0),
    ]
    assert offers(acd.login("1001", "801", 20.0)) == [("vip", "1001")]


def test_a_call_from_an_earlier_queue_keeps_its_turn_but_not_its_patience() -> None:
    acd = Acd([queue(max_wait_s=60)], agents(1))
    acd.enqueue("c1", "info", ZH, 50.0)
    acd.enqueue("c2", "info", ZH, 100.0, joined_at=10.0)
    assert [waiting.call for waiting in acd.waiting("info")] == ["c2", "c1"]
    assert acd.longest_wait_s("info", 100.0) == 90.0
    assert [action for action in acd.tick(110.0) if isinstance(action, Overflow)] == [
        Overflow("c1", "info", parse("message:main"), "max-wait")
    ]
    assert [action for action in acd.tick(160.0) if isinstance(action, Overflow)] == [
        Overflow("c2", "info", parse("message:main"), "max-wait")
    ]


def test_a_turn_cannot_be_taken_from_the_future() -> None:
    acd = Acd([queue()], agents(1))
    acd.enqueue("c1", "info", ZH, 10.0, joined_at=99.0)
    assert acd.waiting("info") == [Waiting("c1", "info", ZH, 5, 10.0)]


# Offers that come to nothing


def test_no_answer_goes_to_the_next_agent() -> None:
    acd = office(2)
    acd.enqueue("c1", "info", ZH, 10.0)
    assert acd.tick(29.999) == []
    assert acd.tick(30.0) == [
        Withdraw(1, "c1", "1001", "801", "no-answer"),
        AgentChanged("1001", READY, "801", "no-answer"),
        *offered(2, "c1", "1002"),
    ]
    assert acd.position("c1") == 1


def test_when_all_were_tried_the_first_is_tried_again_after_the_pause() -> None:
    acd = office(2, announce_every_s=0, retry_pause_s=25)
    acd.enqueue("c1", "info", ZH, 10.0)
    assert offers(acd.tick(30.0)) == [("c1", "1002")]
    assert offers(acd.tick(50.0)) == []  # 1001 rests until 55, 1002 until 75
    assert acd.deadline() == 55.0
    assert offers(acd.tick(55.0)) == [("c1", "1001")]
    assert offers(acd.tick(75.0)) == [("c1", "1002")]


def test_an_agent_not_yet_tried_goes_before_one_who_was_though_idle_longer() -> None:
    acd = office(3, retry_pause_s=10)
    acd.enqueue("c1", "info", ZH, 10.0)
    acd.tick(30.0)  # 1001 rests until 40
    assert offers(acd.tick(50.0)) == [("c1", "1003")]


def test_an_agent_who_did_not_answer_gets_no_other_call_either_before_the_pause_is_over() -> None:
    acd = office(1, retry_pause_s=10)
    acd.enqueue("c1", "info", ZH, 10.0)
    acd.tick(30.0)
    acd.caller_left("c1", 31.0)
    assert offers(acd.enqueue("c2", "info", ZH, 32.0)) == []
    assert offers(acd.tick(39.999)) == []
    assert offers(acd.tick(40.0)) == [("c2", "1001")]


def test_with_no_pause_the_phone_rings_again_at_once_after_its_time() -> None:
    acd = office(1, retry_pause_s=0)
    acd.enqueue("c1", "info", ZH, 10.0)
    assert offers(acd.tick(30.0)) == [("c1", "1001")]


@pytest.mark.parametrize(("result", "least_s"), [(BUSY, BUSY_RETRY_S), (NO_ANSWER, REFUSED_RETRY_S)])
def test_a_phone_that_refuses_is_not_rung_in_a_circle(result: OfferResult, least_s: float) -> None:
    acd = office(1, retry_pause_s=0)
    acd.enqueue("c1", "info", ZH, 10.0)
    assert acd.offer_ended(1, result, 10.0) == [AgentChanged("1001", READY, "801", result.value)]
    assert acd.deadline() == 10.0 + least_s
    assert offers(acd.tick(10.0 + least_s)) == [("c1", "1001")]


def test_the_queue_may_ask_for_a_longer_pause_after_busy() -> None:
    acd = office(1, retry_pause_s=17)
    acd.enqueue("c1", "info", ZH, 10.0)
    acd.offer_ended(1, BUSY, 10.0)
    assert acd.deadline() == 27.0


def test_a_busy_phone_that_is_put_down_is_rung_at_once() -> None:
    acd = office(1)
    acd.enqueue("c1", "info", ZH, 10.0)
    acd.offer_ended(1, BUSY, 10.5)
    assert offers(acd.phone_free("801", 12.0)) == [("c1", "1001")]


def test_putting_a_phone_down_does_not_end_the_pause_after_no_answer() -> None:
    acd = office(1)
    acd.enqueue("c1", "info", ZH, 10.0)
    acd.tick(30.0)
    assert offers(acd.phone_free("801", 31.0)) == []
    assert offers(acd.tick(40.0)) == [("c1", "1001")]


def test_an_unanswered_offer_does_not_cost_the_place_in_the_row() -> None:
    acd = office(2)
    acd.enqueue("c1", "info", ZH, 10.0)
    acd.caller_left("c1", 31.0)
    assert offers(acd.enqueue("c2", "info", ZH, 41.0)) == [("c2", "1001")]


def test_the_caller_leaves_while_the_phone_rings() -> None:
    acd = office(1)
    acd.enqueue("c1", "info", ZH, 10.0)
    assert acd.caller_left("c1", 12.0) == [
        Withdraw(1, "c1", "1001", "801", "caller-gone"),
        AgentChanged("1001", READY, "801", "caller-gone"),
    ]
    assert offers(acd.enqueue("c2", "info", ZH, 12.0)) == [("c2", "1001")]


def test_the_caller_leaves_and_the_next_gets_the_phone() -> None:
    acd = office(1)
    acd.enqueue("c1", "info", ZH, 10.0)
    acd.enqueue("c2", "info", ZH, 11.0)
    assert acd.caller_left("c1", 12.0)[2:] == offered(2, "c2", "1001")


@pytest.mark.parametrize("result", list(OfferResult))
def test_an_answer_that_comes_too_late_changes_nothing(result: OfferResult) -> None:
    acd = office(2)
    acd.enqueue("c1", "info", ZH, 10.0)
    acd.tick(30.0)
    before = acd.agents()
    assert acd.offer_ended(1, result, 30.0) == []
    assert acd.offer_ended(77, result, 30.0) == []
    assert acd.agents() == before


def test_an_answer_at_the_very_deadline_counts_if_it_is_heard_first() -> None:
    acd = office(1)
    acd.enqueue("c1", "info", ZH, 10.0)
    assert acd.offer_ended(1, ANSWERED, 30.0) == [AgentChanged("1001", TALKING, "801")]
    assert acd.tick(30.0) == []


# Overflow


def test_a_full_queue_sends_the_next_one_away_at_once() -> None:
    acd = office(1, max_waiting=2, overflow="message:info")
    for place in (1, 2):
        acd.enqueue(f"c{place}", "info", ZH, 10.0)
    assert acd.enqueue("c3", "info", ZH, 11.0) == [Overflow("c3", "info", parse("message:info"), "full")]
    assert [waiting.call for waiting in acd.waiting("info")] == ["c1", "c2"]
    acd.caller_left("c1", 12.0)
    assert Announce("c3", 2, ZH) in acd.enqueue("c3", "info", ZH, 13.0)


def test_a_full_queue_takes_a_caller_for_whom_an_agent_is_free() -> None:
    acd = office(2, max_waiting=1)
    acd.enqueue("c1", "info", ZH, 10.0)  # rings at 1001
    assert offers(acd.enqueue("c2", "info", ZH, 11.0)) == [("c2", "1002")]
    assert acd.enqueue("c3", "info", ZH, 12.0) == [Overflow("c3", "info", parse("message:main"), "full")]


def test_the_longest_wait_ends_in_overflow() -> None:
    acd = Acd([queue(max_wait_s=45, announce_every_s=0)], agents(1))
    acd.enqueue("c1", "info", ZH, 10.0)
    assert acd.deadline() == 55.0
    assert acd.tick(54.999) == []
    assert acd.tick(55.0) == [Overflow("c1", "info", parse("message:main"), "max-wait")]
    assert acd.position("c1") is None


def test_the_longest_wait_ends_an_offer_too() -> None:
    acd = office(1, max_wait_s=15)
    acd.enqueue("c1", "info", ZH, 10.0)
    assert acd.tick(25.0) == [
        Withdraw(1, "c1", "1001", "801", "overflow"),
        AgentChanged("1001", READY, "801", "overflow"),
        Overflow("c1", "info", parse("message:main"), "max-wait"),
    ]
    assert offers(acd.enqueue("c2", "info", ZH, 25.0)) == [("c2", "1001")]


# Announcements


def test_the_position_is_said_at_once_and_every_so_often() -> None:
    acd = Acd([queue(announce_every_s=30)], agents(1))
    acd.enqueue("c1", "info", ZH, 10.0)
    acd.enqueue("c2", "info", EN, 12.0)
    assert acd.tick(40.0) == [Announce("c1", 1, ZH)]
    assert acd.tick(42.0) == [Announce("c2", 2, EN)]
    acd.caller_left("c1", 50.0)
    assert acd.tick(72.0) == [Announce("c2", 1, EN)]
    assert acd.deadline() == 102.0


def test_a_late_announcement_does_not_shift_the_next() -> None:
    acd = Acd([queue(announce_every_s=30)], agents(1))
    acd.enqueue("c1", "info", ZH, 10.0)
    assert acd.tick(41.5) == [Announce("c1", 1, ZH)]
    assert acd.deadline() == 70.0
    assert acd.tick(170.0) == [Announce("c1", 1, ZH)]  # a long stall is not made up for
    assert acd.deadline() == 200.0


def test_who_moves_up_by_an_overflow_hears_it_in_the_same_instant() -> None:
    acd = Acd([queue(announce_every_s=30, max_wait_s=60)], [])
    acd.enqueue("c1", "info", ZH, 10.0)
    acd.enqueue("c2", "info", ZH, 40.0)
    acd.tick(40.0)
    assert acd.tick(70.0) == [
        Overflow("c1", "info", parse("message:main"), "max-wait"),
        Announce("c2", 1, ZH),
    ]


def test_announce_only_once_if_so_set() -> None:
    acd = Acd([queue(announce_every_s=0, max_wait_s=100)], agents(1))
    acd.enqueue("c1", "info", ZH, 10.0)
    assert acd.deadline() == 110.0


def test_positions_count_per_queue() -> None:
    acd = Acd([queue("a"), queue("b")], [])
    assert acd.enqueue("a1", "a", ZH, 1.0) == [Announce("a1", 1, ZH)]
    assert acd.enqueue("b1", "b", ZH, 2.0) == [Announce("b1", 1, ZH)]
    assert acd.enqueue("a2", "a", ZH, 3.0) == [Announce("a2", 2, ZH)]


def test_a_position_does_not_grow_when_a_more_important_call_overtakes() -> None:
    acd = Acd([queue(announce_every_s=30)], [])
    for place in (1, 2):
        acd.enqueue(f"c{place}", "info", ZH, 10.0)
    assert acd.enqueue("vip", "info", ZH, 11.0, 1) == [Announce("vip", 1, ZH)]
    assert acd.tick(40.0) == [Announce("c1", 1, ZH), Announce("c2", 2, ZH)]
    acd.caller_left("c1", 41.0)  # c2 is behind the vip: still 2
    assert acd.position("c2") == 2
    acd.caller_left("vip", 42.0)
    assert acd.position("c2") == 1
