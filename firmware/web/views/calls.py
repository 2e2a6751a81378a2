"""Finished calls and messages, with their recordings."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from firmware.web import calls_table
from firmware.web.page import Visitor, language_of, to
from firmware.web.relay import relay
from firmware.web.site import Site, visitor_of

PAGE_ROWS = 50
MESSAGES = 200
API_ROWS = 100  # asked for at once: 500 would hold the box's loop up for four ticks
TABLE_ROWS = 20_000


class Calls:
    """The pages of what happened."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[BaseRoute]:
        """Give the addresses."""
        behind = self._site.door.behind
        return [
            Route("/calls", behind(self.calls), methods=["GET"]),
            Route("/calls.csv", behind(self.table), methods=["GET"]),
            Route("/calls/{call}", behind(self.call), methods=["GET"]),
            Route("/messages", behind(self.messages), methods=["GET"]),
            Route("/calls/{call}/recording", behind(self.call_recording), methods=["GET"]),
            Route("/recordings/{recording}", behind(self.recording), methods=["GET"]),
            Route("/messages/{message}/heard", behind(self.heard), methods=["POST"]),
        ]

    async def calls(self, request: Request) -> Response:
        """List finished calls, newest first."""
        visitor = visitor_of(request)
        before = request.query_params.get("before", "")
        params: dict[str, Any] = {"limit": PAGE_ROWS} | ({"before": before} if before else {})
        rows = (await self._site.api.get("/v1/calls", visitor.who, **params))["calls"]
        older = rows[-1]["id"] if len(rows) == PAGE_ROWS else ""
        return self._site.pages.show(
            request, "calls.html", rows=rows, older=older, **await self._around(visitor)
        )

    async def call(self, request: Request) -> Response:
        """Show one finished call: its parties, how they sounded, its way."""
        visitor = visitor_of(request)
        call = await self._site.api.get(f"/v1/calls/{request.path_params['call']}", visitor.who)
        return self._site.pages.show(request, "call.html", call=call, **await self._around(visitor))

    async def table(self, request: Request) -> Response:
        """Give the newest calls as a table for spreadsheets."""
        visitor = visitor_of(request)
        rows: list[dict[str, Any]] = []
        while len(rows) < TABLE_ROWS:
            before = {"before": rows[-1]["id"]} if rows else {}
            page = (await self._site.api.get("/v1/calls", visitor.who, limit=API_ROWS, **before))["calls"]
            rows += page
            if len(page) < API_ROWS:
                break
        text = calls_table.written(rows, language_of(request), await self._site.zone(visitor))
        named = {"content-disposition": 'attachment; filename="calls.csv"'}
        return Response(text, media_type="text/csv; charset=utf-8", headers=named)

    async def messages(self, request: Request) -> Response:
        """List messages that callers left."""
        visitor = visitor_of(request)
        rows = (await self._site.api.get("/v1/messages", visitor.who, limit=MESSAGES))["messages"]
        return self._site.pages.show(request, "messages.html", rows=rows, **await self._around(visitor))

    async def heard(self, request: Request) -> Response:
        """Mark a message as heard."""
        path = f"/v1/messages/{request.path_params['message']}/heard"
        await self._site.api.post(path, visitor_of(request).who)
        return to("/messages")

    async def call_recording(self, request: Request) -> Response:
        """Play a call's recording."""
        return await self._play(request, f"/v1/calls/{request.path_params['call']}/recording")

    async def recording(self, request: Request) -> Response:
        """Play a recording."""
        return await self._play(request, f"/v1/recordings/{request.path_params['recording']}")

    async def _around(self, visitor: Visitor) -> dict[str, Any]:
        return {"zone": await self._site.zone(visitor), "pending": await self._site.pending(visitor)}

    async def _play(self, request: Request, path: str) -> Response:
        byte_range = request.headers.get("range", "")
        return await relay(self._site.api, visitor_of(request).who, path, byte_range)
