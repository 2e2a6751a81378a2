"""All spans of the world by name, and what can be done to each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from hal.sim.world import SpanWorld
from tools.emulator.event import WorldError
from tools.emulator.exchange import Exchange
from tools.emulator.party import Party
from tools.emulator.span.channel import Channel
from tools.emulator.span.far_end import FarEnd, MakeLink
from tools.emulator.span.office import Request
from tools.emulator.span.options import SpanOptions


class Spans(Mapping[str, FarEnd]):
    """The far ends; a span is `span1`, a channel of it `span1-5`.

    now     gives the moment of the last tick
    raises  WorldError for options of a span that the board does not have
    """

    def __init__(
        self,
        pairs: Sequence[SpanWorld],
        options: Mapping[str, SpanOptions],
        exchange: Exchange,
        now: Callable[[], float],
        make_link: MakeLink,
    ) -> None:
        names = [f"span{index}" for index in range(1, len(pairs) + 1)]
        if unknown := set(options) - set(names):
            there = ", ".join(names) or "none"
            raise WorldError(f"spans: no {', '.join(sorted(unknown))} on this board (spans: {there})")
        self._now = now
        self._ends = {
            name: FarEnd(name, pair, options.get(name, SpanOptions()), exchange, make_link)
            for name, pair in zip(names, pairs, strict=True)
        }
        self._list = tuple(self._ends.values())

    def __getitem__(self, name: str) -> FarEnd:
        return self._ends[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._ends)

    def __len__(self) -> int:
        return len(self._ends)

    def tick(self, now: float) -> None:
        """Move 10 ms on every span."""
        for end in self._list:
            end.tick(now)

    def close(self) -> None:
        """Write the recordings that are still running."""
        for end in self._list:
            for channel in end.channels.values():
                channel.save_recording()

    def covers(self, name: str) -> bool:
        """Tell whether this names a span or a channel of one."""
        return name.partition("-")[0] in self._ends

    def end(self, name: str) -> FarEnd:
        """Find a span. raises WorldError"""
        end = self._ends.get(name)
        if end is None:
            raise WorldError(f"no span {name!r}: there are {', '.join(self._ends) or 'none'}")
        return end

    def channel(self, name: str) -> Channel:
        """Find a channel. raises WorldError"""
        span, dash, _slot = name.partition("-")
        if not dash:
            raise WorldError(f"{name}: is a whole span; name a channel, such as {name}-1")
        return self.end(span).channel(name)

    def channel_of(self, who: Party | str) -> Channel:
        """Find the channel a call is on. raises WorldError"""
        if isinstance(who, str):
            return self.channel(who)
        channel = self.channel(who.line) if "-" in who.line else None
        if channel is None or channel.party is not who:
            raise WorldError(f"the call of {who.number or 'the withheld number'} is over ({who.outcome})")
        return channel

    def offer(self, line: str, party: Party, request: Request, *, at_glare: bool = False) -> None:
        """Let a caller ring the box on a span or on a channel of it; `at_glare`: when the box seizes one."""
        span, _, slot = line.partition("-")
        signalling = self.end(span).signalling
        if at_glare:
            signalling.offer_at_glare(party, request)
        else:
            signalling.offer(party, request, self._now(), self.channel(line).timeslot if slot else 0)

    # faults of the cable and the framing

    def cut(self, span: str) -> None:
        """Cut the cable. raises WorldError if it is cut"""
        self.end(span).framing.cut(True, self._tell(span))

    def mend(self, span: str) -> None:
        """Mend the cable. raises WorldError if it is whole"""
        self.end(span).framing.cut(False, self._tell(span))

    def ais(self, span: str, is_on: bool) -> None:
        """Send all ones."""
        self.end(span).framing.ais(is_on, self._tell(span))

    def rai(self, span: str, is_on: bool) -> None:
        """Say that the box is not heard."""
        self.end(span).framing.rai(is_on, self._tell(span))

    def frames(self, span: str, is_on: bool) -> None:
        """Send frames, or a signal without."""
        self.end(span).framing.frames(is_on, self._tell(span))

    def multiframes(self, span: str, is_on: bool) -> None:
        """Send multiframes, or none."""
        self.end(span).framing.multiframes(is_on, self._tell(span))

    def errors(self, span: str, *, code: int = 0, crc: int = 0, frame: int = 0, far: int = 0) -> None:
        """Let errors be counted."""
        self.end(span).framing.errors(self._tell(span), code=code, crc=crc, frame=frame, far=far)

    def slip(self, span: str, times: int = 1) -> None:
        """Lose or double frames."""
        self.end(span).framing.slip(times, self._tell(span))

    def plug_back(self, span: str, is_on: bool) -> None:
        """Put a loop plug in the place of the exchange, or take it out."""
        self.end(span).framing.plug_back(is_on, self._tell(span))

    def wrong_bits(self, span: str, bits_between: int) -> None:
        """Turn over one bit in so many on the way to the box; 0: none."""
        self.end(span).framing.wrong_bits(bits_between, self._tell(span))

    # faults of the signalling

    def dlink(self, span: str, is_open: bool) -> None:
        """Let the D-channel be dead, or alive. raises WorldError"""
        self.end(span).signalling.dlink(is_open, self._now())

    def loss(self, span: str, percent: float) -> None:
        """Lose frames of the D-channel. raises WorldError"""
        self.end(span).loss(percent, self._now())

    def corruption(self, span: str, percent: float) -> None:
        """Damage frames of the D-channel. raises WorldError"""
        self.end(span).corruption(percent, self._now())

    def restart(self, name: str) -> None:
        """Set a channel, or all of a span, back to idle. raises WorldError"""
        span, _, slot = name.partition("-")
        self.end(span).signalling.restart(self.channel(name).timeslot if slot else 0, self._now())

    def service(self, channel: str, is_on: bool) -> None:
        """Take a channel out of the exchange's service, or back. raises WorldError"""
        self.end(channel.partition("-")[0]).signalling.service(
            self.channel(channel).timeslot, is_on, self._now()
        )

    def _tell(self, span: str) -> Callable[[str, str], None]:
        return lambda what, detail: self.end(span).note(self._now(), what, detail)
