"""Nothing is left of calls that are over."""

from __future__ import annotations

from pathlib import Path

from d_channel import Pair

from cext.isdn import port
from cext.isdn.hearing import CHANNELS
from cext.isdn.types import Connected, Disconnected, IsdnEvent, NewCall, Number, SetupReceived

PAGE_KB = 4


def resident_kb() -> int:
    """Give the memory that this process really has."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_KB


def calls(pair: Pair, count: int) -> None:
    """Make calls one after the other, some refused, some answered."""
    for number in range(count):
        channel = CHANNELS[number % 30]
        pair.network.setup(
            NewCall(channel, Number("5551234"), Number("13800138000"), redirecting=Number("1")), pair.now
        )
        pair.run(0.2)
        for record in (pair.user_events, pair.network_events, pair.to_user.seen, pair.to_network.seen):
            record.clear()
    pair.run(5.0)


def test_memory_does_not_grow_with_calls() -> None:
    """3,000 calls here; 100,000 were measured by hand (docs/spans.md)."""
    pair = Pair()
    pair.up()

    def user(event: IsdnEvent) -> None:
        if isinstance(event, SetupReceived) and event.channel % 4:
            pair.user.answer(event.call, pair.now)
        elif isinstance(event, SetupReceived):
            pair.user.hang_up(event.call, (17, 44, 6)[event.channel % 3], pair.now)
        elif isinstance(event, Disconnected):
            pair.user.hang_up(event.call, 16, pair.now)

    def network(event: IsdnEvent) -> None:
        if isinstance(event, Connected | Disconnected):
            pair.network.hang_up(event.call, 16, pair.now)

    pair.on_user, pair.on_network = user, network
    calls(pair, 300)
    before_kb = resident_kb()
    calls(pair, 3000)
    assert resident_kb() - before_kb < 1000, "300 octets a call are too many"
    assert pair.calls() == ([], [])
    for link in (pair.user, pair.network):
        assert (link._by_pointer, link._references, link._pending) == ({}, set(), [])


def test_words_are_bounded() -> None:
    pair = Pair()
    pair.up()
    assert pair.user._port is not None
    for number in range(1000):
        pair.user._port.words.append(str(number))
    assert len(pair.user.words) == port.MAX_WORDS
