"""MFC/R2 register signals by the clauses of ITU-T Q.455 and in noise, ours beside libspandsp's.

Each signal is sent alone, with silence (or noise) around it, and both receivers hear the same octets.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

import cext
from tools.bench.peer import compiled
from tools.figures.dtmf import FULL_DBM0, octets_of, sine

Samples = NDArray[np.float64]
Row = tuple[str, ...]
Make = Callable[[str, str, np.random.Generator], Samples]
HZ = {"forward": (1380, 1500, 1620, 1740, 1860, 1980), "backward": (1140, 1020, 900, 780, 660, 540)}
PAIRS = dict(  # Q.441 table 5
    zip(
        cext.MF_SIGNALS,
        ((a, b) for b in range(1, 6) for a in range(b)),
        strict=True,
    )
)
USUAL_DBM0 = -11.5
TIMES = 8  # each of the 15 signals
SENT = TIMES * len(PAIRS)
_LIST = 64

PEER_C = """
#include <tiffio.h>
#include <spandsp.h>

struct list {
    char *out;
    int n, cap;
};

static void put(void *user, int digit, int level, int delay)
{
    struct list *l = user;
    (void)level, (void)delay;
    if (digit != 0 && l->n < l->cap)
        l->out[l->n++] = (char)digit;
}

static int signals(const int16_t *pcm, int n, int is_forward, char *out, int cap)
{
    struct list l = {out, 0, cap};
    r2_mf_rx_state_t *s = r2_mf_rx_init(NULL, is_forward, put, &l);
    for (int i = 0; i + 8 <= n; i += 8)
        r2_mf_rx(s, pcm + i, 8);
    r2_mf_rx_free(s);
    return l.n;
}
"""
PEER_CDEF = "static int signals(const int16_t *pcm, int n, int is_forward, char *out, int cap);"
_PEER_NAMES = str.maketrans("BCDEF", "ABCDE")  # libspandsp's for 11..15, ours


@cache
def _peer() -> Any:
    return compiled("_spandsp_registers", PEER_CDEF, PEER_C, libraries=["spandsp"])


def ours(octets: bytes, direction: str) -> str:
    """Return the signals that we hear."""
    events = cext.MfDetector(direction).feed(cext.alaw_decode(octets))
    return "".join(event.digit for event in events if event.kind is cext.EventKind.MF_BEGIN)


def theirs(octets: bytes, direction: str) -> str:
    """Return the signals that libspandsp hears, under our names."""
    pcm, peer = cext.alaw_decode(octets), _peer()
    out = peer.ffi.new("char[]", _LIST)
    data = peer.ffi.from_buffer("int16_t[]", pcm)
    count = peer.lib.signals(data, len(pcm) // 2, direction == "forward", out, _LIST)
    return bytes(peer.ffi.buffer(out, count)).decode("ascii").translate(_PEER_NAMES)


def tones(
    name: str,
    direction: str,
    ms: float,
    rng: np.random.Generator,
    *,
    levels: tuple[float, float] = (USUAL_DBM0, USUAL_DBM0),
    off_hz: float = 0,
) -> Samples:
    """Return a signal, its tones at any phase and off in any direction."""
    numbers, count = PAIRS[name], round(ms * 8)
    parts = [
        sine(HZ[direction][i] + off_hz * rng.choice((-1, 1)), count, level, rng.uniform(0, 6.28))
        for i, level in zip(numbers, levels, strict=True)
    ]
    return parts[0] + parts[1]


def _alone(samples: Samples, rng: np.random.Generator) -> Samples:
    return np.concatenate([np.zeros(int(rng.integers(300, 500))), samples, np.zeros(500)])


def _level(dbm0: float) -> Make:
    return lambda name, way, rng: _alone(tones(name, way, 100, rng, levels=(dbm0, dbm0)), rng)


def _off(hz: float) -> Make:
    return lambda name, way, rng: _alone(tones(name, way, 100, rng, off_hz=hz), rng)


def _apart(db: float, loud: float = USUAL_DBM0, off_hz: float = 0, next_db: float | None = None) -> Make:
    """Let one tone, either, be so much weaker; neighbours by `next_db`."""

    def make(name: str, way: str, rng: np.random.Generator) -> Samples:
        low, high = PAIRS[name]
        weak = loud - (db if next_db is None or high - low > 1 else next_db)
        levels = (loud, weak) if rng.random() < 0.5 else (weak, loud)
        return _alone(tones(name, way, 100, rng, levels=levels, off_hz=off_hz), rng)

    return make


def _short(ms: float) -> Make:
    return lambda name, way, rng: _alone(tones(name, way, ms, rng, levels=(-5, -5)), rng)


def _interrupted(ms: float) -> Make:
    def make(name: str, way: str, rng: np.random.Generator) -> Samples:
        samples = tones(name, way, 150, rng)
        at = int(rng.integers(400, 700))
        samples[at : at + round(8 * ms)] = 0
        return _alone(samples, rng)

    return make


def _with_own(own_dbm0: float, levels: tuple[float, float] | None) -> Make:
    """Let the receiver's own signal come back, over a signal or alone."""

    def make(name: str, way: str, rng: np.random.Generator) -> Samples:
        other = "backward" if way == "forward" else "forward"
        mine = tones(str(rng.choice([*PAIRS])), other, 200, rng, levels=(own_dbm0, own_dbm0))
        if levels is None:
            return _alone(mine, rng)
        heard = _alone(tones(name, way, 60, rng, levels=levels), rng)
        return heard + np.resize(mine, len(heard))

    return make


