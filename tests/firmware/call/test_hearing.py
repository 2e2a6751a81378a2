"""Lost sound, quiet and silent callers, and who answered: what is watched, told, and kept with the leg."""

import pytest
from call_desk import Desk

from firmware.box.snapshot import sound_of
from firmware.call.sound import ADVICE, Party, Trouble
from firmware.media.actions import WatchParty, WatchSound
from firmware.media.types import (
    DialEnded,
    MediaEvent,
    PartyKnown,
    SoundBack,
    SoundLost,
    Speaks,
    SpeaksNot,
    ToneHeard,
    VoiceGood,
    VoiceLow,
)

LINE = 0  # channel of fxo1


def talking() -> Desk:
    """A caller on fxo1 talks with agent 1001."""
    desk = Desk()
    desk.ring()
    desk.key("fxo1", "1")
    desk.login("fxs1", "1001")
    desk.lift("fxs1")
    return desk


def watches(desk: Desk) -> list[tuple[int, bool]]:
    return [(item.channel, item.is_on) for item in desk.done if isinstance(item, WatchSound)]


def hear(desk: Desk, *events: MediaEvent) -> None:
    for event in events:
        desk._run(desk.board.handle(event, desk.now))


def test_a_line_is_watched_while_people_talk_and_not_before() -> None:
    desk = Desk()
    desk.ring()
    desk.key("fxo1", "1")
    assert watches(desk) == []
    desk.login("fxs1", "1001")
    desk.lift("fxs1")
    assert watches(desk) == [(LINE, True)]


def test_on_hold_it_is_not_watched_and_back_from_there_it_is() -> None:
    desk = talking()
    desk.flash("fxs1")
    assert watches(desk)[1:] == [(LINE, False)]
    desk.flash("fxs1")
    assert watches(desk)[2:] == [(LINE, True)]


def test_what_is_told_of_a_line_that_nobody_listens_to_is_nothing() -> None:
    desk = Desk()
    desk.ring()
    hear(desk, SoundLost(LINE, 3.0), VoiceLow(LINE, -40.0), SoundLost(99, 3.0), SoundLost(4, 3.0))
    assert not {"call.sound-lost", "call.voice-low"} & set(desk.logs())


def test_lost_sound_is_told_once_and_how_long_it_was() -> None:
    desk = talking()
    desk.wait(10)
    hear(desk, SoundLost(LINE, 3.0))
    leg = desk.only_call().line_leg
    assert leg.sound.trouble == (Trouble.LOST, desk.now - 3.0)
    desk.wait(5)
    hear(desk, SoundBack(LINE, 8.0))
    assert leg.sound.trouble is None
    assert desk.log("call.sound-back").data == {"line": "fxo1", "lost_s": 8.0}
    assert (desk.logs().count("call.sound-lost"), leg.sound.lost_s) == (1, pytest.approx(8.0))


@pytest.mark.parametrize("end", ["fxs1", "fxo1"])
def test_sound_that_does_not_come_back_is_lost_to_the_end_of_the_call(end: str) -> None:
    desk = talking()
    desk.wait(10)
    hear(desk, SoundLost(LINE, 3.0))
    desk.wait(4)
    if end == "fxs1":
        desk.put_down("fxs1")
    else:
        desk.caller_hangs_up()
    (ended,) = desk.finished()
    assert ended.line_leg.sound.lost_s == pytest.approx(7.0)


def test_a_hold_ends_what_was_wrong_and_the_time_of_it() -> None:
    desk = talking()
    hear(desk, SoundLost(LINE, 0.0), VoiceLow(LINE, -40.0), SpeaksNot(LINE, 0.0))
    desk.wait(2)
    desk.flash("fxs1")
    desk.wait(20)
    sound = desk.only_call().line_leg.sound
    assert (sound.trouble, sound.lost_s, sound.quiet_s) == (None, pytest.approx(2), pytest.approx(2))


def test_the_worst_is_shown_and_the_rest_when_that_is_over() -> None:
    desk = talking()
    sound = desk.only_call().line_leg.sound
    hear(desk, VoiceLow(LINE, -40.0), SpeaksNot(LINE, 10.0), SoundLost(LINE, 3.0))
    shown = []
    for event in (SoundBack(LINE, 3.0), Speaks(LINE), VoiceGood(LINE, -30.0)):
        shown.append(sound.trouble[0] if sound.trouble else None)
        hear(desk, event)
    assert shown == [Trouble.LOST, Trouble.SILENT, Trouble.QUIET]
    assert sound.trouble is None


def test_a_silent_caller_is_shown_with_what_to_do_and_not_logged() -> None:
    desk = talking()
    before = desk.logs()
    desk.wait(12)
    hear(desk, SpeaksNot(LINE, 10.0))
    desk.wait(3)
    shown = sound_of(desk.only_call(), desk.now)
    assert shown is not None
    assert (shown["trouble"], shown["since_s"]) == ("silent", 13.0)
    assert shown["advice"] == {"zh": ADVICE[Trouble.SILENT].zh, "en": ADVICE[Trouble.SILENT].en}
    assert [kind for kind in desk.logs()[len(before) :] if kind.startswith("call.")] == []


def calling() -> Desk:
    """Phone 801 has dialled out on fxo2, and hears ringback."""
    desk = Desk()
    desk.lift("fxs1")
    desk.key("fxs1", "962345678")
    desk.wait(5)
    desk.media(ToneHeard(1, "dial"))
    desk.media(DialEnded(1))
    return desk


def test_who_answers_is_listened_for_at_the_answer_and_kept() -> None:
    desk = calling()
    assert [item for item in desk.done if isinstance(item, WatchParty | WatchSound)] == []
    desk.answer_heard("fxo2")
    watched = [item for item in desk.done if isinstance(item, WatchParty | WatchSound)]
    assert watched == [WatchParty(1), WatchSound(1, True)]
    hear(desk, PartyKnown(1, "machine", "beep"))
    assert desk.log("call.party").data == {"party": "machine", "reason": "beep"}
    desk.put_down("fxs1")
    assert desk.finished()[-1].legs[-1].sound.answered_by is Party.MACHINE


def test_who_answered_a_consultation_stays_known_in_the_call_it_is_joined_to() -> None:
    desk = talking()
    desk.flash("fxs1")
    desk.key("fxs1", "962345678")
    desk.wait(5)
    desk.media(ToneHeard(1, "dial"))
    desk.media(DialEnded(1))
    desk.answer_heard("fxo2")
    hear(desk, PartyKnown(1, "person", "short-greeting"))
    desk.put_down("fxs1")
    legs = {leg.port: leg for leg in desk.only_call().here}
    assert legs["fxo2"].sound.answered_by is Party.PERSON
    assert all(legs[port].sound.is_watched for port in ("fxo1", "fxo2"))
