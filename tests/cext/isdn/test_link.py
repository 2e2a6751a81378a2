"""Two links back to back, in virtual time: calls of every kind."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest
from d_channel import Pair

from cext.isdn.link import PriLink
from cext.isdn.types import (
    Alerting,
    Cleared,
    Connected,
    DigitsReceived,
    Disconnected,
    IsdnError,
    IsdnEvent,
    LinkUp,
    MoreDigitsWanted,
    NewCall,
    Number,
    NumberType,
    Presentation,
    Proceeding,
    Progress,
    RestartDone,
    Restarted,
    Screening,
    SetupReceived,
    Side,
)

CALLED, CALLER = Number("5551234"), Number("13800138000")


class End:
    """One end of a pair, with the events of its own."""

    def __init__(self, link: PriLink, events: list[IsdnEvent]) -> None:
        self.link = link
        self.events = events

    def take(self) -> list[IsdnEvent]:
        """Give the events since the last time."""
        found = list(self.events)
        self.events.clear()
        return found

    def offer(self) -> SetupReceived:
        """Give the one call that was offered since the last time."""
        (found,) = (event for event in self.take() if isinstance(event, SetupReceived))
        return found


class Ends:
    """A pair that is up, seen from the side that calls."""

    def __init__(self, caller: Side) -> None:
        self.pair = Pair()
        self.pair.up()
        ends = [End(self.pair.user, self.pair.user_events), End(self.pair.network, self.pair.network_events)]
        self.a, self.b = ends if caller is Side.USER else reversed(ends)
        self.a.take(), self.b.take()

    @property
    def now(self) -> float:
        return self.pair.now

    def call(self, channel: int = 3, called: Number = CALLED, *, is_complete: bool = True) -> tuple[int, int]:
        """Call from a to b; gives the call's number at both ends."""
        here = self.a.link.setup(NewCall(channel, called, CALLER, is_complete=is_complete), self.now)
        self.pair.settle()
        return here, self.b.offer().call

    def talk(self, channel: int = 3) -> tuple[int, int]:
        """Call and answer."""
        here, there = self.call(channel)
        self.b.link.answer(there, self.now)
        self.pair.settle()
        assert Connected(here) in self.a.take()
        assert self.b.take() == [Connected(there)]
        return here, there


@pytest.fixture(params=list(Side), ids=lambda side: f"{side}-calls")
def ends(request: pytest.FixtureRequest) -> Ends:
    """Both ends, once with the user calling and once with the network."""
    return Ends(request.param)


def test_a_call_is_set_up_rung_answered_and_ended(ends: Ends) -> None:
    here, there = ends.call(channel=3)
    ends.b.link.proceed(there, 3, ends.now)
    ends.b.link.alert(there, ends.now)
    ends.pair.settle()
    ends.b.link.answer(there, ends.now)
    ends.pair.settle()
    assert ends.a.take() == [Proceeding(here, 3), Alerting(here), Connected(here)]
    assert ends.b.take() == [Connected(there)]
    ends.b.link.hang_up(there, 16, ends.now)
    ends.pair.settle()
    assert ends.a.take() == [Disconnected(here, 16)]
    ends.a.link.hang_up(here, 16, ends.now)
    ends.pair.settle()
    assert (ends.a.take(), ends.b.take()) == ([Cleared(here, 16)], [Cleared(there, 16)])
    assert ends.pair.calls() == ([], [])


def test_the_one_who_calls_may_give_up(ends: Ends) -> None:
    here, there = ends.call()
    ends.b.link.alert(there, ends.now)
    ends.pair.settle()
    ends.a.take()
    ends.a.link.hang_up(here, 16, ends.now)
    ends.a.link.hang_up(here, 17, ends.now)
    ends.pair.settle()
    assert ends.b.take() == [Disconnected(there, 16)]
    ends.b.link.hang_up(there, 16, ends.now)
    ends.pair.settle()
    assert (ends.a.take(), ends.b.take()) == ([Cleared(here, 16)], [Cleared(there, 16)])


