"""Digits by the clauses of ITU-T Q.24, ours beside libspandsp's, on the same octets in the same run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

import cext
from cext.dtmf_limits import AUSTRALIA, BRAZIL, DENMARK, NTT
from tools.bench import dsp as bench_dsp
from tools.plot import Axis, Plot

Samples = NDArray[np.float64]
Row = tuple[str, ...]
KEYS = "123A456B789C*0#D"
LOW_HZ, HIGH_HZ = (697, 770, 852, 941), (1209, 1336, 1477, 1633)
TIMES = 3
SENT = TIMES * len(KEYS)
FULL_DBM0 = 3.14
USUAL = cext.DtmfLimits()


@dataclass(frozen=True, slots=True)
class Digits:
    """How each digit is sent."""

    on_ms: float = 50
    off_ms: float = 50
    low_dbm0: float = -10
    high_dbm0: float = -10
    low_off: float = 0  # part of the frequency
    high_off: float = 0
    hole_ms: float = 0  # in the middle; the phase starts anew behind it
    times: int = TIMES


def sine(hz: float, count: int, dbm0: float, phase: float) -> Samples:
    """Return a sine of this level."""
    wave: Samples = np.sin(2 * np.pi * hz * np.arange(count) / 8000 + phase)
    return wave * 10 ** ((dbm0 - FULL_DBM0) / 20)


def _tones(key: str, how: Digits, ms: float, rng: np.random.Generator) -> Samples:
    at, count = KEYS.index(key), round(ms * 8)
    low_hz, high_hz = LOW_HZ[at // 4] * (1 + how.low_off), HIGH_HZ[at % 4] * (1 + how.high_off)
    low = sine(low_hz, count, how.low_dbm0, rng.uniform(0, 6.28))
    return low + sine(high_hz, count, how.high_dbm0, rng.uniform(0, 6.28))


def dialled(how: Digits) -> Samples:
    """Return all digits `times` times, at random phases and positions."""
    rng = np.random.default_rng(1)
    parts = [np.zeros(480)]
    for key in KEYS * how.times:
        if how.hole_ms:
            parts += [_tones(key, how, how.on_ms / 2, rng), np.zeros(round(how.hole_ms * 8))]
            parts += [_tones(key, how, how.on_ms / 2, rng)]
        else:
            parts.append(_tones(key, how, how.on_ms, rng))
        parts.append(np.zeros(round(how.off_ms * 8) + int(rng.integers(0, 40))))
    return np.concatenate([*parts, np.zeros(800)])


def octets_of(samples: Samples) -> bytes:
    """Code as a line does; what is too loud is clipped."""
    return cext.alaw_encode(np.clip(np.rint(samples * 32768), -32768, 32767).astype("<i2").tobytes())


def ours(octets: bytes, limits: cext.DtmfLimits = USUAL) -> int:
    """Return how many digits we hear."""
    detector = cext.Detector([], progress=False, caller_id=False)
    detector.set_dtmf(limits)
    return sum(event.kind is cext.EventKind.DIGIT_BEGIN for event in detector.feed(octets))


def theirs(octets: bytes, *, has_filter: bool = False) -> int:
    """Return how many digits libspandsp hears."""
    peer_ffi, peer = bench_dsp.load_spandsp()
    pcm = cext.alaw_decode(octets)
    return int(peer.digits(peer_ffi.from_buffer("int16_t[]", pcm), len(pcm) // 2, has_filter))


@cache
def both(how: Digits, limits: cext.DtmfLimits = USUAL) -> tuple[int, int]:
    """Return what both hear of digits that are sent so."""
    octets = octets_of(dialled(how))
    return ours(octets, limits), theirs(octets)


def _count(parts: Iterable[tuple[int, int]]) -> tuple[int, int]:
    found = list(parts)
    return sum(pair[0] for pair in found), sum(pair[1] for pair in found)


def _off(percent: float, hz: float = 0.0) -> list[Digits]:
    low, high = percent / 100 + hz / 697, percent / 100 + hz / 1209
    signs = ((1, 1), (-1, -1), (1, -1), (-1, 1))
    return [Digits(60 if percent >= 3 else 50, low_off=a * low, high_off=b * high) for a, b in signs]


def _level(*levels: float) -> list[Digits]:
    return [Digits(50, low_dbm0=level, high_dbm0=level) for level in levels]


def _twist(*twists: float) -> list[Digits]:
    return [Digits(50, low_dbm0=-10 - max(t, 0), high_dbm0=-10 - max(t, 0) + t) for t in twists]


@dataclass(frozen=True, slots=True)
class Column:
    """What an administration asks."""

    limits: cext.DtmfLimits
    off: tuple[float, float]  # per cent, and Hz on top
    off_rejected: float
    levels: tuple[float, float]  # dBm0 per tone
    level_rejected: float
    twists: tuple[float, float]
    short_ms: float  # to be rejected
    pause_ms: float
    hole_ms: float  # to be bridged
    cycle_ms: float  # from digit to digit

    def asked(self) -> list[tuple[str, list[Digits], float]]:
        """Return each clause: what it asks, how it is sent, the share to be heard."""
        plus = f" + {self.off[1]:g} Hz" if self.off[1] else ""
        low, high = self.levels
        return [
            (f"frequency {self.off[0]:g} %{plus} off, all signs", _off(*self.off), 1),
            (f"frequency {self.off_rejected:g} % off", _off(self.off_rejected), 0),
            (f"level {low:g} and {high:g} dBm0 per tone", _level(low, high), 1),
            (f"level {self.level_rejected:g} dBm0", _level(self.level_rejected), 0),
            (f"twist {self.twists[0]:+g} and {self.twists[1]:+g} dB", _twist(*self.twists), 1),
            ("tone of 40 ms", [Digits(40)], 1),
            (f"tone of {self.short_ms:g} ms", [Digits(self.short_ms)], 0),
            (f"pause of {self.pause_ms:g} ms", [Digits(50, self.pause_ms)], 1),
            (f"interruption of {self.hole_ms:g} ms, phase anew", [Digits(100, hole_ms=self.hole_ms)], 1),
            (f"a digit each {self.cycle_ms:g} ms", [Digits(45, self.cycle_ms - 50)], 1),
        ]


COLUMNS = {
    "AT&T": Column(USUAL, (1.5, 0), 3.5, (0, -25), -55, (4, -8), 23, 40, 10, 93),
    "NTT": Column(NTT, (1.8, 0), 3.0, (-3, -24), -29, (5, -5), 24, 30, 10, 120),
    "Denmark": Column(DENMARK, (1.5, 2), 3.5, (-3.5, -28.5), -37.5, (6, -6), 20, 40, 20, 100),
    "Australia": Column(AUSTRALIA, (1.5, 4), 7.0, (-5, -27), -30, (10, -10), 25, 70, 12, 125),
    "Brazil": Column(BRAZIL, (1.8, 0), 3.0, (-3, -25), -50, (9, -9), 20, 30, 10, 120),
}


def clauses() -> list[Row]:
    """Return the rows of the table: administration, what is asked, to be heard, ours, libspandsp's."""
    rows: list[Row] = [("asked by", "digits", "to be heard", "ours", "libspandsp")]
    for name, column in COLUMNS.items():
        for text, ways, share in column.asked():
            mine, its = _count(both(how, column.limits) for how in ways)
            sent = SENT * len(ways)
            rows.append((name, text, f"{'all' if share else 'none'} of {sent}", str(mine), str(its)))
    return rows


