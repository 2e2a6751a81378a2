"""The front panel in real time: its model on a pty, its display as text."""

from __future__ import annotations

import asyncio
import errno
import os
import pty
import tty
from collections.abc import Callable
from pathlib import Path

from hal.sim.panel import SimPanel, SimPanelState
from tools.emulator.command import PanelKey

TELL_EVERY_S = 0.1  # a page is written row by row: it is told when it stands still

Tell = Callable[[str, str], None]  # what, detail


class FrontPanel:
    """The panel's end of the serial line to the host."""

    def __init__(
        self,
        link: Path,
        loop: asyncio.AbstractEventLoop,
        clock: Callable[[], float],
        tell: Tell,
        *,
        prints: bool = False,
    ) -> None:
        """Make the pty.

        link    symbolic link to make to it; one that is there is replaced
        tell    is told of changes: `display`, `state`
        prints  the display goes to standard output when it changes
        raises  OSError
        """
        self._panel = SimPanel(clock)
        self._link = link
        self._loop = loop
        self._tell = tell
        self._prints = prints
        self._told: tuple[str, ...] = self._panel.display
        self._seen = self._told
        self._seen_at = 0.0
        self._state = self._panel.state
        self._master, self._slave = pty.openpty()  # the slave stays open, or the master ends with each host
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        if link.exists() and not link.is_symlink():
            raise FileExistsError(errno.EEXIST, "is there and is no link", str(link))
        link.parent.mkdir(parents=True, exist_ok=True)
        link.unlink(missing_ok=True)
        link.symlink_to(os.ttyname(self._slave))

    @property
    def display(self) -> tuple[str, ...]:
        """The rows of the display."""
        return self._panel.display

    @property
    def state(self) -> SimPanelState:
        """What the panel thinks of its host."""
        return self._panel.state

    def press(self, key: PanelKey) -> None:
        """Press and let go of a key.

        raises  ValueError while no host listens: the panel would do nothing
        """
        if self._panel.state is not SimPanelState.RUN:
            raise ValueError(f"the panel is in {self._panel.state}: no host listens, so its keys do nothing")
        self._panel.press(key)
        self._tell("key", key)
        self._send()

    def start(self) -> None:
        """Listen to the host."""
        self._loop.add_reader(self._master, self._receive)

    def tick(self, now: float) -> None:
        """Do what is due, and tell what changed."""
        self._send()
        if self._panel.state is not self._state:
            self._state = self._panel.state
            self._tell("state", self._state)
        if self._panel.display != self._seen:
            self._seen, self._seen_at = self._panel.display, now
        elif self._seen != self._told and now >= self._seen_at + TELL_EVERY_S:
            self._told = self._seen
            self._tell("display", " / ".join(row.strip() for row in self._told))
            if self._prints:
                print(framed(self._told), flush=True)

    def close(self) -> None:
        """End, and remove the link."""
        self._loop.remove_reader(self._master)
        self._link.unlink(missing_ok=True)
        os.close(self._master)
        os.close(self._slave)

    def _receive(self) -> None:
        try:
            data = os.read(self._master, 4096)
        except BlockingIOError:
            return
        self._panel.receive(data)
        self._send()

    def _send(self) -> None:
        data = self._panel.take_output()
        if data:
            try:
                os.write(self._master, data)
            except BlockingIOError:  # nobody reads: a serial line would have lost it, too
                pass


def framed(rows: tuple[str, ...]) -> str:
    """Draw the display with its frame."""
    edge = "+" + "-" * len(rows[0]) + "+"
    return "\n".join([edge, *(f"|{row}|" for row in rows), edge])
