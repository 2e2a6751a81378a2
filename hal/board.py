"""All cards behind one backplane, as the rest of the box sees them.

Interrupts lead to the slots that ask; a slow poll looks at everything, so that a lost interrupt costs at
most `POLL_S`. Ports are named once, at start: a card that is pulled and put back revives its ports, another
sort of card in its place, or a card in a slot that was empty, needs a restart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from hal.backplane import Backplane, BusCounters
from hal.bus import GpioInput, HalError, SpiDevice
from hal.card import Card, CardBuilder, Profiles, identify, slot_problem
from hal.ccb1 import MAX_TIMESLOTS, SLOTS, Irq, Reg, clock_source, slot_irq, slot_map
from hal.country import line_profile
from hal.eeprom import EepromError
from hal.fxs import FxsProfile
from hal.port import RETRY_S, ChipPort, bus_reason
from hal.span import Ds26521Port
from hal.span_clock import ClockChoice
from hal.types import ClockChanged, Event, FailReason, FxoPort, FxsPort, PortKind, SpanPort

POLL_S = 0.25
NO_IRQ_POLL_S = 0.02  # without an interrupt line
ROUNDS = 3  # an interrupt may arrive while another is served
SOON_S = 0.01  # something went wrong or on: let the others live, come back soon
LOSS_MAX = 3  # rounds in a row in which the backplane itself does not answer, repeats and all
STORM_MAX = 100  # a slot that asks that often in a row without a pause is left to the poll
BLOCK_FRAMES = 80
RESET_S = 0.002  # the chips want 250 ns or ten clocks
PLL_S = 0.002  # from the end of reset until the chips answer: they ask for less than 1 ms


@dataclass(frozen=True, slots=True)
class SlotInfo:
    """What is in a slot."""

    slot: int
    card: str  # card type, "" without one
    serial: str
    problem: str  # why it cannot be used, "" if it can


class Board:
    """The real board and the emulated one alike; implements `hal.types.Board`."""

    def __init__(
        self, spi: SpiDevice, irq: GpioInput | None, country: str = "CN", phone: FxsProfile | None = None
    ) -> None:
        self._spi = spi
        self._irq = irq
        self._backplane = Backplane(spi)
        self._cards: dict[int, Card] = {}
        self._drivers: list[ChipPort] = []
        self._ports: dict[str, FxoPort | FxsPort | SpanPort] = {}
        self._slots: tuple[SlotInfo, ...] = ()
        self._names: Counter[PortKind] = Counter()
        self._timeslots = 0
        self._events: list[Event] = []
        profiles = Profiles(line_profile(country), phone or FxsProfile())
        self._builder = CardBuilder(self._backplane, profiles, self._events.append, self._next_name)
        self._clocks = ClockChoice(())
        self._clock: Ds26521Port | None = None  # None = the board's own oscillator
        self._poll_at = 0.0
        self._storms: Counter[int] = Counter()
        self._is_lost = False
        self._losses = 0
        self._in_reset = False
        self._idle_rounds = 0
        self._is_clock_due = False  # the backplane has not been told yet
        self._is_stuck = False  # the interrupt line never falls: poll instead, until it does

    @property
    def ports(self) -> Mapping[str, FxoPort | FxsPort | SpanPort]:
        """Every port, by name, in slot order."""
        return MappingProxyType(self._ports)

    @property
    def slots(self) -> tuple[SlotInfo, ...]:
        """What `start` found in each slot."""
        return self._slots

    @property
    def counters(self) -> BusCounters:
        """What the bus has seen."""
        return self._backplane.counters

    @property
    def timeslots(self) -> int:
        """Number of timeslots in a TDM block."""
        return self._timeslots

    @property
    def clock_source(self) -> str:
        """The span that gives the clock, "" = the board's own oscillator."""
        return self._clock.info.name if self._clock else ""

    @property
    def irq_fd(self) -> int:
        """Becomes readable when the backplane asks for service; -1 if there is none."""
        return self._irq.fd if self._irq else -1

    def start(self, now: float) -> None:
        """Read the EEPROMs, assign timeslots, begin to bring the ports up. Does not wait.

        raises  HalError if no backplane answers
        """
        self._backplane.identify()
        present = self._backplane.read(Reg.PRESENT)
        self._slots = tuple(self._scan(slot, present) for slot in range(1, SLOTS + 1))
        for card in self._cards.values():
            self._drivers.extend(card.ports)
            self._ports.update({port.info.name: port for port in card.ports})
        self._clocks = ClockChoice(self._drivers)
        self._set_up()
        self._begin(now)

    def _scan(self, slot: int, present: int) -> SlotInfo:
        if not present >> slot & 1:
            return SlotInfo(slot, "", "", "empty")
        try:
            identity = identify(self._backplane, slot)
        except (HalError, EepromError) as error:
            return SlotInfo(slot, "", "", slot_problem(error))
        if self._timeslots + identity.width > MAX_TIMESLOTS:
            problem = f"{identity.width} timeslots, {MAX_TIMESLOTS - self._timeslots} of {MAX_TIMESLOTS} free"
            return SlotInfo(slot, identity.card, identity.serial, problem)
        self._cards[slot] = self._builder.build(slot, identity, self._timeslots)
        self._timeslots += identity.width
        return SlotInfo(slot, identity.card, identity.serial, "")

    def _next_name(self, kind: PortKind) -> str:
        self._names[kind] += 1
        return f"{kind}{self._names[kind]}"

    def _set_up(self) -> None:
        """Tell the backplane the shape of the TDM block, and reset the cards."""
        write = self._backplane.write
        write(Reg.IRQ_MASK, 0)
        write(Reg.BLOCK_FRAMES, BLOCK_FRAMES)
        write(Reg.TIMESLOTS, self._timeslots)
        self._write_clock()
        for slot in range(1, SLOTS + 1):
            card = self._cards.get(slot)
            value = slot_map(card.base_timeslot, card.identity.width) if card else 0
            write(Reg.SLOT_MAP + 4 * slot, value)
        write(Reg.CONTROL, int(Irq.SLOTS))

    def _begin(self, now: float) -> None:
        """Release the cards' reset at the next service, at least 1 ms later, and start their ports then."""
        self._in_reset = True
        self._is_lost = False
        self._poll_at = now + RESET_S

    def _end_reset(self, now: float) -> None:
        self._backplane.write(Reg.CONTROL, 0)
        self._backplane.write(Reg.IRQ_STATUS, int(Irq.BLOCK | Irq.FAULT))
        self._backplane.write(Reg.IRQ_MASK, int(Irq.SLOTS | Irq.FAULT))
        self._in_reset = False
        for card in self._cards.values():
            card.is_present = True
            for port in card.ports:
                port.start(now + PLL_S)

    def service(self, now: float) -> list[Event]:
        """Serve interrupts and due timers; never blocks longer than a few short transfers."""
        try:
            self._serve(now)
            self._losses = 0
        except HalError as error:
            self._count_loss(error, now)
        for port in self._drivers:
            if now >= port.deadline and self._can_step():
                port.step(now)
        self._keep_clock(now)
        events = self._events[:]
        self._events.clear()  # in place: the ports hold its append
        return events

    def _keep_clock(self, now: float) -> None:
        """Take the clock from the span that is best now."""
        best = self._clocks.best(self._clock, now)
        if not self._can_step() or (best is self._clock and not self._is_clock_due):
            return
        if best is not self._clock:
            self._clock = best
            self._events.append(ClockChanged("", now, self.clock_source))
        try:
            self._write_clock()
        except HalError as error:
            self._is_clock_due = True
            self._count_loss(error, now)

    def _write_clock(self) -> None:
        place = clock_source(self._clock.info.slot, self._clock.info.index) if self._clock else 0
        self._backplane.write(Reg.CLOCK_SOURCE, place)
        self._is_clock_due = False

    def _can_step(self) -> bool:
        return not (self._is_lost or self._in_reset)

    def _serve(self, now: float) -> None:
        if self._in_reset or self._is_lost:
            if now >= self._poll_at:
                self._end_reset(now) if self._in_reset else self._recover(now)
            return
        if self._irq is not None and (not self._is_stuck or now >= self._poll_at):
            self._serve_interrupts(now)
        if now >= self._poll_at:
            self._poll(now)

    def _serve_interrupts(self, now: float) -> None:
        assert self._irq is not None
        self._is_stuck = False
        for _ in range(ROUNDS):
            if not self._irq.read():
                self._storms.clear()
                self._idle_rounds = 0
                return
            self._serve_status(now)
        self._poll_at = min(self._poll_at, now + SOON_S)
        self._idle_rounds += 1
        self._is_stuck = self._idle_rounds >= STORM_MAX

    def _serve_status(self, now: float) -> None:
        status = self._backplane.read(Reg.IRQ_STATUS)
        if status & Irq.FAULT:
            self._backplane.write(Reg.IRQ_STATUS, int(Irq.FAULT))
            self._check_presence(now)
        for slot, card in self._cards.items():
            if status & slot_irq(slot):
                card.look(now)
                card.hush()
                self._count_storm(slot)

    def _count_storm(self, slot: int) -> None:
        """Mask a slot whose interrupt nobody can clear; the poll goes on looking at it."""
        self._storms[slot] += 1
        if self._storms[slot] == STORM_MAX:
            mask = self._backplane.read(Reg.IRQ_MASK)
            self._backplane.write(Reg.IRQ_MASK, mask & ~slot_irq(slot))

    def _poll(self, now: float) -> None:
        has_irq = self._irq is not None and self._irq.has_edges and not self._is_stuck
        self._poll_at = now + (POLL_S if has_irq else NO_IRQ_POLL_S)
        self._check_presence(now)
        for card in self._cards.values():
            if card.is_present:
                card.look(now)

    def _check_presence(self, now: float) -> None:
        present = self._backplane.read(Reg.PRESENT)
        for slot, card in self._cards.items():
            is_there = bool(present >> slot & 1)
            if card.is_present and not is_there:
                card.is_present = False
                card.fail(FailReason.CARD_GONE, f"slot {slot} is empty", now)
            elif is_there and not card.is_present:
                self._revive(card, now)

    def _revive(self, card: Card, now: float) -> None:
        try:
            found = identify(self._backplane, card.slot)
        except (HalError, EepromError):
            return  # contacts are still bouncing, or the gateware is still reading: the next poll tries again
        card.is_present = True
        self._backplane.write(Reg.IRQ_MASK, int(Irq.SLOTS | Irq.FAULT))
        if found.chips == card.identity.chips:
            card.restart(now + PLL_S)
        else:
            detail = f"slot {card.slot} held {card.identity.card}, now {found.card}"
            card.fail(FailReason.WRONG_CHIP, detail, now)

    def _count_loss(self, error: HalError, now: float) -> None:
        """Bear a burst of noise; ports whose own transfers failed have said so themselves."""
        self._losses += 1
        if self._is_lost or self._losses >= LOSS_MAX:
            self._lose(error, now)
        else:
            self._poll_at = now + SOON_S

    def _lose(self, error: HalError, now: float) -> None:
        """The backplane itself does not answer: every port is out of service until it does."""
        self._is_lost = True
        self._in_reset = False
        self._poll_at = now + RETRY_S
        for port in self._drivers:
            port.fail(bus_reason(error), f"backplane: {error}", now)

    def _recover(self, now: float) -> None:
        self._backplane.identify()
        self._set_up()
        self._begin(now)

    def deadline(self) -> float | None:
        """When `service` wants to be called next even without an interrupt; None before `start`."""
        if not self._slots:
            return None
        if not self._can_step():
            return self._poll_at
        return min(self._poll_at, min((port.deadline for port in self._drivers), default=self._poll_at))

    def close(self) -> None:
        """Let go of the bus. The ports keep what they were doing."""
        self._spi.close()
        if self._irq is not None:
            self._irq.close()
