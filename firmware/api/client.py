"""The faces' way to the API: HTTP over the Unix socket, errors as exceptions with texts for people."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from firmware.api.delta import merged
from firmware.text import Language, Text

TIMEOUT_S = 5.0
STREAM_SILENCE_S = 25.0  # the API sends a heartbeat every 10 s
_DOWN = Text(
    zh="通话程序没有应答，可能正在重启。通话不受网页影响；请稍候，本页会自动恢复。",
    en="The call program does not answer; it may be restarting. Wait a little: this page recovers by itself.",
)
_ODD = Text(
    zh="通话程序的回答看不懂。请确认各部分版本一致，然后重启设备。",
    en="The call program's answer makes no sense. Check that all parts have one version, then restart.",
)


@dataclass(frozen=True, slots=True)
class Who:
    """The person a face speaks for."""

    name: str
    role: str

    def headers(self) -> dict[str, str]:
        """Give the headers that say so."""
        return {"X-Callbox-Actor": self.name, "X-Callbox-Role": self.role}


class ApiError(Exception):
    """The API refused; `text` says why and what to do next."""

    def __init__(self, status: int, code: str, field: str, text: Text, problems: Sequence[Text] = ()) -> None:
        super().__init__(f"{status} {code} {field}: {text.en}")
        self.status = status
        self.code = code
        self.field = field
        self.text = text
        self.problems = tuple(problems)  # with their paths, when settings were refused

    def lines(self, language: Language) -> list[str]:
        """Give all that is wrong, one line each."""
        return [problem.in_(language) for problem in self.problems or (self.text,)]


class ApiDown(ApiError):
    """Nobody answers on the socket."""

    def __init__(self) -> None:
        super().__init__(503, "down", "", _DOWN)


class ApiClient:
    """One per process; safe for many requests at once."""

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        self._http = httpx.AsyncClient(transport=transport, base_url="http://callbox", timeout=TIMEOUT_S)

    @classmethod
    def on_socket(cls, path: Path) -> ApiClient:
        """Reach the API on its Unix socket; nothing is opened yet."""
        return cls(httpx.AsyncHTTPTransport(uds=str(path)))

    async def close(self) -> None:
        """Give the connections back."""
        await self._http.aclose()

    async def get(self, path: str, who: Who | None = None, **params: str | int) -> dict[str, Any]:
        """Read.

        raises  ApiError, ApiDown
        """
        return await self._json("GET", path, who, params=params)

    async def post(
        self, path: str, who: Who | None = None, body: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Do something.

        raises  ApiError, ApiDown
        """
        return await self._json("POST", path, who, json=body)

    async def put(self, path: str, who: Who, body: Mapping[str, Any]) -> dict[str, Any]:
        """Replace something.

        raises  ApiError, ApiDown
        """
        return await self._json("PUT", path, who, json=body)

    async def delete(self, path: str, who: Who) -> None:
        """Delete something.

        raises  ApiError, ApiDown
        """
        await self._json("DELETE", path, who)

    async def upload(self, path: str, who: Who, data: bytes) -> dict[str, Any]:
        """Send a file.

        raises  ApiError, ApiDown
        """
        return await self._json("POST", path, who, content=data)

    async def _json(self, method: str, path: str, who: Who | None, **what: Any) -> dict[str, Any]:
        headers = who.headers() if who else {}
        try:
            answer = await self._http.request(method, path, headers=headers, **what)
        except httpx.TransportError as error:
            raise ApiDown() from error
        if answer.is_error:
            raise error_of(answer.status_code, answer.content)
        found: dict[str, Any] = _parsed(answer.content) if answer.content else {}
        return found

    @asynccontextmanager
    async def download(self, path: str, who: Who, byte_range: str = "") -> AsyncIterator[httpx.Response]:
        """Read a file in pieces; `byte_range` is a Range header.

        raises  ApiError, ApiDown
        """
        headers = who.headers() | ({"Range": byte_range} if byte_range else {})
        try:
            async with self._http.stream("GET", path, headers=headers) as answer:
                if answer.is_error:
                    raise error_of(answer.status_code, await answer.aread())
                yield answer
        except httpx.TransportError as error:
            raise ApiDown() from error

    async def watch(self, who: Who) -> AsyncIterator[dict[str, Any]]:
        """Give the live picture now and after each change, until the box goes away.

        raises  ApiError, ApiDown
        """
        timeout = httpx.Timeout(TIMEOUT_S, read=STREAM_SILENCE_S)
        try:
            async with self._http.stream(
                "GET", "/v1/state/stream?changes=true", headers=who.headers(), timeout=timeout
            ) as answer:
                if answer.is_error:
                    raise error_of(answer.status_code, await answer.aread())
                picture: dict[str, Any] = {}
                async for line in answer.aiter_lines():
                    if line.startswith("data: "):
                        data = _parsed(line[6:].encode())
                        picture = merged(picture, data) if "passed_s" in data else data
                        yield picture
        except httpx.TransportError as error:
            raise ApiDown() from error
        raise ApiDown()


def _parsed(data: bytes) -> dict[str, Any]:
    try:
        found = json.loads(data)
    except ValueError as error:
        raise ApiError(502, "odd-answer", "", _ODD) from error
    if not isinstance(found, dict):
        raise ApiError(502, "odd-answer", "", _ODD)
    return found


def error_of(status: int, content: bytes) -> ApiError:
    """Turn an error body into an exception."""
    body = _parsed(content).get("error", {})
    text = body.get("text")
    if not isinstance(text, dict):
        return ApiError(status, "odd-answer", "", _ODD)
    problems = [_problem(problem["path"], problem["text"]) for problem in body.get("problems", ())]
    return ApiError(status, body.get("code", ""), body.get("field", ""), Text(**text), problems)


def _problem(path: str, text: dict[str, str]) -> Text:
    head = f"{path}: " if path else ""
    return Text(zh=head + text["zh"], en=head + text["en"])
