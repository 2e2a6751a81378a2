"""Measure four spans in the engine: 128 timeslots, of which 4 are D-channels and 120 carry sound.

    python -m tools.bench.span

The tick with nothing, something and everything on; HDLC and the MFC/R2 receiver beside libspandsp in the
same run; and in real time, on a socket, how even the blocks come, where the board is a loop in C, paced by
the clock.
"""

from __future__ import annotations

import random
import tempfile
import threading
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

import cext
from cext._dsp import ffi, lib
from tools.bench import dsp as bench_dsp
from tools.bench.peer import compiled
from tools.tonescan import product_tones

TIMESLOTS = 128
D_CHANNELS = range(16, TIMESLOTS, 32)
BEARERS = tuple(i for i in range(TIMESLOTS) if i % 16)
BATCH_TICKS = 100
HDLC_OCT = 80_000
MF_SECONDS = 20
REAL_TIME_S = 5
_TICK_US = 10_000
_FRAMES = 4096  # room for those of a line that is full

LOOPS_C = """
#include <tiffio.h>
#include <spandsp.h>
#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static void count_frame(void *user, const uint8_t *frame, int len, int is_good)
{
    (void)frame;
    *(int *)user += is_good && len > 0;
}

static int hear_frames(const uint8_t *octets, int n)
{
    int count = 0;
    hdlc_rx_state_t *s = hdlc_rx_init(NULL, 0, 0, 1, count_frame, &count);
    for (int i = 0; i < n; i += 80)
        hdlc_rx_put(s, octets + i, 80);
    hdlc_rx_free(s);
    return count;
}

struct source { hdlc_tx_state_t *tx; const uint8_t *frame; int n; };

static void more(void *user)
{
    struct source *s = user;
    if (s->n > 0)
        hdlc_tx_frame(s->tx, s->frame, (size_t)s->n);
}

static void send_frames(const uint8_t *frame, int n_frame, uint8_t *octets, int n)
{
    struct source s = {NULL, frame, n_frame};
    s.tx = hdlc_tx_init(NULL, 0, 1, 0, more, &s);
    hdlc_tx_flags(s.tx, 2);
    more(&s);
    for (int i = 0; i < n; i += 80)
        hdlc_tx_get(s.tx, octets + i, 80);
    hdlc_tx_free(s.tx);
}

static void count_signal(void *user, int digit, int level, int delay)
{
    (void)level; (void)delay;
    *(int *)user += digit != 0;
}

static int hear_signals(const int16_t *pcm, int n, int is_forward)
{
    int count = 0;
    r2_mf_rx_state_t *s = r2_mf_rx_init(NULL, is_forward, count_signal, &count);
    for (int i = 0; i < n; i += 80)
        r2_mf_rx(s, pcm + i, 80);
    r2_mf_rx_free(s);
    return count;
}

static int64_t clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* One block each 10 ms by the clock; when it was sent, and when the engine's next one came. 0 or -errno. */
static int be_board(const char *path, const uint8_t *blocks, int n_blocks, int size, int ticks,
                    int64_t *sent_ns, int64_t *came_ns, int64_t *due_ns)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    static uint8_t got[65536];
    int listener = socket(AF_UNIX, SOCK_SEQPACKET, 0);
    strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 1) != 0)
        return -errno;
    int fd = accept(listener, NULL, NULL);
    int error = recv(fd, got, sizeof got, 0) == size ? 0 : -EPROTO;
    int64_t due = clock_ns() + 10000000;
    for (int i = 0; i < ticks && error == 0; i++, due += 10000000) {
        struct timespec at = {due / 1000000000, due % 1000000000};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
        due_ns[i] = due;
        sent_ns[i] = clock_ns();
        if (send(fd, blocks + (size_t)(i % n_blocks) * (size_t)size, (size_t)size, MSG_NOSIGNAL) != size ||
            recv(fd, got, sizeof got, 0) != size)
            error = -EPIPE;
        came_ns[i] = clock_ns();
    }
    close(fd);
    close(listener);
    return error;
}
"""
LOOPS_CDEF = """
static int hear_frames(const uint8_t *octets, int n);
static void send_frames(const uint8_t *frame, int n_frame, uint8_t *octets, int n);
static int hear_signals(const int16_t *pcm, int n, int is_forward);
static int be_board(const char *path, const uint8_t *blocks, int n_blocks, int size, int ticks,
                    int64_t *sent_ns, int64_t *came_ns, int64_t *due_ns);
"""


@cache
def load_loops() -> tuple[Any, Any]:
    """Compile the loops into build/bench and load them."""
    flags = ["-O3", "-D_GNU_SOURCE"]
    loops = compiled("_span_loops", LOOPS_CDEF, LOOPS_C, libraries=["spandsp"], flags=flags)
    return loops.ffi, loops.lib


# ---- the tick ------------------------------------------------------------------------------------


def d_channel_octets(count: int, load: float) -> bytes:
    """Return octets of a D-channel of which frames of call control take a part."""
    rng, sender, out = random.Random(4), cext.HdlcSender(), b""
    while len(out) < count:
        if rng.random() < load and sender.waiting < 16:
            sender.put(bytes(rng.randrange(256) for _ in range(rng.choice([4, 5, 12, 40, 90]))))
        out += sender.take(30)
    return out[:count]


