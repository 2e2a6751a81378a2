"""Print what the engine's detectors hear in audio files.

    python -m tools.tonescan FILE... [--law alaw|ulaw|pcm] [--json] [--zone CODE] [--learn]

A WAV says its own coding (PCM, A-law, u-law, float), rate and channels; anything else is raw at 8 kHz, A-law
unless --law says otherwise (pcm: 16 bits, little-endian). Detectors, thresholds and tones are the product's.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import gcd
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

import cext
from firmware import countries
from firmware.media.engine import tone_specs

COUNTRY = "cn"
Samples = NDArray[np.float64]  # full scale = 1.0

ENDS = {cext.EventKind.DIGIT_END, cext.EventKind.TONE_END, cext.EventKind.CALLER_ID}
LAWS: dict[str, Callable[[bytes], bytes]] = {
    "alaw": cext.alaw_decode,
    "ulaw": cext.ulaw_decode,
    "pcm": lambda octets: octets,
}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something heard."""

    file: str
    channel: int  # from 0
    time: float  # s, begin
    type: str  # dtmf, tone, caller-id
    what: str  # digit, name of the tone, message in hexadecimal
    duration_ms: float
    level_dbm0: float

    def as_json(self) -> str:
        """Return one line."""
        key = {"dtmf": "digit", "tone": "tone", "caller-id": "data"}[self.type]
        fields = {
            "file": self.file,
            "channel": self.channel,
            "time": self.time,
            "type": self.type,
            key: self.what,
            "duration_ms": self.duration_ms,
            "level_dbm0": self.level_dbm0,
        }
        return json.dumps(fields, ensure_ascii=False)

    def as_row(self) -> str:
        """Return a line of the table."""
        return (
            f"{self.time:10.3f} s  ch {self.channel}  {self.type:9}  {self.what:12}  "
            f"{self.duration_ms:8.1f} ms  {self.level_dbm0:6.1f} dBm0"
        )


def product_tones(code: str = COUNTRY) -> list[cext.ToneSpec]:
    """Return a zone's tones as the box gives them to the engine."""
    return tone_specs(countries.zone(code))


