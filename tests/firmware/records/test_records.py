from __future__ import annotations

import shutil
import sqlite3
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import pytest
from patience import PATIENCE_S

from firmware.clock import VirtualClock
from firmware.executor import Executor, InlineExecutor, ThreadExecutor
from firmware.ids import SeededIds
from firmware.records.database import Write
from firmware.records.outbox import GROUP_S, RETRY_S
from firmware.records.records import Records
from firmware.records.rows import (
    CallFilter,
    CallRow,
    CallSound,
    ContactRow,
    LegRow,
    MessageRow,
    RecordingRow,
    SegmentRow,
)
from firmware.text import Language, Text

START = datetime(2026, 11, 1, tzinfo=UTC)
T = TypeVar("T")


class Rig:
    """Records with what they told."""

    def __init__(self, folder: Path, executor: Executor | None = None) -> None:
        self.folder = folder
        self.clock = VirtualClock(START)
        self.ids = SeededIds(5)
        self.troubles: list[Text | None] = []
        self.records = Records(
            folder,
            box_id="box-1",
            ids=self.ids,
            clock=self.clock,
            executor=executor or InlineExecutor(),
            trouble=self.troubles.append,
        )

    def tick(self, seconds: float = 0.0) -> None:
        self.records.tick(self.clock.advance(seconds))

    def call(self, **given: object) -> CallRow:
        now = self.clock.utc()
        row = CallRow(
            id=self.ids.new(),
            contact=self.ids.new(),
            revision=3,
            language=Language.ZH,
            started_utc=now,
            ended_utc=now + timedelta(seconds=60),
            duration_s=60.0,
            direction="in",
            result="answered",
            end_reason="caller",
        )
        return replace(row, **given)

    def finish(self, **given: object) -> CallRow:
        row = self.call(**given)
        self.records.call_finished(row, self.clock.now())
        return row

    def segment(self, call: CallRow, **given: object) -> SegmentRow:
        row = SegmentRow(
            id=self.ids.new(),
            call=call.id,
            revision=3,
            language=Language.EN,
            started_utc=call.started_utc,
            offset_s=0.0,
            duration_s=10.0,
            kind="queue",
            name="info",
            result="answered",
        )
        return replace(row, **given)


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


def rows_on_disk(folder: Path, table: str) -> int:
    """Ask the file itself, over another connection."""
    with sqlite3.connect(folder / "records.sqlite") as connection:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def test_the_file_is_set_so_that_a_power_cut_loses_nothing_committed(rig: Rig) -> None:
    with rig.records._database.read() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "busy_timeout")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "busy_timeout": 5000}


def test_a_finished_call_is_on_the_disk_before_anything_else_happens(rig: Rig) -> None:
    stored: list[int] = []
    call = rig.call()
    rig.records.event("call.ended", 0.0, call=call.id)
    contact = ContactRow(
        id=call.contact, revision=3, language=Language.ZH, started_utc=START, ended_utc=START, number="139"
    )
    leg = LegRow(
        id="leg", call=call.id, revision=3, started_utc=START, duration_s=60.0, role="caller", port="fxo1",
        end_reason="caller",
    )  # fmt: skip
    rig.records.call_finished(
        call,
        0.0,
        contact=contact,
        legs=[leg],
        segments=[rig.segment(call)],
        stored=lambda: stored.append(rows_on_disk(rig.folder, "call")),
    )
    assert stored == [1]
    assert [rows_on_disk(rig.folder, table) for table in ("contact", "call", "leg", "segment")] == [
        1,
        1,
        1,
        1,
    ]
    assert rows_on_disk(rig.folder, "event") == 0  # the end does not wait for the events


