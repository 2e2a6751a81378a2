"""Count what the person-or-machine detector makes of recorded greetings.

    python -m tools.greetings machine|person PATH... [--list]

A PATH is a sound file that SoX reads, or a folder of such; each file is one greeting. It begins half a second
after the answer, at -30, -22 and -14 dBm0 by turns, on a line with noise of -60 dBm0, and is followed by
silence: whoever called is silent too.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import cext
from tools.talkoff import files, read

LEVELS_DBM0 = (-30.0, -22.0, -14.0)
NOISE_DBM0 = -60.0
BEFORE_SMP, AFTER_SMP = 4000, 9 * 8000
FULL_DBM0 = 3.14
VERDICTS = (cext.EventKind.PERSON, cext.EventKind.MACHINE, cext.EventKind.UNSURE)


def amplitude(dbm0: float) -> float:
    """Return the RMS of a sine of this level, in steps of 16 bits."""
    return float(32768 * 10 ** ((dbm0 - FULL_DBM0) / 20) / np.sqrt(2))


def on_a_line(greeting: NDArray[np.int16], dbm0: float, seed: int) -> bytes:
    """Return it as 16-bit samples; the level is that of its louder half."""
    samples = greeting.astype(np.float64)
    loud = samples[np.abs(samples) >= np.median(np.abs(samples))]
    samples *= amplitude(dbm0) / np.sqrt(np.mean(loud**2))
    line = np.concatenate([np.zeros(BEFORE_SMP), samples, np.zeros(AFTER_SMP)])
    line += np.random.default_rng(seed).normal(0, amplitude(NOISE_DBM0), len(line))
    octets = cext.alaw_encode(np.clip(np.rint(line), -32768, 32767).astype("<i2").tobytes())
    return cext.alaw_decode(octets)


def verdict(pcm16: bytes) -> str:
    """Return person, machine, unsure, or none."""
    listener = cext.Listener(voice=False, machine=True)
    found = [event.kind.name.lower() for event in listener.feed_pcm16(pcm16) if event.kind in VERDICTS]
    return found[0] if found else "none"


def main(arguments: Sequence[str] | None = None) -> int:
    """Count and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("truth", choices=("machine", "person"))
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    parser.add_argument("--list", action="store_true", help="name the files that are not taken for the truth")
    options = parser.parse_args(arguments)
    counts: Counter[str] = Counter()
    for number, path in enumerate(files(options.paths)):
        greeting = read(path, 1.0)
        if greeting is None:
            continue
        said = verdict(on_a_line(greeting, LEVELS_DBM0[number % len(LEVELS_DBM0)], number))
        counts[said] += 1
        if options.list and said != options.truth:
            print(f"  {path}: {said}, {len(greeting) / 8000:.1f} s")
    total = counts.total()
    parts = ", ".join(f"{name} {count} ({100 * count / total:.1f} %)" for name, count in counts.most_common())
    print(f"{options.truth}s: {total} greetings: {parts}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
