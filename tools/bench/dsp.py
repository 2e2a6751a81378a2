"""Measure the media engine: the tick at 4, 30 and 120 channels, codec and DTMF per sample beside libspandsp.

    python -m tools.bench.dsp

Each figure is the median of several runs after a warm-up; ours and spandsp's take turns in the same run, so
ratios mean something where absolute times depend on the machine. libspandsp is called from a loop in C.
"""

from __future__ import annotations

import binascii
import struct
import sys
import time
from collections.abc import Callable
from functools import cache
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

import cext
from cext._dsp import ffi, lib
from tools.bench.peer import compiled
from tools.tonescan import product_tones

RUNS = 9
SECONDS = 20  # of signal in each run
BATCH_TICKS = 100
CHANNELS = (4, 30, 120)

SPANDSP_C = """
#include <tiffio.h>
#include <spandsp.h>

static void encode(int law, const int16_t *pcm, uint8_t *out, int n)
{
    g711_state_t *s = g711_init(NULL, law);
    for (int i = 0; i + 160 <= n; i += 160)
        g711_encode(s, out + i, pcm + i, 160);
    g711_free(s);
}

static void decode(int law, const uint8_t *in, int16_t *pcm, int n)
{
    g711_state_t *s = g711_init(NULL, law);
    for (int i = 0; i + 160 <= n; i += 160)
        g711_decode(s, pcm + i, in + i, 160);
    g711_free(s);
}

static int digits(const int16_t *pcm, int n, int has_filter)
{
    dtmf_rx_state_t *s = dtmf_rx_init(NULL, NULL, NULL);
    char got[128];
    int count = 0;
    dtmf_rx_parms(s, has_filter, -1, -1, -99);
    for (int i = 0; i + 80 <= n; i += 80) {
        dtmf_rx(s, pcm + i, 80);
        count += (int)dtmf_rx_get(s, got, 100);
    }
    dtmf_rx_free(s);
    return count;
}
"""
SPANDSP_CDEF = """
static void encode(int law, const int16_t *pcm, uint8_t *out, int n);
static void decode(int law, const uint8_t *in, int16_t *pcm, int n);
static int digits(const int16_t *pcm, int n, int has_filter);
"""
ALAW, ULAW = 0, 1  # spandsp's names for the laws


@cache
def load_spandsp() -> tuple[Any, Any]:
    """Compile the loops around libspandsp into build/bench and load them."""
    peer = compiled("_spandsp_loops", SPANDSP_CDEF, SPANDSP_C, libraries=["spandsp"], flags=["-O3"])
    return peer.ffi, peer.lib


def line_signal(seconds: int = SECONDS) -> NDArray[np.int16]:
    """Return what a line carries: noise like a voice, with a digit in every second."""
    rng = np.random.default_rng(0)
    noise = np.convolve(rng.normal(0, 1500, seconds * 8000), np.ones(6) / 3, "same")
    noise *= 1 + np.sin(np.arange(len(noise)) * 0.002)
    digits = np.frombuffer(cext.dtmf_samples("0123456789ABCD*#" * 4, 100, 900, -9.0), "<i2")
    mixed = noise + np.resize(digits, len(noise)) * 1.0
    return np.clip(mixed, -32768, 32767).astype(np.int16)


def ns_per_sample(work: Callable[[], object], samples: int) -> float:
    """Time one run."""
    begin = time.perf_counter_ns()
    work()
    return (time.perf_counter_ns() - begin) / samples


def race(ours: Callable[[], object], theirs: Callable[[], object], samples: int) -> dict[str, float]:
    """Run both in turn; return the medians and how many times faster ours is."""
    ours(), theirs()
    pairs = [(ns_per_sample(ours, samples), ns_per_sample(theirs, samples)) for _ in range(RUNS)]
    mine, peer = median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)
    return {"ns": round(mine, 3), "spandsp_ns": round(peer, 3), "ratio": round(peer / mine, 2)}


def bench_codec() -> dict[str, dict[str, float]]:
    """Return ns per sample of G.711, ours and spandsp's."""
    peer_ffi, peer = load_spandsp()
    pcm = line_signal()
    count = len(pcm)
    octets = np.frombuffer(cext.alaw_encode(pcm.tobytes()), np.uint8)
    out, wide = np.empty(count, np.uint8), np.empty(count, np.int16)
    mine = [ffi.from_buffer(t, a) for t, a in _buffers(pcm, octets, out, wide)]
    its = [peer_ffi.from_buffer(t, a) for t, a in _buffers(pcm, octets, out, wide)]
    results = {}
    for name, law in (("alaw", ALAW), ("ulaw", ULAW)):
        encode, decode = getattr(lib, f"{name}_encode"), getattr(lib, f"{name}_decode")
        results[f"{name}_encode"] = race(
            lambda encode=encode: encode(mine[0], mine[2], count),  # type: ignore[misc]
            lambda law=law: peer.encode(law, its[0], its[2], count),  # type: ignore[misc]
            count,
        )
        results[f"{name}_decode"] = race(
            lambda decode=decode: decode(mine[1], mine[3], count),  # type: ignore[misc]
            lambda law=law: peer.decode(law, its[1], its[3], count),  # type: ignore[misc]
            count,
        )
    return results


