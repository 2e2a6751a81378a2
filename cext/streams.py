"""RTP streams on their way into C, and the packet blocks over samples at hand."""

from __future__ import annotations

from typing import Any

from cext._dsp import ffi, lib
from cext.commands import Commands
from cext.memory import struct_of
from cext.tones import SMP_PER_MS, check_range
from cext.types import CextError, StreamSpec, StreamStats

LAWS = ("alaw", "ulaw")
TYPES = ("alaw_type", "ulaw_type", "noise_type", "event_type")


def _check_types(spec: StreamSpec) -> None:
    used = {name: getattr(spec, name) for name in TYPES if getattr(spec, name) is not None}
    for name, number in used.items():
        check_range(name, number, 0, 127)
    if len(set(used.values())) < len(used):
        raise CextError(f"payload types {used}: each may have one meaning only")
    if spec.law not in LAWS:
        raise CextError(f"law {spec.law!r}: allowed are {', '.join(LAWS)}")
    if f"{spec.law}_type" not in used:
        raise CextError(f"law {spec.law}: needs {spec.law}_type")
    if spec.saves_silence and "noise_type" not in used:
        raise CextError("saves_silence: needs noise_type")


def stream_spec(spec: StreamSpec) -> object:
    """Return the spec as a C struct; raises CextError for what makes no sense."""
    _check_types(spec)
    check_range("ssrc", spec.ssrc, 0, 0xFFFFFFFF)
    check_range("seq", spec.seq, 0, 0xFFFF)
    check_range("timestamp", spec.timestamp, 0, 0xFFFFFFFF)
    check_range("min_delay_ms", spec.min_delay_ms, 0, 500)
    check_range("max_delay_ms", spec.max_delay_ms, max(spec.min_delay_ms, 40), 500)
    if spec.packet_ms not in range(10, 61, 10):
        raise CextError(f"packet_ms {spec.packet_ms}: allowed are 10, 20, 30, 40, 50, 60")
    raw: Any = ffi.new("struct stream_spec *")
    for name in TYPES:
        number = getattr(spec, name)
        setattr(raw, name, -1 if number is None else number)
    raw.is_ulaw, raw.is_saving, raw.is_fixed = spec.law == "ulaw", spec.saves_silence, spec.is_fixed
    raw.packet_smp = spec.packet_ms * SMP_PER_MS
    raw.min_smp, raw.max_smp = spec.min_delay_ms * SMP_PER_MS, spec.max_delay_ms * SMP_PER_MS
    raw.ssrc, raw.seq, raw.timestamp = spec.ssrc, spec.seq, spec.timestamp
    return raw


def stream_stats(raw: Any) -> StreamStats:
    """Translate a struct stream_stats."""
    return StreamStats(
        received=raw.received,
        expected=raw.expected,
        late=raw.late,
        duplicates=raw.duplicates,
        reordered=raw.reordered,
        refused=raw.refused,
        restarts=raw.restarts,
        overflows=raw.overflows,
        sent=raw.sent,
        concealed_ms=raw.concealed_smp / SMP_PER_MS,
        inserted_ms=raw.inserted_smp / SMP_PER_MS,
        removed_ms=raw.removed_smp / SMP_PER_MS,
        delay_ms=raw.delay_smp / SMP_PER_MS,
        target_ms=raw.target_smp / SMP_PER_MS,
        jitter_ms=raw.jitter_us / 1000,
        skew_ppm=raw.skew_ppm,
    )


class Streams(Commands):
    """The RTP streams of an engine: the channels after its timeslots."""

    def __init__(self, engine: Any, timeslots: int, streams: int) -> None:
        super().__init__(engine, timeslots, streams)
        self._packet = ffi.new("uint8_t[]", lib.DSP_PACKET_OCT)
        self._streams = struct_of("rtp_stream", lib.stream_size(), streams)
        lib.engine_streams(engine, self._streams, streams)

    def stream_open(self, channel: int, spec: StreamSpec) -> None:
        """Start an RTP stream, or start it anew, and its channel without detectors.

        Digits come as telephone-event when the spec has a type for it; `open` adds the detectors.
        raises  CextError for a timeslot, or a spec that makes no sense
        source  RFC 3550, 3389, 4733
        """
        self._check_stream(channel)
        raw = stream_spec(spec)
        self._sent(lib.engine_stream_open(self._engine, channel, raw))
        self._sent(lib.engine_open(self._engine, channel, 0))
        self._open.add(channel)

    def stream_put(self, channel: int, packet: bytes, arrival_us: int) -> None:
        """Give a packet that came; bad ones and those that find no room are counted (`stream_stats`).

        arrival_us  monotonic, any origin; jitter and skew are told from it, the play-out goes by ticks
        """
        self._check_stream(channel)
        self._check_open(channel)
        lib.engine_stream_put(self._engine, channel, packet, len(packet), arrival_us)

    def stream_get(self, channel: int) -> list[bytes]:
        """Return the packets to be sent, oldest first; at most 16 wait."""
        self._check_stream(channel)
        packets = []
        while count := lib.engine_stream_get(self._engine, channel, self._packet, len(self._packet)):
            packets.append(bytes(ffi.buffer(self._packet)[:count]))
        return packets

    def stream_stats(self, channel: int) -> StreamStats:
        """Return the counters of a stream as of the last tick."""
        self._check_stream(channel)
        raw: Any = ffi.new("struct stream_stats *")
        lib.engine_stream_stats(self._engine, channel, raw)
        return stream_stats(raw)

    def _check_stream(self, channel: int) -> None:
        self._check_channel(channel)
        if channel < self._timeslots:
            raise CextError(f"channel {channel}: a timeslot, streams begin at {self._timeslots}")


class Concealer:
    """Packet-loss concealment over samples at hand: as every stream has it. ITU-T G.711 Appendix I."""

    def __init__(self) -> None:
        self._plc = struct_of("plc", lib.plc_size())
        lib.plc_reset(self._plc)

    def receive(self, pcm16: bytes) -> bytes:
        """Take int16 samples that came; after a gap the first 2 ms of what is returned are blended."""
        out = ffi.new("int16_t[]", max(len(pcm16) // 2, 1))
        ffi.memmove(out, pcm16, len(pcm16))
        lib.plc_receive(self._plc, out, len(pcm16) // 2)
        return bytes(ffi.buffer(out)[: len(pcm16)])

    def conceal(self, samples: int) -> bytes:
        """Return int16 samples in place of so many that are missing."""
        out = ffi.new("int16_t[]", max(samples, 1))
        lib.plc_conceal(self._plc, out, samples)
        return bytes(ffi.buffer(out)[: 2 * samples])


def noise_samples(payload: bytes, ms: int, seed: int = 1) -> bytes:
    """Return int16 samples of the noise that a comfort noise payload describes (RFC 3389)."""
    out = ffi.new("int16_t[]", max(ms * SMP_PER_MS, 1))
    lib.noise_samples(payload, len(payload), seed, out, ms * SMP_PER_MS)
    return bytes(ffi.buffer(out)[: 2 * ms * SMP_PER_MS])


def noise_payload(pcm16: bytes) -> bytes:
    """Return the comfort noise payload that describes the end of int16 samples (RFC 3389)."""
    if len(pcm16) % 2:
        raise CextError(f"{len(pcm16)} octets: 16-bit samples need an even number")
    out = ffi.new("uint8_t[]", lib.DSP_NOISE_OCT)
    count = lib.noise_payload(ffi.from_buffer("int16_t[]", pcm16), len(pcm16) // 2, out)
    return bytes(ffi.buffer(out)[:count])
