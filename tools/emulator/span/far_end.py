"""The far end of one span: cable, framing, signalling, and the sound of its channels."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from cext.isdn.types import Side
from firmware.spans.link import Link
from hal.sim.world import SpanWorld
from tools.emulator.event import WorldError
from tools.emulator.exchange import Exchange
from tools.emulator.party import Party
from tools.emulator.span.channel import Channel
from tools.emulator.span.dchannel import DChannel
from tools.emulator.span.framing import Framing
from tools.emulator.span.isdn import IsdnExchange
from tools.emulator.span.office import Office, Request
from tools.emulator.span.options import SpanOptions
from tools.emulator.span.r2 import R2Exchange
from tools.emulator.span.record import SpanCall

MakeLink = Callable[[Side], Link]


class Signalling(Protocol):
    """What speaks on a span: an ISDN exchange or an R2 exchange."""

    @property
    def channels(self) -> Mapping[int, Channel]: ...

    def tick(self, now: float) -> None: ...

    def offer(self, party: Party, request: Request, now: float, timeslot: int = 0) -> None: ...

    def offer_at_glare(self, party: Party, request: Request) -> None: ...

    def clear(self, channel: Channel, cause: int, now: float) -> None: ...

    def restart(self, timeslot: int, now: float) -> None: ...

    def service(self, timeslot: int, is_on: bool, now: float) -> None: ...

    def dlink(self, is_open: bool, now: float) -> None: ...


class FarEnd:
    """The world's end of a span; `calls` are the records of what was on it."""

    def __init__(
        self, name: str, pair: SpanWorld, options: SpanOptions, exchange: Exchange, make_link: MakeLink
    ) -> None:
        self.name = name
        self.options = options
        self.framing = Framing(pair, name)
        self._pair = pair
        if not options.crc4 and options.signalling == "pri":  # R2 has multiframes in timeslot 16 besides
            pair.lose_multiframe(True)
        self._office = Office(name, pair, options, exchange)
        self._dchannel: DChannel | None = None
        self.signalling = self._signalling(make_link)
        self._channel_list = tuple(self.signalling.channels.values())

    def _signalling(self, make_link: MakeLink) -> Signalling:
        options, office = self.options, self._office
        if options.signalling == "r2":
            return R2Exchange(office, lambda: self.framing.carries)
        rng = office.exchange.rng(f"d-channel {self.name}")
        self._dchannel = DChannel(self._pair, rng, options.loss, options.corruption)
        return IsdnExchange(office, make_link(Side(options.side)), self._dchannel)

    @property
    def calls(self) -> list[SpanCall]:
        """The calls that are over, oldest first."""
        return self._office.calls

    @property
    def channels(self) -> Mapping[int, Channel]:
        """The channels by timeslot."""
        return self.signalling.channels

    def tick(self, now: float) -> None:
        """Move 10 ms."""
        self.framing.look(lambda what, detail: self._office.note(now, what, detail))
        self.signalling.tick(now)
        heard: Sequence[bytes] | None = None
        for channel in self._channel_list:
            if channel.tape is None:
                continue
            channel.carry()
            party = channel.party
            if party is not None and party.keeps and channel.listens:
                heard = heard if heard is not None else self._pair.from_box
                party.hear(heard[channel.timeslot])

    def channel(self, name: str) -> Channel:
        """Find a channel by its name. raises WorldError"""
        for channel in self._channel_list:
            if channel.name == name:
                return channel
        raise WorldError(f"no channel {name!r}: {self.name} has {self.name}-1 to {self.name}-31, not 16")

    def loss(self, percent: float, now: float) -> None:
        """Lose so many of the D-channel's frames. raises WorldError on a span without one"""
        self._frames().loss = percent
        self._office.note(now, "loss", f"{percent:g} %")

    def corruption(self, percent: float, now: float) -> None:
        """Turn over a bit in so many of the D-channel's frames. raises WorldError"""
        self._frames().corruption = percent
        self._office.note(now, "corruption", f"{percent:g} %")

    def note(self, now: float, what: str, detail: str = "") -> None:
        """Write an event of the span."""
        self._office.note(now, what, detail)

    def _frames(self) -> DChannel:
        if self._dchannel is None:
            raise WorldError(f"{self.name}: has no D-channel, its signalling is {self.options.signalling}")
        return self._dchannel
