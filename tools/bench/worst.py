"""Measure the tick of 120 busy channels on the worst inputs beside what a line carries: nothing stalls it.

    python -m tools.bench.worst

Each channel detects, plays, is mixed, recorded, and has an echo canceller; every one hears the same input at
another place of it. Inputs take turns; medians of the processor's time after a warm-up. What a line carries
must cost at most 12 % of a core.
"""

from __future__ import annotations

import sys
from statistics import median
from typing import Any

import numpy as np

from cext.dtmf_limits import simd_path
from tools.bench.banks import inputs
from tools.bench.dsp import BATCH_TICKS, RUNS, busy_engine, seal, tick_us

CHANNELS = 120
USUAL = "line"
LIMIT_PERCENT = 12.0


def blocks_of(octets: Any) -> list[bytes]:
    """Return blocks of the board in which every channel hears these octets."""
    columns = np.stack([np.roll(octets, 977 * i)[: BATCH_TICKS * 80] for i in range(CHANNELS)], axis=1)
    return [seal(columns[i * 80 : (i + 1) * 80].tobytes(), i) for i in range(BATCH_TICKS)]


def measure() -> dict[str, Any]:
    """Return us per tick for each input, and how many times that of a line it is."""
    rows = {name: blocks_of(octets) for name, octets in inputs().items()}
    engines = {name: busy_engine(CHANNELS) for name in rows}
    for engine in engines.values():
        for channel in range(CHANNELS):
            engine.echo(channel, 16)
    rounds = [{name: tick_us(engines[name], rows[name]) for name in rows} for _ in range(RUNS + 1)][1:]
    us = {name: median(r[name] for r in rounds) for name in rows}
    table = {name: {"us": round(v, 1), "of_line": round(v / us[USUAL], 2)} for name, v in us.items()}
    percent = round(us[USUAL] / 100, 2)
    return {"path": simd_path(), "inputs": table, "percent": percent, "limit_percent": LIMIT_PERCENT}


def show(figures: dict[str, Any]) -> None:
    """Print them for people."""
    print(f"tick of {CHANNELS} channels with everything on, worst inputs ({figures['path']})")
    for name, row in figures["inputs"].items():
        percent = row["us"] / 100
        print(f"  {name:30} {row['us']:9.1f} us  {percent:6.2f} % of a core, {row['of_line']:.2f} times")
    verdict = "kept" if figures["percent"] <= figures["limit_percent"] else "NOT kept"
    print(f"  limit {figures['limit_percent']:g} % of a core for what a line carries: {verdict}")


def main() -> int:
    """Measure and print."""
    show(measure())
    return 0


if __name__ == "__main__":
    sys.exit(main())
