"""The hand in the emulated world: place calls, lift phones, pull plugs, while the emulator runs.

python -m tools.lab call fxo1 --from 13800138000 --audio hello.wav --keys 1@6.5 --record heard.wav --wait
python -m tools.lab lift fxs1
python -m tools.lab watch
"""

from __future__ import annotations

import argparse
import json
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

DEFAULT_CONTROL = Path(".run/lab.sock")
Answer = dict[str, Any]


class LabError(Exception):
    """What went wrong, with what to do about it."""


class LabClient:
    """A conversation with a running emulator."""

    def __init__(self, control: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._socket.connect(str(control))
        except OSError as error:
            raise LabError(
                f"no emulator at {control} ({error.strerror}): start it with `make run` first,"
                " or name its socket with --control"
            ) from error
        self._lines = self._socket.makefile("rb")

    def __enter__(self) -> LabClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def ask(self, do: str, **arguments: object) -> Answer:
        """Send a command; arguments that are None are left to their defaults.

        raises  LabError with the emulator's reason
        """
        command = {"do": do} | {name: value for name, value in arguments.items() if value is not None}
        self._socket.sendall(json.dumps(command, default=str).encode() + b"\n")
        answer = self._next()
        if not answer.get("ok"):
            raise LabError(str(answer.get("error", answer)))
        return answer

    def events(self) -> Iterator[Answer]:
        """Give what happens, until the emulator ends."""
        self.ask("watch")
        while True:
            try:
                yield self._next()["event"]
            except LabError:
                return

    def close(self) -> None:
        """Hang up."""
        self._lines.close()
        self._socket.close()

    def _next(self) -> Answer:
        line = self._lines.readline()
        if not line:
            raise LabError("the emulator ended")
        answer: Answer = json.loads(line)
        return answer


def show_call(client: LabClient, args: argparse.Namespace) -> None:
    """Place a call, and with --wait stay until it ends."""
    answer = client.ask(
        "call",
        line=args.line,
        number=args.number,
        name=args.name,
        audio=_absolute(args.audio),
        keys=args.keys,
        noise_dbm0=args.noise,
        level_db=args.level,
        record=_absolute(args.record),
        hang_up_after_s=args.seconds,
        give_up_after_s=args.give_up,
        to=args.to,
        type=args.type,
        presentation=args.presentation,
        redirecting=args.redirecting,
        overlap_s=args.overlap,
        at_glare=args.glare or None,
    )
    if answer["outcome"]:
        raise LabError(f"{answer['line']} is in use: the caller hears busy tone")
    print(f"call {answer['call']}: {answer['line']} {'waits for the box' if args.glare else 'rings'}")
    if args.wait:
        end = client.ask("wait", call=answer["call"])
        kept = f", heard sound in {end['record']}" if end["record"] and end["talked_s"] else ""
        print(f"call {answer['call']}: {end['outcome']} after {end['talked_s']} s of talk{kept}")


def show_answer(client: LabClient, args: argparse.Namespace) -> None:
    """Let a phone be answered by itself."""
    client.ask(
        "answer",
        phone=args.phone,
        after_s=args.after,
        audio=_absolute(args.audio),
        keys=args.keys,
        hang_up_after_s=args.seconds,
    )


def show_subscriber(client: LabClient, args: argparse.Namespace) -> None:
    """Say who answers a number that the box dials."""
    client.ask(
        "subscriber",
        number=args.number,
        answers_after_s=3600 if args.never else args.after,
        busy=args.busy,
        congested=args.congested,
        cause=args.cause,
        announcement=_absolute(args.says),
        audio=_absolute(args.audio),
        keys=args.keys,
        hangs_up_after_s=args.seconds,
        record=_absolute(args.record),
    )


def show_state(client: LabClient, _args: argparse.Namespace) -> None:
    """Print lines, phones and the display."""
    answer = client.ask("state")
    for name, line in answer["lines"].items():
        far_end = f" with {line['far_end'] or 'withheld'}" if line["far_end"] is not None else ""
        plug = "" if line["plugged"] else " (unplugged)"
        print(f"{name:6} {line['state']}{far_end}{plug}")
    for name, span in answer["spans"].items():
        faults = f", {', '.join(span['faults'])}" if span["faults"] else ""
        print(f"{name:6} {span['signalling']}, hears {span['hears_box']}, {span['calls']} calls over{faults}")
        for channel, use in span["channels"].items():
            far_end = f" with {use['far_end']}" if use["far_end"] else ""
            print(f"  {channel:9} {use['state']}{far_end}")
    for name, phone in answer["phones"].items():
        answers = " (answers by itself)" if phone["answers"] else ""
        power = "" if phone["powered"] else " (no power on the line)"
        print(f"{name:6} {phone['state']}{answers}{power}")
    _print_display(answer["display"])


def show_display(client: LabClient, _args: argparse.Namespace) -> None:
    """Print what the panel shows."""
    _print_display(client.ask("state")["display"])


def show_key(client: LabClient, args: argparse.Namespace) -> None:
    """Press a key of the panel."""
    client.ask("key", key=args.key)


def show_watch(client: LabClient, _args: argparse.Namespace) -> None:
    """Print what happens as it happens."""
    for event in client.events():
        line = f"{event['at']:10.2f}  {event['who']:6} {event['what']:18} {event['detail']}"
        print(line.rstrip(), flush=True)


def show_plain(client: LabClient, args: argparse.Namespace) -> None:
    """Carry out a verb that needs no more than its arguments."""
    arguments = {name: getattr(args, name) for name in args.sends}
    client.ask(args.do, **{k: _absolute(v) if isinstance(v, Path) else v for k, v in arguments.items()})


def _absolute(path: Path | None) -> Path | None:
    return path.absolute() if path is not None else None


def _print_display(display: Sequence[str] | None) -> None:
    if not display:
        print("no display: the box has not written on it yet")
        return
    width = max(len(row) for row in display)
    print("+" + "-" * width + "+")
    for row in display:
        print(f"|{row:<{width}}|")
    print("+" + "-" * width + "+")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.lab", description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--control", type=Path, default=DEFAULT_CONTROL, help="the emulator's socket (%(default)s)"
    )
    verbs = parser.add_subparsers(dest="do", required=True, metavar="VERB")
    _add_call(verbs)
    _add_phone_verbs(verbs)
    _add_line_verbs(verbs)
    _add_span_verbs(verbs)
    _add_subscriber(verbs)
    for name, show, text in (
        ("state", show_state, "lines, phones, display"),
        ("display", show_display, "what the panel shows"),
        ("watch", show_watch, "print what happens, until Ctrl-C"),
    ):
        verbs.add_parser(name, help=text).set_defaults(show=show)
    key = verbs.add_parser("key", help="press a key of the panel")
    key.add_argument("key", choices=("up", "down", "ok", "back"))
    key.set_defaults(show=show_key)
    return parser


