"""The live page, its push over a WebSocket, and its buttons."""

from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import dataclass
from typing import Any, TypeAlias

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from firmware.api.client import ApiDown, ApiError
from firmware.text import Language
from firmware.web.hub import Viewer
from firmware.web.page import Visitor, language_of, to
from firmware.web.patch import Patch, patch
from firmware.web.site import Site, visitor_of

MIN_GAP_S = 0.25
RECHECK_S = 30.0  # how soon a page of somebody who was logged out goes dark
CLOSE_LOGGED_OUT = 4401
_AGENT_ACTIONS = ("ready", "pause", "logout")


Reader: TypeAlias = tuple[Language, str, str]  # language, role, name if it matters


@dataclass(frozen=True, slots=True)
class _Rendered:
    """The page's inner part as all readers of a kind see it."""

    version: int
    lines: list[str]


class Live:
    """The live page."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._rendered: dict[Reader, _Rendered] = {}
        self._patches: dict[tuple[Reader, int, int], Patch] = {}

    def routes(self) -> list[BaseRoute]:
        """Give the addresses."""
        behind = self._site.door.behind
        return [
            Route("/", behind(self.show), methods=["GET"]),
            Route("/agents/{agent}/{action}", behind(self.agent), methods=["POST"]),
            Route("/calls/{call}/hang-up", behind(self.hang_up), methods=["POST"]),
            Route("/lines/{port}/service", behind(self.service), methods=["POST"]),
            WebSocketRoute("/live", self.push),
        ]

    async def show(self, request: Request) -> Response:
        """Show the page with the newest picture; it keeps itself up to date."""
        visitor = visitor_of(request)
        picture = await self._site.api.get("/v1/state", visitor.who)
        pending = await self._site.pending(visitor)
        return self._site.pages.show(request, "live.html", s=picture, pending=pending, is_push=False)

    async def agent(self, request: Request) -> Response:
        """Press an agent's button."""
        agent, action = request.path_params["agent"], request.path_params["action"]
        if action not in _AGENT_ACTIONS:
            return to("/")
        return await self._act(request, f"/v1/agents/{agent}/{action}")

    async def hang_up(self, request: Request) -> Response:
        """End a call."""
        return await self._act(request, f"/v1/calls/{request.path_params['call']}/hang-up")

    async def service(self, request: Request) -> Response:
        """Take a line out of service, or back."""
        form = await request.form()
        port = request.path_params["port"]
        body = {"in_service": form.get("in_service") == "yes"}
        try:
            await self._site.api.put(f"/v1/lines/{port}/service", visitor_of(request).who, body)
        except ApiError as error:
            return await self._refused(request, error)
        return to("/")

    async def _act(self, request: Request, path: str) -> Response:
        try:
            await self._site.api.post(path, visitor_of(request).who)
        except ApiError as error:
            return await self._refused(request, error)
        return to("/")

    async def _refused(self, request: Request, error: ApiError) -> Response:
        picture = await self._site.api.get("/v1/state", visitor_of(request).who)
        return self._site.pages.failed(request, "live.html", error, s=picture, pending=[], is_push=False)

    async def push(self, socket: WebSocket) -> None:
        """Send the page's inner part, then what changes in it whenever the picture does."""
        await socket.accept()
        viewer, leave = self._site.hub.join()
        gone = asyncio.ensure_future(_until_gone(socket))
        try:
            await self._send_all(socket, viewer, gone)
        except (WebSocketDisconnect, RuntimeError):
            return  # the browser left while something was being sent
        finally:
            leave()
            gone.cancel()

    async def _send_all(self, socket: WebSocket, viewer: Viewer, gone: asyncio.Future[None]) -> None:
        visitor, language = await self._who(socket), language_of(socket)
        sent: _Rendered | None = None
        while visitor is not None and not gone.done():
            if await _changed(viewer, gone):
                viewer.changed.clear()
                message, sent = self._message(language, visitor, sent)
                await socket.send_text(message)
                await asyncio.sleep(MIN_GAP_S)
            elif not gone.done():
                visitor = await self._who(socket)
        if visitor is None:
            await socket.close(CLOSE_LOGGED_OUT)

    async def _who(self, socket: WebSocket) -> Visitor | None:
        """Give who watches. While the box is away nobody can be checked: a session that is known stays."""
        while True:
            try:
                return await self._site.door.visitor(socket)
            except ApiDown:
                await socket.send_text(json.dumps({"down": True}))
                await asyncio.sleep(1.0)

    def _message(
        self, language: Language, visitor: Visitor, sent: _Rendered | None
    ) -> tuple[str, _Rendered | None]:
        """Say what is new to a page that has `sent`; gives what it has then."""
        hub = self._site.hub
        if hub.picture is None:
            return json.dumps({"down": True}), None
        reader = (language, visitor.who.role, visitor.who.name if visitor.who.role == "agent" else "")
        shown = self._rendered.get(reader)
        if shown is None or shown.version != hub.version:
            shown = _Rendered(hub.version, self._render(language, visitor, hub.picture).split("\n"))
            self._rendered[reader] = shown
        now = {"now": hub.picture["box"]["uptime_s"]}
        if sent is None:
            return json.dumps(now | {"lines": shown.lines}, ensure_ascii=False), shown
        return json.dumps(now | {"patch": self._patch(reader, sent, shown)}, ensure_ascii=False), shown

    def _patch(self, reader: Reader, sent: _Rendered, shown: _Rendered) -> Patch:
        """Work out each change once, however many pages are open."""
        key = (reader, sent.version, shown.version)
        if key not in self._patches:
            newest = {key: changes for key, changes in self._patches.items() if key[2] == shown.version}
            self._patches = newest | {key: patch(sent.lines, shown.lines)}
        return self._patches[key]

    def _render(self, language: Language, visitor: Visitor, picture: dict[str, Any]) -> str:
        return self._site.pages.fragment(
            "live_inner.html", language, s=picture, visitor=visitor, is_push=True
        )


async def _changed(viewer: Viewer, gone: asyncio.Future[None]) -> bool:
    """Wait for a new picture, the end of the page, or the time to check the login again."""
    waiting = asyncio.ensure_future(viewer.changed.wait())
    both: set[asyncio.Future[Any]] = {waiting, gone}
    await asyncio.wait(both, timeout=RECHECK_S, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    return viewer.changed.is_set() and not gone.done()


async def _until_gone(socket: WebSocket) -> None:
    """Read until the browser leaves; what it says does not matter."""
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        while True:
            await socket.receive_text()
