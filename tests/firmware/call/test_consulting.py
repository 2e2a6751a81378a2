"""What hook flash and hang-up do: hold, consultation, conference, transfer, recall."""

from collections.abc import Callable

import pytest
from call_desk import CONFIG, Desk

from firmware.acd.types import AgentState
from firmware.box.filing import result
from firmware.call import types as call
from firmware.call.types import Call, CallState, Direction
from firmware.config.models import Recording
from firmware.lines.types import PhoneState
from firmware.media import actions
from firmware.media.types import DialEnded, ToneHeard

FXO1, FXO2, FXS1, FXS2, FXS3 = 0, 1, 4, 5, 6


def state_of(desk: Desk, agent: str) -> AgentState:
    return next(view.state for view in desk.board.acd.agents() if view.agent == agent)


def talking() -> Desk:
    """Agent 1001 at phone 801 talks with a caller on fxo1; 1002 sits at 802."""
    desk = Desk()
    desk.login("fxs1", "1001")
    desk.ring()
    desk.key("fxo1", "1")
    desk.lift("fxs1")
    desk.login("fxs2", "1002")
    return desk


def holding() -> Desk:
    desk = talking()
    desk.done.clear()
    desk.flash("fxs1")
    return desk


def ringing() -> Desk:
    """The caller is on hold, 801 has dialled 802."""
    desk = holding()
    desk.key("fxs1", "802")
    return desk


def consulting() -> Desk:
    desk = ringing()
    desk.lift("fxs2")
    return desk


def conference() -> Desk:
    desk = consulting()
    desk.flash("fxs1")
    return desk


def held(desk: Desk) -> Call:
    return next(one for one in desk.board.calls.values() if one.direction is Direction.IN)


def hears(desk: Desk) -> dict[int, object]:
    """What each channel hears now: the number of a mixer, music, or a tone."""
    now: dict[int, object] = {}
    for item in desk.done:
        match item:
            case actions.Join(channel=channel, mixer=mixer):
                now[channel] = mixer
            case actions.Music(channel=channel):
                now[channel] = "music"
            case actions.Tone(channel=channel, name=name) if name is not None or isinstance(
                now.get(channel), str
            ):
                now[channel] = name
            case actions.Leave(channel=channel) | actions.Close(channel=channel):
                now[channel] = None
    return now


def are_joined(desk: Desk, *channels: int) -> bool:
    heard = {hears(desk).get(channel) for channel in channels}
    return len(heard) == 1 and all(isinstance(one, int) for one in heard)


# ---- hold --------------------------------------------------------------------------------------


def test_a_flash_in_a_talk_gives_music_to_the_other_and_dial_tone_to_the_phone() -> None:
    desk = holding()
    assert hears(desk) == {FXS1: "dial", FXO1: "music"}
    assert held(desk).state is CallState.HELD
    assert state_of(desk, "1001") is AgentState.TALKING


def test_a_second_flash_takes_the_party_back() -> None:
    desk = holding()
    desk.wait(5)
    desk.flash("fxs1")
    assert are_joined(desk, FXO1, FXS1)
    assert held(desk).state is CallState.TALKING
    desk.wait(600)
    assert held(desk).state is CallState.TALKING
    desk.put_down("fxs1")
    (ended,) = desk.finished()
    assert [s.kind for s in ended.segments] == ["menu", "queue", "talk", "hold", "talk"]
    assert [s.agent for s in ended.segments if s.kind == "talk"] == ["1001", "1001"]
    assert desk.logs().count("call.held") == 1
    assert state_of(desk, "1001") is AgentState.WRAP_UP


def test_the_held_party_hangs_up_while_the_phone_dials() -> None:
    desk = holding()
    desk.caller_hangs_up()
    assert desk.board.calls == {}
    assert hears(desk)[FXS1] == "busy"
    assert state_of(desk, "1001") is AgentState.WRAP_UP
    desk.put_down("fxs1")
    desk.wait(15.1)
    assert state_of(desk, "1001") is AgentState.READY


