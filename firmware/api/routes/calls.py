"""Calls: the finished ones of the records, hanging up, listening."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import FileResponse

from firmware.api.core import HangUp, Refused
from firmware.api.who import CallEnder, CoreOf, Listener, RecordsReader
from firmware.text import Text

router = APIRouter(prefix="/v1", tags=["calls"])
Limit = Annotated[int, Query(ge=1, le=500)]
_NO_CALL = Text(zh="没有这个通话。请刷新列表。", en="There is no such call. Load the list again.")
_NO_RECORDING = Text(
    zh="这个通话没有录音：录音可能已关闭，或已按保存期限删除。",
    en="This call has no recording: recording may be off, or its keeping time is over.",
)


@router.get("/calls")
async def calls(
    core: CoreOf, _actor: RecordsReader, limit: Limit = 50, before: str | None = None
) -> dict[str, Any]:
    """List finished calls, newest first; `before` is the `started_utc` of the last one seen."""
    return {"calls": core.records.calls(limit, before)}


@router.get("/calls/{call}")
async def call(call: str, core: CoreOf, _actor: RecordsReader) -> dict[str, Any]:
    """Give one finished call."""
    row = core.records.call(call)
    if row is None:
        raise Refused("unknown-call", _NO_CALL, "call")
    return dict(row)


@router.get("/messages")
async def messages(
    core: CoreOf, _actor: RecordsReader, limit: Limit = 50, before: str | None = None
) -> dict[str, Any]:
    """List messages that callers left, newest first."""
    return {"messages": core.records.messages(limit, before)}


@router.post("/calls/{call}/hang-up", status_code=204)
async def hang_up(call: str, core: CoreOf, actor: CallEnder) -> None:
    """End a call in progress."""
    core.command(HangUp(call), actor)


@router.get("/calls/{call}/recording", response_class=FileResponse)
async def recording(call: str, core: CoreOf, actor: Listener) -> FileResponse:
    """Give the recording as a WAV file. Who listened is written to the audit."""
    path = core.records.recording(call)
    if path is None or not path.is_file():
        raise Refused("unknown-recording", _NO_RECORDING, "call")
    core.audit(actor, "recording.listen", {"call": call})
    return FileResponse(path, media_type="audio/wav", filename=f"{call}.wav")
