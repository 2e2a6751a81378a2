"""Set-up, login, sessions, and what is refused at the door."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from firmware.text import Language
from firmware.web.guard import Guard
from firmware.web.sessions import ABSOLUTE_S, IDLE_S, Sessions
from firmware.web.texts import preferred
from tests.firmware.api.memory_box import CODE, MemoryBox
from tests.firmware.web.conftest import Clock

PASSWORD = "four words make it"
FORM = {"code": CODE, "name": "ada", "password": PASSWORD, "again": PASSWORD}


async def test_everything_leads_to_the_set_up_first(web: httpx.AsyncClient) -> None:
    for path in ("/", "/menus", "/calls", "/login"):
        answer = await web.get(path)
        assert answer.url.path == "/setup"
        assert "Set-up code" in answer.text


async def test_set_up_logs_the_owner_in_and_is_over(owner: httpx.AsyncClient, box: MemoryBox) -> None:
    assert "Callers" in (await owner.get("/")).text or "callers waiting" in (await owner.get("/")).text
    user = box.secrets.user("ada")
    assert user is not None
    assert user.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert (await owner.get("/setup")).url.path != "/setup"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"code": "WRONG"}, "set-up code is wrong"),
        ({"password": "short", "again": "short"}, "10 to 200 characters"),
        ({"again": "another password"}, "two passwords differ"),
        ({"name": "a b"}, "letters, digits"),
    ],
)
async def test_a_wrong_set_up_says_what_to_do(
    web: httpx.AsyncClient, box: MemoryBox, change: dict[str, str], says: str
) -> None:
    answer = await web.post("/setup", data=FORM | change)
    assert answer.status_code == 400
    assert says in answer.text
    assert PASSWORD not in answer.text
    assert not box.secrets.is_set_up()


async def test_login_and_logout(owner: httpx.AsyncClient) -> None:
    await owner.post("/logout")
    assert (await owner.get("/")).url.path == "/login"
    wrong = await owner.post("/login", data={"name": "ada", "password": "guess"})
    assert (wrong.status_code, "Wrong user name or password" in wrong.text) == (401, True)
    unknown = await owner.post("/login", data={"name": "bob", "password": "guess"})
    assert unknown.text.replace("bob", "ada") == wrong.text
    assert (await owner.post("/login", data={"name": "ada", "password": PASSWORD})).url.path == "/"


async def test_guessing_is_braked(owner: httpx.AsyncClient) -> None:
    await owner.post("/logout")
    codes = [
        (await owner.post("/login", data={"name": f"u{n} x", "password": "guess"})).status_code
        for n in range(22)
    ]
    assert codes[0] == 401
    assert codes[-1] == 429


async def test_the_cookie_is_strict_and_its_secret_is_not_on_the_disk(
    owner: httpx.AsyncClient, box: MemoryBox
) -> None:
    await owner.post("/logout")
    answer = await owner.post("/login", data={"name": "ada", "password": PASSWORD}, follow_redirects=False)
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=strict" in cookie
    secret = cookie.split("=", 1)[1].split(";")[0].encode()
    folder = box.prompts._folder
    assert all(secret not in file.read_bytes() for file in folder.glob("web.sqlite*"))


@pytest.mark.parametrize("after_s", [IDLE_S + 1, ABSOLUTE_S + 1])
async def test_an_idle_session_ends(owner: httpx.AsyncClient, clock: Clock, after_s: float) -> None:
    assert (await owner.get("/menus")).url.path == "/menus"
    clock.utc_s += after_s
    assert (await owner.get("/menus")).url.path == "/login"


async def test_use_keeps_a_session_but_not_for_ever(owner: httpx.AsyncClient, clock: Clock) -> None:
    for _ in range(int(ABSOLUTE_S / 3600) - 1):
        clock.utc_s += 3600
        assert (await owner.get("/login")).status_code == 200
        assert (await owner.get("/menus")).url.path == "/menus"
    clock.utc_s += 3600
    assert (await owner.get("/menus")).url.path == "/login"


async def test_a_new_password_ends_the_sessions(owner: httpx.AsyncClient, box: MemoryBox) -> None:
    user = box.secrets.user("ada")
    assert user is not None
    box.secrets.set_user(type(user)(user.name, user.role, "$argon2id$other"))
    assert (await owner.get("/menus")).url.path == "/login"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "", "Sec-Fetch-Site": "same-origin"},
    ],
)
async def test_forms_of_other_sites_are_refused(owner: httpx.AsyncClient, headers: dict[str, str]) -> None:
    answer = await owner.post("/changes/commit", headers=headers)
    assert answer.status_code == 403
    assert "another site" in answer.text


async def test_without_origin_the_browser_must_say_same_origin(owner: httpx.AsyncClient) -> None:
    del owner.headers["Origin"]
    assert (await owner.post("/changes/discard")).status_code == 403
    cross = {"Sec-Fetch-Site": "same-site"}
    assert (await owner.post("/changes/discard", headers=cross)).status_code == 403
    same = {"Sec-Fetch-Site": "same-origin"}
    assert (await owner.post("/changes/discard", headers=same)).status_code == 200


async def test_every_answer_is_guarded(owner: httpx.AsyncClient) -> None:
    for path in ("/", "/nothing", "/static/live.js"):
        answer = await owner.get(path)
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert (await owner.get("/")).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "zh"), ("fr", "zh"), ("en-GB,en;q=0.9", "en"), ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("fr;q=1,en;q=0.5,zh;q=0.4", "en"), ("zh;q=0,en;q=0.1", "en"), ("en;q=nonsense", "zh"),
    ],
)  # fmt: skip
def test_the_browser_chooses_the_language(header: str, language: str) -> None:
    assert preferred(header) == Language(language)


async def test_the_switch_wins_and_stays(web: httpx.AsyncClient) -> None:
    answer = await web.post("/language", data={"to": "zh", "back": "/setup"})
    assert "首次设置" in answer.text
    assert "首次设置" in (await web.get("/setup")).text


async def test_after_a_refused_form_the_switch_leads_to_the_form(web: httpx.AsyncClient) -> None:
    answer = await web.post("/changes/commit", headers={"Referer": "http://box/changes"})
    assert answer.url.path == "/setup"
    refused = await web.post("/setup", data=FORM | {"again": "x"}, headers={"Referer": "http://box/setup"})
    assert 'name="back" value="/setup"' in refused.text


async def test_a_live_picture_is_not_pushed_to_other_sites() -> None:
    async def app(*_: object) -> None:
        raise AssertionError("the app was reached")

    sent: list[object] = []

    async def send(message: object) -> None:
        sent.append(message)

    async def receive() -> dict[str, str]:
        return {"type": "websocket.connect"}

    headers = [(b"host", b"box"), (b"origin", b"http://evil.example")]
    await Guard(app)({"type": "websocket", "path": "/live", "headers": headers}, receive, send)
    assert sent == [{"type": "websocket.close", "code": 1008}]


@pytest.mark.parametrize("back", ["//evil.example", "https://evil.example", "/\\evil.example", ""])
async def test_the_switch_leads_nowhere_else(web: httpx.AsyncClient, back: str) -> None:
    answer = await web.post("/language", data={"to": "zh", "back": back}, follow_redirects=False)
    assert answer.headers["location"] == "/"


def test_a_damaged_file_of_logins_is_put_aside(tmp_path: Path) -> None:
    path = tmp_path / "web.sqlite"
    path.write_bytes(b"no database at all " * 300)
    path.with_name("web.sqlite-wal").write_bytes(b"nor this")
    sessions = Sessions(path, lambda: 0.0)
    secret = sessions.begin("ada", "hash")
    assert sessions.find(secret) is not None
    sessions.close()
    assert path.with_name("web.sqlite.bad").read_bytes().startswith(b"no database")
