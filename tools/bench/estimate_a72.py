"""Estimate what the engine costs on a Cortex-A72 (the board's processor) by counting its instructions.

    python -m tools.bench.estimate_a72

The engine is compiled for aarch64 (NEON) as `make cross` does and run under qemu-user, which says which
pieces of code are executed; what stands in them is disassembled. The difference between a longer and a
shorter run is a tick of 120 channels that detect, play, mix, record and cancel echo. For a core of 1.5 GHz:

- at best: the busiest of the issue ports decides (recalled from Arm's Cortex-A72 Software Optimization
  Guide: three instructions decoded in a cycle, one load and one store, one 128-bit or two scalar
  floating-point operations, two integers, one branch); nothing waits
- estimate: at best times 1.6 for latencies and cache misses; an assumption, for no A72 was at hand
- at worst: one instruction in each 1.25 cycles

Needs Debian's gcc-aarch64-linux-gnu, binutils for it, and qemu-user-static.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cext import build_dsp
from tools.bench.dsp import board_blocks
from tools.bench.peer import BUILD, ROOT

COMPILER, DISASSEMBLER, EMULATOR = "aarch64-linux-gnu-gcc", "aarch64-linux-gnu-objdump", "qemu-aarch64-static"
CHANNELS, ECHO_MS = 120, 16
TICKS = (40, 48)  # the first 15 open the channels
CLOCK_HZ = 1.5e9
TICK_S = 0.01
WAITS = 1.6
WORST_CYCLES = 1.25
OPTIONS = [flag for flag in build_dsp.CFLAGS if not flag.startswith("-W")]

_EXECUTED = re.compile(rb"^Trace \d+: 0x[0-9a-f]+ \[[0-9a-f]+/([0-9a-f]+)/")
_INSTRUCTION = re.compile(r"^ +([0-9a-f]+):\t[0-9a-f]{8} ?\t(\S+)\t?(.*)$")
_SYMBOL = re.compile(r"^([0-9a-f]{16}) <([^>]+)>:$")
_VECTOR = re.compile(r"\.(4s|2d|16b|8h)\b|\bq\d+")
_SCALAR_FLOAT = re.compile(r"\b[sd]\d+\b|\.2s\b")
_BLOCKS = (  # the file of a function says the block
    ("echo canceller", ("echo_",)),
    ("digits", ("dtmf_bank", "dtmf_lanes", "dtmf_rx", "dtmf_plan")),
    ("call progress, SIT, fax", ("progress_rx", "special_rx")),
    (
        "voice, silence, level",
        ("vad", "level", "listener", "silence", "amd", "answer", "agc", "hum", "treatment"),
    ),
)
OTHERS = "codec, block, mixer, player, gain, recorder"


@dataclass(slots=True)
class Cost:
    """Instructions of a part, by the port that they need."""

    total: float = 0.0
    ports: Counter[str] = field(default_factory=Counter)

    def add(self, other: Counter[str], times: float) -> None:
        """Count a piece of code that was executed so often."""
        for port, count in other.items():
            self.total += count * times
            self.ports[port] += count * times  # type: ignore[assignment]

    @property
    def best_cycles(self) -> float:
        """Cycles when nothing waits."""
        p = self.ports
        return max(
            self.total / 3,
            p["load"],
            p["store"],
            p["vector"] + p["scalar float"] / 2,
            p["integer"] / 2,
            p["branch"],
        )


def port_of(name: str, operands: str) -> str:
    """Return the port an instruction needs."""
    if name.startswith(("ld", "prfm")):
        return "load"
    if name.startswith("st"):
        return "store"
    if name == "ret" or re.fullmatch(r"b|bl|br|blr|b\..*|cbn?z|tbn?z", name):
        return "branch"
    if _VECTOR.search(operands):
        return "vector"
    return "scalar float" if _SCALAR_FLOAT.search(operands) else "integer"


def compile_run() -> Path:
    """Compile the engine and tick_run for aarch64."""
    BUILD.mkdir(parents=True, exist_ok=True)
    made = BUILD / "tick_run_aarch64"
    sources = [
        *(str(path) for path in sorted((ROOT / "cext/src").glob("*.c"))),
        str(ROOT / "tools/bench/tick_run.c"),
    ]
    command = [COMPILER, *OPTIONS, "-g1", "-Wno-psabi", "-static", f"-I{ROOT}/cext/include"]
    subprocess.run([*command, f"-I{ROOT}/cext/src", *sources, "-o", str(made), "-lm"], check=True)
    return made


class Program:
    """What stands in the compiled program: instructions in order, and whose they are."""

    def __init__(self, program: Path) -> None:
        text = subprocess.run([DISASSEMBLER, "-d", str(program)], capture_output=True, text=True, check=True)
        self.addresses: list[int] = []
        self.ports: list[str] = []
        self.functions: list[str] = []
        function = ""
        for line in text.stdout.splitlines():
            if found := _SYMBOL.match(line):
                function = found[2]
            elif found := _INSTRUCTION.match(line):
                self.addresses.append(int(found[1], 16))
                self.ports.append(port_of(found[2], found[3]))
                self.functions.append(function)
        self._files = _files_of(program)

    def piece(self, address: int) -> tuple[str, Counter[str]]:
        """Return the source file and the ports of the code from an address to its next branch."""
        at = bisect_right(self.addresses, address) - 1
        ports: Counter[str] = Counter()
        file = self._files.get(self.functions[at], "")
        while True:
            ports[self.ports[at]] += 1
            at += 1
            if self.ports[at - 1] == "branch" or at == len(self.ports):
                return file, ports


def _files_of(program: Path) -> dict[str, str]:
    """Say of each function which file it comes from (`nm -l` reads the lines of -g1)."""
    text = subprocess.run(
        [DISASSEMBLER.replace("objdump", "nm"), "-l", str(program)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    rows = (line.split() for line in text.splitlines() if "\t" in line)
    return {row[2]: Path(row[3].partition(":")[0]).stem for row in rows if len(row) > 3}


def executed(program: Path, blocks: Path, ticks: int) -> Counter[int]:
    """Run, and count how often the code at each address was entered."""
    command = [EMULATOR, "-d", "exec,nochain", "-D", "/dev/stdout", str(program)]
    arguments = [str(blocks), str(CHANNELS), str(ticks), str(ECHO_MS)]
    counts: Counter[int] = Counter()
    with subprocess.Popen([*command, *arguments], stdout=subprocess.PIPE) as run:
        for line in run.stdout or ():
            if found := _EXECUTED.match(line):
                counts[int(found[1], 16)] += 1
    return counts


def block_of(file: str) -> str:
    """Return the block that a source file belongs to."""
    for name, starts in _BLOCKS:
        if file.startswith(starts):
            return name
    return OTHERS


def measure() -> dict[str, Any]:
    """Count the instructions of a tick, and give the cycles; {} where the tools for it are not installed."""
    if not all(shutil.which(tool) for tool in (COMPILER, DISASSEMBLER, EMULATOR)):
        return {}
    made = compile_run()
    program, blocks = Program(made), BUILD / "blocks.bin"
    blocks.write_bytes(b"".join(board_blocks(CHANNELS, TICKS[1])))
    short, long = (executed(made, blocks, ticks) for ticks in TICKS)
    costs: dict[str, Cost] = {}
    for address in long.keys() | short.keys():
        file, ports = program.piece(address)
        times = (long[address] - short[address]) / (TICKS[1] - TICKS[0])
        costs.setdefault(block_of(file), Cost()).add(ports, times)
    blocks.unlink()
    rows = {name: _row(cost) for name, cost in sorted(costs.items(), key=lambda pair: -pair[1].total)}
    return {
        "blocks": rows,
        "all": {key: round(sum(r[key] for r in rows.values()), 2) for key in _row(Cost())},
    }


def _row(cost: Cost) -> dict[str, float]:
    def percent(cycles: float) -> float:
        return round(100 * cycles / (CLOCK_HZ * TICK_S), 2)

    return {
        "per_channel_sample": round(cost.total / CHANNELS / 80, 2),
        "best_percent": percent(cost.best_cycles),
        "percent": percent(cost.best_cycles * WAITS),
        "worst_percent": percent(cost.total * WORST_CYCLES),
    }


def show(figures: dict[str, Any]) -> None:
    """Print them for people."""
    if not figures:
        print(f"Cortex-A72: not counted, needs {COMPILER} and {EMULATOR}")
        return
    print(
        f"Cortex-A72 at {CLOCK_HZ / 1e9} GHz, tick of {CHANNELS} channels, % of a core (counted under qemu)"
    )
    print("                                                instructions   at best  estimate  at worst")
    for name, row in [*figures["blocks"].items(), ("all", figures["all"])]:
        print(
            f"  {name:46} {row['per_channel_sample']:9.1f} {row['best_percent']:9.2f} {row['percent']:9.2f}"
            f" {row['worst_percent']:9.2f}"
        )


def main() -> int:
    """Measure and print."""
    show(measure())
    return 0


if __name__ == "__main__":
    sys.exit(main())
