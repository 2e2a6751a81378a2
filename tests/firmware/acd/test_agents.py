"""Agents come, go, pause and make own calls, action by action, with exact times."""

from __future__ import annotations

import pytest
from queue_room import (
    ANSWERED,
    LOGGED_OUT,
    OFFERED,
    PAUSED,
    READY,
    TALKING,
    WRAP_UP,
    ZH,
    agents,
    answer,
    offered,
    offers,
    office,
    queue,
    state,
)

from firmware.acd.acd import Acd
from firmware.acd.desk import UnknownAgent
from firmware.acd.room import UnknownQueue
from firmware.acd.types import (
    AgentChanged,
    Offer,
    Withdraw,
)
from firmware.acd.view import AgentView

# Agents come and go


def test_login_and_logout() -> None:
    acd = Acd([queue()], agents(1))
    assert acd.agents() == [AgentView("1001", LOGGED_OUT, None, 0.0, None, None, False)]
    assert acd.login("1001", "801", 5.0) == [AgentChanged("1001", READY, "801", "login")]
    assert acd.agent_at("801") == "1001"
    assert acd.logout("1001", 6.0) == [AgentChanged("1001", LOGGED_OUT, "801", "logout")]
    assert (acd.agent_at("801"), acd.logout("1001", 7.0)) == (None, [])
    assert acd.agents() == [AgentView("1001", LOGGED_OUT, None, 6.0, None, None, False)]


def test_login_gets_the_caller_who_waits() -> None:
    acd = Acd([queue()], agents(1))
    acd.enqueue("c1", "info", ZH, 1.0)
    assert acd.login("1001", "801", 5.0) == [
        AgentChanged("1001", READY, "801", "login"),
        *offered(1, "c1", "1001"),
    ]


def test_a_new_login_ends_the_pause_after_no_answer() -> None:
    acd = office(1)
    acd.enqueue("c1", "info", ZH, 10.0)
    acd.tick(30.0)
    acd.logout("1001", 31.0)
    assert offers(acd.login("1001", "801", 32.0)) == [("c1", "1001")]


def test_a_second_login_at_the_same_phone_changes_nothing() -> None:
    acd = office(1)
    assert acd.login("1001", "801", 5.0) == []
    acd.enqueue("c1", "info", ZH, 6.0)
    assert acd.login("1001", "801", 7.0) == []
    assert state(acd, "1001") is OFFERED


def test_a_login_where_another_sits_sends_him_away() -> None:
    acd = office(1)
    acd.reconfigure([queue()], agents(2), 1.0)
    assert acd.login("1002", "801", 5.0) == [
        AgentChanged("1001", LOGGED_OUT, "801", "phone-taken"),
        AgentChanged("1002", READY, "801", "login"),
    ]
    assert acd.agent_at("801") == "1002"


def test_a_login_where_a_phone_rings_for_another_withdraws_the_call() -> None:
    acd = office(1)
    acd.reconfigure([queue()], agents(2), 1.0)
    acd.enqueue("c1", "info", ZH, 4.0)
    assert acd.login("1002", "801", 5.0) == [
        Withdraw(1, "c1", "1001", "801", "agent-gone"),
        AgentChanged("1001", LOGGED_OUT, "801", "phone-taken"),
        AgentChanged("1002", READY, "801", "login"),
        Offer(2, "c1", "info", "1002", "801"),
        AgentChanged("1002", OFFERED, "801"),
    ]


