"""A whole board: gateware, cards, chips, and the pairs that are plugged in.

The driver side is `spi` and `irq`; the world side is `fxo`, `fxs` and `spans`; the audio highway is
`tdm_exchange`. All on the clock that is given, so it lives in real and in virtual time alike.
"""

from __future__ import annotations

import struct
from binascii import crc_hqx
from collections import Counter
from collections.abc import Iterator, Sequence
from math import inf
from typing import TypeAlias

from hal.ccb1 import SLOTS, CardType, Command, Irq, slot_irq, unpack_slot_map
from hal.eeprom import CardIdentity, ChipCode, pack
from hal.sim.backplane import BackplaneSim, SimCard
from hal.sim.chip import Clock, SerialPort, SimChip
from hal.sim.ds26521 import Ds26521Sim
from hal.sim.faults import SimSpi
from hal.sim.fxo_line import FxoLine
from hal.sim.fxs_line import FxsLine
from hal.sim.irq import SimIrq
from hal.sim.physics import PhysicsError
from hal.sim.si3050 import Si3050ChainSim, Si3050Sim
from hal.sim.si3210 import Si3210Sim
from hal.sim.span_line import ONES, TIMESLOTS, SpanLine
from hal.sim.world import SILENCE

_TO_BOARD = struct.Struct(">BBHHH")
_FROM_BOARD = struct.Struct(">BBHIBBH")
_CRC = struct.Struct(">H")
HEADER = 12
OVERHEAD = HEADER + 2
NOT_LOCKED = 4
REFUSED = 8
FRAMES = 80
Pair: TypeAlias = FxoLine | FxsLine | SpanLine
BLOCK = int(Irq.BLOCK)  # plain integers where a block or an octet would pay for the enumeration

CARDS: dict[CardType, tuple[ChipCode, ...]] = {
    CardType.FXO4: (ChipCode.SI3050_SI3019,) * 4,
    CardType.FXS4: (ChipCode.SI3210,) * 4,
    CardType.FXO2FXS2: (ChipCode.SI3050_SI3019,) * 2 + (ChipCode.SI3210,) * 2,
    CardType.E1: (ChipCode.DS26521,),
    CardType.E1X2: (ChipCode.DS26521,) * 2,
}


