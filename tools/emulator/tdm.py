"""The engine's end of the PCM highway: blocks of octets on a SOCK_SEQPACKET socket, one message per block.

The emulator paces the engine as the board's block interrupt would: the engine sends a block and waits for the
board's; it gets it at the next 10 ms. An engine that is late misses its block, as on the board, where the
gateware would play mute.
"""

from __future__ import annotations

import asyncio
import socket
from binascii import crc_hqx
from pathlib import Path

LONGEST_BLOCK = 65536
HEADER = 12
CRC = 2
MUTE = b"\xd5"
PATIENCE_S = 0.002  # after a late tick the next is due at once, and the engine needs a moment for its block


class TdmServer:
    """Accept one engine at a time; a new one replaces the old."""

    def __init__(self, path: Path, loop: asyncio.AbstractEventLoop) -> None:
        self.path = path
        self.missed = 0  # ticks in which a connected engine had no block ready
        self._loop = loop
        self._engine: socket.socket | None = None
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_NONBLOCK)

    @property
    def is_connected(self) -> bool:
        """An engine is there."""
        return self._engine is not None

    def start(self) -> None:
        """Listen.

        raises  OSError
        """
        self._listener.bind(str(self.path))
        self._listener.listen(2)
        self._loop.add_reader(self._listener, self._accept)

    def receive(self) -> bytes | None:
        """Take the engine's block; none if there is no engine, or it is late."""
        if self._engine is None:
            return None
        try:
            block = self._engine.recv(LONGEST_BLOCK)
        except TimeoutError:
            self.missed += 1
            return None
        except OSError:
            block = b""
        if not block:
            self._drop()
            return None
        return block

    def send(self, block: bytes) -> None:
        """Give the board's block; an engine that does not read loses it."""
        if self._engine is None:
            return
        try:
            self._engine.send(block)
        except TimeoutError:
            self.missed += 1
        except OSError:
            self._drop()

    def close(self) -> None:
        """End, and remove the socket."""
        self._drop()
        self._loop.remove_reader(self._listener)
        self._listener.close()
        self.path.unlink(missing_ok=True)

    def _accept(self) -> None:
        try:
            engine, _ = self._listener.accept()
        except OSError:  # it has already gone
            return
        engine.settimeout(PATIENCE_S)
        self._drop()
        self._engine = engine

    def _drop(self) -> None:
        if self._engine is not None:
            self._engine.close()
            self._engine = None


def muted(block: bytes) -> bytes:
    """Give what the gateware plays in place of a block that did not come: the same shape, mute."""
    mute = block[:HEADER] + MUTE * (len(block) - HEADER - CRC)
    return mute + crc_hqx(mute, 0xFFFF).to_bytes(2, "big")
