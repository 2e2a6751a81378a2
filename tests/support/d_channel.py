"""Two ends of an ISDN D-channel back to back in virtual time, over a line that may lose, damage or break."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from random import Random

from cext.isdn.link import PriLink
from cext.isdn.types import IsdnEvent, SetupReceived, Side

DELAY_S = 0.01
"""How long a frame takes from end to end."""


class Wire:
    """One direction of a D-channel."""

    def __init__(self) -> None:
        self.spoil: Callable[[bytes, Random], bytes] = lambda frame, chance: frame  # a hostile far end
        self.is_cut = False
        self.loss = 0.0  # share of the frames
        self.damage = 0.0  # share of the frames that get a wrong bit, which their FCS shows
        self.frames: list[tuple[float, bytes]] = []
        self.seen: deque[tuple[float, bytes]] = deque(maxlen=10_000)

    def send(self, frame: bytes, now: float, chance: Random) -> None:
        """Send a frame with its FCS."""
        frame = self.spoil(frame, chance)
        self.seen.append((now, frame))
        if self.is_cut or chance.random() < self.loss:
            return
        octets = bytearray(frame + fcs(frame))
        if chance.random() < self.damage:
            for _ in range(chance.randrange(1, 4)):
                octets[chance.randrange(len(octets))] ^= 1 << chance.randrange(8)
        self.frames.append((now + DELAY_S, bytes(octets)))

    def arrived(self, now: float) -> list[bytes]:
        """Give the frames that are there now and have a good FCS, without it."""
        there = [octets for due, octets in self.frames if due <= now]
        self.frames = [item for item in self.frames if item[0] > now]
        return [octets[:-2] for octets in there if fcs(octets[:-2]) == octets[-2:] and not self.is_cut]


class Pair:
    """A user and a network, each with a log of what it said."""

    def __init__(self, seed: int = 1) -> None:
        self.now = 1000.0
        self.chance = Random(seed)
        self.user, self.network = PriLink(Side.USER), PriLink(Side.NETWORK)
        self.to_user, self.to_network = Wire(), Wire()
        self.user_events: list[IsdnEvent] = []
        self.network_events: list[IsdnEvent] = []
        self.on_user: Callable[[IsdnEvent], None] = lambda event: None
        self.on_network: Callable[[IsdnEvent], None] = lambda event: None

    def up(self) -> None:
        """Bring the data link up."""
        self.user.start(self.now)
        self.network.start(self.now)
        self.settle()
        assert self.user.is_up and self.network.is_up

    def run(self, seconds: float) -> None:
        """Let time pass."""
        end = self.now + seconds
        while True:
            self._exchange()
            times = [due for wire in (self.to_user, self.to_network) for due, _ in wire.frames]
            times += [due for due in (self.user.deadline(), self.network.deadline()) if due is not None]
            soonest = min(times, default=end)
            if soonest >= end:
                break
            self.now = max(self.now, soonest)
        self.now = end
        self._exchange()

    def settle(self) -> None:
        """Let the frames that are on their way have their effect."""
        self.run(0.5)

    def calls(self) -> tuple[list[int], list[int]]:
        """Give the calls that each side still knows."""
        return list(self.user.calls), list(self.network.calls)

    @property
    def user_offers(self) -> list[SetupReceived]:
        """The calls offered to the user."""
        return [event for event in self.user_events if isinstance(event, SetupReceived)]

    @property
    def network_offers(self) -> list[SetupReceived]:
        """The calls offered to the network."""
        return [event for event in self.network_events if isinstance(event, SetupReceived)]

    def _exchange(self) -> None:
        for frame in self.to_user.arrived(self.now):
            self._user(self.user.receive(frame, self.now))
        for frame in self.to_network.arrived(self.now):
            self._network(self.network.receive(frame, self.now))
        self._user(self.user.tick(self.now))
        self._network(self.network.tick(self.now))
        for frame in self.user.take_frames():
            self.to_network.send(frame, self.now, self.chance)
        for frame in self.network.take_frames():
            self.to_user.send(frame, self.now, self.chance)

    def _user(self, events: list[IsdnEvent]) -> None:
        for event in events:
            self.user_events.append(event)
            self.on_user(event)

    def _network(self, events: list[IsdnEvent]) -> None:
        for event in events:
            self.network_events.append(event)
            self.on_network(event)


def fcs(octets: bytes) -> bytes:
    """Give the frame check sequence of Q.921 section 2.7, as it follows the octets on the line."""
    register = 0xFFFF
    for octet in octets:
        register = register >> 8 ^ _TABLE[(register ^ octet) & 0xFF]
    return (register ^ 0xFFFF).to_bytes(2, "little")


def _table_entry(octet: int) -> int:
    for _ in range(8):
        octet = octet >> 1 ^ (0x8408 if octet & 1 else 0)
    return octet


_TABLE = [_table_entry(octet) for octet in range(256)]
