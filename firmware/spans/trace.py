"""D-channel trace: the last frames of a span, as a pcap file that Wireshark and tshark open.

Link type 203 (LAPD) has the frames of ITU-T Q.921 as they are, without FCS, and no room for a direction: that
is told by the C/R bit (set in commands of the network and answers of the user) and by `frames`.
(Type 177, LINUX_LAPD, has a direction, but a head that few programs know.)
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

FRAMES_KEPT = 2000  # some 200 calls; 100 KB as a file
LINK_TYPE = 203
LONGEST = 65535

_FILE = struct.Struct("<IHHiIII")  # magic, version, zone, accuracy, longest frame, link type
_RECORD = struct.Struct("<IIII")  # s, us, octets here, octets on the line


@dataclass(frozen=True, slots=True)
class TracedFrame:
    """A frame of the D-channel."""

    wall_s: float  # since 1970
    is_sent: bool
    octets: bytes  # without FCS


class Trace:
    """The last frames of one D-channel, both directions."""

    def __init__(self, frames: int = FRAMES_KEPT) -> None:
        self._frames: deque[TracedFrame] = deque(maxlen=frames)

    def note(self, octets: bytes, wall_s: float, *, is_sent: bool) -> None:
        """Keep a frame; the oldest one gives way."""
        self._frames.append(TracedFrame(wall_s, is_sent, octets))

    def frames(self) -> list[TracedFrame]:
        """Give the frames, oldest first."""
        return list(self._frames)

    def pcap(self) -> bytes:
        """Give the trace as a file."""
        return pcap(self._frames)


def pcap(frames: Iterable[TracedFrame]) -> bytes:
    """Give frames as a pcap file, version 2.4, little-endian, microseconds."""
    head = _FILE.pack(0xA1B2C3D4, 2, 4, 0, 0, LONGEST, LINK_TYPE)
    return head + b"".join(_record(frame) for frame in frames)


def _record(frame: TracedFrame) -> bytes:
    octets = frame.octets[:LONGEST]
    seconds, micros = divmod(round(frame.wall_s * 1_000_000), 1_000_000)
    return _RECORD.pack(seconds, micros, len(octets), len(frame.octets)) + octets