def probes() -> list[Row]:
    """Return the rows of noise, dial tones and lost packets; libspandsp also with its filter."""
    rows: list[Row] = [("digits", "sent", "ours", "libspandsp", "with its filter")]
    kinds: list[tuple[str, Samples, int]] = []
    rng = np.random.default_rng(2)
    for ms in (40, 50, 70, 100):
        clean = dialled(Digits(ms, times=12))
        for ratio_db in (9, 7, 6):
            noise = rng.normal(0, 10 ** ((-7 - ratio_db - FULL_DBM0) / 20) / np.sqrt(2), len(clean))
            kinds.append((f"{ms} ms, {ratio_db} dB above noise", clean + noise, 12 * len(KEYS)))
    digits = dialled(Digits(50, low_dbm0=-20, high_dbm0=-20))
    for hz, levels in (
        ((450,), (0, 12)),
        ((350, 440), (-6, 0, 9)),
        ((440, 480), (-6, -3, 0)),
        ((400,), (-3, 0, 3)),
        ((413, 438), (-3, 3)),
        ((480, 620), (-9, -6)),
    ):
        for level in levels:
            tone = sum((sine(f, len(digits), -20 + level, 0) for f in hz), np.zeros(len(digits)))
            kinds.append((f"50 ms under {'+'.join(map(str, hz))} Hz, {level:+} dB each", digits + tone, SENT))
    for ms in (50, 60, 70, 100):
        for packet_ms in (10, 20):
            kinds.append(
                (
                    f"{ms} ms, 5 % of packets of {packet_ms} ms concealed",
                    _lossy(ms, packet_ms),
                    12 * len(KEYS),
                )
            )
    for name, samples, sent in kinds:
        octets = octets_of(samples)
        found = (sent, ours(octets), theirs(octets), theirs(octets, has_filter=True))
        rows.append((name, *(str(count) for count in found)))
    return rows


