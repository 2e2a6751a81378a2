"""The engine's detectors over samples at hand."""

from __future__ import annotations

from collections.abc import Sequence

from cext._dsp import ffi, lib
from cext.dtmf_limits import PATHS, DtmfLimits, check_taken, simd_paths, spec_of
from cext.events import event_of
from cext.memory import struct_of
from cext.tones import tone_list
from cext.types import CextError, Event, ToneSpec

_STEP_SMP = 8000
_EVENTS = 400  # more than the detectors can find in one step


class Detector:
    """What the product's detectors hear in samples."""

    def __init__(
        self, tones: Sequence[ToneSpec], *, dtmf: bool = True, progress: bool = True, caller_id: bool = True
    ) -> None:
        """Prepare the detectors; raises CextError for a tone that makes no sense."""
        self._tones = tuple(tones)
        self._detector = struct_of("detector", lib.detector_size())
        self._events = ffi.new("struct dsp_event[]", _EVENTS)
        flags = (
            dtmf * lib.DSP_DETECT_DTMF | progress * lib.DSP_DETECT_PROGRESS | caller_id * lib.DSP_DETECT_FSK
        )
        if lib.detector_init(self._detector, flags, *tone_list(tones)):
            raise CextError("tones: too many different frequencies")

    def set_dtmf(self, limits: DtmfLimits, path: str = "") -> None:
        """Give the DTMF receiver other limits, before anything is fed; raises CextError for impossible ones.

        path  c, v4 or v8: the vectors to use; the results are the same
        """
        chosen = PATHS.get(path or simd_paths()[:2][-1], -1)
        error = lib.detector_set_dtmf(self._detector, spec_of(limits), chosen) if chosen >= 0 else -1
        check_taken(error, limits, path)

    def feed(self, alaw: bytes) -> list[Event]:
        """Feed A-law octets, any number; return what began or ended, in samples since the first octet."""
        found: list[Event] = []
        for at in range(0, len(alaw), _STEP_SMP):
            part = alaw[at : at + _STEP_SMP]
            found += self._take(
                lib.detector_feed_alaw(self._detector, part, len(part), self._events, _EVENTS)
            )
        return found

    def feed_pcm16(self, pcm16: bytes) -> list[Event]:
        """Feed int16 samples (little-endian), any number; raises CextError for half a sample."""
        if len(pcm16) % 2:
            raise CextError(f"{len(pcm16)} octets: 16-bit samples need an even number")
        found: list[Event] = []
        for at in range(0, len(pcm16), 2 * _STEP_SMP):
            part = ffi.from_buffer("int16_t[]", pcm16[at : at + 2 * _STEP_SMP])
            found += self._take(
                lib.detector_feed_pcm16(self._detector, part, len(part), self._events, _EVENTS)
            )
        return found

    def finish(self) -> list[Event]:
        """End what is still sounding, as at the end of a file; the detector is not to be fed any more."""
        return self._take(lib.detector_finish(self._detector, self._events, _EVENTS))

    def _take(self, count: int) -> list[Event]:
        return [event_of(self._events[i], self._tones) for i in range(count)]
