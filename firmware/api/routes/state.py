"""The live picture: once, or as a stream of server-sent events."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from firmware.api.stream import Streams
from firmware.api.who import CoreOf, Viewer

router = APIRouter(tags=["state"])


@router.get("/v1/state")
async def state(core: CoreOf, _actor: Viewer) -> dict[str, Any]:
    """Give lines, phones, queues, agents and calls as they are now."""
    return dict(core.snapshot())


@router.get("/v1/state/stream")
async def stream(request: Request, core: CoreOf, _actor: Viewer, changes: bool = False) -> StreamingResponse:
    """Send the live picture now and after changes, or only what changed; `: ` lines are heartbeats."""
    streams: Streams = request.app.state.streams
    return StreamingResponse(
        streams.open(core, only_changes=changes),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store"},
    )
