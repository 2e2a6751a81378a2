"""The power is cut between any two steps of a commit, and after each of them the disk may have kept more or
less.

A disk keeps what was forced to it. What was not forced may be there as a whole, in part, as zeros, or not
at all; a new name in a folder may be there or not. All of these are tried.
"""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from firmware.clock import VirtualClock
from firmware.config.models import Config
from firmware.config.storage import AtomicStorage
from firmware.config.store import ConfigStore
from firmware.durable import RealDisk, replace_file

START = datetime(2026, 11, 1, tzinfo=UTC)


class PowerCut(BaseException):
    """The power is gone; nobody may catch this and go on."""


@dataclass
class CutDisk(RealDisk):
    """Do `steps` steps, then lose the power before the next one."""

    steps: int
    log: list[tuple[str, Path, bytes]] = field(default_factory=list)

    def create(self, path: Path, data: bytes, mode: int) -> None:
        self._step("create", path, data)
        super().create(path, data, mode)

    def sync_file(self, path: Path) -> None:
        self._step("sync", path)
        super().sync_file(path)

    def rename(self, source: Path, target: Path) -> None:
        self._step("rename", target, str(source).encode())
        super().rename(source, target)

    def sync_folder(self, folder: Path) -> None:
        self._step("sync folder", folder)
        super().sync_folder(folder)

    def _step(self, what: str, path: Path, data: bytes = b"") -> None:
        if len(self.log) == self.steps:
            raise PowerCut
        self.log.append((what, path, data))


def opened(folder: Path, steps: int = 10**6) -> tuple[ConfigStore, CutDisk]:
    disk = CutDisk(steps)
    return ConfigStore(folder, lambda config: [], VirtualClock(START), disk=disk), disk


def prepared(folder: Path) -> None:
    store, _ = opened(folder)
    store.load()
    store.open("web", "wang")
    store.set("web", "site.timezone", "Asia/Tokyo")
    store.commit("web", "wang", "owner", "", 1.0)


def commit(folder: Path, steps: int) -> CutDisk:
    """Commit a change of the country on a disk that loses its power; raises PowerCut."""
    store, disk = opened(folder)
    store.load()
    store.open("web", "wang")
    store.set("web", "site.country", "us")
    disk.log.clear()
    disk.steps = steps
    try:
        store.commit("web", "wang", "owner", "", 2.0)
    except PowerCut:
        pass
    return disk


def steps_of_a_commit(tmp_path: Path) -> int:
    folder = tmp_path / "count"
    prepared(folder)
    return len(commit(folder, 10**6).log)


def states(folder: Path, log: list[tuple[str, Path, bytes]], copy: Path) -> Iterator[Path]:
    """Give every state in which the disk may be after these steps, each as a folder of its own.

    folder  as it was before them
    """
    forced_content = {path for what, path, _ in log if what == "sync"}
    renames = [place for place, (what, _, _) in enumerate(log) if what == "rename"]
    last_forced = max((place for place, step in enumerate(log) if step[0] == "sync folder"), default=-1)
    creates = [path for what, path, _ in log if what == "create"]
    open_creates = [path for path in creates if path not in forced_content]
    open_renames = [place for place in renames if place > last_forced]
    contents = list(
        itertools.product(("whole", "half", "empty", "zeros", "absent"), repeat=len(open_creates))
    )
    for number, (kept, content) in enumerate(
        itertools.product(itertools.product((True, False), repeat=len(open_renames)), contents)
    ):
        state = copy / f"{len(log)}-{number}"
        shutil.copytree(folder, state, symlinks=True)
        rename_kept = dict(zip(open_renames, kept, strict=True))
        how = dict(zip(open_creates, content, strict=True))
        for place, (what, path, data) in enumerate(log):
            target = state / path.relative_to(folder)
            if what == "create":
                put(target, data, how.get(path, "whole"))
            if what == "rename" and rename_kept.get(place, True):
                source = state / Path(data.decode()).relative_to(folder)
                if source.is_symlink() or source.exists():
                    os.replace(source, target)
        yield state


