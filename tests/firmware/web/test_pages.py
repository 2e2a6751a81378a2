"""What the owner does on the pages."""

from __future__ import annotations

import csv
import io
import wave
from typing import Any, cast

import httpx
import pytest

from firmware.api.client import ApiClient
from firmware.api.core import Actor, AgentPause, HangUp, Role, SetLineService, User
from firmware.password import hash_password
from tests.firmware.api.memory_box import MemoryBox, span

OWNER = Actor("ada", Role.OWNER)


def wav() -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"\x00\x10\x00\xf0" * 4000)
    return out.getvalue()


def menu(box: MemoryBox) -> dict[str, Any]:
    return cast("dict[str, Any]", box.settings.running())["menus"][0]  # type: ignore[no-any-return]


def form(box: MemoryBox, **changes: str) -> dict[str, str]:
    """The menu's form as the page shows it, with changes."""
    now = menu(box)
    keys = {f"key_{key}": target for key, target in now["keys"].items()}
    return {
        "title_zh": now["title"]["zh"], "title_en": now["title"]["en"], "greeting": now["greeting"],
        "timeout_s": str(now["timeout_s"]), "tries": str(now["tries"]), "give_up": now["give_up"],
    } | keys | changes  # fmt: skip


async def test_the_live_page_shows_who_waits(owner: httpx.AsyncClient, box: MemoryBox) -> None:
    box.call_arrives("13912345678")
    page = (await owner.get("/")).text
    assert page.count("13912345678") == 3  # line, queue, call
    assert "Li Lei" in page


async def test_buttons_give_commands(owner: httpx.AsyncClient, box: MemoryBox) -> None:
    box.call_arrives()
    await owner.post("/agents/1001/pause")
    await owner.post("/calls/c1/hang-up")
    await owner.post("/lines/fxo2/service", data={"in_service": "no"})
    expected = [AgentPause("1001"), HangUp("c1"), SetLineService("fxo2", False)]
    assert box.commands == [(command, OWNER) for command in expected]


async def test_what_the_box_refuses_stands_on_the_page(owner: httpx.AsyncClient) -> None:
    answer = await owner.post("/calls/gone/hang-up")
    assert (answer.status_code, "No such call" in answer.text or "no such call" in answer.text) == (404, True)


async def test_a_key_is_changed_compared_and_committed(owner: httpx.AsyncClient, box: MemoryBox) -> None:
    page = await owner.post("/menus/main", data=form(box, key_3="hangup", key_9="", timeout_s="7"))
    assert "Changes not in effect yet: 3" in page.text
    assert menu(box)["keys"] == {"1": "queue:info", "2": "message:info", "9": "language:en"}
    changes = (await owner.get("/changes")).text
    assert "+ menus.main.keys.3 = hangup" in changes
    assert "- menus.main.keys.9 = language:en" in changes
    await owner.post("/changes/commit", data={"comment": "summer"})
    assert menu(box)["keys"] == {"1": "queue:info", "2": "message:info", "3": "hangup"}
    assert menu(box)["timeout_s"] == 7
    assert "summer" in (await owner.get("/history")).text


async def test_star_and_hash_are_keys_too(owner: httpx.AsyncClient, box: MemoryBox) -> None:
    await owner.post("/menus/main", data=form(box, key_star="repeat", key_hash="hangup"))
    await owner.post("/changes/commit", data={})
    assert (menu(box)["keys"]["*"], menu(box)["keys"]["#"]) == ("repeat", "hangup")


async def test_an_impossible_setting_is_refused_where_it_was_typed(
    owner: httpx.AsyncClient, box: MemoryBox
) -> None:
    answer = await owner.post("/menus/main", data=form(box, timeout_s="99"))
    assert answer.status_code == 400
    assert "from 1 to 60" in answer.text
    assert 'id="menu"' in answer.text


async def test_changes_are_discarded(owner: httpx.AsyncClient, box: MemoryBox) -> None:
    await owner.post("/menus/main", data=form(box, key_3="hangup"))
    answer = await owner.post("/changes/discard")
    assert "There are no changes" in answer.text
    assert "3" not in menu(box)["keys"]


async def test_an_old_revision_comes_back(owner: httpx.AsyncClient, box: MemoryBox) -> None:
    await owner.post("/menus/main", data=form(box, key_3="hangup"))
    await owner.post("/changes/commit", data={})
    answer = await owner.post("/history/1/rollback")
    assert "- menus.main.keys.3 = hangup" in answer.text
    await owner.post("/changes/commit", data={})
    assert "3" not in menu(box)["keys"]
    assert (await owner.post("/history/99/rollback")).status_code == 400


