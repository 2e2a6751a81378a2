"""What goes wrong while people talk: cables, alarms, links, cards, buses, and orders of the owner."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from firmware.api.core import HangUp, Refused, RestartSpan, SetGroupService, SetLineService
from hal.sim.faults import FaultKind
from tools.emulator.event import WorldError
from tools.emulator.timers import Timers
from tools.soak.office import Office
from tools.virtual import VirtualBox

AFTER_S = 70.0  # so long after a mishap ends a call that was there may end in its own way
ALL = ""


@dataclass(slots=True)
class Trouble:
    """Something was wrong with a line, a span, or (ALL) with everything."""

    what: str
    where: str
    since: float
    until: float

    def touches(self, line: str, began_at: float, ended_at: float) -> bool:
        """A call on this line lived in it, or in what comes of it."""
        is_here = self.where in (ALL, line, line.partition("-")[0])
        return is_here and began_at <= self.until + AFTER_S and ended_at >= self.since - 0.5


class Mishaps:
    """One at a time or several at once; each ends by itself."""

    def __init__(self, box: VirtualBox, office: Office, rng: random.Random, timers: Timers) -> None:
        self.troubles: list[Trouble] = []
        self.count = 0
        self._box = box
        self._office = office
        self._rng = rng
        self._timers = timers
        self._kinds: tuple[Callable[[], None], ...] = (
            *(self._cut, self._cut, self._ais, self._rai, self._frames, self._multiframes, self._errors),
            *(self._slip, self._dlink, self._loss, self._corruption, self._restart, self._block),
            *(self._card, self._bus, self._unplug, self._drain, self._group_out, self._switch_off),
            *(self._box_restarts, self._operator, self._commit),
        )

    def happen(self) -> None:
        """Let something go wrong now; what is so already does not happen twice."""
        try:
            self._rng.choice(self._kinds)()
        except (WorldError, Refused):
            pass

    @property
    def until(self) -> float:
        """When all is well again."""
        return max((trouble.until for trouble in self.troubles), default=0.0)

    def _trouble(self, what: str, where: str, seconds: float, end: Callable[[], None] = lambda: None) -> None:
        now = self._box.world.now
        self.count += 1
        trouble = Trouble(what, where, now, now + seconds)
        self.troubles.append(trouble)
        self._timers.set(now + seconds, lambda _now: end())

    def _seconds(self, *choices: float) -> float:
        return self._rng.choice(choices) * self._rng.uniform(0.6, 1.4)

    def _span(self, kind: str = "") -> str:
        spans = [span for span in self._office.spans if self._office.kind(span).startswith(kind)]
        if not spans:
            raise WorldError(f"no span with {kind}")
        return self._rng.choice(spans)

    def _channel(self, span: str) -> str:
        return f"{span}-{self._rng.choice([slot for slot in range(1, 32) if slot != 16])}"

    # ---- the cable -----------------------------------------------------------------------------

    def _cut(self) -> None:
        span, spans = self._span(), self._box.world.spans
        spans.cut(span)
        self._trouble("cut", span, self._seconds(0.05, 1, 8, 40), partial(spans.mend, span))

    def _switched(self, what: str, act: Callable[[str, bool], None], bad: bool) -> None:
        span = self._span()
        act(span, bad)
        self._trouble(what, span, self._seconds(0.1, 2, 8, 40), partial(act, span, not bad))

    def _ais(self) -> None:
        self._switched("ais", self._box.world.spans.ais, True)

    def _rai(self) -> None:
        self._switched("rai", self._box.world.spans.rai, True)

    def _frames(self) -> None:
        self._switched("frames", self._box.world.spans.frames, False)

    def _multiframes(self) -> None:
        self._switched("multiframes", self._box.world.spans.multiframes, False)

    def _errors(self) -> None:
        self._box.world.spans.errors(self._span(), code=5, crc=self._rng.randrange(1, 900), far=2)
        self.count += 1

    def _slip(self) -> None:
        span = self._span()
        self._box.world.spans.slip(span, self._rng.randrange(1, 5))
        self._trouble("slip", span, 0.1)

    # ---- the signalling ------------------------------------------------------------------------

    def _dlink(self) -> None:
        span, spans = self._span("pri"), self._box.world.spans
        spans.dlink(span, False)
        self._trouble("dlink", span, self._seconds(0.5, 5, 20, 50), partial(spans.dlink, span, True))

    def _loss(self) -> None:
        span, spans = self._span("pri"), self._box.world.spans
        spans.loss(span, self._rng.choice((1.0, 5.0, 20.0)))
        self._trouble("loss", span, self._seconds(5, 20), partial(spans.loss, span, 0.0))

    def _corruption(self) -> None:
        span, spans = self._span("pri"), self._box.world.spans
        spans.corruption(span, self._rng.choice((1.0, 5.0, 20.0)))
        self._trouble("corruption", span, self._seconds(5, 20), partial(spans.corruption, span, 0.0))

    def _restart(self) -> None:
        span = self._span("pri")
        where = span if self._rng.random() < 0.3 else self._channel(span)
        self._box.world.spans.restart(where)
        self._trouble("restart", where, 1.0)

    def _block(self) -> None:
        channel = self._channel(self._span())
        service = self._box.world.spans.service
        service(channel, False)
        self._trouble("block", channel, self._seconds(1, 10), partial(self._unblock, channel))

    def _unblock(self, channel: str) -> None:
        self._box.world.spans.service(channel, True)

    # ---- the box's hardware --------------------------------------------------------------------

    def _card(self) -> None:
        slot = self._rng.randrange(1, len(self._office.cards) + 1)
        card, world = self._office.cards[slot - 1], self._box.world
        world.pull_card(slot)
        self._trouble("card", ALL, self._seconds(0.2, 3, 15), lambda: world.insert_card(slot, card))

    def _bus(self) -> None:
        kind = self._rng.choice(list(FaultKind))
        times = self._rng.choice((1, 1, 2, 3, 5, 30))
        self._box.board.spi.fail(self._rng.randrange(1, 40), kind, times)
        self._trouble("bus", ALL, 1.0)

    def _unplug(self) -> None:
        line, world = self._rng.choice(self._office.lines), self._box.world
        world.unplug(line)
        self._trouble("unplug", line, self._seconds(0.5, 5, 15), partial(world.plug, line))

    # ---- the owner -----------------------------------------------------------------------------

    def _group(self, service: str) -> None:
        self._box.command(SetGroupService("outside", service))
        back = SetGroupService("outside", "in-service")
        self._trouble(service, ALL, self._seconds(0.5, 4), lambda: self._box.command(back))

    def _drain(self) -> None:
        self._group("drain")

    def _group_out(self) -> None:
        self._group("out-of-service")

    def _switch_off(self) -> None:
        span = self._span()
        port = self._rng.choice((span, self._channel(span), self._rng.choice(self._office.lines)))
        self._box.command(SetLineService(port, False))
        back = SetLineService(port, True)
        self._trouble("switched-off", port, self._seconds(1, 6), lambda: self._box.command(back))

    def _box_restarts(self) -> None:
        span = self._span("pri")
        self._box.command(RestartSpan(span))
        self._trouble("box-restart", span, 1.0)

    def _operator(self) -> None:
        """End a call from the page."""
        calls = list(self._box.box.switchboard.calls)
        if calls:
            self._box.command(HangUp(self._rng.choice(calls)))
            self.count += 1

    def _commit(self) -> None:
        """Change a setting, so that all lines get theirs anew."""
        self._box.set("queues.info.max_waiting", str(self._rng.randrange(3, 20)))
        self.count += 1
