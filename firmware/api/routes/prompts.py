"""The owner's prompts: upload, record from a phone, listen.

A stored sound is heard by callers only after the settings name it: set `prompts.NAME.files.LANGUAGE` to its
sha256 in a session and commit.
"""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict

from firmware.api.core import PromptRecording, Refused, StoredPrompt
from firmware.api.wav import MAX_BYTES, inspect
from firmware.api.who import CoreOf, PromptMaker, SettingsReader
from firmware.prompts import convert
from firmware.text import Language, Text

router = APIRouter(prefix="/v1/prompts", tags=["prompts"])
Name = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,32}$")]
_NO_PROMPT = Text(
    zh="没有这个提示音。请先上传或录制。", en="There is no such prompt. Upload or record it first."
)
_NO_SOUND = Text(
    zh="文件里没有可用的声音。请用播放器试听，另存为 WAV 后再上传。",
    en="There is no usable sound in the file. Listen to it, save it as WAV and upload it again.",
)
_FORGOTTEN = Text(zh="没有这次录制。请重新录制。", en="There is no such recording. Record again.")


class FromPhone(BaseModel):
    """The phone to speak into."""

    model_config = ConfigDict(extra="forbid")
    phone: str


@router.get("")
async def names(core: CoreOf, _actor: SettingsReader) -> dict[str, Any]:
    """List the standard prompts."""
    return {"standard": list(core.prompts.names())}


@router.get("/files/{sha256}", response_class=FileResponse)
async def stored(sha256: str, core: CoreOf, _actor: SettingsReader) -> FileResponse:
    """Listen to a stored sound that is not committed yet."""
    path = core.prompts.file(sha256)
    if path is None:
        raise Refused("unknown-prompt", _NO_PROMPT, "sha256")
    return FileResponse(path, media_type="audio/wav")


@router.get("/recordings/{recording}")
async def progress(recording: str, core: CoreOf, _actor: PromptMaker) -> dict[str, Any]:
    """Say how far a recording from a phone is."""
    found = core.prompts.recording(recording)
    if found is None:
        raise Refused("unknown-recording", _FORGOTTEN, "recording")
    return _recording_json(found)


@router.get("/{name}/{language}", response_class=FileResponse)
async def listen(name: Name, language: Language, core: CoreOf, _actor: SettingsReader) -> FileResponse:
    """Give what callers hear now, as a WAV file."""
    path = core.prompts.path(name, language)
    if path is None:
        raise Refused("unknown-prompt", _NO_PROMPT, "name")
    return FileResponse(path, media_type="audio/wav")


@router.post("/{name}/{language}", status_code=201)
async def upload(
    name: Name, language: Language, request: Request, core: CoreOf, actor: PromptMaker
) -> dict[str, Any]:
    """Store a WAV file (the body): PCM, A-law or u-law, mono or stereo, at most 5 MB and 10 minutes."""
    wav = await _body(request)
    inspect(wav)
    try:
        prompt = await asyncio.to_thread(convert.to_prompt, wav)
    except convert.ConvertError as error:
        raise Refused("invalid-sound", _NO_SOUND, "body") from error
    return _stored_json(core.prompts.store(name, language, prompt, actor))


@router.post("/{name}/{language}/record", status_code=202)
async def record(
    name: Name, language: Language, at: FromPhone, core: CoreOf, actor: PromptMaker
) -> dict[str, Any]:
    """Ring a phone and record what is said after the beep, until # or hang-up."""
    return _recording_json(core.prompts.record(name, language, at.phone, actor))


async def _body(request: Request) -> bytes:
    """Read an upload, but never more than what is allowed plus one chunk."""
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > MAX_BYTES:
            break
    return bytes(data)


def _stored_json(stored: StoredPrompt) -> dict[str, Any]:
    return {"sha256": stored.sha256, "duration_s": round(stored.duration_s, 2)}


def _recording_json(recording: PromptRecording) -> dict[str, Any]:
    return {
        "recording": recording.recording,
        "name": recording.name,
        "language": recording.language.value,
        "phone": recording.phone,
        "state": recording.state.value,
        "stored": _stored_json(recording.stored) if recording.stored else None,
        "reason": recording.reason.model_dump() if recording.reason else None,
    }
