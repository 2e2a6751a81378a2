"""Who is asking: the actor and role headers that the faces set, and the check of a right.

Dependencies are coroutines because FastAPI runs plain functions in threads, and the box has none to spare.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeAlias

from fastapi import Depends, Header, Request

from firmware.api.core import Actor, Core, Refused, Role
from firmware.api.errors import Denied
from firmware.api.roles import Right, may
from firmware.text import Text

ACTOR_HEADER = "X-Callbox-Actor"
ROLE_HEADER = "X-Callbox-Role"
_NAME = re.compile(r"^[A-Za-z0-9._-]{1,32}$")
_WHO = Text(
    zh="请求没有说明操作人。请登录后再试。",
    en="The request does not say who is asking. Log in and try again.",
)
_MAY_NOT = Text(
    zh="您的身份不能做这件事。请让机主来做，或由机主更改您的身份。",
    en="Your role may not do this. Ask the owner to do it, or to change your role.",
)


async def core_of(request: Request) -> Core:
    """Give the box behind this app."""
    core: Core = request.app.state.core
    return core


CoreOf: TypeAlias = Annotated[Core, Depends(core_of)]


async def actor_of(
    x_callbox_actor: Annotated[str, Header()] = "", x_callbox_role: Annotated[str, Header()] = ""
) -> Actor:
    """Read the headers.

    raises  Refused `who` if they are missing or malformed
    """
    if not _NAME.match(x_callbox_actor) or x_callbox_role not in set(Role):
        raise Refused("who", _WHO, ROLE_HEADER)
    return Actor(x_callbox_actor, Role(x_callbox_role))


def with_right(right: Right) -> Callable[[Actor], Awaitable[Actor]]:
    """Make the dependency that lets only roles with this right pass."""

    async def check(actor: Annotated[Actor, Depends(actor_of)]) -> Actor:
        if not may(actor.role, right):
            raise Denied("not-allowed", _MAY_NOT, right.value)
        return actor

    return check


Viewer: TypeAlias = Annotated[Actor, Depends(with_right(Right.SEE))]
Server: TypeAlias = Annotated[Actor, Depends(with_right(Right.SERVE))]
CallEnder: TypeAlias = Annotated[Actor, Depends(with_right(Right.HANG_UP))]
LineKeeper: TypeAlias = Annotated[Actor, Depends(with_right(Right.LINES))]
SettingsReader: TypeAlias = Annotated[Actor, Depends(with_right(Right.READ_SETTINGS))]
SettingsWriter: TypeAlias = Annotated[Actor, Depends(with_right(Right.CHANGE_SETTINGS))]
PromptMaker: TypeAlias = Annotated[Actor, Depends(with_right(Right.PROMPTS))]
RecordsReader: TypeAlias = Annotated[Actor, Depends(with_right(Right.READ_RECORDS))]
Listener: TypeAlias = Annotated[Actor, Depends(with_right(Right.LISTEN))]
UserKeeper: TypeAlias = Annotated[Actor, Depends(with_right(Right.USERS))]
Auditor: TypeAlias = Annotated[Actor, Depends(with_right(Right.AUDIT))]
