"""The line doctor over the API: what is asked arrives, rights hold, every step is audited."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from firmware.api.app import make_app
from tests.firmware.api.memory_box import MemoryBox


@pytest.fixture
def box(tmp_path: Path) -> MemoryBox:
    return MemoryBox(tmp_path)


@pytest.fixture
def client(box: MemoryBox) -> TestClient:
    return TestClient(make_app(box, lambda: 0.0))


def who(role: str = "installer") -> dict[str, str]:
    return {"X-Callbox-Actor": "max", "X-Callbox-Role": role}


def test_a_test_is_begun_followed_and_audited(client: TestClient, box: MemoryBox) -> None:
    begun = client.post("/v1/lines/fxo1/test", json={"tune": True, "digit": "3"}, headers=who())
    assert begun.status_code == 202
    assert box.doctor.asked == [("test", "fxo1", "3", True)]
    report = client.get("/v1/lines/fxo1/doctor", headers=who()).json()
    assert (report["state"], report["findings"][0]["what"]) == ("done", "battery")
    assert box.records.audited[-1]["action"] == "line.test"
    assert client.delete("/v1/lines/fxo1/doctor", headers=who()).status_code == 204
    assert client.get("/v1/lines/fxo1/doctor", headers=who()).status_code == 404


def test_an_e1_is_tested_looped_and_traced(client: TestClient, box: MemoryBox) -> None:
    begun = client.post("/v1/lines/span1/test", json={"remote": True, "force": True}, headers=who())
    assert begun.status_code == 202
    assert client.post("/v1/spans/span1/loop", json={"seconds": 60}, headers=who()).status_code == 202
    assert box.doctor.asked == [("test", "span1", True, True), ("loop", "span1", 60.0, False)]
    assert box.records.audited[-1] == {
        "actor": "max", "action": "span.loop", "detail": {"port": "span1", "seconds": 60.0, "force": False}
    }  # fmt: skip
    trace = client.get("/v1/spans/span1/trace", headers=who("owner"))
    assert (trace.content, trace.headers["content-type"]) == (b"frames", "application/vnd.tcpdump.pcap")
    assert box.records.audited[-1]["action"] == "trace.read"
    assert client.get("/v1/spans/span9/trace", headers=who()).status_code == 404


@pytest.mark.parametrize("role", ["agent", "supervisor"])
def test_numbers_in_a_trace_are_not_for_everybody(client: TestClient, box: MemoryBox, role: str) -> None:
    assert client.get("/v1/spans/span1/trace", headers=who(role)).status_code == 403
    assert client.post("/v1/spans/span1/loop", json={}, headers=who(role)).status_code == 403
    assert box.doctor.asked == [] and box.records.audited == []


@pytest.mark.parametrize("seconds", [0, 3601, "long"])
def test_a_loop_has_an_end(client: TestClient, box: MemoryBox, seconds: object) -> None:
    answer = client.post("/v1/spans/span1/loop", json={"seconds": seconds}, headers=who())
    assert answer.status_code in (400, 422)
    assert box.doctor.asked == []


def test_learn_and_store(client: TestClient, box: MemoryBox) -> None:
    client.post("/v1/lines/fxo1/test", json={}, headers=who())
    assert client.post("/v1/lines/fxo1/doctor/store", headers=who()).status_code == 409
    client.post("/v1/lines/fxo1/learn", json={"number": "13800138000"}, headers=who())
    assert client.post("/v1/lines/fxo1/doctor/store", headers=who()).json() == {"revision": 2}
    assert box.records.audited[-1]["detail"]["remedy"]["value"] == "440: 250 250"


def test_a_capture_can_be_fetched(client: TestClient, box: MemoryBox) -> None:
    assert client.post("/v1/lines/fxo1/capture", json={"seconds": 5}, headers=who()).status_code == 202
    for name in ("fxo1-1.wav", "fxo1-1.csv"):
        assert client.get(f"/v1/captures/{name}", headers=who()).content == b"octets"
    assert box.records.audited[-1] == {
        "actor": "max", "action": "capture.read", "detail": {"name": "fxo1-1.csv"}
    }  # fmt: skip
    assert client.get("/v1/captures/fxo1-2.wav", headers=who()).status_code == 404


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("test", {"digit": "22"}), ("test", {"tune": "perhaps"}), ("learn", {"number": "call me"}),
        ("capture", {"seconds": 0}), ("capture", {"seconds": 301}), ("capture", {"minutes": 1}),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(
    client: TestClient, box: MemoryBox, path: str, body: dict[str, object]
) -> None:
    answer = client.post(f"/v1/lines/fxo1/{path}", json=body, headers=who())
    assert answer.status_code in (400, 422)
    assert box.doctor.asked == []


@pytest.mark.parametrize("name", ["..%2Fsecrets.json", "fxs1-1.wav", "fxo1-1.txt", "secrets.json"])
def test_no_other_file_can_be_fetched(client: TestClient, name: str) -> None:
    assert client.get(f"/v1/captures/{name}", headers=who()).status_code in (400, 404, 422)


def test_an_unknown_line(client: TestClient) -> None:
    assert client.post("/v1/lines/fxo9/test", json={}, headers=who()).status_code == 404


@pytest.mark.parametrize("role", ["agent", "supervisor"])
def test_only_those_who_keep_lines_may(client: TestClient, box: MemoryBox, role: str) -> None:
    for path in ("test", "learn", "capture"):
        assert client.post(f"/v1/lines/fxo1/{path}", json={}, headers=who(role)).status_code == 403
    assert client.get("/v1/captures/fxo1-1.wav", headers=who(role)).status_code == 403
    assert box.doctor.asked == []
