"""The settings: read, change in a session, compare, commit, roll back."""

from __future__ import annotations

import dataclasses
import functools
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from firmware.api.who import CoreOf, SettingsReader, SettingsWriter
from firmware.config.models import Config

router = APIRouter(prefix="/v1/config", tags=["config"])
SettingPath = Annotated[str, Field(min_length=1, max_length=300)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SetBody(_Body):
    """One value."""

    path: SettingPath
    value: JsonValue


class DeleteBody(_Body):
    """One path."""

    path: SettingPath


class CommitBody(_Body):
    """Why."""

    comment: str = Field("", max_length=200)


class RollbackBody(_Body):
    """Which revision to load."""

    revision: int = Field(ge=0)


@router.get("")
async def running(core: CoreOf, _actor: SettingsReader) -> dict[str, Any]:
    """Give the running settings."""
    return {"revision": core.settings.revision, "config": core.settings.running()}


@router.get("/schema")
async def schema(_actor: SettingsReader) -> dict[str, Any]:
    """Give the JSON Schema of the settings: every field with its meaning, range and default."""
    return _schema()


@functools.cache  # it costs more than a tick
def _schema() -> dict[str, Any]:
    return Config.model_json_schema()


@router.get("/history")
async def history(core: CoreOf, _actor: SettingsReader) -> dict[str, Any]:
    """List the revisions kept, newest first."""
    return {"revisions": [dataclasses.asdict(entry) for entry in core.settings.history()]}


@router.post("/sessions", status_code=201)
async def begin(core: CoreOf, actor: SettingsWriter) -> dict[str, Any]:
    """Begin to change the settings: a candidate of your own, equal to what runs."""
    return {"session": core.settings.open(actor), "revision": core.settings.revision}


@router.get("/sessions/{session}")
async def candidate(session: str, core: CoreOf, _actor: SettingsWriter) -> dict[str, Any]:
    """Give the candidate."""
    return {"config": core.settings.candidate(session)}


@router.put("/sessions/{session}", status_code=204)
async def replace(session: str, tree: dict[str, JsonValue], core: CoreOf, _actor: SettingsWriter) -> None:
    """Replace the whole candidate."""
    core.settings.replace(session, tree)


@router.post("/sessions/{session}/set", status_code=204)
async def set_value(session: str, body: SetBody, core: CoreOf, _actor: SettingsWriter) -> None:
    """Set the value at a path."""
    core.settings.set(session, body.path, body.value)


@router.post("/sessions/{session}/delete", status_code=204)
async def delete_value(session: str, body: DeleteBody, core: CoreOf, _actor: SettingsWriter) -> None:
    """Delete what is at a path; a field goes back to its default."""
    core.settings.delete(session, body.path)


@router.get("/sessions/{session}/compare")
async def compare(session: str, core: CoreOf, _actor: SettingsWriter) -> dict[str, Any]:
    """List the differences from what runs."""
    return {"changes": [dataclasses.asdict(change) for change in core.settings.compare(session)]}


@router.get("/sessions/{session}/check")
async def check(session: str, core: CoreOf, _actor: SettingsWriter) -> dict[str, Any]:
    """List everything that is wrong with the candidate."""
    problems = core.settings.check(session)
    return {"problems": [{"path": found.path, "text": found.text.model_dump()} for found in problems]}


@router.post("/sessions/{session}/commit")
async def commit(session: str, body: CommitBody, core: CoreOf, actor: SettingsWriter) -> dict[str, Any]:
    """Make the candidate run. Calls in progress keep the settings they began with."""
    return {"revision": core.settings.commit(session, body.comment, actor)}


@router.post("/sessions/{session}/rollback", status_code=204)
async def rollback(session: str, body: RollbackBody, core: CoreOf, _actor: SettingsWriter) -> None:
    """Load an old revision into the candidate."""
    core.settings.rollback(session, body.revision)


@router.post("/sessions/{session}/rebase")
async def rebase(session: str, core: CoreOf, _actor: SettingsWriter) -> dict[str, Any]:
    """Move the candidate to what runs now, with its changes; gives what others changed and it overrules."""
    return {"overruled": [dataclasses.asdict(change) for change in core.settings.rebase(session)]}


@router.delete("/sessions/{session}", status_code=204)
async def discard(session: str, core: CoreOf, _actor: SettingsWriter) -> None:
    """Throw the candidate away."""
    core.settings.discard(session)