def _buffers(*arrays: NDArray[Any]) -> list[tuple[str, memoryview]]:
    return [("int16_t[]" if array.dtype == np.int16 else "uint8_t[]", array.data) for array in arrays]


def bench_dtmf() -> dict[str, dict[str, float]]:
    """Return ns per sample of the DTMF receivers; spandsp's without and with its dial-tone filter as ours."""
    peer_ffi, peer = load_spandsp()
    pcm = line_signal()
    count = len(pcm)
    memory = ffi.new("uint64_t[]", lib.detector_size() // 8 + 1)
    detector = ffi.cast("struct detector *", memory)
    events = ffi.new("struct dsp_event[400]")
    lib.detector_init(detector, lib.DSP_DETECT_DTMF, ffi.NULL, 0)
    mine, its = ffi.from_buffer("int16_t[]", pcm.data), peer_ffi.from_buffer("int16_t[]", pcm.data)
    return {
        name: race(
            lambda: lib.detector_feed_pcm16(detector, mine, count, events, 400),
            lambda has_filter=has_filter: peer.digits(its, count, has_filter),  # type: ignore[misc]
            count,
        )
        for name, has_filter in (("dtmf_rx", 0), ("dtmf_rx_with_dial_tone_filter", 1))
    }


def board_blocks(channels: int, count: int) -> list[bytes]:
    """Return blocks of the board: every channel hears the line signal, each at another place of it."""
    octets = np.frombuffer(cext.alaw_encode(line_signal().tobytes()), np.uint8)
    columns = np.stack([np.roll(octets, 7919 * i)[: count * 80] for i in range(channels)], axis=1)
    return [seal(columns[i * 80 : (i + 1) * 80].tobytes(), i) for i in range(count)]


def seal(frames: bytes, index: int) -> bytes:
    """Make a block of the board of the octets of its frames."""
    body = struct.pack(">BBHIBBH", 0x00, 0xBC, 0, index * 80, 0, 0, 0) + frames
    return body + struct.pack(">H", binascii.crc_hqx(body, 0xFFFF))


def busy_engine(channels: int) -> cext.Engine:
    """Return an engine whose channels do everything at once: detect, play, mix in pairs, record."""
    engine = cext.Engine(channels, product_tones())
    prompt = cext.alaw_encode(line_signal(2).tobytes())
    for channel in range(channels):
        engine.open(channel, dtmf=True, progress=True)
        engine.join(channel, channel // 2 % 64)
        engine.play(channel, prompt, channel, loop=True)
        engine.record(channel, channel)
    return engine


def tick_us(engine: cext.Engine, blocks: list[bytes]) -> float:
    """Return the processor's time of a tick: others on the machine do not count.

    Python's call of it is included; fetching what was recorded is not.
    """
    begin = time.thread_time_ns()
    for block in blocks:
        engine.tick(block)
    took = (time.thread_time_ns() - begin) / len(blocks) / 1000
    engine.events()
    while engine.read_recording():
        pass
    return took


def bench_tick() -> dict[str, dict[str, float]]:
    """Return us per tick, and how much of a core that is (a tick comes every 10 ms)."""
    results = {}
    for channels in CHANNELS:
        engine, blocks = busy_engine(channels), board_blocks(channels, BATCH_TICKS)
        times = [tick_us(engine, blocks) for _ in range(RUNS + 2)][2:]
        us = median(times)
        results[str(channels)] = {
            "us": round(us, 2),
            "core_percent": round(us / 100, 3),
            "ns_per_channel_sample": round(us * 1000 / channels / 80, 2),
        }
    return results


def bench_idle_tick() -> dict[str, float]:
    """Return us per tick of 120 channels of which none is open, with the call of `events`."""
    engine, blocks = cext.Engine(120, product_tones()), board_blocks(120, BATCH_TICKS)

    def run() -> None:
        for block in blocks:
            engine.tick(block)
            engine.events()

    run()
    times = [ns_per_sample(run, len(blocks)) / 1000 for _ in range(RUNS)]
    return {"us": round(median(times), 2)}


def measure() -> dict[str, Any]:
    """Return all figures."""
    return {
        "tick": bench_tick(),
        "idle_tick_120": bench_idle_tick(),
        "state_octets": {"engine": int(lib.engine_size()), "detector": int(lib.detector_size())},
        "per_sample": {**bench_codec(), **bench_dtmf()},
    }


def show(figures: dict[str, Any]) -> None:
    """Print them for people."""
    print("tick (DTMF, progress tones, player, mixer, recording on every channel)")
    for channels, row in figures["tick"].items():
        print(f"  {channels:>4} channels  {row['us']:9.2f} us  {row['core_percent']:7.3f} % of a core")
    print(f"   120 idle      {figures['idle_tick_120']['us']:9.2f} us")
    print("per sample                            ours     spandsp   times faster")
    for name, row in figures["per_sample"].items():
        print(f"  {name:30} {row['ns']:8.3f} ns {row['spandsp_ns']:8.3f} ns   {row['ratio']:6.2f}")


def main() -> int:
    """Measure and print."""
    show(measure())
    return 0


if __name__ == "__main__":
    sys.exit(main())
