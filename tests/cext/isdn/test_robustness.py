"""Two links over a bad line, and with a hostile far end, in virtual time."""

from __future__ import annotations

from random import Random

import pytest
from d_channel import Pair
from isdn_people import Bustle
from q931_mutants import mutate, noise

from cext.isdn.hearing import CHANNELS
from cext.isdn.types import (
    Cleared,
    Connected,
    Disconnected,
    IsdnEvent,
    LinkDown,
    LinkUp,
    NewCall,
    Number,
    SetupReceived,
    Side,
)

CALLED, CALLER = Number("5551234"), Number("13800138000")


class Office:
    """The user's side answers every call; the network's notes what became of its calls."""

    def __init__(self, pair: Pair) -> None:
        self.pair = pair
        self.connected: set[int] = set()
        self.causes: dict[int, int] = {}
        pair.on_user, pair.on_network = self._user, self._network

    def call(self, channel: int) -> int:
        """Call the office."""
        return self.pair.network.setup(NewCall(channel, CALLED, CALLER), self.pair.now)

    def call_and_talk(self, channels: tuple[int, ...]) -> list[int]:
        """Call on all these channels at once."""
        calls = [self.call(channel) for channel in channels]
        self.pair.settle()
        assert set(calls) <= self.connected
        return calls

    def _user(self, event: IsdnEvent) -> None:
        link, now = self.pair.user, self.pair.now
        if isinstance(event, SetupReceived):
            link.proceed(event.call, event.channel, now)
            link.alert(event.call, now)
            link.answer(event.call, now)
        elif isinstance(event, Disconnected):
            link.hang_up(event.call, 16, now)

    def _network(self, event: IsdnEvent) -> None:
        if isinstance(event, Connected):
            self.connected.add(event.call)
        elif isinstance(event, Disconnected):
            self.pair.network.hang_up(event.call, 16, self.pair.now)
        elif isinstance(event, Cleared):
            self.causes[event.call] = event.cause


@pytest.fixture
def office() -> Office:
    pair = Pair()
    pair.up()
    return Office(pair)


def cut(pair: Pair, seconds: float) -> None:
    """Pull the cable for so long."""
    pair.to_user.is_cut = pair.to_network.is_cut = True
    pair.run(seconds)
    pair.to_user.is_cut = pair.to_network.is_cut = False


def heard(pair: Pair) -> list[IsdnEvent]:
    """Give what both sides said, and forget it."""
    events = [*pair.user_events, *pair.network_events]
    pair.user_events.clear(), pair.network_events.clear()
    return events


def test_calls_survive_a_cable_pull_of_8_s(office: Office) -> None:
    calls = office.call_and_talk(CHANNELS)
    heard(office.pair)
    cut(office.pair, 8.0)
    office.pair.run(60.0)
    assert not [event for event in heard(office.pair) if not isinstance(event, LinkUp | LinkDown)]
    assert list(office.pair.network.calls) == calls
    assert len(office.pair.user.calls) == 30
    for call in calls:
        office.pair.network.hang_up(call, 16, office.pair.now)
    office.pair.run(5.0)
    assert office.pair.calls() == ([], [])
    assert set(office.causes.values()) == {16}


def test_a_cable_pull_with_traffic_is_noticed_and_survived(office: Office) -> None:
    calls = office.call_and_talk((1, 2))
    heard(office.pair)
    office.pair.to_user.is_cut = office.pair.to_network.is_cut = True
    dropped = office.call(3)
    cut(office.pair, 20.0)
    assert LinkDown() in office.pair.network_events
    office.pair.run(60.0)
    assert list(office.pair.network.calls) == calls
    assert office.causes[dropped] in (18, 27)
    office.call_and_talk((3, 4))


def test_a_cable_pull_of_40_s_clears_the_calls_and_leaves_the_channels_usable(office: Office) -> None:
    calls = office.call_and_talk(CHANNELS)
    heard(office.pair)
    cut(office.pair, 40.0)
    office.pair.run(30.0)
    assert {office.causes[call] for call in calls} == {27}
    cleared = [event for event in heard(office.pair) if isinstance(event, Cleared)]
    assert len(cleared) == 60
    assert {event.cause for event in cleared} == {27}
    assert office.pair.calls() == ([], [])
    assert office.pair.user.is_up and office.pair.network.is_up
    office.call_and_talk(CHANNELS)


def test_a_call_that_rings_is_cleared_with_the_link(office: Office) -> None:
    office.pair.on_user = lambda event: None
    call = office.call(1)
    office.pair.settle()
    office.pair.user.alert(office.pair.user_offers[-1].call, office.pair.now)
    office.pair.settle()
    cut(office.pair, 30.0)
    office.pair.run(30.0)
    assert office.causes[call] == 27
    assert office.pair.calls() == ([], [])


