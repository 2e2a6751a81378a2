"""MFC/R2 interregister signals: two of six tones in each direction, on channels and over samples at hand.

A signal is "1".."9", "0" for 10, "A".."E" for 11..15 (ITU-T Q.441 table 5).
"""

from __future__ import annotations

from typing import Any

from cext._dsp import ffi, lib
from cext.commands import Commands
from cext.events import event_of
from cext.levels import amplitude
from cext.memory import struct_of
from cext.tones import SMP_PER_MS, check_range
from cext.types import CextError, Event

MF_SIGNALS = "1234567890ABCDE"
_LEVEL_DBM0 = -11.5  # of each tone: Q.454
_DIRECTIONS = {"": lib.DSP_MF_NONE, "forward": lib.DSP_MF_FORWARD, "backward": lib.DSP_MF_BACKWARD}
_EVENTS = 256


class Registers(Commands):
    """MFC/R2 on the channels of an engine."""

    def hear_mf(self, channel: int, direction: str) -> None:
        """Report MF_BEGIN and MF_END of the signals that come in; the receiver starts anew.

        direction  forward (a call comes in) or backward (a call goes out), "" no more
        source     ITU-T Q.455
        """
        self._check_open(channel)
        self._sent(lib.engine_hear_mf(self._engine, channel, _direction(direction)))

    def send_mf(
        self, channel: int, signal: str, *, is_forward: bool, level_dbm0: float = _LEVEL_DBM0
    ) -> None:
        """Send a signal until told otherwise, from a soft start to a soft end; "" sends no more.

        level_dbm0  of each tone
        source      ITU-T Q.454
        """
        self._check_open(channel)
        number = _number(signal) if signal else 0
        direction = lib.DSP_MF_FORWARD if is_forward else lib.DSP_MF_BACKWARD
        check_range("level_dbm0", level_dbm0, -60, 0)
        self._sent(lib.engine_send_mf(self._engine, channel, number, direction, amplitude(level_dbm0)))


class MfDetector:
    """The receiver over samples at hand."""

    def __init__(self, direction: str) -> None:
        """Hear the signals of a direction, forward or backward; raises CextError for another."""
        self._state = struct_of("mf_rx", lib.mf_rx_size())
        self._events = ffi.new("struct dsp_event[]", _EVENTS)
        if not direction:
            raise CextError("direction '': allowed are forward and backward")
        lib.mf_rx_init(self._state, _direction(direction))

    def feed(self, pcm16: bytes) -> list[Event]:
        """Take int16 samples, any number; return what began or ended, oldest first."""
        found: list[Event] = []
        step = 2 * 4000  # at most one begin and one end in each hop of 40
        for at in range(0, len(pcm16), step):
            part: Any = ffi.from_buffer("int16_t[]", pcm16[at : at + step])
            count = lib.mf_rx_feed_pcm16(self._state, part, len(part), self._events, _EVENTS)
            found += [event_of(self._events[i], ()) for i in range(count)]
        return found


def mf_samples(
    signal: str, direction: str, on_ms: float, off_ms: float = 0, *, level_dbm0: float = _LEVEL_DBM0
) -> bytes:
    """Return int16 samples of a signal and the pause after it, of which its soft end takes 2 ms."""
    on_smp, off_smp = int(on_ms * SMP_PER_MS), int(off_ms * SMP_PER_MS)
    out = ffi.new("int16_t[]", max(on_smp + off_smp, 1))
    number, way = _number(signal), _direction(direction)
    lib.mf_samples(number, way, amplitude(level_dbm0), on_smp, out, on_smp + off_smp)
    return bytes(ffi.buffer(out)[: 2 * (on_smp + off_smp)])


def _direction(name: str) -> int:
    if name not in _DIRECTIONS:
        raise CextError(f"direction {name!r}: allowed are forward, backward and '' (none)")
    return int(_DIRECTIONS[name])


def _number(signal: str) -> int:
    if len(signal) != 1 or signal not in MF_SIGNALS:
        raise CextError(f"signal {signal!r}: allowed are {', '.join(MF_SIGNALS)}")
    return MF_SIGNALS.index(signal) + 1
