"""Letting somebody in at the console."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeAlias

from prompt_toolkit import PromptSession

from firmware.api.client import ApiClient, ApiError, Who
from firmware.console.terminal import Interrupted, Terminal
from firmware.password import MAX_LENGTH, verify

SETUP_USER = Who("setup-code", "installer")
TRIES = 5
Say: TypeAlias = Callable[..., str]


class Login:
    """Asks for user and password; before set-up, for the set-up code."""

    def __init__(self, api: ApiClient, terminal: Terminal, say: Say, pause_s: float = 1.0) -> None:
        self._api = api
        self._terminal = terminal
        self._say = say
        self._pause_s = pause_s  # after the first wrong try; doubled after each more

    async def ask(self) -> Who | None:
        """Give who came in; None after too many wrong tries.

        raises  EOFError when the line is lost or Ctrl-D is typed, ApiDown
        """
        ask = self._terminal.prompt_session()
        pause_s = self._pause_s
        for _ in range(TRIES):
            try:
                who = await self._once(ask)
            except Interrupted:
                continue
            if who is not None:
                return who
            await asyncio.sleep(pause_s)
            pause_s *= 2
            self._terminal.write([self._say("login.wrong")])
        self._terminal.write([self._say("login.many")])
        return None

    async def _once(self, ask: PromptSession[str]) -> Who | None:
        if not (await self._api.get("/v1/auth"))["setup_done"]:
            self._terminal.write([self._say("login.not_set_up")])
            return await self._by_code((await ask.prompt_async(self._say("login.code"))).strip().upper())
        name = (await ask.prompt_async(self._say("login.user"))).strip()
        password = await ask.prompt_async(self._say("login.password"), is_password=True)
        ask.is_password = False
        return await self._by_password(name, password[:MAX_LENGTH])

    async def _by_code(self, code: str) -> Who | None:
        try:
            await self._api.post("/v1/auth/setup/check", body={"code": code[:64]})
        except ApiError as error:
            if error.status not in (400, 429):
                raise
            return None
        return SETUP_USER

    async def _by_password(self, name: str, password: str) -> Who | None:
        user = {}
        if name.isascii() and name.replace("-", "").replace("_", "").replace(".", "").isalnum():
            try:
                user = await self._api.get(f"/v1/auth/users/{name}")
            except ApiError as error:
                if error.status not in (400, 404):
                    raise
        is_right = await verify(password, user.get("password_hash"))
        return Who(user["name"], user["role"]) if is_right else None