async def test_somebody_elses_commit_is_not_overrun(owner: httpx.AsyncClient, box: MemoryBox) -> None:
    await owner.post("/menus/main", data=form(box, key_3="hangup"))
    other = box.settings.open(Actor("bob", Role.INSTALLER))
    box.settings.set(other, "menus.main.keys.3", "repeat")
    box.settings.commit(other, "", Actor("bob", Role.INSTALLER))
    answer = await owner.post("/changes/commit", data={})
    assert answer.status_code == 409
    assert "/changes/rebase" in answer.text
    assert menu(box)["keys"]["3"] == "repeat"
    await owner.post("/changes/rebase")
    await owner.post("/changes/commit", data={})
    assert menu(box)["keys"]["3"] == "hangup"


async def test_a_restart_of_the_box_loses_no_login_and_says_what_it_lost(
    owner: httpx.AsyncClient, box: MemoryBox
) -> None:
    await owner.post("/menus/main", data=form(box, key_3="hangup"))
    box.settings._store._candidates.clear()
    answer = await owner.post("/menus/main", data=form(box, key_4="hangup"))
    assert (answer.status_code, "is lost" in answer.text) == (409, True)
    assert (await owner.post("/menus/main", data=form(box, key_4="hangup"))).status_code == 200


async def test_a_menu_is_added_and_deleted(owner: httpx.AsyncClient, box: MemoryBox) -> None:
    new = {"name": "night", "title_zh": "夜间", "title_en": "Night"}
    assert (await owner.post("/menus", data=new)).url.path == "/menus/night"
    assert "Night" in (await owner.get("/menus")).text
    await owner.post("/menus/night/delete")
    assert "Night" not in (await owner.get("/menus")).text
    assert (await owner.post("/menus", data=new | {"name": "a b"})).status_code == 400


async def test_a_sound_is_uploaded_heard_and_committed(owner: httpx.AsyncClient, box: MemoryBox) -> None:
    answer = await owner.post("/prompts/greeting/zh/upload", files={"file": ("hello.wav", wav())})
    assert (answer.url.path, "your own" in answer.text) == ("/prompts/greeting", True)
    heard = await owner.get("/prompts/greeting/zh/sound", headers={"Range": "bytes=0-3"})
    assert (heard.status_code, heard.content) == (206, b"RIFF")
    await owner.post("/changes/commit", data={})
    prompts = cast("dict[str, Any]", box.settings.running())["prompts"]
    assert [prompt["name"] for prompt in prompts] == ["greeting"]
    assert len(prompts[0]["files"]["zh"]) == 64
    await owner.post("/prompts/greeting/zh/forget")
    await owner.post("/changes/commit", data={})
    assert cast("dict[str, Any]", box.settings.running())["prompts"][0]["files"] == {}


@pytest.mark.parametrize(
    ("data", "status"), [(b"ID3 this is an mp3", 400), (b"", 400), (b"x" * 6_100_000, 413)]
)
async def test_a_wrong_sound_is_refused(owner: httpx.AsyncClient, data: bytes, status: int) -> None:
    answer = await owner.post("/prompts/greeting/zh/upload", files={"file": ("x.wav", data)})
    assert answer.status_code == status
    assert "WAV file" in answer.text


async def test_a_prompt_is_recorded_from_a_phone(owner: httpx.AsyncClient, box: MemoryBox) -> None:
    page = await owner.post("/prompts/greeting/en/record", data={"phone": "801"})
    assert "Phone 801 is ringing" in page.text
    box.prompts.finish(box.prompts.store("greeting", _english(), wav(), OWNER))
    progress = (await owner.get("/prompts/recordings/r1")).text
    assert "Use this recording" in progress and "data-poll" not in progress
    sha256 = progress.split('name="sha256" value="')[1].split('"')[0]
    assert (await owner.get(f"/prompts/stored/{sha256}")).content == wav()
    await owner.post("/prompts/greeting/en/use", data={"sha256": sha256})
    await owner.post("/changes/commit", data={})
    prompts = cast("dict[str, Any]", box.settings.running())["prompts"]
    assert prompts[0]["files"] == {"en": sha256}
    refused = await owner.post("/prompts/greeting/en/record", data={"phone": "999"})
    assert (refused.status_code, "no such phone" in refused.text) == (404, True)


def _english() -> Any:
    from firmware.text import Language  # noqa: PLC0415

    return Language.EN


