"""Rendering a page for the person who asked: language, user, texts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from firmware.api.client import ApiError, Who
from firmware.text import Language, Text
from firmware.web.sessions import Session
from firmware.web.texts import has, preferred, say

HERE = Path(__file__).parent
LANGUAGE_COOKIE = "callbox_language"
# What each role sees in the menu; the API holds the rights, this only hides what would be refused.
_EDITORS = ("owner", "installer")
_READERS = ("owner", "supervisor")


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who looks at a page."""

    who: Who
    session: Session

    @property
    def is_editor(self) -> bool:
        """Say whether this person may change settings."""
        return self.who.role in _EDITORS

    @property
    def is_owner(self) -> bool:
        """Say whether this person may make users."""
        return self.who.role == "owner"

    @property
    def is_reader(self) -> bool:
        """Say whether this person may read calls and messages."""
        return self.who.role in _READERS


def language_of(request: HTTPConnection) -> Language:
    """Give the reader's language: the switch, else what the browser asks for."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    if chosen in set(Language):
        return Language(chosen)
    return preferred(request.headers.get("accept-language", ""))


def environment() -> Environment:
    """Make the template engine."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["clock"] = clock
    made.filters["local"] = local
    made.globals["has_text"] = has
    return made


def clock(seconds: float) -> str:
    """Write a duration: `0:07`, `12:34`, `1:02:03`."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def local(utc: str, timezone: str) -> str:
    """Write a time of the records in the site's zone: `2026-11-22 09:02`."""
    return datetime.fromisoformat(utc).astimezone(ZoneInfo(timezone)).strftime("%Y-%m-%d %H:%M")


class Pages:
    """Renders templates."""

    def __init__(self) -> None:
        self._templates = environment()

    def fragment(self, template: str, language: Language, **values: Any) -> str:
        """Render a template in a language."""

        def text(key: str, **holes: object) -> str:
            return say(language, key, **holes)

        def of(both: Text | dict[str, str] | None) -> str:
            """Choose from a {zh, en} that came from the box."""
            if both is None:
                return ""
            return both.in_(language) if isinstance(both, Text) else both[language.value]

        return self._templates.get_template(template).render(t=text, of=of, language=language.value, **values)

    def show(self, request: Request, template: str, status: int = 200, **values: Any) -> Response:
        """Answer with a page."""
        visitor: Visitor | None = getattr(request.state, "visitor", None)
        done = request.query_params.get("done", "")
        html = self.fragment(
            template,
            language_of(request),
            visitor=visitor,
            path=request.url.path,
            back=_back(request),
            done=done if has(f"done.{done}") else "",
            **({"error": None, "field": ""} | values),
        )
        return HTMLResponse(html, status)

    def failed(self, request: Request, template: str, error: ApiError, **values: Any) -> Response:
        """Answer with the page again and what went wrong."""
        return self.show(request, template, error.status, error=error.text, field=error.field, **values)


def _back(request: Request) -> str:
    """Give where the language switch leads: this page, or the page whose form was answered here."""
    if request.method == "GET":
        return request.url.path
    return urlsplit(request.headers.get("referer", "")).path or "/"


def to(path: str, done: str = "") -> Response:
    """Send the browser on after a form."""
    return RedirectResponse(f"{path}?done={done}" if done else path, 303)
