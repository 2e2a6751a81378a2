"""The backplane's interrupt line as the host sees it."""

from __future__ import annotations

import os
from collections.abc import Callable


class SimIrq:
    """Implements `hal.bus.GpioInput`; the descriptor is made only when somebody asks for it."""

    def __init__(self, level: Callable[[], bool]) -> None:
        self._level = level
        self._fd = -1
        self._was_high = False
        self.has_edges = True

    def read(self) -> bool:
        """Return the level, and forget edges seen so far."""
        if self._fd >= 0:
            self._drain()
        self._was_high = self._level()
        return self._was_high

    @property
    def fd(self) -> int:
        """Becomes readable on a rising edge, as soon as `look` or a TDM exchange notices it."""
        if self._fd < 0:
            self._fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
            self._was_high = False
            self.look()
        return self._fd

    @property
    def has_listener(self) -> bool:
        """Somebody waits for edges."""
        return self._fd >= 0

    def look(self) -> bool:
        """Notice an edge, and return True if there was a rising one since the last look."""
        is_high = self._level()
        is_edge = is_high and not self._was_high
        self._was_high = is_high
        if is_edge and self._fd >= 0:
            os.eventfd_write(self._fd, 1)
        return is_edge

    def close(self) -> None:
        """Let go of the descriptor."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _drain(self) -> None:
        try:
            os.eventfd_read(self._fd)
        except BlockingIOError:
            pass
