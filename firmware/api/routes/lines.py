"""Lines in and out of service, and the test ring of a phone."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from firmware.api.core import RingPhone, SetLineService
from firmware.api.who import CoreOf, LineKeeper

router = APIRouter(prefix="/v1", tags=["lines"])


class Service(BaseModel):
    """Whether a line takes calls."""

    model_config = ConfigDict(extra="forbid")
    in_service: bool


@router.put("/lines/{port}/service", status_code=204)
async def service(port: str, wanted: Service, core: CoreOf, actor: LineKeeper) -> None:
    """Take a line out of service, or back, until the next start."""
    core.command(SetLineService(port, wanted.in_service), actor)


@router.post("/phones/{number}/ring", status_code=204)
async def ring(number: str, core: CoreOf, actor: LineKeeper) -> None:
    """Ring a phone for a few seconds."""
    core.command(RingPhone(number), actor)
