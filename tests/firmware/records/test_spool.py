from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import soundfile

from firmware.clock import VirtualClock
from firmware.executor import Executor, InlineExecutor, ThreadExecutor
from firmware.ids import SeededIds
from firmware.records import journal
from firmware.records.chunk import SLOT, Chunk, pack_chunk
from firmware.records.journal import Journal
from firmware.records.rows import RecordingRow
from firmware.records.spool import MB, RETRY_S, Spool
from firmware.records.take import GAP_MAX_CHUNKS
from firmware.text import Text

START = datetime(2026, 11, 1, tzinfo=UTC)
CALL = "0198c2f0-aaaa-7bbb-8ccc-ddddeeeeffff"
SILENCE = 0xD5


@dataclass
class Rig:
    """A spool with what it told."""

    folder: Path
    executor: Executor = field(default_factory=InlineExecutor)
    rows: list[RecordingRow] = field(default_factory=list)
    alarms: list[Text | None] = field(default_factory=list)
    free_mb: int = 10000
    now: float = 0.0

    def __post_init__(self) -> None:
        self.ids = SeededIds(3)
        self.spool = self.started()

    def started(self) -> Spool:
        return Spool(
            self.folder,
            clock=VirtualClock(START),
            executor=self.executor,
            finished=self.rows.append,
            alarm=self.alarms.append,
            free=lambda: self.free_mb * MB,
        )

    def begin(self, number: int, kind: str = "call") -> str:
        recording = self.ids.new()
        assert self.spool.begin(number, recording, self.now, call=CALL, kind=kind, revision=4)
        return recording

    def run(self, numbers: list[int], n_chunks: int, first_seq: int = 0, *, last: bool = False) -> None:
        """Let 10 ms chunks come, all numbers at once, with ticks between."""
        for seq in range(first_seq, first_seq + n_chunks):
            is_last = last and seq == first_seq + n_chunks - 1
            self.spool.write(b"".join(chunk(number, seq, is_last) for number in numbers), self.now)
            self.now += 0.01
            self.spool.tick(self.now)

    def tick_on(self, seconds: float = 2.0) -> None:
        until = self.now + seconds
        while self.now < until:
            self.now += 0.1
            self.spool.tick(self.now)

    def row(self, recording: str) -> RecordingRow:
        (row,) = [row for row in self.rows if row.id == recording]
        return row

    def octets(self, recording: str) -> np.ndarray:
        """Give a finished recording's A-law octets, a column per channel."""
        row = self.row(recording)
        data = (self.folder / row.path).read_bytes()[58:]
        return np.frombuffer(data, np.uint8).reshape(-1, row.channels)


def rx_of(number: int, seq: int) -> int:
    return (number * 37 + seq) % 251


def chunk(number: int, seq: int, is_last: bool = False) -> bytes:
    value = rx_of(number, seq)
    return pack_chunk(Chunk(number, seq, is_last, bytes([value]) * 80, bytes([255 - value]) * 80))


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    rig = Rig(tmp_path)
    assert rig.spool.recover() == []
    return rig


def crash(rig: Rig) -> Rig:
    """Start anew on a copy of the folder, as a killed process leaves it."""
    copy = rig.folder.with_name(rig.folder.name + "-copy")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(rig.folder, copy)
    return Rig(copy)


def test_a_call_becomes_a_stereo_file_caller_left_box_right(rig: Rig) -> None:
    recording = rig.begin(1)
    rig.run([1], 250, last=True)
    rig.tick_on()
    octets = rig.octets(recording)
    assert octets.shape == (20000, 2)
    assert octets[::80, 0].tolist() == [rx_of(1, seq) for seq in range(250)]
    assert octets[::80, 1].tolist() == [255 - rx_of(1, seq) for seq in range(250)]
    row = rig.row(recording)
    assert (row.duration_s, row.channels, row.lost_s, row.repaired) == (2.5, 2, 0.0, False)
    assert (row.call, row.kind, row.retention, row.revision) == (CALL, "call", "standard", 4)
    assert row.started_utc == START
    assert row.sha256 == hashlib.sha256((rig.folder / row.path).read_bytes()).hexdigest()
    assert soundfile.info(rig.folder / row.path).frames == 20000


def test_the_path_is_opaque_and_nothing_else_is_left(rig: Rig) -> None:
    recording = rig.begin(1)
    rig.run([1], 10, last=True)
    rig.tick_on()
    assert rig.row(recording).path == f"recordings/{recording[-2:]}/{recording}.wav"
    files = [path.name for path in (rig.folder / "recordings").rglob("*") if path.is_file()]
    assert files == [f"{recording}.wav"]


def test_a_message_has_the_callers_side_only(rig: Rig) -> None:
    recording = rig.begin(1, "message")
    rig.run([1], 100, last=True)
    rig.tick_on()
    assert rig.octets(recording)[::80, 0].tolist() == [rx_of(1, seq) for seq in range(100)]
    assert rig.row(recording).channels == 1


