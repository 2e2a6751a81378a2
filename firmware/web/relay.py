"""Pass a file of the box on to the browser, piece by piece, with ranges."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

from starlette.responses import Response, StreamingResponse

from firmware.api.client import ApiClient, Who

_PASSED = ("content-length", "content-range", "accept-ranges", "etag", "last-modified")


async def relay(
    api: ApiClient, who: Who, path: str, byte_range: str, *, media_type: str = "audio/wav"
) -> Response:
    """Answer with a file of the API.

    raises  ApiError, ApiDown before anything is sent
    """
    stack = AsyncExitStack()
    answer = await stack.enter_async_context(api.download(path, who, byte_range))

    async def pieces() -> AsyncIterator[bytes]:
        async with stack:
            async for piece in answer.aiter_raw():
                yield piece

    headers = {name: answer.headers[name] for name in _PASSED if name in answer.headers}
    return StreamingResponse(pieces(), answer.status_code, headers, media_type=media_type)
