"""`python -m firmware.console`: the console on a serial port, or on the terminal it is started in."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import termios
from collections.abc import Sequence
from pathlib import Path

from firmware.api.client import ApiClient
from firmware.console.console import Console
from firmware.console.terminal import Terminal
from firmware.text import Language


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m firmware.console", description="The box's console.")
    parser.add_argument("--api", type=Path, required=True, metavar="SOCKET", help="the API's socket")
    parser.add_argument("--port", metavar="DEVICE", help="serial port (115200 8N1); else this terminal")
    parser.add_argument("--language", type=Language, choices=list(Language), default=Language.EN)
    return parser.parse_args(argv)


def open_port(device: str) -> int:
    """Open a serial port: 115200 8N1, no modem lines (three-wire cables), no flow control."""
    fd = os.open(device, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    os.set_blocking(fd, True)
    attributes = termios.tcgetattr(fd)
    attributes[2] |= termios.CLOCAL | termios.CREAD | termios.CS8
    attributes[2] &= ~(termios.CRTSCTS | termios.PARENB | termios.CSTOPB)
    attributes[4] = attributes[5] = termios.B115200
    termios.tcsetattr(fd, termios.TCSANOW, attributes)
    return fd


def _own_terminal() -> int:
    fd = sys.stdin.fileno()
    if not os.isatty(fd):
        sys.exit("console: this is no terminal. Start it in one, or name a serial port with --port.")
    return fd


async def _serve(arguments: argparse.Namespace) -> None:
    """On a terminal: one person. On a port: one after the other, until the line is lost."""
    fd = open_port(arguments.port) if arguments.port else _own_terminal()
    api = ApiClient.on_socket(arguments.api)
    terminal = Terminal(fd, os.environ.get("TERM", "vt100"))
    try:
        await Console(api, terminal, arguments.language).run()
        while arguments.port:
            await Console(api, terminal, arguments.language).run()
    except EOFError:
        return
    except OSError as error:
        sys.stderr.write(f"console: the line is lost: {error}\n")
    finally:
        await api.close()
        terminal.close()


def main(argv: Sequence[str] | None = None) -> None:
    """Run until the person leaves or the line is lost."""
    asyncio.run(_serve(_arguments(argv)))


if __name__ == "__main__":
    main()
