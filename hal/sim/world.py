"""The world side of the chip models: what a telephone exchange or a phone can do to a port, and see of it.

Audio moves in blocks of 80 A-law octets (10 ms at 8 kHz). `to_box` is what goes into the next block,
`from_box` is what came out of the last one; both are the silence octet 0xD5 while the physics carries no
audio (an on-hook line without monitoring, an unplugged line, a phone on its hook).
"""

from __future__ import annotations

from typing import Protocol

BLOCK_SMP = 80
SILENCE = b"\xd5" * BLOCK_SMP


class FxoWorld(Protocol):
    """The exchange's end of the pair that is plugged into an FXO port."""

    to_box: bytes

    @property
    def from_box(self) -> bytes: ...

    @property
    def is_off_hook(self) -> bool:
        """The box draws loop current."""

    def set_battery(self, volts: float) -> None:
        """Signed feed voltage: +48 normal, -48 reversed, 0 dead."""

    def set_ringing(self, vrms: float, hz: float) -> None:
        """Superimpose ringing voltage; 0 V stops it. Going off-hook ends it too (ring trip)."""

    def unplug(self) -> None: ...

    def plug(self) -> None: ...

    def set_loop(self, ohm: float) -> None:
        """Resistance of feed, line and box; 1650 normal, a short one gives too much current."""

    @property
    def is_other_lifted(self) -> bool:
        """Another phone on the same pair is lifted."""

    def lift_other(self) -> None: ...

    def hang_up_other(self) -> None: ...


class FxsWorld(Protocol):
    """The phone's end of the pair that is plugged into an FXS port."""

    to_box: bytes

    @property
    def from_box(self) -> bytes: ...

    @property
    def ringing_vrms(self) -> float:
        """Ringing voltage on the pair at this moment, 0 in the silent part."""

    @property
    def is_reversed(self) -> bool: ...

    @property
    def is_powered(self) -> bool:
        """The loop is fed (not open)."""

    def lift(self) -> None: ...

    def hang_up(self) -> None: ...

    @property
    def is_off_hook(self) -> bool: ...