def test_what_goes_in_comes_out_with_box_and_clock(rig: Rig) -> None:
    call = rig.call(port="fxo1", caller="13900000000", queue="info", agent="8001", wait_s=4.5, talk_s=50.0)
    segment = rig.segment(call, kind="talk", name="", agent="8001", leg="leg-1")
    rig.records.event(
        "call.incoming", 1.0, call=call.id, line="fxo1", caller="13900000000", language=Language.EN
    )
    rig.records.call_finished(call, 2.0, segments=[segment])
    rig.tick(GROUP_S + 1)
    detail = rig.records.call(call.id)
    assert detail is not None
    assert detail.call == replace(call, box="box-1", clock_synced=True)
    assert detail.segments == (replace(segment, box="box-1", clock_synced=True),)
    assert detail.contact is None
    (event,) = detail.events
    assert (event.kind, event.language, event.at_s) == ("call.incoming", Language.EN, 1.0)
    assert event.utc == START + timedelta(seconds=1)
    assert event.data == {"line": "fxo1", "caller": "13900000000"}
    assert rig.records.call("nobody") is None


def test_events_are_grouped_and_stored_within_a_second(rig: Rig) -> None:
    assert rig.records.deadline() is None
    rig.clock.set_now(10.0)
    for number in range(5):
        rig.records.event("menu.key", 10.0 + number * 0.1, key=str(number))
    assert rig.records.deadline() == 10.0 + GROUP_S
    rig.records.tick(10.9)
    assert rows_on_disk(rig.folder, "event") == 0
    rig.records.tick(11.0)
    assert rows_on_disk(rig.folder, "event") == 5
    assert rig.records.deadline() is None
    assert [event.data["key"] for event in rig.records.events()] == ["0", "1", "2", "3", "4"]


def test_events_can_be_followed_from_where_one_stands(rig: Rig) -> None:
    for number in range(10):
        rig.records.event("menu.key" if number % 2 else "call.ended", float(number), number=number)
    rig.records.flush()
    newest = rig.records.events(limit=3)
    assert [event.data["number"] for event in newest] == [7, 8, 9]
    assert [event.data["number"] for event in rig.records.events(after_seq=newest[0].seq)] == [8, 9]
    assert [event.data["number"] for event in rig.records.events(kind="menu.key", limit=2)] == [7, 9]


def test_events_carry_the_settings_a_call_lives_by(rig: Rig) -> None:
    rig.records.revision = 9
    rig.records.event("config.committed", 0.0)
    rig.records.event("menu.key", 0.0, revision=4)
    rig.records.flush()
    assert [event.revision for event in rig.records.events()] == [9, 4]


def test_listeners_hear_events_at_once(rig: Rig) -> None:
    heard: list[str] = []
    rig.records.on_event(lambda row: heard.append(row.kind))
    rig.records.event("box.started", 0.0)
    assert heard == ["box.started"]


def test_commands_are_in_the_audit_with_actor_and_role(rig: Rig) -> None:
    rig.records.audit("wang", "owner", "agent.log-out", {"agent": "8001"}, "ok", 1.0)
    rig.records.audit("li", "agent", "call.pick", {}, "x" * 500, 2.0)
    rig.tick(5.0)
    newest, first = rig.records.audits()
    assert (first.actor, first.role, first.command, first.args) == (
        "wang",
        "owner",
        "agent.log-out",
        {"agent": "8001"},
    )
    assert (newest.actor, len(newest.result)) == ("li", 200)


def test_a_jump_of_the_wall_clock_is_logged_and_durations_do_not_see_it(rig: Rig) -> None:
    rig.clock.set_now(5.0)
    rig.records.event("call.incoming", 5.0, call="c")
    rig.clock.jump(7200.0)
    rig.clock.set_now(8.0)
    rig.records.event("call.ended", 8.0, call="c")
    rig.records.flush()
    before, step, after = rig.records.events()
    assert (step.kind, step.data) == ("clock.step", {"seconds": 7200.0})
    assert after.at_s - before.at_s == 3.0
    assert after.utc - before.utc == timedelta(seconds=7203)