def test_both_hang_up_at_once(ends: Ends) -> None:
    here, there = ends.talk()
    ends.a.link.hang_up(here, 16, ends.now)
    ends.b.link.hang_up(there, 41, ends.now)
    ends.pair.settle()
    assert (ends.a.take(), ends.b.take()) == ([Cleared(here, 16)], [Cleared(there, 41)])


@pytest.mark.parametrize(
    "caller",
    [
        Number("8613800138000", NumberType.INTERNATIONAL, screening=Screening.NETWORK),
        Number("1088886666", NumberType.NATIONAL, screening=Screening.USER_PASSED),
        Number("5551234", NumberType.SUBSCRIBER, 1, Presentation.RESTRICTED, Screening.USER_FAILED),
        Number("200", NumberType.UNKNOWN, 9),
        Number("", NumberType.UNKNOWN, 0, Presentation.UNAVAILABLE, Screening.NETWORK),
    ],
    ids=lambda number: f"{number.type.name}-{number.presentation}",
)
def test_numbers_arrive_as_they_were_sent(ends: Ends, caller: Number) -> None:
    called = Number("075512345678", NumberType.NATIONAL)
    redirecting = Number("88886666", NumberType.SUBSCRIBER, 1, Presentation.RESTRICTED)
    ends.a.link.setup(NewCall(1, called, caller, redirecting=redirecting), ends.now)
    ends.pair.settle()
    offer = ends.b.offer()
    assert (offer.caller, offer.called, offer.redirecting) == (caller, called, redirecting)
    assert (offer.is_complete, offer.is_voice, offer.is_exclusive, offer.name) == (True, True, True, "")


@pytest.mark.parametrize("name", ["Li Wei", "王小明", "Ünal 李", "x" * 49])
def test_the_network_may_give_a_name(name: str) -> None:
    ends = Ends(Side.NETWORK)
    ends.a.link.setup(NewCall(1, CALLED, CALLER, name=name), ends.now)
    ends.pair.settle()
    assert ends.b.offer().name == name


def test_who_answers_may_be_told(ends: Ends) -> None:
    here, there = ends.call()
    ends.b.link.answer(there, ends.now, number=Number("1001", NumberType.SUBSCRIBER))
    ends.pair.settle()
    assert ends.a.take() == [Proceeding(here, 3), Connected(here, Number("1001", NumberType.SUBSCRIBER))]


def test_overlap_sending(ends: Ends) -> None:
    here, there = ends.call(called=Number("55"), is_complete=False)
    ends.b.link.want_digits(there, ends.now, is_in_band=True)
    ends.pair.settle()
    assert ends.a.take() == [MoreDigitsWanted(here, 3, is_in_band=True)]
    ends.a.link.more_digits(here, "12*#", ends.now)
    ends.pair.settle()
    assert ends.b.take() == [DigitsReceived(there, digit) for digit in "12*#"]
    ends.b.link.proceed(there, 3, ends.now)
    ends.pair.settle()
    ends.a.link.more_digits(here, "9", ends.now)
    ends.pair.settle()
    assert (ends.a.take(), ends.b.take()) == ([Proceeding(here, 3)], [])


def test_a_number_may_begin_with_nothing_and_end_with_sending_complete(ends: Ends) -> None:
    here, there = ends.call(called=Number(), is_complete=False)
    ends.b.link.want_digits(there, ends.now)
    ends.pair.settle()
    append(ends.pair, 0x7B, b"\xa1")
    ends.a.link.more_digits(here, "0", ends.now)
    ends.pair.settle()
    assert ends.b.take() == [DigitsReceived(there, "0", is_complete=True)]


def test_the_far_end_chooses_the_channel(ends: Ends) -> None:
    here, there = ends.call(channel=0)
    with pytest.raises(IsdnError, match="must name one"):
        ends.b.link.alert(there, ends.now)
    ends.b.link.proceed(there, 7, ends.now)
    ends.pair.settle()
    assert ends.a.take() == [Proceeding(here, 7)]
    assert list(ends.a.link.calls.values()) == list(ends.b.link.calls.values()) == [7]


def test_a_channel_may_be_preferred(ends: Ends) -> None:
    here = ends.a.link.setup(NewCall(5, CALLED, CALLER, is_exclusive=False), ends.now)
    ends.pair.settle()
    offer = ends.b.offer()
    assert (offer.channel, offer.is_exclusive) == (5, False)
    ends.b.link.want_digits(offer.call, ends.now, channel=31)
    ends.pair.settle()
    assert ends.a.take() == [MoreDigitsWanted(here, 31)]


