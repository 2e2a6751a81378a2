"""The media engine: channels, mixers, detectors and recording under one tick."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cext._dsp import ffi, lib
from cext.clips import Pending
from cext.digital import Digital
from cext.dtmf_limits import DtmfLimits, check_taken, spec_of
from cext.events import event_of
from cext.hearing import Hearing
from cext.levels import amplitude, factor, level_dbm0
from cext.memory import struct_of
from cext.mf import Registers
from cext.seating import Seating
from cext.streams import Streams
from cext.thread import Thread
from cext.tones import SMP_PER_MS, check_digits, check_message, check_range, tone_list
from cext.types import CextError, EngineStats, Event, EventKind, ToneSpec

_CHUNKS_OCT = 1 << 20  # read at once
ECHO_TAILS_MS = (0, 16, 32)


class Engine(Seating, Hearing, Streams, Digital, Registers):
    """One engine of up to 192 timeslots and 128 RTP streams; each is a channel, the timeslots first.

    Commands take effect at the next tick, in order. All methods belong to one thread. A channel that is not
    open is idle: it sends silence, costs nothing, and refuses commands that would need it open.
    """

    def __init__(
        self,
        timeslots: int,
        tones: Sequence[ToneSpec],
        zones: Mapping[str, Sequence[ToneSpec]] | None = None,
        *,
        streams: int = 0,
    ) -> None:
        """Prepare the engine; raises CextError for impossible timeslots, streams, tones or zones.

        tones  sent by `tone`, and heard
        zones  further lists by name, heard on a channel that is opened with it
        """
        check_range("timeslots", timeslots, 1, lib.DSP_MAX_CHANNELS)
        check_range("streams", streams, 0, lib.DSP_MAX_STREAMS)
        engine = struct_of("engine", lib.engine_size())
        if lib.engine_init(engine, timeslots, *tone_list(tones)):
            raise CextError("tones: too many different frequencies")
        super().__init__(engine, timeslots, streams)
        self._tones = tuple(tones)
        self._tone_index = {tone.name: i for i, tone in enumerate(tones)}
        self._zones: list[tuple[ToneSpec, ...]] = []
        self._zone_index: dict[str, int] = {}
        for name, specs in (zones or {}).items():
            self.add_zone(name, tuple(specs))
        self._clips = [Pending(lib.DSP_MAX_CLIPS, "clips") for _ in range(self._channels)]
        self._dials = [Pending(lib.DSP_MAX_DIALS, "dials") for _ in range(self._channels)]
        self._open_ends()

    def _open_ends(self) -> None:
        """Make room for what comes out of C."""
        self._block_oct = int(lib.engine_block_oct(self._engine))
        self._tx = ffi.new("uint8_t[]", self._block_oct)
        self._tx_view = ffi.buffer(self._tx)
        self._event = ffi.new("struct dsp_event *")
        self._events_put = lib.engine_events_put(self._engine)
        self._events_got = 0
        self._chunks = ffi.new("uint8_t[]", _CHUNKS_OCT // lib.DSP_CHUNK_OCT * lib.DSP_CHUNK_OCT)
        self._thread = Thread(self._engine)

    def __del__(self) -> None:
        if hasattr(self, "_thread"):
            self._thread.stop()  # before the memory of streams and clips goes that it reads

    def add_zone(self, name: str, specs: tuple[ToneSpec, ...]) -> None:
        """Add a list of tones, for channels that are opened from now on; also while the engine runs.

        No channel reads the place of a new list before the command that names it, so no lock is needed.
        raises  CextError for a name there is already, impossible tones, or when all 64 places are taken
        """
        if name in self._zone_index:
            raise CextError(f"zone {name}: there is one already")
        check_range("zones", len(self._zones) + 1, 0, lib.DSP_MAX_ZONES)
        if lib.engine_add_zone(self._engine, len(self._zones) + 1, *tone_list(specs)):
            raise CextError(f"zone {name}: too many different frequencies")
        self._zones.append(specs)
        self._zone_index[name] = len(self._zones)

    def open(self, channel: int, *, dtmf: bool = True, progress: bool = False, zone: str = "") -> None:
        """Start processing a channel with these detectors, or change them; a stream must be open already.

        zone  whose tones are heard, "" = those of the engine; counts when progress is switched on
        """
        self._check_channel(channel)
        self._check_sound(channel)
        if channel >= self._timeslots:
            self._check_open(channel)
        if zone and zone not in self._zone_index:
            raise CextError(f"zone {zone!r}: allowed are {', '.join(self._zone_index) or 'none'}")
        if self._zones:
            self._sent(lib.engine_zone(self._engine, channel, self._zone_index.get(zone, 0)))
        detectors = dtmf * lib.DSP_DETECT_DTMF | progress * lib.DSP_DETECT_PROGRESS
        self._sent(lib.engine_open(self._engine, channel, detectors))
        self._open.add(channel)

    def close(self, channel: int) -> None:
        """Back to idle: stops everything on the channel; a recording gets its last chunk."""
        self._check_channel(channel)
        self._sent(lib.engine_close(self._engine, channel))
        self._open.discard(channel)
        self._seats.pop(channel, None)
        self._clips[channel].cut()
        self._dials[channel].cut()

    def caller_id(self, channel: int, is_on: bool, *, dtmf: bool = False) -> None:
        """Switch the receiver of caller ID (FSK, and digits) of a channel, which need not be open."""
        self._check_channel(channel)
        detectors = lib.DSP_DETECT_FSK | dtmf * lib.DSP_DETECT_DTMF
        self._sent(lib.engine_caller_id(self._engine, channel, detectors if is_on else 0))

    def send_caller_id(
        self,
        channel: int,
        message: bytes,
        standard: str = "bell202",
        *,
        level_dbm0: float = -13.5,
        send_id: int = 0,
    ) -> None:
        """Send a caller ID message on a channel, open or not; CALLER_ID_SENT(send_id) at the end.

        message   type, length, parameters, without the checksum
        standard  bell202 or v23
        raises    CextError for another standard, or a message that is too long
        """
        self._check_channel(channel)
        number = check_message(message, standard)
        check_range("level_dbm0", level_dbm0, -60, 0)
        check_range("send_id", send_id, 0, 0xFFFFFFFF)
        self._sent(
            lib.engine_send_id(
                self._engine, channel, message, len(message), number, amplitude(level_dbm0), send_id
            )
        )

    def stop_caller_id(self, channel: int) -> None:
        """Cut a caller ID that is being sent; no CALLER_ID_SENT for it."""
        self._check_channel(channel)
        self._sent(lib.engine_stop_id(self._engine, channel))

    def play(
        self, channel: int, alaw: bytes, play_id: int, *, gain_db: float = 0.0, loop: bool = False
    ) -> None:
        """Append a clip to the channel's queue; PLAYED(play_id) when sent to its end. A loop has no end.

        raises  CextError when 16 clips wait already
        """
        self._check_open(channel)
        check_range("gain_db", gain_db, -60, 30)
        check_range("play_id", play_id, 0, 0xFFFFFFFF)
        memory = ffi.from_buffer("uint8_t[]", alaw)
        self._clips[channel].put(memory, lib.engine_clips_retired(self._engine, channel), channel)
        error = lib.engine_play(self._engine, channel, memory, len(alaw), play_id, factor(gain_db), loop)
        self._sent(error, self._clips[channel])

    def stop_play(self, channel: int) -> None:
        """Drop the channel's queue; no PLAYED for what was cut."""
        self._check_channel(channel)
        self._sent(lib.engine_stop_play(self._engine, channel))
        self._clips[channel].cut()

    def tone(self, channel: int, name: str | None) -> None:
        """Send a tone of the list until told otherwise; None stops it."""
        if name is None:
            self._check_channel(channel)
        else:
            self._check_open(channel)
            if name not in self._tone_index:
                raise CextError(f"tone {name!r}: allowed are {', '.join(self._tone_index)}")
        self._sent(lib.engine_tone(self._engine, channel, -1 if name is None else self._tone_index[name]))

    def dial(
        self,
        channel: int,
        digits: str,
        dial_id: int,
        *,
        on_ms: int = 100,
        off_ms: int = 100,
        level_dbm0: float = -9.0,
    ) -> None:
        """Send DTMF digits, after those still being sent; ',' is a pause of 1 s. DIALED(dial_id) at the end.

        level_dbm0  of each of the two tones
        raises      CextError for a digit that does not exist, or when 8 dials wait already
        """
        self._check_open(channel)
        text = check_digits(digits)
        check_range("on_ms", on_ms, 20, 10000)
        check_range("off_ms", off_ms, 20, 10000)
        check_range("level_dbm0", level_dbm0, -60, 0)
        check_range("dial_id", dial_id, 0, 0xFFFFFFFF)
        self._dials[channel].put(None, lib.engine_dials_retired(self._engine, channel), channel)
        error = lib.engine_dial(
            self._engine,
            channel,
            text,
            dial_id,
            on_ms * SMP_PER_MS,
            off_ms * SMP_PER_MS,
            amplitude(level_dbm0),
        )
        self._sent(error, self._dials[channel])

    def gain(self, channel: int, *, rx_db: float, tx_db: float) -> None:
        """Set the gains: rx before the mixer (not detectors, not recording), tx over all that is sent."""
        self._check_open(channel)
        check_range("rx_db", rx_db, -60, 30)
        check_range("tx_db", tx_db, -60, 30)
        self._sent(lib.engine_gain(self._engine, channel, factor(rx_db), factor(tx_db)))

    def echo(self, channel: int, tail_ms: int, *, suppress: bool = True, comfort_noise: bool = True) -> None:
        """Cancel the echo of what the channel sends, before detectors, mixer and recording; 0 is off.

        tail_ms        16 or 32, the longest echo
        suppress       silence what is left of it while the other side does not speak (mixer only)
        comfort_noise  fill that silence with the line's own noise
        """
        self._check_open(channel)
        if tail_ms not in ECHO_TAILS_MS:
            raise CextError(f"tail_ms {tail_ms}: allowed are 0 (off), 16 and 32")
        if tail_ms and channel >= self._timeslots:
            raise CextError(f"channel {channel}: a stream, whose echo does not come from a line")
        options = suppress * lib.DSP_ECHO_SUPPRESS | comfort_noise * lib.DSP_ECHO_NOISE
        self._sent(lib.engine_echo(self._engine, channel, tail_ms, options))

    def record(self, channel: int, recording_id: int) -> None:
        """Record both directions; a recording that runs already gets its last chunk first."""
        self._check_open(channel)
        check_range("recording_id", recording_id, 0, 0xFFFFFFFF)
        self._sent(lib.engine_record(self._engine, channel, recording_id))

    def stop_record(self, channel: int) -> None:
        """End the recording; its last chunk, that of the next tick, is flagged."""
        self._check_channel(channel)
        self._sent(lib.engine_stop_record(self._engine, channel))

    def tick(self, rx_block: bytes) -> bytes:
        """Virtual time: take the board's block, return the one to send next.

        rx_block  12 + 80 * timeslots + 2 octets, format in include/dsp.h; a damaged one is heard as
                  silence and reported (BLOCK_LOST), as is b"", which stands for none
        raises    CextError for another length, or while the thread runs
        """
        if len(rx_block) != self._block_oct and rx_block:
            raise CextError(
                f"block of {len(rx_block)} octets: {self._block_oct} for {self._timeslots} timeslots"
            )
        if self._thread.is_running:
            raise CextError("tick: the engine runs in real time")
        lib.engine_tick(self._engine, rx_block, len(rx_block), self._tx)
        return bytes(self._tx_view)

    def idle_block(self) -> bytes:
        """Return a valid block of silence, to send before the first tick."""
        lib.engine_idle_block(self._engine, self._tx)
        return bytes(self._tx_view)

    def start(self, path: str) -> None:
        """Connect to the board and run in real time until `stop`.

        path    unix:PATH for a SOCK_SEQPACKET socket, spidev:/dev/spidevB.D for the real board
        raises  CextError when there is no such board
        """
        self._thread.start(path)

    def stop(self) -> None:
        """End the real-time thread; commands and events that wait stay."""
        self._thread.stop()

    def fileno(self) -> int:
        """Return the eventfd that becomes readable when the thread has put events; `events` resets it."""
        return self._thread.fileno()

    def events(self) -> list[Event]:
        """Return the events since the last call, oldest first. After BOARD_GONE, `start` may be called."""
        if self._thread.has_run:
            self._thread.acknowledge()
        if self._events_put[0] == self._events_got:
            return []
        found = []
        while lib.engine_next_event(self._engine, self._event):
            found.append(event_of(self._event, self._tones, self._zones))
        self._events_got = (self._events_got + len(found)) & 0xFFFFFFFF
        if self._thread.is_running and any(event.kind is EventKind.BOARD_GONE for event in found):
            self.stop()
        return found

    @property
    def has_events(self) -> bool:
        """Tell whether `events` has something to give; cheap enough for every tick."""
        return bool(self._events_put[0] != self._events_got)

    def read_recording(self) -> bytes:
        """Return recorded chunks of 176 octets (cext/src/recorder.h), oldest first; b"" for none."""
        count = lib.engine_read_recording(self._engine, self._chunks, len(self._chunks))
        return bytes(ffi.buffer(self._chunks, count)) if count else b""

    def stats(self) -> EngineStats:
        """Return the counters."""
        raw: Any = ffi.new("struct dsp_stats *")
        lib.engine_read_stats(self._engine, raw)
        return EngineStats(
            ticks=raw.ticks,
            lost_blocks=raw.lost_blocks,
            refused_blocks=raw.refused_blocks,
            slips=raw.slips,
            late_ticks=raw.late_ticks,
            longest_tick_ns=raw.longest_tick_ns,
            ring_overflows=raw.ring_overflows,
            bad_messages=raw.bad_messages,
        )

    def set_dtmf(self, limits: DtmfLimits) -> None:
        """Give the DTMF receivers other limits; before the first tick.

        raises  CextError for limits that cannot be kept, or while the thread runs
        """
        if self._thread.is_running:
            raise CextError("set_dtmf: the engine runs already")
        error = lib.engine_set_dtmf(self._engine, spec_of(limits), lib.simd_best())
        check_taken(error, limits, "best")

    def levels_dbm0(self, channel: int) -> tuple[float, float]:
        """Return the levels of the last 80 ms: heard from the line, sent to the line."""
        self._check_channel(channel)
        powers: Any = ffi.new("float[2]")
        lib.engine_levels(self._engine, channel, powers, powers + 1)
        return level_dbm0(powers[0]), level_dbm0(powers[1])
