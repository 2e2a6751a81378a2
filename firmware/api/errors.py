"""The error body that every face shows, and how failures become one.

`{"error": {"code", "field", "text": {"zh", "en"}, "problems": [{"path", "text"}]}}`; `text` says what is
wrong and what to do next; `problems` is there when settings have been refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from firmware.api.core import Problem, Refused
from firmware.text import Text

# pydantic's error types that the requests here can produce; anything else falls back to `_WRONG`
_BY_TYPE = {
    "missing": Text(zh="缺少此项，请填写。", en="This is missing; give a value."),
    "extra_forbidden": Text(zh="没有这一项，请去掉它。", en="There is no such field; leave it out."),
    "json_invalid": Text(zh="内容不是正确的 JSON。", en="The body is not valid JSON."),
    "string_type": Text(zh="应为文字。", en="This must be a text."),
    "int_parsing": Text(zh="应为整数。", en="This must be a whole number."),
    "int_type": Text(zh="应为整数。", en="This must be a whole number."),
    "bool_type": Text(zh="应为 true 或 false。", en="This must be true or false."),
    "bool_parsing": Text(zh="应为 true 或 false。", en="This must be true or false."),
}
_WRONG = Text(
    zh="此值不允许。允许的值见接口说明。", en="This value is not allowed; see the API page for what is."
)
_NOT_FOUND = Text(
    zh="没有这个地址，请查看接口说明。", en="There is nothing at this address; see the API page."
)
_METHOD = Text(zh="此地址不支持该方法。", en="This address does not support that method.")


class Denied(Refused):
    """The role may not do this."""


def body(code: str, field: str, text: Text, problems: Sequence[Problem] = ()) -> dict[str, Any]:
    """Build the error body."""
    error: dict[str, Any] = {"code": code, "field": field, "text": text.model_dump()}
    if problems:
        error["problems"] = [{"path": one.path, "text": one.text.model_dump()} for one in problems]
    return {"error": error}


def status_of(refused: Refused) -> int:
    """Choose the HTTP status: 401, 403 who you are; 404 not there; 400 wrong input; 429 too often; or 409."""
    by_code = {"who": 401, "too-often": 429, "busy": 503, "too-large": 413, "invalid-setting": 400}
    if isinstance(refused, Denied):
        return 403
    if refused.code.startswith("unknown-"):
        return 404
    return by_code.get(refused.code, 400 if refused.code.startswith("wrong-") else 409)


def _constraint(error: dict[str, Any]) -> Text | None:
    ctx = error.get("ctx", {})
    limits = {
        "string_pattern_mismatch": ("pattern", "格式应符合 {}", "must have the form {}"),
        "string_too_long": ("max_length", "最多 {} 个字符", "at most {} characters"),
        "string_too_short": ("min_length", "至少 {} 个字符", "at least {} characters"),
        "greater_than_equal": ("ge", "最小为 {}", "at least {}"),
        "less_than_equal": ("le", "最大为 {}", "at most {}"),
        "enum": ("expected", "允许的值：{}", "allowed: {}"),
        "literal_error": ("expected", "允许的值：{}", "allowed: {}"),
    }
    known = limits.get(error["type"])
    if known is None:
        return None
    value = ctx.get(known[0], "")
    return Text(zh=known[1].format(value) + "。", en=f"This is not allowed: {known[2].format(value)}.")


def _text_of(error: dict[str, Any]) -> Text:
    return _constraint(error) or _BY_TYPE.get(error["type"], _WRONG)


async def _refused(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Refused)
    return JSONResponse(body(error.code, error.field, error.text, error.problems), status_of(error))


async def _invalid(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"][1:])
    return JSONResponse(body("invalid-request", field, _text_of(first)), 400)


async def _http(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        return JSONResponse(body("wrong-method", "", _METHOD), 405)
    return JSONResponse(body("unknown-address", "", _NOT_FOUND), error.status_code)


def install(app: FastAPI) -> None:
    """Make `app` answer every failure with the error body."""
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