def test_a_login_where_another_talks_lets_him_finish() -> None:
    acd = office(1)
    acd.reconfigure([queue()], agents(2), 1.0)
    answer(acd, "c1", 4.0)
    assert acd.login("1002", "801", 5.0) == [
        AgentChanged("1001", TALKING, "801", "phone-taken"),
        AgentChanged("1002", READY, "801", "login"),
    ]
    assert acd.agent_at("801") == "1002"
    assert offers(acd.enqueue("c2", "info", ZH, 6.0)) == []  # the phone is in use
    for wish in (acd.ready, acd.pause, acd.logout):
        assert wish("1001", 7.0) == []  # the seat is lost
    assert acd.call_ended("c1", 9.0) == [
        AgentChanged("1001", LOGGED_OUT, "801", "phone-taken"),
        Offer(2, "c2", "info", "1002", "801"),
        AgentChanged("1002", OFFERED, "801"),
    ]


def test_a_login_elsewhere_moves_the_agent() -> None:
    acd = office(1)
    assert acd.login("1001", "805", 5.0) == [AgentChanged("1001", READY, "805", "moved")]
    assert acd.agent_at("801") is None
    assert Offer(1, "c1", "info", "1001", "805") in acd.enqueue("c1", "info", ZH, 6.0)


def test_moving_while_the_phone_rings_rings_the_new_one() -> None:
    acd = office(1)
    acd.enqueue("c1", "info", ZH, 4.0)
    assert acd.login("1001", "805", 5.0) == [
        Withdraw(1, "c1", "1001", "801", "agent-gone"),
        AgentChanged("1001", READY, "805", "moved"),
        Offer(2, "c1", "info", "1001", "805"),
        AgentChanged("1001", OFFERED, "805"),
    ]


def test_moving_during_a_call_and_wrap_up_keeps_both() -> None:
    acd = office(2)
    answer(acd, "c1", 4.0)
    assert acd.login("1001", "805", 5.0) == [AgentChanged("1001", TALKING, "805", "moved")]
    acd.logout("1002", 5.0)
    acd.login("1002", "801", 6.0)
    assert offers(acd.enqueue("c2", "info", ZH, 7.0)) == []  # 801 still talks
    assert acd.call_ended("c1", 10.0)[0] == AgentChanged("1001", WRAP_UP, "805")
    assert acd.login("1001", "806", 11.0) == [AgentChanged("1001", WRAP_UP, "806", "moved")]
    acd.offer_ended(2, ANSWERED, 12.0)
    assert acd.tick(25.0) == [AgentChanged("1001", READY, "806")]


def test_logout_during_a_call_is_granted_after_it() -> None:
    acd = office(1)
    answer(acd, "c1", 4.0)
    assert acd.logout("1001", 5.0) == [AgentChanged("1001", TALKING, "801", "logout-after-call")]
    assert acd.logout("1001", 6.0) == []
    assert acd.call_ended("c1", 9.0) == [AgentChanged("1001", LOGGED_OUT, "801", "logout")]
    assert acd.deadline() is None


def test_logout_while_the_phone_rings_gives_the_call_to_the_next() -> None:
    acd = office(2)
    acd.enqueue("c1", "info", ZH, 4.0)
    assert acd.logout("1001", 5.0) == [
        Withdraw(1, "c1", "1001", "801", "agent-gone"),
        AgentChanged("1001", LOGGED_OUT, "801", "logout"),
        *offered(2, "c1", "1002"),
    ]


def test_unknown_agents_and_queues_are_refused_with_those_there_are() -> None:
    acd = office(2)
    for command in (acd.logout, acd.pause, acd.ready):
        with pytest.raises(UnknownAgent, match="agent: got '1009', allowed 1001, 1002"):
            command("1009", 1.0)
    with pytest.raises(UnknownAgent, match="agent: got '1009', allowed 1001, 1002"):
        acd.login("1009", "801", 1.0)
    with pytest.raises(UnknownQueue, match="queue: got 'vip', allowed info"):
        acd.enqueue("c1", "vip", ZH, 1.0)
    assert (acd.knows_agent("1001"), acd.knows_agent("1009")) == (True, False)


def test_a_refused_queue_leaves_the_call_where_it_is() -> None:
    acd = office(1)
    acd.enqueue("c1", "info", ZH, 1.0)
    with pytest.raises(UnknownQueue):
        acd.enqueue("c1", "vip", ZH, 2.0)
    assert acd.position("c1") == 1


