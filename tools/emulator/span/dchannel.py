"""The D-channel at the exchange: octets of timeslot 16, frames, and what is lost between."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from hal.sim.world import SpanWorld
from tools.emulator.span.hdlc import HdlcReceiver, HdlcSender

TIMESLOT = 16


class DChannel:
    """One D-channel; frames have no FCS.

    loss, corruption  percent of the frames of either direction; a corrupted one has a wrong bit
    is_open           False: nothing gets through, though the timeslot is there (layer 2 dies)
    """

    def __init__(self, span: SpanWorld, rng: np.random.Generator, loss: float, corruption: float) -> None:
        self.loss = loss
        self.corruption = corruption
        self.is_open = True
        self.spoil: Callable[[bytes], bytes] = lambda frame: frame  # a hostile exchange: says something else
        self.lost = 0
        self.corrupted = 0
        self._span = span
        self._rng = rng
        self._sender = HdlcSender()
        self._receiver = HdlcReceiver()

    @property
    def bad(self) -> int:
        """Frames of the box whose FCS was wrong, or that were no frames."""
        return self._receiver.bad

    def send(self, frame: bytes) -> None:
        """Queue a frame for the box."""
        frame = self.spoil(frame)
        if not self.is_open or self._hits(self.loss):
            self.lost += 1
        elif self._hits(self.corruption):
            self.corrupted += 1
            self._sender.send(frame, wrong_bit=int(self._rng.integers(0, 8 * len(frame) + 16)))
        else:
            self._sender.send(frame)

    def put(self, frame: bytes) -> None:
        """Put octets onto the line that no link layer sent."""
        self._sender.send(frame)

    def put_bits(self, bits: str) -> None:
        """Put bits onto the line that are no frame: `0` and `1`, as they are."""
        self._sender.send_bits(bits)

    def emit(self) -> None:
        """Put the next 10 ms on the line."""
        self._span.to_box[TIMESLOT] = self._sender.next_block()

    def receive(self) -> list[bytes]:
        """Take the last 10 ms off the line; gives the box's frames."""
        frames = self._receiver.receive(self._span.from_box[TIMESLOT])
        return [frame for frame in frames if self._arrives()] if frames else frames

    def _arrives(self) -> bool:
        if not self.is_open or self._hits(self.loss):
            self.lost += 1
            return False
        if self._hits(self.corruption):  # the FCS would have told
            self.corrupted += 1
            return False
        return True

    def _hits(self, percent: float) -> bool:
        return percent > 0 and float(self._rng.random()) * 100 < percent
