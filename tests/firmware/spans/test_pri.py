"""PRI over a span: what a channel does with what the link says."""

from __future__ import annotations

import pytest
from fake_link import FakeLink

from cext.isdn.types import (
    Alerting,
    Cleared,
    Connected,
    DigitsReceived,
    Disconnected,
    IsdnEvent,
    LinkDown,
    LinkUp,
    Number,
    NumberType,
    Presentation,
    Proceeding,
    Progress,
    RestartDone,
    Restarted,
    SetupReceived,
)
from firmware.config.models import DirectNumber
from firmware.config.models import Span as Settings
from firmware.lines import types as line
from firmware.lines.supervision import Service
from firmware.lines.types import EndReason, Out, TrunkEnded
from firmware.media.types import SilenceHeard
from firmware.spans.bearer import BearerLine, Stage
from firmware.spans.dialling import Prefixes
from firmware.spans.pri import CONNECT_S
from firmware.spans.span import Span, SpanState
from firmware.text import Text
from hal import types as hal


class Desk:
    """A span over a fake link, up and with all channels set back."""

    def __init__(self, *, numbers: tuple[DirectNumber, ...] = (), **settings: object) -> None:
        self.link = FakeLink()
        self.span = Span("span1", 32, lambda side: self.link)
        self.now = 0.0
        self.settings = Settings.model_validate({"port": "span1", "channels": "1-5", **settings})
        self.span.configure(self.settings, numbers, lambda port: Service.IN_SERVICE, Prefixes(), self.now)
        self.span.handle(hal.PortUp("span1", 0.0), self.now)
        self.says(LinkUp())
        self.pass_s(2.0)
        for channel in range(1, 6):
            self.says(RestartDone(channel))
        self.link.asked.clear()

    def says(self, *events: IsdnEvent) -> list[Out]:
        for event in events:
            if isinstance(event, SetupReceived):
                self.link.known.add(event.call)
        self.link.says = list(events)
        return self.span.frame(b"", self.now)

    def pass_s(self, seconds: float) -> list[Out]:
        """Let time pass, keeping every deadline."""
        until, outs = self.now + seconds, []
        while (at := self.span.deadline()) is not None and at <= until:
            self.now = max(at, self.now)
            outs += self.span.tick(self.now)
        self.now = until
        return outs

    def bearer(self, timeslot: int) -> BearerLine:
        return self.span.bearers[timeslot]

    def call(self, timeslot: int = 3, number: str = "13912345678", caller: str = "") -> int:
        """Call on a channel; gives the link's call."""
        self.bearer(timeslot).call(number, self.now, caller)
        return self.bearer(timeslot).call_id


def setup(call: int = 1, channel: int = 3, called: str = "65510000", **more: object) -> SetupReceived:
    caller = Number("13800138000", NumberType.NATIONAL)
    return SetupReceived(call, channel, caller, Number(called), **more)  # type: ignore[arg-type]


def told(outs: list[Out], kind: type) -> list[Out]:
    return [out for out in outs if isinstance(out, kind)]


def ends(outs: list[Out]) -> list[tuple[EndReason, int]]:
    return [(out.reason, out.cause) for out in outs if isinstance(out, TrunkEnded)]


def test_an_incoming_call_is_taken_answered_and_cleared() -> None:
    desk = Desk()
    outs = desk.says(setup(name="Li"))
    assert told(outs, line.TrunkOffered) == [
        line.TrunkOffered("span1-3", "013800138000", "Li", "65510000", "")
    ]
    assert desk.link.asked == [("proceed", 1, 3)]
    outs = desk.bearer(3).answer(desk.now)
    assert line.Listen("span1-3", True, tones=False, echo=False) in outs
    assert not told(outs, line.TrunkReady)  # the network has not acknowledged
    assert told(desk.says(Connected(1)), line.TrunkReady)
    assert ends(desk.says(Disconnected(1, 16))) == [(EndReason.FAR_HUNG_UP, 16)]
    assert desk.link.asked[-1] == ("hang-up", 1, 16)
    desk.says(Cleared(1, 16))
    assert desk.bearer(3).is_free


def test_a_talk_ends_by_hanging_up_whatever_cause_the_far_end_gives() -> None:
    desk = Desk()
    desk.says(setup())
    desk.bearer(3).answer(desk.now)
    desk.says(Connected(1))
    assert ends(desk.says(Disconnected(1, 18))) == [(EndReason.FAR_HUNG_UP, 18)]


