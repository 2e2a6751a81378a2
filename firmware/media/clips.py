"""Prompts and music in memory, as A-law octets at 8 kHz. The owner's recordings come before the standard
ones.
"""

from __future__ import annotations

import wave
from collections.abc import Mapping
from pathlib import Path

import cext
from firmware.config.models import Config
from firmware.text import Language

STANDARD = Path(__file__).parent.parent / "prompts" / "audio"
ANY_LANGUAGE = ("music", "beep")  # these have no words


class ClipError(Exception):
    """A sound file cannot be used; the message names it."""


def read_alaw(path: Path) -> bytes:
    """Read a mono 16-bit 8 kHz WAV file as A-law octets.

    raises  ClipError naming file and defect
    """
    try:
        with wave.open(str(path), "rb") as file:
            form = (file.getnchannels(), file.getsampwidth(), file.getframerate())
            pcm16 = file.readframes(file.getnframes())
    except (OSError, EOFError, wave.Error) as error:
        raise ClipError(f"{path.name}: {error}") from error
    if form != (1, 2, cext.SAMPLE_RATE_HZ):
        got = f"{form[0]} channels, {form[1] * 8} bit, {form[2]} Hz"
        raise ClipError(f"{path.name}: got {got}, allowed: mono, 16 bit, 8000 Hz")
    return cext.alaw_encode(pcm16)


class Clips:
    """Sound by prompt name and language; files are read when they are first wanted."""

    def __init__(self, owner_folder: Path, standard_folder: Path = STANDARD) -> None:
        self._owner_folder = owner_folder
        self._standard_folder = standard_folder
        self._owner: Mapping[tuple[str, Language], Path] = {}
        self._cache: dict[Path, bytes] = {}

    def configure(self, config: Config) -> None:
        """Take the owner's prompts of these settings."""
        self._owner = {
            (prompt.name, language): self._owner_folder / f"{sha256}.wav"
            for prompt in config.prompts
            for language, sha256 in prompt.files.items()
        }

    def path(self, name: str, language: Language) -> Path | None:
        """Give the file heard under a name: the owner's, the standard one, else either in the other
        language.
        """
        other = Language.EN if language is Language.ZH else Language.ZH
        for wanted in (language, other):
            for path in (self._owner.get((name, wanted)), self._standard(name, wanted)):
                if path is not None and path.is_file():
                    return path
        return None

    def get(self, name: str, language: Language) -> bytes:
        """Give the sound.

        raises  ClipError if there is none, or its file is broken
        """
        path = self.path(name, language)
        if path is None:
            raise ClipError(f"no sound file for prompt {name!r}")
        if path not in self._cache:
            self._cache[path] = read_alaw(path)
        return self._cache[path]

    def _standard(self, name: str, language: Language) -> Path:
        folder = self._standard_folder / (language.value if name not in ANY_LANGUAGE else "zh")
        return folder / f"{name}.wav"
