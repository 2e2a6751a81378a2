"""The daemon as a process on the emulated board, in real time: started twice, killed, restarted."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import soundfile
from processes import api, callbox, emulator, wait_for_state


def states(picture: dict[str, list[dict[str, str]]]) -> list[str]:
    return [call["state"] for call in picture["calls"]]


def test_killed_in_a_call_nothing_is_lost_and_the_next_start_says_so(tmp_path: Path) -> None:
    with emulator(tmp_path) as lab:
        with callbox(tmp_path) as box, api(tmp_path) as client:
            wait_for_state(client, lambda p: p["lines"][0]["state"] == "idle", "an idle line")
            lab.do(do="call", line="fxo1", number="13800138000", keys="1@4")
            wait_for_state(client, lambda p: "menu" in states(p), "a call in the menu")
            wait_for_state(client, lambda p: "queue" in states(p), "a call in the queue")
            box.kill()
        with callbox(tmp_path) as box, api(tmp_path) as client:
            (call,) = client.get("/v1/calls").json()["calls"]
            assert (call["caller"], call["result"]) == ("13800138000", "lost")
            ((path, duration_s, repaired),) = query(
                tmp_path, "select path, duration_s, repaired from recording"
            )
            sound = soundfile.info(tmp_path / "data" / path)
            assert repaired
            assert abs(sound.duration - duration_s) < 0.02
            assert sound.duration >= 4.0 - 1.0  # the key came 4 s after the answer; a second may be lost
            assert box.end() == 0
            assert query(tmp_path, "select count(*) from event where kind = 'box.repaired'")[0][0] >= 1


def query(folder: Path, statement: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(folder / "data" / "records.sqlite") as connection:
        return list(connection.execute(statement))


def test_a_second_box_on_the_same_data_is_refused_in_words(tmp_path: Path) -> None:
    with emulator(tmp_path), callbox(tmp_path) as first:
        command = ["-m", "firmware", "run", "--data", str(tmp_path / "data"), "--board", f"unix:{tmp_path}/b"]
        second = subprocess.run(
            [sys.executable, *command], capture_output=True, text=True, timeout=20, check=False
        )
        assert second.returncode == 1
        assert f"pid {first.process.pid}" in second.stderr
        assert first.end() == 0


def test_without_a_board_it_says_what_is_missing(tmp_path: Path) -> None:
    command = ["-m", "firmware", "run", "--data", str(tmp_path / "data"), "--board", f"unix:{tmp_path}/none"]
    done = subprocess.run([sys.executable, *command], capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 1
    assert "none" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_emulator_going_away_is_an_alarm_not_a_crash(tmp_path: Path) -> None:
    with emulator(tmp_path) as lab:
        box_context = callbox(tmp_path)
        box = box_context.__enter__()
        client = api(tmp_path)
        wait_for_state(client, lambda p: p["lines"][0]["state"] == "idle", "an idle line")
        lab.do(do="call", line="fxo1", number="13800138000")
        wait_for_state(client, lambda p: "menu" in states(p), "a call in the menu")
    picture = wait_for_state(client, lambda p: p["box"]["alarms"], "an alarm")
    assert picture["calls"] == []
    assert box.end() == 0


def test_a_board_that_comes_back_is_used_again_without_a_restart(tmp_path: Path) -> None:
    with emulator(tmp_path):
        box_context = callbox(tmp_path)
        box = box_context.__enter__()
        client = api(tmp_path)
        wait_for_state(client, lambda p: p["lines"][0]["state"] == "idle", "an idle line")
    wait_for_state(client, lambda p: p["box"]["alarms"], "an alarm")
    with emulator(tmp_path) as lab:
        wait_for_state(
            client, lambda p: not p["box"]["alarms"] and p["lines"][0]["state"] == "idle", "the board again"
        )
        lab.do(do="call", line="fxo1", number="13800138000", keys="1@4")
        wait_for_state(client, lambda p: "menu" in states(p), "a call in the menu")
        wait_for_state(client, lambda p: "queue" in states(p), "a call in the queue")
        assert box.end() == 0