class SimBoard:
    """The emulated board."""

    def __init__(self, slots: Sequence[str | None], clock: Clock) -> None:
        """Put cards into the slots.

        slots   card types from slot 1 on, None = empty
        clock   monotonic seconds
        raises  ValueError for an unknown card type or too many slots
        """
        if len(slots) > SLOTS:
            raise ValueError(f"slots: {len(slots)}, allowed up to {SLOTS}")
        self.spi = SimSpi(self._transaction)
        self.irq = SimIrq(self._irq_level)
        self.fxo: list[FxoLine] = []
        self.fxs: list[FxsLine] = []
        self.spans: list[SpanLine] = []
        self.tdm_flags = 0  # what the next blocks report besides what happened, for tests
        self._clock = clock
        self._gateware = BackplaneSim(self)
        self._pairs: dict[int, list[Pair]] = {}
        self._laid: dict[tuple[int, CardType], list[Pair]] = {}  # also for cards that left
        self._next_change = -inf
        self._irq_bits = 0
        self._route: list[tuple[int, FxoLine | FxsLine]] = []
        self._span_route: list[tuple[int, SpanLine]] = []
        self._is_route_old = True
        self._last_seq = 0
        self._blank = bytearray()
        for slot, card in enumerate(slots, 1):
            if card is not None:
                self._lay(slot, _card_type(card))
                self._insert(slot, _card_type(card))

    def _lay(self, slot: int, card: CardType) -> None:
        """Lead a slot's pairs to a card: those of the last card of this kind there, else new ones."""
        if (slot, card) not in self._laid:
            self._laid[slot, card] = self._new_pairs(card)
        self._pairs[slot] = self._laid[slot, card]

    def _new_pairs(self, card: CardType) -> list[Pair]:
        pairs: list[Pair] = []
        for code in CARDS[card]:
            if code.is_fxo:
                self.fxo.append(FxoLine())
                pairs.append(self.fxo[-1])
            elif code.is_span:
                self.spans.append(SpanLine())
                pairs.append(self.spans[-1])
            else:
                self.fxs.append(FxsLine())
                pairs.append(self.fxs[-1])
        return pairs

    # --- cards

    def remove_card(self, slot: int) -> None:
        """Pull a card out of its slot."""
        if slot not in self._gateware.cards:
            raise PhysicsError(f"pulling a card out of empty slot {slot}")
        del self._gateware.cards[slot]
        for pair in self._pairs[slot]:
            pair.leave()
        self._gateware.card_moved()
        self.shape_changed()

    def insert_card(self, slot: int, card: str, eeprom: bytes | None = None) -> None:
        """Put a card into an empty slot; the pairs that were plugged in there are plugged in again.

        eeprom  its content, instead of the right one
        raises  PhysicsError if the slot is taken; ValueError for an unknown card type
        """
        if slot in self._gateware.cards:
            raise PhysicsError(f"putting a card into slot {slot}, which is taken")
        card_type = _card_type(card)
        if slot not in self._pairs or not _fits(self._pairs[slot], card_type):
            self._lay(slot, card_type)
        self._insert(slot, card_type, eeprom)
        self._gateware.card_moved()

    def _insert(self, slot: int, card: CardType, eeprom: bytes | None = None) -> None:
        lines: list[Si3050Sim] = []
        selects: list[SerialPort] = []
        chips: list[SimChip] = []
        for index, pair in enumerate(self._pairs[slot]):
            if isinstance(pair, FxoLine):
                lines.append(Si3050Sim(pair, self._clock))
                chips.append(lines[-1])
                continue
            single = self._single_chip(pair, index)
            selects.append(single)
            chips.append(single)
        if lines:
            selects.insert(0, Si3050ChainSim(lines))
        for chip in chips:
            chip.on_change = self.shape_changed
        identity = CardIdentity(card, CARDS[card], f"SIM{slot:04d}")
        self._gateware.cards[slot] = SimCard(eeprom or pack(identity), selects, chips)
        self.shape_changed()

    def _single_chip(self, pair: FxsLine | SpanLine, index: int) -> Si3210Sim | Ds26521Sim:
        """Make a chip that has a chip select of its own."""
        if isinstance(pair, SpanLine):
            return Ds26521Sim(pair, self._clock, TIMESLOTS * index)
        return Si3210Sim(pair, self._clock)

    def chip(self, slot: int, index: int) -> SimChip:
        """Return a chip model, to break it."""
        return self._gateware.cards[slot].chips[index]

    def set_eeprom(self, slot: int, image: bytes) -> None:
        """Replace a card's EEPROM content."""
        self._gateware.cards[slot].eeprom = image

    def stop_pclk(self, slot: int, is_stopped: bool) -> None:
        """Take the PCM clock from a card: its chips stop answering."""
        for chip in self._gateware.cards[slot].chips:
            chip.is_clocked = not is_stopped
            chip.clock_moved()
        self.shape_changed()

    # --- driver side

    def _transaction(self, data: bytes) -> bytes:
        if data[:1] == bytes((Command.TDM,)):
            return self.tdm_exchange(data)
        return self._gateware.transaction(data)

    def shape_changed(self) -> None:
        """Forget what was derived from registers, chips and cards."""
        self._is_route_old = True
        self._next_change = -inf

    def is_clock_locked(self) -> bool:
        """The board's clock follows its source; its own oscillator always does."""
        source = self._gateware.clock_source
        card = self._gateware.cards.get(source & 0xFF)
        if card is None or source >> 8 >= len(card.chips):
            return source == 0
        chip = card.chips[source >> 8]
        return isinstance(chip, Ds26521Sim) and chip.gives_clock

    def irq_status(self) -> int:
        """Return the IRQ_STATUS register: latched bits, and the cards' INT lines as they are now."""
        if self._clock() >= self._next_change:
            self._look_at_chips()
        return self._irq_bits | self._gateware.latched

    def _look_at_chips(self) -> None:
        now = self._clock()
        bits = 0
        next_change = inf
        for slot, card in self._gateware.cards.items():
            for chip in card.chips:
                chip.advance(now)
                bits |= slot_irq(slot) * chip.is_interrupting
                next_change = min(next_change, chip.next_change)
        self._irq_bits = bits
        self._gateware.watch_clock(self.is_clock_locked())
        self._next_change = next_change

    def _irq_level(self) -> bool:
        return bool(self.irq_status() & self._gateware.irq_mask)

    @property
    def irq_is_asserted(self) -> bool:
        """The backplane asks for service; for a shell that steps the board by hand."""
        return self._irq_level()

    def next_change(self) -> float:
        """Return until when no chip will do anything by itself; inf if nothing is planned."""
        self.irq_status()
        return self._next_change

    # --- the highway

    def tdm_exchange(self, tx_block: bytes) -> bytes:
        """Exchange one block: octets of the world for octets of the box.

        tx_block  as in docs/backplane.md, command 05
        gives     a block of the same length; silence and flag 8 if the one to the board was refused
        raises    ValueError if it is no block at all (shorter than header and CRC)
        """
        if len(tx_block) < OVERHEAD:
            raise ValueError(f"TDM block of {len(tx_block)} octets, at least {OVERHEAD}")
        flags = self.tdm_flags
        size = len(tx_block) - OVERHEAD
        seq = self._accept(tx_block, size)
        rx = self._silent_block(size)
        if seq is None:
            flags |= REFUSED
        else:
            self._last_seq = seq
            self._swap_octets(tx_block, rx, size // FRAMES)
        flags |= 0 if self._gateware.is_locked else NOT_LOCKED
        counter = self._gateware.frame_counter
        self._gateware.latched |= BLOCK
        _FROM_BOARD.pack_into(rx, 0, 0, 0xBC, self._last_seq, counter, flags, 0, self.irq_status())
        self._gateware.frame_counter = (counter + FRAMES) & 0xFFFFFFFF
        _CRC.pack_into(rx, size + HEADER, crc_hqx(memoryview(rx)[:-2], 0xFFFF))
        if self.irq.has_listener:
            self.irq.look()
        return bytes(rx)

    def _accept(self, block: bytes, size: int) -> int | None:
        """Return the sequence number, None if the block is damaged or has not the programmed shape."""
        if crc_hqx(block, 0xFFFF):  # the CRC over data and its CRC is 0
            self._gateware.crc_errors += 1
            return None
        command, magic, seq, frames, timeslots = _TO_BOARD.unpack_from(block)
        shape = (frames, timeslots)
        is_ours = (command, magic) == (Command.TDM, 0xCB) and shape == self._gateware.block_shape()
        return seq if is_ours and size == frames * timeslots and frames == FRAMES else None

    def _silent_block(self, size: int) -> bytearray:
        if len(self._blank) != size + OVERHEAD:
            self._blank = bytearray(b"\xd5") * (size + OVERHEAD)
        return self._blank[:]

    def _swap_octets(self, tx: bytes, rx: bytearray, timeslots: int) -> None:
        now = self._clock()
        if now >= self._next_change:
            self._look_at_chips()
        if self._is_route_old:
            self._plan_route(timeslots)
        end = len(rx) - 2
        for start, span in self._span_route:
            span.pass_block(tx, rx, start, timeslots)
        for start, pair in self._route:
            if now >= pair.to_box_from:
                gain = pair.rx_gain if isinstance(pair, FxoLine) else None
                rx[start:end:timeslots] = pair.to_box if gain is None else pair.to_box.translate(gain)
            pair.heard = tx[start:end:timeslots] if now >= pair.from_box_from else SILENCE

    def _plan_route(self, timeslots: int) -> None:
        """Find each pair's place in the block, as chips and gateware say; a contested place is nobody's."""
        self._is_route_old = False
        found = list(self._places(timeslots))
        claims = Counter(place for start, pair in found for place in range(start, start + _width(pair)))
        free = [(start, pair) for start, pair in found if claims[start] == 1]
        self._route = [(start, pair) for start, pair in free if not isinstance(pair, SpanLine)]
        self._span_route = [(start, pair) for start, pair in free if isinstance(pair, SpanLine)]
        routed = {id(pair) for _, pair in free}
        for pairs in self._pairs.values():
            for pair in pairs:
                if id(pair) not in routed:
                    _hush(pair)

    def _places(self, timeslots: int) -> Iterator[tuple[int, Pair]]:
        for slot, value in self._gateware.slot_maps().items():
            base, count = unpack_slot_map(value)
            card = self._gateware.cards.get(slot)
            if card is None:
                continue
            for chip, pair in zip(card.chips, self._pairs[slot], strict=True):
                local = chip.timeslot
                end = timeslots - base
                if local is not None and local + _width(pair) <= min(count, end):
                    yield HEADER + base + local, pair


def _width(pair: Pair) -> int:
    return TIMESLOTS if isinstance(pair, SpanLine) else 1


def _hush(pair: Pair) -> None:
    """Let the far end hear that no octets come."""
    if isinstance(pair, SpanLine):
        pair.heard = ONES
    else:
        pair.heard = SILENCE


def _card_type(card: str) -> CardType:
    try:
        return CardType(card)
    except ValueError:
        raise ValueError(f"card: {card!r}, allowed {[*CardType]}") from None


def _fits(pairs: list[Pair], card: CardType) -> bool:
    kinds = [FxoLine if code.is_fxo else SpanLine if code.is_span else FxsLine for code in CARDS[card]]
    return [type(pair) for pair in pairs] == kinds
