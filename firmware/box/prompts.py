"""The owner's prompts: kept by their SHA-256, so that old settings still find what they named."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from firmware.api.core import Actor, PromptRecording, RecordingState, Refused, StoredPrompt
from firmware.box.box import Box
from firmware.call.types import Dictated
from firmware.durable import RealDisk, replace_file
from firmware.prompts import catalogue, convert
from firmware.records.rows import RecordingRow
from firmware.text import Language, Text

OCTETS_PER_S = 16000  # 16 bit at 8 kHz
WAV_HEAD = 44
KEPT_TAKES = 50

BUSY = Text(
    zh="电话不在线、占用或不存在。请挂好电话后重试，或换一部电话。",
    en="The phone is busy, out of service or unknown. Put it on its hook and try again, or take another one.",
)
DISK = Text(zh="无法保存提示音。请检查磁盘空间。", en="The prompt cannot be stored. Check the disk space.")
FAILED = Text(
    zh="没有录到声音。请重新录制，并在提示音后讲话。",
    en="Nothing was recorded. Record again and speak after the tone.",
)


class BoxPrompts:
    """Implements `firmware.api.core.Prompts`."""

    def __init__(self, box: Box, folder: Path) -> None:
        self._box = box
        self._folder = folder / "prompts"
        self._data = folder
        self._takes: dict[str, PromptRecording] = {}
        box.listeners.dictated.append(self._dictated)
        box.journal.on_log.append(lambda now, log: self._follow(log.kind, str(log.data.get("recording", ""))))

    def store(self, name: str, language: Language, wav: bytes, actor: Actor) -> StoredPrompt:
        """Keep a prompt that `convert.to_prompt` made."""
        return self.keep(wav)

    def keep(self, wav: bytes) -> StoredPrompt:
        """Write a prompt's file.

        raises  Refused if the disk refuses
        """
        sha256 = hashlib.sha256(wav).hexdigest()
        try:
            self._folder.mkdir(exist_ok=True)
            replace_file(RealDisk(), self._folder / f"{sha256}.wav", wav)
        except OSError as error:
            raise Refused("disk-refused", DISK) from error
        return StoredPrompt(sha256, (len(wav) - WAV_HEAD) / OCTETS_PER_S)

    def path(self, name: str, language: Language) -> Path | None:
        return self._box.parts.clips.path(name, language)

    def file(self, sha256: str) -> Path | None:
        path = self._folder / f"{sha256}.wav"
        return path if sha256.isalnum() and path.is_file() else None

    def names(self) -> Sequence[str]:
        return sorted(catalogue.names())

    def record(self, name: str, language: Language, phone: str, actor: Actor) -> PromptRecording:
        """Ring a phone and record what is said."""
        try:
            recording = self._box.dictate(name, language, phone)
        except ValueError as error:
            raise Refused("phone-busy", BUSY, "phone") from error
        take = PromptRecording(recording, name, language, phone, RecordingState.RINGING, None, None)
        self._takes[recording] = take
        while len(self._takes) > KEPT_TAKES:
            del self._takes[next(iter(self._takes))]
        return take

    def recording(self, recording: str) -> PromptRecording | None:
        return self._takes.get(recording)

    def _follow(self, kind: str, recording: str) -> None:
        take = self._takes.get(recording)
        if take is None:
            return
        if kind == "prompt.recording":
            self._takes[recording] = replace(take, state=RecordingState.RECORDING)
        elif kind == "prompt.failed":
            self._fail(take)

    def _fail(self, take: PromptRecording) -> None:
        self._takes[take.recording] = replace(take, state=RecordingState.FAILED, reason=FAILED)

    def _dictated(self, dictated: Dictated, row: RecordingRow) -> None:
        """Convert the recorded file on the writer's thread, then keep it."""
        path = self._data / row.path
        self._box.parts.executor.submit(lambda: _converted(path), lambda wav: self._kept(dictated, wav))

    def _kept(self, dictated: Dictated, wav: bytes) -> None:
        take = self._takes.get(dictated.recording)
        if take is None:
            return
        if not wav:
            self._fail(take)
            return
        stored = self.keep(wav)
        self._takes[take.recording] = replace(take, state=RecordingState.DONE, stored=stored)


def _converted(path: Path) -> bytes:
    """Give the prompt, or nothing if there is no sound in it. The raw recording is removed."""
    try:
        wav = convert.to_prompt(path.read_bytes())
        path.unlink()
        return wav
    except (OSError, convert.ConvertError):
        return b""
