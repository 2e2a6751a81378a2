"""Two R2 channels on one circuit, in virtual time: bits and tones take their time from end to end."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field

from firmware.spans.r2.channel import R2Channel
from firmware.spans.r2.types import HearMf, Out, SendMf, SetCas
from firmware.spans.r2.variant import Setup

BITS_S = 0.002  # a multiframe
TONE_ON_S, TONE_OFF_S = 0.04, 0.03  # what a receiver needs to be sure

Hook = Callable[["End", Out], None]


@dataclass
class End:
    """One end: its channel, what it said, what sounds there."""

    name: str
    channel: R2Channel
    said: list[Out] = field(default_factory=list)
    sends: tuple[str, bool] = ("", True)  # the tone
    hears: str = ""
    bits: int = -1  # sent last
    forced: int | None = None  # bits that a fault puts in place of the far end's
    stuck: str | None = None  # tone that a fault puts in place of the far end's
    reported: str = ""  # the tone that the channel was told of

    def told(self, kind: type) -> list[Out]:
        """Give what of this kind was said."""
        return [out for out in self.said if isinstance(out, kind)]


class Pair:
    """Both ends; `run` moves the time and carries everything over."""

    def __init__(
        self, near: Setup | None = None, far: Setup | None = None, *, on_say: Hook | None = None
    ) -> None:
        self.now = 0.0
        self.near, self.far = End("near", R2Channel(near)), End("far", R2Channel(far or near))
        self._on_say = on_say
        self._queue: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0
        self.is_cut = False  # tones do not pass
        for end in (self.near, self.far):
            self.do(end, end.channel.line(True, self.now))
        self.run(1.0)
        self.near.said.clear()
        self.far.said.clear()

    def other(self, end: End) -> End:
        """Give the other end."""
        return self.far if end is self.near else self.near

    def at(self, delay_s: float, action: Callable[[], None]) -> None:
        """Do this later."""
        self._count += 1
        heapq.heappush(self._queue, (self.now + delay_s, self._count, action))

    def do(self, end: End, outs: list[Out]) -> None:
        """Carry out what an end asks, and note what it says."""
        for out in outs:
            match out:
                case SetCas(abcd):
                    end.bits = abcd
                    self.at(BITS_S, lambda abcd=abcd: self._bits(self.other(end), abcd))  # type: ignore[misc]
                case SendMf(signal, is_forward):
                    self._sound(end, signal, is_forward)
                case HearMf(direction):
                    self._listen(end, direction)
                case _:
                    end.said.append(out)
                    if self._on_say:
                        self._on_say(end, out)

    def run(self, seconds: float) -> None:
        """Let this much time pass."""
        until = self.now + seconds
        while True:
            at = min([until, *self._times()])
            if at > until or (at == until and not self._due(until)):
                break
            self.now = max(self.now, at)
            while self._queue and self._queue[0][0] <= self.now:
                heapq.heappop(self._queue)[2]()
            for end in (self.near, self.far):
                deadline = end.channel.deadline()
                if deadline is not None and deadline <= self.now:
                    self.do(end, end.channel.tick(self.now))
                    after = end.channel.deadline()
                    assert after is None or after > self.now, "a deadline that tick leaves standing"
        self.now = until

    def _times(self) -> list[float]:
        deadlines = [end.channel.deadline() for end in (self.near, self.far)]
        return [*(at for at in deadlines if at is not None), *(item[0] for item in self._queue[:1])]

    def _due(self, until: float) -> bool:
        return any(at <= until for at in self._times())

    def force(self, end: End, abcd: int | None) -> None:
        """Let an end receive these bits instead of the far end's; None: the far end's again."""
        end.forced = abcd
        self._bits(end, self.other(end).bits)

    def lose_line(self, end: End) -> None:
        """Take an end's signal away."""
        self.do(end, end.channel.line(False, self.now))

    def find_line(self, end: End) -> None:
        """Give it back; as the contract asks, the bits are reported after it."""
        self.do(end, end.channel.line(True, self.now))
        self._bits(end, self.other(end).bits)

    def cut_tones(self, is_cut: bool) -> None:
        """Let no tone pass, or let them pass again."""
        self.is_cut = is_cut
        for end in (self.near, self.far):
            self._carry(end)

    def force_tone(self, end: End, signal: str | None) -> None:
        """Let an end hear this tone instead of the far end's; None: the far end's again."""
        end.stuck = signal
        self._carry(end)

    def _bits(self, end: End, abcd: int) -> None:
        received = abcd if end.forced is None else end.forced
        self.do(end, end.channel.cas(received, self.now))

    def _sound(self, end: End, signal: str, is_forward: bool) -> None:
        end.sends = (signal, is_forward)
        self._carry(self.other(end))

    def _listen(self, end: End, direction: str) -> None:
        end.hears = direction
        end.reported = ""
        self._carry(end)

    def _audible(self, end: End) -> str:
        if end.stuck is not None:
            return end.stuck
        signal, is_forward = self.other(end).sends
        is_heard = end.hears == ("forward" if is_forward else "backward")
        return signal if is_heard and not self.is_cut else ""

    def _carry(self, end: End) -> None:
        """Let the receiver of an end decide later what it hears now, if it still does."""
        signal = self._audible(end)
        self.at(TONE_ON_S if signal else TONE_OFF_S, lambda: self._decide(end, signal))

    def _decide(self, end: End, signal: str) -> None:
        if signal != self._audible(end) or signal == end.reported or not end.hears:
            return
        before, end.reported = end.reported, signal
        if before:
            self.do(end, end.channel.mf(before, False, self.now))
        if signal:
            self.do(end, end.channel.mf(signal, True, self.now))
