"""The office that is soaked: four E1 (two with PRI, two with R2), four analog lines, sixteen phones."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from firmware.api.core import AgentLogin
from firmware.config.factory import factory_config
from firmware.config.models import Config, DirectNumber, Span, TrunkGroup
from firmware.text import Text
from tools.emulator.options import LineOptions
from tools.emulator.span.options import SpanOptions
from tools.virtual import Surroundings, VirtualBox

KINDS = ("pri", "pri-overlap", "china", "itu")  # of spans
LINES, PHONES, AGENTS = 4, 16, 6
START_S = 6.0
ENTRIES = {
    "1": "menu:main",
    "2": "queue:info",
    "3": "message:main",
    "4": "phone:812",
    "5": "queue:complaints",
}


@dataclass(frozen=True, slots=True)
class Office:
    """What there is: kinds of spans in their order, and what follows from them."""

    kinds: tuple[str, ...] = KINDS

    @property
    def spans(self) -> tuple[str, ...]:
        """The names of the spans."""
        return tuple(f"span{place}" for place in range(1, len(self.kinds) + 1))

    @property
    def r2_spans(self) -> tuple[str, ...]:
        """Those whose signalling has few words for why a call ends."""
        return tuple(span for span in self.spans if not self.kind(span).startswith("pri"))

    @property
    def lines(self) -> tuple[str, ...]:
        """The analog lines."""
        return tuple(f"fxo{place}" for place in range(1, LINES + 1))

    @property
    def phones(self) -> tuple[str, ...]:
        """The phones; agents sit at the first ones."""
        return tuple(f"fxs{place}" for place in range(1, PHONES + 1))

    @property
    def cards(self) -> tuple[str, ...]:
        """The cards, slot 1 first: a pair of spans on one card, the others on their own."""
        count = len(self.kinds)
        spans = ("e1x2", *("e1",) * (count - 2)) if count > 1 else ("e1",)
        return (*spans, "fxo4", *("fxs4",) * (PHONES // 4))

    def kind(self, span: str) -> str:
        """Give the kind of a span."""
        return self.kinds[int(span.removeprefix("span")) - 1]

    def number(self, span: str, entry: str) -> str:
        """Give the number that leads over a span to one of ENTRIES."""
        return f"6551{span.removeprefix('span')}00{entry}"

    def config(self) -> Config:
        """Make the settings."""
        made = factory_config((*self.spans, *self.lines, *self.phones))
        numbers = tuple(
            DirectNumber(number=f"00{key}", title=Text(zh=key, en=key), entry=entry)
            for key, entry in ENTRIES.items()
        )
        menu = made.menus[0].model_copy(update={"keys": {**made.menus[0].keys, "7": "hangup"}})
        quick = {"wrap_up_s": 1, "retry_pause_s": 2, "offer_s": 5, "announce_every_s": 5}
        return made.model_copy(
            update={
                "spans": tuple(map(self._span, self.spans)),
                "numbers": numbers,
                "menus": (menu,),
                "queues": tuple(queue.model_copy(update=quick) for queue in made.queues),
                "groups": (self._group("outside", "least-used", *self.spans, *self.lines),),
            }
        )

    def _group(self, name: str, order: str, *members: str) -> TrunkGroup:
        group = {"name": name, "title": {"zh": name, "en": name}, "members": members, "order": order}
        return TrunkGroup.model_validate({**group, "spare_for_emergency": 1})

    def _span(self, port: str) -> Span:
        kind = self.kind(port)
        settings: dict[str, Any] = {"port": port, "number": self.number(port, "1")}
        settings["clock_rank"] = int(port.removeprefix("span"))
        if kind.startswith("pri"):
            settings["digits"] = 8 if kind == "pri-overlap" else 0
        else:
            settings |= {"signalling": "r2", "r2_variant": kind, "digits": 8}
        return Span.model_validate(settings)

    def options(self, span: str) -> SpanOptions:
        """Say how the far end runs a span."""
        kind = self.kind(span)
        if kind.startswith("pri"):
            return SpanOptions(number=self.number(span, "1"), announces=kind != "pri-overlap")
        return SpanOptions(
            signalling="r2", variant="china" if kind == "china" else "itu", number=self.number(span, "1")
        )

    def open(self, folder: Path, seed: int) -> VirtualBox:
        """Start a box with this office; its agents are logged in."""
        signals = (("busy-tone",), ("polarity",), ("break",), ("busy-tone", "polarity"))
        lines = {
            name: LineOptions(hang_up_signals=signs, answer_reversal="polarity" in signs)
            for name, signs in zip(self.lines, signals, strict=True)
        }
        spans = {name: self.options(name) for name in self.spans}
        around = Surroundings(slots=self.cards, seed=seed, lines=lines, spans=spans)
        box = VirtualBox(self.config(), folder, around)
        box.world.keeps_trace = False
        box.run_until(START_S)
        for place in range(AGENTS):
            box.command(AgentLogin(str(1001 + place), str(801 + place)))
        return box
