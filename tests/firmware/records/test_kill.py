"""A box is killed with kill -9 at moments of chance, again and again on the same data, and started again.

Nothing that was confirmed may be missing: settings, calls, recordings whose row was stored. A recording in
progress is playable up to its last quarter of a second.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import soundfile

from firmware.clock import VirtualClock
from firmware.config.store import ConfigStore
from firmware.executor import InlineExecutor
from firmware.ids import SeededIds
from firmware.records.records import Records
from firmware.records.rows import RecordingRow
from firmware.records.spool import Spool

BOX = """
import sys
from datetime import UTC, datetime
from pathlib import Path

from firmware.clock import VirtualClock
from firmware.config.store import ConfigStore
from firmware.executor import InlineExecutor, ThreadExecutor
from firmware.ids import TimedIds
from firmware.records import journal
from firmware.records.chunk import SLOT, Chunk, pack_chunk
from firmware.records.records import Records
from firmware.records.rows import CallRow
from firmware.records.spool import Spool
from firmware.text import Language

journal.ROTATE_OCTETS = 400 * SLOT  # begin anew every few seconds, so that this too is hit
folder, run = Path(sys.argv[1]), int(sys.argv[2])
executor = ThreadExecutor("writer") if sys.argv[3] == "thread" else InlineExecutor()
clock = VirtualClock(datetime(2026, 11, 1 + run, tzinfo=UTC))
ids = TimedIds(clock)
say = lambda *words: print(*words, flush=True)
store = ConfigStore(folder / "config", lambda config: [], clock)
store.load()
store.open("web", "wang")
records = Records(folder, box_id="box", ids=ids, clock=clock, executor=executor)
def finished(row):
    def stored():
        say("row", row.id)
        spool.forget(row.id)
    records.recording_finished(row, clock.now(), stored)
spool = Spool(folder, clock=clock, executor=executor, finished=finished,
              alarm=lambda text: say("alarm"), free=lambda: 1 << 40)
spool.recover()
say("ready")

class Talk:
    def __init__(self, number):
        self.number, self.seq, self.length = number, 0, 150 + 130 * number
        self.call, self.recording, self.began = ids.new(), ids.new(), clock.utc()
        records.event("call.incoming", clock.now(), call=self.call, line=f"fxo{number}", caller="139")
        spool.begin(number, self.recording, clock.now(), call=self.call)
        say("begin", self.recording)

    def chunk(self):
        self.seq += 1
        value = (self.number * 37 + self.seq - 1) % 251
        octets = bytes([value]) * 80
        return pack_chunk(Chunk(self.number, self.seq - 1, self.seq == self.length, octets, octets))

    def end(self):
        call = self.call
        row = CallRow(id=call, contact=ids.new(), revision=1, language=Language.ZH,
                      started_utc=self.began, ended_utc=clock.utc(), duration_s=1.0,
                      direction="in", result="answered", end_reason="caller")
        records.call_finished(row, clock.now(), stored=lambda: say("call", call))

talks = {number: Talk(number) for number in (1, 2, 3)}
for tick in range(10**9):
    spool.write(b"".join(talk.chunk() for talk in talks.values()), clock.now())
    now = clock.advance(0.01)
    records.tick(now)
    spool.tick(now)
    for talk in talks.values():
        say("sound", talk.recording, talk.seq)
        if talk.seq == talk.length:
            talk.end()
            talks[talk.number] = Talk(talk.number)
    if tick % 50 == 49:
        store.set("web", "recording.message_max_s", 10 + store.revision % 500)
        say("commit", store.commit("web", "wang", "owner", "", now))
