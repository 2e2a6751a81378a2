"""Set-up, login, logout, and who a request comes from."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from firmware.api.client import ApiClient, ApiError, Who
from firmware.password import MAX_LENGTH, MIN_LENGTH, hash_password, verify
from firmware.text import Text
from firmware.web.page import Pages, Visitor, to
from firmware.web.sessions import Sessions, mark_of
from firmware.web.tries import Tries

COOKIE = "callbox_session"
COOKIE_S = 7 * 24 * 3600
_NAME = re.compile(r"^[A-Za-z0-9._-]{1,32}$")
Handler: TypeAlias = Callable[[Request], Awaitable[Response]]

_NAME_FORM = Text(
    zh="用户名：1 至 32 个英文字母、数字、点、横线或下划线。",
    en="User name: 1 to 32 letters, digits, dots, dashes or underscores.",
)
_PASSWORD_FORM = Text(
    zh=f"密码：至少 {MIN_LENGTH} 个字符，最多 {MAX_LENGTH} 个。几个词连起来既好记又安全。",
    en=f"Password: {MIN_LENGTH} to {MAX_LENGTH} characters. Several words in a row are safe and easy.",
)
_DIFFERENT = Text(zh="两次输入的密码不一样。请重新输入。", en="The two passwords differ. Type them again.")
_WRONG = Text(
    zh="用户名或密码不对。请检查后再试；忘记密码请找机主。",
    en="Wrong user name or password. Check them and try again; the owner can set a new password.",
)
_TOO_OFTEN = Text(
    zh="尝试次数太多。请等几分钟再试。", en="Too many tries. Wait a few minutes, then try again."
)


class Door:
    """Lets people in."""

    def __init__(self, api: ApiClient, sessions: Sessions, pages: Pages, tries: Tries) -> None:
        self._api = api
        self._sessions = sessions
        self._pages = pages
        self._tries = tries

    async def visitor(self, request: HTTPConnection) -> Visitor | None:
        """Say who a request comes from. A deleted user or a new password ends the session.

        raises  ApiDown while the box does not answer
        """
        session = self._sessions.find(request.cookies.get(COOKIE, ""))
        if session is None:
            return None
        try:
            user = await self._api.get(f"/v1/auth/users/{session.user}")
        except ApiError as error:
            if error.status != 404:
                raise
            user = {}
        if mark_of(user.get("password_hash", "")) != session.password_mark:
            self._sessions.end(session)
            return None
        return Visitor(Who(user["name"], user["role"]), session)

    def behind(self, handler: Handler) -> Handler:
        """Let only people who are logged in reach a page; others see the login, or the set-up."""

        async def checked(request: Request) -> Response:
            visitor = await self.visitor(request)
            if visitor is None:
                return await self._send_in(request)
            request.state.visitor = visitor
            return await handler(request)

        return checked

    async def _send_in(self, request: Request) -> Response:
        status = await self._api.get("/v1/auth")
        return to("/login" if status["setup_done"] else "/setup")

    async def show_setup(self, request: Request) -> Response:
        """Show the set-up page, once."""
        if (await self._api.get("/v1/auth"))["setup_done"]:
            return to("/login")
        return self._pages.show(request, "setup.html", name="owner", code="")

    async def setup(self, request: Request) -> Response:
        """Make the owner and log in."""
        form = await fields(request)
        shown = {"name": form["name"], "code": form["code"]}
        try:
            check_new(form)
            self._spend(request, "setup")
            made = await hash_password(form["password"])
            code = form["code"].strip().upper()
            body = {"code": code, "name": form["name"], "password_hash": made}
            await self._api.post("/v1/auth/setup", body=body)
        except ApiError as error:
            return self._pages.failed(request, "setup.html", error, **shown)
        return self._let_in(form["name"], made, "setup")

    async def show_login(self, request: Request) -> Response:
        """Show the login page."""
        if not (await self._api.get("/v1/auth"))["setup_done"]:
            return to("/setup")
        return self._pages.show(request, "login.html", name="")

    async def login(self, request: Request) -> Response:
        """Check the password."""
        form = await fields(request)
        try:
            self._spend(request, form["name"])
            password_hash = await self._hash_of(form["name"])
            if not await verify(form["password"][:MAX_LENGTH], password_hash) or password_hash is None:
                raise ApiError(401, "wrong-password", "password", _WRONG)
        except ApiError as error:
            return self._pages.failed(request, "login.html", error, name=form["name"])
        return self._let_in(form["name"], password_hash)

    async def logout(self, request: Request) -> Response:
        """End the session."""
        session = self._sessions.find(request.cookies.get(COOKIE, ""))
        if session is not None:
            self._sessions.end(session)
        answer = to("/login", "logout")
        answer.delete_cookie(COOKIE)
        return answer

    def _let_in(self, name: str, password_hash: str, done: str = "") -> Response:
        answer = to("/", done)
        secret = self._sessions.begin(name, password_hash)
        answer.set_cookie(COOKIE, secret, COOKIE_S, httponly=True, samesite="strict", path="/")
        return answer

    async def _hash_of(self, name: str) -> str | None:
        if not _NAME.match(name):
            return None
        try:
            user: dict[str, Any] = await self._api.get(f"/v1/auth/users/{name}")
        except ApiError as error:
            if error.status != 404:
                raise
            return None
        return str(user["password_hash"])

    def _spend(self, request: Request, account: str) -> None:
        address = request.client.host if request.client else ""
        if not self._tries.spend(address, account):
            raise ApiError(429, "too-often", "", _TOO_OFTEN)


async def fields(request: Request) -> dict[str, str]:
    """Give the form's fields about a person; what is missing is empty."""
    form = await request.form()
    names = ("name", "code", "role", "password", "again")
    return {name: value if isinstance(value := form.get(name), str) else "" for name in names}


def check_new(form: dict[str, str]) -> None:
    """Check name and password of a new user. raises ApiError"""
    if not _NAME.match(form["name"]):
        raise ApiError(400, "wrong-name", "name", _NAME_FORM)
    check_password(form)


def check_password(form: dict[str, str]) -> None:
    """Check a new password, typed twice. raises ApiError"""
    if not MIN_LENGTH <= len(form["password"]) <= MAX_LENGTH:
        raise ApiError(400, "wrong-password", "password", _PASSWORD_FORM)
    if form["password"] != form["again"]:
        raise ApiError(400, "wrong-password", "again", _DIFFERENT)