def resample(samples: Samples, rate_hz: int) -> Samples:
    """Bring samples to 8 kHz with a windowed-sinc filter that passes 3.5 kHz.

    raises  ValueError for a rate the filter cannot reach with sensible effort
    """
    if rate_hz == cext.SAMPLE_RATE_HZ:
        return samples
    if not 4000 <= rate_hz <= 192000:
        raise ValueError(f"sample rate {rate_hz} Hz: allowed are 4000..192000 Hz")
    common = gcd(rate_hz, cext.SAMPLE_RATE_HZ)
    up, down = cext.SAMPLE_RATE_HZ // common, rate_hz // common
    half = 32 * max(up, down)
    at = np.arange(-half, half + 1)
    cut = 0.96 / max(up, down)
    taps = cut * np.sinc(cut * at) * np.kaiser(len(at), 7.0) * up
    count = -(-len(samples) * up // down)
    out = np.empty(count)
    padded = np.concatenate([np.zeros(half // up + 1), samples, np.zeros(half // up + 1)])
    for phase in range(min(up, count)):
        _fill_phase(out, padded, taps, (up, down, phase))
    return out


def _fill_phase(out: Samples, padded: Samples, taps: Samples, step: tuple[int, int, int]) -> None:
    """Compute every up-th output sample, beginning with `phase`: they share a set of taps."""
    up, down, phase = step
    half = len(taps) // 2
    first = (phase * down + half) // up  # newest input under the filter
    branch = taps[(phase * down + half) - first * up :: up]
    where = first + half // up + 1 + down * np.arange(len(out[phase::up]))
    window = np.zeros(len(where))
    for k, tap in enumerate(branch):
        index = where - k
        good = (index >= 0) & (index < len(padded))
        window[good] += tap * padded[index[good]]
    out[phase::up] = window


def read_wav(path: Path) -> list[Samples]:
    """Return the channels of a WAV file at 8 kHz; raises ValueError or soundfile's error for a broken one."""
    samples, rate_hz = soundfile.read(path, dtype="float64", always_2d=True)
    if len(samples) == 0:
        raise ValueError("no samples in it")
    return [resample(np.nan_to_num(samples[:, i]), rate_hz) for i in range(samples.shape[1])]


def read_raw(path: Path, law: str) -> list[Samples]:
    """Return the samples of a raw 8 kHz file as its only channel; raises ValueError for half a sample."""
    octets = path.read_bytes()
    if not octets:
        raise ValueError("the file is empty")
    if law == "pcm" and len(octets) % 2:
        raise ValueError(f"{len(octets)} octets: 16-bit samples need an even number")
    return [np.frombuffer(LAWS[law](octets), dtype="<i2").astype(np.float64) / 32768]


def pcm16_of(samples: Samples) -> bytes:
    """Round and saturate to 16 bits."""
    return np.clip(np.rint(samples * 32768), -32768, 32767).astype("<i2").tobytes()


def hear(samples: Samples, zone: str = COUNTRY) -> Iterator[cext.Event]:
    """Run the product's detectors and give what ended, by time of its begin."""
    detector = cext.Detector(product_tones(zone))
    pcm16 = pcm16_of(samples)
    events = [event for event in detector.feed_pcm16(pcm16) + detector.finish() if event.kind in ENDS]
    return iter(sorted(events, key=begin_s))


def begin_s(event: cext.Event) -> float:
    """Return when something that ended (or a caller ID, which is dated at its begin) began, in seconds."""
    begin = event.at_smp / cext.SAMPLE_RATE_HZ
    return begin if event.kind is cext.EventKind.CALLER_ID else begin - event.duration_ms / 1000


def finding_of(file: str, channel: int, event: cext.Event) -> Finding:
    """Describe an event."""
    types = {cext.EventKind.DIGIT_END: "dtmf", cext.EventKind.TONE_END: "tone"}
    return Finding(
        file=file,
        channel=channel,
        time=round(max(begin_s(event), 0.0), 4),
        type=types.get(event.kind, "caller-id"),
        what=event.digit or event.tone or event.data.hex(),
        duration_ms=round(event.duration_ms, 1),
        level_dbm0=round(event.level_dbm0, 1),
    )


def scan(path: Path, law: str = "alaw", zone: str = COUNTRY) -> list[Finding]:
    """Return what is heard in a file, channel by channel; raises OSError, ValueError or soundfile's error."""
    channels = read_wav(path) if is_wav(path) else read_raw(path, law)
    heard = ((i, event) for i, samples in enumerate(channels) for event in hear(samples, zone))
    return [finding_of(str(path), i, event) for i, event in heard]


def learn(path: Path, law: str = "alaw") -> list[cext.LearnedTone | None]:
    """Say what unknown tone each channel of a file holds; raises as `scan`."""
    channels = read_wav(path) if is_wav(path) else read_raw(path, law)
    return [cext.learn_tone(cext.alaw_encode(pcm16_of(samples))) for samples in channels]


def learned_row(channel: int, tone: cext.LearnedTone | None) -> str:
    """Return what was learned as a line of the table, in the form of firmware/countries/tones.toml."""
    if tone is None:
        return f"    ch {channel}  no tone"
    cadence = ": " + " ".join(str(ms) for ms in tone.cadence_ms) if tone.cadence_ms else ""
    text = "+".join(f"{hz:.0f}" for hz in tone.freqs_hz) + cadence
    return f'    ch {channel}  "{text}"  {tone.level_dbm0:.1f} dBm0  confidence {tone.confidence:.2f}'


def is_wav(path: Path) -> bool:
    """Tell a WAV by its name, or by its first octets."""
    with path.open("rb") as file:
        head = file.read(12)
    return path.suffix.lower() in {".wav", ".wave"} or (
        head[:4] in {b"RIFF", b"RIFX"} and head[8:] == b"WAVE"
    )


def show(findings: Iterable[Finding], path: Path, as_json: bool) -> None:
    """Print the findings of a file."""
    lines = [finding.as_json() if as_json else finding.as_row() for finding in findings]
    if not as_json:
        lines = [str(path), *(lines or ["    nothing heard"])]
    for line in lines:
        print(line)


def main(arguments: Sequence[str] | None = None) -> int:
    """Scan the files; 1 if one of them could not be read."""
    parser = argparse.ArgumentParser(prog="tonescan", description="Print what the box hears in audio files.")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument(
        "--law", choices=sorted(LAWS), default="alaw", help="coding of raw files (default alaw)"
    )
    parser.add_argument("--zone", choices=sorted(countries.zones()), default=COUNTRY, metavar="CODE")
    parser.add_argument("--learn", action="store_true", help="say what unknown tone the file holds")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    options = parser.parse_args(arguments)
    result = 0
    for path in options.files:
        try:
            if options.learn:
                rows = [learned_row(i, tone) for i, tone in enumerate(learn(path, options.law))]
                print("\n".join([str(path), *rows]))
                continue
            findings = scan(path, options.law, options.zone)
        except (OSError, ValueError, soundfile.SoundFileError) as error:
            print(f"tonescan: {path}: {error}", file=sys.stderr)
            result = 1
            continue
        show(findings, path, options.json)
    return result


if __name__ == "__main__":
    sys.exit(main())
