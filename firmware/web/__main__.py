"""`python -m firmware.web`: the pages, a process of their own."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading
from pathlib import Path

import uvicorn

from firmware.api.client import ApiClient
from firmware.clock import SystemClock
from firmware.web.app import make_app

_CLOCK = SystemClock()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m firmware.web", description="The pages of the box.")
    parser.add_argument("--api", type=Path, required=True, metavar="SOCKET", help="the API's socket")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder for logins")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument(
        "--end-with-stdin", action="store_true", help="end when standard input does: the parent is gone"
    )
    return parser.parse_args()


def _utc_s() -> float:
    return _CLOCK.utc().timestamp()


def _end_with_stdin() -> None:
    """Wait for the end of standard input, then stop: else orphans would keep the address."""
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def main() -> None:
    """Serve until a signal says stop."""
    arguments = _arguments()
    arguments.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    logging.basicConfig(level=logging.WARNING, format="%(name)s: %(message)s")
    if arguments.end_with_stdin:
        threading.Thread(target=_end_with_stdin, name="parent", daemon=True).start()
    app = make_app(ApiClient.on_socket(arguments.api), arguments.data, _utc_s)
    uvicorn.run(
        app,
        host=arguments.host,
        port=arguments.port,
        ws="websockets-sansio",
        ws_max_size=4096,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=2,
    )


if __name__ == "__main__":
    main()
