"""Measure the packet side: concealment beside libspandsp's, and the tick of 120 RTP streams.

    python -m tools.bench.packet                 figures
    python -m tools.bench.packet --svg FILE      delay against time under changing jitter, as a plot

Concealers run in C loops over 10 s of signal, in turns; medians. They write into the signal, so that each run
begins with a fresh copy, made outside the time that is taken.
"""

from __future__ import annotations

import argparse
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

import cext
from cext._dsp import lib
from tools.bench.dsp import board_blocks, line_signal, ns_per_sample
from tools.bench.peer import ROOT, compiled

RUNS = 61
PACKET_SMP = 160
LOSSES = (0, 5, 20)
STREAMS = 120
TICKS = 400

LOOPS_C = """
#include <tiffio.h>
#include <spandsp.h>
struct plc;
extern size_t plc_size(void);
extern void plc_reset(struct plc *s);
extern void plc_receive(struct plc *s, int16_t *pcm, size_t n);
extern void plc_conceal(struct plc *s, int16_t *pcm, size_t n);

static void ours(int16_t *pcm, const uint8_t *lost, int packets, int repeats)
{
    struct plc *s = malloc(plc_size());
    plc_reset(s);
    for (int k = 0; k < packets * repeats; k++) {
        int i = k % packets;
        (lost[i] ? plc_conceal : plc_receive)(s, pcm + i * 160, 160);
    }
    free(s);
}

static void theirs(int16_t *pcm, const uint8_t *lost, int packets, int repeats)
{
    plc_state_t *s = plc_init(NULL);
    for (int k = 0; k < packets * repeats; k++) {
        int i = k % packets;
        (lost[i] ? plc_fillin : plc_rx)(s, pcm + i * 160, 160);
    }
    plc_free(s);
}
"""
LOOPS_CDEF = """
static void ours(int16_t *pcm, const uint8_t *lost, int packets, int repeats);
static void theirs(int16_t *pcm, const uint8_t *lost, int packets, int repeats);
"""


def load_loops() -> tuple[Any, Any]:
    """Compile our concealer and the loops into build/bench and load them."""
    loops = compiled(
        "_plc_loops",
        LOOPS_CDEF,
        LOOPS_C,
        sources=[f"{ROOT}/cext/src/{noun}.c" for noun in ("pitch", "plc", "predictor", "tone_fit")],
        include_dirs=[f"{ROOT}/cext/src", f"{ROOT}/cext/include"],
        libraries=["spandsp"],
        flags=["-O3", "-fno-math-errno"],
    )
    return loops.ffi, loops.lib


def bench_concealment() -> dict[str, dict[str, float]]:
    """Return ns per sample at each loss rate, ours and spandsp's.

    The last row has one second, over and over, that stays in the first-level cache, as a packet that was
    just decoded does; nothing is lost in it, so that nothing is written.
    """
    loops = load_loops()
    whole = line_signal(10)
    rows = {f"{percent} % lost": race_concealers(loops, whole, percent, 1) for percent in LOSSES}
    rows["0 % lost, in first-level cache"] = race_concealers(loops, whole[:8000], 0, 10)
    return rows


def race_concealers(
    loops: tuple[Any, Any], pcm: NDArray[np.int16], percent: int, repeats: int
) -> dict[str, float]:
    """Run both in turn; return the medians and how many times faster ours is."""
    loops_ffi, loops_lib = loops
    packets = len(pcm) // PACKET_SMP
    lost = (np.random.default_rng(percent).random(packets) * 100 < percent).astype(np.uint8)
    buffer = pcm.copy()
    where = loops_ffi.from_buffer("int16_t[]", buffer.data)
    flags = loops_ffi.from_buffer("uint8_t[]", lost.data)

    def run(loop: Callable[..., object]) -> float:
        buffer[:] = pcm
        return ns_per_sample(lambda: loop(where, flags, packets, repeats), len(pcm) * repeats)

    run(loops_lib.ours), run(loops_lib.theirs)
    pairs = [(run(loops_lib.ours), run(loops_lib.theirs)) for _ in range(RUNS)]
    mine, peer = median(p[0] for p in pairs), median(p[1] for p in pairs)
    return {"ns": round(mine, 4), "spandsp_ns": round(peer, 4), "ratio": round(peer / mine, 2)}


def packet(seq: int, alaw: bytes) -> bytes:
    """Return an RTP packet of 20 ms."""
    return struct.pack(">BBHII", 0x80, 8, seq & 0xFFFF, seq * PACKET_SMP, 7) + alaw


