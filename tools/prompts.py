"""Make the standard prompts and the music on hold: `python -m tools.prompts`.

The voices are drafts (flite for English, espeak-ng for Mandarin), clear enough to work with and to test by,
not pleasant: natural voices are to replace them. From firmware/prompts/catalogue.toml and tools/folk_tune.py.
Results, never committed: firmware/prompts/audio/{zh,en}/NAME.wav, 8 kHz 16-bit mono. Only changes are made.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from firmware.prompts import catalogue
from firmware.text import Language, Text
from tools import folk_tune, sound

ROOT = Path(__file__).resolve().parent.parent
AUDIO = ROOT / "firmware/prompts/audio"
SPEECH_DBM0 = -16.0
# espeak-ng: 150 words a minute and a lower pitch than its default are easier to follow on a telephone
VOICES: dict[Language, tuple[str, ...]] = {
    Language.ZH: ("espeak-ng", "-v", "cmn", "-s", "150", "-p", "45", "-w", "{file}", "{text}"),
    Language.EN: ("flite", "-voice", "slt", "-o", "{file}", "-t", "{text}"),
}


@dataclass(frozen=True, slots=True)
class Recording:
    """One file to make: its place below the audio folder, a key that changes with its sources, and how."""

    place: str
    key: str
    render: Callable[[], sound.Samples]


class PromptError(Exception):
    """A prompt cannot be made; the message says which and why."""


def wanted(spoken: Mapping[str, Text]) -> list[Recording]:
    """List what should exist: each text in each language, and the music and the beep beside them."""
    found = []
    for name, text in spoken.items():
        found += [_spoken(name, language, text.in_(language)) for language in Language]
    tune = _digest(Path(folk_tune.__file__).read_text("utf-8"))
    for language in Language:
        found.append(Recording(f"{language}/music.wav", tune, folk_tune.music))
        found.append(Recording(f"{language}/beep.wav", tune, folk_tune.beep))
    return found


def make(recordings: list[Recording], folder: Path, say: Callable[[str], None]) -> int:
    """Make what is missing or changed, remove what is wanted no more.

    gives   number of files made
    raises  PromptError if a voice fails
    """
    manifest = folder / "manifest.json"
    made: dict[str, str] = json.loads(manifest.read_text("utf-8")) if manifest.exists() else {}
    due = [r for r in recordings if made.get(r.place) != r.key or not (folder / r.place).exists()]
    with ThreadPoolExecutor() as pool:
        jobs = {pool.submit(_write, recording, folder): recording for recording in due}
        for count, job in enumerate(as_completed(jobs), 1):
            job.result()
            say(f"{count}/{len(due)} {jobs[job].place}")
    for stale in set(made) - {r.place for r in recordings}:
        (folder / stale).unlink(missing_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    keys = {recording.place: recording.key for recording in recordings}
    manifest.write_text(json.dumps(keys, indent=1, sort_keys=True) + "\n", "utf-8")
    return len(due)


def speak(language: Language, text: str) -> sound.Samples:
    """Let the language's voice say a text, trimmed, levelled, faded.

    raises  PromptError with what the voice printed
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "voice.wav"
        command = [word.format(file=file, text=text) for word in VOICES[language]]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        except FileNotFoundError:
            raise PromptError(f"{command[0]} is not installed: run tools/setup.sh") from None
        if done.returncode or not file.exists():
            raise PromptError(f"{command[0]} failed on {text!r}: {done.stderr.strip()}")
        raw, rate_hz = sound.read_wav(file)
    voice = sound.trimmed(sound.to_telephone(raw, rate_hz))
    if not len(voice):
        raise PromptError(f"{command[0]} says nothing for {text!r}")
    return sound.faded(sound.at_level(voice, SPEECH_DBM0))


def main(arguments: list[str] | None = None) -> int:
    """Make the prompts of the product."""
    parser = argparse.ArgumentParser(prog="tools.prompts", description="Make the prompts and music on hold.")
    parser.add_argument("--force", action="store_true", help="make all again")
    options = parser.parse_args(arguments)
    if options.force:
        (AUDIO / "manifest.json").unlink(missing_ok=True)
    begin = time.monotonic()
    try:
        count = make(wanted(catalogue.spoken()), AUDIO, _progress)
    except PromptError as error:
        print(f"prompts: {error}", file=sys.stderr)
        return 1
    print(f"prompts: {count} made in {time.monotonic() - begin:.1f} s, in {AUDIO.relative_to(ROOT)}")
    return 0


def _spoken(name: str, language: Language, text: str) -> Recording:
    key = _digest(json.dumps([VOICES[language], SPEECH_DBM0, text, Path(sound.__file__).read_text("utf-8")]))
    return Recording(f"{language}/{name}.wav", key, lambda: speak(language, text))


def _write(recording: Recording, folder: Path) -> None:
    sound.write_wav(folder / recording.place, recording.render())


def _progress(line: str) -> None:
    if sys.stdout.isatty():
        print(f"\r\033[Kprompts: {line}", end="\r", flush=True)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:20]


if __name__ == "__main__":
    sys.exit(main())
