"""Timeslots that carry octets instead of sound: D-channels with HDLC, bit error tests."""

from __future__ import annotations

from typing import Any

from cext._dsp import ffi, lib
from cext.clips import Pending
from cext.commands import Commands
from cext.tones import check_range
from cext.types import BertStats, CextError, FrameStats


class Digital(Commands):
    """The D-channels and bit error tests of an engine."""

    def __init__(self, engine: Any, timeslots: int, streams: int) -> None:
        super().__init__(engine, timeslots, streams)
        self._d_places: dict[int, int] = {}  # by channel
        self._bert_places: dict[int, int] = {}
        self._frames = [Pending(lib.DSP_MAX_FRAMES, "frames") for _ in range(lib.DSP_MAX_D_CHANNELS)]

    def d_channel(self, channel: int, is_on: bool) -> None:
        """Send and hear HDLC on a timeslot, flags while there is no frame; on again drops what waits.

        raises  CextError for a timeslot that is open, or under test, or the ninth D-channel
        source  ISO/IEC 13239; ITU-T Q.921 section 2
        """
        if is_on:
            self._check_free(channel, self._bert_places)
            place = _take(self._d_places, channel, lib.DSP_MAX_D_CHANNELS, "D-channels")
        else:
            self._check_timeslot(channel)
            place = self._d_places.pop(channel, -1)
        if place >= 0:
            self._sent(lib.engine_d_channel(self._engine, channel, place, is_on))
            self._frames[place].cut()

    def send_frame(self, channel: int, octets: bytes) -> None:
        """Send a frame (address, control, information) after those that wait; the FCS is added.

        raises  CextError for less than 3 or more than 264 octets, or when 16 frames wait already
        """
        place = _place(self._d_places, channel, "no D-channel")
        check_frame(octets)
        self._frames[place].put(None, lib.engine_frames_retired(self._engine, place), channel)
        error = lib.engine_send_frame(self._engine, place, octets, len(octets))
        self._sent(error, self._frames[place])

    def frame_stats(self, channel: int) -> FrameStats:
        """Return the counters of a D-channel since it was switched on, as of the last tick."""
        raw: Any = ffi.new("struct frame_stats *")
        place = _place(self._d_places, channel, "no D-channel")
        lib.engine_frame_stats(self._engine, place, raw)
        return frame_stats(raw)

    def bert(self, channel: int, is_on: bool) -> None:
        """Send and check the pseudo-random pattern 2^15-1 on a timeslot; on again starts anew.

        raises  CextError for a timeslot that is open, or a D-channel, or the 33rd test
        source  ITU-T O.151 section 2.1
        """
        if is_on:
            self._check_free(channel, self._d_places)
            place = _take(self._bert_places, channel, lib.DSP_MAX_BERTS, "bit error tests")
        else:
            self._check_timeslot(channel)
            place = self._bert_places.pop(channel, -1)
        if place >= 0:
            self._sent(lib.engine_bert(self._engine, channel, place, is_on))

    def bert_stats(self, channel: int) -> BertStats:
        """Return the counters of a bit error test, as of the last tick."""
        raw: Any = ffi.new("struct bert_stats *")
        place = _place(self._bert_places, channel, "no bit error test")
        lib.engine_bert_stats(self._engine, place, raw)
        return BertStats(raw.bits, raw.errors, bool(raw.is_synced), raw.sync_losses)

    def _check_timeslot(self, channel: int) -> None:
        check_range("channel", channel, 0, self._timeslots - 1)

    def _check_free(self, channel: int, others: dict[int, int]) -> None:
        self._check_timeslot(channel)
        if channel in self._open or channel in others:
            used = "open for sound" if channel in self._open else "used for other octets"
            raise CextError(f"channel {channel}: {used}")

    def _check_sound(self, channel: int) -> None:
        """Raise CextError for a timeslot that carries octets."""
        if channel in self._d_places or channel in self._bert_places:
            raise CextError(f"channel {channel}: carries octets, not sound")


def check_frame(octets: bytes) -> None:
    """Raise CextError for a frame that is too short or too long."""
    check_range("octets of a frame", len(octets), lib.DSP_FRAME_MIN, lib.DSP_FRAME_MAX)


def frame_stats(raw: Any) -> FrameStats:
    """Translate a struct frame_stats."""
    return FrameStats(
        good=raw.good,
        bad_fcs=raw.bad_fcs,
        aborted=raw.aborted,
        too_long=raw.too_long,
        too_short=raw.too_short,
        misaligned=raw.misaligned,
        sent=raw.sent,
    )


def _take(places: dict[int, int], channel: int, limit: int, what: str) -> int:
    if channel not in places:
        free = sorted({*range(limit)} - {*places.values()})
        if not free:
            raise CextError(f"channel {channel}: at most {limit} {what}")
        places[channel] = free[0]
    return places[channel]


def _place(places: dict[int, int], channel: int, otherwise: str) -> int:
    if channel not in places:
        raise CextError(f"channel {channel}: {otherwise}")
    return places[channel]
