"""The owner's page of users."""

from __future__ import annotations

import httpx
import pytest

from firmware.api.core import Role, User
from firmware.password import hash_password, verify
from firmware.web.views.users import ROLES
from tests.firmware.api.memory_box import MemoryBox

PASSWORD = "some other words here"
FORM = {"name": "bob", "role": "supervisor", "password": PASSWORD, "again": PASSWORD}


def test_the_list_of_roles_is_the_boxs() -> None:
    assert set(ROLES) == {role.value for role in Role}


async def log_in(web: httpx.AsyncClient, name: str) -> httpx.Response:
    await web.post("/logout")
    return await web.post("/login", data={"name": name, "password": PASSWORD})


async def test_the_owner_adds_a_user_who_logs_in(owner: httpx.AsyncClient, box: MemoryBox) -> None:
    page = await owner.post("/users", data=FORM)
    assert "bob" in page.text
    assert "Supervisor" in page.text
    user = box.secrets.user("bob")
    assert user is not None
    assert user.role is Role.SUPERVISOR
    assert "user.set" in [row["action"] for row in box.records.audited]
    assert (await log_in(owner, "bob")).url.path == "/"


@pytest.mark.parametrize(
    ("change", "status", "says"),
    [
        ({"name": "b b"}, 400, "letters, digits"),
        ({"name": "ada"}, 409, "There is a user of this name"),
        ({"role": "king"}, 400, "allowed are owner, supervisor, installer, agent"),
        ({"role": ""}, 400, "allowed are owner"),
        ({"password": "short", "again": "short"}, 400, "10 to 200 characters"),
        ({"again": "another password"}, 400, "two passwords differ"),
    ],
)
async def test_a_wrong_user_is_refused_with_what_is_allowed(
    owner: httpx.AsyncClient, box: MemoryBox, change: dict[str, str], status: int, says: str
) -> None:
    answer = await owner.post("/users", data=FORM | change)
    assert answer.status_code == status
    assert says in answer.text
    assert PASSWORD not in answer.text
    assert box.secrets.user("bob") is None


async def test_a_new_password_for_somebody(owner: httpx.AsyncClient, box: MemoryBox) -> None:
    box.secrets.set_user(User("bob", Role.INSTALLER, await hash_password("forgotten words")))
    new = {"password": PASSWORD, "again": PASSWORD}
    assert (await owner.post("/users/bob/password", data=new)).url.path == "/users"
    user = box.secrets.user("bob")
    assert user is not None
    assert user.role is Role.INSTALLER
    assert await verify(PASSWORD, user.password_hash)
    assert (await owner.post("/users/nobody/password", data=new)).status_code == 404
    assert (await owner.post("/users/bob/password", data={"password": PASSWORD})).status_code == 400


async def test_the_own_new_password_is_asked_for_at_once(owner: httpx.AsyncClient) -> None:
    answer = await owner.post("/users/ada/password", data={"password": PASSWORD, "again": PASSWORD})
    assert answer.url.path == "/login"
    assert "log in with the new one" in answer.text
    assert (await log_in(owner, "ada")).url.path == "/"


async def test_users_are_deleted_but_not_the_last_owner(owner: httpx.AsyncClient, box: MemoryBox) -> None:
    await owner.post("/users", data=FORM)
    await owner.post("/users/bob/delete")
    assert box.secrets.user("bob") is None
    answer = await owner.post("/users/ada/delete")
    assert (answer.status_code, "last owner" in answer.text) == (409, True)
    assert box.secrets.user("ada") is not None


async def test_nobody_else_sees_or_makes_users(owner: httpx.AsyncClient, box: MemoryBox) -> None:
    assert 'href="/users"' in (await owner.get("/")).text
    for role in ("supervisor", "installer", "agent"):
        box.secrets.set_user(User(role, Role(role), await hash_password(PASSWORD)))
    for role in ("supervisor", "installer", "agent"):
        assert 'href="/users"' not in (await log_in(owner, role)).text
        assert (await owner.get("/users")).status_code == 403
        assert (await owner.post("/users", data=FORM)).status_code == 403
        assert (await owner.post("/users/ada/delete")).status_code == 403
    assert {user.name for user in box.secrets.users()} == {"ada", "supervisor", "installer", "agent"}
