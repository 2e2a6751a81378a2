"""A call is in one place, settings change under way, and what the wallboard sees."""

from __future__ import annotations

import pytest
from queue_room import (
    ANSWERED,
    LOGGED_OUT,
    OFFERED,
    PAUSED,
    PHONES,
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

from firmware.acd.acd import Acd
from firmware.acd.desk import UnknownAgent
from firmware.acd.types import (
    AgentChanged,
    Announce,
    Overflow,
    Withdraw,
)
from firmware.acd.view import AgentView, QueueView
from firmware.config.targets import parse

# A call is in one place


def test_a_call_that_waits_and_is_sent_to_another_queue_leaves_the_first() -> None:
    acd = Acd([queue("a"), queue("b")], agents(1, "a"))
    acd.login("1001", "801", 0.0)
    acd.enqueue("c1", "a", ZH, 1.0)
    assert acd.enqueue("c1", "b", ZH, 2.0) == [
        Withdraw(1, "c1", "1001", "801", "caller-gone"),
        AgentChanged("1001", READY, "801", "caller-gone"),
        Announce("c1", 1, ZH),
    ]
    assert (acd.waiting("a"), len(acd.waiting("b"))) == ([], 1)


def test_joining_the_same_queue_twice_keeps_the_place() -> None:
    acd = Acd([queue()], [])
    acd.enqueue("c1", "info", ZH, 1.0)
    acd.enqueue("c2", "info", ZH, 2.0)
    assert acd.enqueue("c1", "info", ZH, 3.0) == []
    assert acd.position("c1") == 1


def test_an_agent_who_sends_the_call_to_a_queue_has_his_wrap_up() -> None:
    acd = Acd([queue("a"), queue("b")], agents(1, "a"))
    acd.login("1001", "801", 0.0)
    acd.enqueue("c1", "a", ZH, 1.0)
    acd.offer_ended(1, ANSWERED, 2.0)
    assert acd.enqueue("c1", "b", ZH, 9.0) == [
        AgentChanged("1001", WRAP_UP, "801"),
        Announce("c1", 1, ZH),
    ]
    assert acd.call_ended("c1", 10.0) == []
    assert acd.tick(24.0) == [AgentChanged("1001", READY, "801")]


def test_calls_nobody_knows_end_without_effect() -> None:
    acd = office(1)
    assert acd.call_ended("ghost", 5.0) == acd.caller_left("ghost", 5.0) == []


def test_a_waiting_call_may_simply_end() -> None:
    acd = office(0)
    acd.enqueue("c1", "info", ZH, 1.0)
    assert acd.call_ended("c1", 2.0) == []
    assert (acd.position("c1"), acd.deadline()) == (None, None)


# New settings


def test_new_settings_keep_calls_offers_and_clocks() -> None:
    acd = office(3, announce_every_s=0)
    acd.enqueue("c1", "info", ZH, 5.0)
    acd.enqueue("c2", "info", ZH, 6.0)
    acd.offer_ended(1, ANSWERED, 7.0)
    acd.enqueue("c3", "info", ZH, 8.0)
    acd.call_ended("c1", 10.0)
    before = acd.agents()
    assert acd.reconfigure([queue(wrap_up_s=600, announce_every_s=0)], agents(3), 11.0) == []
    assert acd.agents() == before
    assert acd.tick(25.0) == [AgentChanged("1001", READY, "801")]  # the old 15 s
    assert acd.offer_ended(2, ANSWERED, 25.5) == [AgentChanged("1002", TALKING, "802")]


def test_a_removed_agent_goes_at_once_or_after_the_call() -> None:
    acd = office(2)
    answer(acd, "c1", 5.0)
    assert acd.reconfigure([queue()], [], 6.0) == [
        AgentChanged("1001", TALKING, "801", "removed"),
        AgentChanged("1002", LOGGED_OUT, "802", "removed"),
    ]
    assert [view.agent for view in acd.agents()] == ["1001"]
    with pytest.raises(UnknownAgent):
        acd.pause("1001", 7.0)
    assert acd.call_ended("c1", 9.0) == [AgentChanged("1001", LOGGED_OUT, "801", "removed")]
    assert acd.agents() == []


def test_a_removed_agent_whose_phone_rings() -> None:
    acd = office(2)
    acd.enqueue("c1", "info", ZH, 5.0)
    assert acd.reconfigure([queue()], [agent("1002")], 6.0) == [
        Withdraw(1, "c1", "1001", "801", "agent-gone"),
        AgentChanged("1001", LOGGED_OUT, "801", "removed"),
        *offered(2, "c1", "1002"),
    ]


def test_an_agent_removed_and_put_back_during_a_call_stays() -> None:
    acd = office(1)
    answer(acd, "c1", 5.0)
    acd.reconfigure([queue()], [], 6.0)
    acd.reconfigure([queue()], agents(1), 7.0)
    assert acd.call_ended("c1", 9.0) == [AgentChanged("1001", WRAP_UP, "801")]


def test_an_agent_put_back_finds_the_phone_taken() -> None:
    acd = office(1)
    answer(acd, "c1", 5.0)
    acd.reconfigure([queue()], [agent("1002")], 6.0)
    acd.login("1002", "801", 6.5)
    acd.reconfigure([queue()], agents(2), 7.0)
    assert acd.call_ended("c1", 9.0) == [AgentChanged("1001", LOGGED_OUT, "801", "phone-taken")]


def test_new_agents_and_queues_work_at_once() -> None:
    acd = office(1)
    acd.enqueue("c1", "info", ZH, 5.0)
    acd.reconfigure([queue(), queue("vip")], [agent("1001"), agent("1002", "vip")], 6.0)
    acd.login("1002", "802", 7.0)
    assert offers(acd.enqueue("c2", "vip", ZH, 8.0)) == [("c2", "1002")]


def test_a_new_queue_of_an_agent_brings_its_callers() -> None:
    two = [queue("a"), queue("b")]
    acd = Acd(two, agents(1, "a"))
    acd.login("1001", "801", 0.0)
    acd.enqueue("c1", "b", ZH, 1.0)
    assert acd.reconfigure(two, agents(1, "a", "b"), 2.0) == offered(1, "c1", "1001", "b")


def test_callers_of_a_removed_queue_overflow() -> None:
    acd = Acd([queue(overflow="message:main"), queue("b")], agents(1, "info"))
    acd.login("1001", "801", 0.0)
    acd.enqueue("c1", "info", ZH, 1.0)
    acd.enqueue("c2", "b", ZH, 1.0)
    assert acd.reconfigure([queue("b")], agents(1, "b"), 2.0) == [
        Withdraw(1, "c1", "1001", "801", "overflow"),
        AgentChanged("1001", READY, "801", "overflow"),
        Overflow("c1", "info", parse("message:main"), "removed"),
        *offered(2, "c2", "1001", "b"),
    ]


def test_a_call_from_an_old_menu_to_a_removed_queue_overflows() -> None:
    acd = office(1)
    acd.reconfigure([], agents(1), 1.0)
    assert acd.enqueue("c1", "info", ZH, 2.0) == [Overflow("c1", "info", parse("message:main"), "removed")]
    acd.reconfigure([queue()], agents(1), 3.0)
    assert offers(acd.enqueue("c1", "info", ZH, 4.0)) == [("c1", "1001")]


def test_a_call_of_a_removed_queue_still_has_its_wrap_up() -> None:
    acd = office(1, wrap_up_s=40)
    answer(acd, "c1", 5.0)
    acd.reconfigure([], agents(1), 6.0)
    acd.call_ended("c1", 10.0)
    assert acd.deadline() == 50.0


# The lines know better


def test_reconcile_drops_calls_and_phones_that_are_gone() -> None:
    acd = office(3)
    answer(acd, "c1", 5.0)  # 1001 talks
    acd.enqueue("c2", "info", ZH, 6.0)  # rings at 1002
    acd.phone_busy("803", 6.0)
    acd.enqueue("c3", "info", ZH, 7.0)
    assert acd.reconcile({"c1", "c2", "c3"}, {"803"}, 8.0) == []
    assert acd.reconcile({"c3"}, {"802"}, 9.0) == [
        Withdraw(2, "c2", "1002", "802", "caller-gone"),
        AgentChanged("1002", READY, "802", "caller-gone"),
        AgentChanged("1001", WRAP_UP, "801"),
        *offered(3, "c3", "1003"),
    ]


# Queries


def test_views_for_the_wallboard() -> None:
    acd = Acd([queue(), queue("vip")], [*agents(2), agent("1003", "vip")])
    for number, phone in PHONES.items():
        acd.login(number, phone, 0.0)
    answer(acd, "c1", 4.0)
    acd.enqueue("c2", "info", ZH, 5.0)
    acd.enqueue("c3", "info", ZH, 8.0)
    acd.pause("1003", 9.0)
    assert acd.agents() == [
        AgentView("1001", TALKING, "801", 4.0, "c1", "info", False),
        AgentView("1002", OFFERED, "802", 5.0, "c2", "info", False),
        AgentView("1003", PAUSED, "803", 9.0, None, None, False),
    ]
    assert acd.queues(20.0) == [
        QueueView("info", 2, 15.0, 2, 0, 1),
        QueueView("vip", 0, 0.0, 1, 0, 0),
    ]
    assert (acd.position("c2"), acd.position("c3"), acd.position("c1")) == (1, 2, None)
    assert acd.longest_wait_s("vip", 20.0) == 0.0


def test_looking_changes_nothing() -> None:
    acd = office(1)
    acd.enqueue("c1", "info", ZH, 5.0)
    acd.enqueue("c2", "info", ZH, 6.0)
    first = (acd.agents(), acd.queues(9.0), acd.waiting("info"), acd.position("c2"), acd.deadline())
    again = (acd.agents(), acd.queues(9.0), acd.waiting("info"), acd.position("c2"), acd.deadline())
    assert first == again
