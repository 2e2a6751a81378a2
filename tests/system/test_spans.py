"""Calls over an E1 with PRI: the real link, framer and engine, an ISDN exchange at the far end."""

from __future__ import annotations

from pathlib import Path

import pytest
from office import seen, wait_for

from firmware.api.core import SetGroupService
from firmware.config.factory import factory_config
from firmware.config.models import Config, DirectNumber, Span, TrunkGroup
from firmware.lines import reasons as line_reasons
from firmware.lines.types import LineState
from firmware.spans.bearer import Stage
from firmware.spans.span import SpanState
from firmware.text import Text
from hal.types import FailReason
from tools.emulator.span.office import Request
from tools.emulator.span.options import SpanOptions
from tools.virtual import Surroundings, VirtualBox

MOBILE = "13800138000"
READY_S = 4.0  # the link is up, all channels are set back
TITLE = Text(zh="直拨", en="Direct")


def config(*, numbers: tuple[DirectNumber, ...] = (), **span: object) -> Config:
    made = factory_config(("span1", "fxs1", "fxs2", "fxs3", "fxs4"))
    settings = {"port": "span1", "number": "65510000", **span}
    return made.model_copy(update={"spans": (Span.model_validate(settings),), "numbers": numbers})


def office(folder: Path, settings: Config | None = None, **options: object) -> VirtualBox:
    box = VirtualBox(
        settings or config(),
        folder,
        Surroundings(slots=("e1", "fxs4"), spans={"span1": SpanOptions.model_validate(options)}),
    )
    box.run_until(READY_S)
    return box


def bearers(box: VirtualBox) -> dict[int, Stage]:
    return {slot: bearer.stage for slot, bearer in box.box.spans.all["span1"].used().items()}


def is_clean(box: VirtualBox) -> bool:
    """No channel is seized at either end, no call left over."""
    return set(bearers(box).values()) == {Stage.IDLE} and not box.box.switchboard.calls


def alarms(box: VirtualBox) -> set[str]:
    return {alarm.code for alarm in box.box.alarms.all()}


def dial_out(box: VirtualBox, phone: str = "fxs1", number: str = "913912345678") -> None:
    box.world.lift(phone)
    box.run_until(box.now + 1)
    box.world.dial(phone, number)


def test_a_new_box_comes_up_with_all_channels_set_back(tmp_path: Path) -> None:
    box = office(tmp_path)
    assert box.box.spans.all["span1"].state is SpanState.UP
    assert len(bearers(box)) == 30 and is_clean(box)
    assert box.box.spans.clock_source == "span1"
    assert len(seen(box, "restarted")) == 30
    assert alarms(box) == set()


def test_a_caller_goes_where_the_number_called_leads(tmp_path: Path) -> None:
    numbers = (DirectNumber(number="5510001", title=TITLE, entry="queue:complaints"),)
    box = office(tmp_path, config(numbers=numbers))
    caller = box.world.call("span1", MOBILE, request=Request(to="65510001"))
    wait_for(box, "queue.joined")
    assert seen(box, "queue.joined")[0].data["queue"] == "complaints"
    assert seen(box, "call.incoming")[0].data["called"] == "65510001"
    box.world.hang_up(caller)
    ended = wait_for(box, "call.ended")
    assert ended.data["reason"] == "far-hung-up"
    assert seen(box, "call.cause")[0].data["cause"] == 16
    box.run_until(box.now + 2)
    assert is_clean(box)
    row = box.box.parts.records.calls(limit=1)[0]
    assert (row.called, row.port[:6], row.end_reason) == ("65510001", "span1-", "far-hung-up")


def test_other_numbers_go_to_the_entry_of_the_span(tmp_path: Path) -> None:
    box = office(tmp_path)
    box.world.call("span1", MOBILE, request=Request(to="65510009"))
    assert wait_for(box, "menu.entered").data["menu"] == "main"


def test_overlapping_digits_are_waited_for(tmp_path: Path) -> None:
    box = office(tmp_path, config(digits=8))
    box.world.call("span1", MOBILE, request=Request(to="65510042", overlap_s=0.4))
    assert wait_for(box, "call.incoming").data["called"] == "65510042"


def test_an_outgoing_call_shows_the_phones_own_number(tmp_path: Path) -> None:
    settings = config()
    phones = (settings.phones[0].model_copy(update={"direct_number": "65510801"}), *settings.phones[1:])
    box = office(tmp_path, settings.model_copy(update={"phones": phones}))
    dial_out(box)
    wait_for(box, "call.answered")
    box.world.hang("fxs1")
    wait_for(box, "release")
    box.run_until(box.now + 1)
    assert is_clean(box)
    (call,) = box.world.spans.end("span1").calls
    assert (call.caller, call.called, call.cause) == ("65510801", "13912345678", 16)


def test_glare_tries_the_next_channel_and_takes_the_caller(tmp_path: Path) -> None:
    box = office(tmp_path)
    box.world.call("span1", MOBILE, at_glare=True)
    dial_out(box)
    wait_for(box, "call.next-line")
    box.run_until(box.now + 20)
    assert len(seen(box, "menu.entered")) == 1
    assert len(box.box.switchboard.calls) == 2