"""


class Confirmed:
    """What killed boxes had said."""

    def __init__(self) -> None:
        self.calls: set[str] = set()
        self.rows: set[str] = set()
        self.sound: dict[str, int] = {}
        self.begun: set[str] = set()
        self.revision = 1

    def hear(self, line: str) -> None:
        match line.split():
            case ["call", call]:
                self.calls.add(call)
            case ["row", recording]:
                self.rows.add(recording)
            case ["begin", recording]:
                self.begun.add(recording)
            case ["sound", recording, count]:
                self.sound[recording] = int(count)
            case ["commit", revision]:
                self.revision = int(revision)
            case ["alarm"]:
                raise AssertionError("an alarm without a reason")


def run_and_kill(folder: Path, run: int, mode: str, n_lines: int, confirmed: Confirmed) -> None:
    command = [sys.executable, "-c", BOX, str(folder), str(run), mode]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    while n_lines > 0 or not confirmed.calls:
        line = process.stdout.readline()
        assert line, "the box ended by itself"
        confirmed.hear(line)
        n_lines -= 1
    os.kill(process.pid, signal.SIGKILL)
    for line in process.stdout.read().splitlines(keepends=True):
        if line.endswith("\n"):
            confirmed.hear(line)
    assert process.wait() == -signal.SIGKILL


def check_config(folder: Path, confirmed: Confirmed, clock: VirtualClock) -> None:
    store = ConfigStore(folder / "config", lambda config: [], clock)
    store.load()
    assert not [text.en for text in store.repairs if "cannot be used" in text.en]
    assert store.revision in (confirmed.revision, confirmed.revision + 1)
    confirmed.revision = store.revision


def check_sound(folder: Path, row: RecordingRow, at_least: int) -> None:
    path = folder / row.path
    info = soundfile.info(path)
    assert (info.subtype, info.channels, info.samplerate) == ("ALAW", 2, 8000)
    assert info.duration == row.duration_s
    octets = np.frombuffer(path.read_bytes()[58:], np.uint8).reshape(-1, 2)
    n_chunks = len(octets) // 80
    assert n_chunks >= at_least
    first = int(octets[0, 0])
    assert octets[::80, 0].tolist() == [(first + seq) % 251 for seq in range(n_chunks)]
    assert row.lost_s == 0.0


def check_records(folder: Path, confirmed: Confirmed, clock: VirtualClock, slack: int) -> int:
    """Start records and spool as the box does, and give how many recordings were repaired."""
    records = Records(folder, box_id="box", ids=SeededIds(7), clock=clock, executor=InlineExecutor())
    found: list[RecordingRow] = []
    spool = Spool(
        folder,
        clock=clock,
        executor=InlineExecutor(),
        finished=found.append,
        alarm=print,
        free=lambda: 1 << 40,
    )
    texts = spool.recover()
    for row in found:
        records.recording_finished(row, 0.0)
        spool.forget(row.id)
    check_calls(records, confirmed)
    for recording, n_chunks in confirmed.sound.items():
        stored = records.recording(recording)
        assert stored is not None or n_chunks <= slack
        if stored is not None:
            check_sound(folder, stored, n_chunks - slack)
    assert all(records.recording(recording) for recording in confirmed.rows)
    assert not [*folder.rglob("*.part"), *folder.rglob(".new.*")]
    spool.close()
    records.close()
    n_repaired = sum(row.repaired for row in found)
    assert len(texts) == n_repaired
    return n_repaired


def check_calls(records: Records, confirmed: Confirmed) -> None:
    stored = {call.id: call for call in records.calls(limit=10000)}
    assert confirmed.calls <= set(stored)
    assert all(stored[call].result == "answered" for call in confirmed.calls)
    begun = {event.call for event in records.events(limit=10**6, kind="call.incoming")}
    assert begun <= set(stored)  # a call in which the box was killed has its row too


# A thread writes while this fast clock runs ahead, so how much it had written when it was killed is chance.
@pytest.mark.parametrize(("mode", "n_runs", "slack"), [("inline", 4, 26), ("thread", 2, 10**9)])
def test_kill_9_loses_nothing_that_was_confirmed(tmp_path: Path, mode: str, n_runs: int, slack: int) -> None:
    chance = random.Random(20261101)
    confirmed = Confirmed()
    n_repaired = 0
    for run in range(n_runs):
        run_and_kill(tmp_path, run, mode, chance.randrange(20, 2500), confirmed)
        clock = VirtualClock(datetime(2026, 12, 1, tzinfo=UTC))
        check_config(tmp_path, confirmed, clock)
        n_repaired += check_records(tmp_path, confirmed, clock, slack)
    assert n_repaired >= n_runs
    assert confirmed.calls
