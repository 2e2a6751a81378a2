"""The road a call takes, without hardware: what was asked for and what was logged."""

import pytest
from call_desk import CONFIG, Desk

from firmware.acd.types import AgentState
from firmware.box.filing import result
from firmware.call import types as call
from firmware.call.types import CallState
from firmware.lines.types import PhoneState
from hal import types as hal


def state_of(desk: Desk, agent: str) -> AgentState:
    return next(view.state for view in desk.board.acd.agents() if view.agent == agent)


def queued() -> Desk:
    """A caller waits; nobody is logged in."""
    desk = Desk()
    desk.ring()
    desk.key("fxo1", "1")
    return desk


def talking() -> Desk:
    desk = queued()
    desk.login("fxs1", "1001")
    desk.lift("fxs1")
    return desk


def test_menu_queue_agent_and_wrap_up() -> None:
    desk = talking()
    assert desk.only_call().state is CallState.TALKING
    assert desk.only_call().agent == "1001"
    joined = [item.channel for item in desk.done if isinstance(item, call.Join)]
    assert joined == [0, 4]
    desk.wait(60)
    desk.caller_hangs_up()
    assert desk.board.calls == {}
    assert state_of(desk, "1001") is AgentState.WRAP_UP
    desk.put_down("fxs1")
    desk.wait(15.1)
    assert state_of(desk, "1001") is AgentState.READY
    (ended,) = desk.finished()
    assert (ended.reason, result(ended)) == ("loop-drop", "answered")
    assert [(s.kind, s.result) for s in ended.segments] == [("menu", ""), ("queue", "answered"), ("talk", "")]


def test_agent_hangs_up_first() -> None:
    desk = talking()
    desk.put_down("fxs1")
    assert desk.finished()[0].reason == "phone-hung-up"
    assert call.HangUpTrunk("fxo1") in desk.done


def test_agent_who_does_not_put_the_phone_down_is_not_rung() -> None:
    desk = talking()
    desk.caller_hangs_up()
    assert call.Tone(4, "busy") in desk.done
    desk.wait(30)
    desk.ring("fxo2")
    desk.key("fxo2", "1")
    desk.wait(5)
    assert desk.only_call().state is CallState.QUEUE
    desk.put_down("fxs1")
    assert desk.lines.phones["fxs1"].state is PhoneState.RINGING


def test_no_answer_goes_to_the_next_agent() -> None:
    desk = queued()
    desk.login("fxs1", "1001")
    desk.login("fxs2", "1002")
    assert desk.lines.phones["fxs1"].state is PhoneState.RINGING
    desk.wait(20.1)
    assert desk.lines.phones["fxs1"].state is PhoneState.ON_HOOK
    assert desk.lines.phones["fxs2"].state is PhoneState.RINGING
    assert desk.log("agent.no-answer").data["agent"] == "1001"


@pytest.mark.parametrize("stage", ["ringing", "menu", "queue", "offer"])
def test_caller_hangs_up_anywhere(stage: str) -> None:
    desk = Desk()
    if stage == "ringing":
        desk.hardware(hal.RingStarted("fxo1", 0.0))
        desk.wait(200)
    else:
        desk.ring()
        if stage != "menu":
            desk.key("fxo1", "1")
        if stage == "offer":
            desk.login("fxs1", "1001")
            assert desk.lines.phones["fxs1"].state is PhoneState.RINGING
        desk.wait(2)
        desk.caller_hangs_up()
    assert desk.board.calls == {}
    assert len(desk.finished()) == 1
    assert desk.lines.phones["fxs1"].state is PhoneState.ON_HOOK
    expected = {"ringing": "missed", "menu": "served", "queue": "abandoned", "offer": "abandoned"}
    assert result(desk.finished()[0]) == expected[stage]


