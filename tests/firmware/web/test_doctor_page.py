"""The line doctor's page: what it asks of the box, what it refuses, what it shows."""

from __future__ import annotations

import httpx
import pytest

from tests.firmware.api.memory_box import MemoryBox


async def test_the_live_page_leads_to_each_lines_doctor(owner: httpx.AsyncClient) -> None:
    live = (await owner.get("/")).text
    assert 'href="/doctor/fxo1"' in live and 'href="/doctor/fxo2"' in live
    page = (await owner.get("/doctor/fxo1")).text
    assert "Front" in page and 'action="/doctor/fxo1/test"' in page


async def test_what_is_asked_arrives(owner: httpx.AsyncClient, box: MemoryBox) -> None:
    await owner.post("/doctor/fxo1/test", data={"digit": "3"})
    await owner.post("/doctor/fxo1/test", data={"tune": "yes"})
    await owner.post("/doctor/fxo1/learn", data={"number": " 138 0013-8000"})
    await owner.post("/doctor/fxo1/learn", data={"wait": "yes", "number": "1"})
    await owner.post("/doctor/fxo1/capture", data={"seconds": "45"})
    assert box.doctor.asked == [
        ("test", "fxo1", "3", False),
        ("test", "fxo1", "2", True),
        ("learn", "fxo1", "13800138000"),
        ("learn", "fxo1", ""),
        ("capture", "fxo1", 45),
    ]


@pytest.mark.parametrize(
    ("path", "form", "said"),
    [
        ("test", {"digit": "22"}, "one of 0 to 9"),
        ("learn", {"number": ""}, "1 to 20 digits"),
        ("learn", {"number": "call me"}, "1 to 20 digits"),
        ("learn", {"number": "１３８"}, "1 to 20 digits"),
        ("capture", {"seconds": "0"}, "from 1 to 300"),
        ("capture", {"seconds": "301"}, "from 1 to 300"),
        ("capture", {}, "from 1 to 300"),
    ],
)
async def test_odd_input_is_refused_on_the_page(
    owner: httpx.AsyncClient, box: MemoryBox, path: str, form: dict[str, str], said: str
) -> None:
    answer = await owner.post(f"/doctor/fxo1/{path}", data=form)
    assert answer.status_code == 400
    assert said in answer.text and 'aria-invalid="true"' in answer.text
    assert box.doctor.asked == []


async def test_what_was_found_is_shown_and_kept(owner: httpx.AsyncClient, box: MemoryBox) -> None:
    page = (await owner.post("/doctor/fxo1/learn", data={"wait": "yes"})).text
    assert "48 V" in page and "verdict-good" in page and "trunks.fxo1.busy_tone = 440: 250 250" in page
    page = (await owner.post("/doctor/fxo1/store")).text
    assert box.doctor.reports["fxo1"]["is_stored"]
    assert "It is in the settings now." in page and 'action="/doctor/fxo1/store"' not in page


async def test_a_running_visit_shows_its_step_and_can_only_be_stopped(
    owner: httpx.AsyncClient, box: MemoryBox
) -> None:
    await owner.post("/doctor/fxo1/test")
    step = {"zh": "测量回声", "en": "measuring the <echo>"}
    box.doctor.reports["fxo1"] |= {"state": "running", "progress": 0.4, "step": step}
    page = (await owner.get("/doctor/fxo1/report")).text
    assert "measuring the &lt;echo&gt;" in page and 'value="0.4"' in page
    assert 'action="/doctor/fxo1/stop"' in page and 'action="/doctor/fxo1/test"' not in page
    assert "<header" not in page  # the inner part alone
    page = (await owner.post("/doctor/fxo1/stop")).text
    assert 'action="/doctor/fxo1/test"' in page


async def test_a_busy_line_says_so_before_one_asks(owner: httpx.AsyncClient, box: MemoryBox) -> None:
    box.call_arrives()
    page = (await owner.get("/doctor/fxo1")).text
    assert "The line is not idle" in page
    assert page.count(" disabled") == 3  # test, and both ways to learn


async def test_a_capture_is_downloaded_under_its_name(owner: httpx.AsyncClient) -> None:
    page = (await owner.post("/doctor/fxo1/capture", data={"seconds": "5"})).text
    assert 'href="/captures/fxo1-1.wav"' in page
    sound = await owner.get("/captures/fxo1-1.wav")
    assert (sound.content, sound.headers["content-type"]) == (b"octets", "audio/wav")
    assert sound.headers["content-disposition"] == 'attachment; filename="fxo1-1.wav"'
    registers = await owner.get("/captures/fxo1-1.csv")
    assert registers.headers["content-type"].startswith("text/csv")
    assert (await owner.get("/captures/fxo1-2.wav")).status_code == 404
    assert (await owner.get("/captures/..%2Fpasswd")).status_code in (400, 404)


async def test_an_unknown_line_has_no_page(owner: httpx.AsyncClient) -> None:
    answer = await owner.get("/doctor/fxo9")
    assert answer.status_code == 404 and "no such line" in answer.text


async def test_a_supervisor_is_told_who_may(owner: httpx.AsyncClient) -> None:
    form = {"name": "eve", "role": "supervisor", "password": "four more words yes"}
    await owner.post("/users", data=form | {"again": form["password"]})
    await owner.post("/logout")
    await owner.post("/login", data=form)
    assert "/doctor/" not in (await owner.get("/")).text
    answer = await owner.get("/doctor/fxo1")
    assert answer.status_code == 403 and "Your role may not" in answer.text
    assert (await owner.post("/doctor/fxo1/test")).status_code == 403