def test_an_exclusive_channel_stays(ends: Ends) -> None:
    _, there = ends.call(channel=5)
    with pytest.raises(IsdnError, match="must be 5, no other"):
        ends.b.link.proceed(there, 6, ends.now)


def test_the_first_answer_may_be_connect(ends: Ends) -> None:
    here, there = ends.call(channel=0)
    with pytest.raises(IsdnError, match="must name one"):
        ends.b.link.answer(there, ends.now)
    ends.b.link.hang_up(there, 17, ends.now)
    ends.pair.settle()
    assert ends.a.take()[-1] == Disconnected(here, 17)


def test_tones_on_the_channel_are_told(ends: Ends) -> None:
    here, there = ends.call()
    ends.b.link.alert(there, ends.now, is_in_band=True)
    ends.b.link.progress(there, ends.now)
    ends.b.link.progress(there, ends.now, cause=1)
    ends.pair.settle()
    assert ends.a.take() == [
        Proceeding(here, 3),
        Alerting(here, is_in_band=True),
        Progress(here, is_in_band=True),
        Progress(here, is_in_band=True, cause=1),
    ]
    append(ends.pair, 0x45, b"\x1e\x02\x82\x88")
    ends.b.link.hang_up(there, 1, ends.now)
    ends.pair.settle()
    assert ends.a.take() == [Disconnected(here, 1, is_in_band=True)]


Q850 = [
    *range(1, 4),
    6,
    7,
    *range(16, 24),
    *range(25, 32),
    34,
    *range(38, 45),
    47,
    49,
    50,
    52,
    54,
    55,
    57,
    58,
]
Q850 += [
    62,
    63,
    65,
    66,
    69,
    70,
    79,
    *range(81, 89),
    90,
    91,
    95,
    96,
    97,
    98,
    99,
    100,
    101,
    102,
    103,
    110,
    111,
    127,
]


@pytest.mark.parametrize("stage", ["offered", "proceeding", "ringing", "talking"])
def test_every_cause_arrives(ends: Ends, stage: str) -> None:
    for cause in Q850:
        here, there = ends.call()
        if stage != "offered":
            ends.b.link.proceed(there, 3, ends.now)
        if stage == "ringing":
            ends.b.link.alert(there, ends.now)
        if stage == "talking":
            ends.b.link.answer(there, ends.now)
        ends.pair.settle()
        ends.a.take(), ends.b.take()
        ends.b.link.hang_up(there, cause, ends.now)
        ends.pair.settle()
        if here in ends.a.link.calls:
            ends.a.link.hang_up(here, 16, ends.now)
        ends.pair.settle()
        assert ends.a.take()[-1] == Cleared(here, cause), f"{cause} {stage}"
        assert ends.b.take()[-1] == Cleared(there, cause), f"{cause} {stage}"
        assert ends.pair.calls() == ([], [])


def test_a_cause_with_a_recommendation_octet_is_read() -> None:
    """Q.931 section 4.5.12 octet 3a, where libpri would look for the cause."""
    ends = Ends(Side.USER)
    here, there = ends.talk()
    replace(ends.pair, b"\x08\x02\x81\x91", b"\x08\x03\x01\x80\x91")
    ends.b.link.hang_up(there, 17, ends.now)
    ends.pair.settle()
    assert ends.a.take() == [Disconnected(here, 17)]


@pytest.mark.parametrize("network_is_exclusive", [True, False])
@pytest.mark.parametrize("user_is_exclusive", [True, False])
def test_glare_leaves_one_call(user_is_exclusive: bool, network_is_exclusive: bool) -> None:
    """The network's call stays, Q.931 section 5.7."""
    ends = Ends(Side.USER)
    mine = ends.a.link.setup(NewCall(9, CALLED, CALLER, is_exclusive=user_is_exclusive), ends.now)
    theirs = ends.b.link.setup(NewCall(9, CALLED, CALLER, is_exclusive=network_is_exclusive), ends.now)
    ends.pair.settle()
    heard = ends.a.take()
    assert Cleared(mine, 44) in heard
    (offer,) = (event for event in heard if isinstance(event, SetupReceived))
    ends.a.link.answer(offer.call, ends.now)
    ends.pair.settle()
    assert Connected(theirs) in ends.b.take()
    assert ends.pair.calls() == ([offer.call], [theirs])


