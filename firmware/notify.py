"""Tell the service manager that the box is ready and alive.

source  sd_notify(3): datagrams to the socket named by NOTIFY_SOCKET; a name that begins with @ is abstract
"""

from __future__ import annotations

import os
import socket


class Notifier:
    """Speaks to the service manager; without one it says nothing.

    watchdog_s  how often `alive` wants to be called, None if nobody watches
    """

    def __init__(self, environment: dict[str, str] | None = None) -> None:
        values = os.environ if environment is None else environment
        path = values.get("NOTIFY_SOCKET", "")
        self._address = "\0" + path[1:] if path.startswith("@") else path
        timeout_us = values.get("WATCHDOG_USEC", "")
        self.watchdog_s = int(timeout_us) / 3_000_000 if timeout_us.isdecimal() else None

    def ready(self) -> None:
        """Say that calls are carried now."""
        self._send("READY=1")

    def alive(self) -> None:
        """Say that the loop turns."""
        self._send("WATCHDOG=1")

    def stopping(self) -> None:
        """Say that the end has been asked for."""
        self._send("STOPPING=1")

    def _send(self, state: str) -> None:
        if not self._address:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as link:
            try:
                link.sendto(state.encode(), socket.MSG_DONTWAIT, self._address)
            except OSError:
                return  # the manager is busy or gone: it will see the silence