def test_a_withheld_number_stays_unknown() -> None:
    desk = Desk()
    hidden = Number("13800138000", presentation=Presentation.RESTRICTED)
    outs = desk.says(SetupReceived(1, 3, hidden, Number("1")))
    assert [out.caller for out in outs if isinstance(out, line.TrunkOffered)] == [""]


def test_the_network_side_is_ready_at_once() -> None:
    desk = Desk(side="network")
    desk.says(setup())
    assert told(desk.bearer(3).answer(desk.now), line.TrunkReady)


def test_an_answer_that_is_never_acknowledged_ends_the_call() -> None:
    desk = Desk()
    desk.says(setup())
    desk.bearer(3).answer(desk.now)
    assert ends(desk.pass_s(CONNECT_S)) == [(EndReason.TIMEOUT, 0)]
    assert desk.link.asked[-1] == ("hang-up", 1, 102)


def test_digits_are_collected_up_to_their_number() -> None:
    desk = Desk(digits=4)
    assert not told(desk.says(setup(called="65", is_complete=False)), line.TrunkOffered)
    assert desk.link.asked == [("want-digits", 1)]
    desk.says(DigitsReceived(1, "5"))
    outs = desk.says(DigitsReceived(1, "1"))
    assert [out.called for out in outs if isinstance(out, line.TrunkOffered)] == ["6551"]


def test_a_direct_number_is_whole_before_that() -> None:
    title = Text(zh="直拨", en="Direct")
    desk = Desk(digits=8, numbers=(DirectNumber(number="801", title=title),))
    assert told(desk.says(setup(called="801", is_complete=False)), line.TrunkOffered)


def test_digits_that_do_not_come() -> None:
    desk = Desk(digits=8)
    desk.says(setup(called="65", is_complete=False))
    assert told(desk.pass_s(11.0), line.TrunkOffered)  # what there is
    desk.says(setup(call=2, channel=4, called="", is_complete=False))
    assert not told(desk.pass_s(11.0), line.TrunkOffered)
    assert ("hang-up", 2, 28) in desk.link.asked


@pytest.mark.parametrize(
    ("event", "cause"),
    [(setup(is_voice=False), 88), (setup(channel=9), 44), (setup(channel=16), 44)],
    ids=["data", "not-rented", "signalling"],
)
def test_calls_that_cannot_be_taken_are_refused(event: SetupReceived, cause: int) -> None:
    desk = Desk()
    outs = desk.says(event)
    assert not told(outs, line.TrunkRinging)
    assert desk.link.asked == [("hang-up", 1, cause)]


def test_another_channel_is_chosen_where_the_far_end_leaves_it_to_us() -> None:
    desk = Desk()
    desk.says(setup(call=1, channel=1))
    desk.says(setup(call=2, channel=1, is_exclusive=False), setup(call=3, channel=0))
    assert [ask for ask in desk.link.asked if ask[0] == "proceed"] == [
        ("proceed", 1, 1), ("proceed", 2, 2), ("proceed", 3, 3),
    ]  # fmt: skip


def test_no_channel_left() -> None:
    desk = Desk()
    for call in range(1, 7):
        desk.says(setup(call=call, channel=0))
    assert desk.link.asked[-1] == ("hang-up", 6, 34)


def test_an_outgoing_call_with_our_own_tones() -> None:
    desk = Desk(number="65510000", caller_type="subscriber")
    call = desk.call(caller="65510801")
    assert desk.link.asked == [("setup", 3, Number("13912345678"), Number("65510801", NumberType.SUBSCRIBER))]
    assert told(desk.says(Proceeding(call, 3)), line.TrunkDialed)
    assert told(desk.says(Alerting(call)), line.TrunkTone) == [line.TrunkTone("span1-3", "ringback")]
    outs = desk.says(Connected(call))
    assert told(outs, line.TrunkTone) == [line.TrunkTone("span1-3", None)]
    assert told(outs, line.TrunkAnswered)
    desk.bearer(3).hang_up(desk.now)
    assert desk.link.asked[-1] == ("hang-up", call, 16)


def test_tones_of_the_network_are_not_doubled() -> None:
    desk = Desk()
    call = desk.call()
    desk.says(Progress(call, True))
    assert not told(desk.says(Alerting(call)), line.TrunkTone)


def test_types_of_number_are_told_where_the_exchange_wants_them() -> None:
    desk = Desk(called_type="automatic", plan="private")
    for number in ("0085212345678", "02112345678", "12345678"):
        desk.call(1, number)
        desk.says(Cleared(desk.bearer(1).call_id, 16))
    assert [ask[2] for ask in desk.link.asked if ask[0] == "setup"] == [
        Number("85212345678", NumberType.INTERNATIONAL, 9),
        Number("2112345678", NumberType.NATIONAL, 9),
        Number("12345678", NumberType.SUBSCRIBER, 9),
    ]


