"""Changes of the live picture: small, and with nothing lost."""

from __future__ import annotations

import asyncio
import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from patience import PATIENCE_S

from firmware.api.client import ApiClient, Who
from firmware.api.delta import change, merged
from firmware.api.serve import serve
from tests.firmware.api.memory_box import MemoryBox, span


@pytest.fixture
def picture(tmp_path: Path) -> dict[str, Any]:
    """A box with four E1s and fifty calls."""
    box = MemoryBox(tmp_path)
    channels = [span()["channels"][0] | {"timeslot": slot} for slot in range(1, 31)]
    box.live["spans"] = [span() | {"port": f"span{n}", "channels": channels} for n in range(1, 5)]
    box.call_arrives()
    call = box.live["calls"][0]
    box.live["calls"] = [call | {"call": f"c{number}"} for number in range(50)]
    return json.loads(json.dumps(box.snapshot()))  # type: ignore[no-any-return]


def later(picture: dict[str, Any], seconds: float) -> dict[str, Any]:
    """The same picture after some time in which nothing happened but time."""
    new = deepcopy(picture)
    new["box"]["uptime_s"] += seconds
    for call in new["calls"]:
        call["duration_s"] += seconds
    for waiting in (waiting for queue in new["queues"] for waiting in queue["waiting"]):
        waiting["waited_s"] += seconds
    for agent in new["agents"]:
        agent["since_s"] += seconds
    for part in new["spans"]:
        part["quality"] = part["quality"] | {"seconds": part["quality"]["seconds"] + int(seconds)}
    return new


def test_time_alone_is_no_change(picture: dict[str, Any]) -> None:
    new = later(picture, 2.0)
    changes = change(picture, new)
    assert changes == {"passed_s": 2.0, "parts": {}}
    assert merged(picture, changes)["calls"] == new["calls"]


def test_what_comes_changes_and_goes_arrives_in_order(picture: dict[str, Any]) -> None:
    new = later(picture, 1.0)
    new["calls"].insert(0, new["calls"][0] | {"call": "new"})
    del new["calls"][7]
    new["calls"][9]["state"] = "talking"
    new["calls"].reverse()
    new["lines"][0]["state"] = "out-of-service"
    new["box"]["alarms"] = [{"code": "x", "text": {"zh": "", "en": ""}, "since_utc": ""}]
    changes = change(picture, new)
    assert [call["call"] for call in changes["parts"]["calls"]["items"]] == [new["calls"][40]["call"], "new"]
    got = merged(picture, changes)
    assert {key: got[key] for key in got if key != "spans"} == {
        key: new[key] for key in new if key != "spans"
    }


def test_a_call_on_one_of_120_channels_is_small(picture: dict[str, Any]) -> None:
    new = later(picture, 1.0)
    new["spans"][2]["channels"][4] = new["spans"][2]["channels"][4] | {"state": "in-use"}
    new["calls"].append(new["calls"][0] | {"call": "c51"})
    changes = change(picture, new)
    assert len(json.dumps(new)) > 25_000
    assert len(json.dumps(changes)) < 7_000
    assert [part["port"] for part in changes["parts"]["spans"]["items"]] == ["span3"]


def test_small_errors_do_not_add_up(picture: dict[str, Any]) -> None:
    """Rounded times creep; whoever follows changes is never further off than rounding allows."""
    shown, new = picture, picture
    for _ in range(200):
        new = later(new, 1.0)
        new["calls"][0]["duration_s"] -= 0.02
        shown = merged(shown, change(shown, new))
        assert abs(shown["calls"][0]["duration_s"] - new["calls"][0]["duration_s"]) < 0.4


async def test_a_client_sees_whole_pictures(tmp_path: Path) -> None:
    box = MemoryBox(tmp_path)
    server, task = serve(box, tmp_path / "api.sock", lambda: 0.0)
    client = ApiClient.on_socket(tmp_path / "api.sock")
    pictures = client.watch(Who("web", "agent"))
    async with asyncio.timeout(PATIENCE_S):
        while not (tmp_path / "api.sock").exists() or not server.started:
            await asyncio.sleep(0)
    first = await anext(pictures)
    box.call_arrives("13800138000")
    second = await anext(pictures)
    assert (len(first["calls"]), len(second["calls"])) == (0, 1)
    assert second["lines"] == json.loads(json.dumps(box.snapshot()))["lines"]
    await pictures.aclose()  # type: ignore[attr-defined]
    await client.close()
    server.should_exit = True
    await task