def test_an_undisciplined_clock_stands_in_the_rows(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.clock.jump(0.0, synced=False)
    call = rig.finish()
    rig.records.event("box.started", 0.0)
    rig.records.flush()
    assert rig.records.calls()[0].clock_synced is False
    assert rig.records.events()[0].clock_synced is False
    assert rig.records.calls()[0].id == call.id


def test_calls_are_paged_newest_first_even_when_they_began_together(rig: Rig) -> None:
    ids = []
    for number in range(30):
        ids.append(rig.finish().id)
        if number % 3 == 2:
            rig.tick(60.0)
    seen: list[str] = []
    while page := rig.records.calls(limit=7, before=seen[-1] if seen else None):
        seen += [row.id for row in page]
    assert sorted(seen) == sorted(ids)
    assert len(seen) == 30
    starts = [row.started_utc for row in rig.records.calls(limit=100)]
    assert starts == sorted(starts, reverse=True)


def test_a_page_after_a_call_that_is_not_there_is_empty(rig: Rig) -> None:
    rig.finish()
    assert rig.records.calls(before="nobody") == []


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (CallFilter(), ["a", "b", "c"]),
        (CallFilter(direction="out"), ["b"]),
        (CallFilter(result="abandoned"), ["c"]),
        (CallFilter(queue="info"), ["a", "c"]),
        (CallFilter(agent="8001"), ["a"]),
        (CallFilter(number="1390"), ["a", "b"]),
        (CallFilter(number="%"), []),
        (CallFilter(number="5_"), ["c"]),
        (CallFilter(queue="info", result="answered"), ["a"]),
        (CallFilter(since=START + timedelta(seconds=100)), ["b", "c"]),
        (CallFilter(until=START + timedelta(seconds=100)), ["a"]),
    ],
)
def test_calls_are_filtered(rig: Rig, wanted: CallFilter, found: list[str]) -> None:
    rig.finish(port="a", queue="info", agent="8001", caller="13901")
    rig.tick(100.0)
    rig.finish(port="b", direction="out", called="13902")
    rig.tick(100.0)
    rig.finish(port="c", queue="info", result="abandoned", caller="5_5")
    assert sorted(row.port for row in rig.records.calls(filters=wanted)) == found


def message(rig: Rig, queue: str) -> MessageRow:
    return MessageRow(
        id=rig.ids.new(),
        call="call-1",
        recording="recording-1",
        revision=1,
        language=Language.ZH,
        utc=rig.clock.utc(),
        duration_s=12.5,
        queue=queue,
        caller="139",
    )


def test_a_message_is_heard_once(rig: Rig) -> None:
    first, second = message(rig, "info"), message(rig, "main")
    rig.records.message_left(first, 0.0)
    rig.tick(10.0)
    rig.records.message_left(second, 10.0)
    rig.records.message_heard(first.id, "wang", 10.0)
    rig.tick(10.0)
    rig.records.message_heard(first.id, "li", 20.0)
    assert [row.id for row in rig.records.messages(only_unheard=True)] == [second.id]
    (heard,) = rig.records.messages("info")
    assert (heard.heard_by, heard.heard_utc) == ("wang", START + timedelta(seconds=10))


def recording(rig: Rig, **given: object) -> RecordingRow:
    row = RecordingRow(
        id=rig.ids.new(),
        call="call-1",
        revision=1,
        started_utc=START,
        duration_s=3.0,
        kind="call",
        retention="standard",
        path="recordings/aa/x.wav",
        channels=2,
        sha256="0" * 64,
    )
    return replace(row, **given)


def test_a_recordings_row_is_stored_at_once_and_twice_is_no_harm(rig: Rig) -> None:
    stored: list[str] = []
    row = recording(rig)
    for _ in range(2):
        rig.records.recording_finished(row, 0.0, lambda: stored.append(row.id))
    assert stored == [row.id, row.id]
    assert rig.records.recording(row.id) == replace(row, box="box-1", clock_synced=True)
    assert rig.records.recording("nobody") is None


