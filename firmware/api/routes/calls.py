"""Calls and messages: the finished ones of the records, hanging up, listening."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, cast

from fastapi import APIRouter, Query
from fastapi.responses import FileResponse

from firmware.api.core import Actor, Core, HangUp, JsonObject, Refused
from firmware.api.who import CallEnder, CoreOf, Listener, RecordsReader
from firmware.text import Text

router = APIRouter(prefix="/v1", tags=["calls"])
Limit = Annotated[int, Query(ge=1, le=500)]
_NO_CALL = Text(zh="没有这个通话。请刷新列表。", en="There is no such call. Load the list again.")
_NO_RECORDING = Text(
    zh="没有录音：录音可能已关闭，或已按保存期限删除。",
    en="There is no recording: recording may be off, or its keeping time is over.",
)


@router.get("/calls")
async def calls(
    core: CoreOf, _actor: RecordsReader, limit: Limit = 50, before: str | None = None
) -> dict[str, Any]:
    """List finished calls, newest first; `before` is the id of the last one of the page before."""
    return {"calls": core.records.calls(limit, before)}


@router.get("/calls/{call}")
async def call(call: str, core: CoreOf, _actor: RecordsReader) -> dict[str, Any]:
    """Give one finished call with its legs, segments, events and recordings."""
    return dict(_found(core, call))


@router.post("/calls/{call}/hang-up", status_code=204)
async def hang_up(call: str, core: CoreOf, actor: CallEnder) -> None:
    """End a call in progress."""
    core.command(HangUp(call), actor)


@router.get("/calls/{call}/recording", response_class=FileResponse)
async def call_recording(call: str, core: CoreOf, actor: Listener) -> FileResponse:
    """Give a call's first recording as a WAV file. Who listened is written to the audit."""
    recordings = cast("Sequence[JsonObject]", _found(core, call)["recordings"])
    if not recordings:
        raise Refused("unknown-recording", _NO_RECORDING, "call")
    return _play(core, str(recordings[0]["id"]), actor)


@router.get("/recordings/{recording}", response_class=FileResponse)
async def recording(recording: str, core: CoreOf, actor: Listener) -> FileResponse:
    """Give a recording as a WAV file. Who listened is written to the audit."""
    return _play(core, recording, actor)


@router.get("/messages")
async def messages(core: CoreOf, _actor: RecordsReader, limit: Limit = 50) -> dict[str, Any]:
    """List messages that callers left, newest first."""
    return {"messages": core.records.messages(limit)}


@router.post("/messages/{message}/heard", status_code=204)
async def heard(message: str, core: CoreOf, actor: Listener) -> None:
    """Mark a message as heard; the first who heard it stays noted."""
    core.records.message_heard(message, actor)
    core.audit(actor, "message.heard", {"message": message})


def _found(core: Core, call: str) -> JsonObject:
    row = core.records.call(call)
    if row is None:
        raise Refused("unknown-call", _NO_CALL, "call")
    return row


def _play(core: Core, recording: str, actor: Actor) -> FileResponse:
    path = core.records.recording(recording)
    if path is None:
        raise Refused("unknown-recording", _NO_RECORDING, "recording")
    core.audit(actor, "recording.listen", {"recording": recording})
    return FileResponse(path, media_type="audio/wav", filename=f"{recording}.wav")