def test_the_held_party_hangs_up_during_the_consultation_which_goes_on() -> None:
    desk = consulting()
    desk.caller_hangs_up()
    assert desk.only_call().direction is Direction.INTERNAL
    assert are_joined(desk, FXS1, FXS2)
    desk.flash("fxs1")
    assert desk.only_call().state is CallState.HELD


def test_a_party_that_is_held_too_long_waits_in_the_queue_again() -> None:
    desk = holding()
    desk.flash("fxs1")
    desk.flash("fxs1")
    desk.wait(CONFIG.codes.hold_s)
    beeps = [item for item in desk.done if isinstance(item, actions.Play) and item.prompts == ("beep",)]
    assert [item.channel for item in beeps] == [FXS1]
    desk.wait(30)
    assert held(desk).state is CallState.QUEUE
    assert desk.log("call.returned").data == {"queue": "info"}
    assert state_of(desk, "1001") is AgentState.WRAP_UP


def test_a_long_consultation_goes_on_without_the_held_party() -> None:
    desk = consulting()
    desk.wait(CONFIG.codes.hold_s + 30.1)
    desk.put_down("fxs1")
    assert desk.only_call() is held(desk)
    assert "call.transferred" not in desk.logs()


def test_a_phone_that_is_on_hold_or_consulted_cannot_hold() -> None:
    desk = consulting()
    before = len(desk.done)
    desk.flash("fxs2")
    assert desk.done[before:] == []


def test_a_call_for_help_is_not_put_on_hold() -> None:
    desk = Desk()
    desk.lift("fxs1")
    desk.key("fxs1", "110")
    desk.media(ToneHeard(FXO2, "dial"))
    desk.media(DialEnded(FXO2))
    desk.flash("fxs1")
    assert desk.only_call().state is CallState.TALKING


# ---- consultation ------------------------------------------------------------------------------


def test_the_consultation_is_a_call_of_the_same_contact() -> None:
    desk = consulting()
    consultation = next(one for one in desk.board.calls.values() if one.direction is Direction.INTERNAL)
    assert consultation.contact == held(desk).contact
    assert consultation.consults_for == held(desk).id
    assert consultation.segments[-1].kind == "consult"
    assert are_joined(desk, FXS1, FXS2)
    assert hears(desk)[FXO1] == "music"


def test_a_flash_ends_a_consultation_that_nobody_answered() -> None:
    desk = ringing()
    desk.flash("fxs1")
    assert desk.lines.phones["fxs2"].state is PhoneState.ON_HOOK
    assert are_joined(desk, FXO1, FXS1)
    assert desk.only_call() is held(desk)


def test_after_an_unanswered_consultation_there_is_busy_tone_and_a_flash_returns() -> None:
    desk = ringing()
    desk.wait(30)
    assert hears(desk)[FXS1] == "busy"
    desk.flash("fxs1")
    assert are_joined(desk, FXO1, FXS1)
    desk.wait(120)
    assert "phone.howler" not in desk.logs()


def test_the_consulted_one_hangs_up_and_a_flash_returns() -> None:
    desk = consulting()
    desk.put_down("fxs2")
    assert hears(desk)[FXS1] == "busy"
    desk.flash("fxs1")
    assert are_joined(desk, FXO1, FXS1)


def test_an_agent_can_be_dialled_by_the_agents_number() -> None:
    desk = holding()
    desk.key("fxs1", "1002")
    assert desk.lines.phones["fxs2"].state is PhoneState.RINGING


def test_an_agent_who_is_not_logged_in_cannot_be_reached() -> None:
    desk = holding()
    desk.agent("logout", "1002")
    desk.key("fxs1", "1002")
    assert [item.prompts for item in desk.done if isinstance(item, actions.Play)] == [("not-possible",)]


# ---- conference --------------------------------------------------------------------------------


def test_a_flash_in_the_consultation_makes_a_conference() -> None:
    desk = conference()
    assert are_joined(desk, FXO1, FXS1, FXS2)
    assert held(desk).state is CallState.CONFERENCE
    desk.wait(1000)
    assert "call.returned" not in desk.logs()


