"""The audit: who did what."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from firmware.api.who import Auditor, CoreOf

router = APIRouter(prefix="/v1", tags=["records"])


@router.get("/audit")
async def audit(
    core: CoreOf, _actor: Auditor, limit: Annotated[int, Query(ge=1, le=1000)] = 100
) -> dict[str, Any]:
    """List what people did, newest first."""
    return {"audit": core.records.audit(limit)}
