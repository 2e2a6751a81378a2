"""Model of the backplane's gateware: CCB-1 requests in, answers out. Written from docs/backplane.md."""

from __future__ import annotations

import struct
from binascii import crc_hqx
from dataclasses import dataclass
from typing import Protocol

from hal.ccb1 import BOARD_ID, CHIP_SELECTS, DATA_MAX, SLOTS, TURNAROUND, VERSION, Command, Irq, Reg, Status
from hal.sim.chip import SerialPort, SimChip

_HEAD = struct.Struct(">BHB")
_CRC = struct.Struct(">H")
HAS_PAYLOAD = (Command.WRITE, Command.TUNNEL)
WRITABLE = frozenset(
    {Reg.IRQ_MASK, Reg.CLOCK_SOURCE, Reg.BLOCK_FRAMES, Reg.MUTE_MASK, Reg.LED, Reg.CONTROL}
    | {Reg.SCRATCH, Reg.TIMESLOTS}
)


@dataclass(slots=True)
class SimCard:
    """A card in a slot."""

    eeprom: bytes
    selects: list[SerialPort]
    chips: list[SimChip]  # in port order


@dataclass(slots=True)
class _Tunnel:
    """The last tunnel request and its answer."""

    key: tuple[int, int] = (-1, -1)  # address, tag
    answer: bytes = b""


class Owner(Protocol):
    """What the gateware model needs from the board around it."""

    def irq_status(self) -> int: ...

    def shape_changed(self) -> None: ...

    def is_clock_locked(self) -> bool: ...


