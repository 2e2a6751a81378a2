"""What is changed and not yet in effect, commit and discard, the history and the way back."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from firmware.api.client import ApiError
from firmware.web.page import Visitor, to
from firmware.web.site import Site, visitor_of


class Changes:
    """The pages around the candidate."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[BaseRoute]:
        """Give the addresses."""
        behind = self._site.door.behind
        return [
            Route("/changes", behind(self.show), methods=["GET"]),
            Route("/changes/commit", behind(self.commit), methods=["POST"]),
            Route("/changes/discard", behind(self.discard), methods=["POST"]),
            Route("/changes/rebase", behind(self.rebase), methods=["POST"]),
            Route("/history", behind(self.history), methods=["GET"]),
            Route("/history/{revision:int}/rollback", behind(self.rollback), methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """Show the differences and all that is wrong with them."""
        return self._site.pages.show(request, "changes.html", **await self._values(visitor_of(request)))

    async def commit(self, request: Request) -> Response:
        """Put the changes in effect."""
        visitor, form = visitor_of(request), await request.form()
        comment = form.get("comment")
        try:
            session = await self._site.candidate(visitor)
            body = {"comment": comment if isinstance(comment, str) else ""}
            await self._site.api.post(f"/v1/config/sessions/{session}/commit", visitor.who, body)
        except ApiError as error:
            values = await self._values(visitor)
            values["is_stale"] = error.code == "stale-candidate"
            return self._site.pages.failed(request, "changes.html", error, **values)
        return to("/changes", "committed")

    async def discard(self, request: Request) -> Response:
        """Throw the changes away."""
        visitor = visitor_of(request)
        session = self._site.sessions.candidate(visitor.session)
        if session:
            path = f"/v1/config/sessions/{session}"
            try:
                await self._site.api.delete(path, visitor.who)
            except ApiError as error:
                if error.code != "unknown-session":
                    raise
        self._site.sessions.keep_candidate(visitor.session, "")
        return to("/changes", "discarded")

    async def rebase(self, request: Request) -> Response:
        """Carry the changes over to what somebody else committed meanwhile."""
        visitor = visitor_of(request)
        try:
            session = await self._site.candidate(visitor)
            await self._site.api.post(f"/v1/config/sessions/{session}/rebase", visitor.who)
        except ApiError as error:
            values = await self._values(visitor)
            return self._site.pages.failed(request, "changes.html", error, **values)
        return to("/changes", "rebased")

    async def history(self, request: Request) -> Response:
        """List the revisions kept."""
        return self._site.pages.show(request, "history.html", **await self._past(visitor_of(request)))

    async def rollback(self, request: Request) -> Response:
        """Load an old revision as changes, to look at and commit."""
        visitor = visitor_of(request)
        try:
            session = await self._site.candidate(visitor)
            body = {"revision": request.path_params["revision"]}
            await self._site.api.post(f"/v1/config/sessions/{session}/rollback", visitor.who, body)
        except ApiError as error:
            return self._site.pages.failed(request, "history.html", error, **await self._past(visitor))
        return to("/changes", "loaded")

    async def _values(self, visitor: Visitor) -> dict[str, Any]:
        pending = await self._site.pending(visitor)
        problems = []
        if pending:
            path = f"/v1/config/sessions/{self._site.sessions.candidate(visitor.session)}/check"
            problems = (await self._site.api.get(path, visitor.who))["problems"]
        return {"pending": pending, "problems": problems, "is_stale": False}

    async def _past(self, visitor: Visitor) -> dict[str, Any]:
        log = await self._site.api.get("/v1/config/history", visitor.who)
        return {
            "revisions": log["revisions"],
            "zone": await self._site.zone(visitor),
            "pending": await self._site.pending(visitor),
        }
