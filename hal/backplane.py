"""Driver of the backplane: register window, tunnel to the cards' chips, cards' EEPROMs.

Every transfer is one SPI transaction: request, one turnaround octet, answer (docs/backplane.md).
"""

from __future__ import annotations

import struct
from binascii import crc_hqx
from dataclasses import dataclass

from hal.bus import HalError, HalErrorKind, SpiDevice
from hal.ccb1 import BOARD_ID, DATA_MAX, TURNAROUND, VERSION, Command, Flag, Reg, Status

TRIES = 3  # one damaged transfer is noise, three in a row are a fault
BUSY_TRIES = 8  # the longest tunnel (128 octets) ends within two register reads; the rest is margin
CRC_START = 0xFFFF
EEPROM_SIZE = 64
_HEAD = struct.Struct(">BHB")
_CRC = struct.Struct(">H")


@dataclass(slots=True)
class BusCounters:
    """What the bus has seen since start."""

    transfers: int = 0
    repeats: int = 0
    busy: int = 0
    failures: int = 0


class Backplane:
    """The register window and the tunnels of one CCB-1 backplane."""

    def __init__(self, spi: SpiDevice) -> None:
        self.counters = BusCounters()
        self._spi = spi
        self._tag = 0

    def identify(self) -> None:
        """Check that a CCB-1 backplane of a known version answers.

        raises  HalError PROTOCOL if something else answers
        """
        found = self.read(Reg.ID)
        if found != BOARD_ID:
            raise HalError(HalErrorKind.PROTOCOL, f"backplane id {found:08x}, expected {BOARD_ID:08x}")
        version = self.read(Reg.VERSION) >> 16
        if version != VERSION:
            raise HalError(HalErrorKind.UNSUPPORTED, f"protocol version {version}, expected {VERSION}")

    def read(self, address: int) -> int:
        """Return one 32-bit register."""
        return int.from_bytes(self._transfer(Command.READ, address, b"", 4, 4), "big")

    def write(self, address: int, value: int) -> None:
        """Write one 32-bit register."""
        self._transfer(Command.WRITE, address, value.to_bytes(4, "big"), 4, 0)

    def eeprom(self, slot: int) -> bytes:
        """Return the 64 octets of a card's EEPROM."""
        return self._transfer(Command.EEPROM, slot << 8, b"", EEPROM_SIZE, EEPROM_SIZE)

    def tunnel(self, slot: int, chip_select: int, data: bytes, flags: Flag) -> bytes:
        """Send octets to a chip of a card, and return what the chip sent meanwhile.

        data    1..126 octets
        gives   as many octets as went out
        raises  HalError; ABSENT if the slot is empty
        """
        if not 1 <= len(data) <= DATA_MAX - 2:
            raise ValueError(f"tunnel of {len(data)} octets, allowed 1..{DATA_MAX - 2}")
        self._tag = self._tag % 255 + 1
        address = slot << 8 | chip_select
        payload = bytes((flags, self._tag)) + data
        self._transfer(Command.TUNNEL, address, payload, len(payload), 0)
        answer = self._transfer(Command.TUNNEL_ANSWER, address, b"", len(data) + 1, len(data) + 1)
        if answer[0] != self._tag:
            raise HalError(HalErrorKind.PROTOCOL, f"slot {slot}: answer {answer[0]} to tunnel {self._tag}")
        return answer[1:]

    def _transfer(self, command: Command, address: int, payload: bytes, length: int, n_answer: int) -> bytes:
        """Do one request with repeats; every command may be repeated (docs/backplane.md, tags)."""
        request = _HEAD.pack(command, address, length) + payload
        request += _CRC.pack(crc_hqx(request, CRC_START)) + bytes(TURNAROUND + 2 + n_answer + 2)
        n_sent = _HEAD.size + len(payload) + _CRC.size + TURNAROUND
        bad, busy = 0, 0
        while True:
            try:
                return self._attempt(request, n_sent, n_answer)
            except _BusyError as error:
                busy += 1
                self.counters.busy += 1
                if busy >= BUSY_TRIES:
                    raise self._give_up(HalErrorKind.TIMEOUT, f"command {command}: busy") from error
            except HalError as error:
                bad += 1
                if bad >= TRIES or error.kind in (HalErrorKind.ABSENT, HalErrorKind.UNSUPPORTED):
                    self.counters.failures += 1
                    raise
                self.counters.repeats += 1

    def _give_up(self, kind: HalErrorKind, detail: str) -> HalError:
        self.counters.failures += 1
        return HalError(kind, detail)

    def _attempt(self, request: bytes, start: int, n_answer: int) -> bytes:
        self.counters.transfers += 1
        try:
            raw = self._spi.transaction(request)
        except HalError as error:
            if error.kind is HalErrorKind.ABSENT:  # the whole bus, not a card: ABSENT is kept for that
                raise HalError(HalErrorKind.BUS, error.detail) from error
            raise
        if len(raw) != len(request):
            raise HalError(HalErrorKind.BUS, f"short read: {len(raw)} of {len(request)} octets")
        return _parse_answer(raw[start:], n_answer)


class _BusyError(Exception):
    """The board asks to try again."""


def _parse_answer(answer: bytes, n_expected: int) -> bytes:
    """Check status, length and CRC of an answer, and return its data."""
    status, n_data = answer[0], answer[1]
    end = 2 + n_data
    if end + 2 > len(answer) or crc_hqx(answer[:end], CRC_START) != _CRC.unpack_from(answer, end)[0]:
        raise HalError(HalErrorKind.PROTOCOL, f"damaged answer {answer[:4].hex()}")
    if status == Status.BUSY:
        raise _BusyError
    if status == Status.ABSENT:
        raise HalError(HalErrorKind.ABSENT, "the slot is empty")
    if status == Status.REFUSED:
        raise HalError(HalErrorKind.UNSUPPORTED, "the backplane refused the request")
    if status != Status.OK or n_data != n_expected:
        raise HalError(HalErrorKind.PROTOCOL, f"status {status:02x}, {n_data} octets, expected {n_expected}")
    return answer[2:end]