def test_a_message_that_was_cut_by_a_stop_gets_its_row_for_its_queue(rig: Rig) -> None:
    rig.records.event("call.incoming", 0.0, call="call-1", line="fxo1", caller="13900")
    rig.records.event("message.started", 5.0, call="call-1", box="info")
    rig.records.flush()
    row = recording(rig, kind="message", channels=1, repaired=True)
    rig.records.recording_finished(row, 9.0)
    rig.records.recording_finished(row, 9.0)
    (found,) = rig.records.messages()
    assert (found.recording, found.queue, found.caller, found.duration_s) == (row.id, "info", "13900", 3.0)


def test_a_cut_message_that_has_its_row_and_a_recording_for_a_prompt_get_no_second_one(rig: Rig) -> None:
    rig.records.event("message.started", 5.0, call="call-1", box="info")
    rig.records.flush()
    rig.records.message_left(message(rig, "info"), 6.0)
    rig.records.recording_finished(recording(rig, id="recording-1", kind="message", repaired=True), 7.0)
    rig.records.recording_finished(recording(rig, call="call-2", kind="message", repaired=True), 7.0)
    assert len(rig.records.messages()) == 1


def test_a_days_counts_are_those_of_the_sites_zone(rig: Rig) -> None:
    shanghai = ZoneInfo("Asia/Shanghai")
    call = rig.call()
    segments = [
        rig.segment(
            call, started_utc=datetime(2026, 10, 31, 15, 59, 59, tzinfo=UTC)
        ),  # 31st, 23:59:59 in Shanghai
        rig.segment(call, started_utc=datetime(2026, 10, 31, 16, 0, tzinfo=UTC)),  # 1st, midnight
        rig.segment(call, started_utc=datetime(2026, 11, 1, 15, 59, tzinfo=UTC), result="overflow"),
        rig.segment(call, started_utc=datetime(2026, 11, 1, 10, 0, tzinfo=UTC), kind="menu"),
    ]
    rig.records.call_finished(call, 0.0, segments=segments)
    (count,) = rig.records.counts(date(2026, 11, 1), shanghai)
    assert (count.queue, count.offered, count.answered, count.overflowed) == ("info", 2, 1, 1)
    assert rig.records.counts(date(2026, 11, 2), shanghai) == []


def test_a_call_in_which_the_box_stopped_gets_its_row_at_the_next_start(tmp_path: Path) -> None:
    rig = Rig(tmp_path / "box")
    rig.clock.set_now(100.0)
    for kind, at, data in [
        ("call.incoming", 100.0, {"line": "fxo1", "caller": "13900"}),
        ("menu.entered", 101.0, {}),
        ("queue.joined", 130.0, {}),
    ]:
        rig.records.event(
            kind, at, call="lost-in", contact="person", revision=2, language=Language.EN, **data
        )
    rig.records.event("call.outgoing", 105.0, call="lost-out", line="fxo2", phone="801", number="110")
    rig.records.event("call.incoming", 107.0, call="whole", line="fxo3", caller="1")
    rig.finish(id="whole")
    rig.records.flush()  # and then it is killed
    copy = tmp_path / "as-the-next-start-finds-it"
    shutil.copytree(rig.folder, copy)
    after = Rig(copy)
    rows = {row.id: row for row in after.records.calls()}
    assert set(rows) == {"lost-in", "lost-out", "whole"}
    lost = rows["lost-in"]
    assert (lost.result, lost.end_reason, lost.direction, lost.port) == ("lost", "restart", "in", "fxo1")
    assert (lost.caller, lost.duration_s, lost.revision, lost.language) == ("13900", 30.0, 2, Language.EN)
    assert (lost.started_utc, lost.contact) == (START + timedelta(seconds=100), "person")
    detail = after.records.call("lost-in")
    assert detail is not None
    assert detail.contact is not None
    assert detail.contact.number == "13900"
    out = rows["lost-out"]
    assert (out.direction, out.caller, out.called, out.port) == ("out", "801", "110", "fxo2")
    assert any("2 calls were cut" in text.en for text in after.records.repairs)
    after.records.close()
    assert Rig(copy).records.repairs == []


