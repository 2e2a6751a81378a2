"""G.711, caller ID and busy tone: ours beside libspandsp's, on the same samples in the same run."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

import cext
from firmware import countries
from firmware.media.engine import tone_specs
from tools.bench.peer import compiled
from tools.figures.dtmf import FULL_DBM0, octets_of, sine

Row = tuple[str, ...]
Samples = NDArray[np.float64]
MESSAGES = 100
_FIELDS = bytes([1, 8]) + b"11220134" + bytes([2, 11]) + b"13800138000"
MESSAGE = bytes([0x80, len(_FIELDS)]) + _FIELDS
STANDARDS = {"bell202": 1, "v23": 2}  # spandsp's numbers: CLASS, CLIP

PEER_C = """
#include <tiffio.h>
#include <spandsp.h>

struct heard {
    const uint8_t *want;
    int n, good, bad;
};

static void put(void *user, const uint8_t *message, int n)
{
    struct heard *h = user;
    int is_good = n == h->n && memcmp(message, h->want, n) == 0;
    h->good += is_good;
    h->bad += !is_good;
}

static void messages(const int16_t *pcm, int n, int standard, const uint8_t *want, int n_want, int *out)
{
    struct heard h = {want, n_want, 0, 0};
    adsi_rx_state_t *s = adsi_rx_init(NULL, standard, put, &h);
    for (int i = 0; i + 80 <= n; i += 80)
        adsi_rx(s, pcm + i, 80);
    adsi_rx_free(s);
    out[0] = h.good;
    out[1] = h.bad;
}

static void report(void *user, int code, int level, int delay)
{
    (void)level, (void)delay;
    *(int *)user += code >= 0;
}

static int busy(const int16_t *pcm, int n, int hz, int step_ms, int slack_ms)
{
    int count = 0;
    super_tone_rx_descriptor_t *d = super_tone_rx_make_descriptor(NULL);
    int tone = super_tone_rx_add_tone(d);
    super_tone_rx_add_element(d, tone, hz, 0, step_ms - slack_ms, step_ms + slack_ms);
    super_tone_rx_add_element(d, tone, 0, 0, step_ms - slack_ms, step_ms + slack_ms);
    super_tone_rx_state_t *s = super_tone_rx_init(NULL, d, report, &count);
    for (int i = 0; i + 80 <= n; i += 80)
        super_tone_rx(s, pcm + i, 80);
    super_tone_rx_free(s);
    super_tone_rx_free_descriptor(d);
    return count;
}

