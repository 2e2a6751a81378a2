"""What all views share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from firmware.api.client import ApiClient, ApiError
from firmware.text import Text
from firmware.web.door import Door
from firmware.web.hub import Hub
from firmware.web.page import Pages, Visitor
from firmware.web.sessions import Sessions

_LOST = Text(
    zh="设备重启过，或另开了太多更改：您未提交的更改没有保存。请重新更改。",
    en="The box restarted, or too many changes were open: what you did not commit is lost. Make it again.",
)


@dataclass(frozen=True, slots=True)
class Site:
    """The parts of the web process."""

    api: ApiClient
    sessions: Sessions
    pages: Pages
    door: Door
    hub: Hub

    async def candidate(self, visitor: Visitor) -> str:
        """Give the visitor's configuration session, opening one if there is none.

        raises  ApiError `lost` if the box forgot it; a new one is open then
        """
        known = self.sessions.candidate(visitor.session)
        if known and await self._is_open(visitor, known):
            return known
        opened = await self._open(visitor)
        if known:
            raise ApiError(409, "lost", "", _LOST)
        return opened

    async def tree(self, visitor: Visitor) -> dict[str, Any]:
        """Give the settings as this visitor sees them: the candidate if one is open, else what runs."""
        session = self.sessions.candidate(visitor.session) if visitor.is_editor else ""
        is_open = bool(session) and await self._is_open(visitor, session)
        path = f"/v1/config/sessions/{session}" if is_open else "/v1/config"
        config: dict[str, Any] = (await self.api.get(path, visitor.who))["config"]
        return config

    async def zone(self, visitor: Visitor) -> str:
        """Give the site's time zone, in which people read times."""
        site = (await self.api.get("/v1/config", visitor.who))["config"]["site"]
        return str(site["timezone"])

    async def pending(self, visitor: Visitor) -> list[dict[str, Any]]:
        """List what the visitor changed and did not commit."""
        session = self.sessions.candidate(visitor.session) if visitor.is_editor else ""
        if not session:
            return []
        path = f"/v1/config/sessions/{session}/compare"
        try:
            changes: list[dict[str, Any]] = (await self.api.get(path, visitor.who))["changes"]
        except ApiError as error:
            if error.code != "unknown-session":
                raise
            return []
        return changes

    async def set(self, visitor: Visitor, path: str, value: object) -> None:
        """Set a value in the visitor's candidate. raises ApiError"""
        session = await self.candidate(visitor)
        body = {"path": path, "value": value}
        await self.api.post(f"/v1/config/sessions/{session}/set", visitor.who, body)

    async def unset(self, visitor: Visitor, path: str) -> None:
        """Delete a value from the visitor's candidate. raises ApiError"""
        session = await self.candidate(visitor)
        await self.api.post(f"/v1/config/sessions/{session}/delete", visitor.who, {"path": path})

    async def _is_open(self, visitor: Visitor, session: str) -> bool:
        try:
            await self.api.get(f"/v1/config/sessions/{session}", visitor.who)
        except ApiError as error:
            if error.code != "unknown-session":
                raise
            return False
        return True

    async def _open(self, visitor: Visitor) -> str:
        session: str = (await self.api.post("/v1/config/sessions", visitor.who))["session"]
        self.sessions.keep_candidate(visitor.session, session)
        return session


def visitor_of(request: Request) -> Visitor:
    """Give who `Door.behind` let in."""
    visitor: Visitor = request.state.visitor
    return visitor
