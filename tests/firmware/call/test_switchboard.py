"""The road a call takes, without hardware: what was asked for and what was logged."""

import pytest
from call_desk import CONFIG, Desk

from firmware.acd.types import AgentState
from firmware.box.filing import result
from firmware.call import types as call
from firmware.call.types import CallState
from firmware.lines.types import PhoneState
from firmware.media import actions
from firmware.media.types import DialEnded, ToneHeard
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
    joined = [item.channel for item in desk.done if isinstance(item, actions.Join)]
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
    assert actions.Tone(4, "busy") in desk.done
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
    assert actions.Tone(5, "busy") in desk.done


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
    assert [item.prompts for item in desk.done if isinstance(item, actions.Play)][-1] == ("line-busy",)


def test_a_lifted_phone_that_dials_nothing_gets_busy_tone() -> None:
    desk = Desk()
    desk.lift("fxs1")
    assert desk.done[-1] == actions.Tone(4, "dial")
    desk.wait(15.1)
    assert desk.done[-1] == actions.Tone(4, "busy")


def test_unknown_agent_number_is_told() -> None:
    desk = Desk()
    desk.lift("fxs1")
    desk.key("fxs1", "*119999#")
    assert [item.prompts for item in desk.done if isinstance(item, actions.Play)][-1] == ("unknown-agent",)


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


def tones(desk: Desk, port: str) -> list[str | None]:
    channel = desk.lines.channel(port)
    return [item.name for item in desk.done if isinstance(item, actions.Tone) and item.channel == channel]


def test_a_phone_with_unheard_messages_has_another_dial_tone() -> None:
    desk = Desk(has_messages=lambda box: box == "801")
    desk.lift("fxs1")
    desk.lift("fxs2")
    assert (tones(desk, "fxs1"), tones(desk, "fxs2")) == (["messages"], ["dial"])


def test_a_phone_left_off_its_hook_is_howled_at_and_shown() -> None:
    desk = Desk()
    desk.lift("fxs1")
    desk.wait(76)
    assert tones(desk, "fxs1") == ["dial", "busy", "howler", None]
    assert desk.lines.phones["fxs1"].state is PhoneState.LEFT_OFF_HOOK
    assert not desk.lines.phone_is_free("fxs1")
    desk.put_down("fxs1")
    assert desk.lines.phone_is_free("fxs1")


def dial_out(desk: Desk, number: str, port: str = "fxs1") -> None:
    desk.lift(port)
    desk.key(port, f"9{number}#")


def hear(desk: Desk, port: str, tone: str) -> None:
    desk.media(ToneHeard(desk.lines.channel(port), tone))


def test_a_phone_is_told_by_its_wires_that_the_far_end_answered() -> None:
    phones = (CONFIG.phones[0].model_copy(update={"answer_reversal": True}), *CONFIG.phones[1:])
    desk = Desk(CONFIG.model_copy(update={"phones": phones}))
    dial_out(desk, "12345678")
    hear(desk, "fxo2", "dial")
    desk.media(DialEnded(desk.lines.channel("fxo2")))
    desk.hardware(hal.PolarityReversed("fxo2", desk.now, True))
    desk.put_down("fxs1")
    wires = [item for item in desk.done if isinstance(item, call.ReversePhone)]
    assert wires == [call.ReversePhone("fxs1", True), call.ReversePhone("fxs1", False)]


def test_a_lost_line_is_replaced_only_until_the_number_was_sent() -> None:
    desk = Desk()
    dial_out(desk, "12345678")
    desk.hardware(hal.LoopDropped("fxo2", desk.now))
    assert desk.only_call().line == "fxo1"
    hear(desk, "fxo1", "dial")
    desk.media(DialEnded(desk.lines.channel("fxo1")))
    desk.hardware(hal.LoopDropped("fxo1", desk.now))
    assert desk.finished()[0].reason == "loop-drop"
    assert [leg.port for leg in desk.finished()[0].legs] == ["fxs1", "fxo2", "fxo1"]


def test_help_is_never_refused_and_takes_no_other_call_for_help() -> None:
    desk = Desk()
    desk.ring("fxo1")
    dial_out(desk, "119", "fxs1")
    dial_out(desk, "120", "fxs2")
    assert {each.called for each in desk.board.calls.values()} >= {"119", "120"}
    assert desk.finished()[0].reason == "emergency"
    dial_out(desk, "110", "fxs3")
    assert desk.log("call.no-line").data["number"] == "110"
    assert {each.called for each in desk.board.calls.values()} == {"119", "120"}


def test_a_number_of_known_length_waits_for_no_further_digit() -> None:
    desk = Desk()
    desk.lift("fxs1")
    desk.key("fxs1", "913800138000")
    assert desk.only_call().called == "13800138000"


def test_a_long_talk_is_not_howled_at_but_a_phone_left_off_after_it_is() -> None:
    desk = Desk()
    desk.ring()
    desk.key("fxo1", "2")
    desk.lift("fxs3")
    desk.wait(300)
    assert "phone.howler" not in desk.logs()
    desk.caller_hangs_up()
    desk.wait(61)
    assert tones(desk, "fxs3")[-3:] == ["busy", "howler", None]
    assert desk.lines.phones["fxs3"].state is PhoneState.LEFT_OFF_HOOK


def test_two_callers_sent_to_a_phone_in_the_same_moment() -> None:
    menu = CONFIG.menus[0].model_copy(update={"tries": 1, "give_up": "phone:803"})
    desk = Desk(CONFIG.model_copy(update={"menus": (menu,)}))
    for port in ("fxo1", "fxo2"):
        desk.ring(port)
    for port in ("fxo1", "fxo2"):
        desk.played(port)
    desk.wait(6.0)  # both press nothing, their time is over in one step
    assert [action for action in desk.done if isinstance(action, call.RingPhone)] == [
        call.RingPhone("fxs3", caller="", name="")
    ]
    desk.wait(40.0)
    assert {one.state for one in desk.board.calls.values()} == {call.CallState.MESSAGE}