def put(target: Path, data: bytes, how: str) -> None:
    content = {"whole": data, "half": data[: len(data) // 2], "empty": b"", "zeros": b"\0" * len(data)}
    if how in content:
        target.write_bytes(content[how])


def test_after_a_cut_at_any_step_the_old_settings_are_in_force_or_the_new_ones(tmp_path: Path) -> None:
    n_steps = steps_of_a_commit(tmp_path)
    assert n_steps >= 6  # file: create, sync, rename, sync folder; link: rename, sync folder
    seen = set()
    n_states = 0
    for steps in range(n_steps + 1):
        work = tmp_path / f"work{steps}"
        prepared(work)
        before = tmp_path / f"before{steps}"
        shutil.copytree(work, before, symlinks=True)
        log = [(what, before / path.relative_to(work), data.replace(str(work).encode(), str(before).encode()))
               for what, path, data in commit(work, steps).log]  # fmt: skip
        for state in states(before, log, tmp_path / "states"):
            store, _ = opened(state)
            config = store.load()
            assert (config.site.timezone, store.revision) in (("Asia/Tokyo", 2), ("Asia/Tokyo", 3))
            assert config.site.country == ("cn" if store.revision == 2 else "us")
            assert not list(state.glob(".new.*"))
            if steps >= 4:  # the file, and its name, are forced: the commit is there for good
                assert store.revision == 3
            seen.add(store.revision)
            n_states += 1
    assert seen == {2, 3}
    assert n_states >= 13  # the file forced or not, its name forced or not, the link forced or not


def test_the_folder_left_behind_by_a_real_stop_at_any_step_starts_and_goes_on(tmp_path: Path) -> None:
    for steps in range(steps_of_a_commit(tmp_path) + 1):
        folder = tmp_path / f"stop{steps}"
        prepared(folder)
        commit(folder, steps)
        store, _ = opened(folder)
        store.load()
        store.open("web", "wang")
        store.set("web", "recording.calls", False)
        revision = store.commit("web", "wang", "owner", "", 3.0)
        again, _ = opened(folder)
        assert again.load().recording.calls is False
        assert again.revision == revision
        assert os.readlink(folder / "current") == f"{revision:06d}.json"


def test_a_file_is_replaced_as_a_whole_at_any_step(tmp_path: Path) -> None:
    path = tmp_path / "file"
    for steps in range(5):
        path.write_bytes(b"old")
        disk = CutDisk(steps)
        try:
            replace_file(disk, path, b"new content", 0o600)
        except PowerCut:
            pass
        assert path.read_bytes() == (b"new content" if steps >= 3 else b"old")
        assert [what for what, _, _ in disk.log] == ["create", "sync", "rename", "sync folder"][:steps]
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_storage_gives_tinydb_back_what_it_wrote(tmp_path: Path) -> None:
    storage = AtomicStorage(tmp_path / "a.json")
    assert storage.read() is None
    storage.write({"_default": {"1": {"名": "值"}}})
    assert AtomicStorage(tmp_path / "a.json").read() == {"_default": {"1": {"名": "值"}}}
    assert "值" in (tmp_path / "a.json").read_text()  # readable by people


COMMITTER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from firmware.clock import VirtualClock
from firmware.config.store import ConfigStore
store = ConfigStore(Path(sys.argv[1]), lambda config: [], VirtualClock(datetime(2026, 11, 1, tzinfo=UTC)))
store.load()
store.open("web", "wang")
for number in range(100000):
    seconds = 10 + (store.revision + 1) % 500
    store.set("web", "recording.message_max_s", seconds)
    print(store.commit("web", "wang", "owner", "", 1.0), seconds, flush=True)
"""


def test_kill_9_in_a_storm_of_commits_loses_none_that_was_confirmed(tmp_path: Path) -> None:
    folder = tmp_path / "config"
    confirmed, seconds = 0, 120
    for n_lines in (1, 4, 9, 17):
        process = subprocess.Popen(
            [sys.executable, "-c", COMMITTER, str(folder)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        for _ in range(n_lines):
            confirmed, seconds = map(int, process.stdout.readline().split())
        os.kill(process.pid, signal.SIGKILL)
        rest = process.stdout.read().splitlines()
        process.wait()
        if rest and len(rest[-1].split()) == 2:
            confirmed, seconds = map(int, rest[-1].split())
        store, _ = opened(folder)
        config: Config = store.load()
        assert not [text for text in store.repairs if "cannot be used" in text.en]
        assert store.revision in (confirmed, confirmed + 1)
        expected = seconds if store.revision == confirmed else 10 + store.revision % 500
        assert config.recording.message_max_s == expected


@pytest.mark.parametrize("name", ["sync_file", "sync_folder"])
def test_the_real_disk_forces_what_it_says(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    forced: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda handle: forced.append(os.fstat(handle).st_ino))
    path = tmp_path / "file"
    path.write_bytes(b"x")
    target = path if name == "sync_file" else tmp_path
    getattr(RealDisk(), name)(target)
    assert forced == [target.stat().st_ino]