def test_last_words_of_the_network_are_heard_to_their_end() -> None:
    desk = Desk()
    call = desk.call()
    desk.says(Proceeding(call, 3))
    assert ends(desk.says(Disconnected(call, 1, is_in_band=True))) == []
    assert desk.bearer(3).stage is Stage.LAST_WORDS
    assert ends(desk.pass_s(31.0)) == [(EndReason.BAD_NUMBER, 1)]
    desk.says(Cleared(call, 1))
    assert desk.bearer(3).is_free


def test_glare_gives_way_to_the_network() -> None:
    desk = Desk()
    call = desk.call()
    outs = desk.says(setup(call=7))
    assert ends(outs) == [(EndReason.GLARE, 44)]
    assert not told(outs, line.TrunkRinging)  # all must hear the end of ours first
    assert desk.bearer(3).hang_up(desk.now) == []  # what the call machine then says means ours
    assert told(desk.pass_s(0.0), line.TrunkOffered)
    assert ("hang-up", call, 16) in desk.link.asked
    desk.says(Cleared(call, 16))
    assert desk.bearer(3).stage is Stage.OFFERED


def test_at_glare_the_network_side_keeps_its_own_call() -> None:
    desk = Desk(side="network")
    desk.call()
    desk.says(setup(call=7))
    assert desk.link.asked[-1] == ("hang-up", 7, 44)
    assert desk.bearer(3).stage is Stage.DIALLING


def test_another_channel_than_asked_for_is_a_wrong_choice() -> None:
    desk = Desk()
    call = desk.call()
    assert ends(desk.says(Proceeding(call, 4))) == [(EndReason.GLARE, 0)]


def test_every_stage_has_a_way_out() -> None:
    desk = Desk()
    call = desk.call(1)
    assert ends(desk.pass_s(16.0)) == [(EndReason.TIMEOUT, 0)]  # no answer to SETUP
    assert desk.bearer(1).stage is Stage.CLEARING
    outs = desk.pass_s(46.0)  # nor to our release
    assert next(out.kind for out in outs if isinstance(out, line.SpanNoted)) == "span.stuck"
    assert desk.link.asked[-1] == ("restart", 1)
    assert not desk.bearer(1).is_free
    desk.says(RestartDone(1))
    assert desk.bearer(1).is_free
    assert desk.says(Cleared(call, 16)) == []  # too late, and harmless
    call = desk.call(2)
    desk.says(Alerting(call))
    assert ends(desk.pass_s(181.0)) == [(EndReason.NO_ANSWER, 0)]
    desk.says(setup(call=9, channel=4))
    assert ends(desk.pass_s(91.0)) == [(EndReason.TIMEOUT, 0)]


def test_short_loss_of_the_link_keeps_talks_and_ends_the_others() -> None:
    desk = Desk()
    desk.says(setup())
    desk.bearer(3).answer(desk.now)
    desk.says(Connected(1))
    desk.call(1)
    assert ends(desk.says(LinkDown())) == [(EndReason.LINK_LOST, 27)]
    assert desk.span.state is SpanState.NO_LINK
    assert desk.bearer(3).stage is Stage.TALKING
    desk.pass_s(8.0)
    desk.says(LinkUp())
    assert ends(desk.pass_s(60.0)) == []
    assert desk.bearer(3).stage is Stage.TALKING


def test_long_loss_of_the_link_ends_the_talks() -> None:
    desk = Desk()
    desk.says(setup())
    desk.bearer(3).answer(desk.now)
    desk.says(Connected(1))
    desk.says(LinkDown())
    outs = desk.pass_s(31.0)
    assert ends(outs) == [(EndReason.LINK_LOST, 27)]
    assert told(outs, line.SpanTrouble)
    desk.says(LinkUp())
    desk.pass_s(2.0)
    assert desk.link.asked[-1] == ("restart", 3)
    for channel in range(1, 6):
        desk.says(RestartDone(channel))
    assert desk.bearer(3).is_free


def test_channels_are_set_back_after_a_long_alarm_through_which_the_link_stood() -> None:
    desk = Desk()
    desk.says(setup())
    desk.bearer(3).answer(desk.now)
    desk.says(Connected(1))
    desk.span.handle(hal.SpanAlarms("span1", desk.now, frozenset({hal.SpanAlarm.RAI})), desk.now)
    assert ends(desk.pass_s(31.0)) == [(EndReason.LINK_LOST, 27)]
    assert desk.link.asked[-1] == ("restart", 3)
    desk.says(RestartDone(3))
    desk.span.handle(hal.SpanAlarms("span1", desk.now, frozenset()), desk.now)
    assert desk.bearer(3).is_free


