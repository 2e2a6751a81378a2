"""The command `callbox`."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from firmware import __version__

if TYPE_CHECKING:
    from firmware.daemon import Daemon, Options

BAD_START = 1
DATA = Path("/var/lib/callbox")


def main(argv: Sequence[str] | None = None) -> int:
    """Run a subcommand; gives the exit status."""
    args, rest = _parser().parse_known_args(argv)
    args.rest = rest
    if rest and args.act not in (_console, _line):
        _parser().error(f"unrecognized arguments: {' '.join(rest)}")
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    status: int = args.act(args)
    return status


def _run(args: argparse.Namespace) -> int:
    from firmware import daemon  # noqa: PLC0415  # other subcommands start faster without the daemon's imports
    from firmware.lock import AlreadyRunning  # noqa: PLC0415
    from firmware.media.engine import EngineError  # noqa: PLC0415
    from hal.bus import HalError  # noqa: PLC0415

    api = args.api or args.data / "api.sock"
    options = daemon.Options(
        data=args.data, board=args.board, api=api, web=args.web, panel=args.panel, address=args.address
    )
    try:
        daemon.run(options, lambda running: _say_ready(running, options))
    except (AlreadyRunning, OSError, HalError, EngineError, ValueError) as error:
        print(f"callbox: {error}", file=sys.stderr)
        return BAD_START
    return 0


def _console(args: argparse.Namespace) -> int:
    from firmware.console.__main__ import main as console  # noqa: PLC0415

    console(args.rest)
    return 0


def _line(args: argparse.Namespace) -> int:
    from firmware.console.line import main as line  # noqa: PLC0415

    return line(args.rest)


def _say_ready(running: Daemon, options: Options) -> None:
    """Print all at once, so that who reads along never sees a part of it."""
    lines = ["callbox: ready"]
    if options.web:
        lines.append(f"  page             http://{options.web}/")
    if not running.core.secrets.is_set_up():
        code = running.core.secrets.setup_code
        lines.append(f"  set-up code      {code}   (the page asks for it, then you set a password)")
    for alarm in running.core.box.alarms.all():
        lines += [f"  alarm            {alarm.text.zh}", f"                   {alarm.text.en}"]
    print("\n".join(lines), flush=True)


def _web_address(text: str) -> str:
    from firmware.web_process import split_address  # noqa: PLC0415

    try:
        if text:
            split_address(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return text


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="callbox", description="A call-center box for small offices.")
    parser.add_argument("--version", action="version", version=f"callbox {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    console = commands.add_parser("console", help="the installer's command line", add_help=False)
    console.set_defaults(act=_console)
    line = commands.add_parser("line", help="test, learn, capture a line", add_help=False)
    line.set_defaults(act=_line)
    run = commands.add_parser("run", help="carry calls, in the foreground")
    run.add_argument("--data", type=Path, default=DATA, help="folder for settings and records (%(default)s)")
    run.add_argument("--board", default="spidev:0.0", help="spidev:BUS.DEVICE, or unix:PATH of an emulator")
    run.add_argument("--api", type=Path, help="socket of the JSON interface (DATA/api.sock)")
    run.add_argument("--panel", default="", metavar="DEVICE", help="serial device of the front panel")
    run.add_argument(
        "--web", type=_web_address, default="", metavar="HOST:PORT", help="start the web pages here, too"
    )
    run.add_argument(
        "--address", default="", metavar="URL", help="of the pages, for the display, if started apart"
    )
    run.set_defaults(act=_run)
    return parser


if __name__ == "__main__":
    sys.exit(main())
