"""The API as a face sees it."""

from __future__ import annotations

import io
import math
import struct
import wave
from pathlib import Path
from typing import Any

import httpx
import pytest

from firmware.api.core import (
    Actor,
    AgentLogin,
    AgentPause,
    HangUp,
    RestartSpan,
    Role,
    SetGroupService,
    SetLineService,
    StoredPrompt,
)
from tests.firmware.api.memory_box import CODE, MemoryBox, span

HASH = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$abc"
OWNER = Actor("ada", Role.OWNER)


def wav(rate_hz: int = 16000, channels: int = 1, frames: int = 16000) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        tone = (round(8000 * math.sin(2 * math.pi * 440 * n / rate_hz)) for n in range(frames))
        file.writeframes(b"".join(struct.pack("<h", value) * channels for value in tone))
    return out.getvalue()


def as_role(role: str, name: str = "bob") -> dict[str, str]:
    return {"X-Callbox-Actor": name, "X-Callbox-Role": role}


def error_of(answer: httpx.Response) -> dict[str, Any]:
    error: dict[str, Any] = answer.json()["error"]
    assert set(error) <= {"code", "field", "text", "problems"}
    assert error["text"]["zh"] and error["text"]["en"]
    return error


async def test_state_is_the_snapshot(api: httpx.AsyncClient, box: MemoryBox) -> None:
    box.call_arrives()
    assert (await api.get("/v1/state")).json() == box.snapshot()


async def test_nobody_is_served_without_saying_who(api: httpx.AsyncClient) -> None:
    answer = await api.get("/v1/state", headers=as_role("janitor"))
    assert (answer.status_code, error_of(answer)["code"]) == (401, "who")


async def test_commands_reach_the_box_with_their_actor(api: httpx.AsyncClient, box: MemoryBox) -> None:
    box.call_arrives()
    for path, body in [("agents/1001/login", {"phone": "801"}), ("agents/1001/pause", None)]:
        assert (await api.post(f"/v1/{path}", json=body)).status_code == 204
    assert (await api.post("/v1/calls/c1/hang-up")).status_code == 204
    assert (await api.put("/v1/lines/fxo2/service", json={"in_service": False})).status_code == 204
    expected = [AgentLogin("1001", "801"), AgentPause("1001"), HangUp("c1"), SetLineService("fxo2", False)]
    assert box.commands == [(command, OWNER) for command in expected]


async def test_what_the_box_refuses_says_why(api: httpx.AsyncClient) -> None:
    answer = await api.post("/v1/calls/nope/hang-up")
    assert answer.status_code == 404
    assert error_of(answer)["field"] == "call"


@pytest.mark.parametrize(
    ("role", "method", "path"),
    [
        ("agent", "GET", "/v1/calls"),
        ("agent", "POST", "/v1/calls/c1/hang-up"),
        ("agent", "POST", "/v1/agents/1002/pause"),
        ("supervisor", "POST", "/v1/config/sessions"),
        ("supervisor", "PUT", "/v1/lines/fxo1/service"),
        ("installer", "GET", "/v1/calls/c1/recording"),
        ("installer", "GET", "/v1/auth/users"),
        ("supervisor", "GET", "/v1/audit"),
    ],
)
async def test_roles_that_may_not(api: httpx.AsyncClient, role: str, method: str, path: str) -> None:
    body = {"in_service": True} if method == "PUT" else None
    answer = await api.request(method, path, headers=as_role(role, "1001"), json=body)
    assert (answer.status_code, error_of(answer)["code"]) == (403, "not-allowed")


async def test_an_agent_may_pause_oneself(api: httpx.AsyncClient, box: MemoryBox) -> None:
    answer = await api.post("/v1/agents/1001/pause", headers=as_role("agent", "1001"))
    assert answer.status_code == 204
    assert box.commands == [(AgentPause("1001"), Actor("1001", Role.AGENT))]


async def test_a_wrong_body_names_the_field(api: httpx.AsyncClient) -> None:
    answer = await api.put("/v1/lines/fxo1/service", json={"in_service": "perhaps"})
    assert (answer.status_code, error_of(answer)["field"]) == (400, "in_service")
    answer = await api.post("/v1/agents/1001/login", json={"phone": "801", "desk": 4})
    assert error_of(answer)["field"] == "desk"