def test_calls_live_through_a_short_cut(tmp_path: Path) -> None:
    box = office(tmp_path)
    box.world.call("span1", MOBILE)
    wait_for(box, "menu.entered")
    call = next(iter(box.box.switchboard.calls))
    box.world.spans.cut("span1")
    box.run_until(box.now + 8)
    assert "span1" in alarms(box)
    assert box.box.spans.all["span1"].state is SpanState.ALARM
    box.world.spans.mend("span1")
    box.run_until(box.now + 3)
    assert call in box.box.switchboard.calls
    box.run_until(box.now + 12)
    assert "span1" not in alarms(box)


def test_calls_end_after_a_long_cut_and_the_channels_work_again(tmp_path: Path) -> None:
    box = office(tmp_path)
    box.world.call("span1", MOBILE)
    wait_for(box, "menu.entered")
    box.world.spans.cut("span1")
    ended = wait_for(box, "call.ended", 41)
    assert ended.data["reason"] == "link-lost"
    box.run_until(box.now + 9)
    box.world.spans.mend("span1")
    box.run_until(box.now + 15)
    assert is_clean(box)
    box.world.call("span1", MOBILE)
    wait_for(box, "call.answered", 10)


@pytest.mark.parametrize("loss", [5.0])
def test_calls_are_answered_while_frames_are_lost(tmp_path: Path, loss: float) -> None:
    box = office(tmp_path, loss=loss)
    box.run_until(60.0)
    for _ in range(10):
        caller = box.world.call("span1", MOBILE)
        wait_for(box, "call.answered", 30)
        box.world.hang_up(caller)
        wait_for(box, "call.ended", 30)
    box.run_until(box.now + 60)
    assert is_clean(box)


def test_thirty_callers_at_once(tmp_path: Path) -> None:
    box = office(tmp_path)
    for _ in range(30):
        box.world.call("span1", MOBILE)
    box.run_until(box.now + 5)
    assert len(seen(box, "call.answered")) == 30
    assert {bearer.state for bearer in box.box.spans.all["span1"].used().values()} == {LineState.IN_USE}


def test_r2_calls_both_ways(tmp_path: Path) -> None:
    box = office(tmp_path, config(signalling="r2", digits=8), signalling="r2")
    assert is_clean(box)
    caller = box.world.call("span1", MOBILE, request=Request(to="65510042"))
    incoming = wait_for(box, "call.incoming", 15)
    assert (incoming.data["caller"], incoming.data["called"]) == (MOBILE, "65510042")
    wait_for(box, "menu.entered")
    box.world.hang_up(caller)
    assert wait_for(box, "call.ended").data["reason"] == "far-hung-up"
    dial_out(box)
    wait_for(box, "call.answered")
    box.world.hang("fxs1")
    wait_for(box, "release")
    box.run_until(box.now + 2)
    assert is_clean(box)


def test_fractional_e1_uses_its_channels_only(tmp_path: Path) -> None:
    box = office(tmp_path, config(channels="1-5"), channels="1-5")
    assert len(bearers(box)) == 5 and is_clean(box)
    dial_out(box)
    assert wait_for(box, "call.outgoing").data["line"] == "span1-5"


def test_a_drained_group_refuses_callers(tmp_path: Path) -> None:
    group = TrunkGroup(name="e1", title=TITLE, members=("span1",))
    box = office(tmp_path, config().model_copy(update={"groups": (group,)}))
    box.command(SetGroupService("e1", "drain"))
    box.world.call("span1", MOBILE)
    box.run_until(box.now + 2)
    assert seen(box, "call.incoming") == []
    refused = seen(box, "span.call-refused")
    assert refused and refused[0].data["cause"] in (34, 44)
    box.command(SetGroupService("e1", "in-service"))
    assert is_clean(box)


def test_a_pulled_card_is_told_in_the_same_words_as_an_analog_one(tmp_path: Path) -> None:
    box = office(tmp_path)
    box.board.remove_card(1)
    box.run_until(box.now + 6)
    (told,) = [alarm.text for alarm in box.box.alarms.all() if alarm.code == "span1"]
    assert told == line_reasons.failed(FailReason.CARD_GONE)


@pytest.mark.parametrize(
    ("act", "word"), [("send_ais", "AIS"), ("send_rai", "RAI"), ("lose_frames", "without frames")]
)
def test_every_alarm_has_words(tmp_path: Path, act: str, word: str) -> None:
    box = office(tmp_path)
    getattr(box.board.spans[0], act)(True)
    box.run_until(box.now + 6)
    assert [word in alarm.text.en for alarm in box.box.alarms.all() if alarm.code == "span1"] == [True]
    assert {bearer.state for bearer in box.box.spans.all["span1"].used().values()} == {
        LineState.OUT_OF_SERVICE
    }


def test_an_alarm_that_passed_while_the_card_was_out_is_over(tmp_path: Path) -> None:
    box = office(tmp_path)
    box.world.spans.cut("span1")
    box.run_until(box.now + 3)
    box.world.pull_card(1)
    box.run_until(box.now + 2)
    box.world.spans.mend("span1")
    box.world.insert_card(1, "e1")
    box.run_until(box.now + 20)
    assert box.box.spans.all["span1"].state is SpanState.UP
    assert is_clean(box) and alarms(box) == set()