def tick_ns(percent: float | None, jitter_ms: float) -> float:
    """Return ns per tick of 120 streams both ways, without putting and getting; None: nothing open."""
    engine = cext.Engine(1, (), streams=STREAMS)
    rng = np.random.default_rng(1)
    alaw = cext.alaw_encode(line_signal(TICKS // 100 + 1).tobytes())
    arrivals: list[list[tuple[int, int]]] = [[] for _ in range(TICKS + 50)]
    for channel in range(1, STREAMS + 1):
        if percent is not None:
            engine.stream_open(channel, cext.StreamSpec(ssrc=channel))
        for seq in range(TICKS // 2):
            if percent is not None and rng.random() * 100 >= percent:
                late_ticks = min(int(rng.exponential(jitter_ms + 1e-9) / 10), 40)
                arrivals[2 * seq + late_ticks].append((channel, seq))
    blocks = board_blocks(1, TICKS)
    took = []
    for number, block in enumerate(blocks):
        for channel, seq in arrivals[number]:
            engine.stream_put(channel, packet(seq, alaw[seq * 160 : seq * 160 + 160]), number * 10000)
        took.append(ns_per_sample(lambda block=block: engine.tick(block), 1))  # type: ignore[misc]
        for channel in range(1, STREAMS + 1) if percent is not None else ():
            engine.stream_get(channel)
    return sum(took[100:]) / len(took[100:])  # the mean: packets come every second tick


def bench_streams() -> dict[str, dict[str, float]]:
    """Return us per tick that 120 streams cost; the tick of an engine with none open is taken off."""
    idle = median(tick_ns(None, 0) for _ in range(3))
    results = {}
    for name, percent, jitter_ms in (("no loss", 0.0, 0.0), ("5 % lost, 20 ms of jitter", 5.0, 20.0)):
        ns = median(tick_ns(percent, jitter_ms) for _ in range(3)) - idle
        results[name] = {
            "us": round(ns / 1000, 1),
            "core_percent": round(ns / 1e5, 2),
            "ns_per_stream_sample": round(ns / STREAMS / 80, 2),
        }
    return results


def measure() -> dict[str, Any]:
    """Return all figures."""
    return {
        "concealment": bench_concealment(),
        "streams_120": bench_streams(),
        "stream_octets": int(lib.stream_size()),
    }


def show(figures: dict[str, Any]) -> None:
    """Print them for people."""
    print("packet-loss concealment per sample      ours     spandsp   times faster")
    for name, row in figures["concealment"].items():
        print(f"  {name:30} {row['ns']:8.3f} ns {row['spandsp_ns']:8.3f} ns   {row['ratio']:6.2f}")
    print(f"tick of {STREAMS} RTP streams, both ways (a stream's state: {figures['stream_octets']} octets)")
    for name, row in figures["streams_120"].items():
        print(f"  {name:30} {row['us']:8.1f} us {row['core_percent']:7.2f} % of a core")


def delays() -> list[tuple[float, float, float, float]]:
    """Play 60 s: quiet, 60 ms of jitter from 15 to 35 s, quiet; give time, delay, target, lateness, in ms."""
    engine, rng = cext.Engine(1, (), streams=1), np.random.default_rng(1)
    engine.stream_open(1, cext.StreamSpec(ssrc=1))
    alaw = cext.alaw_encode(line_signal(2).tobytes())
    sent = [(i * 20.0, rng.uniform(0, 60.0 if 15000 <= i * 20 < 35000 else 3.0)) for i in range(3000)]
    order = sorted(range(3000), key=lambda i: sum(sent[i]))
    rows, at = [], 0
    for number, block in enumerate(board_blocks(1, 2000) * 3):
        now_ms, late_ms = number * 10.0, 0.0
        while at < len(order) and sum(sent[order[at]]) <= now_ms:
            seq = order[at]
            late_ms = max(late_ms, sent[seq][1])
            place = seq * 160 % 8000
            engine.stream_put(1, packet(seq, alaw[place : place + 160]), int(sum(sent[seq]) * 1000))
            at += 1
        engine.tick(block)
        engine.stream_get(1)
        stats = engine.stream_stats(1)
        rows.append((now_ms, stats.delay_ms, stats.target_ms, late_ms))
    return rows


WIDTH, HEIGHT, LEFT, TOP = 900, 320, 60, 20


def across(ms: float) -> float:
    """Place of a time in the plot."""
    return LEFT + ms / 60000 * (WIDTH - LEFT - 20)


def down(ms: float) -> float:
    """Place of a delay in the plot."""
    return HEIGHT - 40 - ms / 100 * (HEIGHT - 40 - TOP)


def grid() -> str:
    """Draw the axes."""
    rows = "".join(
        f'<path d="M{LEFT} {down(v):.0f}H{WIDTH - 20}" stroke="#ddd"/>'
        f'<text x="{LEFT - 8}" y="{down(v) + 4:.0f}" text-anchor="end">{v}</text>'
        for v in range(0, 101, 20)
    )
    return rows + "".join(
        f'<text x="{across(s * 1000):.0f}" y="{HEIGHT - 22}" text-anchor="middle">{s}</text>'
        for s in range(0, 61, 10)
    )


def svg(rows: list[tuple[float, float, float, float]]) -> str:
    """Draw delay, target and the lateness of packets against time."""
    dots = "".join(
        f'<circle cx="{across(t):.1f}" cy="{down(late):.1f}" r="1"/>' for t, _, _, late in rows if late > 0
    )
    delay, target = (
        " ".join(f"{across(row[0]):.1f},{down(row[k]):.1f}" for row in rows[::5]) for k in (1, 2)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
        f'font-size="12"><rect width="100%" height="100%" fill="#fff"/>{grid()}<g fill="#9ab">{dots}</g>'
        f'<polyline points="{target}" fill="none" stroke="#c60"/>'
        f'<polyline points="{delay}" fill="none" stroke="#036" stroke-width="1.5"/>'
        f'<text x="{LEFT + 10}" y="{TOP + 10}" fill="#036">play-out delay, ms</text>'
        f'<text x="{LEFT + 150}" y="{TOP + 10}" fill="#c60">wanted</text>'
        f'<text x="{LEFT + 220}" y="{TOP + 10}" fill="#678">lateness of packets</text>'
        f'<text x="{WIDTH / 2:.0f}" y="{HEIGHT - 5}" text-anchor="middle">seconds</text></svg>\n'
    )


def main() -> int:
    """Measure and print, or draw."""
    parser = argparse.ArgumentParser(description="packet side of the media engine")
    parser.add_argument("--svg", type=Path, help="write the plot of the delay here")
    chosen = parser.parse_args()
    if chosen.svg:
        chosen.svg.parent.mkdir(parents=True, exist_ok=True)
        chosen.svg.write_text(svg(delays()), encoding="utf-8")
        return 0
    show(measure())
    return 0


if __name__ == "__main__":
    sys.exit(main())
