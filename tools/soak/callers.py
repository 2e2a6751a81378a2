"""People who call the office: where, what they do there, and when they hang up."""

from __future__ import annotations

import random
from functools import partial

from tools.emulator.event import WorldError
from tools.emulator.party import Party, PartyState
from tools.emulator.span.office import Request
from tools.emulator.timers import Timers
from tools.soak.office import ENTRIES, Office
from tools.virtual import VirtualBox

CAUSES = (16, 16, 16, 16, 17, 18, 31, 38, 41, 102, 127)  # of a far end that clears a call over ISDN
ANALOG_SHARE = 0.04
NEXT_RING_S = 8.0  # two callers in a row are one to who hears only the bell
ODD_KEYS = ("3", "5", "*", "#", "8", "9", "0", "7")


class Callers:
    """Calls to the box, at random times."""

    def __init__(self, box: VirtualBox, office: Office, rng: random.Random, timers: Timers) -> None:
        self.count = 0  # calls that reached the box's lines
        self.refused = 0  # by the exchange: no free channel
        self._box = box
        self._office = office
        self._rng = rng
        self._timers = timers
        self._numbers = 0
        self._rests_until: dict[str, float] = {}

    def call(self) -> None:
        """Let somebody call now."""
        rng = self._rng
        is_analog = rng.random() < ANALOG_SHARE
        line = rng.choice(self._office.lines if is_analog else self._office.spans)
        number = self._number()
        request = None if is_analog else self._request(line)
        lasts_s, keys = self._plan()
        if is_analog and self._box.world.now < self._rests_until.get(line, 0.0):
            return
        try:
            party = self._box.world.call(line, number, keys=keys, request=request)
        except WorldError:
            self.refused += 1
            return
        if party.state is PartyState.ENDED:
            self.refused += 1
            return
        self.count += 1
        self._plan_end(party, lasts_s, is_analog)

    def collide(self) -> None:
        """Let somebody wait to seize the channel that the box seizes next."""
        spans = [span for span in self._office.spans if self._office.kind(span).startswith("pri")]
        if not spans:
            return
        span = self._rng.choice(spans)
        party = self._box.world.call(span, self._number(), request=self._request(span), at_glare=True)
        self.count += 1
        self._plan_end(party, self._rng.uniform(1, 8), False)

    def _number(self) -> str:
        """Give a mobile number that nobody had before; now and then the caller withholds it."""
        self._numbers += 1
        return "" if self._rng.random() < 0.03 else f"138{self._numbers:08d}"

    def _request(self, span: str) -> Request:
        rng = self._rng
        to = self._office.number(span, rng.choice(tuple(ENTRIES)))
        if self._office.kind(span) != "pri-overlap" or rng.random() < 0.4:
            return Request(to=to)
        return Request(to=to, overlap_s=rng.uniform(0.03, 0.5))

    def _plan(self) -> tuple[float, list[tuple[float, str]]]:
        """Say how long the talk lasts, and which keys are pressed in it."""
        rng = self._rng
        match rng.choices(("hears", "queues", "talks", "plays"), (30, 30, 30, 10))[0]:
            case "hears":
                return rng.uniform(0, 6), []
            case "queues":
                return rng.uniform(1.5, 9), [(rng.uniform(0.3, 2), rng.choice("12"))]
            case "talks":
                return rng.uniform(8, 20), [(rng.uniform(0.3, 1), rng.choice("12"))]
        return rng.uniform(2, 14), [(1.0 + n, rng.choice(ODD_KEYS)) for n in range(3)]

    def _plan_end(self, party: Party, lasts_s: float, is_analog: bool) -> None:
        """Plan the end: after the answer, or before it."""
        rng, now = self._rng, self._box.world.now
        patience_s = rng.choice((0.02, 0.3, 1.0, 3.0, 8.0, 15.0)) * rng.uniform(0.5, 1.5)
        if rng.random() < 0.75:
            patience_s = 25.0
        self._timers.set(now + patience_s, partial(self._lose_patience, party, lasts_s))

    def _lose_patience(self, party: Party, lasts_s: float, now: float) -> None:
        if party.state is PartyState.WAITING and party.line in self._office.spans:  # to collide, some day
            self._timers.set(now + 3.0, partial(self._lose_patience, party, lasts_s))
        elif party.state is PartyState.WAITING:
            self._rests_until[party.line] = now + NEXT_RING_S
            self._end(party, now)
        elif party.state is PartyState.TALKING:
            self._timers.set(max(now + 0.01, party.answered_at + lasts_s), partial(self._end, party))

    def _end(self, party: Party, _now: float) -> None:
        """Hang up; on ISDN with some cause."""
        if party.state is PartyState.ENDED:
            return
        world = self._box.world
        try:
            if "-" in party.line:
                world.clear(party, self._rng.choice(CAUSES))
            elif party.line in world.lines:
                world.hang_up(party)
        except WorldError:
            pass  # it ended in this very moment
