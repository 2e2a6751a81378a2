"""The far end's end of an E1, and how its octets stand in a TDM block."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import overload

from hal.sim.physics import PhysicsError
from hal.sim.world import BLOCK_SMP, SILENCE

TIMESLOTS = 32
ONES_BLOCK = b"\xff" * BLOCK_SMP
ONES = (ONES_BLOCK,) * TIMESLOTS
BLOCKED = 0b1101


class Columns(Sequence[bytes]):
    """A span's timeslots in a block; a timeslot is cut out only when somebody wants it."""

    def __init__(self, block: bytes, start: int, end: int, step: int) -> None:
        self._block = block
        self._start, self._end, self._step = start, end, step

    @overload
    def __getitem__(self, index: int) -> bytes: ...

    @overload
    def __getitem__(self, index: slice) -> list[bytes]: ...

    def __getitem__(self, index: int | slice) -> bytes | list[bytes]:
        if isinstance(index, slice):
            return [self[timeslot] for timeslot in range(*index.indices(TIMESLOTS))]
        if not -TIMESLOTS <= index < TIMESLOTS:
            raise IndexError(index)
        return self._block[self._start + index % TIMESLOTS : self._end : self._step]

    def __len__(self) -> int:
        return TIMESLOTS


class SpanLine:
    """An E1 from an exchange; implements `hal.sim.world.SpanWorld`. It lives on when the card is pulled."""

    def __init__(self) -> None:
        self.to_box: list[bytes] = [SILENCE] * TIMESLOTS
        self.heard: Sequence[bytes] = ONES  # set at every block
        # what the far end does
        self.is_cut = False
        self.is_sending_ais = self.is_sending_rai = False
        self.has_no_frames = self.has_no_multiframe = False
        self.cas_sent = [BLOCKED] * TIMESLOTS
        self.slips_left = 0
        self.is_plugged_back = False
        self._bits_between, self._bits_left = 0, 0  # wrong bits
        # what the chip does
        self.is_transmitting = self.is_framed = False
        self.sends_ais = self.sends_rai = False
        self.cas_heard: tuple[int, ...] = (BLOCKED,) * TIMESLOTS
        self.is_local_loop = self.is_remote_loop = False
        self.muted: dict[int, bytes] = {}  # octets that the chip puts in place of what comes
        self.is_deaf = True  # no frames come in: ones
        self.slips = 0  # frames to be lost in the next block
        self.on_change: Callable[[], None] | None = None
        self.on_errors: Callable[[Mapping[str, int]], None] | None = None

    # --- the far end's view

    @property
    def from_box(self) -> Sequence[bytes]:
        """By timeslot: what came out of the last block; ones while the box sends no frames."""
        return self.heard

    @property
    def cas(self) -> tuple[int, ...]:
        """The bits that the box sends, by timeslot."""
        return tuple(self.cas_sent) if self._is_echo else self.cas_heard

    @property
    def is_fed(self) -> bool:
        """The box sends a signal."""
        return not (self.is_cut or self.is_plugged_back) and self.is_transmitting

    @property
    def hears_frames(self) -> bool:
        """What the box sends has frames."""
        if self._is_echo:
            return not (self.is_sending_ais or self.has_no_frames)
        return self.is_fed and self.is_framed and not self.sends_ais

    @property
    def hears_ais(self) -> bool:
        """The box sends all ones."""
        return self.is_fed and (self.is_sending_ais if self._is_echo else self.sends_ais)

    @property
    def hears_rai(self) -> bool:
        """The box says that it does not hear us."""
        return self.hears_frames and (self.is_sending_rai if self._is_echo else self.sends_rai)

    @property
    def _is_echo(self) -> bool:
        """What comes from the box is our own."""
        return self.is_remote_loop and self.is_fed

    # --- what the far end can do

    def set_cas(self, timeslot: int, abcd: int) -> None:
        """Send signalling bits for a channel.

        raises  ValueError
        """
        if timeslot not in range(1, TIMESLOTS) or timeslot == 16:
            raise ValueError(f"timeslot: {timeslot}, allowed 1..15, 17..31")
        if abcd not in range(16):
            raise ValueError(f"abcd: {abcd}, allowed 0..15")
        self.cas_sent[timeslot] = abcd
        self._changed()

    def cut(self) -> None:
        """Cut the cable, both pairs."""
        if self.is_cut:
            raise PhysicsError("cutting a cable that is cut")
        self.is_cut = True
        self._changed()

    def mend(self) -> None:
        """Put the cable together again."""
        if not self.is_cut:
            raise PhysicsError("mending a cable that is whole")
        self.is_cut = False
        self._changed()

    def send_ais(self, is_on: bool) -> None:
        """Send all ones without frames."""
        self.is_sending_ais = is_on
        self._changed()

    def send_rai(self, is_on: bool) -> None:
        """Say that we do not hear the box."""
        self.is_sending_rai = is_on
        self._changed()

    def lose_frames(self, is_on: bool) -> None:
        """Send a signal without framing words."""
        self.has_no_frames = is_on
        self._changed()

    def lose_multiframe(self, is_on: bool) -> None:
        """Send no CRC-4 multiframe, nor one in timeslot 16."""
        self.has_no_multiframe = is_on
        self._changed()

    def disturb(
        self, *, code_violations: int = 0, crc_errors: int = 0, framing_errors: int = 0, far_errors: int = 0
    ) -> None:
        """Let the framer count these errors now.

        raises  ValueError
        """
        errors = {
            "code_violations": code_violations,
            "crc_errors": crc_errors,
            "framing_errors": framing_errors,
            "far_errors": far_errors,
        }
        for name, count in errors.items():
            if count < 0:
                raise ValueError(f"{name}: {count}, allowed 0 or more")
        if self.on_errors is not None:
            self.on_errors(errors)

    def slip(self, times: int = 1) -> None:
        """Run on another clock for a moment: so many frames are lost.

        raises  ValueError
        """
        if times < 1:
            raise ValueError(f"times: {times}, allowed 1 or more")
        if self.on_change is not None:
            self.slips_left += times
            self.on_change()

    def plug_back(self, is_on: bool) -> None:
        """Put in a loop plug in place of the far end, so that the box gets back what it sends."""
        self.is_plugged_back = is_on
        self._changed()

    def wrong_bits(self, bits_between: int) -> None:
        """Turn over one bit in so many of those that come to the box; 0: none.

        raises  ValueError
        """
        if bits_between < 0:
            raise ValueError(f"bits_between: {bits_between}, allowed 0 or more")
        self._bits_between = self._bits_left = bits_between

    def leave(self) -> None:
        """Forget the chip at the box's end, because its card was pulled."""
        self.is_transmitting = self.is_framed = self.sends_ais = self.sends_rai = False
        self.is_local_loop = self.is_remote_loop = False
        self.is_deaf = True
        self.muted = {}
        self.slips = self.slips_left = 0
        self.heard = ONES
        self.on_change = self.on_errors = None

    def _changed(self) -> None:
        if self.on_change is not None:
            self.on_change()

    # --- the highway

    def pass_block(self, tx: bytes, rx: bytearray, start: int, step: int) -> None:
        """Exchange a block with the highway.

        tx     block from the box
        rx     block to the box, full of silence
        start  of timeslot 0 in it
        step   timeslots in the block
        """
        end = len(rx) - 2
        outgoing: Sequence[bytes] = Columns(tx, start, end, step)
        for timeslot, octets in enumerate(self._arriving(outgoing), start):
            if octets is not SILENCE:
                rx[timeslot:end:step] = octets
        if self._is_echo:
            self.heard = list(self.to_box)
        else:
            self.heard = outgoing if self.hears_frames else ONES

    def _arriving(self, outgoing: Sequence[bytes]) -> Sequence[bytes]:
        """Return what the chip puts on the highway, by timeslot."""
        octets: Sequence[bytes] = self.to_box
        if self.is_deaf:
            octets = ONES
        elif self.is_local_loop:
            octets = outgoing
        elif self.is_plugged_back:
            octets = outgoing[:]
        if self._bits_between and not self.is_local_loop:
            octets = [self._spoiled(column) for column in octets]
        if self.slips:
            octets = [column[1:] + column[-1:] for column in octets]
            self.slips -= 1
        if self.muted:
            octets = [self.muted.get(timeslot, column) for timeslot, column in enumerate(octets)]
        return octets

    def _spoiled(self, octets: bytes) -> bytes:
        """Turn over the bits that are due."""
        spoiled = bytearray(octets)
        while self._bits_left < 8 * len(octets):
            spoiled[self._bits_left // 8] ^= 0x80 >> self._bits_left % 8
            self._bits_left += self._bits_between
        self._bits_left -= 8 * len(octets)
        return bytes(spoiled)