class Stubborn(InlineExecutor):
    """Jobs meet a disk that refuses while `is_full`."""

    def __init__(self) -> None:
        self.is_full = False
        self.n_jobs = 0

    def submit(self, job: Callable[[], T], done: Callable[[T], None]) -> None:
        self.n_jobs += 1
        if self.is_full:
            done("database or disk is full")  # type: ignore[arg-type]
        else:
            super().submit(job, done)


def test_a_full_disk_is_told_once_and_everything_is_stored_when_there_is_room_again(tmp_path: Path) -> None:
    disk = Stubborn()
    rig = Rig(tmp_path, disk)
    stored: list[str] = []
    disk.is_full = True
    calls = [rig.call() for _ in range(3)]
    for call in calls:
        rig.records.call_finished(call, rig.clock.now(), stored=lambda call=call: stored.append(call.id))
        rig.records.event("call.ended", rig.clock.now(), call=call.id)
        rig.tick(1.5)
    for _ in range(200):
        rig.tick(0.1)
    assert [text.en for text in rig.troubles if text] == [
        "records cannot be stored: database or disk is full"
    ]
    assert disk.n_jobs < 40  # it is tried again every five seconds, not all the time
    assert rig.records.deadline() is not None
    assert (stored, rig.records.calls()) == ([], [])
    disk.is_full = False
    rig.tick(RETRY_S)
    rig.tick(0.1)
    rig.tick(0.1)
    assert stored == [call.id for call in calls]
    assert len(rig.records.calls()) == 3
    assert [event.call for event in rig.records.events()] == stored  # in their order
    assert rig.troubles[-1] is None
    assert len(rig.troubles) == 2
    assert rig.records.deadline() is None


def test_events_alone_are_retried_too(tmp_path: Path) -> None:
    disk = Stubborn()
    rig = Rig(tmp_path, disk)
    disk.is_full = True
    rig.records.event("box.started", 0.0)
    rig.tick(1.0)
    rig.records.event("line.state", 1.0)
    rig.tick(1.0)
    assert len(rig.troubles) == 1
    disk.is_full = False
    rig.tick(RETRY_S)
    rig.tick(0.1)
    assert [event.kind for event in rig.records.events()] == ["box.started", "line.state"]
    assert rig.troubles[-1] is None


def test_memory_is_bounded_while_the_disk_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("firmware.records.outbox.HELD_MAX", 10)
    disk = Stubborn()
    rig = Rig(tmp_path, disk)
    disk.is_full = True
    for number in range(50):
        rig.records.event("menu.key", float(number), number=number)
        rig.tick(1.0)
    disk.is_full = False
    for _ in range(20):
        rig.tick(1.0)
    found = [event.data["number"] for event in rig.records.events()]
    assert found == list(range(40, 50))


def test_a_real_read_only_file_raises_nothing_into_a_call(rig: Rig) -> None:
    with rig.records._database.read() as connection:
        connection.exec_driver_sql(
            "PRAGMA query_only = ON"
        )  # this pooled connection is the writer's next one
    rig.finish()
    rig.records.event("call.ended", 0.0)
    rig.tick(2.0)
    assert rig.troubles
    assert rig.troubles[0] is not None
    assert "readonly" in rig.troubles[0].en


