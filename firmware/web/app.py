"""The pages as an ASGI app over the JSON API."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from firmware.api.client import ApiClient, ApiDown, ApiError
from firmware.text import Language, Text
from firmware.web.door import Door
from firmware.web.guard import Guard
from firmware.web.hub import Hub
from firmware.web.page import HERE, LANGUAGE_COOKIE, Pages, to
from firmware.web.sessions import Sessions
from firmware.web.site import Site
from firmware.web.tries import Tries
from firmware.web.views.calls import Calls
from firmware.web.views.changes import Changes
from firmware.web.views.doctor import Doctor
from firmware.web.views.live import Live
from firmware.web.views.menus import Menus
from firmware.web.views.prompts import Prompts
from firmware.web.views.users import Users

_NOT_FOUND = Text(
    zh="没有这个页面。请从上面的菜单选择。", en="There is no such page. Choose one from the menu above."
)
_YEAR_S = 365 * 24 * 3600


async def _language(request: Request) -> Response:
    """Switch the language and go back to where the reader was."""
    form = await request.form()
    wanted, back = form.get("to"), form.get("back")
    is_local = isinstance(back, str) and back.startswith("/") and not back.startswith("//")
    answer = to(back if isinstance(back, str) and is_local and "\\" not in back else "/")
    if isinstance(wanted, str) and wanted in set(Language):
        answer.set_cookie(LANGUAGE_COOKIE, wanted, _YEAR_S, httponly=True, samesite="strict", path="/")
    return answer


def make_app(api: ApiClient, data: Path, utc_s: Callable[[], float]) -> Starlette:
    """Build the app.

    data    folder of the web process: its sessions
    utc_s   seconds since 1970, for the ages of sessions
    """
    pages = Pages()
    sessions = Sessions(data / "web.sqlite", utc_s)
    door = Door(api, sessions, pages, Tries())
    site = Site(api, sessions, pages, door, Hub(api))

    @contextlib.asynccontextmanager
    async def life(_app: Starlette) -> AsyncIterator[None]:
        following = asyncio.create_task(site.hub.run(), name="hub")
        yield
        following.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await following
        await api.close()
        sessions.close()

    async def failed(request: Request, error: Exception) -> Response:
        assert isinstance(error, ApiError)
        template = "down.html" if isinstance(error, ApiDown) else "error.html"
        return pages.failed(request, template, error, pending=[])

    async def not_found(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        missing = ApiError(error.status_code, "unknown-address", "", _NOT_FOUND)
        return pages.failed(request, "error.html", missing, pending=[])

    return Starlette(
        routes=_routes(site),
        lifespan=life,
        middleware=[Middleware(Guard)],
        exception_handlers={ApiError: failed, HTTPException: not_found},
    )


def _routes(site: Site) -> list[BaseRoute]:
    door = site.door
    routes: list[BaseRoute] = [
        Mount("/static", StaticFiles(directory=HERE / "static")),
        Route("/language", _language, methods=["POST"]),
        Route("/setup", door.show_setup, methods=["GET"]),
        Route("/setup", door.setup, methods=["POST"]),
        Route("/login", door.show_login, methods=["GET"]),
        Route("/login", door.login, methods=["POST"]),
        Route("/logout", door.logout, methods=["POST"]),
    ]
    views = (
        Live(site), Doctor(site), Menus(site), Prompts(site), Changes(site), Calls(site), Users(site),
    )  # fmt: skip
    for view in views:
        routes.extend(view.routes())
    return routes
