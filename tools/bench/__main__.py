"""`make bench`: what the engine and the control part cost, beside their peers; prints and writes bench.json.

Ratios were measured in one run and mean something anywhere; absolute times belong to the machine named.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from pathlib import Path
from typing import Any

from tools.bench import banks as bench_banks
from tools.bench import dsp as bench_dsp
from tools.bench import echo as bench_echo
from tools.bench import levels as bench_levels
from tools.bench import packet as bench_packet
from tools.bench import progress as bench_progress
from tools.bench import span as bench_span
from tools.bench import worst as bench_worst
from tools.bench.calls import bench_calls, bench_start

RESULT = Path("bench.json")
BESIDE_PEERS = {
    "dsp": bench_dsp,
    "banks": bench_banks,
    "echo": bench_echo,
    "levels": bench_levels,
    "packet": bench_packet,
    "span": bench_span,
    "worst": bench_worst,
    "progress": bench_progress,
}


def main() -> int:
    """Measure all, print, write."""
    figures: dict[str, Any] = {"machine": _machine()}
    print(f"machine: {figures['machine']}", flush=True)
    for name, bench in BESIDE_PEERS.items():
        figures[name] = bench.measure()
        bench.show(figures[name])
    for title, name, measure in (
        ("calls through menu and queue, virtual time", "calls", bench_calls),
        ("start-up and memory", "start", bench_start),
    ):
        print(f"\n{title}", flush=True)
        figures[name] = measure()
        for key, value in figures[name].items():
            print(f"  {key:24} {value:10.2f}", flush=True)
    RESULT.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    print(f"\nwritten to {RESULT}")
    return 0


def _machine() -> str:
    cpu = platform.processor() or platform.machine()
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith(("model name", "Model")):
            cpu = line.partition(":")[2].strip()
            break
    return f"{cpu}, {os.cpu_count()} cores, Python {platform.python_version()}"


if __name__ == "__main__":
    sys.exit(main())