def test_many_at_once_do_not_mix(rig: Rig) -> None:
    recordings = {number: rig.begin(number) for number in range(1, 9)}
    rig.run(list(recordings), 120, last=True)
    rig.tick_on()
    for number, recording in recordings.items():
        assert rig.octets(recording)[::80, 0].tolist() == [rx_of(number, seq) for seq in range(120)]


def test_a_number_is_free_again_after_the_end(rig: Rig) -> None:
    first = rig.begin(1)
    rig.run([1], 10, last=True)
    second = rig.begin(1)
    rig.run([1], 20, last=True)
    third = rig.begin(1)  # the one before never said that it ended
    rig.run([1], 5)
    fourth = rig.begin(1)
    rig.run([1], 7, last=True)
    rig.tick_on()
    lengths = [rig.row(recording).duration_s for recording in (first, second, third, fourth)]
    assert lengths == [0.1, 0.2, 0.05, 0.07]


def test_gaps_become_silence_and_are_counted(rig: Rig) -> None:
    recording = rig.begin(1)
    rig.run([1], 10, first_seq=2)
    rig.run([1], 10, first_seq=20, last=True)
    rig.tick_on()
    octets = rig.octets(recording)
    assert rig.row(recording).lost_s == 0.1  # 2 at the start, 8 in the middle
    assert rig.row(recording).duration_s == 0.3
    assert set(octets[:160].ravel()) == {SILENCE}
    assert set(octets[12 * 80 : 20 * 80].ravel()) == {SILENCE}
    assert octets[20 * 80, 0] == rx_of(1, 20)


def test_a_chunk_that_came_before_or_has_a_mad_number_is_ignored(rig: Rig) -> None:
    recording = rig.begin(1)
    rig.run([1], 10)
    rig.spool.write(
        chunk(1, 3) + chunk(1, 9) + chunk(1, 10 + GAP_MAX_CHUNKS + 1) + chunk(1, 2**32 - 1), rig.now
    )
    rig.run([1], 5, first_seq=10, last=True)
    rig.tick_on()
    assert rig.row(recording).duration_s == 0.15
    assert rig.row(recording).lost_s == 0.0


def test_end_finishes_without_the_last_chunk_and_twice_is_no_harm(rig: Rig) -> None:
    recording = rig.begin(1)
    rig.run([1], 30)
    rig.spool.end(1, rig.now)
    rig.spool.end(1, rig.now)
    rig.spool.end(99, rig.now)
    rig.tick_on()
    assert rig.row(recording).duration_s == 0.3


def test_a_recording_without_sound_is_an_empty_file(rig: Rig) -> None:
    recording = rig.begin(1)
    rig.spool.end(1, rig.now)
    rig.tick_on()
    assert rig.row(recording).duration_s == 0.0
    assert soundfile.info(rig.folder / rig.row(recording).path).frames == 0


def test_chunks_of_nobodys_recording_are_ignored(rig: Rig) -> None:
    rig.run([5], 100, last=True)
    rig.tick_on()
    assert rig.rows == []
    assert rig.alarms == []


@pytest.mark.parametrize("octets", [b"x", bytes(SLOT), chunk(1, 0)[:-1], chunk(1, 0) + bytes(SLOT)])
def test_what_are_no_chunks_is_refused(rig: Rig, octets: bytes) -> None:
    with pytest.raises(ValueError, match="chunks"):
        rig.spool.write(octets, 0.0)


