"""Measure the line echo canceller beside OSLEC and speexdsp: what they leave of the echo, what they cost.

    python -m tools.bench.echo [--plot docs/img/echo.svg]

The run: hybrids D.2 to D.9 of ITU-T G.168 with 10 dB loss, composite source signal at -10 dBm0, A-law both
ways, 19 s alone and then 4 s under the near end's signal at -15 dBm0; suppressors off. OSLEC comes out of
the tarball of Debian's dahdi-source and is compiled into build/bench with headers written here; where the
package is not installed its row is missing.
"""

from __future__ import annotations

import argparse
import sys
import tarfile
import time
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from statistics import mean, median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cext._dsp import ffi, lib
from tools import g168
from tools.bench.dsp import BATCH_TICKS, board_blocks, busy_engine, tick_us
from tools.bench.peer import BUILD, compiled
from tools.echo_plot import draw

DAHDI = Path("/usr/src/dahdi.tar.bz2")
OSLEC_FILES = ("echo.c", "echo.h", "fir.h", "oslec.h")
TAPS = (128, 256)
RUNS = 7
ERL_DB, FAR_DBM0, NEAR_DBM0 = 10.0, -10.0, -15.0
ALONE_S, TALK_S, END_S = 19, 4, 24
COLUMNS = {"after_1_s": 1.0, "after_5_s": 5.0, "after_19_s": 18.3, "after_double_talk": 23.0}
WINDOW_S = 0.7  # one period of the composite source signal
CURVE_S, CURVE_STEP_S = 0.35, 0.05

Canceller = Callable[[NDArray[np.int16], NDArray[np.int16], int], NDArray[np.int16]]
Curve = list[tuple[float, float]]  # (s, dBm0)

# What OSLEC asks of a kernel.
KERNEL_H = """
#pragma once
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#define kzalloc(size, flags) calloc(1, size)
#define kcalloc(count, size, flags) calloc(count, size)
#define kmalloc(size, flags) malloc(size)
#define kfree free
#define EXPORT_SYMBOL_GPL(name) struct empty_statement
#define MODULE_LICENSE(text) struct empty_statement
#define MODULE_AUTHOR(text) struct empty_statement
#define MODULE_DESCRIPTION(text) struct empty_statement
#define MODULE_VERSION(text) struct empty_statement
static inline int fls(unsigned value) { return value == 0 ? 0 : 32 - __builtin_clz(value); }
"""
OSLEC_CDEF = "static void oslec(const int16_t *sent, const int16_t *heard, int16_t *out, int n, int taps);"
OSLEC_C = """
#include <linux/kernel.h>
#include "oslec.h"
static void oslec(const int16_t *sent, const int16_t *heard, int16_t *out, int n, int taps)
{
    struct oslec_state *s = oslec_create(taps, ECHO_CAN_USE_ADAPTION);
    for (int i = 0; i < n; i++)
        out[i] = oslec_update(s, sent[i], heard[i]);
    oslec_free(s);
}
"""
SPEEX_CDEF = "static void speexdsp(const int16_t *sent, const int16_t *heard, int16_t *out, int n, int taps);"
SPEEX_C = """
#include <speex/speex_echo.h>
static void speexdsp(const int16_t *sent, const int16_t *heard, int16_t *out, int n, int taps)
{
    SpeexEchoState *s = speex_echo_state_init(160, taps);
    int rate = 8000;
    speex_echo_ctl(s, SPEEX_ECHO_SET_SAMPLING_RATE, &rate);
    for (int i = 0; i + 160 <= n; i += 160)
        speex_echo_cancellation(s, heard + i, sent + i, out + i);
    speex_echo_state_destroy(s);
}
"""