# Pause


def test_pause_and_ready() -> None:
    acd = office(1)
    assert acd.pause("1001", 5.0) == [AgentChanged("1001", PAUSED, "801")]
    assert acd.pause("1001", 5.0) == []
    assert offers(acd.enqueue("c1", "info", ZH, 6.0)) == []
    assert acd.ready("1001", 9.0) == [AgentChanged("1001", READY, "801"), *offered(1, "c1", "1001")]
    assert acd.ready("1001", 10.0) == []


def test_a_pause_puts_the_agent_at_the_end_of_the_row() -> None:
    acd = office(2)
    acd.pause("1001", 5.0)
    acd.ready("1001", 6.0)
    assert offers(acd.enqueue("c1", "info", ZH, 7.0)) == [("c1", "1002")]


def test_a_pause_while_the_phone_rings_is_granted_at_once() -> None:
    acd = office(2)
    acd.enqueue("c1", "info", ZH, 4.0)
    assert acd.pause("1001", 5.0) == [
        Withdraw(1, "c1", "1001", "801", "agent-gone"),
        AgentChanged("1001", PAUSED, "801"),
        *offered(2, "c1", "1002"),
    ]


def test_a_pause_during_a_call_comes_after_the_wrap_up() -> None:
    acd = office(1)
    answer(acd, "c1", 4.0)
    assert acd.pause("1001", 5.0) == [AgentChanged("1001", TALKING, "801", "pause-after-call")]
    assert acd.call_ended("c1", 10.0) == [AgentChanged("1001", WRAP_UP, "801")]
    assert acd.tick(25.0) == [AgentChanged("1001", PAUSED, "801")]


def test_a_wish_can_be_taken_back() -> None:
    acd = office(1)
    answer(acd, "c1", 4.0)
    acd.logout("1001", 5.0)
    assert acd.ready("1001", 6.0) == [AgentChanged("1001", TALKING, "801")]
    acd.call_ended("c1", 10.0)
    assert acd.tick(25.0) == [AgentChanged("1001", READY, "801")]


def test_ready_and_pause_end_the_wrap_up() -> None:
    acd = office(1)
    answer(acd, "c1", 4.0)
    acd.call_ended("c1", 10.0)
    assert acd.ready("1001", 12.0) == [AgentChanged("1001", READY, "801")]
    assert acd.deadline() is None
    answer(acd, "c2", 20.0, offer_id=2)
    acd.call_ended("c2", 30.0)
    assert acd.pause("1001", 31.0) == [AgentChanged("1001", PAUSED, "801")]
    assert (acd.tick(45.0), acd.deadline()) == ([], None)


def test_a_login_ends_a_pause_but_not_the_wrap_up() -> None:
    acd = office(1)
    acd.pause("1001", 3.0)
    assert acd.login("1001", "801", 4.0) == [AgentChanged("1001", READY, "801")]
    answer(acd, "c1", 5.0)
    acd.call_ended("c1", 10.0)
    assert acd.login("1001", "801", 11.0) == []
    assert acd.tick(25.0) == [AgentChanged("1001", READY, "801")]


def test_nobody_pauses_who_is_not_there() -> None:
    acd = Acd([queue()], agents(1))
    assert acd.pause("1001", 1.0) == acd.ready("1001", 1.0) == acd.logout("1001", 1.0) == []


# Own calls


def test_no_offer_while_the_agent_makes_an_own_call() -> None:
    acd = office(1)
    assert acd.phone_busy("801", 5.0) == []
    assert offers(acd.enqueue("c1", "info", ZH, 6.0)) == []
    assert acd.agents() == [AgentView("1001", READY, "801", 0.0, None, None, True)]
    assert acd.phone_free("801", 8.0) == offered(1, "c1", "1001")


