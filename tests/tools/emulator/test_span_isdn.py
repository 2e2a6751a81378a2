"""The world's ISDN exchange, against libpri in the other role over the world's HDLC."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cext.isdn.types import (
    Alerting,
    Cleared,
    Connected,
    DigitsReceived,
    Disconnected,
    IsdnEvent,
    MoreDigitsWanted,
    NumberType,
    Presentation,
    Progress,
    Restarted,
    SetupReceived,
)
from tests.support.box_span import SpanRig
from tools.emulator import alaw
from tools.emulator.event import WorldError
from tools.emulator.exchange import BUSY_TONE, RINGBACK
from tools.emulator.party import Outcome
from tools.emulator.span.office import Request

Answer = Callable[[IsdnEvent, float], None]


@pytest.fixture
def rig() -> SpanRig:
    rig = SpanRig(number="62580001", hunt="descending")
    rig.until(2)
    assert rig.whats("span1") == ["link-up"]
    return rig


def takes(rig: SpanRig, *, after_s: float = 0.0, refuses: int = 0) -> Answer:
    """Give a box that answers every call, or refuses it."""

    def on_event(event: IsdnEvent, now: float) -> None:
        link = rig.link
        match event:
            case SetupReceived() if refuses:
                link.hang_up(event.call, refuses, now)
            case SetupReceived():
                link.proceed(event.call, event.channel, now)
                link.alert(event.call, now)
                link.answer(event.call, now)
            case Disconnected():
                link.hang_up(event.call, event.cause, now)

    return on_event


def test_a_call_to_the_box_with_all_that_is_told(rig: SpanRig) -> None:
    rig.on_event = takes(rig)
    request = Request(to="62580002", type=NumberType.NATIONAL, redirecting="62580009")
    party = rig.world.call(
        "span1",
        "13800138000",
        name="WANG",
        request=request,
        listen=True,
        keys=[(1.0, "1")],
        hang_up_after_s=3,
    )
    rig.until(2.5)
    rig.pairs[0].from_box[31] = b"\x55" * 80
    rig.until(8)
    (setup,) = rig.of(SetupReceived)
    assert isinstance(setup, SetupReceived)
    assert (setup.caller.digits, setup.caller.type) == ("13800138000", NumberType.NATIONAL)
    assert (setup.called.digits, setup.channel, setup.is_exclusive) == ("62580002", 31, True)
    assert setup.redirecting is not None and setup.redirecting.digits == "62580009"
    assert setup.name == "WANG"
    assert rig.whats("span1-31") == [
        "setup 13800138000 to 62580002",
        *("proceeding", "alerting", "connect", "key 1"),
        *("far-end-hung-up cause=16", "release cause=16"),
    ]
    assert (party.outcome, party.cause) == (Outcome.HUNG_UP, 16)
    assert party.heard.count(0x55) > 8000
    (call,) = rig.world.spans["span1"].calls
    assert (call.caller, call.called, call.is_to_box, call.cause) == ("13800138000", "62580002", True, 16)
    assert call.answered_at is not None and call.ended_at - call.answered_at == pytest.approx(3.0, abs=0.05)
    assert not call.is_ended_by_box


def test_a_withheld_number_arrives_withheld(rig: SpanRig) -> None:
    rig.world.call("span1-3", "")
    rig.world.call("span1-4", "123", request=Request(presentation=Presentation.RESTRICTED))
    rig.until(3)
    callers = [event.caller for event in rig.of(SetupReceived) if isinstance(event, SetupReceived)]
    assert [(one.digits, one.presentation) for one in callers] == [
        ("", Presentation.RESTRICTED),
        ("123", Presentation.RESTRICTED),
    ]


def test_digit_by_digit_to_the_box(rig: SpanRig) -> None:
    def collect(event: IsdnEvent, now: float) -> None:
        if isinstance(event, SetupReceived):
            assert not event.is_complete
            rig.link.want_digits(event.call, now)

    rig.on_event = collect
    rig.world.call("span1", "13800138000", request=Request(to="62580002", overlap_s=0.3))
    rig.until(6)
    digits = [event.digits for event in rig.of(DigitsReceived) if isinstance(event, DigitsReceived)]
    assert "".join(digits) == "2580002" and len(digits) == 7


@pytest.mark.parametrize(
    ("cause", "outcome"), [(17, Outcome.BUSY), (1, Outcome.REFUSED), (21, Outcome.REFUSED)]
)
def test_the_box_refuses(rig: SpanRig, cause: int, outcome: Outcome) -> None:
    rig.on_event = takes(rig, refuses=cause)
    party = rig.world.call("span1", "13800138000")
    rig.until(4)
    assert (party.outcome, party.cause) == (outcome, cause)
    (call,) = rig.world.spans["span1"].calls
    assert (call.cause, call.is_ended_by_box, call.answered_at) == (cause, True, None)


def test_the_caller_gives_up_and_nobody_answers(rig: SpanRig) -> None:
    def ring(event: IsdnEvent, now: float) -> None:
        if isinstance(event, SetupReceived):
            rig.link.proceed(event.call, event.channel, now)
            rig.link.alert(event.call, now)
        if isinstance(event, Disconnected):
            rig.link.hang_up(event.call, event.cause, now)

    rig.on_event = ring
    soon = rig.world.call("span1", "1", give_up_after_s=5)
    never = rig.world.call("span1", "2")
    rig.until(70)
    assert (soon.outcome, soon.cause) == (Outcome.GAVE_UP, 16)
    assert (never.outcome, never.cause) == (Outcome.NO_ANSWER, 19)
    assert all(channel.is_free for channel in rig.world.spans["span1"].channels.values())


def test_the_box_calls_and_is_answered(rig: SpanRig) -> None:
    speech = alaw.encode(alaw.decode(bytes(range(256)) * 10))
    rig.world.subscriber("13900139000", answers_after_s=2, audio=speech, hangs_up_after_s=4)
    call = rig.dial(5, "13900139000")
    rig.until(3.5)
    assert rig.pairs[0].to_box[5] == RINGBACK[-80:] or rig.pairs[0].to_box[5] in RINGBACK
    rig.on_event = takes(rig)
    rig.until(12)
    assert rig.of(Alerting) == [Alerting(call, is_in_band=True)] and len(rig.of(Connected)) == 1
    assert rig.of(Disconnected) == [Disconnected(call, 16)]
    assert rig.whats("span1-5") == [
        *("seized 62580001", "dialled 13900139000", "alerting in-band", "connect 13900139000"),
        *("far-end-hung-up cause=16", "release cause=16"),
    ]


@pytest.mark.parametrize(
    ("behaviour", "cause"),
    [
        ({"busy": True}, 17),
        ({"congested": True}, 34),
        ({"cause": 1}, 1),
        ({"cause": 21}, 21),
        ({"cause": 27}, 27),
    ],
)
def test_what_the_box_dials_is_refused(rig: SpanRig, behaviour: dict[str, object], cause: int) -> None:
    rig.on_event = takes(rig)
    rig.world.subscriber("12345", **behaviour)  # type: ignore[arg-type]
    call = rig.dial(5, "12345")
    rig.until(6)
    ends = [event for event in rig.heard if isinstance(event, (Disconnected, Cleared))]
    assert [(event.call, event.cause) for event in ends][-1] == (call, cause)
    assert rig.world.spans["span1"].calls[0].cause == cause


def test_an_announcement_before_the_refusal() -> None:
    rig = SpanRig(announces=True)
    rig.until(2)
    rig.on_event = takes(rig)
    rig.world.subscriber("111", busy=True)
    rig.world.subscriber("222", cause=1, announcement=b"\x12" * 16000)
    busy, gone = rig.dial(5, "111"), rig.dial(6, "222")
    rig.until(3.5)
    assert rig.pairs[0].to_box[5] in BUSY_TONE and rig.pairs[0].to_box[6] == b"\x12" * 80
    rig.until(8)
    assert rig.of(Progress) == [Progress(busy, True, 17), Progress(gone, True, 1)]
    assert {event.call: event.cause for event in rig.heard if isinstance(event, Cleared)} == {
        busy: 17,
        gone: 1,
    }


def test_the_box_dials_digit_by_digit(rig: SpanRig) -> None:
    rig.world.subscriber("62581234", answers_after_s=1)
    call = rig.dial(7, "6258", is_complete=False)
    rig.until(3)
    assert rig.of(MoreDigitsWanted) == [MoreDigitsWanted(call, 7)]
    for digit in "1234":
        rig.link.more_digits(call, digit, rig.now)
    rig.until(6)
    assert "dialled 62581234" in rig.whats("span1-7") and len(rig.of(Connected)) == 1


def test_glare_on_demand_the_network_wins(rig: SpanRig) -> None:
    rig.on_event = takes(rig)
    party = rig.world.call("span1", "13800138000", at_glare=True)
    rig.until(3)
    assert party.outcome is None and not rig.of(SetupReceived)
    ours = rig.dial(9, "13900139000")
    rig.until(6)
    assert [event.cause for event in rig.heard if isinstance(event, Cleared) and event.call == ours] == [44]
    assert party.line == "span1-9" and party.answered_at < 4
    assert rig.whats("span1-9")[:2] == ["glare", "setup 13800138000 to 62580001"]


def test_restart_from_either_end_ends_the_call(rig: SpanRig) -> None:
    rig.on_event = takes(rig)
    first = rig.world.call("span1-3", "1")
    second = rig.world.call("span1-4", "2")
    rig.until(4)
    rig.world.spans.restart("span1-3")
    rig.link.restart(4, rig.now)
    rig.until(6)
    assert Restarted(3) in rig.heard
    assert rig.whats("span1-3")[-2:] == ["release cause=41", "restart-done"]
    assert rig.whats("span1-4")[-2:] == ["release cause=41", "restarted by the box"]
    assert first.outcome is second.outcome is Outcome.RELEASED


def test_a_dead_d_channel_ends_and_comes_back(rig: SpanRig) -> None:
    rig.world.spans.dlink("span1", False)
    with pytest.raises(WorldError, match="dead already"):
        rig.world.spans.dlink("span1", False)
    rig.until(60)
    assert rig.whats("span1")[-1] == "link-down"
    assert rig.world.call("span1", "1").outcome is Outcome.BUSY
    rig.world.spans.dlink("span1", True)
    rig.until(80)
    assert rig.whats("span1")[-1] == "link-up" and rig.link.is_up


def test_lost_and_damaged_frames_are_made_good_by_layer_2() -> None:
    rig = SpanRig(loss=5, corruption=5, seed=7)
    rig.on_event = takes(rig)
    rig.until(5)
    parties = []
    for number in range(60):
        parties.append(rig.world.call("span1", str(number), hang_up_after_s=2))
        rig.until(rig.now + 0.5)
    rig.until(rig.now + 60)
    answered = [party for party in parties if party.answered_at < float("inf")]
    assert len(answered) >= 58
    assert all(channel.is_free for channel in rig.world.spans["span1"].channels.values())
    assert {call.cause for call in rig.world.spans["span1"].calls if call.answered_at} <= {16}


def test_a_channel_out_of_service_and_a_full_span(rig: SpanRig) -> None:
    rig.on_event = takes(rig)
    rig.world.spans.service("span1-5", False)
    call = rig.dial(5, "123")
    rig.until(3)
    assert [event.cause for event in rig.heard if isinstance(event, Cleared) and event.call == call] == [44]
    parties = [rig.world.call("span1", str(number)) for number in range(30)]
    rig.until(5)
    assert sum(party.outcome is None for party in parties) == 29
    assert parties[-1].outcome is Outcome.BUSY and rig.whats("span1")[-1] == "caller-busy 29"


def test_the_exchange_ends_a_call_with_any_cause(rig: SpanRig) -> None:
    rig.on_event = takes(rig)
    for cause in (31, 41, 38, 102):
        party = rig.world.call("span1-8", "5")
        rig.until(rig.now + 1)
        rig.world.clear(party, cause)
        rig.until(rig.now + 1)
    causes = [event.cause for event in rig.heard if isinstance(event, Disconnected)]
    assert causes == [31, 41, 38, 102]


def test_a_tie_line_where_the_world_is_the_user() -> None:
    rig = SpanRig(side="user", hunt="ascending")
    rig.until(2)
    rig.on_event = takes(rig)
    party = rig.world.call("span1", "801", request=Request(to="802"), hang_up_after_s=1)
    rig.until(5)
    assert party.line == "span1-1" and party.outcome is Outcome.HUNG_UP
    rig.dial(2, "803")
    rig.until(20)
    assert "connect 803" in rig.whats("span1-2")


@pytest.mark.parametrize("name", ["span2", "span1-16", "span1-32", "span1-x"])
def test_what_is_no_channel_is_refused(rig: SpanRig, name: str) -> None:
    with pytest.raises(WorldError):
        rig.world.call(name, "1")
