"""An instance of libpri that was given back works as a new one, in whatever state it was left."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from d_channel import Pair

from cext.isdn.link import PriLink
from cext.isdn.port import Ports
from cext.isdn.types import Connected, LinkUp, NewCall, Number, SetupReceived, Side

SABME = {Side.USER: "00017f", Side.NETWORK: "02017f"}
PAGE_KB = 4


def nothing(pair: Pair) -> None:
    """The far end never came."""


def established(pair: Pair) -> None:
    pair.up()


def talking(pair: Pair) -> None:
    pair.up()
    for channel in range(1, 11):
        pair.user.setup(NewCall(channel, Number("5551234"), Number("1")), pair.now)
    pair.settle()
    for offer in pair.network_offers:
        pair.network.answer(offer.call, pair.now)
    pair.settle()


def unheard(pair: Pair) -> None:
    """Calls end and begin, and nobody acknowledges it: much waits to be sent, T200 runs."""
    talking(pair)
    pair.to_network.is_cut = pair.to_user.is_cut = True
    for call in list(pair.user.calls)[:5]:
        pair.user.hang_up(call, 16, pair.now)
    for channel in range(11, 31):
        pair.user.setup(NewCall(channel + (channel > 15), Number("5551234"), Number("1")), pair.now)
    pair.run(1.2)


def lost(pair: Pair) -> None:
    """The data link is gone, T309 runs for the calls."""
    talking(pair)
    pair.to_network.is_cut = pair.to_user.is_cut = True
    pair.run(20.0)


def restarting(pair: Pair) -> None:
    pair.up()
    pair.to_network.is_cut = True
    pair.user.restart(0, pair.now)
    pair.run(0.3)


def refused(pair: Pair) -> None:
    """The far end says DM and DISC."""
    talking(pair)
    for control in ("0f", "1f", "53"):
        pair.user.receive(bytes.fromhex("0001" + control), pair.now)


STATES = (nothing, established, talking, unheard, lost, restarting, refused)


def started_again(state: Callable[[Pair], None], after_s: float) -> Pair:
    """Leave a link in a state, and give its instance to the next one."""
    before, ports = Pair(), Ports()
    before.user = PriLink(Side.USER, ports)
    before.user.start(before.now)
    first = before.user._port
    state(before)
    before.user.close(before.now)
    assert (before.user.deadline(), before.user.calls, before.user.take_frames()) == (None, {}, [])
    pair = Pair()
    pair.now = before.now + after_s
    pair.user = PriLink(Side.USER, ports)
    pair.user.start(pair.now)
    assert pair.user._port is first
    return pair


def frames(pair: Pair, silence_s: float) -> list[tuple[float, bytes]]:
    """Give what the user sends from its start on, with the times; the far end comes after a while."""
    pair.user.start(pair.now)
    begun = pair.now
    pair.run(silence_s)
    pair.network.start(pair.now)
    pair.run(20.0)
    assert pair.user_events == [LinkUp()]
    return [(round(at - begun, 3), frame) for at, frame in pair.to_network.seen]


@pytest.mark.parametrize("after_s", [0.0, 0.2, 3600.0])
@pytest.mark.parametrize("state", STATES)
def test_the_data_link_begins_as_a_new_one(state: Callable[[Pair], None], after_s: float) -> None:
    again = frames(started_again(state, after_s), 0.0)
    assert again == frames(Pair(), 0.0)
    assert again[0] == (0.0, bytes.fromhex(SABME[Side.USER]))


@pytest.mark.parametrize("state", STATES)
def test_a_far_end_that_is_silent_is_called_again_and_again(state: Callable[[Pair], None]) -> None:
    """T200 and N200 begin anew. (A new instance waits 1 s after its first frame, before T200 is set.)"""
    silent = frames(started_again(state, 0.3), 7.3)
    times = (0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.5)  # N200 is 5, then a pause
    assert silent[:7] == [(at_s, bytes.fromhex(SABME[Side.USER])) for at_s in times]
    assert silent == frames(started_again(nothing, 0.0), 7.3)


@pytest.mark.parametrize("state", STATES)
def test_calls_go_both_ways(state: Callable[[Pair], None]) -> None:
    pair = started_again(state, 1.0)
    pair.up()
    pair.user.restart(0, pair.now)
    pair.run(10.0)
    out = pair.user.setup(NewCall(3, Number("5551234"), Number("1")), pair.now)
    there = pair.network.setup(NewCall(4, Number("62580001"), Number("2")), pair.now)
    pair.settle()
    for link, offers in ((pair.user, pair.user_offers), (pair.network, pair.network_offers)):
        (offer,) = offers
        link.answer(offer.call, pair.now)
    pair.settle()
    assert Connected(out, None) in pair.user_events and Connected(there, None) in pair.network_events
    assert not [one for one in pair.user_events if isinstance(one, SetupReceived)][1:]
    pair.run(60.0)  # no timer of before ends them
    assert [len(calls) for calls in pair.calls()] == [2, 2]
    for call in list(pair.user.calls):
        pair.user.hang_up(call, 16, pair.now)
    pair.run(5.0)
    for call in list(pair.network.calls):
        pair.network.hang_up(call, 16, pair.now)
    pair.run(5.0)
    assert pair.calls() == ([], [])


def test_each_side_has_its_own() -> None:
    ports = Ports()
    user = PriLink(Side.USER, ports)
    user.start(1.0)
    first = user._port
    user.close(2.0)
    network = PriLink(Side.NETWORK, ports)
    network.start(3.0)
    assert network._port is not first and network.take_frames() == [bytes.fromhex(SABME[Side.NETWORK])]
    user.start(4.0)
    assert user._port is first


def resident_kb() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_KB


def test_memory_does_not_grow_with_links() -> None:
    ports, now = Ports(), 1.0
    before_kb = 0
    for number in range(1200):
        link = PriLink(Side.USER, ports)
        link.start(now)
        link.close(now + 1.0)
        now += 2.0
        if number == 200:
            before_kb = resident_kb()
    assert resident_kb() - before_kb < 2000, "a new instance each time would be 15 MB"