@pytest.mark.parametrize(
    "end", [lambda desk: desk.flash("fxs1"), lambda desk: desk.put_down("fxs2")], ids=["flash", "hang-up"]
)
def test_the_consulted_one_leaves_the_conference(end: Callable[[Desk], None]) -> None:
    desk = conference()
    end(desk)
    assert desk.only_call() is held(desk)
    assert are_joined(desk, FXO1, FXS1)
    assert hears(desk)[FXS2] != hears(desk)[FXS1]
    desk.flash("fxs1")
    assert held(desk).state is CallState.HELD


def test_the_caller_leaves_the_conference() -> None:
    desk = conference()
    desk.caller_hangs_up()
    assert desk.only_call().direction is Direction.INTERNAL
    assert are_joined(desk, FXS1, FXS2)
    assert state_of(desk, "1001") is AgentState.WRAP_UP
    desk.put_down("fxs2")
    assert desk.board.calls == {}
    assert hears(desk)[FXS1] == "busy"


def test_who_made_the_conference_leaves_it() -> None:
    desk = conference()
    desk.put_down("fxs1")
    assert desk.only_call() is held(desk)
    assert are_joined(desk, FXO1, FXS2)


# ---- transfer ----------------------------------------------------------------------------------


def test_a_transfer_after_the_answer() -> None:
    desk = consulting()
    desk.put_down("fxs1")
    assert are_joined(desk, FXO1, FXS2)
    assert (state_of(desk, "1001"), state_of(desk, "1002")) == (AgentState.WRAP_UP, AgentState.TALKING)
    assert held(desk).agent == "1002"
    assert desk.log("call.transferred").data == {"phone": "801", "to": "802"}
    desk.put_down("fxs2")
    consultation, ended = desk.finished()
    assert (consultation.reason, ended.reason) == ("transferred", "phone-hung-up")
    assert [(leg.number, leg.agent, leg.reason) for leg in ended.legs[1:]] == [
        ("801", "1001", "transferred"),
        ("802", "1002", ""),
    ]
    assert [s.agent for s in ended.segments if s.kind == "talk"] == ["1001", "1002"]
    assert (result(ended), result(consultation)) == ("answered", "answered")
    assert state_of(desk, "1002") is AgentState.WRAP_UP
    assert desk.done.count(call.HangUpTrunk("fxo1")) == 1


def test_a_transfer_before_the_answer() -> None:
    desk = ringing()
    desk.put_down("fxs1")
    assert hears(desk)[FXO1] == "ringback"
    assert state_of(desk, "1001") is AgentState.WRAP_UP
    desk.wait(20)
    assert state_of(desk, "1001") is AgentState.READY
    desk.lift("fxs2")
    assert are_joined(desk, FXO1, FXS2)
    assert state_of(desk, "1002") is AgentState.TALKING
    assert desk.only_call() is held(desk)


def test_nobody_answers_a_transfer() -> None:
    desk = ringing()
    desk.put_down("fxs1")
    desk.wait(30)
    assert desk.lines.phones["fxs2"].state is PhoneState.ON_HOOK
    assert desk.lines.phones["fxs1"].state is PhoneState.RINGING
    assert hears(desk)[FXO1] == "music"
    desk.lift("fxs1")
    assert are_joined(desk, FXO1, FXS1)
    assert state_of(desk, "1001") is AgentState.TALKING


def test_the_caller_hangs_up_while_the_transfer_rings() -> None:
    desk = ringing()
    desk.put_down("fxs1")
    desk.caller_hangs_up()
    assert desk.board.calls == {}
    assert {phone.state for phone in desk.lines.phones.values()} == {PhoneState.ON_HOOK}
    assert [one.reason for one in desk.finished()] == ["loop-drop", "loop-drop"]


def test_the_phone_of_a_transfer_takes_the_next_call_meanwhile() -> None:
    desk = ringing()
    desk.put_down("fxs1")
    desk.lift("fxs1")
    desk.key("fxs1", "803")
    desk.lift("fxs3")
    desk.flash("fxs1")
    desk.lift("fxs2")
    assert are_joined(desk, FXO1, FXS2)
    assert hears(desk)[FXS3] == "music"
    assert hears(desk)[FXS1] == "dial"