async def test_an_unknown_address_has_the_error_body(api: httpx.AsyncClient) -> None:
    assert error_of(await api.get("/v1/nothing"))["code"] == "unknown-address"
    assert error_of(await api.delete("/v1/state"))["code"] == "wrong-method"


async def test_a_session_from_change_to_roll_back(api: httpx.AsyncClient) -> None:
    session = (await api.post("/v1/config/sessions")).json()["session"]
    at = f"/v1/config/sessions/{session}"
    body = {"path": "menus.main.keys.3", "value": "hangup"}
    assert (await api.post(f"{at}/set", json=body)).status_code == 204
    changes = (await api.get(f"{at}/compare")).json()["changes"]
    line = "+ menus.main.keys.3 = hangup"
    assert changes == [{"path": "menus.main.keys.3", "old": None, "new": "hangup", "lines": [line]}]
    assert (await api.get(f"{at}/check")).json() == {"problems": []}
    before = (await api.get("/v1/config")).json()["revision"]
    after = (await api.post(f"{at}/commit", json={"comment": "more keys"})).json()["revision"]
    assert after == before + 1
    assert (await api.get("/v1/config")).json()["config"]["menus"][0]["keys"]["3"] == "hangup"
    assert (await api.post(f"{at}/rollback", json={"revision": before})).status_code == 204
    await api.post(f"{at}/commit", json={})
    assert "3" not in (await api.get("/v1/config")).json()["config"]["menus"][0]["keys"]
    log = (await api.get("/v1/config/history")).json()["revisions"]
    assert log[1]["comment"] == "more keys"
    assert log[1]["actor"] == "ada"


async def test_an_impossible_setting_is_refused_at_once(api: httpx.AsyncClient) -> None:
    session = (await api.post("/v1/config/sessions")).json()["session"]
    at = f"/v1/config/sessions/{session}"
    error = error_of(await api.post(f"{at}/set", json={"path": "queues.info.offer_s", "value": 999}))
    assert error["field"] == "queues.info.offer_s"
    assert "120" in error["text"]["en"] and "120" in error["text"]["zh"]


async def test_a_commit_names_every_problem(api: httpx.AsyncClient) -> None:
    session = (await api.post("/v1/config/sessions")).json()["session"]
    at = f"/v1/config/sessions/{session}"
    await api.post(f"{at}/set", json={"path": "queues.late.offer_s", "value": 20})
    await api.post(f"{at}/set", json={"path": "menus.night.timeout_s", "value": 3})
    problems = (await api.get(f"{at}/check")).json()["problems"]
    assert [found["path"] for found in problems] == ["queues.late.title", "menus.night.title"]
    answer = await api.post(f"{at}/commit", json={})
    assert (answer.status_code, answer.json()["error"]["problems"]) == (400, problems)


async def test_a_stale_candidate_is_shown_and_rebased(api: httpx.AsyncClient) -> None:
    ours, theirs = [(await api.post("/v1/config/sessions")).json()["session"] for _ in range(2)]
    for session, target in ((theirs, "hangup"), (ours, "repeat")):
        body = {"path": "menus.main.keys.3", "value": target}
        await api.post(f"/v1/config/sessions/{session}/set", json=body)
    await api.post(f"/v1/config/sessions/{theirs}/commit", json={})
    at = f"/v1/config/sessions/{ours}"
    answer = await api.post(f"{at}/commit", json={})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "stale-candidate")
    overruled = (await api.post(f"{at}/rebase")).json()["overruled"]
    assert [change["new"] for change in overruled] == ["hangup"]
    assert (await api.post(f"{at}/commit", json={})).status_code == 200


async def test_a_discarded_session_is_gone(api: httpx.AsyncClient) -> None:
    session = (await api.post("/v1/config/sessions")).json()["session"]
    assert (await api.delete(f"/v1/config/sessions/{session}")).status_code == 204
    answer = await api.get(f"/v1/config/sessions/{session}")
    assert (answer.status_code, error_of(answer)["code"]) == (404, "unknown-session")