def test_a_restart_by_the_far_end_ends_the_call_of_the_channel() -> None:
    desk = Desk()
    desk.says(setup(call=1, channel=1), setup(call=2, channel=2))
    assert ends(desk.says(Restarted(1))) == [(EndReason.FAR_RESET, 0)]
    assert ends(desk.says(Restarted(0))) == [(EndReason.FAR_RESET, 0)]
    assert {bearer.stage for bearer in desk.span.used().values()} == {Stage.IDLE}


def test_an_exchange_without_restart() -> None:
    desk = Desk()
    desk.span.restart(desk.now)
    assert not desk.bearer(2).is_free
    desk.pass_s(5.1)
    assert desk.bearer(2).is_free
    assert not desk.bearer(1).is_free  # was asked for: the answer may still come
    desk.pass_s(66.0)
    assert desk.bearer(1).is_free


def test_the_link_refuses() -> None:
    desk = Desk()
    desk.link.is_refusing = True
    assert ends(desk.bearer(1).call("1", desk.now)) == [(EndReason.LINK_LOST, 0)]
    assert desk.bearer(1).is_free


def test_an_emergency_call_waits_for_the_end_of_the_one_before() -> None:
    desk = Desk()
    call = desk.call(1)
    desk.bearer(1).hang_up(desk.now, EndReason.EMERGENCY)
    assert desk.bearer(1).call("110", desk.now) == []
    assert not desk.bearer(1).is_free
    desk.says(Cleared(call, 16))
    desk.pass_s(0.0)
    assert desk.link.asked[-1][:3] == ("setup", 1, Number("110"))


def test_a_channel_out_of_service_takes_no_call_but_an_emergency() -> None:
    desk = Desk()
    desk.span.set_service(3, Service.SWITCHED_OFF, desk.now)
    assert (desk.bearer(3).is_free, desk.bearer(3).is_resting) == (False, True)
    desk.says(setup(channel=3))
    assert desk.link.asked == [("hang-up", 1, 44)]
    desk.call(3, "110")
    assert desk.link.asked[-1][0] == "setup"


def test_silence_ends_a_talk() -> None:
    desk = Desk()
    desk.says(setup())
    desk.bearer(3).answer(desk.now)
    desk.says(Connected(1))
    assert ends(desk.bearer(3).heard(SilenceHeard(35), desk.now)) == [(EndReason.SILENCE, 0)]


def test_new_settings_keep_talks_and_another_signalling_ends_them() -> None:
    desk = Desk()
    desk.says(setup())

    def configure(**changes: object) -> list[Out]:
        settings = desk.settings.model_copy(update=changes)
        return desk.span.configure(settings, (), lambda port: Service.IN_SERVICE, Prefixes(), desk.now)

    assert ends(configure(entry="queue:info", number="1")) == []
    assert ends(configure(side="network")) == [(EndReason.OPERATOR, 0)]
    assert desk.link.asked[-1][0] == "hang-up" and desk.span.settings == desk.settings.model_copy(
        update={"entry": "queue:info", "number": "1"}
    )
    desk.pass_s(3.0)
    assert desk.span.settings is not None and desk.span.settings.side == "network"


def test_an_alarm_is_told_once_it_stands_and_once_it_has_gone() -> None:
    desk = Desk()
    lost = frozenset({hal.SpanAlarm.LOS, hal.SpanAlarm.RAI})
    desk.span.handle(hal.SpanAlarms("span1", desk.now, lost), desk.now)
    assert not desk.bearer(1).is_free
    desk.pass_s(2.0)
    desk.span.handle(hal.SpanAlarms("span1", desk.now, frozenset()), desk.now)
    assert told(desk.pass_s(30.0), line.SpanTrouble) == []  # too short to be told
    assert desk.bearer(1).is_free
    desk.span.handle(hal.SpanAlarms("span1", desk.now, lost), desk.now)
    (trouble,) = told(desk.pass_s(3.0), line.SpanTrouble)
    assert isinstance(trouble, line.SpanTrouble) and trouble.text and "No signal" in trouble.text.en
    desk.span.handle(hal.SpanAlarms("span1", desk.now, frozenset()), desk.now)
    assert told(desk.pass_s(11.0), line.SpanTrouble) == [line.SpanTrouble("span1", None)]