class BackplaneSim:
    """The register window, the tunnels and the EEPROM shadows."""

    def __init__(self, owner: Owner) -> None:
        self.cards: dict[int, SimCard] = {}
        self.latched = 0  # BLOCK and FAULT
        self.frame_counter = 0
        self.crc_errors = 0
        self._owner = owner
        self._regs: dict[int, int] = {Reg.ID: BOARD_ID, Reg.VERSION: VERSION << 16, Reg.FEATURES: 0}
        self._regs |= {Reg.BLOCK_FRAMES: 80}
        self._was_locked = True
        self._tunnel = _Tunnel()

    def register(self, address: int) -> int:
        """Return a register as the host reads it."""
        match address:
            case Reg.PRESENT:
                return sum(1 << slot for slot in self.cards)
            case Reg.IRQ_STATUS:
                return self._owner.irq_status()
            case Reg.FRAME_COUNTER:
                return self.frame_counter
            case Reg.CLOCK_STATUS:
                return int(self._owner.is_clock_locked()) << 31
            case Reg.CRC_ERRORS:
                return self.crc_errors
        return self._regs.get(address, 0)

    def transaction(self, data: bytes) -> bytes:
        """Take one chip select's worth of octets, and return as many."""
        answer, start = self._answer(data)
        framed = bytes((answer[0], len(answer) - 1)) + answer[1:]
        framed += _CRC.pack(crc_hqx(framed, 0xFFFF))
        return (bytes(start) + framed + bytes(len(data)))[: len(data)]

    def _answer(self, data: bytes) -> tuple[bytes, int]:
        """Return status and data, and the position at which they are sent."""
        if len(data) < _HEAD.size + _CRC.size:
            return bytes((Status.REFUSED,)), len(data)
        command, address, length = _HEAD.unpack_from(data)
        end = _HEAD.size + (length if command in HAS_PAYLOAD else 0)
        start = end + _CRC.size + TURNAROUND
        if end + _CRC.size > len(data) or crc_hqx(data[:end], 0xFFFF) != _CRC.unpack_from(data, end)[0]:
            self.crc_errors += 1
            return bytes((Status.DAMAGED,)), start
        status, answer = self._obey(command, address, length, data[_HEAD.size : end])
        return bytes((status,)) + answer, start

    def _obey(self, command: int, address: int, length: int, payload: bytes) -> tuple[Status, bytes]:
        match command:
            case Command.READ if length == 4 and address % 4 == 0 and address < Reg.END:
                return Status.OK, self.register(address).to_bytes(4, "big")
            case Command.WRITE if length == 4 and address % 4 == 0 and address < Reg.END:
                self._write(address, int.from_bytes(payload, "big"))
                return Status.OK, b""
            case Command.TUNNEL if 3 <= length <= DATA_MAX:
                return self._queue(address, payload)
            case Command.TUNNEL_ANSWER:
                return self._tunnel_answer(address, length)
            case Command.EEPROM:
                return self._eeprom(address, length)
        return Status.REFUSED, b""

    def _write(self, address: int, value: int) -> None:
        if address == Reg.IRQ_STATUS:
            self.latched &= ~value
        elif address in WRITABLE or Reg.SLOT_MAP < address < Reg.END:
            self._regs[address] = value
        if address == Reg.CONTROL:
            self._reset(value)
        self._owner.shape_changed()

    def _reset(self, slots: int) -> None:
        for slot, card in self.cards.items():
            if slots >> slot & 1:
                for chip in card.chips:
                    chip.reset()

    def _queue(self, address: int, payload: bytes) -> tuple[Status, bytes]:
        slot, select = address >> 8, address & 0xFF
        if not 1 <= slot <= SLOTS or select >= CHIP_SELECTS:
            return Status.REFUSED, b""
        card = self.cards.get(slot)
        if card is None:
            return Status.ABSENT, b""
        flags, tag = payload[0], payload[1]
        if self._tunnel.key != (address, tag):  # a repeat of the last request is not executed again
            answer = self._exchange(slot, select, payload[2:], flags)
            self._tunnel = _Tunnel((address, tag), bytes((tag,)) + answer)
        return Status.OK, b""

    def _exchange(self, slot: int, select: int, data: bytes, flags: int) -> bytes:
        card = self.cards[slot]
        is_held_in_reset = self._regs.get(Reg.CONTROL, 0) >> slot & 1
        if is_held_in_reset or select >= len(card.selects):
            return b"\xff" * len(data)
        return card.selects[select].exchange(data, flags)

    def _tunnel_answer(self, address: int, length: int) -> tuple[Status, bytes]:
        if self._tunnel.key[0] != address or len(self._tunnel.answer) != length:
            return Status.REFUSED, b""
        return Status.OK, self._tunnel.answer

    def _eeprom(self, address: int, length: int) -> tuple[Status, bytes]:
        slot, offset = address >> 8, address & 0xFF
        card = self.cards.get(slot)
        if card is None:
            return Status.ABSENT, b""
        if offset + length > len(card.eeprom):
            return Status.REFUSED, b""
        return Status.OK, card.eeprom[offset : offset + length]

    def block_shape(self) -> tuple[int, int]:
        """Return (frames, timeslots) that a TDM block must have."""
        return self._regs.get(Reg.BLOCK_FRAMES, 0), self._regs.get(Reg.TIMESLOTS, 0)

    def slot_maps(self) -> dict[int, int]:
        """Return the SLOT_MAP register of each slot."""
        return {slot: self._regs.get(Reg.SLOT_MAP + 4 * slot, 0) for slot in range(1, SLOTS + 1)}

    @property
    def irq_mask(self) -> int:
        """Which sources pull the interrupt line."""
        return self._regs.get(Reg.IRQ_MASK, 0)

    @property
    def clock_source(self) -> int:
        """Where the host wants the clock from."""
        return self._regs.get(Reg.CLOCK_SOURCE, 0)

    @property
    def is_locked(self) -> bool:
        """The clock followed its source when it was last watched."""
        return self._was_locked

    def watch_clock(self, is_locked: bool) -> None:
        """Latch that the clock lost its lock."""
        if self._was_locked and not is_locked:
            self.latched |= int(Irq.FAULT)
        self._was_locked = is_locked

    def card_moved(self) -> None:
        """Latch that a card came or went."""
        self.latched |= int(Irq.FAULT)