def test_a_paused_agent_takes_a_transfer_and_is_paused_after_it() -> None:
    desk = talking()
    desk.agent("pause", "1002")
    desk.flash("fxs1")
    desk.key("fxs1", "802")
    desk.lift("fxs2")
    desk.put_down("fxs1")
    assert state_of(desk, "1002") is AgentState.TALKING
    desk.put_down("fxs2")
    desk.wait(15.1)
    assert state_of(desk, "1002") is AgentState.PAUSED


def test_a_call_inside_is_transferred_by_who_was_called() -> None:
    desk = Desk()
    desk.lift("fxs1")
    desk.key("fxs1", "802")
    desk.lift("fxs2")
    desk.flash("fxs2")
    assert hears(desk)[FXS1] == "music"
    desk.key("fxs2", "803")
    desk.lift("fxs3")
    desk.put_down("fxs2")
    assert are_joined(desk, FXS1, FXS3)
    desk.put_down("fxs1")
    assert desk.board.calls == {}
    assert hears(desk)[FXS3] == "busy"


# ---- recall ------------------------------------------------------------------------------------


def test_a_phone_put_down_by_mistake_is_rung_back() -> None:
    desk = holding()
    desk.put_down("fxs1")
    assert desk.lines.phones["fxs1"].state is PhoneState.RINGING
    assert state_of(desk, "1001") is AgentState.TALKING
    desk.wait(5)
    desk.lift("fxs1")
    assert are_joined(desk, FXO1, FXS1)
    desk.put_down("fxs1")
    assert desk.finished()[0].reason == "phone-hung-up"


def test_nobody_answers_the_recall() -> None:
    desk = holding()
    desk.put_down("fxs1")
    desk.wait(30)
    assert desk.lines.phones["fxs1"].state is PhoneState.ON_HOOK
    assert state_of(desk, "1001") is AgentState.WRAP_UP
    assert state_of(desk, "1002") is AgentState.OFFERED


def test_the_recalled_phone_is_used_already() -> None:
    desk = ringing()
    desk.put_down("fxs1")
    desk.lift("fxs1")
    desk.wait(30)
    assert desk.log("call.returned").data == {"queue": "info"}


def test_a_caller_who_was_in_no_queue_begins_again() -> None:
    desk = Desk()
    desk.ring()
    desk.key("fxo1", "2")
    desk.lift("fxs3")
    desk.flash("fxs3")
    desk.put_down("fxs3")
    desk.wait(30)
    assert desk.only_call().state is CallState.MENU


def test_the_caller_hangs_up_during_the_recall() -> None:
    desk = holding()
    desk.put_down("fxs1")
    desk.caller_hangs_up()
    assert desk.board.calls == {}
    assert desk.lines.phones["fxs1"].state is PhoneState.ON_HOOK


def test_the_held_one_of_a_call_of_ours_is_not_kept() -> None:
    desk = Desk()
    desk.lift("fxs1")
    desk.key("fxs1", "802")
    desk.lift("fxs2")
    desk.flash("fxs1")
    desk.put_down("fxs1")
    desk.wait(30)
    assert [one.reason for one in desk.finished()] == ["no-answer"]
    assert hears(desk)[FXS2] == "busy"


# ---- outside -----------------------------------------------------------------------------------


def dialling_out() -> Desk:
    """The caller is on hold, 801 dials 13900139000 on fxo2."""
    desk = holding()
    desk.key("fxs1", "913900139000")
    return desk


def sent(desk: Desk) -> None:
    desk.media(ToneHeard(FXO2, "dial"))
    desk.media(DialEnded(FXO2))


def test_a_caller_is_transferred_to_an_outside_number_before_it_was_sent() -> None:
    desk = dialling_out()
    desk.put_down("fxs1")
    assert hears(desk)[FXO1] == "music"
    sent(desk)
    assert are_joined(desk, FXO1, FXO2)
    desk.wait(200)
    assert desk.only_call() is held(desk)
    desk.caller_hangs_up("fxo2")
    assert desk.board.calls == {}
    assert call.HangUpTrunk("fxo1") in desk.done


