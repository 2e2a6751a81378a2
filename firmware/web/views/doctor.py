"""The line doctor: test a line, learn its busy tone, capture it; how far it is, and what was found."""

from __future__ import annotations

import re
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from firmware.api.client import ApiError
from firmware.text import Text
from firmware.web.page import Visitor, to
from firmware.web.relay import relay
from firmware.web.site import Site, visitor_of
from firmware.web.views import span_doctor

CAPTURE_S = (1, 300)
LOOP_S = (1, 3600)
PCAP = "application/vnd.tcpdump.pcap"
READY = ("idle", "out-of-service")  # states in which a line may be tested
_MEDIA_TYPES = {"wav": "audio/wav", "csv": "text/csv; charset=utf-8"}
_NO_LINE = Text(
    zh="没有这条线路。请回到实时页面选择。", en="There is no such line. Choose one on the live page."
)
_DIGIT = Text(
    zh="拨出的数字：0 至 9、* 或 # 中的一个，通常是 2。",
    en="Digit to dial: one of 0 to 9, * or #; usually 2.",
)
_NUMBER = Text(
    zh="电话号码：1 至 20 位数字。请填写您手边能接听的电话。",
    en="Number: 1 to 20 digits. Give that of a phone you can answer.",
)
_SECONDS = Text(
    zh=f"秒数：{CAPTURE_S[0]} 至 {CAPTURE_S[1]} 的整数。",
    en=f"Seconds: a whole number from {CAPTURE_S[0]} to {CAPTURE_S[1]}.",
)
_LOOP_SECONDS = Text(
    zh=f"秒数：{LOOP_S[0]} 至 {LOOP_S[1]} 的整数。",
    en=f"Seconds: a whole number from {LOOP_S[0]} to {LOOP_S[1]}.",
)