def test_a_row_that_can_never_be_stored_does_not_keep_the_others_from_the_disk(rig: Rig) -> None:
    rig.records.event("good.1", 0.0)
    rig.records.event("bad", 0.0, what=object())  # type: ignore[arg-type]
    rig.records.event("good.2", 0.0)
    rig.tick(2.0)
    assert [event.kind for event in rig.records.events()] == ["good.1", "good.2"]
    assert rig.troubles == []


def test_close_stores_what_waits_and_leaves_one_file(rig: Rig) -> None:
    rig.records.event("box.stopped", 0.0)
    rig.finish()
    rig.records.close()
    assert [path.name for path in rig.folder.iterdir()] == ["records.sqlite"]
    assert rows_on_disk(rig.folder, "event") == 1
    assert rows_on_disk(rig.folder, "call") == 1


def test_with_a_thread_the_loop_never_waits_for_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    executor = ThreadExecutor("records")
    rig = Rig(tmp_path, executor)
    gate = threading.Event()
    threads: list[int] = []
    write = rig.records._database.write

    def slow(writes: Sequence[Write]) -> str:
        gate.wait(PATIENCE_S)
        threads.append(threading.get_ident())
        return write(writes)

    monkeypatch.setattr(rig.records._database, "write", slow)
    stored: list[int] = []
    calls = [rig.call() for _ in range(20)]
    for call in calls:
        rig.records.call_finished(call, rig.clock.now(), stored=lambda: stored.append(threading.get_ident()))
        rig.records.event("call.ended", rig.clock.now(), call=call.id)
        rig.tick(0.5)
    assert (stored, threads) == ([], [])  # the disk stands still, and we are here
    gate.set()
    rig.records.close()
    executor.close()
    assert set(stored) == {threading.get_ident()}
    assert threading.get_ident() not in threads[:20]
    assert rows_on_disk(tmp_path, "call") == 20
    assert rows_on_disk(tmp_path, "event") == 20


def test_which_calls_have_a_recording(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    with_two, with_none, other = rig.finish(), rig.finish(), rig.finish()
    first = recording(rig, call=with_two.id)
    later = recording(rig, call=with_two.id, started_utc=first.started_utc + timedelta(seconds=5))
    for row in (later, first, recording(rig, call=other.id)):
        rig.records.recording_finished(row, rig.clock.now())
    rig.tick(1.0)
    assert rig.records.recorded([with_two.id, with_none.id]) == {with_two.id: first.id}


def test_how_the_outside_lines_of_calls_sounded_is_one_row_a_call(rig: Rig) -> None:
    one, two, none = rig.call(), rig.call(), rig.call()

    def leg(call: CallRow, name: str, **heard: Any) -> LegRow:
        return LegRow(
            id=name, call=call.id, revision=3, started_utc=START, duration_s=60.0, role="caller",
            port="fxo1", end_reason="caller", **heard,
        )  # fmt: skip

    heard = {"voice_dbm0": -20.5, "noise_dbm0": -60.0, "peak_dbm0": -9.0, "voice_s": 12.5, "clipped": 3}
    joined = leg(two, "c", lost_s=3.0, quiet_s=1.0, voice_dbm0=-40.0, noise_dbm0=-70.0)
    rig.records.call_finished(one, 0.0, legs=[leg(one, "a"), leg(one, "b", answered_by="person", **heard)])
    rig.records.call_finished(two, 0.0, legs=[joined, leg(two, "d", lost_s=4.0, **heard)])
    rig.records.call_finished(none, 0.0, legs=[leg(none, "e")])
    assert rig.records.sounds([one.id, two.id, none.id]) == {
        one.id: CallSound(answered_by="person", lost_s=0.0, quiet_s=0.0, voice_dbm0=-20.5, noise_dbm0=-60.0),
        two.id: CallSound(answered_by="", lost_s=7.0, quiet_s=1.0, voice_dbm0=-40.0, noise_dbm0=-60.0),
    }
    detail = rig.records.call(one.id)
    assert detail is not None
    assert {name: getattr(detail.legs[1], name) for name in heard} == heard
