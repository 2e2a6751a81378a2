"""Measure the control part: calls through menu and queue in virtual time, start-up, memory of processes."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import httpx

from firmware.api.core import AgentLogin
from firmware.config.factory import factory_config
from firmware.config.models import Config
from tools.virtual import VirtualBox

PORTS = tuple(f"{kind}{n}" for kind in ("fxo", "fxs") for n in (1, 2, 3, 4))
LINES = ("fxo1", "fxo2", "fxo3", "fxo4")
VIRTUAL_S = 240.0
READY_S = 30.0
STARTS = 3
PAGES = "127.0.0.1:18099"


def bench_calls() -> dict[str, float]:
    """Let four lines ring without a break; each caller presses 1, is answered after a second, talks for two.

    gives  calls, calls_per_s of wall clock with board, world and engine in the same process, and
           control_ms_per_call: the time in `Box.step` alone (drivers on chip models, lines, menus, queues,
           records, recordings)
    """
    with tempfile.TemporaryDirectory() as folder:
        box = VirtualBox(_config(), Path(folder))
        box.run_until(1.5)
        for n in range(4):
            box.command(AgentLogin(str(1001 + n), str(801 + n)))
            box.world.answer(f"fxs{n + 1}", after_s=1.0)
        spent = _time_steps(box)
        began_at = time.perf_counter()
        _ring_on(box)
        wall_s = time.perf_counter() - began_at
        answered = sum(event.what == "call.bridged" for event in box.trace)
        ended = sum(event.what == "call.ended" for event in box.trace)
        box.close()
    return {
        "calls": answered,
        "calls_per_s": answered / wall_s,
        "control_ms_per_call": spent[0] * 1000 / max(1, ended),
        "times_real_time": VIRTUAL_S / wall_s,
    }


def _config() -> Config:
    config = factory_config(PORTS)
    return config.model_copy(
        update={
            "trunks": tuple(trunk.model_copy(update={"hours": "always"}) for trunk in config.trunks),
            "queues": tuple(queue.model_copy(update={"wrap_up_s": 0}) for queue in config.queues),
        }
    )


def _time_steps(box: VirtualBox) -> list[float]:
    """Add up the time spent in the box's steps."""
    spent = [0.0]
    step = box.box.step

    def timed(now: float, *, irq: bool = True) -> None:
        began_at = time.perf_counter()
        step(now, irq=irq)
        spent[0] += time.perf_counter() - began_at

    box.box.step = timed  # type: ignore[method-assign]
    return spent


def _ring_on(box: VirtualBox) -> None:
    calling: dict[str, object] = {}
    free_at = dict.fromkeys(LINES, 0.0)
    until = box.now + VIRTUAL_S
    while box.now < until:
        for line in LINES:
            party = calling.get(line)
            if party is not None and getattr(party, "ended_at", None) is not None:
                del calling[line]
                free_at[line] = box.now + 2.5  # busy tone is heard, the line is idle again
            if line not in calling and box.now >= free_at[line]:
                calling[line] = box.world.call(line, "13800138000", keys=[(1.0, "1")], hang_up_after_s=6.0)
        box.step()


def bench_start() -> dict[str, float]:
    """Start the box on the emulated board several times; the first start makes the data and is not counted.

    gives  ready_s (median), and rss_mb_* of each process when idle
    """
    times: list[float] = []
    memory: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(STARTS + 1):
            ready_s, memory = _start(Path(folder))
            times.append(ready_s)
    return {"first_ready_s": times[0], "ready_s": median(times[1:]), **memory}


def _start(folder: Path) -> tuple[float, dict[str, float]]:
    command = [sys.executable, "-m", "tools.run", "--run", str(folder), "--web", PAGES]
    began_at = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        for line in process.stdout:
            if "started in" in line:
                break
        ready_s = time.perf_counter() - began_at
        with httpx.Client(transport=httpx.HTTPTransport(retries=8), timeout=READY_S) as client:
            client.get(f"http://{PAGES}/login")  # the pages load what they need with the first one
        return ready_s, _memory(process.pid)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(READY_S)


def _memory(pid: int) -> dict[str, float]:
    """Give the resident memory of each process below one."""
    found: dict[str, float] = {}
    for child in _children(pid):
        words = Path(f"/proc/{child}/cmdline").read_bytes().decode().split("\0")
        name = next((word for word in words if word in ("firmware", "firmware.web", "tools.emulator")), "")
        rss = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{child}/status").read_text(encoding="ascii"))
        if name and rss:
            found[f"rss_mb_{name}"] = int(rss.group(1)) / 1024
        found |= _memory(child)
    return found


def _children(pid: int) -> list[int]:
    return [
        int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    ]
