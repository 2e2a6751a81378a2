"""The line echo canceller by the tests of ITU-T G.168, ours beside OSLEC and speexdsp in the same run.

The suppressor is off: what is given is what each filter leaves, coder noise included. 128 taps, loss 8 dB.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np

from tools import g168
from tools.bench import echo as bench_echo

Part = tuple[g168.Samples, g168.Samples | None, g168.Samples]  # sent, near end, path
Row = tuple[str, ...]
ERL_DB, TAPS, LEVEL_DBM0 = 8.0, 128, -10.0
TONES_HZ = ((697,), (941,), (1336,), (450,), (350, 440), (697, 1209), (2400,))
NARROW_HZ = ((425,), (1004,), (1500,), (3000,), (697, 1209))


@cache
def _path(number: int) -> g168.Samples:
    return g168.hybrid(number, ERL_DB)


def _css(seconds: float, dbm0: float = LEVEL_DBM0, *, is_near: bool = False) -> g168.Samples:
    return g168.css(dbm0, seconds, is_near=is_near)


def _tone(hz: Sequence[int], seconds: float) -> g168.Samples:
    at = np.arange(round(seconds * 8000)) / 8000
    wave = np.sin(2 * np.pi * np.outer(hz, at)).sum(axis=0)
    scaled: g168.Samples = wave * g168.amplitude(LEVEL_DBM0 - 10 * np.log10(len(hz)))
    return scaled


def _heard(parts: Sequence[Part]) -> tuple[g168.Samples, g168.Samples]:
    """Return what is sent and what is heard of all parts, one after the other; the echo outlives its part."""
    sent = g168.as_alaw(np.concatenate([part[0] for part in parts]))
    heard, at = np.zeros(len(sent)), 0
    for own, near, response in parts:
        end = at + len(own)
        begin = max(at - 4000, 0)
        heard[at:end] = g168.echo(sent[begin:end], response)[at - begin :]
        if near is not None:
            heard[at:end] += near
        at = end
    return sent, g168.as_alaw(heard)


def _left(name: str, parts: Sequence[Part], begin_s: float, end_s: float = 0.0) -> float:
    """Return the level of what a canceller leaves in the last part, from a time to another (0: its end)."""
    sent, heard = _heard(parts)
    out = bench_echo.cancellers()[name](g168.pcm16(sent), g168.pcm16(heard), TAPS) / 32768
    last = out[len(sent) - len(parts[-1][0]) :]
    return g168.level_dbm0(last[round(begin_s * 8000) : round(end_s * 8000) or None])


def _worst(name: str, parts_of: Callable[[int], Sequence[Part]], begin_s: float, end_s: float = 0.0) -> float:
    return max(_left(name, parts_of(number), begin_s, end_s) for number in g168.HYBRIDS)


def _learned(number: int) -> Part:
    return _css(7), None, _path(number)


def _after(name: str, number: int, *between: Part) -> float:
    """Return by how many dB what is left is more after something than before."""
    before = _left(name, [_learned(number)], 6.3)
    return _left(name, [_learned(number), *between, (_css(0.7), None, _path(number))], 0) - before


def _other(number: int) -> int:
    return 2 + number % len(g168.HYBRIDS)


Test = tuple[str, str, Callable[[str], float]]  # name, limit, what measures one canceller


def _css_only(number: int) -> list[Part]:
    return [(_css(10), None, _path(number))]


def _another_path(number: int) -> list[Part]:
    return [_learned(number), (_css(10), None, _path(_other(number)))]


def _weak_voice(number: int) -> list[Part]:
    near = _css(5.6, -25, is_near=True)
    return [(_css(5.6), near, _path(number)), (_css(0.7), None, _path(number))]


def _loud_voice(number: int) -> list[Part]:
    talk = (_css(4.9), _css(4.9, -4, is_near=True), _path(number))
    return [_learned(number), talk, (_css(0.7), None, _path(number))]


def _opened(number: int) -> list[Part]:
    return [_learned(number), (_css(3), None, np.zeros(1))]


def _after_silence(name: str) -> float:
    return _after(name, 6, (np.zeros(120 * 8000), None, _path(6)))


def _after_tones(name: str) -> float:
    return max(_after(name, 3, (_tone(hz, 5), None, _path(3))) for hz in TONES_HZ)


def _narrow(name: str) -> float:
    return max(_left(name, [(_tone(hz, 12), None, _path(2))], 10) for hz in NARROW_HZ)


TESTS: tuple[Test, ...] = (
    ("2A at 1 s", "-30", lambda name: _worst(name, _css_only, 1, 1.7)),
    ("2A after 10 s", "-38.3", lambda name: _worst(name, _css_only, 9.3)),
    ("2B another path, at 1 s", "-30", lambda name: _worst(name, _another_path, 1, 1.7)),
    ("3A learning under a voice 15 dB weaker", "-38.3", lambda name: _worst(name, _weak_voice, 0)),
    ("3B after a voice 6 dB louder for 5 s", "-28.3", lambda name: _worst(name, _loud_voice, 0)),
    ("4 after 2 minutes of silence, dB worse (D.6)", "10", _after_silence),
    ("5 the path opens, from 0.5 s on", "-38.3", lambda name: _worst(name, _opened, 0.5)),
    ("6 after 5 s of a tone, dB worse (D.3)", "10", _after_tones),
    ("7 tones from the first moment, after 10 s (D.2)", "-38.3", _narrow),
)


def clauses() -> list[Row]:
    """Return the rows of the table; the worst of hybrids D.2 to D.9 unless it says otherwise."""
    names = list(bench_echo.cancellers())
    rows: list[Row] = [
        ("G.168 test, sent at -10 dBm0", "limit", *("callbox" if n == "ours" else n for n in names))
    ]
    for title, limit, measured in TESTS:
        rows.append((title, limit, *(f"{measured(name):.1f}" for name in names)))
    return rows


def reference_run() -> list[Row]:
    """Return the reference run: mean over the hybrids, loss 10 dB, echo alone and all that is left."""
    rows: list[Row] = [("", "", *bench_echo.COLUMNS)]
    for name, kinds in bench_echo.bench_residual().items():
        for kind, row in kinds.items():
            rows.append(
                ("callbox" if name == "ours" else name, kind, *(f"{value:.1f}" for value in row.values()))
            )
    return rows