def _unpack_oslec() -> Path:
    folder = BUILD / "oslec"
    (folder / "linux").mkdir(parents=True, exist_ok=True)
    with tarfile.open(DAHDI) as archive:
        for name in OSLEC_FILES:
            member = archive.extractfile(f"modules/dahdi/drivers/staging/echo/{name}")
            if member is None:
                raise FileNotFoundError(f"{DAHDI}: no {name}")
            (folder / name).write_bytes(member.read())
    (folder / "linux" / "kernel.h").write_text(KERNEL_H)
    for name in ("module.h", "slab.h"):
        (folder / "linux" / name).write_text("#pragma once\n")
    return folder


def _peer(module: Any, name: str) -> Canceller:
    def run(sent: NDArray[np.int16], heard: NDArray[np.int16], taps: int) -> NDArray[np.int16]:
        out = np.zeros_like(heard)
        pointers = [module.ffi.from_buffer("int16_t[]", a.data) for a in (sent, heard, out)]
        getattr(module.lib, name)(*pointers, len(sent), taps)
        return out

    return run


def _ours(sent: NDArray[np.int16], heard: NDArray[np.int16], taps: int) -> NDArray[np.int16]:
    memory = ffi.new("uint64_t[]", lib.echo_size() // 8 + 1)
    state = ffi.cast("struct echo *", memory)
    lib.echo_init(state, taps // 8, 0, lib.simd_best())
    out = np.zeros_like(heard)
    lib.echo_feed_pcm16(state, *(ffi.from_buffer("int16_t[]", a.data) for a in (sent, heard, out)), len(sent))
    return out


@cache
def cancellers() -> Mapping[str, Canceller]:
    """Give ours and those of the peers that are installed."""
    found: dict[str, Canceller] = {"ours": _ours}
    if DAHDI.exists():
        folder = _unpack_oslec()
        module = compiled(
            "_oslec_loop",
            OSLEC_CDEF,
            OSLEC_C,
            sources=[str(folder / "echo.c")],
            include_dirs=[str(folder)],
        )
        found["oslec"] = _peer(module, "oslec")
    found["speexdsp"] = _peer(
        compiled("_speex_echo_loop", SPEEX_CDEF, SPEEX_C, libraries=["speexdsp"]), "speexdsp"
    )
    return found


@cache
def scene(number: int) -> tuple[g168.Samples, g168.Samples, g168.Samples]:
    """Give what is sent, what is heard, and the echo alone of hybrid D.`number`."""
    sent = g168.as_alaw(g168.css(FAR_DBM0, END_S))
    near = np.zeros(len(sent))
    begin = ALONE_S * g168.RATE_HZ
    talk = g168.css(NEAR_DBM0, TALK_S, is_near=True)
    near[begin : begin + len(talk)] = talk
    echo = g168.echo(sent, g168.hybrid(number, ERL_DB))
    return sent, g168.as_alaw(echo + near), echo


@cache
def outputs(name: str, taps: int = 128) -> tuple[g168.Samples, ...]:
    """Give what a canceller makes of each hybrid."""
    runs = (scene(number) for number in g168.HYBRIDS)
    return tuple(
        cancellers()[name](g168.pcm16(sent), g168.pcm16(heard), taps) / 32768 for sent, heard, _ in runs
    )


def residual_dbm0(name: str, at_s: float, *, without_noise: bool = False) -> float:
    """Give the mean over the hybrids of what is left, with or without the coder's own noise."""
    window = slice(round(at_s * g168.RATE_HZ), round((at_s + WINDOW_S) * g168.RATE_HZ))
    levels = []
    for number, out in zip(g168.HYBRIDS, outputs(name), strict=True):
        _, heard, echo = scene(number)
        rest = out - (heard - echo) if without_noise else out
        levels.append(g168.level_dbm0(rest[window]))
    return mean(levels)


def bench_residual() -> dict[str, dict[str, dict[str, float]]]:
    """Return the columns of the run, dBm0, for each canceller.

    A residual holds the noise that A-law put on what was heard, -57.9 dBm0 in this run, which nobody can
    cancel; `echo` is what is left when that is taken out.
    """
    return {name: {kind: _columns(name, kind) for kind in ("echo", "residual")} for name in cancellers()}


def _columns(name: str, kind: str) -> dict[str, float]:
    is_bare = kind == "echo"
    return {c: round(residual_dbm0(name, at, without_noise=is_bare), 1) for c, at in COLUMNS.items()}


def _ns(work: Canceller, taps: int) -> float:
    sent, heard, _ = scene(g168.HYBRIDS[0])
    arrays = g168.pcm16(sent), g168.pcm16(heard)
    begin = time.perf_counter_ns()
    work(*arrays, taps)
    return (time.perf_counter_ns() - begin) / len(sent)


def bench_cost() -> dict[str, dict[str, float]]:
    """Return ns per sample at both lengths, in turns; the ratio is that of the slower peer to ours."""
    results: dict[str, dict[str, float]] = {}
    for taps in TAPS:
        rounds = [{name: _ns(work, taps) for name, work in cancellers().items()} for _ in range(RUNS)]
        row = {name: median(r[name] for r in rounds) for name in rounds[0]}
        ratios = {f"{name}_ratio": row[name] / row["ours"] for name in row if name != "ours"}
        results[str(taps)] = {key: round(value, 2) for key, value in {**row, **ratios}.items()}
    return results


def bench_tick(channels: int = 120) -> dict[str, float]:
    """Return us per tick of the busy engine (`bench_dsp`) without and with 16 ms of echo on each channel."""
    engines = {"plain_us": busy_engine(channels), "echo_us": busy_engine(channels)}
    for channel in range(channels):
        engines["echo_us"].echo(channel, 16)
    blocks = board_blocks(channels, BATCH_TICKS)
    rounds = [{name: tick_us(e, blocks) for name, e in engines.items()} for _ in range(RUNS + 1)][1:]
    us = {name: round(median(r[name] for r in rounds), 1) for name in engines}
    return {**us, "core_percent": round(us["echo_us"] / 100, 2)}


def curve(name: str) -> Curve:
    """Give the residual over time, mean over the hybrids; nothing while the near end talks."""
    width, points = round(CURVE_S * g168.RATE_HZ), []
    for at_s in np.arange(CURVE_S, END_S, CURVE_STEP_S):
        end = round(at_s * g168.RATE_HZ)
        if ALONE_S < at_s < ALONE_S + TALK_S + CURVE_S:
            continue
        level = mean(g168.level_dbm0(out[end - width : end]) for out in outputs(name))
        points.append((float(at_s), level))
    return points


def measure() -> dict[str, Any]:
    """Return all figures."""
    return {
        "residual_dbm0": bench_residual(),
        "ns_per_sample": bench_cost(),
        "tick_120": bench_tick(),
        "state_octets": int(lib.echo_size()),
    }


def show(figures: dict[str, Any]) -> None:
    """Print them for people."""
    print(f"echo canceller, dBm0                 {'  '.join(COLUMNS)}")
    for name, kinds in figures["residual_dbm0"].items():
        for kind, row in kinds.items():
            print(f"  {name:10} {kind:10}" + "".join(f"{value:13.1f}" for value in row.values()))
    for taps, row in figures["ns_per_sample"].items():
        print(f"  {taps} taps: " + "  ".join(f"{name} {value:.2f}" for name, value in row.items()))
    print("  tick, 120 channels: " + "  ".join(f"{k} {v}" for k, v in figures["tick_120"].items()))


def main() -> int:
    """Measure and print, or draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plot", type=Path, help="draw the convergence to this SVG instead")
    plot = parser.parse_args().plot
    if plot is None:
        show(measure())
        return 0
    plot.parent.mkdir(parents=True, exist_ok=True)
    floor = mean(g168.level_dbm0((scene(n)[1] - scene(n)[2])[: ALONE_S * 8000]) for n in g168.HYBRIDS)
    text = draw({name: curve(name) for name in cancellers()}, floor_dbm0=floor, talk_s=(ALONE_S, TALK_S))
    plot.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
