"""The world side of the chip models: what a telephone exchange or a phone can do to a port, and see of it.

Audio moves in blocks of 80 A-law octets (10 ms at 8 kHz). `to_box` is what goes into the next block,
`from_box` is what came out of the last one; both are the silence octet 0xD5 while the physics carries no
audio (an on-hook line without monitoring, an unplugged line, a phone on its hook).
"""

from __future__ import annotations

from collections.abc import Sequence
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

    @property
    def echo(self) -> Sequence[float]:
        """Impulse response of what comes back of `from_box`, 8 kHz; empty for nothing."""

    def set_impedance(self, series_ohm: float, parallel_ohm: float, c_nf: float) -> None:
        """The line's impedance, resistor in series with resistor and capacitor in parallel."""

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

    def set_short(self, is_on: bool) -> None:
        """The wires touch; the chip takes its voltage away to save itself."""

    @property
    def is_off_hook(self) -> bool: ...


class SpanWorld(Protocol):
    """The far end of an E1 that is plugged into a span port. Timeslots are 0..31; bits are A, B, C, D from
    the highest. While the line is cut, or the framer out of frame, what is put into `to_box` does not arrive.
    """

    to_box: list[bytes]  # by timeslot, a block each: what goes into the next block

    @property
    def from_box(self) -> Sequence[bytes]:
        """By timeslot: what came out of the last block; ones while the box sends no frames. An octet string
        is cut out of the block when it is asked for, so ask only for timeslots that matter.
        """

    def set_cas(self, timeslot: int, abcd: int) -> None:
        """Send signalling bits for a channel; they reach the framer within a multiframe (2 ms)."""

    @property
    def cas(self) -> tuple[int, ...]:
        """The bits that the box sends, by timeslot."""

    def cut(self) -> None:
        """Cut the cable, both pairs."""

    def mend(self) -> None: ...

    def send_ais(self, is_on: bool) -> None:
        """Send all ones without frames, as an exchange does whose source failed."""

    def send_rai(self, is_on: bool) -> None:
        """Say that we do not hear the box."""

    def lose_frames(self, is_on: bool) -> None:
        """Send a signal without framing words."""

    def lose_multiframe(self, is_on: bool) -> None:
        """Send no CRC-4 multiframe, or none in timeslot 16."""

    def disturb(
        self, *, code_violations: int = 0, crc_errors: int = 0, framing_errors: int = 0, far_errors: int = 0
    ) -> None:
        """Let the framer count these errors now; audio octets are not changed."""

    def slip(self, times: int = 1) -> None:
        """Run on another clock for a moment: so many frames are lost or doubled."""

    def plug_back(self, is_on: bool) -> None:
        """Put in a loop plug in place of the far end, so that the box gets back what it sends."""

    def wrong_bits(self, bits_between: int) -> None:
        """Turn over one bit in so many of those that come to the box; 0: none."""

    @property
    def is_fed(self) -> bool:
        """The box sends a signal."""

    @property
    def hears_ais(self) -> bool: ...

    @property
    def hears_rai(self) -> bool:
        """The box says that it does not hear us."""