def test_a_channel_in_use_is_refused_or_left_open(ends: Ends) -> None:
    ends.talk(channel=4)
    here = ends.a.link.setup(NewCall(4, CALLED, CALLER), ends.now)
    ends.pair.settle()
    assert (ends.a.take(), ends.b.take()) == ([Cleared(here, 44)], [])
    here = ends.a.link.setup(NewCall(4, CALLED, CALLER, is_exclusive=False), ends.now)
    ends.pair.settle()
    offer = ends.b.offer()
    assert offer.channel == 0
    ends.b.link.proceed(offer.call, 5, ends.now)
    ends.pair.settle()
    assert ends.a.take() == [Proceeding(here, 5)]


def test_a_channel_is_restarted(ends: Ends) -> None:
    here, there = ends.talk(channel=4)
    other, _ = ends.talk(channel=5)
    ends.a.link.restart(4, ends.now)
    ends.pair.settle()
    assert ends.a.take() == [Cleared(here, 41), RestartDone(4)]
    assert ends.b.take() == [Cleared(there, 41), Restarted(4)]
    assert list(ends.a.link.calls) == [other]
    ends.talk(channel=4)


def test_all_channels_are_restarted(ends: Ends) -> None:
    for channel in (1, 15, 17, 31):
        ends.talk(channel)
    ends.a.link.restart(0, ends.now)
    ends.pair.run(3.0)
    wanted = [*range(1, 16), *range(17, 32)]
    assert [event.channel for event in ends.a.take() if isinstance(event, RestartDone)] == wanted
    assert [event.channel for event in ends.b.take() if isinstance(event, Restarted)] == wanted
    assert ends.pair.calls() == ([], [])


def test_a_restart_of_the_whole_interface_is_taken(ends: Ends) -> None:
    """Indicator 7, as an exchange sends it at its start; libpri sends single channels only."""
    ends.talk(1), ends.talk(2)
    replace(ends.pair, b"\x18\x03\xa9\x83\x83\x79\x01\x80", b"\x79\x01\x87")
    ends.a.link.restart(3, ends.now)
    ends.pair.settle()
    heard = ends.b.take()
    assert heard[-1] == Restarted(0)
    assert len(heard) == 3 and not ends.b.link.calls


def test_a_restart_is_repeated_and_given_up() -> None:
    ends = Ends(Side.USER)
    ends.pair.to_network.spoil = lambda frame, chance: frame[:4] if frame[8:9] == b"\x46" else frame
    ends.a.link.restart(3, ends.now)
    ends.a.link.restart(4, ends.now)
    ends.pair.run(45.0)
    assert ends.a.take() == []
    ends.pair.to_network.spoil = lambda frame, chance: frame
    ends.pair.run(30.0)
    assert ends.a.take() == [RestartDone(4)]


@pytest.mark.parametrize(
    "act",
    [
        lambda link, now: link.hang_up(77, 16, now),
        lambda link, now: link.answer(77, now),
        lambda link, now: link.proceed(77, 1, now),
        lambda link, now: link.alert(77, now),
        lambda link, now: link.progress(77, now),
        lambda link, now: link.want_digits(77, now),
        lambda link, now: link.more_digits(77, "1", now),
    ],
)
def test_an_unknown_call_is_refused(act: Callable[[PriLink, float], None]) -> None:
    with pytest.raises(IsdnError, match="there is no call 77"):
        act(Ends(Side.USER).a.link, 2000.0)