def test_an_idle_spool_asks_for_nothing_and_a_busy_one_is_written_and_forced_in_time(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    forced: list[float] = []
    monkeypatch.setattr(os, "fdatasync", lambda handle: forced.append(rig.now))
    assert rig.spool.deadline() is None
    rig.now = 100.0
    rig.begin(1)
    deadline = rig.spool.deadline()
    assert deadline is not None
    assert deadline <= 100.25
    rig.run([1], 1000)
    assert len(forced) in (10, 11)
    gaps = np.diff(forced)
    assert gaps.max() <= 1.26
    rig.spool.end(1, rig.now)
    rig.tick_on(3.0)
    for row in rig.rows:
        rig.spool.forget(row.id)
    rig.tick_on(3.0)
    assert rig.spool.deadline() is None


@pytest.mark.parametrize("n_chunks", [1, 30, 99, 100, 101, 350])
def test_a_killed_process_loses_a_quarter_of_a_second_at_most(rig: Rig, n_chunks: int) -> None:
    recording = rig.begin(1)
    rig.run([1], n_chunks)
    after = crash(rig)
    texts = after.spool.recover()
    if not texts:
        assert n_chunks * 0.01 <= 0.26
        return
    row = after.row(recording)
    assert row.repaired
    assert n_chunks * 0.01 - 0.26 <= row.duration_s <= n_chunks * 0.01
    n_kept = round(row.duration_s * 100)
    assert after.octets(recording)[::80, 0].tolist() == [rx_of(1, seq) for seq in range(n_kept)]
    assert soundfile.info(after.folder / row.path).duration == row.duration_s
    assert len(texts) == 1
    assert recording in texts[0].en
    assert recording in texts[0].zh


def test_recordings_are_repaired_across_new_files_of_the_journal(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "ROTATE_OCTETS", 40 * SLOT)
    long = rig.begin(1)
    rig.run([1], 100)
    short = rig.begin(2)
    rig.run([2], 50, last=True)
    rig.run([1], 300, first_seq=100)
    assert len(list((rig.folder / "spool").iterdir())) == 1  # older files go
    assert (rig.folder / "spool" / "00000001.spl").exists() is False
    after = crash(rig)
    after.spool.recover()
    assert after.octets(long)[::80, 0].tolist()[:370] == [rx_of(1, seq) for seq in range(370)]
    assert after.row(long).repaired
    assert not after.row(short).repaired  # it had ended; only its row was not stored yet
    assert after.row(short).duration_s == 0.5


def test_sound_in_the_file_that_never_reached_the_disk_is_written_again_from_the_journal(rig: Rig) -> None:
    recording = rig.begin(1)
    rig.run([1], 200)
    after = crash(rig)
    (part,) = after.folder.rglob("*.part")
    size = part.stat().st_size
    part.write_bytes(
        part.read_bytes()[:58] + bytes(size - 58)
    )  # the name and length are there, the content is not
    after.spool.recover()
    n_kept = round(after.row(recording).duration_s * 100)
    assert n_kept >= 174
    assert after.octets(recording)[::80, 0].tolist() == [rx_of(1, seq) for seq in range(n_kept)]


@pytest.mark.parametrize("cut", [1, 50, SLOT - 1, SLOT + 7, 20 * SLOT + 3])
def test_a_torn_end_of_the_journal_costs_only_that_end(rig: Rig, cut: int) -> None:
    recording = rig.begin(1)
    rig.run([1], 300)
    after = crash(rig)
    (file,) = (after.folder / "spool").iterdir()
    os.truncate(file, file.stat().st_size - cut)
    for part in after.folder.rglob("*.part"):
        part.unlink()
    after.spool.recover()
    row = after.row(recording)
    assert row.duration_s >= 3.0 - 0.26 - (cut // SLOT + 1) * 0.01
    assert row.lost_s == 0.0


def test_zeros_in_the_journal_become_silence(rig: Rig) -> None:
    recording = rig.begin(1)
    rig.run([1], 100)
    after = crash(rig)
    (file,) = (after.folder / "spool").iterdir()
    octets = bytearray(file.read_bytes())
    octets[10 * SLOT : 20 * SLOT] = bytes(10 * SLOT)
    file.write_bytes(octets)
    for part in after.folder.rglob("*.part"):
        part.unlink()
    after.spool.recover()
    assert after.row(recording).lost_s == pytest.approx(0.1)


def test_a_row_that_was_not_stored_comes_again_at_each_start_until_it_is_forgotten(rig: Rig) -> None:
    recording = rig.begin(1)
    rig.run([1], 50, last=True)
    rig.tick_on()
    first = crash(rig)
    assert first.spool.recover() == []  # nothing to repair
    assert [row.id for row in first.rows] == [recording]
    assert first.rows == rig.rows
    second = Rig(first.folder)
    second.spool.recover()
    assert second.rows == rig.rows
    second.spool.forget(recording)
    second.tick_on()
    third = Rig(first.folder)
    assert third.spool.recover() == []
    assert third.rows == []


def test_repairing_twice_gives_the_same_file(rig: Rig) -> None:
    recording = rig.begin(1)
    rig.run([1], 120)
    first = crash(rig)
    first.spool.recover()
    second = Rig(first.folder)
    assert second.spool.recover() == []
    assert second.row(recording).sha256 == first.row(recording).sha256


def test_a_full_disk_stops_recording_with_one_alarm_and_calls_go_on(rig: Rig) -> None:
    recording = rig.begin(1)
    rig.run([1], 200)
    rig.free_mb = 150
    rig.run([1], 400, first_seq=200)
    assert rig.spool.is_stopped
    assert len(rig.alarms) == 1
    assert rig.alarms[0] is not None
    assert "150 MB free, below the limit of 200 MB" in rig.alarms[0].en
    assert 2.0 <= rig.row(recording).duration_s <= 3.1  # what was recorded until then is a whole file
    assert not rig.spool.begin(2, rig.ids.new(), rig.now, call=CALL)
    rig.free_mb = 205
    rig.tick_on(RETRY_S + 1)
    assert rig.spool.is_stopped  # a little more is needed, so that it does not flap
    rig.free_mb = 300
    rig.tick_on(RETRY_S + 1)
    assert not rig.spool.is_stopped
    assert rig.alarms[1:] == [None]
    again = rig.begin(3)
    rig.run([3], 10, last=True)
    rig.tick_on()
    assert rig.row(again).duration_s == 0.1


def test_without_room_at_the_start_no_recording_begins(tmp_path: Path) -> None:
    rig = Rig(tmp_path, free_mb=10)
    rig.spool.recover()
    assert not rig.spool.begin(1, rig.ids.new(), 0.0, call=CALL)
    assert len(rig.alarms) == 1


def test_a_stopped_spool_asks_to_be_ticked_so_that_it_can_go_on(rig: Rig) -> None:
    rig.free_mb = 10
    rig.tick_on(2.0)
    deadline = rig.spool.deadline()
    assert deadline is not None
    assert deadline <= rig.now + RETRY_S


@pytest.mark.parametrize("what", ["write", "pwrite", "fdatasync", "fsync", "replace", "ftruncate", "open"])
def test_a_disk_that_refuses_any_of_its_calls_raises_nothing_into_calls(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    first = rig.begin(1)
    rig.run([1], 150)
    real = getattr(os, what)

    def refuse(*given: object, **named: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, what, refuse)
    rig.spool.begin(2, rig.ids.new(), rig.now, call=CALL)
    rig.run([1, 2], 300, first_seq=150, last=True)
    rig.tick_on(5.0)
    monkeypatch.setattr(os, what, real)
    assert rig.spool.is_stopped
    assert rig.alarms[0] is not None
    assert "No space left on device" in rig.alarms[0].en
    rig.tick_on(RETRY_S + 2)
    assert rig.alarms[-1] is None
    again = rig.begin(3)
    rig.run([3], 20, last=True)
    rig.tick_on()
    assert rig.row(again).duration_s == 0.2
    after = crash(rig)
    after.spool.recover()
    found = [row for row in (*rig.rows, *after.rows) if row.id == first]
    assert found  # the first one is a file now, or is repaired at the next start
    assert found[-1].duration_s >= 1.25


def test_a_short_write_leaves_the_journal_aligned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    subject = Journal(tmp_path / "spool")
    subject.begin_anew([])
    subject.append(chunk(1, 0))
    real = os.write
    monkeypatch.setattr(os, "write", lambda handle, data: real(handle, data[:100]))
    with pytest.raises(OSError, match="No space left"):
        subject.append(chunk(1, 1))
    monkeypatch.undo()
    subject.append(chunk(1, 2))
    (file,) = subject.stored()
    assert file.read_bytes() == chunk(1, 0) + chunk(1, 2)


def test_a_file_in_the_way_is_told_at_the_repair(rig: Rig) -> None:
    recording = rig.begin(1)
    rig.run([1], 100)
    after = crash(rig)
    (part,) = after.folder.rglob("*.part")
    shutil.rmtree(part.parent)
    part.parent.write_text("in the way")
    texts = after.spool.recover()
    assert "was not repaired" in texts[-1].en
    assert after.rows == []
    part.parent.unlink()
    later = Rig(after.folder)  # its begin was kept: the file of a later start says at least that it was there
    later.spool.recover()
    assert later.row(recording).duration_s == 0.0


def test_close_finishes_what_runs(rig: Rig) -> None:
    recording = rig.begin(1)
    rig.run([1], 77)
    rig.spool.close()
    assert rig.row(recording).duration_s == 0.77
    assert not rig.row(recording).repaired


def test_the_same_comes_out_with_a_thread(tmp_path: Path) -> None:
    executor = ThreadExecutor("spool")
    rig = Rig(tmp_path, executor=executor)
    rig.spool.recover()
    recordings = {number: rig.begin(number) for number in (1, 2, 3)}
    rig.run([1, 2, 3], 300)
    rig.spool.close()
    executor.close()
    for number, recording in recordings.items():
        assert rig.octets(recording)[::80, 0].tolist() == [rx_of(number, seq) for seq in range(300)]


def test_a_disk_that_is_too_slow_stops_recording_instead_of_filling_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stuck(InlineExecutor):
        def submit(self, job: Callable[[], object], done: Callable[[object], None]) -> None:  # type: ignore[override]
            return

    monkeypatch.setattr("firmware.records.spool.BUFFER_MAX_OCTETS", 100 * SLOT)
    rig = Rig(tmp_path, executor=Stuck())
    rig.spool.recover()
    rig.begin(1)
    rig.run([1], 1000)
    assert rig.spool.is_stopped
    assert rig.alarms[0] is not None
    assert "too slow" in rig.alarms[0].en
    assert rig.spool.dropped_octets > 0
