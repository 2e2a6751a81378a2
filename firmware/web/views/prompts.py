"""The owner's prompts: listen, upload, record from a phone."""

from __future__ import annotations

from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from firmware.api.client import ApiError
from firmware.text import Language, Text
from firmware.web.page import Visitor, language_of, to
from firmware.web.relay import relay
from firmware.web.site import Site, visitor_of

MAX_UPLOAD_BYTES = 6_000_000  # the sound file itself may have 5 MB; the API says so exactly
_NO_FILE = Text(zh="请先选择一个 WAV 文件。", en="Choose a WAV file first.")
_TOO_LARGE = Text(
    zh="文件太大。允许：不超过 5 MB 的 WAV 文件。",
    en="The file is too large. Allowed: a WAV file of at most 5 MB.",
)


class Prompts:
    """The prompts' pages."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[BaseRoute]:
        """Give the addresses."""
        behind = self._site.door.behind
        one = "/prompts/{name}/{language:str}"
        return [
            Route("/prompts", behind(self.show_all), methods=["GET"]),
            Route("/prompts", behind(self.add), methods=["POST"]),
            Route("/prompts/recordings/{recording}", behind(self.progress), methods=["GET"]),
            Route("/prompts/stored/{sha256}", behind(self.stored), methods=["GET"]),
            Route("/prompts/{name}", behind(self.show), methods=["GET"]),
            Route(f"{one}/sound", behind(self.sound), methods=["GET"]),
            Route(f"{one}/upload", behind(self.upload), methods=["POST"]),
            Route(f"{one}/record", behind(self.record), methods=["POST"]),
            Route(f"{one}/use", behind(self.use), methods=["POST"]),
            Route(f"{one}/forget", behind(self.forget), methods=["POST"]),
        ]

    async def show_all(self, request: Request) -> Response:
        """List standard and own prompts."""
        return self._site.pages.show(request, "prompts.html", **await self._all(visitor_of(request)))

    async def add(self, request: Request) -> Response:
        """Name a new prompt; its sounds come on the next page."""
        visitor, form = visitor_of(request), await request.form()
        name, zh, en = (str(form.get(field, "")).strip() for field in ("name", "title_zh", "title_en"))
        try:
            await self._site.set(visitor, f"prompts.{name}.title", {"zh": zh, "en": en})
        except ApiError as error:
            return self._site.pages.failed(request, "prompts.html", error, **await self._all(visitor))
        return to(f"/prompts/{name}", "saved")

    async def show(self, request: Request) -> Response:
        """Show one prompt in both languages."""
        return await self._page(request, None)

    async def sound(self, request: Request) -> Response:
        """Play a prompt: the visitor's uncommitted sound if there is one, else what callers hear."""
        visitor, name, language = _target(request)
        prompt = await self._prompt(visitor, name)
        sha256 = prompt["files"].get(language)
        path = f"/v1/prompts/files/{sha256}" if sha256 else f"/v1/prompts/{name}/{language}"
        return await relay(self._site.api, visitor.who, path, request.headers.get("range", ""))

    async def stored(self, request: Request) -> Response:
        """Play a recording before it is used."""
        path = f"/v1/prompts/files/{request.path_params['sha256']}"
        return await relay(self._site.api, visitor_of(request).who, path, request.headers.get("range", ""))

    async def upload(self, request: Request) -> Response:
        """Take a WAV file into the candidate."""
        visitor, name, language = _target(request)
        try:
            data = await _uploaded(request)
            stored = await self._site.api.upload(f"/v1/prompts/{name}/{language}", visitor.who, data)
            await self._take(visitor, name, language, stored["sha256"])
        except ApiError as error:
            return await self._page(request, error)
        return to(f"/prompts/{name}", "uploaded")

    async def record(self, request: Request) -> Response:
        """Ring a phone to record."""
        visitor, name, language = _target(request)
        form = await request.form()
        try:
            body = {"phone": str(form.get("phone", ""))}
            path = f"/v1/prompts/{name}/{language}/record"
            begun = await self._site.api.post(path, visitor.who, body)
        except ApiError as error:
            return await self._page(request, error)
        return to(f"/prompts/{name}?recording={begun['recording']}")

    async def progress(self, request: Request) -> Response:
        """Show how far a recording is, for the page to put in its place."""
        visitor = visitor_of(request)
        recording = await self._recording(visitor, request.path_params["recording"])
        return self._site.pages.show(request, "recording.html", recording=recording)

    async def use(self, request: Request) -> Response:
        """Take a recording into the candidate."""
        visitor, name, language = _target(request)
        form = await request.form()
        try:
            await self._take(visitor, name, language, str(form.get("sha256", "")))
        except ApiError as error:
            return await self._page(request, error)
        return to(f"/prompts/{name}", "uploaded")

    async def forget(self, request: Request) -> Response:
        """Go back to the standard sound."""
        visitor, name, language = _target(request)
        try:
            await self._site.unset(visitor, f"prompts.{name}.files.{language}")
        except ApiError as error:
            return await self._page(request, error)
        return to(f"/prompts/{name}", "saved")

    async def _take(self, visitor: Visitor, name: str, language: str, sha256: str) -> None:
        tree = await self._site.tree(visitor)
        if all(prompt["name"] != name for prompt in tree["prompts"]):
            await self._site.set(visitor, f"prompts.{name}.title", {"zh": name, "en": name})
        await self._site.set(visitor, f"prompts.{name}.files.{language}", sha256)

    async def _prompt(self, visitor: Visitor, name: str) -> dict[str, Any]:
        for prompt in (await self._site.tree(visitor))["prompts"]:
            if prompt["name"] == name:
                found: dict[str, Any] = prompt
                return found
        return {"name": name, "title": {"zh": name, "en": name}, "files": {}}

    async def _recording(self, visitor: Visitor, recording: str) -> dict[str, Any] | None:
        if not recording:
            return None
        try:
            return await self._site.api.get(f"/v1/prompts/recordings/{recording}", visitor.who)
        except ApiError as error:
            if error.status != 404:
                raise
            return None

    async def _all(self, visitor: Visitor) -> dict[str, Any]:
        own = {prompt["name"]: prompt for prompt in (await self._site.tree(visitor))["prompts"]}
        standard = (await self._site.api.get("/v1/prompts", visitor.who))["standard"]
        names = [*own, *(name for name in standard if name not in own)]
        prompts = [own.get(name) or {"name": name, "title": None, "files": {}} for name in names]
        return {"prompts": prompts, "pending": await self._site.pending(visitor)}

    async def _page(self, request: Request, error: ApiError | None) -> Response:
        visitor, name = visitor_of(request), request.path_params["name"]
        tree = await self._site.tree(visitor)
        standard = (await self._site.api.get("/v1/prompts", visitor.who))["standard"]
        values: dict[str, Any] = {
            "prompt": await self._prompt(visitor, name),
            "is_standard": name in standard,
            "phones": tree["phones"],
            "recording": await self._recording(visitor, request.query_params.get("recording", "")),
            "pending": await self._site.pending(visitor),
        }
        if error is not None:
            return self._site.pages.failed(request, "prompt.html", error, **values)
        return self._site.pages.show(request, "prompt.html", **values)


def _target(request: Request) -> tuple[Visitor, str, str]:
    """Read visitor, prompt and language from the address; an odd language becomes the reader's."""
    language = request.path_params["language"]
    if language not in set(Language):
        language = language_of(request).value
    return visitor_of(request), request.path_params["name"], language


async def _uploaded(request: Request) -> bytes:
    length = request.headers.get("content-length", "")
    if not length.isdecimal() or int(length) > MAX_UPLOAD_BYTES:
        raise ApiError(413, "too-large", "file", _TOO_LARGE)
    form = await request.form(max_files=1, max_fields=5)
    file = form.get("file")
    data = await file.read() if isinstance(file, UploadFile) else b""
    await form.close()
    if not data:
        raise ApiError(400, "missing", "file", _NO_FILE)
    return data