static void code(int law, const int16_t *pcm, uint8_t *out, int n)
{
    g711_state_t *s = g711_init(NULL, law);
    g711_encode(s, out, pcm, n);
    g711_free(s);
}
"""
PEER_CDEF = """
static void messages(const int16_t *pcm, int n, int standard, const uint8_t *want, int n_want, int *out);
static int busy(const int16_t *pcm, int n, int hz, int step_ms, int slack_ms);
static void code(int law, const int16_t *pcm, uint8_t *out, int n);
"""


@cache
def _peer() -> Any:
    return compiled("_spandsp_figures", PEER_CDEF, PEER_C, libraries=["spandsp"])


def _decisions(segments: tuple[tuple[int, int], ...], scale: int) -> list[int]:
    values = [0]
    for count, size in segments:
        values += [values[-1] + size * scale * (i + 1) for i in range(count)]
    return values


A_DECISIONS = _decisions(((32, 2), (16, 4), (16, 8), (16, 16), (16, 32), (16, 64), (16, 128)), 8)
U_DECISIONS = _decisions(
    ((1, 1), (15, 2), (16, 4), (16, 8), (16, 16), (16, 32), (16, 64), (16, 128), (16, 256)), 4
)


def _standard(decisions: list[int], samples: NDArray[np.int16], inverted: int, law: str) -> NDArray[np.uint8]:
    """Code by the decision values of tables 1 and 2; a value on the border belongs to the interval above."""
    wide = samples.astype(np.int64)
    above = np.searchsorted(decisions, wide, "right") - 1
    below = np.searchsorted(decisions, -wide, "left") - 1
    number = np.minimum(np.where(wide >= 0, above, below), 127)
    sign = np.where(wide >= 0, 0x80, 0)
    codes = (sign | number) ^ inverted if law == "alaw" else sign | (0x7F - number)
    return codes.astype(np.uint8)


def codecs() -> list[Row]:
    """Return how many of all 65,536 inputs are coded otherwise than G.711 says."""
    samples = np.arange(-32768, 32768).astype("<i2")
    rows: list[Row] = [("wrong codes of 65,536", "ours", "libspandsp")]
    for law, number, decisions in (("alaw", 0, A_DECISIONS), ("ulaw", 1, U_DECISIONS)):
        right = _standard(decisions, samples, 0x55, law)
        mine = np.frombuffer(getattr(cext, f"{law}_encode")(samples.tobytes()), np.uint8)
        its = np.zeros(len(samples), np.uint8)
        peer = _peer()
        peer.lib.code(
            number,
            peer.ffi.from_buffer("int16_t[]", samples.data),
            peer.ffi.from_buffer("uint8_t[]", its.data),
            len(samples),
        )
        rows.append((law, str(int(np.sum(mine != right))), str(int(np.sum(its != right)))))
    return rows


def _messages(samples: Samples, standard: str) -> tuple[int, int, int, int]:
    """Return the good and the bad messages that we and libspandsp hear."""
    octets = octets_of(samples)
    detector = cext.Detector([], dtmf=False, progress=False)
    found = [event.data for event in [*detector.feed(octets), *detector.finish()]]
    pcm, peer = cext.alaw_decode(octets), _peer()
    out = peer.ffi.new("int[2]")
    peer.lib.messages(
        peer.ffi.from_buffer("int16_t[]", pcm), len(pcm) // 2, STANDARDS[standard], MESSAGE, len(MESSAGE), out
    )
    good = found.count(MESSAGE)
    return good, len(found) - good, int(out[0]), int(out[1])


def caller_id() -> list[Row]:
    """Return the rows: messages heard of 100 at levels and above noise, wrong ones in brackets."""
    rows: list[Row] = [("100 messages", "Bell 202", "libspandsp", "V.23", "libspandsp")]
    ways = [(f"{level:g} dBm0", level, None) for level in (-13.5, -30.0, -34.0, -37.0)]
    ways += [(f"{ratio} dB above noise", -20.0, ratio) for ratio in (14, 12, 10, 8)]  # type: ignore[misc]
    for title, level, ratio in ways:
        row: list[str] = []
        for standard in STANDARDS:
            mine_good, mine_bad, good, bad = _messages(_calls(standard, level, ratio), standard)
            row += [f"{mine_good} ({mine_bad})", f"{good} ({bad})"]
        rows.append((title, *row))
    return rows


def _calls(standard: str, level_dbm0: float, ratio_db: float | None) -> Samples:
    """Return 100 messages with pauses; our sender, which libspandsp reads."""
    rng = np.random.default_rng(7)
    one = np.frombuffer(cext.caller_id_samples(MESSAGE, standard, level_dbm0), "<i2") / 32768
    parts: list[Samples] = []
    for _ in range(MESSAGES):
        parts += [np.zeros(800 + int(rng.integers(0, 80))), one]
    whole = np.concatenate([*parts, np.zeros(1600)])
    if ratio_db is None:
        return whole
    rms = 10 ** ((level_dbm0 - ratio_db - FULL_DBM0) / 20) / np.sqrt(2)
    noisy: Samples = whole + rng.normal(0, rms, len(whole))
    return noisy


def busy() -> list[Row]:
    """Return the rows: China's busy tone within 8 s, of nine cadence and frequency errors at each level."""
    rows: list[Row] = [("busy tone, 450 Hz, 350 ms, errors", "of", "ours", "libspandsp")]
    for level in (-10, -20, -30):
        for title, offs in (("none", (0.0,)), ("5 % of frequency", (-0.05, 0.05))):
            mine = its = sent = 0
            for off in offs:
                for stretch in (0.9, 1.0, 1.1):
                    samples = _busy(level, off, stretch)
                    sent += 1
                    mine += _hears_busy(samples)
                    pcm = np.frombuffer(cext.alaw_decode(octets_of(samples)), np.int16)
                    peer = _peer()
                    data = peer.ffi.from_buffer("int16_t[]", pcm)
                    its += peer.lib.busy(data, len(pcm), 450, 350, 45) > 0
            rows.append((f"{level} dBm0, {title}, cadence -10, 0, +10 %", str(sent), str(mine), str(its)))
    return rows


def _busy(level_dbm0: float, off: float, stretch: float) -> Samples:
    step = round(350 * stretch * 8)
    period = np.concatenate([sine(450 * (1 + off), step, level_dbm0, 0), np.zeros(step)])
    return np.resize(np.concatenate([period] * 12), 8 * 8000)


def _hears_busy(samples: Samples) -> bool:
    detector = cext.Detector(tone_specs(countries.zone("cn")), dtmf=False, caller_id=False)
    return any(e.tone == "busy" for e in detector.feed(octets_of(samples)))