async def test_calls_and_messages_are_listed_and_heard(
    owner: httpx.AsyncClient, box: MemoryBox, tmp_path: Any
) -> None:
    (tmp_path / "r1.wav").write_bytes(wav())
    box.records.files["r1"] = tmp_path / "r1.wav"
    box.records.rows = [
        {
            "id": "c1", "started_utc": "2026-11-22T01:02:03.000+00:00", "direction": "in",
            "caller": "13800138000", "called": "", "result": "answered", "queue": "info", "agent": "1001",
            "wait_s": 12.3, "talk_s": 123.0, "recordings": [{"id": "r1"}],
            "recording": "r1", "port": "span1-7", "end_reason": "far-hung-up", "sound": None,
        }
    ]  # fmt: skip
    box.records.rows.append(box.records.rows[0] | {"id": "c0", "recordings": [], "recording": None})
    page = (await owner.get("/calls")).text
    assert "2026-11-22 09:02" in page  # in the site's zone
    assert "2:03" in page
    assert "span1-7" in page and "the far end hung up" in page
    assert (page.count("<audio"), 'src="/recordings/r1"' in page) == (1, True)
    assert (await owner.get("/calls/c1/recording")).content == wav()
    box.records.left = [
        {
            "id": "m1", "utc": "2026-11-22T01:02:03.000+00:00", "caller": "", "queue": "info",
            "duration_s": 12.0, "recording": "r1", "heard_utc": None, "heard_by": None,
        }
    ]  # fmt: skip
    assert "unknown number" in (await owner.get("/messages")).text
    await owner.post("/messages/m1/heard")
    assert box.records.left[0]["heard_by"] == "ada"
    assert [row["action"] for row in box.records.audited] == ["recording.listen", "message.heard"]
    assert (await owner.get("/recordings/nope")).status_code == 404


def _finished(**more: Any) -> dict[str, Any]:
    """A call of the records, as the API lists it."""
    return {
        "id": "c1", "started_utc": "2026-11-22T01:02:03.000+00:00", "direction": "out",
        "caller": "801", "called": "62345678", "result": "answered", "queue": "", "agent": "",
        "wait_s": 0.0, "talk_s": 61.26, "recordings": [], "recording": None, "port": "fxo1",
        "end_reason": "phone-hung-up", "sound": None,
    } | more  # fmt: skip


HEARD = {
    "answered_by": "machine", "lost_s": 8.0, "quiet_s": 12.4, "voice_dbm0": -38.5, "noise_dbm0": -61.0,
}  # fmt: skip


async def test_what_is_wrong_with_the_sound_is_on_the_live_page_with_what_to_do(
    owner: httpx.AsyncClient, box: MemoryBox
) -> None:
    box.call_arrives()
    call = box.live["calls"][0]
    assert "nothing is heard" not in (await owner.get("/")).text
    advice = {"zh": "请对方重复", "en": "Ask them to repeat"}
    call["sound"] = {"trouble": "lost", "since_s": 4.0, "advice": advice}
    call["party"], box.live["agents"][0]["call"] = "machine", "c1"
    page = (await owner.get("/")).text
    assert (page.count("nothing is heard"), page.count("Ask them to repeat")) == (2, 1)  # agent, call
    assert "a machine" in page
    owner.cookies.set("callbox_language", "zh")
    page = (await owner.get("/")).text
    assert "请对方重复" in page and "听不到对方" in page


async def test_the_list_of_calls_marks_who_answered_and_what_was_not_heard(
    owner: httpx.AsyncClient, box: MemoryBox
) -> None:
    box.records.rows = [_finished(sound=HEARD), _finished(id="c0")]
    page = (await owner.get("/calls")).text
    assert [page.count(mark) for mark in ("a machine", "lost for 8 s", "too quiet for 12 s")] == [1, 1, 1]
    assert 'href="/calls/c1"' in page