def test_30_calls_at_once_are_all_answered(office: Office) -> None:
    assert len(office.call_and_talk(CHANNELS)) == 30


def test_30_calls_at_once_from_each_side_are_all_handled(office: Office) -> None:
    """On the same channels: 30 of 60 win, the others are refused with a reason, none is lost."""
    pair = office.pair
    mine = [pair.user.setup(NewCall(channel, CALLED, CALLER), pair.now) for channel in CHANNELS]
    theirs = [office.call(channel) for channel in CHANNELS]
    pair.run(5.0)
    assert {event.call: event.cause for event in pair.user_events if isinstance(event, Cleared)} == {
        call: 44 for call in mine
    }
    assert set(theirs) == office.connected


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_all_of_300_calls_are_answered_with_5_percent_of_the_frames_lost(seed: int) -> None:
    pair = Pair(seed)
    pair.up()
    office = Office(pair)
    pair.to_user.loss = pair.to_network.loss = 0.05
    for number in range(300):
        call = office.call(CHANNELS[number % 30])
        pair.run(15.0)
        assert call in office.connected, f"call {number}: {office.causes.get(call)}"
        pair.network.hang_up(call, 16, pair.now)
        pair.run(15.0)
        assert office.causes[call] == 16
    pair.run(60.0)
    assert pair.calls() == ([], [])


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_wrong_cause_and_no_stuck_call_with_20_percent_of_the_frames_damaged(seed: int) -> None:
    """The FCS finds the damage; what is left is loss, and the link itself may go and come back."""
    pair = Pair(seed)
    pair.up()
    office = Office(pair)
    pair.to_user.damage = pair.to_network.damage = 0.2
    calls = []
    for number in range(100):
        if pair.network.is_up:
            calls.append(office.call(CHANNELS[number % 30]))
        pair.run(10.0)
        for call in list(pair.network.calls):
            pair.network.hang_up(call, 16, pair.now)
        pair.run(10.0)
    pair.to_user.damage = pair.to_network.damage = 0.0
    pair.run(120.0)
    assert pair.calls() == ([], [])
    assert pair.user.is_up and pair.network.is_up
    assert len(calls) > 50
    assert set(office.causes) == set(calls)
    # ended, or the link was lost: never a cause that nobody sent
    assert set(office.causes.values()) <= {16, 18, 27, 41, 81, 102}
    ended = [event for event in pair.user_events if isinstance(event, Cleared)]
    assert {event.cause for event in ended} <= {16, 18, 27, 41, 81, 102}
    assert len({event.call for event in ended}) == len(ended) == len(pair.user_offers)


@pytest.mark.parametrize("seed", range(6))
def test_a_hostile_far_end_breaks_nothing(seed: int) -> None:
    """Four in ten frames wrong in what they say, and noise that looks like frames."""
    pair = Pair(seed)
    pair.up()
    bustle = Bustle(pair, wild=True)

    def spoil(frame: bytes, chance: Random) -> bytes:
        return mutate(frame, chance) if chance.random() < 0.4 else frame

    pair.to_user.spoil = pair.to_network.spoil = spoil
    for _ in range(40):
        bustle.go_on(20, 0.3)
        for _ in range(20):
            pair._user(pair.user.receive(noise(pair.chance), pair.now))
            pair._network(pair.network.receive(noise(pair.chance), pair.now))
        assert len(pair.user.calls) <= 64 and len(pair.network.calls) <= 64
    assert pair.user.frames_refused > 100 and pair.user.messages_mended > 100
    pair.to_user.spoil = pair.to_network.spoil = lambda frame, chance: frame
    bustle.end()
    pair.run(120.0)
    assert pair.calls() == ([], [])
    office = Office(pair)
    assert pair.user.is_up and pair.network.is_up
    office.call_and_talk(CHANNELS)


def test_events_are_about_calls_there_are() -> None:
    """From the first event of a call to its Cleared, which is the last, each number is used once."""
    pair = Pair(seed=11)
    pair.up()
    bustle = Bustle(pair)
    pair.to_user.loss = pair.to_network.loss = 0.03
    bustle.go_on(1500, 0.5)
    pair.to_user.loss = pair.to_network.loss = 0.0
    bustle.end()
    for events, side in ((pair.user_events, Side.USER), (pair.network_events, Side.NETWORK)):
        over: set[int] = set()
        for event in events:
            call = getattr(event, "call", None)
            assert call not in over, f"{side}: {event}"
            if isinstance(event, Cleared):
                over.add(event.call)
        assert len(over) > 200
    assert pair.calls() == ([], [])
