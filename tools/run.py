"""`make run`: the emulated board, its world and the box, in the foreground, until Ctrl-C.

The board's process starts first, then `callbox run` exactly as on a real board but for the address of the
board.
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tools.emulator.config import load_config

RUN = Path(".run")
READY_S = 60.0  # a loaded machine is no broken one
LOOK_S = 0.02
END_S = 8.0

HELP = """
  place a call     {lab} call {line} --from 13800138000 --keys 1@6 --for 60
                   (rings {line}, presses key 1 six seconds after it was answered: queue "info")
  log an agent in  {lab} lift fxs1 && {lab} dial fxs1 '*111001#' && sleep 4 && {lab} hang fxs1
  let phones work  {lab} answer fxs1 --after 3      (lifts when it rings)
  watch the world  {lab} watch        the display: {lab} display
  console          {python} -m firmware.console --api {run}/data/api.sock
  stop             Ctrl-C
"""


class Failed(Exception):
    """A program did not start; the message says which and where its log is."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run both until one ends or Ctrl-C; gives the exit status."""
    args = _parser().parse_args(argv)
    began_at = time.monotonic()
    args.run.mkdir(parents=True, exist_ok=True)
    processes: list[subprocess.Popen[str]] = []
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        processes.append(_emulator(args))
        processes.append(_box(args))
        took_s = time.monotonic() - began_at
        python = sys.executable if not sys.executable.startswith(str(Path.cwd())) else ".venv/bin/python"
        lab = f"{python} -m tools.lab" + ("" if args.run == RUN else f" --control {args.run}/lab.sock")
        print(HELP.format(lab=lab, python=python, run=args.run, line=_first_line(args.config)), end="")
        print(f"  (started in {took_s:.1f} s)\n", flush=True)
        return processes[-1].wait()
    except KeyboardInterrupt:
        return 0
    except Failed as error:
        print(f"run: {error}", file=sys.stderr)
        return 1
    finally:
        _end(processes)


def _first_line(config: Path | None) -> str:
    """Name a line of the emulated board to call."""
    has_e1_only = not any(card.startswith("fxo") for card in load_config(config).slots)
    return "span1" if has_e1_only else "fxo1"


def _emulator(args: argparse.Namespace) -> subprocess.Popen[str]:
    command = [
        "-m",
        "tools.emulator",
        "--socket",
        str(args.run / "board.sock"),
        "--control",
        str(args.run / "lab.sock"),
    ]
    command += ["--panel-link", str(args.run / "panel")]
    if args.config:
        command += ["--config", str(args.config)]
    return _start(command, args.run / "emulator.log", "emulator: ready")


def _box(args: argparse.Namespace) -> subprocess.Popen[str]:
    command = [
        "-m",
        "firmware",
        "run",
        "--data",
        str(args.run / "data"),
        "--board",
        f"unix:{args.run}/board.sock",
    ]
    command += ["--panel", str(args.run / "panel"), "--web", args.web]
    return _start(command, args.run / "box.log", "callbox: ready", show=True)


def _start(command: list[str], log: Path, ready: str, *, show: bool = False) -> subprocess.Popen[str]:
    """Start a program and wait for its line; what it printed until then is shown."""
    output = log.open("w+", encoding="utf-8")
    process = subprocess.Popen([sys.executable, *command], stdout=output, stderr=output, text=True)
    until = time.monotonic() + READY_S
    while time.monotonic() < until:
        said = log.read_text(encoding="utf-8")
        if ready in said:
            if show:
                print(said[said.index(ready) :], end="")
            return process
        if process.poll() is not None:
            raise Failed(f"{command[1]} ended: {said.strip()[-800:]}")
        time.sleep(LOOK_S)
    process.kill()
    raise Failed(f"{command[1]} is not ready after {READY_S:.0f} s; see {log}")


def _end(processes: list[subprocess.Popen[str]]) -> None:
    for process in reversed(processes):
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(END_S)
            except subprocess.TimeoutExpired:
                process.kill()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.run", description=__doc__)
    parser.add_argument(
        "--run", type=Path, default=RUN, help="folder for sockets, logs and data (%(default)s)"
    )
    parser.add_argument(
        "--web", default="127.0.0.1:8080", metavar="HOST:PORT", help="of the web page (%(default)s)"
    )
    parser.add_argument("--config", type=Path, metavar="FILE.toml", help="of the emulated board")
    return parser


if __name__ == "__main__":
    sys.exit(main())
