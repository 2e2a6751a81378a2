"""Listen to what people heard: sound, silence, a tone, or a known recording inside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from tools import speech
from tools.scenario.people import Recording
from tools.scenario.text import LineError, Problem, Section, seconds, words
from tools.sound import RATE_HZ, Samples, frame_levels_dbm0

SOUND_DBM0 = -40.0
SILENCE_DBM0 = -50.0
PIECE_S = 1.0
NEEDED_PIECES = 2  # one second can be the same in two prompts: the voice says "hello" in the same way
LIKENESS = 0.6  # of two pieces of sound: 1 = the same, unrelated speech stays below 0.3
_FORMS = (
    "WHO hears [all of] WHAT, WHO never hears WHAT; WHAT: sound, silence, tone HZ, prompt LANGUAGE/NAME, CLIP"
)

FindSound = Callable[[str], Samples]


@dataclass(frozen=True, slots=True)
class Heard:
    """One line of the section.

    what    "sound", "silence", "tone", or the name of a sound
    is_all  every second of it must be there
    """

    line: int
    who: str
    is_never: bool
    is_all: bool
    what: str
    hz: float = 0.0
    from_s: float = 0.0
    to_s: float = float("inf")


def read(section: Section | None) -> tuple[list[Heard], list[Problem]]:
    """Read the section.

    gives  the lines, and what is wrong
    """
    found: list[Heard] = []
    problems: list[Problem] = []
    for line in section.lines if section else ():
        try:
            found.append(_heard(line.number, words(line.text)))
        except LineError as error:
            problems.append(Problem(line.number, str(error)))
    return found, problems


def check(wanted: Sequence[Heard], recordings: Sequence[Recording], find: FindSound) -> list[Problem]:
    """Listen for every line.

    find   gives the samples of a prompt or clip by name
    gives  what was not heard, or should not have been
    """
    return [problem for heard in wanted if (problem := _problem(heard, recordings, find)) is not None]


class Matcher:
    """Finds pieces of sound in a recording, by normalised correlation at every sample."""

    def __init__(self, recording: Samples) -> None:
        longest = round(PIECE_S * RATE_HZ)
        self._length = len(recording)
        self._size = 1 << (len(recording) + longest).bit_length()
        self._spectrum = np.fft.rfft(recording.astype(np.float32), self._size)
        self._energy = np.concatenate([[0.0], np.cumsum(np.square(recording))])

    def likeness(self, piece: Samples) -> float:
        """Give the best likeness of a piece, at most 1 s, with any place of the recording: 0 to 1."""
        n = len(piece)
        if self._length < n or not np.any(piece):
            return 0.0
        product = np.fft.irfft(self._spectrum * np.conj(np.fft.rfft(piece, self._size)), self._size)
        around = np.sqrt(np.maximum(self._energy[n:] - self._energy[:-n], 1e-6))
        return float(np.max(np.abs(product[: len(around)]) / around) / np.linalg.norm(piece))


def heard_pieces(recording: Samples, sound: Samples, enough: int) -> tuple[int, int]:
    """Count the seconds of a sound that are found in a recording, until there are enough.

    gives  found, and all that are not silent
    """
    step = round(PIECE_S * RATE_HZ)
    pieces = [sound[begin : begin + step] for begin in range(0, max(1, len(sound) - step // 2), step)]
    loud = [
        piece for piece in pieces if len(piece) and frame_levels_dbm0(piece).max(initial=-99.0) > SOUND_DBM0
    ]
    matcher = Matcher(recording)
    found = 0
    for piece in loud:
        found += matcher.likeness(piece) >= LIKENESS
        if found >= enough:
            break
    return found, len(loud)


def tone_share(recording: Samples, hz: float) -> float:
    """Give the part of the loud 100 ms frames whose energy lies at a frequency, +-20 Hz."""
    n = RATE_HZ // 10
    frames = recording[: len(recording) // n * n].reshape(-1, n)
    power = np.square(np.abs(np.fft.rfft(frames * np.hanning(n), axis=1)))
    bins = np.abs(np.fft.rfftfreq(n, 1 / RATE_HZ) - hz) <= 20.0
    loud = np.sqrt(np.mean(np.square(frames), axis=1)) > 10 ** ((SOUND_DBM0 - 3.14) / 20) / np.sqrt(2)
    share = power[:, bins].sum(axis=1) / np.maximum(power.sum(axis=1), 1e-12)
    return float(np.mean(share[loud] > 0.8)) if loud.any() else 0.0


def _heard(number: int, text: list[str]) -> Heard:
    window = (0.0, float("inf"))
    if len(text) > 4 and text[-4] == "from" and text[-2] == "to":
        begin, end = seconds(text[-3]), seconds(text[-1])
        if begin is None or end is None:
            raise LineError(f"listen: got {' '.join(text[-4:])!r}, allowed: from 0:05 to 0:10")
        window, text = (begin, end), text[:-4]
    who, rest = (text[0], text[1:]) if text else ("", [])
    is_never = rest[:2] == ["never", "hears"]
    rest = rest[2:] if is_never else rest[1:] if rest[:1] == ["hears"] else []
    is_all = rest[:2] == ["all", "of"]
    rest = rest[2:] if is_all else rest
    what, hz = _what(rest)
    return Heard(number, who, is_never, is_all, what, hz, *window)


def _what(text: list[str]) -> tuple[str, float]:
    match text:
        case ["sound" | "silence" as kind]:
            return kind, 0.0
        case ["tone", hz] if seconds(hz):
            return "tone", float(hz)
        case ["prompt", name] if name.count("/") == 1:
            return f"prompt {name}", 0.0
        case [name] if name in speech.CLIPS or name.endswith(".wav"):
            return name, 0.0
    raise LineError(f"listen: got {' '.join(text)!r}, allowed: {_FORMS} ({', '.join(sorted(speech.CLIPS))})")


def _problem(heard: Heard, recordings: Sequence[Recording], find: FindSound) -> Problem | None:
    own = [recording for recording in recordings if recording.who == heard.who]
    if not own:
        there = ", ".join(sorted({recording.who for recording in recordings})) or "nobody"
        return Problem(heard.line, f"listen: {heard.who} heard nothing at all; recordings of: {there}")
    sound = np.concatenate([_window(recording, heard) for recording in own])
    is_heard, found = _judge(heard, sound, find)
    if is_heard is not heard.is_never:
        return None
    verdict = "hears" if is_heard else "does not hear"
    return Problem(heard.line, f"listen: {heard.who} {verdict} {heard.what} ({found})")


def _judge(heard: Heard, sound: Samples, find: FindSound) -> tuple[bool, str]:
    levels = frame_levels_dbm0(sound)
    loudest = float(levels.max(initial=-99.0))
    if heard.what == "silence":
        return (
            loudest < SILENCE_DBM0,
            f"the loudest 20 ms of {len(sound) / RATE_HZ:.1f} s has {loudest:.0f} dBm0",
        )
    if heard.what == "sound":
        return (
            loudest > SOUND_DBM0,
            f"the loudest 20 ms of {len(sound) / RATE_HZ:.1f} s has {loudest:.0f} dBm0",
        )
    if heard.what == "tone":
        share = tone_share(sound, heard.hz)
        return share > 0.1, f"{share:.0%} of what is loud is {heard.hz:g} Hz"
    found, pieces = heard_pieces(sound, find(heard.what), 10**6 if heard.is_all else NEEDED_PIECES)
    needed = pieces if heard.is_all else min(NEEDED_PIECES, pieces)
    return found >= needed > 0, f"{found} of its {pieces} seconds found"


def _window(recording: Recording, heard: Heard) -> Samples:
    sound = read_sound(recording.path)
    begin = max(0, round((heard.from_s - recording.begins_s) * RATE_HZ))
    end = (
        len(sound)
        if heard.to_s == float("inf")
        else max(0, round((heard.to_s - recording.begins_s) * RATE_HZ))
    )
    return sound[begin:end]


def read_sound(path: Path) -> Samples:
    """Read the first channel of a sound file of 8 kHz (PCM, A-law, u-law)."""
    samples, _rate = soundfile.read(path, dtype="float64", always_2d=True)
    return np.asarray(samples[:, 0])