def test_an_own_call_does_not_cost_the_place_in_the_row() -> None:
    acd = office(2)
    acd.phone_busy("801", 5.0)
    acd.phone_free("801", 50.0)
    assert offers(acd.enqueue("c1", "info", ZH, 60.0)) == [("c1", "1001")]


def test_a_wrap_up_that_ends_during_an_own_call() -> None:
    acd = office(1)
    answer(acd, "c1", 4.0)
    acd.call_ended("c1", 10.0)
    acd.phone_busy("801", 12.0)
    acd.enqueue("c2", "info", ZH, 13.0)
    assert acd.tick(25.0) == [AgentChanged("1001", READY, "801")]
    assert offers(acd.phone_free("801", 30.0)) == [("c2", "1001")]


def test_a_lifted_phone_does_not_end_the_offer_that_rings_there() -> None:
    acd = office(1)
    acd.enqueue("c1", "info", ZH, 4.0)
    assert acd.phone_busy("801", 5.0) == []
    assert acd.offer_ended(1, ANSWERED, 5.0) == [AgentChanged("1001", TALKING, "801")]


# A call that goes to a colleague


def handed(number: str, phone: str) -> list[object]:
    return [AgentChanged("1001", WRAP_UP, "801"), AgentChanged(number, TALKING, phone, "transfer")]


def test_a_call_goes_to_a_colleague_and_each_wraps_up_once() -> None:
    acd = office(2)
    answer(acd, "c1", 10.0)
    acd.phone_busy("802", 19.0)
    assert acd.hand_over("c1", "info", "802", 20.0) == handed("1002", "802")
    assert acd.talking("c1") == "1002"
    assert acd.tick(35.0) == [AgentChanged("1001", READY, "801")]
    assert acd.call_ended("c1", 40.0) == [AgentChanged("1002", WRAP_UP, "802")]
    assert acd.tick(55.0) == [AgentChanged("1002", READY, "802")]


def test_a_call_goes_to_a_phone_without_an_agent() -> None:
    acd = office(1)
    answer(acd, "c1", 10.0)
    assert acd.hand_over("c1", "info", "809", 20.0) == [AgentChanged("1001", WRAP_UP, "801")]
    assert acd.talking("c1") is None
    assert acd.call_ended("c1", 40.0) == []


def test_a_pause_goes_on_after_a_call_from_a_colleague() -> None:
    acd = office(2)
    acd.pause("1002", 5.0)
    answer(acd, "c1", 10.0)
    assert acd.hand_over("c1", "info", "802", 20.0) == handed("1002", "802")
    acd.call_ended("c1", 30.0)
    assert AgentChanged("1002", PAUSED, "802") in acd.tick(45.0)


def test_an_agent_who_wraps_up_takes_a_call_and_wraps_up_anew() -> None:
    acd = office(2)
    answer(acd, "c1", 10.0)
    answer(acd, "c2", 10.0, 2)
    acd.call_ended("c2", 15.0)
    assert acd.hand_over("c1", "info", "802", 20.0) == handed("1002", "802")
    acd.tick(30.0)
    assert state(acd, "1002") is TALKING
    acd.call_ended("c1", 40.0)
    acd.tick(54.9)
    assert state(acd, "1002") is WRAP_UP


def test_an_agent_who_talks_for_a_queue_is_left_alone() -> None:
    acd = office(2)
    answer(acd, "c1", 10.0)
    answer(acd, "c2", 10.0, 2)
    acd.hand_over("c1", "info", "802", 20.0)
    assert (acd.talking("c1"), acd.talking("c2")) == (None, "1002")


def test_a_call_of_no_queue_engages_nobody() -> None:
    acd = office(2)
    assert acd.hand_over("c9", "", "802", 20.0) == []
    with pytest.raises(UnknownQueue):
        acd.hand_over("c9", "nothing", "802", 20.0)
