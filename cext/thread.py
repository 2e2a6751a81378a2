"""The real-time thread of an engine, which exchanges blocks with a board."""

from __future__ import annotations

import os
from typing import Any

from cext._dsp import ffi, lib
from cext.memory import struct_of
from cext.types import CextError

_SPI_HZ = 20_000_000


class Thread:
    """Runs an engine in real time, in C, between `start` and `stop`."""

    def __init__(self, engine: Any) -> None:
        """Prepare it. raises CextError when the system gives no eventfd"""
        self.is_running = False
        self.has_run = False  # in real time, at least once
        self._engine = engine  # outlives the thread
        self._blocks = ffi.new("uint8_t[]", 2 * lib.engine_block_oct(engine))
        self._thread = struct_of("engine_thread", lib.engine_thread_size())
        error = lib.engine_thread_init(self._thread, engine, self._blocks)
        if error:
            raise CextError(f"eventfd: {os.strerror(-error)}")

    def __del__(self) -> None:
        if hasattr(self, "_thread"):
            lib.engine_thread_release(self._thread)

    def start(self, path: str) -> None:
        """Connect to a board, `unix:PATH` or `spidev:/dev/spidevB.D`. raises CextError"""
        if self.is_running:
            raise CextError("start: the engine runs already")
        kind, _, place = path.partition(":")
        if kind == "unix" and place:
            error = lib.engine_thread_start_socket(self._thread, place.encode())
        elif kind == "spidev" and place:
            error = lib.engine_thread_start_spidev(self._thread, place.encode(), _SPI_HZ)
        else:
            raise CextError(f"board {path!r}: allowed are unix:PATH and spidev:/dev/spidevB.D")
        if error:
            raise CextError(f"board {path!r}: {os.strerror(-error)}")
        self.is_running = self.has_run = True

    def stop(self) -> None:
        """End it, and wait for its end."""
        lib.engine_thread_stop(self._thread)
        self.is_running = False

    def fileno(self) -> int:
        """Return the eventfd that becomes readable when there are events."""
        return int(lib.engine_thread_fileno(self._thread))

    def acknowledge(self) -> None:
        """Reset the eventfd; before the events are looked at, so that none is slept over."""
        lib.engine_thread_acknowledge(self._thread)
