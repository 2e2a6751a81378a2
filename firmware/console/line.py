"""`callbox line ...`: the line doctor from the command line, a client of the API's socket.

Exit status: 0 all is well, 2 something is wrong with the line, 1 it could not be done.
"""

from __future__ import annotations

import argparse
import asyncio
import getpass
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from firmware.api.client import ApiClient, ApiError, Who
from firmware.catalogue import Catalogue
from firmware.console.doctor import LOOP_S, DoctorDesk, is_span
from firmware.text import Language

GOOD, FAILED, WRONG = 0, 1, 2
WORDS = Catalogue(Path(__file__).with_name("texts.toml"))


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit status."""
    try:
        return asyncio.run(run(argv))
    except KeyboardInterrupt:
        return FAILED


async def run(argv: Sequence[str] | None = None) -> int:
    """Do it on a loop that runs; gives the exit status."""
    options = _parser().parse_args(argv)
    name = re.sub(r"[^A-Za-z0-9._-]", "-", getpass.getuser())[:32]
    language: Language = options.language
    api, who = ApiClient.on_socket(options.api), Who(name, "installer")
    desk = DoctorDesk(
        api, who, lambda key, **holes: WORDS.say(language, key, **holes), lambda: language, _write
    )
    try:
        return await _carry_out(desk, api, who, options)
    except ApiError as error:
        sys.stderr.write("\n".join(error.lines(language)) + "\n")
        return FAILED
    except asyncio.CancelledError:  # Ctrl-C: the line must not stay with a doctor nobody listens to
        await desk.stop(options.port)
        raise
    finally:
        await api.close()


async def _carry_out(desk: DoctorDesk, api: ApiClient, who: Who, options: argparse.Namespace) -> int:
    match options.verb:
        case "store":
            _write(await desk.store(options.port))
            return GOOD
        case "stop":
            await desk.stop(options.port)
            return GOOD
        case "trace":
            await _trace(api, who, options.port, options.out)
            return GOOD
        case "loop":
            report = await desk.loop(options.port, options.seconds, options.force)
            options.store = False
        case "test" if is_span(options.port):
            report = await desk.test_span(options.port, options.remote, options.force)
        case "test":
            report = await desk.test(options.port, options.digit, options.tune)
        case "learn":
            report = await desk.learn(options.port, options.number)
        case _:
            report = await desk.capture(options.port, options.seconds)
            await _fetch(api, who, report["files"], options.out)
            return GOOD if report["files"] else FAILED
    _write(desk.written(report))
    if options.store and report["remedy"] is not None:
        _write(await desk.store(options.port))
    return _status(report)


async def _fetch(api: ApiClient, who: Who, names: Sequence[str], folder: Path) -> None:
    for name in names:
        async with api.download(f"/v1/captures/{name}", who) as answer:
            (folder / name).write_bytes(await answer.aread())
        _write([str(folder / name)])


async def _trace(api: ApiClient, who: Who, port: str, folder: Path) -> None:
    async with api.download(f"/v1/spans/{port}/trace", who) as answer:
        (folder / f"{port}.pcap").write_bytes(await answer.aread())
    _write([str(folder / f"{port}.pcap")])


def _status(report: dict[str, Any]) -> int:
    if report["state"] != "done":
        return FAILED
    return WRONG if any(found["verdict"] in ("bad", "poor") for found in report["findings"]) else GOOD


def _write(lines: list[str]) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="callbox line", description="The line doctor, for analog lines and E1s."
    )
    parser.add_argument("--api", type=Path, default=Path("/run/callbox/api.sock"), metavar="SOCKET")
    parser.add_argument("--language", type=Language, choices=list(Language), default=Language.EN)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="COMMAND")
    test = verbs.add_parser("test", help="measure a line and say what is wrong with it")
    test.add_argument("--tune", action="store_true", help="find the best balance, too")
    test.add_argument("--remote", action="store_true", help="of an E1: over a loop at its far end")
    test.add_argument("--digit", default="", help="breaks dial tone and is no number by itself (2)")
    learn = verbs.add_parser("learn", help="learn the tone after a hang-up, as the line's busy tone")
    loop = verbs.add_parser("loop", help="loop an E1 so that its far end can test; Ctrl-C opens it")
    loop.add_argument("--seconds", type=float, default=LOOP_S, help="1 to 3600 (%(default)g)")
    for verb in (test, loop):
        verb.add_argument("--force", action="store_true", help="end the calls of the E1")
    trace = verbs.add_parser("trace", help="fetch the last 2000 frames of an E1's D-channel, as pcap")
    trace.add_argument("--out", type=Path, default=Path(), metavar="DIR")
    what = "write sound and registers of a line, sound and signalling of a channel, or frames of an E1"
    capture = verbs.add_parser("capture", help=what)
    capture.add_argument("--seconds", type=float, default=30.0)
    capture.add_argument("--out", type=Path, default=Path(), metavar="DIR")
    store = verbs.add_parser("store", help="put into the settings what was found last")
    stop = verbs.add_parser("stop", help="end what runs")
    for verb in (test, loop, learn, capture, trace, store, stop):
        verb.add_argument("port", metavar="PORT", help="fxo1, span1; to be captured: span1-5, too")
    learn.add_argument("number", nargs="?", default="", help="to be called; without one the line waits")
    for verb in (test, learn):
        verb.add_argument("--store", action="store_true", help="put what was found into the settings")
    return parser
