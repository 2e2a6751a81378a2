"""A prompt spoken into a phone: ring it, say what to do, beep, record until `#` or the phone is put down."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from firmware.call.context import Context
from firmware.call.timers import Timer
from firmware.call.types import Dictated, Record, RecordingKind, RingPhone, StopRecord, StopRingPhone
from firmware.media.actions import Close, Open, Tone
from firmware.text import Language

RING_S = 30.0
LIMIT_S = 120.0


class Progress(StrEnum):
    """How far a dictation is."""

    RINGING = "ringing"
    INSTRUCTING = "instructing"
    RECORDING = "recording"
    DONE = "done"
    FAILED = "failed"


@dataclass(slots=True)
class _Take:
    recording: str
    prompt: str
    language: Language
    port: str
    channel: int
    progress: Progress = Progress.RINGING
    timers: list[Timer] = field(default_factory=list)


class Dictation:
    """The prompts being recorded now, by port of the phone."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._takes: dict[str, _Take] = {}

    def begin(self, prompt: str, language: Language, phone: str) -> str:
        """Ring the phone; gives the recording's id.

        raises  ValueError if the phone is not free
        """
        context = self._context
        port = context.lines.phone_port(phone)
        if port is None or not context.lines.phone_is_free(port):
            raise ValueError(f"phone {phone} is not free")
        take = _Take(context.ids.new(), prompt, language, port, context.lines.channel(port))
        self._takes[port] = take
        take.timers.append(context.after(RING_S, lambda: self._fail(take)))
        context.do(RingPhone(port))
        self._log(take)
        return take.recording

    def lifted(self, port: str) -> bool:
        """The phone was lifted; gives whether it rang for a dictation."""
        take = self._takes.get(port)
        if take is None:
            return False
        _stop(take)
        take.progress = Progress.INSTRUCTING
        self._context.do(Open(take.channel))
        self._context.play(take.channel, ("record-prompt", "beep"), take.language, lambda: self._record(take))
        return True

    def digit(self, port: str, key: str) -> bool:
        """A key was pressed; gives whether the phone is in a dictation."""
        take = self._takes.get(port)
        if take is None:
            return False
        if key == "#" and take.progress is Progress.RECORDING:
            self._save(take)
            self._context.play(take.channel, ("prompt-saved",), take.language, lambda: self._busy(take))
        return True

    def hung_up(self, port: str) -> None:
        """The phone was put down."""
        take = self._takes.pop(port, None)
        if take is None:
            return
        _stop(take)
        if take.progress is Progress.RECORDING:
            self._save(take)
        elif take.progress is not Progress.DONE:
            take.progress = Progress.FAILED
            self._log(take)
        self._context.hush(take.channel)
        self._context.do(Tone(take.channel, None), Close(take.channel))

    def _record(self, take: _Take) -> None:
        take.progress = Progress.RECORDING
        self._log(take)
        take.timers.append(self._context.after(LIMIT_S, lambda: self._save(take)))
        self._context.do(Record(take.channel, take.recording, RecordingKind.PROMPT, ""))

    def _save(self, take: _Take) -> None:
        _stop(take)
        take.progress = Progress.DONE
        self._log(take)
        self._context.do(
            StopRecord(take.channel, take.recording), Dictated(take.recording, take.prompt, take.language)
        )

    def _busy(self, take: _Take) -> None:
        self._context.do(Tone(take.channel, "busy"))

    def _fail(self, take: _Take) -> None:
        del self._takes[take.port]
        take.progress = Progress.FAILED
        self._log(take)
        self._context.do(StopRingPhone(take.port))

    def _log(self, take: _Take) -> None:
        progress = f"prompt.{take.progress.value}"
        self._context.log(progress, prompt=take.prompt, recording=take.recording, spoken=take.language.value)


def _stop(take: _Take) -> None:
    for timer in take.timers:
        timer.cancel()
    take.timers.clear()
