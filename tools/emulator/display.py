"""The display of a phone: reads FSK caller ID between two rings, in its own way (a whole message at once)."""

from __future__ import annotations

import numpy as np

from tools.emulator.alaw import RATE_HZ, SILENCE, Samples, amplitude, decode
from tools.emulator.signals import BAUD, MDMF_CALL_SETUP, MDMF_NAME, MDMF_NUMBER, MDMF_NUMBER_ABSENT

FAINTEST_DBM0 = -40.0
QUIET_BLOCKS = 5  # so much silence ends a message
LONGEST_BLOCKS = 500
BIT_SMP = RATE_HZ / BAUD
MARK_BITS = 40  # in a row, before the first octet
# between Bell 202 (1200, 2200 Hz) and V.23 (1300, 2100 Hz)
_MARK, _SPACE = (np.exp(-2j * np.pi * hz * np.arange(round(BIT_SMP)) / RATE_HZ) for hz in (1250.0, 2150.0))


class Display:
    """Listens in blocks of 10 ms while the phone rings."""

    def __init__(self) -> None:
        self._heard = bytearray()
        self._quiet = 0

    def hear(self, block: bytes) -> str | None:
        """Take 10 ms; give what is shown when a message has ended: number and name, or what is wrong."""
        is_quiet = block == SILENCE or np.abs(decode(block)).max() < amplitude(FAINTEST_DBM0)
        if is_quiet and not self._heard:
            return None
        self._heard += block
        self._quiet = self._quiet + 1 if is_quiet else 0
        if self._quiet < QUIET_BLOCKS and len(self._heard) < LONGEST_BLOCKS * len(block):
            return None
        octets, self._heard, self._quiet = bytes(self._heard), bytearray(), 0
        return read(decode(octets))


def read(samples: Samples) -> str:
    """Read the message in a stretch of sound."""
    octets = demodulate(samples)
    if len(octets) < 3 or len(octets) < octets[1] + 3:
        return "unreadable: no whole message"
    message = octets[: octets[1] + 3]
    if sum(message) % 256:
        return "unreadable: wrong checksum"
    if message[0] != MDMF_CALL_SETUP:
        return f"message of type {message[0]:02x}"
    return shown(message[2:-1])


def shown(body: bytes) -> str:
    """Say what a display shows of the parameters."""
    parameters: dict[int, bytes] = {}
    while len(body) >= 2:
        parameters[body[0]] = body[2 : 2 + body[1]]
        body = body[2 + body[1] :]
    number = parameters.get(MDMF_NUMBER, b"").decode("ascii", "replace")
    if not number and MDMF_NUMBER_ABSENT in parameters:
        number = "withheld"
    name = parameters.get(MDMF_NAME, b"").decode("gb18030", "replace")
    return " ".join(part for part in (number, name) if part)


def demodulate(samples: Samples) -> bytes:
    """Give the octets after the first long mark: each begins where mark changes to space."""
    soft = np.abs(np.convolve(samples, _MARK[::-1])) - np.abs(np.convolve(samples, _SPACE[::-1]))
    bits = soft > 0
    at = _end_of_mark(bits)
    octets = bytearray()
    while at is not None:
        centres = at + ((np.arange(10) + 0.5) * BIT_SMP).astype(np.int64)
        if centres[-1] >= len(bits) or bits[centres[0]] or not bits[centres[-1]]:
            break
        octets.append(int(np.packbits(bits[centres[1:9]], bitorder="little")[0]))
        ahead = bits[centres[-1] : centres[-1] + int(20 * BIT_SMP)]
        falls = np.flatnonzero(~ahead)
        at = int(centres[-1] + falls[0]) if len(falls) else None
    return bytes(octets)


def _end_of_mark(bits: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> int | None:
    edges = np.flatnonzero(np.diff(bits.astype(np.int8)))
    begins = np.concatenate([[0], edges + 1])
    ends = np.concatenate([edges + 1, [len(bits)]])
    for begin, end in zip(begins, ends, strict=True):
        if bits[begin] and end - begin > MARK_BITS * BIT_SMP and end < len(bits):
            return int(end)
    return None
