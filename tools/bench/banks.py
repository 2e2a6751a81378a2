"""Measure the DTMF bank: from A-law octets to digits of 120 channels, each vector path beside libspandsp.

The peer does the same work: its A-law decoder, then its dtmf_rx with the dial-tone filter. `line` is what a
line carries; the other rows are inputs chosen to be slow.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

import cext
from cext._dsp import ffi, lib
from cext.dtmf_limits import path_name
from tools.bench import dsp as bench_dsp

CHANNELS = 120
PEER_CHANNELS = 20
SECONDS = 4
_EVENTS = 4096
PATHS = (lib.SIMD_C, lib.SIMD_V4, lib.SIMD_V8)

Octets = NDArray[np.uint8]


def of_pcm16(pcm: NDArray[np.int16]) -> Octets:
    """Code samples as a line does."""
    return np.frombuffer(cext.alaw_encode(pcm.astype("<i2").tobytes()), np.uint8)


def inputs() -> dict[str, Octets]:
    """Return octets for one channel by name: the usual, and the worst."""
    count = SECONDS * 8000
    rng = np.random.default_rng(3)
    digits = np.frombuffer(cext.dtmf_samples("0123456789ABCD*#" * 4, 50, 50, -9.0), "<i2")
    burst = np.zeros(count, np.int16)
    burst[:800] = rng.integers(-32768, 32767, 800)
    return {
        "line": of_pcm16(bench_dsp.line_signal(SECONDS)),
        "digits without pause": of_pcm16(np.resize(digits, count)),
        "one digit held": of_pcm16(np.resize(digits[80:320], count)),
        "silence": np.full(count, 0xD5, np.uint8),
        "loud, then fading for ever": of_pcm16(burst),
        "full-scale square wave": of_pcm16(np.where(np.arange(count) % 12 < 6, 32767, -32768)),
        "all octets 00": np.zeros(count, np.uint8),
        "all octets FF": np.full(count, 0xFF, np.uint8),
        "random octets": rng.integers(0, 256, count).astype(np.uint8),
    }


def bank_work(octets: Octets, path: int) -> Callable[[], int]:
    """Return what feeds 120 channels, each from another place of the octets, and counts the events."""
    columns = [np.ascontiguousarray(np.roll(octets, 977 * i)) for i in range(CHANNELS)]
    kept = [ffi.from_buffer("uint8_t[]", column.data) for column in columns]
    rows = [ffi.new("uint8_t *[]", [k + at for k in kept]) for at in range(0, len(octets), 8000)]
    memory = ffi.new("uint64_t[]", lib.dtmf_bank_size() // 8 + 1)
    bank = ffi.cast("struct dtmf_bank *", memory)
    events, n_out = ffi.new("struct dsp_event[]", _EVENTS), ffi.new("int *")

    def work(_kept: object = (columns, kept, memory)) -> int:
        lib.dtmf_bank_init(bank, CHANNELS, ffi.NULL, path)
        found = 0
        for at, row in enumerate(rows):
            taken = lib.dtmf_bank_feed_alaw(bank, row, CHANNELS, 8000, at * 8000, events, _EVENTS, n_out)
            found += int(n_out[0]) if taken == 8000 else 1 << 20
        return found

    return work


def peer_work(octets: Octets) -> Callable[[], int]:
    """Return the same for libspandsp; its cost is per channel, so a few channels tell it."""
    peer_ffi, peer = bench_dsp.load_spandsp()
    mine, out = peer_ffi.from_buffer("uint8_t[]", octets.data), np.empty(len(octets), np.int16)
    pcm = peer_ffi.from_buffer("int16_t[]", out.data)

    def work(_kept: object = (octets, out)) -> int:
        for _ in range(PEER_CHANNELS):
            peer.decode(bench_dsp.ALAW, mine, pcm, len(octets))
            peer.digits(pcm, len(octets), 1)
        return 0

    return work


def race(octets: Octets, path: int) -> dict[str, float]:
    """Run both in turn; return medians in ns per channel-sample, and the ratio."""
    ours, theirs = bank_work(octets, path), peer_work(octets)
    ours(), theirs()
    times = [
        (
            bench_dsp.ns_per_sample(ours, CHANNELS * len(octets)),
            bench_dsp.ns_per_sample(theirs, PEER_CHANNELS * len(octets)),
        )
        for _ in range(bench_dsp.RUNS)
    ]
    mine, peer = (float(np.median([pair[i] for pair in times])) for i in range(2))
    return {"ns": round(mine, 3), "spandsp_ns": round(peer, 3), "ratio": round(peer / mine, 2)}


def measure() -> dict[str, Any]:
    """Return all figures: paths on what a line carries, then the best path on every input."""
    signals = inputs()
    paths = [path for path in PATHS if lib.simd_has(path)]
    best = lib.simd_best()
    return {
        "path": path_name(best),
        "paths": {path_name(path): race(signals["line"], path) for path in paths},
        "inputs": {name: race(octets, best) for name, octets in signals.items()},
    }


def show(figures: dict[str, Any]) -> None:
    """Print them for people."""
    print(f"engine simd path: {figures['path']}")
    print("A-law octets to digits, 120 channels         ours     spandsp   times faster")
    for title, rows in (("path ", figures["paths"]), ("", figures["inputs"])):
        for name, row in rows.items():
            label = f"{title}{name}"
            print(f"  {label:36} {row['ns']:8.3f} ns {row['spandsp_ns']:8.3f} ns   {row['ratio']:6.2f}")


if __name__ == "__main__":
    show(measure())
