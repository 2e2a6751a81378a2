"""One slot of the backplane: the card in it, the ports on the card, and how they are looked at together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from hal.backplane import Backplane
from hal.bus import HalError, HalErrorKind
from hal.country import LineProfile
from hal.ds26521 import Ds26521Chip
from hal.eeprom import CardIdentity, ChipCode, EepromError, unpack
from hal.fxo import STATUS_REGISTERS, FxoWiring, Si3050Port
from hal.fxs import FxsProfile, Si3210Port
from hal.port import Emit, bus_reason
from hal.si3050 import Si3050Chain
from hal.si3210 import Si3210Chip
from hal.span import Ds26521Port
from hal.types import FailReason, PortInfo, PortKind

CHAIN_SELECT = 0  # all Si3050 of a card share chip select 0; each other chip has one of its own
ChipDriver = Si3050Port | Si3210Port | Ds26521Port


@dataclass(frozen=True, slots=True)
class Profiles:
    """What the country says about the analog side."""

    line: LineProfile
    phone: FxsProfile


@dataclass(slots=True)
class Card:
    """A card and its ports."""

    slot: int
    identity: CardIdentity
    chain: Si3050Chain
    base_timeslot: int
    ports: list[ChipDriver] = field(default_factory=list)
    is_present: bool = True

    def look(self, now: float) -> None:
        """Read and judge the status of every running port of the card."""
        lines = [port for port in self.ports if isinstance(port, Si3050Port) and port.is_up]
        if lines:
            self._look_at_lines(lines, now)
        for port in self.ports:
            if not isinstance(port, Si3050Port) and port.is_up:
                port.poll(now)

    def hush(self) -> None:
        """Take the interrupt from ports out of service; what they want can wait until they are up."""
        for port in self.ports:
            if not port.is_up:
                try:
                    port.hush()
                except HalError:
                    pass  # the port has failed already; the board masks a slot that does not stop asking

    def _look_at_lines(self, lines: list[Si3050Port], now: float) -> None:
        """Read all lines of the card in one transfer."""
        size = len(STATUS_REGISTERS)
        try:
            raw = self.chain.read(read for port in lines for read in port.status_reads())
        except HalError as error:
            for port in lines:
                port.fail(bus_reason(error), str(error), now)
            return
        for place, port in enumerate(lines):
            port.on_status(raw[place * size : (place + 1) * size], now)

    def fail(self, reason: FailReason, detail: str, now: float) -> None:
        """Take all ports of the card out of service."""
        for port in self.ports:
            port.fail(reason, detail, now)

    def restart(self, now: float) -> None:
        """Bring all ports up again, because the card came back."""
        for port in self.ports:
            port.start(now)


def identify(backplane: Backplane, slot: int) -> CardIdentity:
    """Read the EEPROM of a slot.

    raises  HalError, EepromError
    """
    problem: EepromError | None = None
    for _ in range(2):  # the bus repeats what it saw damaged; wrong content may be a bad contact of the card
        try:
            return unpack(backplane.eeprom(slot))
        except EepromError as error:
            problem = error
    assert problem is not None
    raise problem


@dataclass(frozen=True, slots=True)
class CardBuilder:
    """Makes the drivers for the cards of one board."""

    backplane: Backplane
    profiles: Profiles
    emit: Emit
    next_name: Callable[[PortKind], str]

    def build(self, slot: int, identity: CardIdentity, base_timeslot: int) -> Card:
        """Make the drivers for a card's chips."""
        chain = Si3050Chain(self.backplane, slot, CHAIN_SELECT)
        card = Card(slot, identity, chain, base_timeslot)
        select = 1 if any(code.is_fxo for code in identity.chips) else 0
        timeslot = base_timeslot
        for index, code in enumerate(identity.chips):
            kind = _kind(code)
            info = PortInfo(self.next_name(kind), kind, slot, index, timeslot, code.width)
            card.ports.append(self._port(info, code, chain, select))
            timeslot += code.width
            select += not code.is_fxo
        return card

    def _port(self, info: PortInfo, code: ChipCode, chain: Si3050Chain, select: int) -> ChipDriver:
        if code.is_fxo:
            return Si3050Port(info, self.emit, FxoWiring(chain, info.index), self.profiles.line)
        if code.is_span:
            return Ds26521Port(info, self.emit, Ds26521Chip(self.backplane, info.slot, select))
        chip = Si3210Chip(self.backplane, info.slot, select, code is ChipCode.SI3215)
        return Si3210Port(info, self.emit, chip, self.profiles.phone)


def _kind(code: ChipCode) -> PortKind:
    if code.is_fxo:
        return PortKind.FXO
    return PortKind.SPAN if code.is_span else PortKind.FXS


def slot_problem(error: HalError | EepromError) -> str:
    """Say in a line why a slot cannot be used."""
    if isinstance(error, HalError) and error.kind is HalErrorKind.ABSENT:
        return "empty"
    return str(error)
