"""What agents do."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from firmware.api.core import Actor, AgentLogin, AgentLogout, AgentPause, AgentReady, Role
from firmware.api.errors import Denied
from firmware.api.who import CoreOf, Server
from firmware.text import Text

router = APIRouter(prefix="/v1/agents", tags=["agents"])
_ONLY_SELF = Text(
    zh="坐席只能更改自己的状态。请让班长来做。",
    en="An agent may change only their own state. Ask a supervisor to do it.",
)


class AtPhone(BaseModel):
    """Where to log in."""

    model_config = ConfigDict(extra="forbid")
    phone: str


def _allow(actor: Actor, agent: str) -> None:
    """Let the role `agent` act only for the agent whose number is the user's name."""
    if actor.role is Role.AGENT and actor.name != agent:
        raise Denied("not-allowed", _ONLY_SELF, "agent")


@router.post("/{agent}/login", status_code=204)
async def login(agent: str, at: AtPhone, core: CoreOf, actor: Server) -> None:
    """Log an agent in at a phone."""
    _allow(actor, agent)
    core.command(AgentLogin(agent, at.phone), actor)


@router.post("/{agent}/logout", status_code=204)
async def logout(agent: str, core: CoreOf, actor: Server) -> None:
    """Log an agent out."""
    _allow(actor, agent)
    core.command(AgentLogout(agent), actor)


@router.post("/{agent}/pause", status_code=204)
async def pause(agent: str, core: CoreOf, actor: Server) -> None:
    """Give an agent no calls."""
    _allow(actor, agent)
    core.command(AgentPause(agent), actor)


@router.post("/{agent}/ready", status_code=204)
async def ready(agent: str, core: CoreOf, actor: Server) -> None:
    """End a pause or the wrap-up."""
    _allow(actor, agent)
    core.command(AgentReady(agent), actor)
