"""Lines in and out of service, and the test ring of a phone."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from firmware.api.core import RestartSpan, RingPhone, SetGroupService, SetLineService
from firmware.api.who import CoreOf, LineKeeper, Viewer

router = APIRouter(prefix="/v1", tags=["lines"])


class Service(BaseModel):
    """Whether a line takes calls."""

    model_config = ConfigDict(extra="forbid")
    in_service: bool


@router.put("/lines/{port}/service", status_code=204)
async def service(port: str, wanted: Service, core: CoreOf, actor: LineKeeper) -> None:
    """Take a line out of service, or back, until the next start."""
    core.command(SetLineService(port, wanted.in_service), actor)


class GroupService(BaseModel):
    """What a group of lines is used for."""

    model_config = ConfigDict(extra="forbid")
    service: Literal["in-service", "drain", "out-of-service"]


@router.put("/groups/{group}/service", status_code=204)
async def group_service(group: str, wanted: GroupService, core: CoreOf, actor: LineKeeper) -> None:
    """Drain a group, take it out of service, or back, until the settings change or the box starts."""
    core.command(SetGroupService(group, wanted.service), actor)


@router.get("/spans")
async def spans(core: CoreOf, _actor: Viewer) -> dict[str, Any]:
    """Give the spans with their channels, as the live picture has them."""
    return {"spans": core.snapshot()["spans"]}


@router.get("/spans/{port}/history")
async def history(port: str, core: CoreOf, _actor: Viewer) -> dict[str, Any]:
    """Give the error seconds of a span by quarters of an hour, oldest first."""
    return {"quarters": core.span_history(port)}


@router.post("/spans/{port}/restart", status_code=204)
async def restart(port: str, core: CoreOf, actor: LineKeeper) -> None:
    """Set the channels that carry no call back to idle, at both ends."""
    core.command(RestartSpan(port), actor)


@router.post("/phones/{number}/ring", status_code=204)
async def ring(number: str, core: CoreOf, actor: LineKeeper) -> None:
    """Ring a phone for a few seconds."""
    core.command(RingPhone(number), actor)
