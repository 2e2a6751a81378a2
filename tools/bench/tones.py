"""False alarms of the call-progress detectors: hours of speech and music from Debian packages.

    python -m tools.bench.tones [--zones]

Each sound is heard as it is and at other speeds, so that its pitches and rhythms fall on other values. What
is not installed is left out, and the table says what was there. `--zones` listens with every zone's tones,
not only China's.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

import cext
from firmware import countries
from firmware.media.engine import tone_specs
from tools.tonescan import resample

Samples = NDArray[np.float64]
SPEEDS = (0.86, 0.93, 1.0, 1.08, 1.16)
LEVEL = 0.1  # rms of what is fed: -17 dBm0
NOT_SPEECH = "sine"  # of codec2-examples: tones indeed
HANG_UP = ("busy", "congestion")


@dataclass(frozen=True, slots=True)
class Source:
    """Sounds of a Debian package."""

    package: str
    kind: str  # speech or music
    pattern: str  # below /usr/share


SOURCES = (
    *(
        Source(f"asterisk-core-sounds-{code}-wav", "speech", f"asterisk/sounds/{folder}/**/*.wav")
        for code, folder in (
            ("en", "en_US_f_Allison"),
            ("es", "es_MX_f_Allison"),
            ("fr", "fr_CA_f_June"),
            ("it", "it_IT_m_Carlo"),
            ("ru", "ru_RU_f_IvrvoiceRU"),
        )
    ),
    Source("codec2-examples", "speech", "codec2/raw/*.raw"),
    Source("pocketsphinx-testdata", "speech", "pocketsphinx/test/data/**/*.raw"),
    Source("pocketsphinx-testdata", "speech", "pocketsphinx/test/data/**/*.wav"),
    Source("wesnoth-1.16-music", "music", "games/wesnoth/1.16/data/core/music/*.ogg"),
    Source("extremetuxracer-data", "music", "games/extremetuxracer/music/*.ogg"),
    Source("frozen-bubble-data", "music", "games/frozen-bubble/snd/*.ogg"),
)


@dataclass(slots=True)
class Tally:
    """What was heard in the sounds of one package."""

    package: str
    kind: str
    seconds: float = 0.0
    hits: Counter[str] = field(default_factory=Counter)


def read(path: Path) -> Samples:
    """Return a sound at 8 kHz, mono, at the level that is fed."""
    if path.suffix == ".raw":
        rate_hz = 16000 if "pocketsphinx" in path.parts else 8000
        samples = np.fromfile(path, dtype="<i2").astype(np.float64) / 32768
    else:
        samples, rate_hz = soundfile.read(path, dtype="float64", always_2d=True)
        samples = samples.mean(axis=1)
    if not len(samples):
        return np.zeros(0)
    samples = resample(samples, rate_hz)
    rms = float(np.sqrt(np.mean(samples**2)))
    return samples * (LEVEL / rms) if rms > 1e-4 else samples


def at_speeds(samples: Samples, speeds: Sequence[float]) -> Iterator[bytes]:
    """Give the octets of a sound at each speed."""
    at = np.arange(len(samples))
    for speed in speeds:
        where = np.arange(0, max(len(samples) - 1, 0), speed)
        played = np.interp(where, at, samples) if len(where) else samples
        yield cext.alaw_encode(np.clip(np.rint(played * 32768), -32768, 32767).astype("<i2").tobytes())


def false_hits(octets: bytes, lists: Sequence[Sequence[cext.ToneSpec]]) -> Counter[str]:
    """Count the tones that begin where there are none, for all lists together."""
    found: Counter[str] = Counter()
    for tones in lists:
        detector = cext.Detector(tones, dtmf=False, caller_id=False)
        events = detector.feed(octets)
        found.update(event.tone for event in events if event.kind is cext.EventKind.TONE_BEGIN)
    return found


def measure(zones: bool = False, speeds: Sequence[float] = SPEEDS) -> list[Tally]:
    """Listen to everything that is installed; China's tones, or those of every zone."""
    codes = tuple(countries.zones()) if zones else ("cn",)
    lists = [tone_specs(countries.zone(code)) for code in codes]
    tallies: dict[str, Tally] = {}
    for source in SOURCES:
        for path in sorted(Path("/usr/share").glob(source.pattern)):
            if path.name.startswith(NOT_SPEECH):
                continue
            tally = tallies.setdefault(source.package, Tally(source.package, source.kind))
            for octets in at_speeds(read(path), speeds):
                tally.seconds += len(octets) / cext.SAMPLE_RATE_HZ
                tally.hits += false_hits(octets, lists)
    return list(tallies.values())


def show(tallies: Sequence[Tally]) -> None:
    """Print a table."""
    for tally in tallies:
        heard = ", ".join(f"{name} {count}" for name, count in sorted(tally.hits.items())) or "none"
        print(f"{tally.package:34} {tally.kind:7} {tally.seconds / 3600:6.2f} h   {heard}")
    for kind in ("speech", "music"):
        hours = sum(tally.seconds for tally in tallies if tally.kind == kind) / 3600
        hits = sum((tally.hits for tally in tallies if tally.kind == kind), Counter[str]())
        hang_ups = sum(hits[name] for name in HANG_UP)
        print(f"{'all ' + kind:42} {hours:6.2f} h   hang-up tones {hang_ups}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="bench_tones", description="False alarms of the tone detectors.")
    parser.add_argument("--zones", action="store_true", help="with every zone's tones")
    show(measure(parser.parse_args(arguments).zones))
    return 0


if __name__ == "__main__":
    sys.exit(main())
