"""The JSON API as an ASGI app over a `Core`."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import FastAPI

from firmware import __version__
from firmware.api import errors
from firmware.api.attempts import Attempts
from firmware.api.core import Core
from firmware.api.routes import agents, auth, calls, doctor, lines, prompts, records, settings, state
from firmware.api.stream import Streams


def make_app(core: Core, clock: Callable[[], float]) -> FastAPI:
    """Build the app.

    clock   s, monotonic; paces attempts at the set-up code
    """
    app = FastAPI(title="callbox", version=__version__, docs_url=None, redoc_url=None)
    app.state.core = core
    app.state.attempts = Attempts(clock)
    app.state.streams = Streams()
    errors.install(app)
    for module in (state, agents, calls, lines, doctor, settings, prompts, records, auth):
        app.include_router(module.router)
    _make_routes(app)
    return app


def _make_routes(app: FastAPI) -> None:
    """Let FastAPI make its routes now: it would in the first request, and hold the loop up for ten ticks."""
    nowhere = {"type": "http", "method": "GET", "path": "/", "root_path": "", "headers": [], "app": app}
    for route in app.routes:
        route.matches(nowhere)
