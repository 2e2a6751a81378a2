"""The voice menus: keys, greeting, and what happens without a key."""

from __future__ import annotations

from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from firmware.api.client import ApiError
from firmware.text import Text
from firmware.web.page import Visitor, to
from firmware.web.site import Site, visitor_of

KEYS = "1234567890*#"
_FIELD = {"*": "star", "#": "hash"}
_NO_MENU = Text(zh="没有这个菜单。请从列表中选择。", en="There is no such menu. Choose one from the list.")
_TEXTS = ("greeting", "give_up")
_NUMBERS = ("timeout_s", "tries")


def field_of(key: str) -> str:
    """Name the form's field for a key of the phone."""
    return f"key_{_FIELD.get(key, key)}"


class Menus:
    """The menus' pages."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[BaseRoute]:
        """Give the addresses."""
        behind = self._site.door.behind
        return [
            Route("/menus", behind(self.show_all), methods=["GET"]),
            Route("/menus", behind(self.add), methods=["POST"]),
            Route("/menus/{name}", behind(self.show), methods=["GET"]),
            Route("/menus/{name}", behind(self.save), methods=["POST"]),
            Route("/menus/{name}/delete", behind(self.delete), methods=["POST"]),
        ]

    async def show_all(self, request: Request) -> Response:
        """List the menus."""
        return self._site.pages.show(request, "menus.html", **await self._all(visitor_of(request)))

    async def add(self, request: Request) -> Response:
        """Make a menu."""
        visitor, form = visitor_of(request), await request.form()
        name = _text(form, "name")
        try:
            title = {"zh": _text(form, "title_zh"), "en": _text(form, "title_en")}
            await self._site.set(visitor, f"menus.{name}.title", title)
        except ApiError as error:
            return self._site.pages.failed(request, "menus.html", error, **await self._all(visitor))
        return to(f"/menus/{name}", "saved")

    async def show(self, request: Request) -> Response:
        """Show one menu as a form."""
        return await self._form(request, None)

    async def save(self, request: Request) -> Response:
        """Put the form into the visitor's candidate."""
        visitor, form = visitor_of(request), await request.form()
        name = request.path_params["name"]
        try:
            for path, value in self._edits(await self._menu(visitor, name), form):
                where = f"menus.{name}.{path}"
                if value is None:
                    await self._site.unset(visitor, where)
                else:
                    await self._site.set(visitor, where, value)
        except ApiError as error:
            return await self._form(request, error)
        return to(f"/menus/{name}", "saved")

    async def delete(self, request: Request) -> Response:
        """Take a menu away."""
        visitor = visitor_of(request)
        try:
            await self._site.unset(visitor, f"menus.{request.path_params['name']}")
        except ApiError as error:
            return self._site.pages.failed(request, "menus.html", error, **await self._all(visitor))
        return to("/menus", "saved")

    def _edits(self, menu: dict[str, Any], form: FormData) -> list[tuple[str, Any]]:
        """List what the form changes: path below the menu and new value, None to delete."""
        edits: list[tuple[str, Any]] = []
        title = {"zh": _text(form, "title_zh"), "en": _text(form, "title_en")}
        if title != menu["title"]:
            edits.append(("title", title))
        for key in KEYS:
            old, new = menu["keys"].get(key, ""), _text(form, field_of(key))
            if new != old:
                edits.append((f"keys.{key}", new or None))
        for name in (*_TEXTS, *_NUMBERS):
            new = _text(form, name)
            if new != str(menu[name]):
                edits.append((name, new))
        return edits

    async def _all(self, visitor: Visitor) -> dict[str, Any]:
        tree = await self._site.tree(visitor)
        return {"menus": tree["menus"], "tree": tree, "pending": await self._site.pending(visitor)}

    async def _menu(self, visitor: Visitor, name: str) -> dict[str, Any]:
        for menu in (await self._site.tree(visitor))["menus"]:
            if menu["name"] == name:
                found: dict[str, Any] = menu
                return found
        raise ApiError(404, "unknown-menu", "name", _NO_MENU)

    async def _form(self, request: Request, error: ApiError | None) -> Response:
        visitor = visitor_of(request)
        try:
            menu = await self._menu(visitor, request.path_params["name"])
        except ApiError as missing:
            return self._site.pages.failed(request, "menus.html", missing, **await self._all(visitor))
        tree = await self._site.tree(visitor)
        standard = (await self._site.api.get("/v1/prompts", visitor.who))["standard"]
        own = [prompt["name"] for prompt in tree["prompts"]]
        values: dict[str, Any] = {
            "menu": menu,
            "tree": tree,
            "keys": [(key, field_of(key), menu["keys"].get(key, "")) for key in KEYS],
            "prompts": sorted({*standard, *own, menu["greeting"]}),
            "pending": await self._site.pending(visitor),
        }
        if error is not None:
            return self._site.pages.failed(request, "menu.html", error, **values)
        return self._site.pages.show(request, "menu.html", **values)


def _text(form: FormData, name: str) -> str:
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""
