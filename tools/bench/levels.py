"""Measure levels, AGC and hum removal beside speexdsp's preprocessor, and a tick of 120 channels that mix.

    python -m tools.bench.levels

The peer does the same work (voice activity and automatic gain; its denoiser off), called from a loop in C
in turn with ours.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

import cext
from cext._dsp import ffi, lib
from tools import speech
from tools.bench.dsp import RUNS, board_blocks, ns_per_sample, tick_us
from tools.bench.peer import compiled, unheard
from tools.tonescan import product_tones

BATCH_TICKS = 100
LEGS = 120
CONFERENCE = 30
SPEEX_C = """
#include <speex/speex_preprocess.h>

static int preprocess(int16_t *pcm, int n, int has_agc)
{
    SpeexPreprocessState *s = speex_preprocess_state_init(160, 8000);
    int off = 0, on = 1, voiced = 0;
    speex_preprocess_ctl(s, SPEEX_PREPROCESS_SET_DENOISE, &off);
    speex_preprocess_ctl(s, SPEEX_PREPROCESS_SET_VAD, &on);
    speex_preprocess_ctl(s, SPEEX_PREPROCESS_SET_AGC, has_agc ? &on : &off);
    for (int i = 0; i + 160 <= n; i += 160)
        voiced += speex_preprocess_run(s, pcm + i);
    speex_preprocess_state_destroy(s);
    return voiced;
}
"""
SPEEX_CDEF = "static int preprocess(int16_t *pcm, int n, int has_agc);"


def load_speex() -> tuple[Any, Any]:
    """Compile the loop around libspeexdsp into build/bench and load it."""
    peer = compiled("_speex_loops", SPEEX_CDEF, SPEEX_C, libraries=["speexdsp"], flags=["-O3"])
    return peer.ffi, peer.lib


def voices() -> NDArray[np.int16]:
    """Return the recorded speech of tools/speech.py, one after the other, in whole frames of both."""
    sound = np.concatenate([np.asarray(speech.human(name)) for name in speech.CLIPS])
    pcm: NDArray[np.int16] = np.clip(np.rint(sound * 32768), -32768, 32767).astype(np.int16)
    return pcm[: len(pcm) // 160 * 160]


def listen(pcm: NDArray[np.int16], *, agc: bool, mains_hz: int) -> Callable[[], object]:
    """Return the work of the listener alone, or with a treatment behind it, over a copy of the samples."""
    size = int(lib.listener_size()) // 8 + 1
    memory = ffi.new("uint64_t[]", size + int(lib.treatment_size()) // 8 + 1)
    listener, treatment = ffi.cast("struct listener *", memory), ffi.cast("struct treatment *", memory + size)
    events = ffi.new("struct dsp_event[]", 20000)
    samples = ffi.from_buffer("int16_t[]", pcm.data)

    def run(_alive: object = memory) -> None:  # a cast pointer does not keep what it points to
        lib.listener_reset(listener, 0)
        lib.treatment_reset(treatment)
        lib.treatment_set(treatment, agc, mains_hz)
        if agc or mains_hz:
            copy = ffi.new("int16_t[]", len(samples))
            ffi.memmove(copy, samples, 2 * len(samples))
            lib.treatment_feed(treatment, listener, copy, len(samples))
        else:
            lib.listener_feed(listener, samples, len(samples), False, events, len(events))

    return run


def peer_work(pcm: NDArray[np.int16], *, agc: bool) -> Callable[[], object]:
    """Return the peer's work over a copy of the samples."""
    peer_ffi, peer = load_speex()

    def run() -> None:
        copy = pcm.copy()
        with unheard():  # speexdsp warns of its VAD each time
            peer.preprocess(peer_ffi.from_buffer("int16_t[]", copy.data), len(copy), agc)

    return run


def bench_blocks() -> dict[str, dict[str, float]]:
    """Return ns per sample, ours and the peer's in turn."""
    pcm = voices()
    rows = {
        "voice, silence, levels": (listen(pcm, agc=False, mains_hz=0), peer_work(pcm, agc=False)),
        "the same and AGC": (listen(pcm, agc=True, mains_hz=0), peer_work(pcm, agc=True)),
        "the same and hum removal": (listen(pcm, agc=True, mains_hz=50), peer_work(pcm, agc=True)),
    }
    results = {}
    for name, (ours, theirs) in rows.items():
        ours(), theirs()
        pairs = [(ns_per_sample(ours, len(pcm)), ns_per_sample(theirs, len(pcm))) for _ in range(RUNS)]
        mine, its = median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)
        results[name] = {"ns": round(mine, 2), "speexdsp_ns": round(its, 2), "ratio": round(its / mine, 1)}
    return results


def mixing_engine(parties: int) -> cext.Engine:
    """Return an engine of 120 open channels in conferences of so many; 0: in none."""
    engine = cext.Engine(LEGS, product_tones())
    for channel in range(LEGS):
        engine.open(channel, dtmf=False)
        if parties:
            engine.join(channel, channel // parties)
    return engine


def bench_mixing() -> dict[str, float]:
    """Return us per tick of 120 legs that listen for voice, apart, in pairs, in conferences of 30."""
    blocks = board_blocks(LEGS, BATCH_TICKS)
    engines = {name: mixing_engine(n) for name, n in (("apart", 0), ("pairs", 2), ("of 30", CONFERENCE))}
    times: dict[str, list[float]] = {name: [] for name in engines}
    for _ in range(RUNS + 2):
        for name, engine in engines.items():
            times[name].append(tick_us(engine, blocks))
    return {name: round(median(values[2:]), 1) for name, values in times.items()}


def measure() -> dict[str, Any]:
    """Return all figures."""
    sizes = {"listener": int(lib.listener_size()), "treatment": int(lib.treatment_size())}
    return {"blocks": bench_blocks(), "tick_120_us": bench_mixing(), "state_octets": sizes}


def show(figures: dict[str, Any]) -> None:
    """Print them for people."""
    print("per sample                          ours    speexdsp   times faster")
    for name, row in figures["blocks"].items():
        print(f"  {name:26} {row['ns']:8.2f} ns {row['speexdsp_ns']:8.2f} ns   {row['ratio']:6.1f}")
    ticks = figures["tick_120_us"]
    print(
        "tick of 120 legs (A-law, voice, levels): " + ", ".join(f"{k} {v:.1f} us" for k, v in ticks.items())
    )
    print("octets of state: " + ", ".join(f"{k} {v}" for k, v in figures["state_octets"].items()))


def main() -> int:
    """Measure and print."""
    show(measure())
    return 0


if __name__ == "__main__":
    sys.exit(main())