Verbs = Any  # argparse has no public name for it


def _add_call(verbs: Verbs) -> None:
    call = verbs.add_parser("call", help="let a caller ring a line")
    call.add_argument("line", help="fxo1, fxo2, ... or `any`; span1, or a channel: span1-5")
    call.add_argument("--from", dest="number", help="number of the caller; without it the number is withheld")
    call.add_argument("--name", help="name in the caller ID")
    _add_voice(call, "what the caller says once answered")
    call.add_argument("--noise", type=float, metavar="DBM0", help="noise of the caller's line, such as -45")
    call.add_argument("--level", type=float, metavar="DB", help="makes the audio louder or softer")
    call.add_argument("--record", type=Path, metavar="FILE", help="keep what the caller hears")
    call.add_argument("--give-up", type=float, metavar="S", help="hang up after so much ringing")
    call.add_argument("--to", metavar="NUMBER", help="number called, on a span")
    call.add_argument("--type", help="of the caller's number, on a span: national, international, ...")
    call.add_argument("--presentation", choices=("allowed", "restricted", "unavailable"))
    call.add_argument("--redirecting", metavar="NUMBER", help="who was called first, on a span")
    call.add_argument("--overlap", type=float, metavar="S", help="on a span: digit by digit, so long apart")
    call.add_argument("--glare", action="store_true", help="on a span: when the box seizes a channel")
    call.add_argument("--wait", action="store_true", help="stay until the call ends")
    call.set_defaults(show=show_call)


def _add_voice(verb: argparse.ArgumentParser, text: str) -> None:
    verb.add_argument("--audio", type=Path, metavar="FILE", help=f"{text}: WAV, or raw 8 kHz")
    verb.add_argument("--keys", metavar="KEYS@S,...", help="such as 1@6.5,2@9, in s after the answer")
    verb.add_argument("--for", dest="seconds", type=float, metavar="S", help="hang up so long after it")


def _plain(verbs: Verbs, name: str, text: str, *arguments: tuple[str, str, Callable[[str], Any]]) -> None:
    verb = verbs.add_parser(name, help=text)
    for argument, explained, kind in arguments:
        verb.add_argument(argument, help=explained, type=kind)
    verb.set_defaults(show=show_plain, sends=tuple(argument for argument, _, _ in arguments))


