"""The front panel's display and keys: draws the pages and turns them."""

from __future__ import annotations

from collections.abc import Callable

from firmware.api.snapshot import Snapshot
from firmware.panel.pages import Key, Page, first, render, turn
from hal.panel import KeyPressed, Panel, PanelKey, PanelLost, PanelUp

DRAW_S = 1.0  # waiting times and turning alarms count in seconds
KEYS = {PanelKey.UP: Key.UP, PanelKey.DOWN: Key.DOWN}


class Display:
    """What the panel shows.

    snapshot    gives the live picture
    setup_code  gives the code that is shown until the box is set up
    """

    def __init__(self, panel: Panel, snapshot: Callable[[], Snapshot], setup_code: Callable[[], str]) -> None:
        self._panel = panel
        self._snapshot = snapshot
        self._setup_code = setup_code
        self._page: Page | None = None  # not chosen by a key yet: follows the set-up
        self._draw_at = 0.0
        self.is_present = False

    @property
    def fd(self) -> int:
        """Readable when the panel has sent something."""
        return self._panel.fd

    def step(self, now: float) -> None:
        """Take keys, and draw when it is time."""
        for event in self._panel.service(now):
            match event:
                case KeyPressed(key=key) if key in KEYS:
                    self._page = turn(self._shown(self._snapshot()), KEYS[key])
                    self._draw_at = now
                case PanelUp():
                    self.is_present = True
                case PanelLost():
                    self.is_present = False
        if now >= self._draw_at:
            self._draw(now)

    def deadline(self) -> float:
        """When `step` wants to be called."""
        return min(self._panel.deadline(), self._draw_at)

    def close(self) -> None:
        """Let go of the panel; it will bypass the lines."""
        self._panel.close()

    def _draw(self, now: float) -> None:
        snapshot = self._snapshot()
        self._panel.show(render(self._shown(snapshot), snapshot, self._setup_code(), now))
        self._panel.service(now)
        self._draw_at = now + DRAW_S

    def _shown(self, snapshot: Snapshot) -> Page:
        return first(snapshot) if self._page is None else self._page