async def test_a_calls_page_shows_how_each_party_sounded(owner: httpx.AsyncClient, box: MemoryBox) -> None:
    silent = {"answered_by": "", "lost_s": 0.0, "quiet_s": 0.0, "voice_dbm0": None, "noise_dbm0": None}
    leg = {
        "role": "caller", "port": "fxs1", "number": "801", "agent": "", "answered": True, "ring_s": 0.0,
        "duration_s": 70.0, "end_reason": "phone-hung-up", "peak_dbm0": None, "voice_s": None,
        "clipped": None,
    } | silent  # fmt: skip
    outside = leg | HEARD | {
        "role": "callee", "port": "fxo1", "number": "62345678", "ring_s": 9.0, "peak_dbm0": -20.1,
        "voice_s": 33.0, "clipped": 0,
    }  # fmt: skip
    segment = {"kind": "talk", "name": "62345678", "offset_s": 9.0, "duration_s": 61.0}
    box.records.rows = [_finished(legs=[leg, outside], segments=[segment])]
    page = (await owner.get("/calls/c1")).text
    for text in ("1:01", "called party", "a machine", "voice -38.5", "spoke 0:33", "too quiet for 12 s"):
        assert text in page, text
    assert (await owner.get("/calls/none")).status_code == 404


async def test_calls_come_as_a_table_that_calculates_nothing(
    owner: httpx.AsyncClient, box: MemoryBox
) -> None:
    strange = _finished(id="c0", direction="in", caller='=HYPERLINK("x")', end_reason="caller-gone")
    box.records.rows = [_finished(sound=HEARD), strange]
    answer = await owner.get("/calls.csv")
    assert "attachment" in answer.headers["content-disposition"]
    head, first, second = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    row = dict(zip(head, first, strict=True))
    assert (row["When"], row["Called"], row["Talked, s"]) == ("2026-11-22 09:02", "62345678", "61.3")
    assert (row["Answered by"], row["Sound lost, s"], row["Voice, dBm0"]) == ("a machine", "8.0", "-38.5")
    other = dict(zip(head, second, strict=True))
    assert (other["Caller"], other["Answered by"], other["Sound lost, s"]) == ('\'=HYPERLINK("x")', "", "")


@pytest.mark.parametrize(("number", "cell"), [
    ("01065514001", "01065514001\t"),
    ("008613800138000", "008613800138000\t"),
    ("13800138000", "13800138000"),
])  # fmt: skip
async def test_a_spreadsheet_leaves_telephone_numbers_whole(
    owner: httpx.AsyncClient, box: MemoryBox, number: str, cell: str
) -> None:
    box.records.rows = [_finished(direction="in", caller=number)]
    head, row = csv.reader(io.StringIO((await owner.get("/calls.csv")).content.decode("utf-8-sig")))
    assert dict(zip(head, row, strict=True))["Caller"] == cell


async def test_the_table_of_calls_goes_on_over_the_pages_of_the_api(
    owner: httpx.AsyncClient, box: MemoryBox
) -> None:
    box.records.rows = [_finished(id=f"c{n}") for n in range(1203)]
    assert (await owner.get("/calls.csv")).text.count("62345678") == 1203


async def test_an_agent_sees_only_the_live_page(owner: httpx.AsyncClient, box: MemoryBox) -> None:
    box.secrets.set_user(User("1001", Role.AGENT, await hash_password("my own password")))
    await owner.post("/logout")
    page = await owner.post("/login", data={"name": "1001", "password": "my own password"})
    assert "/menus" not in page.text
    assert page.text.count("/agents/1001/pause") == 1
    assert "/agents/1002/" not in page.text
    assert (await owner.get("/calls")).status_code == 403
    assert (await owner.get("/calls/c1")).status_code == 403
    assert (await owner.get("/calls.csv")).status_code == 403
    assert (await owner.get("/menus")).status_code == 403


async def test_while_the_box_is_away_the_page_says_so(
    owner: httpx.AsyncClient, api: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def gone(*_: object, **__: object) -> None:
        raise httpx.ConnectError("no socket")

    with monkeypatch.context() as patch:
        patch.setattr(api._http, "request", gone)
        answer = await owner.get("/menus")
        assert answer.status_code == 503
        assert "does not answer" in answer.text and "/static/recover.js" in answer.text
    assert (await owner.get("/menus")).status_code == 200


async def test_what_callers_send_cannot_become_markup(owner: httpx.AsyncClient, box: MemoryBox) -> None:
    box.call_arrives("<script>alert(1)</script>")
    page = (await owner.get("/")).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


async def test_a_span_is_one_strip_of_channels(owner: httpx.AsyncClient, box: MemoryBox) -> None:
    box.live["spans"] = [{**span(), "state": "alarm", "reason": {"zh": "没有信号", "en": "No signal"}}]
    page = (await owner.get("/")).text
    assert page.count('class="channels"') == 1
    assert page.count('<li class="line-') == 3 and "13800138000" in page
    assert "No signal" in page and "errored seconds 7" in page
    assert "D-channel frames: 502 good, 3 bad, 498 sent" in page
