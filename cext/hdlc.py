"""HDLC over octets of a timeslot at hand: what the engine does on a D-channel, for the far end of a line."""

from __future__ import annotations

from typing import Any

from cext._dsp import ffi, lib
from cext.digital import check_frame, frame_stats
from cext.memory import struct_of
from cext.types import CextError, FrameStats

_FRAMES = 64  # room for those of several ticks


class HdlcReceiver:
    """Frames out of octets. ISO/IEC 13239; the first bit on the line is an octet's most significant one."""

    def __init__(self) -> None:
        self._state = struct_of("hdlc_rx", lib.hdlc_rx_size())
        self._events = ffi.new("struct dsp_event[]", _FRAMES)
        lib.hdlc_rx_reset(self._state)

    def feed(self, octets: bytes) -> list[bytes]:
        """Take octets of the timeslot, any number; return the good frames that ended, without FCS."""
        found, count, at = [], ffi.new("int *"), 0
        memory = ffi.from_buffer("uint8_t[]", octets)
        while at < len(octets):
            left = len(octets) - at
            at += lib.hdlc_rx_feed(self._state, memory + at, left, 0, self._events, _FRAMES, count)
            for i in range(count[0]):
                event: Any = self._events[i]
                found.append(bytes(ffi.buffer(event.data, event.n_data)))
        return found

    def stats(self) -> FrameStats:
        """Return the counters; `sent` is 0."""
        raw = ffi.new("struct frame_stats *")
        lib.hdlc_rx_read(self._state, raw)
        return frame_stats(raw)


class HdlcSender:
    """Frames into octets, flags between them."""

    def __init__(self) -> None:
        self._state = struct_of("hdlc_tx", lib.hdlc_tx_size())
        lib.hdlc_tx_reset(self._state)

    def put(self, frame: bytes) -> None:
        """Send a frame after those that wait; the FCS is added.

        raises  CextError for less than 3 or more than 264 octets, or when 16 frames wait already
        """
        check_frame(frame)
        if lib.hdlc_tx_put(self._state, frame, len(frame)):
            raise CextError(f"at most {lib.DSP_MAX_FRAMES} frames can wait")

    def take(self, count: int) -> bytes:
        """Return the next octets of the timeslot."""
        out = ffi.new("uint8_t[]", max(count, 1))
        lib.hdlc_tx_feed(self._state, out, count)
        return bytes(ffi.buffer(out, count))

    @property
    def waiting(self) -> int:
        """Tell how many frames are not sent to their end."""
        return int(lib.hdlc_tx_waiting(self._state))
