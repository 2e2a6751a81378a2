"""Measure the call-progress detectors per sample beside libspandsp's super_tone_rx.

Ours hears China's list, SIT, CNG, answer tones and CAS at once; the peer hears busy tones of one
frequency and of nine. False alarms over hours of sound: `python -m tools.bench.tones`.
"""

from __future__ import annotations

import sys

from cext._dsp import ffi, lib
from cext.tones import tone_list
from firmware import countries
from firmware.media.engine import tone_specs
from tools.bench import dsp as bench_dsp
from tools.bench.peer import compiled

_EVENTS = 2000
PEER_C = """
#include <tiffio.h>
#include <spandsp.h>

static void report(void *user, int code, int level, int delay)
{
    (void)user, (void)code, (void)level, (void)delay;
}

static void tones(const int16_t *pcm, int n, int frequencies)
{
    super_tone_rx_descriptor_t *d = super_tone_rx_make_descriptor(NULL);
    for (int k = 0; k < frequencies; k++) {
        int tone = super_tone_rx_add_tone(d);
        super_tone_rx_add_element(d, tone, 450 + 150 * k, 0, 300, 400);
        super_tone_rx_add_element(d, tone, 0, 0, 300, 400);
    }
    super_tone_rx_state_t *s = super_tone_rx_init(NULL, d, report, NULL);
    for (int i = 0; i + 80 <= n; i += 80)
        super_tone_rx(s, pcm + i, 80);
    super_tone_rx_free(s);
    super_tone_rx_free_descriptor(d);
}
"""
PEER_CDEF = "static void tones(const int16_t *pcm, int n, int frequencies);"


def measure() -> dict[str, dict[str, float]]:
    """Return ns per sample on what a line carries, both in turn."""
    peer = compiled("_spandsp_super_tone", PEER_CDEF, PEER_C, libraries=["spandsp"])
    pcm = bench_dsp.line_signal()
    mine = ffi.from_buffer("int16_t[]", pcm.data)
    its = peer.ffi.from_buffer("int16_t[]", pcm.data)
    memory = ffi.new("uint64_t[]", lib.detector_size() // 8 + 1)
    events = ffi.new("struct dsp_event[]", _EVENTS)
    detector = ffi.cast("struct detector *", memory)
    lib.detector_init(detector, lib.DSP_DETECT_PROGRESS, *tone_list(tone_specs(countries.zone("cn"))))
    return {
        f"all of ours, {n} of its frequencies": bench_dsp.race(
            lambda: lib.detector_feed_pcm16(detector, mine, len(pcm), events, _EVENTS),
            lambda n=n: peer.lib.tones(its, len(pcm), n),  # type: ignore[misc]
            len(pcm),
        )
        for n in (1, 9)
    }


def show(figures: dict[str, dict[str, float]]) -> None:
    """Print them for people."""
    print("call progress per sample                  ours     spandsp   times faster")
    for name, row in figures.items():
        print(f"  {name:34} {row['ns']:8.3f} ns {row['spandsp_ns']:8.3f} ns   {row['ratio']:6.2f}")


def main() -> int:
    """Measure and print."""
    show(measure())
    return 0


if __name__ == "__main__":
    sys.exit(main())
