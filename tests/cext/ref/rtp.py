"""RTP written from the standards alone (RFC 3550, 4733), and a network that delays, loses and mixes up."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass, field

import cext
from tests.cext.ref.board import block_from_board, read_block


@dataclass(frozen=True)
class Packet:
    """What matters of a packet."""

    seq: int
    timestamp: int
    payload: bytes
    payload_type: int = 8
    ssrc: int = 0x1234
    has_marker: bool = False

    def octets(self) -> bytes:
        """Without CSRC, extension, padding."""
        first = struct.pack(
            ">BBHII",
            0x80,
            self.has_marker << 7 | self.payload_type,
            self.seq & 0xFFFF,
            self.timestamp & 0xFFFFFFFF,
            self.ssrc,
        )
        return first + self.payload


def parse(octets: bytes) -> Packet:
    """Read a packet of ours."""
    first, second, seq, timestamp, ssrc = struct.unpack(">BBHII", octets[:12])
    assert first == 0x80
    return Packet(seq, timestamp, octets[12:], second & 0x7F, ssrc, bool(second >> 7))


def audio(
    alaw: bytes,
    *,
    packet_smp: int = 160,
    seq: int = 0,
    timestamp: int = 0,
    ssrc: int = 0x1234,
    payload_type: int = 8,
) -> list[Packet]:
    """Cut octets into packets."""
    return [
        Packet(seq + i, timestamp + at, alaw[at : at + packet_smp], payload_type, ssrc, i == 0)
        for i, at in enumerate(range(0, len(alaw), packet_smp))
    ]


def event(code: int, duration: int, *, is_end: bool = False, level: int = 10) -> bytes:
    """The payload of a telephone-event, RFC 4733 section 2.3."""
    return struct.pack(">BBH", code, is_end << 7 | level, duration)


@dataclass
class Room:
    """An engine with one timeslot and one stream (channel 1) in virtual time."""

    spec: cext.StreamSpec = field(default_factory=lambda: cext.StreamSpec(ssrc=0xCAFE))
    tones: tuple[cext.ToneSpec, ...] = ()

    def __post_init__(self) -> None:
        self.engine = cext.Engine(1, self.tones, streams=1)
        self.engine.open(0, dtmf=False)
        self.engine.stream_open(1, self.spec)
        self.engine.join(0, 0)
        self.engine.join(1, 0)
        self.frame = 0
        self.events: list[cext.Event] = []
        self.heard = b""  # octets the timeslot sent: what came by the stream
        self.sent: list[Packet] = []
        self.delays_ms: list[tuple[float, float, float]] = []  # time, delay, target

    def tick(self, line: bytes = b"\xd5" * 80) -> None:
        """One tick with the timeslot's octets."""
        block = self.engine.tick(block_from_board(1, {0: line}, frame_counter=self.frame))
        self.frame += 80
        self.events += self.engine.events()
        self.heard += read_block(block, 1)[1][0]
        self.sent += [parse(octets) for octets in self.engine.stream_get(1)]

    def run(self, arrivals: Iterable[tuple[float, Packet]], seconds: float) -> None:
        """Put packets at their arrival times (ms), in this order, and tick."""
        waiting = sorted(arrivals, key=lambda pair: pair[0])
        at = 0
        for number in range(round(seconds * 100)):
            now_ms = number * 10.0
            while at < len(waiting) and waiting[at][0] <= now_ms:
                self.engine.stream_put(1, waiting[at][1].octets(), round(waiting[at][0] * 1000))
                at += 1
            self.tick()
            stats = self.engine.stream_stats(1)
            self.delays_ms.append((now_ms, stats.delay_ms, stats.target_ms))

    @property
    def stats(self) -> cext.StreamStats:
        """Counters of the stream."""
        return self.engine.stream_stats(1)
