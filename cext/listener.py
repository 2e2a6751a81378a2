"""The engine's listener and its treatment over samples at hand."""

from __future__ import annotations

from cext._dsp import ffi, lib
from cext.events import event_of
from cext.hearing import check_mains, report_of
from cext.memory import struct_of
from cext.tones import check_range
from cext.types import BLOCK_SMP, CextError, Event, LevelReport

_STEP_SMP = 8000
_EVENTS = 1000  # more than can happen in one step


class Listener:
    """What the engine makes of one direction of a call: voice, silence, levels, who answered."""

    def __init__(
        self,
        *,
        voice: bool = True,
        silence_ms: int = 0,
        both: bool = False,
        answer: bool = False,
        machine: bool = False,
    ) -> None:
        """Begin to listen; what is reported is as with the methods of Engine. raises CextError"""
        check_range("silence_ms", silence_ms, 0, 86_400_000)
        self._listener = struct_of("listener", lib.listener_size())
        self._events = ffi.new("struct dsp_event[]", _EVENTS)
        lib.listener_reset(self._listener, 0)
        silence = lib.DSP_WATCH_SILENCE_OF_BOTH if both else lib.DSP_WATCH_SILENCE
        for what, after_ms in (
            (lib.DSP_WATCH_VOICE, int(voice)),
            (silence, silence_ms),
            (lib.DSP_WATCH_ANSWER, int(answer)),
            (lib.DSP_WATCH_MACHINE, int(machine)),
        ):
            lib.listener_watch(self._listener, what, after_ms)

    def feed_pcm16(self, pcm16: bytes, *, is_other_voice: bool = False) -> list[Event]:
        """Feed int16 samples (little-endian), any number; raises CextError for half a sample."""
        if len(pcm16) % 2:
            raise CextError(f"{len(pcm16)} octets: 16-bit samples need an even number")
        found: list[Event] = []
        for at in range(0, len(pcm16), 2 * _STEP_SMP):
            part = ffi.from_buffer("int16_t[]", pcm16[at : at + 2 * _STEP_SMP])
            count = lib.listener_feed(self._listener, part, len(part), is_other_voice, self._events, _EVENTS)
            found += [event_of(self._events[i], ()) for i in range(count)]
        return found

    def level(self) -> LevelReport:
        """Return the levels so far."""
        raw = ffi.new("struct dsp_level *")
        lib.listener_read_level(self._listener, raw)
        return report_of(raw)


def treated(pcm16: bytes, *, agc: bool = False, mains_hz: int = 0) -> bytes:
    """Return int16 samples after hum removal (0: none) and automatic gain, as the engine would pass them on.

    raises  CextError for what is no whole number of ticks (160 octets), or another mains frequency
    """
    if len(pcm16) % (2 * BLOCK_SMP):
        raise CextError(f"{len(pcm16)} octets: allowed are whole ticks of {2 * BLOCK_SMP}")
    if mains_hz:
        check_mains(mains_hz)
    memory = ffi.new("uint64_t[]", (lib.listener_size() + lib.treatment_size()) // 8 + 2)
    listener = ffi.cast("struct listener *", memory)
    treatment = ffi.cast("struct treatment *", memory + lib.listener_size() // 8 + 1)
    lib.listener_reset(listener, 0)
    lib.treatment_reset(treatment)
    lib.treatment_set(treatment, agc, mains_hz)
    out = ffi.new("int16_t[]", max(len(pcm16) // 2, 1))
    ffi.memmove(out, pcm16, len(pcm16))
    lib.treatment_feed(treatment, listener, out, len(pcm16) // 2)
    return bytes(ffi.buffer(out, len(pcm16)))