def _noisy(ms: float, ratio_db: float, off_hz: float = 0) -> Make:
    rms = 10 ** ((USUAL_DBM0 + 3 - ratio_db - FULL_DBM0) / 20) / np.sqrt(2)

    def make(name: str, way: str, rng: np.random.Generator) -> Samples:
        samples = _alone(tones(name, way, ms, rng, off_hz=off_hz), rng)
        return samples + rng.normal(0, rms, len(samples))

    return make


CLAUSES: list[tuple[str, str, Make]] = [
    ("0 dBm0 per tone", "all", _level(0)),
    ("-35 dBm0", "all", _level(-35)),
    ("-37 dBm0", "", _level(-37)),
    ("-42 dBm0", "none", _level(-42)),
    ("7 dB apart", "all", _apart(7)),
    ("8 dB apart", "", _apart(8)),
    ("20 dB apart", "none", _apart(20)),
    ("10 Hz off", "all", _off(10)),
    ("15 Hz off", "", _off(15)),
    ("30 Hz off", "", _off(30)),
    ("10 Hz off, 5 (neighbours) or 7 dB apart, the weaker -35 dBm0", "all", _apart(7, -28, 10, 5)),
    ("7 ms of -5 dBm0", "none", _short(7)),
    ("10 ms of -5 dBm0", "", _short(10)),
    ("interruption of 7 ms", "all", _interrupted(7)),
    ("-35 dBm0 under own tones of -11.5 dBm0", "", _with_own(USUAL_DBM0, (-35, -35))),
    ("own tones of 0 dBm0 alone", "none", _with_own(0, None)),
]
NOISE: list[tuple[str, Make]] = [
    *(
        (f"{ms} ms, {db} dB above noise", _noisy(ms, db))
        for ms in (50, 70, 100)
        for db in (8, 6, 4, 2, 0, -2)
    ),
    *((f"70 ms, 10 Hz off, {db} dB above noise", _noisy(70, db, 10)) for db in (8, 6, 4, 2, 0, -2)),
]


def _counts(make: Make, direction: str) -> tuple[str, str]:
    """Return what both hear: signals heard once and right, and in brackets those heard otherwise."""
    rng = np.random.default_rng(7)
    good, bad = [0, 0], [0, 0]
    for name in [*PAIRS] * TIMES:
        octets = octets_of(make(name, direction, rng))
        for i, hear in enumerate((ours, theirs)):
            found = hear(octets, direction)
            good[i] += found == name
            bad[i] += found not in ("", name)
    return f"{good[0]} ({bad[0]})", f"{good[1]} ({bad[1]})"


def _row(make: Make) -> Row:
    return (*_counts(make, "forward"), *_counts(make, "backward"))


_HEARD = ("forward", "libspandsp", "backward", "libspandsp")


def clauses() -> list[Row]:
    """Return the rows of Q.455: how sent, to be heard, both directions."""
    rows: list[Row] = [(f"{SENT} signals", "to be heard", *_HEARD)]
    return rows + [(name, asked, *_row(make)) for name, asked, make in CLAUSES]


def noise() -> list[Row]:
    """Return the rows of white noise over 4 kHz, against both tones together."""
    rows: list[Row] = [(f"{SENT} signals", *_HEARD)]
    return rows + [(name, *_row(make)) for name, make in NOISE]
