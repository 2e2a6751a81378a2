"""Count digits that the DTMF receiver hears where there are none: speech, music, anything recorded.

    python -m tools.talkoff PATH... [--speeds 0.9,1.1] [--peer] [--list]

A PATH is a sound file that SoX reads (wav, ogg, flac, ...), a .raw or .sw file (16 bits, 8 kHz), or a
folder of such. Each is made mono at 8 kHz and as loud as A-law can carry (that is the worst case), coded,
and heard by the product's receiver with its usual limits. Copies at other speeds (which move the pitch) are
counted apart: they are not new hours. --peer counts libspandsp's receiver, with its dial-tone filter, on
the same octets.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import cext
from tools.bench import dsp as bench_dsp

SOUNDS = {".wav", ".ogg", ".oga", ".flac", ".mp3", ".opus", ".aiff", ".au"}
RAW = {".raw", ".sw"}
SOX_TIMEOUT_S = 300
OUT = ("-t", "raw", "-e", "signed", "-b", "16", "-c", "1", "-r", "8000", "-")


@dataclass(slots=True)
class Count:
    """Hits on one kind of material."""

    seconds: float = 0.0
    digits: Counter[str] = field(default_factory=Counter)
    peer_hits: int = 0

    @property
    def hits(self) -> int:
        """How many digits were heard."""
        return self.digits.total()

    def row(self, name: str, has_peer: bool) -> str:
        """Return a line of the table."""
        hours = self.seconds / 3600
        text = f"{name:14} {hours:8.3f} h  {self.hits:5} hits  {self.hits / max(hours, 1e-9):8.2f} per hour"
        if has_peer:
            rate = self.peer_hits / max(hours, 1e-9)
            text += f"   libspandsp {self.peer_hits:5} hits  {rate:8.2f} per hour"
        return text + (f"   {dict(sorted(self.digits.items()))}" if self.digits else "")


def files(paths: Sequence[Path]) -> Iterator[Path]:
    """Give the sound files of files and folders; raises FileNotFoundError for a path that is not there."""
    for path in paths:
        if not path.exists():
            raise FileNotFoundError(f"{path}: no such file or folder")
        found = sorted(path.rglob("*")) if path.is_dir() else [path]
        yield from (p for p in found if p.is_file() and (path.is_file() or p.suffix.lower() in SOUNDS | RAW))


def read(path: Path, speed: float) -> NDArray[np.int16] | None:
    """Return a file as loud 8 kHz mono, or None for one that SoX cannot read or that is silent."""
    raw = ("-t", "raw", "-e", "signed", "-b", "16", "-c", "1", "-r", "8000") if path.suffix in RAW else ()
    command = ["sox", "-V0", "-D", *raw, str(path), *OUT, "speed", str(speed), "gain", "-n", "-0.5"]
    done = subprocess.run(command, capture_output=True, check=False, timeout=SOX_TIMEOUT_S)
    pcm = np.frombuffer(done.stdout[: len(done.stdout) // 2 * 2], "<i2")
    return pcm if done.returncode == 0 and pcm.any() else None


def hits(alaw: bytes) -> list[cext.Event]:
    """Return the digits our receiver hears."""
    detector = cext.Detector([], progress=False, caller_id=False)
    found = detector.feed(alaw) + detector.finish()
    return [event for event in found if event.kind is cext.EventKind.DIGIT_END]


def peer_hits(alaw: bytes) -> int:
    """Return how many digits libspandsp hears."""
    peer_ffi, peer = bench_dsp.load_spandsp()
    pcm = cext.alaw_decode(alaw)
    return int(peer.digits(peer_ffi.from_buffer("int16_t[]", pcm), len(pcm) // 2, 1))


def count_file(path: Path, speed: float, counts: Count, options: argparse.Namespace) -> bool:
    """Hear one file; False if it could not be read."""
    pcm = read(path, speed)
    if pcm is None:
        return False
    alaw = cext.alaw_encode(pcm.tobytes())
    found = hits(alaw)
    counts.seconds += len(pcm) / 8000
    counts.digits.update(event.digit for event in found)
    counts.peer_hits += peer_hits(alaw) if options.peer else 0
    for event in found if options.list else []:
        begin_s = event.at_smp / 8000 - event.duration_ms / 1000
        print(f"  {path} x{speed:g}  {begin_s:9.3f} s  {event.digit}  {event.duration_ms:.0f} ms")
    return True


def main(arguments: Sequence[str] | None = None) -> int:
    """Count and print; 1 if a path is not there or nothing could be read."""
    parser = argparse.ArgumentParser(prog="talkoff", description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    parser.add_argument("--speeds", default="", help="also hear copies at these speeds, e.g. 0.9,1.1")
    parser.add_argument("--peer", action="store_true", help="count libspandsp's receiver as well")
    parser.add_argument("--list", action="store_true", help="say where each hit is")
    options = parser.parse_args(arguments)
    try:
        chosen = list(files(options.paths))
        speeds = [1.0, *(float(text) for text in options.speeds.split(",") if text)]
    except (FileNotFoundError, ValueError) as error:
        print(f"talkoff: {error}", file=sys.stderr)
        return 1
    unread: set[Path] = set()
    total = Count()
    for speed in speeds:
        counts = Count()
        unread |= {path for path in chosen if not count_file(path, speed, counts, options)}
        print(counts.row("as recorded" if speed == 1.0 else f"speed {speed:g}", options.peer), flush=True)
        total.seconds += counts.seconds
    print(f"{len(chosen) - len(unread)} files; silent or not readable: {len(unread)}")
    return 0 if total.seconds else 1


if __name__ == "__main__":
    sys.exit(main())