async def test_the_schema_describes_the_settings(api: httpx.AsyncClient) -> None:
    schema = (await api.get("/v1/config/schema")).json()
    assert schema["$defs"]["Queue"]["properties"]["offer_s"]["maximum"] == 120


async def test_set_up_makes_the_first_owner_once(api: httpx.AsyncClient) -> None:
    assert (await api.get("/v1/auth")).json() == {"setup_done": False}
    owner = {"code": "WRONG", "name": "ada", "password_hash": HASH}
    assert error_of(await api.post("/v1/auth/setup", json=owner))["code"] == "wrong-code"
    assert (await api.post("/v1/auth/setup", json=owner | {"code": CODE})).status_code == 201
    assert (await api.get("/v1/auth")).json() == {"setup_done": True}
    assert (await api.get("/v1/auth/users/ada")).json()["password_hash"] == HASH
    assert (await api.post("/v1/auth/setup", json=owner | {"code": CODE})).status_code == 409


async def test_guessing_the_set_up_code_is_braked(api: httpx.AsyncClient) -> None:
    answers = [await api.post("/v1/auth/setup/check", json={"code": str(n)}) for n in range(12)]
    assert [answer.status_code for answer in answers] == [400] * 10 + [429] * 2


async def test_a_plain_password_is_not_taken(api: httpx.AsyncClient) -> None:
    body = {"code": CODE, "name": "ada", "password_hash": "secret"}
    answer = await api.post("/v1/auth/setup", json=body)
    assert (answer.status_code, error_of(answer)["field"]) == (400, "password_hash")


async def test_the_last_owner_stays(api: httpx.AsyncClient) -> None:
    await api.post("/v1/auth/setup", json={"code": CODE, "name": "ada", "password_hash": HASH})
    assert error_of(await api.delete("/v1/auth/users/ada"))["code"] == "last-owner"
    demoted = {"role": "agent", "password_hash": HASH}
    assert error_of(await api.put("/v1/auth/users/ada", json=demoted))["code"] == "last-owner"
    assert (await api.put("/v1/auth/users/bob", json=demoted | {"role": "owner"})).status_code == 204
    assert (await api.delete("/v1/auth/users/ada")).status_code == 204
    users = (await api.get("/v1/auth/users")).json()["users"]
    assert users == [{"name": "bob", "role": "owner"}]


@pytest.mark.parametrize(("rate_hz", "channels"), [(8000, 1), (11025, 2), (48000, 2)])
async def test_any_ordinary_wav_is_taken(api: httpx.AsyncClient, rate_hz: int, channels: int) -> None:
    answer = await api.post("/v1/prompts/greeting/zh", content=wav(rate_hz, channels))
    assert answer.status_code == 201
    heard = await api.get(f"/v1/prompts/files/{answer.json()['sha256']}")
    with wave.open(io.BytesIO(heard.content)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 8000)
        assert abs(file.getnframes() - 16000 * 8000 / rate_hz) < 200


def alaw_wav() -> bytes:
    head = struct.pack("<HHIIHH", 6, 1, 8000, 8000, 1, 8)
    return (
        b"RIFF"
        + struct.pack("<I", 36 + 8000)
        + b"WAVEfmt "
        + struct.pack("<I", 16)
        + head
        + (b"data" + struct.pack("<I", 8000) + b"\x34\xa1\xa1\x34\xb4\x21\x21\xb4" * 1000)
    )