class Doctor:
    """The pages of the doctor, one for each line; the API refuses who may not."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[BaseRoute]:
        """Give the addresses."""
        behind, one = self._site.door.behind, "/doctor/{port}"
        return [
            Route(one, behind(self.show), methods=["GET"]),
            Route(f"{one}/report", behind(self.progress), methods=["GET"]),
            Route(f"{one}/test", behind(self.test), methods=["POST"]),
            Route(f"{one}/loop", behind(self.loop), methods=["POST"]),
            Route(f"{one}/trace", behind(self.trace), methods=["GET"]),
            Route(f"{one}/learn", behind(self.learn), methods=["POST"]),
            Route(f"{one}/capture", behind(self.capture), methods=["POST"]),
            Route(f"{one}/stop", behind(self.stop), methods=["POST"]),
            Route(f"{one}/store", behind(self.store), methods=["POST"]),
            Route("/captures/{name}", behind(self.captured), methods=["GET"]),
        ]

    async def show(self, request: Request) -> Response:
        """Show what can be done at a line, and what was found last."""
        visitor = visitor_of(request)
        values = await self._values(request, visitor)
        pending = await self._site.pending(visitor)
        return self._site.pages.show(request, f"{_page(request)}.html", pending=pending, **values)

    async def progress(self, request: Request) -> Response:
        """Show how far it is, for the page to put in its place."""
        values = await self._values(request, visitor_of(request))
        return self._site.pages.show(request, f"{_page(request)}_inner.html", **values)

    async def test(self, request: Request) -> Response:
        """Begin a test, with tuning if that is ticked."""
        form = await request.form()
        if span_doctor.is_span(request.path_params["port"]):
            return await self._ask(
                request, "test", {key: form.get(key) == "yes" for key in ("remote", "force")}
            )
        try:
            digit = _matching(form, "digit", r"[0-9*#]", _DIGIT) if _typed(form, "digit") else "2"
        except ApiError as error:
            return await self._refused(request, error)
        return await self._ask(request, "test", {"tune": form.get("tune") == "yes", "digit": digit})

    async def loop(self, request: Request) -> Response:
        """Loop an E1 towards its far end."""
        form, port = await request.form(), request.path_params["port"]
        try:
            seconds = _whole(form, "seconds", LOOP_S, _LOOP_SECONDS)
        except ApiError as error:
            return await self._refused(request, error)
        body = {"seconds": seconds, "force": form.get("force") == "yes"}
        return await self._post(request, f"/v1/spans/{port}/loop", body)

    async def trace(self, request: Request) -> Response:
        """Send the last frames of a D-channel to be kept."""
        port, who = request.path_params["port"], visitor_of(request).who
        answer = await relay(self._site.api, who, f"/v1/spans/{port}/trace", "", media_type=PCAP)
        answer.headers["Content-Disposition"] = f'attachment; filename="{port}.pcap"'
        return answer

    async def learn(self, request: Request) -> Response:
        """Begin to learn: by a call to a number, or from the next call that comes."""
        form = await request.form()
        try:
            waits = form.get("wait") == "yes"
            number = "" if waits else _matching(form, "number", r"[0-9*#]{1,20}", _NUMBER)
        except ApiError as error:
            return await self._refused(request, error)
        return await self._ask(request, "learn", {"number": number})

    async def capture(self, request: Request) -> Response:
        """Begin a capture."""
        try:
            seconds = _whole(await request.form(), "seconds", CAPTURE_S, _SECONDS)
        except ApiError as error:
            return await self._refused(request, error)
        return await self._ask(request, "capture", {"seconds": seconds})

    async def stop(self, request: Request) -> Response:
        """End what runs."""
        port = request.path_params["port"]
        try:
            await self._site.api.delete(f"/v1/lines/{port}/doctor", visitor_of(request).who)
        except ApiError as error:
            return await self._refused(request, error)
        return to(f"/doctor/{port}")

    async def store(self, request: Request) -> Response:
        """Put what was found into the settings, at once."""
        return await self._ask(request, "doctor/store", None, done="kept")

    async def captured(self, request: Request) -> Response:
        """Send a file of a capture to be kept."""
        name, who = request.path_params["name"], visitor_of(request).who
        answer = await relay(
            self._site.api,
            who,
            f"/v1/captures/{name}",
            request.headers.get("range", ""),
            media_type=_MEDIA_TYPES.get(name[-3:], "application/octet-stream"),
        )
        answer.headers["Content-Disposition"] = (
            f'attachment; filename="{name}"'  # the API has checked the name
        )
        return answer

    async def _ask(
        self, request: Request, what: str, body: dict[str, Any] | None, done: str = ""
    ) -> Response:
        return await self._post(request, f"/v1/lines/{request.path_params['port']}/{what}", body, done)

    async def _post(
        self, request: Request, path: str, body: dict[str, Any] | None, done: str = ""
    ) -> Response:
        port = request.path_params["port"]
        try:
            await self._site.api.post(path, visitor_of(request).who, body)
        except ApiError as error:
            return await self._refused(request, error)
        return to(f"/doctor/{port}", done)

    async def _refused(self, request: Request, error: ApiError) -> Response:
        visitor = visitor_of(request)
        values = await self._values(request, visitor)
        pending = await self._site.pending(visitor)
        return self._site.pages.failed(request, f"{_page(request)}.html", error, pending=pending, **values)

    async def _values(self, request: Request, visitor: Visitor) -> dict[str, Any]:
        """Give what the page shows: the line as it is now, and the last report. raises ApiError"""
        port = request.path_params["port"]
        if span_doctor.is_span(port):
            return {
                **await span_doctor.shown(self._site, visitor, port),
                "report": await self._report(visitor, port),
            }
        picture = await self._site.api.get("/v1/state", visitor.who)
        line = next((line for line in picture["lines"] if line["port"] == port), None)
        if line is None:
            raise ApiError(404, "unknown-line", "port", _NO_LINE)
        report = await self._report(visitor, port)
        is_ready = line["state"] in READY
        return {"line": line, "report": report, "is_ready": is_ready, "capture_s": CAPTURE_S}

    async def _report(self, visitor: Visitor, port: str) -> dict[str, Any] | None:
        try:
            return await self._site.api.get(f"/v1/lines/{port}/doctor", visitor.who)
        except ApiError as error:
            if error.code != "unknown-report":
                raise
            return None


def _page(request: Request) -> str:
    return "span" if span_doctor.is_span(request.path_params["port"]) else "doctor"


def _whole(form: FormData, field: str, limits: tuple[int, int], text: Text) -> int:
    value = int(_matching(form, field, r"[0-9]{1,4}", text))
    if not limits[0] <= value <= limits[1]:
        raise ApiError(400, f"wrong-{field}", field, text)
    return value


def _typed(form: FormData, field: str) -> str:
    """Give what was typed, without the blanks and dashes people put into numbers."""
    value = form.get(field)
    return re.sub(r"[\s-]", "", value) if isinstance(value, str) else ""


def _matching(form: FormData, field: str, pattern: str, text: Text) -> str:
    typed = _typed(form, field)
    if not re.fullmatch(pattern, typed, re.ASCII):
        raise ApiError(400, f"wrong-{field}", field, text)
    return typed
