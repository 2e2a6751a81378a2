"""Set-up and users. The faces hash and verify passwords; the box keeps the hashes.

These routes give no rights by themselves: only processes that the socket lets in reach them.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field

from firmware.api.attempts import Attempts
from firmware.api.core import Refused, Role, User
from firmware.api.who import CoreOf, UserKeeper
from firmware.text import Text

router = APIRouter(prefix="/v1/auth", tags=["auth"])
NAME = r"^[A-Za-z0-9._-]{1,32}$"
UserName = Annotated[str, Path(pattern=NAME)]
Hash = Annotated[str, Field(pattern=r"^\$argon2id\$", max_length=300)]
_NO_USER = Text(zh="没有这个用户。", en="There is no such user. See the list of users.")
_WRONG_CODE = Text(
    zh="设置码不对。设置码印在机身标签上，也显示在面板和控制台上。",
    en="The set-up code is wrong. It is on the label of the box, on its panel and on the console.",
)
_LAST_OWNER = Text(
    zh="这是最后一位机主，不能删除或降级。请先添加另一位机主。",
    en="This is the last owner and must stay one. Add another owner first.",
)


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class CodeBody(_Body):
    """The set-up code to check."""

    code: str = Field(max_length=64)


class SetUpBody(_Body):
    """The first owner."""

    code: str = Field(max_length=64)
    name: str = Field(pattern=NAME)
    password_hash: Hash


class UserBody(_Body):
    """A user's role and password."""

    role: Role
    password_hash: Hash


def _attempts(request: Request) -> Attempts:
    attempts: Attempts = request.app.state.attempts
    return attempts


@router.get("")
async def status(core: CoreOf) -> dict[str, Any]:
    """Say whether an owner has set a password."""
    return {"setup_done": core.secrets.is_set_up()}


@router.post("/setup/check", status_code=204)
async def check_code(body: CodeBody, request: Request, core: CoreOf) -> None:
    """Check the set-up code without using it up."""
    _attempts(request).spend()
    if not core.secrets.is_setup_code(body.code):
        raise Refused("wrong-code", _WRONG_CODE, "code")


@router.post("/setup", status_code=201)
async def set_up(body: SetUpBody, request: Request, core: CoreOf) -> dict[str, Any]:
    """Make the first owner, with the set-up code."""
    _attempts(request).spend()
    core.secrets.set_up(body.code, User(body.name, Role.OWNER, body.password_hash))
    return {"name": body.name, "role": Role.OWNER.value}


@router.get("/users")
async def users(core: CoreOf, _actor: UserKeeper) -> dict[str, Any]:
    """List the users, without hashes."""
    return {"users": [{"name": user.name, "role": user.role.value} for user in core.secrets.users()]}


@router.get("/users/{name}")
async def user(name: UserName, core: CoreOf) -> dict[str, Any]:
    """Give one user with the password hash, for a face to verify a login."""
    found = core.secrets.user(name)
    if found is None:
        raise Refused("unknown-user", _NO_USER, "name")
    return {"name": found.name, "role": found.role.value, "password_hash": found.password_hash}


@router.put("/users/{name}", status_code=204)
async def put_user(name: UserName, body: UserBody, core: CoreOf, actor: UserKeeper) -> None:
    """Make or change a user."""
    if body.role is not Role.OWNER:
        _keep_an_owner(core, name)
    core.secrets.set_user(User(name, body.role, body.password_hash))
    core.audit(actor, "user.set", {"name": name, "role": body.role.value})


@router.delete("/users/{name}", status_code=204)
async def delete_user(name: UserName, core: CoreOf, actor: UserKeeper) -> None:
    """Delete a user."""
    if core.secrets.user(name) is None:
        raise Refused("unknown-user", _NO_USER, "name")
    _keep_an_owner(core, name)
    core.secrets.delete_user(name)
    core.audit(actor, "user.delete", {"name": name})


def _keep_an_owner(core: CoreOf, name: str) -> None:
    owners = {user.name for user in core.secrets.users() if user.role is Role.OWNER}
    if owners == {name}:
        raise Refused("last-owner", _LAST_OWNER, "name")
