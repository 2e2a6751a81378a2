"""`python -m tools.emulator`: the emulated board and its world, in real time."""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from tools.emulator.config import load_config
from tools.emulator.process import Emulator, Paths

WORKED, BAD_START = 0, 1


def main(argv: Sequence[str] | None = None) -> int:
    """Run until SIGTERM or Ctrl-C; 0 = a clean end, 1 = it could not start, with the reason on stderr."""
    args = _parser().parse_args(argv)
    try:
        return asyncio.run(_run(args))
    except (OSError, ValueError) as error:  # a path, the configuration, a sound file: its message says which
        print(f"emulator: {error}", file=sys.stderr)
        return BAD_START


async def _run(args: argparse.Namespace) -> int:
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    config = load_config(args.config)
    folder = args.config.parent if args.config else Path()
    paths = Paths(args.socket, args.control, args.panel_link)
    _hurry()
    emulator = Emulator(config, folder, paths, show_panel=args.show_panel)
    await emulator.start()
    gc.freeze()  # what exists now lives to the end: a collection need not look at it
    cards = " ".join(card or "-" for card in config.slots)
    print(f"emulator: ready: {cards}; board {args.socket}, lab {args.control}", flush=True)
    await ended.wait()
    await emulator.close()
    print(f"emulator: ended: {emulator.pacer.lateness}; the engine missed {emulator.tdm.missed}", flush=True)
    return WORKED


def _hurry() -> None:
    """Go before other programs where that is allowed: a board does not wait for them."""
    try:
        os.setpriority(os.PRIO_PROCESS, 0, -10)
    except PermissionError:
        pass


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.emulator", description=__doc__)
    run = Path(".run")
    parser.add_argument("--config", type=Path, metavar="FILE.toml", help="cards, lines, numbers")
    parser.add_argument(
        "--socket", type=Path, default=run / "board.sock", help="SPI and GPIO; .tdm: highway (%(default)s)"
    )
    parser.add_argument("--control", type=Path, default=run / "lab.sock", help="for tools.lab (%(default)s)")
    parser.add_argument("--panel-link", type=Path, metavar="PATH", help="link to the front panel's pty")
    parser.add_argument("--show-panel", action="store_true", help="print the display when it changes")
    return parser


if __name__ == "__main__":
    sys.exit(main())
