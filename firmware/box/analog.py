"""The analog lines and phones of the box: ports become machines, what they say is carried out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import cast

from firmware import countries
from firmware.box.hands import Hands
from firmware.box.journal import LogLine
from firmware.lines import reasons
from firmware.lines import types as line
from firmware.lines.lines import Lines
from firmware.lines.phone import PhoneLine
from firmware.lines.supervision import Service, Supervision, of
from firmware.lines.trunk import TrunkLine
from hal import types as hal


class Analog:
    """All analog lines, and all phones, by port name.

    run  carries out what they ask, and what follows from it
    """

    def __init__(
        self, lines: Lines, hands: Hands, *, run: Callable[[list[line.Out]], None], log: LogLine
    ) -> None:
        self._lines = lines
        self._hands = hands
        self._run = run
        self._log = log
        self._trunks: dict[str, TrunkLine] = {}
        self._dead_rings: set[str] = set()  # rings though unplugged, said already

    def add(self, port: hal.Port) -> None:
        """Make a line or a phone of a port."""
        name, channel = port.info.name, port.info.timeslot
        if port.info.kind is hal.PortKind.FXO:
            self._hands.fxo[name] = cast(hal.FxoPort, port)
            self._trunks[name] = TrunkLine(name, channel, self._supervision(name))
            self._lines.trunks[name] = self._trunks[name]
        else:
            self._hands.fxs[name] = cast(hal.FxsPort, port)
            self._lines.phones[name] = PhoneLine(name, channel)

    def configure(self, now: float) -> None:
        """Tell all lines what the settings and their groups want."""
        for port, trunk in self._trunks.items():
            self._run(trunk.configure(self._supervision(port), now))

    def set_service(self, port: str, is_in_service: bool, now: float) -> None:
        """Take a line out of service until the next start, or back. raises KeyError for an unknown line"""
        trunk = self._lines.analog(port)
        service = Service(self._lines.group_service(port)) if is_in_service else Service.SWITCHED_OFF
        self._run(trunk.configure(replace(self._supervision(port), service=service), now))

    def handle(self, event: hal.Event, now: float) -> None:
        """Take what a port noticed."""
        trunk = self._trunks.get(event.port)
        if trunk is not None:
            self._note_dead_ring(trunk, event)
            self._run(trunk.handle(event, now))
        elif event.port in self._lines.phones:
            self._run(self._lines.phones[event.port].handle(event))

    def deadline(self) -> float | None:
        """When `tick` wants to be called."""
        return min((at for one in self._all() if (at := one.deadline()) is not None), default=None)

    def tick(self, now: float) -> None:
        """Act on the deadlines that have come."""
        for one in self._all():
            at = one.deadline()
            if at is not None and at <= now:
                self._run(one.tick(now))

    def _all(self) -> Iterator[TrunkLine | PhoneLine]:
        yield from self._trunks.values()
        yield from self._lines.phones.values()

    def _note_dead_ring(self, trunk: TrunkLine, event: hal.Event) -> None:
        """Say once that a line rings though it has no battery: such a call cannot be taken."""
        if isinstance(event, hal.LineFound):
            self._dead_rings.discard(event.port)
        is_dead = isinstance(event, hal.RingStarted) and trunk.reason == reasons.UNPLUGGED
        if is_dead and event.port not in self._dead_rings:
            self._dead_rings.add(event.port)
            self._log("line.rings-dead", port=event.port)

    def _supervision(self, port: str) -> Supervision:
        config = self._lines.config
        trunk = next((trunk for trunk in config.trunks if trunk.port == port), None)
        country = countries.load(config.site.country)
        return of(
            trunk,
            self._lines.group_service(port),
            dtmf_caller_id=country.caller_id.may_be_dtmf,
            flash_ms=country.flash_ms,
        )