def test_both_lines_of_a_transfer_are_recorded_to_their_end() -> None:
    desk = dialling_out()
    sent(desk)
    desk.put_down("fxs1")
    began = {item.channel for item in desk.done if isinstance(item, call.Record)}
    assert began == {FXO2}
    assert not [item for item in desk.done if isinstance(item, call.StopRecord)]
    desk.caller_hangs_up("fxo1")
    assert {item.channel for item in desk.done if isinstance(item, call.StopRecord)} == {FXO1, FXO2}


def test_without_recording_a_transfer_records_nothing() -> None:
    desk = Desk(CONFIG.model_copy(update={"recording": Recording(calls=False)}))
    desk.ring()
    desk.key("fxo1", "2")
    desk.lift("fxs3")
    desk.flash("fxs3")
    desk.key("fxs3", "913900139000")
    sent(desk)
    desk.put_down("fxs3")
    desk.caller_hangs_up("fxo1")
    assert not [item for item in desk.done if isinstance(item, call.Record | call.StopRecord)]


def test_the_outside_number_of_a_transfer_is_busy() -> None:
    desk = dialling_out()
    desk.put_down("fxs1")
    sent(desk)
    desk.media(ToneHeard(FXO2, "busy"))
    assert desk.lines.phones["fxs1"].state is PhoneState.RINGING
    assert hears(desk)[FXO1] == "music"
    desk.lift("fxs1")
    assert are_joined(desk, FXO1, FXS1)
    desk.put_down("fxs1")
    assert [leg.reason for leg in desk.finished()[-1].legs] == ["", "transferred", "remote-busy", ""]


def test_no_line_takes_the_number_of_a_transfer() -> None:
    desk = dialling_out()
    desk.put_down("fxs1")
    desk.wait(5.1)  # no dial tone
    assert desk.lines.phones["fxs1"].state is PhoneState.RINGING
    assert desk.only_call() is held(desk)


def test_nobody_is_transferred_to_a_call_for_help() -> None:
    desk = holding()
    desk.key("fxs1", "110")
    sent(desk)
    desk.put_down("fxs1")
    assert desk.lines.phones["fxs1"].state is PhoneState.RINGING
    assert hears(desk)[FXO1] == "music"
    assert desk.only_call() is held(desk)


# ---- the line's own flash ----------------------------------------------------------------------


def test_the_code_sends_a_flash_to_the_exchange() -> None:
    desk = holding()
    desk.key("fxs1", "*20")
    assert call.FlashTrunk("fxo1") in desk.done
    assert are_joined(desk, FXO1, FXS1)


def test_the_code_needs_a_line_on_hold() -> None:
    desk = Desk()
    desk.lift("fxs1")
    desk.key("fxs1", "*20")
    assert [item.prompts for item in desk.done if isinstance(item, actions.Play)] == [("not-possible",)]


# ---- nothing leaks -----------------------------------------------------------------------------


@pytest.mark.parametrize("begin", [talking, holding, ringing, consulting, conference, dialling_out])
@pytest.mark.parametrize("first", ["fxs1", "fxs2", "fxo1", "operator"])
def test_whoever_goes_first_all_ends(begin: Callable[[], Desk], first: str) -> None:
    desk = begin()
    if first == "operator":
        desk.end_all()
    elif first == "fxo1":
        desk.caller_hangs_up()
    elif desk.lines.phone_is_lifted(first):
        desk.put_down(first)
    desk.wait(200)
    for port in ("fxs1", "fxs2"):
        if desk.lines.phone_is_lifted(port):
            desk.put_down(port)
    desk.end_all()
    desk.wait(120)
    assert desk.board.calls == {}
    assert {phone.state for phone in desk.lines.phones.values()} == {PhoneState.ON_HOOK}
    joined = {channel: heard for channel, heard in hears(desk).items() if isinstance(heard, int)}
    assert joined == {}
    assert state_of(desk, "1001") is AgentState.READY