def _add_phone_verbs(verbs: Verbs) -> None:
    phone = ("phone", "fxs1, fxs2, ...", str)
    _plain(verbs, "lift", "lift a phone", phone)
    _plain(verbs, "hang", "hang a phone up", phone)
    _plain(verbs, "flash", "press a phone's hook shortly", phone)
    _plain(verbs, "dial", "press keys of a lifted phone", phone, ("digits", "0-9, *, #", str))
    _plain(verbs, "record", "keep what a phone hears until hung up", phone, ("path", "FILE", Path))
    who = ("who", "a phone, or a line (its far end)", str)
    _plain(verbs, "say", "let a phone or a far end speak", who, ("audio", "FILE", Path))
    _plain(verbs, "press", "let a phone or a far end press keys", who, ("digits", "0-9, *, #", str))
    _plain(verbs, "ignore", "let nobody answer a phone by itself any more", phone)
    answer = verbs.add_parser("answer", help="let a phone be answered by itself whenever it rings")
    answer.add_argument("phone", help="fxs1, fxs2, ...")
    answer.add_argument("--after", type=float, metavar="S", help="of ringing (2)")
    _add_voice(answer, "what is said after lifting")
    answer.set_defaults(show=show_answer)


def _add_line_verbs(verbs: Verbs) -> None:
    line = ("line", "fxo1, fxo2, ...", str)
    _plain(verbs, "hangup", "let the far end of a line hang up", line)
    _plain(verbs, "unplug", "pull a line's plug", line)
    _plain(verbs, "plug", "put it back", line)
    _plain(verbs, "polarity", "swap the wires of a line", line)
    muted = ("who", "a line, or a channel of a span", str), ("is_on", "on or off", _switch)
    _plain(verbs, "mute", "lose what the far end of a talk says, or no more", *muted)
    slot = ("slot", "1, 2, ...", int)
    _plain(verbs, "pull", "pull a card out of its slot", slot)
    _plain(verbs, "insert", "put a card into an empty slot", slot, ("card", "fxo4, fxs4, fxo2fxs2", str))
    noise = verbs.add_parser("noise", help="put garbage on a line")
    noise.add_argument("line", help="fxo1, fxo2, ...")
    noise.add_argument("--dbm0", type=float, help="level (-20)")
    noise.add_argument("--seconds", type=float, help="how long (2)")
    noise.set_defaults(show=show_plain, sends=("line", "dbm0", "seconds"))


def _add_span_verbs(verbs: Verbs) -> None:
    span = ("span", "span1, span2, ...", str)
    _plain(verbs, "cut", "cut a span's cable", span)
    _plain(verbs, "mend", "mend it", span)
    for name, text in (
        ("ais", "let the far end send all ones"),
        ("rai", "let the far end say that it is deaf"),
        ("frames", "off: let the far end send no framing words"),
        ("multiframes", "off: let the far end send no multiframes"),
    ):
        _plain(verbs, name, text, span, ("is_on", "on or off", _switch))
    _plain(verbs, "dlink", "let nothing pass on a D-channel", span, ("is_up", "up or down", _switch))
    _plain(verbs, "loss", "lose frames of a D-channel", span, ("percent", "of all", float))
    _plain(verbs, "corruption", "damage frames of a D-channel", span, ("percent", "of all", float))
    _plain(verbs, "slip", "lose frames because clocks differ", span, ("times", "how many", int))
    line = ("line", "span1-5; restart also takes span1", str)
    _plain(verbs, "restart", "set a channel or a span back to idle", line)
    _plain(verbs, "block", "the exchange takes a channel away", line, ("is_on", "on or off", _switch))
    _plain(verbs, "clear", "let the exchange end a call", line, ("cause", "of Q.850", int))
    errors = verbs.add_parser("errors", help="let the framer count errors")
    errors.add_argument("span", help="span1, span2, ...")
    for kind in ("code", "crc", "frame", "far"):
        errors.add_argument(f"--{kind}", type=int, metavar="N")
    errors.set_defaults(show=show_plain, sends=("span", "code", "crc", "frame", "far"))


def _switch(text: str) -> bool:
    if text not in ("on", "off", "up", "down"):
        raise ValueError(text)
    return text in ("on", "up")


def _add_subscriber(verbs: Verbs) -> None:
    subscriber = verbs.add_parser("subscriber", help="say who answers a number that the box dials")
    subscriber.add_argument("number")
    subscriber.add_argument("--after", type=float, metavar="S", help="answers after (11 = three rings)")
    subscriber.add_argument("--never", action="store_true", help="does not answer")
    subscriber.add_argument("--busy", action="store_true")
    subscriber.add_argument("--congested", action="store_true", help="no way to this number")
    subscriber.add_argument("--cause", type=int, help="refused with this cause of Q.850")
    subscriber.add_argument("--says", type=Path, metavar="FILE", help="said before it is refused, on a span")
    _add_voice(subscriber, "what is said")
    subscriber.add_argument("--record", type=Path, metavar="FILE", help="keep what is heard")
    subscriber.set_defaults(show=show_subscriber)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb; 0 = done, 1 = refused, with the reason on stderr."""
    args = _parser().parse_args(argv)
    try:
        with LabClient(args.control) as client:
            args.show(client, args)
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1
    except (BrokenPipeError, ConnectionError):
        print("lab: the emulator ended", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
