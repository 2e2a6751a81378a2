"""Somebody at each end of a D-channel who does what people and boxes do, at random."""

from __future__ import annotations

from random import Random

from d_channel import Pair

from cext.isdn.hearing import CHANNELS
from cext.isdn.link import PriLink
from cext.isdn.types import (
    Connected,
    DigitsReceived,
    Disconnected,
    IsdnError,
    IsdnEvent,
    MoreDigitsWanted,
    NewCall,
    Number,
    SetupReceived,
)

CAUSES = (1, 3, 6, 16, 17, 18, 19, 21, 27, 28, 31, 34, 41, 44, 47, 63, 88, 127)


class Person:
    """One end: calls, answers, refuses, hangs up. What the link refuses is no fault of the person's."""

    def __init__(self, link: PriLink, chance: Random, *, wild: bool) -> None:
        self.link = link
        self.chance = chance
        self.wild = wild  # also things that no sane box does
        self.now = 0.0
        self.talking: set[int] = set()

    def hear(self, event: IsdnEvent) -> None:
        """React to an event."""
        try:
            self._react(event)
        except IsdnError:
            pass

    def act(self) -> None:
        """Do something of one's own accord."""
        try:
            self._act()
        except IsdnError:
            pass

    def _react(self, event: IsdnEvent) -> None:
        match event:
            case SetupReceived(call=call, channel=channel, is_complete=is_complete):
                self._take(call, channel or self._free(), is_complete)
            case DigitsReceived(call=call) if self.chance.random() < 0.3:
                self.link.proceed(call, 0, self.now)
            case MoreDigitsWanted(call=call):
                self.link.more_digits(call, "123", self.now)
            case Connected(call=call):
                self.talking.add(call)
            case Disconnected(call=call) if not self.wild or self.chance.random() < 0.9:
                self.link.hang_up(call, 16, self.now)
            case _:
                pass

    def _take(self, call: int, channel: int, is_complete: bool) -> None:
        fate = self.chance.random()
        if fate < 0.15:
            self.link.hang_up(call, self.chance.choice(CAUSES), self.now)
        elif not is_complete and fate < 0.8:
            self.link.want_digits(call, self.now, channel=channel, is_in_band=fate < 0.5)
        elif not self.wild or fate < 0.9:
            self.link.proceed(call, channel, self.now)
            if fate < 0.7:
                self.link.alert(call, self.now, is_in_band=fate < 0.3)
            elif fate < 0.8:
                self.link.progress(call, self.now, cause=17)

    def _act(self) -> None:
        fate = self.chance.random()
        calls = list(self.link.calls)
        if fate < 0.4 or not calls:
            is_complete = self.chance.random() < 0.7
            self.link.setup(
                NewCall(
                    self.chance.choice((0, self._free(), self.chance.choice(CHANNELS))),
                    Number("5551234"[: self.chance.randrange(8)]),
                    Number("13800138000"),
                    name=self.chance.choice(("", "Li", "王")),
                    redirecting=self.chance.choice((None, Number("999"))),
                    is_complete=is_complete,
                    is_exclusive=self.chance.random() < 0.5,
                ),
                self.now,
            )
        elif fate < 0.6:
            self.link.answer(self.chance.choice(calls), self.now)
        elif fate < 0.98:
            self.link.hang_up(self.chance.choice(calls), self.chance.choice(CAUSES), self.now)
        else:
            self.link.restart(self.chance.choice((0, *CHANNELS)), self.now)

    def _free(self) -> int:
        free = sorted(set(CHANNELS) - set(self.link.calls.values()))
        return self.chance.choice(free) if free else 1


class Bustle:
    """Two people on a pair of links, for as long as one likes."""

    def __init__(self, pair: Pair, *, wild: bool = False) -> None:
        self.pair = pair
        self.user = Person(pair.user, pair.chance, wild=wild)
        self.network = Person(pair.network, pair.chance, wild=wild)
        pair.on_user, pair.on_network = self._user, self._network

    def go_on(self, acts: int, every_s: float) -> None:
        """Let both do so many things, one at a time."""
        for _ in range(acts):
            person = self.pair.chance.choice((self.user, self.network))
            person.now = self.pair.now
            person.act()
            self.pair.run(every_s)

    def end(self) -> None:
        """Hang up whatever is left."""
        for person in (self.user, self.network):
            for call in list(person.link.calls):
                person.link.hang_up(call, 16, self.pair.now)
        self.pair.run(120.0)

    def _user(self, event: IsdnEvent) -> None:
        self.user.now = self.pair.now
        self.user.hear(event)

    def _network(self, event: IsdnEvent) -> None:
        self.network.now = self.pair.now
        self.network.hear(event)