def test_out_of_hours_a_message_is_left() -> None:
    desk = Desk(is_open=False)
    desk.ring()
    assert desk.only_call().state is CallState.MESSAGE
    desk.played("fxo1")  # closed
    desk.played("fxo1")  # after the tone
    records = [item for item in desk.done if isinstance(item, call.Record)]
    assert [item.kind for item in records] == [call.RecordingKind.CALL, call.RecordingKind.MESSAGE]
    desk.wait(10)
    desk.caller_hangs_up()
    assert desk.log("message.saved").data["box"] == "main"
    assert result(desk.finished()[0]) == "message"


def test_message_ends_by_key_with_thanks() -> None:
    desk = Desk()
    desk.ring()
    desk.key("fxo1", "3")
    desk.played("fxo1")
    desk.key("fxo1", "#")
    desk.played("fxo1")
    assert desk.board.calls == {}
    assert desk.finished()[0].reason == "menu"


def test_a_phone_can_be_chosen_in_the_menu_and_takes_a_message_when_silent() -> None:
    desk = Desk()
    desk.ring()
    desk.key("fxo1", "2")
    assert desk.lines.phones["fxs3"].state is PhoneState.RINGING
    desk.wait(30.1)
    assert desk.lines.phones["fxs3"].state is PhoneState.ON_HOOK
    assert desk.only_call().state is CallState.MESSAGE


def test_internal_call() -> None:
    desk = Desk()
    desk.lift("fxs1")
    desk.key("fxs1", "802")
    assert desk.lines.phones["fxs2"].state is PhoneState.RINGING
    desk.lift("fxs2")
    assert desk.only_call().state is CallState.TALKING
    desk.put_down("fxs1")
    assert desk.board.calls == {}
    assert call.Tone(5, "busy") in desk.done


def test_outgoing_call_takes_the_last_free_line() -> None:
    desk = Desk()
    desk.lift("fxs1")
    desk.key("fxs1", "910086#")
    assert call.CallTrunk("fxo2", "10086") in desk.done
    assert desk.log("call.outgoing").data == {"phone": "801", "line": "fxo2", "number": "10086"}
    desk.put_down("fxs1")
    assert desk.board.calls == {}
    assert call.HangUpTrunk("fxo2") in desk.done


def test_outgoing_call_without_a_free_line_is_told() -> None:
    desk = Desk()
    desk.ring("fxo1")
    desk.ring("fxo2")
    desk.lift("fxs1")
    desk.key("fxs1", "910086#")
    assert [item.prompts for item in desk.done if isinstance(item, call.Play)][-1] == ("line-busy",)


def test_a_lifted_phone_that_dials_nothing_gets_busy_tone() -> None:
    desk = Desk()
    desk.lift("fxs1")
    assert desk.done[-1] == call.Tone(4, "dial")
    desk.wait(15.1)
    assert desk.done[-1] == call.Tone(4, "busy")


def test_unknown_agent_number_is_told() -> None:
    desk = Desk()
    desk.lift("fxs1")
    desk.key("fxs1", "*119999#")
    assert [item.prompts for item in desk.done if isinstance(item, call.Play)][-1] == ("unknown-agent",)


def test_phone_port_failing_while_it_rings_sends_the_call_on() -> None:
    desk = queued()
    desk.login("fxs1", "1001")
    desk.login("fxs2", "1002")
    desk.hardware(hal.PortFailed("fxs1", 1.0, hal.FailReason.CARD_GONE, ""))
    assert desk.lines.phones["fxs2"].state is PhoneState.RINGING


def test_removed_settings_keep_the_running_call() -> None:
    desk = talking()
    desk.board.reconfigure(CONFIG.model_copy(update={"agents": CONFIG.agents[1:]}), 2, desk.now)
    assert desk.only_call().state is CallState.TALKING
    desk.caller_hangs_up()
    assert all(
        view.agent != "1001" or view.state is AgentState.LOGGED_OUT for view in desk.board.acd.agents()
    )


def test_hang_up_from_the_page() -> None:
    desk = talking()
    for action in desk.board.hang_up(desk.only_call().id, desk.now):
        desk._run([action])
    assert desk.finished()[0].reason == "operator"
    with pytest.raises(KeyError):
        desk.board.hang_up("no-such-call", desk.now)
