"""The phone's end of the pair that is plugged into an FXS port."""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from hal.sim.physics import PhysicsError
from hal.sim.world import SILENCE


class FxsLine:
    """A phone; implements `hal.sim.world.FxsWorld`. It lives on when the card is pulled."""

    def __init__(self) -> None:
        self.to_box = SILENCE
        self.heard = SILENCE  # set by the board at every block
        self.is_lifted = False
        self.ringing_vrms = 0.0  # set by the chip, at this moment, 0 in the silent part
        self.is_reversed = False
        self.is_shorted = False  # the wires touch
        self.is_powered = False
        self.to_box_from = inf  # when the chip passes the phone's audio on; inf = it does not
        self.from_box_from = inf
        self.on_change: Callable[[], None] | None = None

    @property
    def from_box(self) -> bytes:
        """What the box said in the last block."""
        return self.heard

    @property
    def is_off_hook(self) -> bool:
        """The handset is lifted."""
        return self.is_lifted

    def lift(self) -> None:
        """Take the handset off."""
        if self.is_lifted:
            raise PhysicsError("lifting a lifted phone")
        self.is_lifted = True
        self._changed()

    def hang_up(self) -> None:
        """Put the handset down."""
        if not self.is_lifted:
            raise PhysicsError("hanging up a phone that is down")
        self.is_lifted = False
        self._changed()

    def set_short(self, is_on: bool) -> None:
        """Let the wires touch, or no more."""
        self.is_shorted = is_on
        self._changed()

    def leave(self) -> None:
        """Forget the chip at the box's end, because its card was pulled."""
        self.ringing_vrms = 0.0
        self.is_reversed = self.is_powered = False
        self.to_box_from = self.from_box_from = inf
        self.on_change = None

    def _changed(self) -> None:
        if self.on_change is not None:
            self.on_change()