def test_what_cannot_be_sent_is_refused_by_name() -> None:
    ends = Ends(Side.USER)
    link = ends.a.link
    with pytest.raises(IsdnError, match="called: '12a' must be"):
        link.setup(NewCall(1, Number("12a"), CALLER), ends.now)
    with pytest.raises(IsdnError, match="caller: "):
        link.setup(NewCall(1, CALLED, Number("1" * 33)), ends.now)
    with pytest.raises(IsdnError, match="channel: 16 must be"):
        link.setup(NewCall(16, CALLED, CALLER), ends.now)
    with pytest.raises(IsdnError, match="channel: 32 must be"):
        link.restart(32, ends.now)
    with pytest.raises(IsdnError, match="cause: 0 must be"):
        link.hang_up(ends.talk()[0], 0, ends.now)


def test_no_call_before_the_link_is_up() -> None:
    link = PriLink(Side.USER)
    assert (link.deadline(), link.take_frames(), link.tick(5.0), link.receive(b"\0\1\x7f", 5.0)) == (
        None,
        [],
        [],
        [],
    )
    for act in (lambda: link.setup(NewCall(1, CALLED, CALLER), 5.0), lambda: link.restart(1, 5.0)):
        with pytest.raises(IsdnError, match="the data link is down"):
            act()
    link.start(5.0)
    link.start(5.0)
    assert link.take_frames() == [bytes.fromhex("00017f")]
    assert not link.is_up
    with pytest.raises(IsdnError, match="the data link is down"):
        link.setup(NewCall(1, CALLED, CALLER), 5.0)


def test_two_ends_of_the_same_side_are_told(capfd: pytest.CaptureFixture[str]) -> None:
    link, other = PriLink(Side.USER), PriLink(Side.USER)
    link.start(1.0), other.start(1.0)
    for frame in other.take_frames():
        assert link.receive(frame, 1.0) == []
    assert link.words == ["We think we're the CPE, but they think they're the CPE too."]
    assert capfd.readouterr() == ("", "")


def test_nobody_is_waited_for_for_ever(ends: Ends) -> None:
    here, there = ends.call(channel=1)
    ends.b.link.proceed(there, 1, ends.now)
    dialling, _ = ends.call(channel=2, is_complete=False)
    ends.b.link.want_digits(ends.b.link.calls and max(ends.b.link.calls), ends.now)
    ends.pair.run(31.0)
    assert Disconnected(max(ends.b.link.calls), 102) in ends.b.take()
    ends.pair.run(130.0)
    assert {Cleared(here, 102), Cleared(dialling, 102)} <= set(ends.a.take())
    assert ends.pair.calls() == ([], [])


def test_an_end_that_nobody_agrees_to_comes(ends: Ends) -> None:
    here, there = ends.talk()
    ends.b.link.hang_up(there, 16, ends.now)
    ends.pair.run(31.0)
    assert ends.a.take() == [Disconnected(here, 16), Cleared(here, 16)]
    assert ends.b.take() == [Cleared(there, 16)]


def test_a_setup_that_nobody_answers_ends() -> None:
    ends = Ends(Side.USER)
    here = ends.a.link.setup(NewCall(1, CALLED, CALLER), ends.now)
    ends.pair.run(10.0)
    assert ends.a.take() == [Cleared(here, 18)]
    ends.pair.run(25.0)
    assert ends.pair.calls() == ([], [])


def test_a_call_of_an_earlier_life_is_cleared() -> None:
    """We forgot a call, as after a new start; the far end still has it."""
    ends = Ends(Side.USER)
    _, there = ends.talk()
    ends.a.link._drop_channel(3)
    ends.b.link.hang_up(there, 16, ends.now)
    ends.pair.settle()
    assert ends.b.take() == [Cleared(there, 16)]


def test_link_up_is_said_once() -> None:
    pair = Pair()
    pair.up()
    pair.run(100.0)
    assert pair.user_events == pair.network_events == [LinkUp()]


def append(pair: Pair, kind: int, octets: bytes) -> None:
    """Let messages of a type have something more at their end."""
    replace(pair, b"", octets, kind)


def replace(pair: Pair, old: bytes, new: bytes, kind: int | None = None) -> None:
    """Let messages have other octets: all that have `old`, or those of a type at their end."""

    def spoil(frame: bytes, chance: Random) -> bytes:
        if kind is not None:
            return frame + new if frame[8:9] == bytes([kind]) else frame
        return frame.replace(old, new)

    pair.to_user.spoil = pair.to_network.spoil = spoil