async def test_a_law_is_taken(api: httpx.AsyncClient) -> None:
    assert (await api.post("/v1/prompts/greeting/zh", content=alaw_wav())).status_code == 201


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"ID3\x04 not a wav", "wrong-sound-file"),
        (b"", "wrong-sound-file"),
        (wav()[:30], "wrong-sound-file"),
        (wav(frames=0), "wrong-sound-file"),
        (wav(channels=3), "wrong-sound-file"),
        (wav(rate_hz=1000), "wrong-sound-file"),
        (wav(rate_hz=4000, frames=4000 * 601), "wrong-sound-file"),
        (wav(rate_hz=48000, frames=3_000_000), "too-large"),
        (alaw_wav()[:20] + b"\x55\x00" + alaw_wav()[22:], "wrong-sound-file"),  # format tag of MP3
    ],
    ids=["mp3", "empty", "cut", "silent", "three-channels", "slow", "long", "large", "mp3-in-wav"],
)
async def test_a_wrong_sound_is_refused_and_says_what_is_allowed(
    api: httpx.AsyncClient, data: bytes, code: str
) -> None:
    answer = await api.post("/v1/prompts/greeting/zh", content=data)
    error = error_of(answer)
    assert error["code"] == code
    assert "WAV" in error["text"]["zh"] and "5 MB" in error["text"]["en"]


async def test_a_prompt_is_recorded_from_a_phone(api: httpx.AsyncClient, box: MemoryBox) -> None:
    begun = await api.post("/v1/prompts/greeting/zh/record", json={"phone": "801"})
    assert (begun.status_code, begun.json()["state"]) == (202, "ringing")
    box.prompts.finish(StoredPrompt("ab" * 32, 3.25))
    done = (await api.get(f"/v1/prompts/recordings/{begun.json()['recording']}")).json()
    assert done["stored"] == {"sha256": "ab" * 32, "duration_s": 3.25}


async def test_recordings_are_heard_and_audited(
    api: httpx.AsyncClient, box: MemoryBox, tmp_path: Path
) -> None:
    assert error_of(await api.get("/v1/calls/c1/recording"))["code"] == "unknown-call"
    box.records.rows = [{"id": "c0", "recordings": []}, {"id": "c1", "recordings": [{"id": "r1"}]}]
    assert error_of(await api.get("/v1/calls/c0/recording"))["code"] == "unknown-recording"
    assert error_of(await api.get("/v1/calls/c1/recording"))["field"] == "recording"
    box.records.files["r1"] = tmp_path / "r1.wav"
    box.records.files["r1"].write_bytes(wav())
    answer = await api.get("/v1/calls/c1/recording", headers={"Range": "bytes=0-3"})
    assert (answer.status_code, answer.content) == (206, b"RIFF")
    audited = (await api.get("/v1/audit")).json()["audit"]
    assert audited == [{"actor": "ada", "action": "recording.listen", "detail": {"recording": "r1"}}]


async def test_calls_are_listed_page_by_page(api: httpx.AsyncClient, box: MemoryBox) -> None:
    box.records.rows = [{"id": f"c{n}"} for n in (3, 2, 1)]
    first = (await api.get("/v1/calls", params={"limit": 2})).json()["calls"]
    rest = (await api.get("/v1/calls", params={"before": first[-1]["id"]})).json()["calls"]
    assert [row["id"] for row in first + rest] == ["c3", "c2", "c1"]
    assert error_of(await api.get("/v1/calls", params={"limit": 0}))["field"] == "limit"


async def test_a_message_is_marked_as_heard(api: httpx.AsyncClient, box: MemoryBox) -> None:
    box.records.left = [{"id": "m1", "heard_utc": None, "heard_by": None}]
    assert (await api.post("/v1/messages/m1/heard")).status_code == 204
    assert (await api.get("/v1/messages")).json()["messages"][0]["heard_by"] == "ada"


async def test_spans_are_read_and_set_back(api: httpx.AsyncClient, box: MemoryBox) -> None:
    box.live["spans"] = [span()]
    assert (await api.get("/v1/spans")).json()["spans"][0]["channels"][2]["caller"] == "13800138000"
    assert (await api.get("/v1/spans/span1/history")).json()["quarters"][0]["errored_s"] == 7
    assert (await api.get("/v1/spans/span9/history")).status_code == 404
    assert (await api.post("/v1/spans/span1/restart")).status_code == 204
    assert (await api.put("/v1/groups/city/service", json={"service": "drain"})).status_code == 204
    assert (await api.put("/v1/groups/city/service", json={"service": "off"})).status_code == 400
    expected = [RestartSpan("span1"), SetGroupService("city", "drain")]
    assert box.commands == [(command, OWNER) for command in expected]
