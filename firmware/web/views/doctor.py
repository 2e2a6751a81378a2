"""A line's own page: the line doctor, and the error seconds of an E1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from firmware.api.client import ApiError
from firmware.web.page import Visitor, to
from firmware.web.relay import relay
from firmware.web.site import Site, visitor_of

BINS, BIN_PX, HEIGHT_PX = 96, 7, 80
BIN_S = 900
_KINDS = ("errored_s", "severe_s", "unavailable_s")


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of the plot, in its pixels."""

    kind: str
    x: int
    y: int
    height: int
    title: str


class Doctor:
    """The page of a line."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[BaseRoute]:
        """Give the addresses."""
        behind = self._site.door.behind
        return [
            Route("/lines/{port}", behind(self.show), methods=["GET"]),
            Route("/lines/{port}/trace", behind(self.trace), methods=["GET"]),
            Route("/captures/{name}", behind(self.captured), methods=["GET"]),
            Route("/lines/{port}/{verb}", behind(self.act), methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """Show the page."""
        return self._site.pages.show(request, "doctor.html", **await self._shown(request))

    async def act(self, request: Request) -> Response:
        """Begin something, end it, or keep what was found."""
        port, verb = request.path_params["port"], request.path_params["verb"]
        form = await request.form()
        who, api = visitor_of(request).who, self._site.api
        flags = {key: True for key in ("tune", "remote", "force") if form.get(key) == "yes"}
        try:
            match verb:
                case "test":
                    await api.post(f"/v1/lines/{port}/test", who, flags)
                case "loop":
                    await api.post(f"/v1/spans/{port}/loop", who, flags)
                case "capture":
                    await api.post(f"/v1/lines/{port}/capture", who, {"seconds": 30})
                case "store":
                    await api.post(f"/v1/lines/{port}/doctor/store", who)
                case "stop":
                    await api.delete(f"/v1/lines/{port}/doctor", who)
        except ApiError as error:
            return self._site.pages.failed(request, "doctor.html", error, **await self._shown(request))
        return to(f"/lines/{port}")

    async def trace(self, request: Request) -> Response:
        """Give the last frames of a D-channel."""
        port = request.path_params["port"]
        return await self._file(request, f"/v1/spans/{port}/trace", f"{port}.pcap")

    async def captured(self, request: Request) -> Response:
        """Give a file of a capture."""
        name = request.path_params["name"]
        return await self._file(request, f"/v1/captures/{name}", name)

    async def _file(self, request: Request, path: str, name: str) -> Response:
        byte_range = request.headers.get("range", "")
        answer = await relay(self._site.api, visitor_of(request).who, path, byte_range)
        answer.headers["content-type"] = "application/octet-stream"
        answer.headers["content-disposition"] = f'attachment; filename="{name}"'
        return answer

    async def _shown(self, request: Request) -> dict[str, Any]:
        visitor, port = visitor_of(request), request.path_params["port"]
        picture = await self._site.api.get("/v1/state", visitor.who)
        lines = [*picture["lines"], *picture["spans"], *(c for s in picture["spans"] for c in s["channels"])]
        line = next((line for line in lines if line["port"] == port), None)
        is_span = any(span["port"] == port for span in picture["spans"])
        quarters = []
        if is_span:
            quarters = (await self._site.api.get(f"/v1/spans/{port}/history", visitor.who))["quarters"]
        return {
            "port": port,
            "line": line,
            "is_span": is_span,
            "report": await self._report(visitor, port),
            "bars": bars(quarters),
            "plot": (BINS * BIN_PX, HEIGHT_PX),
            "today": line["quality"] if line and is_span else None,
            "pending": await self._site.pending(visitor),
        }

    async def _report(self, visitor: Visitor, port: str) -> dict[str, Any] | None:
        if not visitor.is_editor:
            return None
        try:
            report: dict[str, Any] = await self._site.api.get(f"/v1/lines/{port}/doctor", visitor.who)
        except ApiError as error:
            if error.code != "unknown-report":
                raise
            return None
        return report


def bars(quarters: Sequence[Mapping[str, Any]]) -> list[Bar]:
    """Draw the quarters of an hour, the newest at the right: seconds that were bad, on top of each other.

    A quarter with a single errored second has a bar that can be seen: the height goes with the square root.
    """
    drawn: list[Bar] = []
    for place, one in enumerate(reversed(quarters[-BINS:])):
        wrong = {
            "errored_s": one["errored_s"] - one["severe_s"],
            "severe_s": one["severe_s"],
            "unavailable_s": one["unavailable_s"],
        }
        total = sum(wrong.values())
        full = round(HEIGHT_PX * (min(total, BIN_S) / BIN_S) ** 0.5)
        counts = f"ES {one['errored_s']}, SES {one['severe_s']}, UAS {one['unavailable_s']}"
        title = f"{one['began_utc'][11:16]} UTC: {counts}"
        y = HEIGHT_PX
        for kind in _KINDS:
            height = -(-full * wrong[kind] // total) if total else 0
            if height:
                y -= height
                drawn.append(Bar(kind, (BINS - 1 - place) * BIN_PX, y, height, title))
    return drawn
