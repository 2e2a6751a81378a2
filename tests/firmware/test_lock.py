from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.lock import AlreadyRunning, DataLock

HOLDER = """
import sys
from collections.abc import Iterator
from pathlib import Path
from firmware.lock import DataLock
lock = DataLock(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_a_second_start_is_refused_and_told_the_pid_in_both_languages(
    tmp_path: Path, holder: subprocess.Popen[str]
) -> None:
    with pytest.raises(AlreadyRunning) as caught:
        DataLock(tmp_path)
    for text in (caught.value.text.zh, caught.value.text.en):
        assert str(holder.pid) in text
        assert str(tmp_path) in text
        assert "--data" in text


def test_a_killed_box_leaves_the_folder_free(tmp_path: Path, holder: subprocess.Popen[str]) -> None:
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    with DataLock(tmp_path):
        assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"


def test_a_shorter_pid_leaves_nothing_of_a_longer_one(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text("99999999999\n")
    with DataLock(tmp_path):
        assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"


def test_released_it_can_be_taken_again_in_the_same_process(tmp_path: Path) -> None:
    lock = DataLock(tmp_path / "new" / "folder")
    with pytest.raises(AlreadyRunning):
        DataLock(tmp_path / "new" / "folder")
    lock.release()
    lock.release()
    DataLock(tmp_path / "new" / "folder").release()