def _lossy(ms: float, packet_ms: int) -> Samples:
    """Lose one packet in twenty, and conceal it as the stream's receiver does."""
    samples = dialled(Digits(ms, ms, times=12))
    pcm = np.rint(samples * 32768).astype("<i2").tobytes()
    rng, concealer, step = np.random.default_rng(4), cext.Concealer(), packet_ms * 8
    parts = [
        concealer.conceal(step) if rng.random() < 0.05 else concealer.receive(pcm[at : at + 2 * step])
        for at in range(0, len(pcm) - 2 * step + 1, 2 * step)
    ]
    return np.frombuffer(b"".join(parts), "<i2") / 32768


def _share(
    ways: Callable[[float], list[Digits]], values: Iterable[float]
) -> dict[str, list[tuple[float, float]]]:
    curves: dict[str, list[tuple[float, float]]] = {"callbox": [], "libspandsp": []}
    for value in values:
        chosen = ways(value)
        for name, count in zip(curves, _count(both(how) for how in chosen), strict=True):
            curves[name].append((value, 100 * count / (SENT * len(chosen))))
    return curves


def plots() -> dict[str, str]:
    """Return drawings by file name: digits accepted over frequency error, twist, duration and level."""
    heard = Axis("% of the digits heard", 0, 100, 20)
    drawn = {}
    for name, title, axis, bands, ways in (
        (
            "dtmf-frequency",
            "Both tones off by the same part",
            Axis("% off", -4, 4, 1),
            ((-1.5, 1.5, "to be accepted"),),
            lambda x: [Digits(60, low_off=x / 100, high_off=x / 100)],
        ),
        (
            "dtmf-twist",
            "High tone above the low one",
            Axis("dB", -16, 12, 4),
            ((-8, 4, "to be accepted (AT&amp;T)"),),
            _twist,
        ),
        (
            "dtmf-duration",
            "Length of the tone",
            Axis("ms", 10, 60, 10),
            ((40, 60, "to be accepted"), (10, 23, "to be rejected")),
            lambda x: [Digits(x)],
        ),
        (
            "dtmf-level",
            "Level of each tone",
            Axis("dBm0", -60, 0, 10),
            ((-25, 0, "to be accepted (AT&amp;T)"), (-60, -55, "to be rejected")),
            _level,
        ),
    ):
        values = np.linspace(axis.low, axis.high, 29)
        drawn[name] = Plot(title, axis, heard, bands).draw(_share(ways, (float(v) for v in values)))
    return drawn