def span_blocks(load: float) -> list[bytes]:
    """Return blocks of the board: sound everywhere, frames on the D-channels."""
    octets = np.frombuffer(cext.alaw_encode(bench_dsp.line_signal().tobytes()), np.uint8)
    count = BATCH_TICKS * 80
    columns = np.stack([np.roll(octets, 7919 * i)[:count] for i in range(TIMESLOTS)], axis=1)
    for channel in D_CHANNELS:
        columns[:, channel] = np.frombuffer(d_channel_octets(count, load), np.uint8)
    return [bench_dsp.seal(columns[i * 80 : (i + 1) * 80].tobytes(), i) for i in range(BATCH_TICKS)]


def span_engine(what: str) -> cext.Engine:
    """Return an engine with four D-channels, and on the bearers nothing, MFC/R2, or all there is."""
    engine = cext.Engine(TIMESLOTS, product_tones())
    for channel in D_CHANNELS:
        engine.d_channel(channel, True)
    if what == "idle":
        return engine
    prompt = cext.alaw_encode(bench_dsp.line_signal(2).tobytes())
    for i, channel in enumerate(BEARERS):
        engine.open(channel, dtmf=what == "all", progress=what == "all")
        if what == "mf":
            engine.hear_mf(channel, "forward")
            continue
        engine.echo(channel, 16)
        engine.join(channel, i // 2)
        engine.play(channel, prompt, i, loop=True)
        engine.record(channel, i)
    return engine


def bench_ticks() -> dict[str, dict[str, float]]:
    """Return us of the processor per block, and how much of a core that is."""
    results = {}
    for name, what, load in (
        ("120 idle, D-channels send flags", "idle", 0.0),
        ("120 idle, D-channels full", "idle", 1.0),
        ("120 hear MFC/R2", "mf", 0.2),
        ("120 digits, tones, levels, 128-tap echo, mixer, player, recording", "all", 0.2),
    ):
        engine, blocks = span_engine(what), span_blocks(load)
        us = median([bench_dsp.tick_us(engine, blocks) for _ in range(bench_dsp.RUNS + 2)][2:])
        results[name] = {"us": round(us, 1), "core_percent": round(100 * us / _TICK_US, 2)}
    return results


# ---- beside libspandsp ---------------------------------------------------------------------------


def hear_frames(octets: bytes) -> Callable[[], int]:
    """Return what hears them with our receiver."""
    memory = ffi.new("uint64_t[]", lib.hdlc_rx_size() // 8 + 1)
    state, line = ffi.cast("struct hdlc_rx *", memory), ffi.from_buffer("uint8_t[]", octets)
    events, count = ffi.new("struct dsp_event[]", _FRAMES), ffi.new("int *")

    def work(_kept: object = memory) -> int:
        lib.hdlc_rx_reset(state)
        found = at = 0
        while at < len(octets):
            at += lib.hdlc_rx_feed(state, line + at, len(octets) - at, at, events, _FRAMES, count)
            found += count[0]
        return found

    return work


def send_frames(frame: bytes, out: Any) -> Callable[[], int]:
    """Return what fills the line with our sender."""
    memory = ffi.new("uint64_t[]", lib.hdlc_tx_size() // 8 + 1)
    state = ffi.cast("struct hdlc_tx *", memory)

    def work(_kept: object = memory) -> int:
        lib.hdlc_tx_reset(state)
        step = 10 * len(frame) or HDLC_OCT
        for at in range(0, HDLC_OCT, step):
            while frame and lib.hdlc_tx_waiting(state) < 16:
                lib.hdlc_tx_put(state, frame, len(frame))
            lib.hdlc_tx_feed(state, out + at, min(step, HDLC_OCT - at))
        return 0

    return work


def bench_hdlc() -> dict[str, dict[str, float]]:
    """Return ns per octet."""
    peer_ffi, peer = load_loops()
    results = {}
    for name, load in (("flags", 0.0), ("frames, line full", 1.0)):
        octets = d_channel_octets(HDLC_OCT, load)
        work, theirs = hear_frames(octets), peer_ffi.from_buffer("uint8_t[]", octets)
        if work() != peer.hear_frames(theirs, HDLC_OCT):
            raise ValueError(f"{name}: not the same frames as libspandsp")
        results[f"hear {name}"] = bench_dsp.race(
            work,
            lambda theirs=theirs: peer.hear_frames(theirs, HDLC_OCT),  # type: ignore[misc]
            HDLC_OCT,
        )
    out, its = ffi.new("uint8_t[]", HDLC_OCT), peer_ffi.new("uint8_t[]", HDLC_OCT)
    for name, frame in (("flags", b""), ("frames, line full", bytes(range(90)))):
        results[f"send {name}"] = bench_dsp.race(
            send_frames(frame, out),
            lambda frame=frame: peer.send_frames(frame, len(frame), its, HDLC_OCT),  # type: ignore[misc]
            HDLC_OCT,
        )
    return results


def mf_signal(is_forward: bool) -> NDArray[np.int16]:
    """Return signals of 80 ms with pauses of 80 ms, in a little noise."""
    direction = "forward" if is_forward else "backward"
    pcm16 = b"".join(cext.mf_samples(signal, direction, 80, 80) for signal in cext.MF_SIGNALS)
    signals = np.resize(np.frombuffer(pcm16, "<i2"), MF_SECONDS * 8000)
    noise = np.random.default_rng(5).normal(0, 30, len(signals))
    return (signals + noise).astype(np.int16)


def bench_mf() -> dict[str, dict[str, float]]:
    """Return ns per sample of the MFC/R2 receivers."""
    peer_ffi, peer = load_loops()
    memory = ffi.new("uint64_t[]", lib.mf_rx_size() // 8 + 1)
    state, events = ffi.cast("struct mf_rx *", memory), ffi.new("struct dsp_event[]", 400)
    results = {}
    for name, is_forward in (("forward", 1), ("backward", 0)):
        pcm = mf_signal(bool(is_forward))
        mine, its = ffi.from_buffer("int16_t[]", pcm.data), peer_ffi.from_buffer("int16_t[]", pcm.data)
        lib.mf_rx_init(state, lib.DSP_MF_FORWARD if is_forward else lib.DSP_MF_BACKWARD)
        results[f"mf_rx {name}"] = bench_dsp.race(
            lambda mine=mine, n=len(pcm): lib.mf_rx_feed_pcm16(state, mine, n, events, 400),  # type: ignore[misc]
            lambda its=its, n=len(pcm), f=is_forward: peer.hear_signals(its, n, f),  # type: ignore[misc]
            len(pcm),
        )
    return results


# ---- real time -----------------------------------------------------------------------------------


def bench_jitter(what: str) -> dict[str, float]:
    """Run on a socket for some seconds; return percentiles in us.

    interval    from block to block of the engine, how far from 10 ms
    answer      from the board's block to the engine's
    board_late  how late the clock woke the board itself: what the machine adds
    """
    peer_ffi, peer = load_loops()
    ticks = REAL_TIME_S * 100
    times = [np.zeros(ticks, np.int64) for _ in range(3)]
    raw = [peer_ffi.from_buffer("int64_t[]", array.data) for array in times]
    blocks, engine, results = span_blocks(0.2), span_engine(what), []
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/board"

        def board() -> None:
            size = len(blocks[0])
            results.append(peer.be_board(path.encode(), b"".join(blocks), len(blocks), size, ticks, *raw))

        thread = threading.Thread(target=board)
        thread.start()
        while not Path(path).exists():
            time.sleep(0.01)
        time.sleep(0.05)
        engine.start(f"unix:{path}")
        while thread.is_alive():
            engine.events()
            engine.read_recording()
            time.sleep(0.05)
        engine.stop()
    if results != [0]:
        raise OSError(f"board: {results}")
    sent, came, due = times
    return {
        **_percentiles("interval", np.abs(np.diff(came) / 1000 - _TICK_US)),
        **_percentiles("answer", (came - sent) / 1000),
        **_percentiles("board_late", (sent - due) / 1000),
        "late_ticks": engine.stats().late_ticks,
    }


def _percentiles(name: str, us: NDArray[np.float64]) -> dict[str, float]:
    marks = {"p50": np.median(us), "p99": np.percentile(us, 99), "max": us.max()}
    return {f"{name}_{mark}_us": round(float(value), 1) for mark, value in marks.items()}


def measure() -> dict[str, Any]:
    """Return all figures."""
    return {
        "engine_octets": int(lib.engine_size()),
        "block_octets": TIMESLOTS * 80 + int(lib.DSP_BLOCK_OVERHEAD),
        "tick": bench_ticks(),
        "per_octet": bench_hdlc(),
        "per_sample": bench_mf(),
        "real_time": {what: bench_jitter(what) for what in ("idle", "all")},
    }


def show(figures: dict[str, Any]) -> None:
    """Print them for people."""
    print(
        f"four spans: blocks of {figures['block_octets']} octets, engine of {figures['engine_octets']} octets"
    )
    for name, row in figures["tick"].items():
        print(f"  {name:68} {row['us']:8.1f} us {row['core_percent']:7.2f} % of a core")
    print("spans, beside libspandsp              ours     spandsp   times faster")
    for unit, rows in (("octet", figures["per_octet"]), ("sample", figures["per_sample"])):
        for name, row in rows.items():
            label = f"{name}, per {unit}"
            print(f"  {label:32} {row['ns']:6.2f} ns {row['spandsp_ns']:8.2f} ns   {row['ratio']:6.2f}")
    print("four spans in real time, us                        p50      p99      max")
    for what, row in figures["real_time"].items():
        for name, title in (
            ("interval", "block to block"),
            ("answer", "answer"),
            ("board_late", "the clock"),
        ):
            values = " ".join(f"{row[f'{name}_{mark}_us']:8.1f}" for mark in ("p50", "p99", "max"))
            print(f"  {what:5} {title:34} {values}")


if __name__ == "__main__":
    show(measure())
