"""The daemon as a process on the emulated board, in real time: started twice, killed, restarted."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import soundfile
from patience import PATIENCE_S
from processes import api, callbox, emulator, wait_for_state

from firmware.api.snapshot import Snapshot


def is_idle(picture: Snapshot) -> bool:
    return bool(picture["lines"][0]["state"] == "idle")


def in_queue(picture: Snapshot) -> list[str]:
    """The numbers of the callers in a queue."""
    return [call["caller"] or "" for call in picture["calls"] if call["state"] == "queue"]


def has_no_board(picture: Snapshot) -> bool:
    return any(alarm["code"] == "board" for alarm in picture["box"]["alarms"])


def test_killed_in_a_call_nothing_is_lost_and_the_next_start_says_so(tmp_path: Path) -> None:
    with emulator(tmp_path) as lab:
        with callbox(tmp_path) as box, api(tmp_path) as client:
            wait_for_state(client, is_idle, "an idle line")
            (caller,) = in_queue(wait_for_state(client, in_queue, "a call in the queue", lab.call_if_idle))
            box.kill()
        with callbox(tmp_path) as box, api(tmp_path) as client:
            call = client.get("/v1/calls").json()["calls"][0]
            assert (call["caller"], call["result"]) == (caller, "lost")
            path, duration_s, repaired = query(
                tmp_path, f"select path, duration_s, repaired from recording where call = '{call['id']}'"
            )[0]
            sound = soundfile.info(tmp_path / "data" / path)
            assert repaired
            assert abs(sound.duration - duration_s) < 0.02
            assert (
                sound.duration >= 1.0
            )  # some seconds; how much a kill may cost is what test_kill.py measures
            assert box.end() == 0
            assert query(tmp_path, "select count(*) from event where kind = 'box.repaired'")[0][0] >= 1


def query(folder: Path, statement: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(folder / "data" / "records.sqlite") as connection:
        return list(connection.execute(statement))


def test_a_second_box_on_the_same_data_is_refused_in_words(tmp_path: Path) -> None:
    with emulator(tmp_path), callbox(tmp_path) as first:
        second = start(tmp_path, "b")
        assert second.returncode == 1
        assert f"pid {first.process.pid}" in second.stderr
        assert first.end() == 0


def test_without_a_board_it_says_what_is_missing(tmp_path: Path) -> None:
    done = start(tmp_path, "none")
    assert done.returncode == 1
    assert "none" in done.stderr
    assert "Traceback" not in done.stderr


def start(folder: Path, board: str) -> subprocess.CompletedProcess[str]:
    """A box that is expected to end by itself."""
    command = [sys.executable, "-m", "firmware", "run", "--data", str(folder / "data")]
    command += ["--board", f"unix:{folder}/{board}"]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)


def test_the_emulator_going_away_is_an_alarm_not_a_crash(tmp_path: Path) -> None:
    with ExitStack() as board:
        lab = board.enter_context(emulator(tmp_path))
        with callbox(tmp_path) as box, api(tmp_path) as client:
            wait_for_state(client, is_idle, "an idle line")
            wait_for_state(client, in_queue, "a call in the queue", lab.call_if_idle)
            board.close()
            wait_for_state(client, lambda p: has_no_board(p) and not p["calls"], "an alarm and the end")
            assert box.end() == 0


def test_a_board_that_comes_back_is_used_again_without_a_restart(tmp_path: Path) -> None:
    with ExitStack() as board:
        board.enter_context(emulator(tmp_path))
        with callbox(tmp_path) as box, api(tmp_path) as client:
            wait_for_state(client, is_idle, "an idle line")
            board.close()
            wait_for_state(client, has_no_board, "an alarm")
            with emulator(tmp_path) as lab:
                wait_for_state(client, lambda p: not has_no_board(p) and is_idle(p), "the board again")
                wait_for_state(client, in_queue, "a call in the queue", lab.call_if_idle)
                assert box.end() == 0
