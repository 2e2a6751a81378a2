"""The whole box in virtual time: what it does when all is well, and when something is not."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import numpy as np
import soundfile
from office import MOBILE, always_open, login, office, seen, wait_for

from cext import alaw_encode
from firmware.config.models import Prompt
from firmware.config.store import ConfigStore
from firmware.text import Language, Text
from tools.virtual import VirtualBox

SPEECH = Path("/usr/share/pocketsphinx/test/data/goforward.raw")


def rows(folder: Path, query: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(folder / "records.sqlite") as connection:
        return list(connection.execute(query))


def call_to_agent(folder: Path, **options: object) -> VirtualBox:
    """A caller reaches agent 1001 and talks 10 s; the caller hangs up."""
    box = office(folder, **options)
    login(box, "fxs1", "1001")
    box.world.answer("fxs1", after_s=3)
    box.world.call("fxo1", MOBILE, keys=[(5, "1")], record=folder / "caller.wav")
    wait_for(box, "call.bridged")
    box.run_until(box.now + 10)
    box.world.hang_up("fxo1")
    wait_for(box, "call.ended")
    box.run_until(box.now + 3)
    return box


def test_a_call_leaves_its_row_and_a_recording_of_both_sides(tmp_path: Path) -> None:
    box = call_to_agent(tmp_path)
    box.close()
    ((direction, result, caller, agent, wait_s, talk_s),) = rows(
        tmp_path, "select direction, result, caller, agent, wait_s, talk_s from call"
    )
    assert (direction, result, caller, agent) == ("in", "answered", MOBILE, "1001")
    assert 3.0 <= wait_s <= 3.5
    assert 10.0 <= talk_s <= 12.5
    ((path, channels),) = rows(tmp_path, "select path, channels from recording")
    sound, rate = soundfile.read(tmp_path / path)
    assert (rate, channels, sound.shape[1]) == (8000, 2, 2)
    greeting = sound[8000:24000]  # the caller is silent, the box speaks
    assert np.sqrt(np.mean(greeting[:, 1] ** 2)) > 0.02
    assert np.sqrt(np.mean(greeting[:, 0] ** 2)) < 0.005


def test_a_call_leaves_its_levels_in_the_event_log(tmp_path: Path) -> None:
    box = office(tmp_path)
    login(box, "fxs1", "1001")
    box.world.answer("fxs1", after_s=2)
    box.world.call("fxo1", MOBILE, keys=[(5, "1")], noise_dbm0=-55)
    wait_for(box, "call.bridged")
    box.world.say("fxo1", alaw_encode(SPEECH.read_bytes()))
    box.run_until(box.now + 8)
    box.world.hang_up("fxo1")
    wait_for(box, "call.ended")
    box.close()
    ((call, text),) = rows(tmp_path, "select call, data from event where kind = 'call.levels'")
    assert [(call,)] == rows(tmp_path, "select id from call")
    levels = json.loads(str(text))
    assert levels["voice_s"] > 3
    assert -40 < levels["voice_dbm0"] < -5
    assert abs(levels["noise_dbm0"] + 55) < 6


def test_the_same_day_twice_is_the_same_trace(tmp_path: Path) -> None:
    first, second = (call_to_agent(tmp_path / name) for name in ("a", "b"))
    assert first.trace == second.trace
    assert len(first.trace) > 30


def test_full_disk_stops_the_recording_not_the_call(tmp_path: Path) -> None:
    box = call_to_agent(tmp_path, free_octets=lambda folder: 1 << 20)
    assert [alarm["code"] for alarm in box.core.snapshot()["box"]["alarms"]] == ["recording"]
    assert seen(box, "call.ended")[0].data["reason"] == "busy-tone"
    box.close()
    assert rows(tmp_path, "select * from recording") == []
    assert rows(tmp_path, "select result from call") == [("answered",)]


def test_a_broken_prompt_is_an_alarm_and_the_menu_goes_on(tmp_path: Path) -> None:
    config = always_open()
    greeting = config.menus[0].model_copy(update={"greeting": "mine"})
    prompt = Prompt(name="mine", title=Text(zh="我", en="mine"), files={Language.ZH: "0" * 64})
    config = config.model_copy(update={"menus": (greeting, *config.menus[1:]), "prompts": (prompt,)})
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts" / f"{'0' * 64}.wav").write_bytes(b"RIFF garbage")
    box = office(tmp_path, config)
    box.world.call("fxo1", MOBILE, keys=[(5, "1")])
    wait_for(box, "queue.joined")
    (alarm,) = box.core.snapshot()["box"]["alarms"]
    assert alarm["code"] == "prompt"
    assert "0000" in alarm["text"]["en"]


def test_a_card_pulled_in_a_call_ends_only_its_calls(tmp_path: Path) -> None:
    box = office(tmp_path, slots=("fxo2fxs2", "fxo4", "fxs4"))
    box.world.call("fxo1", MOBILE)
    box.world.call("fxo3", "13900139000")
    wait_for(box, "call.answered")
    box.run_until(box.now + 2)
    box.board.remove_card(1)
    ended = wait_for(box, "call.ended", 5.0)
    assert ended.data["reason"] in ("port-failed", "unplugged")
    (call,) = box.core.snapshot()["calls"]
    assert call["line"] == "fxo3"
    states = {line["port"]: line["state"] for line in box.core.snapshot()["lines"]}
    assert states["fxo1"] == "out-of-service"
    assert states["fxo4"] == "idle"
    box.board.insert_card(1, "fxo2fxs2")
    box.run_until(box.now + 30)
    states = {line["port"]: line["state"] for line in box.core.snapshot()["lines"]}
    assert states["fxo1"] == "idle"


def test_a_corrupt_revision_starts_the_one_before_and_says_so(tmp_path: Path) -> None:
    box = office(tmp_path)
    store: ConfigStore = box.box.parts.store
    store.open("s", "owner")
    store.set("s", "queues.info.wrap_up_s", 33)
    store.commit("s", "owner", "owner", "longer wrap-up", box.now)
    box.close()
    newest = max((tmp_path / "config").glob("[0-9]*.json"))
    newest.write_bytes(newest.read_bytes()[:100])
    again = office(tmp_path)
    assert again.core.snapshot()["box"]["revision"] == 1
    (alarm,) = again.core.snapshot()["box"]["alarms"]
    assert alarm["code"] == "settings"
    assert "2" in alarm["text"]["en"]
    assert seen(again, "box.repaired")


def test_settings_committed_in_a_call_count_for_the_next_one(tmp_path: Path) -> None:
    box = office(tmp_path)
    box.world.call("fxo1", MOBILE, keys=[(9, "1")])
    wait_for(box, "menu.entered")
    store = box.box.parts.store
    store.open("s", "owner")
    store.set("s", "menus.main.keys.1", "queue:complaints")
    store.commit("s", "owner", "owner", "", box.now)
    assert wait_for(box, "queue.joined").data["queue"] == "info"
    box.world.call("fxo2", MOBILE, keys=[(5, "1")])
    assert wait_for(box, "queue.joined").data["queue"] == "complaints"


def test_caller_hears_music_between_announcements(tmp_path: Path) -> None:
    box = office(tmp_path)
    record = tmp_path / "caller.wav"
    box.world.call("fxo1", MOBILE, keys=[(4, "1")], record=record)
    wait_for(box, "queue.joined")
    box.run_until(box.now + 40)
    assert [event.data["position"] for event in seen(box, "queue.announced")] == [1, 1]
    box.world.hang_up("fxo1")
    wait_for(box, "call.ended")
    box.run_until(box.now + 1)
    box.world.close()
    sound, rate = soundfile.read(record)
    seconds = sound[: len(sound) // rate * rate].reshape(-1, rate)
    loud = np.sqrt(np.mean(seconds**2, axis=1)) > 0.003
    assert loud[10:40].mean() > 0.9


def test_a_transfer_is_seen_live_and_leaves_its_rows(tmp_path: Path) -> None:
    box = office(tmp_path)
    login(box, "fxs1", "1001")
    box.world.answer("fxs1", after_s=3)
    box.world.call("fxo1", MOBILE, keys=[(5, "1")])
    wait_for(box, "call.bridged")
    box.run_until(box.now + 3)
    box.world.flash("fxs1")
    box.run_until(box.now + 2)
    box.world.dial("fxs1", "802")
    box.world.answer("fxs2", after_s=2)
    wait_for(box, "call.bridged")
    states = {call["caller"]: call["state"] for call in box.core.snapshot()["calls"]}
    assert states == {MOBILE: "held", "801": "consulting"}
    box.world.flash("fxs1")
    box.run_until(box.now + 2)
    assert [call["state"] for call in box.core.snapshot()["calls"]] == ["conference", "consulting"]
    box.world.hang("fxs1")
    wait_for(box, "call.transferred")
    assert [call["state"] for call in box.core.snapshot()["calls"]] == ["talking"]
    box.run_until(box.now + 4)
    box.world.hang_up("fxo1")
    wait_for(box, "call.ended")
    box.run_until(box.now + 3)
    box.close()
    _check_rows_of_the_transfer(tmp_path)


def _check_rows_of_the_transfer(folder: Path) -> None:
    first, second = rows(
        folder, "select id, contact, direction, end_reason, agent from call order by direction"
    )
    assert first[1] == second[1]
    assert [first[2:], second[2:]] == [("in", "busy-tone", "1001"), ("internal", "transferred", "")]
    legs = rows(
        folder,
        f"select role, number, end_reason, ring_s from leg where call = '{first[0]}' order by started_utc",
    )
    assert [leg[:3] for leg in legs] == [
        ("caller", MOBILE, "busy-tone"),
        ("agent", "801", "transferred"),
        ("callee", "802", "busy-tone"),
    ]
    assert all(float(str(leg[3])) >= 0 for leg in legs)
    kinds = rows(folder, f"select kind, agent from segment where call = '{first[0]}' order by offset_s")
    assert [kind for kind, _ in kinds][-4:] == ["talk", "hold", "conference", "talk"]
    (recorded,) = rows(folder, "select call, duration_s from recording")
    assert recorded[0] == first[0]
