"""Who may log in at the pages: for the owner alone."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from firmware.api.client import ApiError
from firmware.password import hash_password
from firmware.text import Text
from firmware.web.door import check_new, check_password, fields
from firmware.web.page import Visitor, to
from firmware.web.site import Site, visitor_of

ROLES = ("owner", "supervisor", "installer", "agent")  # of firmware/api/core.py; a test compares
_EXISTS = Text(
    zh="已有同名用户。请换一个用户名，或在列表中修改他的密码。",
    en="There is a user of this name. Choose another name, or change the password in the list.",
)
_ROLE = Text(
    zh=f"角色：只能是 {'、'.join(ROLES)}。请从列表中选择。",
    en=f"Role: allowed are {', '.join(ROLES)}. Choose one from the list.",
)


class Users:
    """The page of the users. The API refuses everybody but owners."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[BaseRoute]:
        """Give the addresses."""
        behind = self._site.door.behind
        return [
            Route("/users", behind(self.show), methods=["GET"]),
            Route("/users", behind(self.add), methods=["POST"]),
            Route("/users/{name}/password", behind(self.change_password), methods=["POST"]),
            Route("/users/{name}/delete", behind(self.delete), methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """List the users."""
        return self._site.pages.show(request, "users.html", **await self._values(visitor_of(request)))

    async def add(self, request: Request) -> Response:
        """Add a user."""
        visitor, form = visitor_of(request), await fields(request)
        values = await self._values(visitor)
        try:
            check_new(form)
            if form["role"] not in ROLES:
                raise ApiError(400, "wrong-role", "role", _ROLE)
            if any(user["name"] == form["name"] for user in values["users"]):
                raise ApiError(409, "user-exists", "name", _EXISTS)
            await self._put(visitor, form["name"], form["role"], form["password"])
        except ApiError as error:
            shown = {"name": form["name"], "role": form["role"]}
            return self._site.pages.failed(request, "users.html", error, **values | shown)
        return to("/users", "user_added")

    async def change_password(self, request: Request) -> Response:
        """Set a user's password; all sessions of that user end."""
        visitor, form = visitor_of(request), await fields(request)
        name = request.path_params["name"]
        try:
            check_password(form)
            role = (await self._site.api.get(f"/v1/auth/users/{name}"))["role"]
            await self._put(visitor, name, role, form["password"])
        except ApiError as error:
            return await self._failed(request, error)
        return to("/login" if name == visitor.who.name else "/users", "password")

    async def delete(self, request: Request) -> Response:
        """Delete a user; all sessions of that user end."""
        try:
            await self._site.api.delete(
                f"/v1/auth/users/{request.path_params['name']}", visitor_of(request).who
            )
        except ApiError as error:
            return await self._failed(request, error)
        return to("/users", "user_deleted")

    async def _put(self, visitor: Visitor, name: str, role: str, password: str) -> None:
        body = {"role": role, "password_hash": await hash_password(password)}
        await self._site.api.put(f"/v1/auth/users/{name}", visitor.who, body)

    async def _failed(self, request: Request, error: ApiError) -> Response:
        values = await self._values(visitor_of(request))
        return self._site.pages.failed(request, "users.html", error, **values)

    async def _values(self, visitor: Visitor) -> dict[str, Any]:
        users = (await self._site.api.get("/v1/auth/users", visitor.who))["users"]
        pending = await self._site.pending(visitor)
        return {"users": users, "roles": ROLES, "pending": pending, "name": "", "role": "supervisor"}
