from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from firmware.clock import VirtualClock
from firmware.ids import SeededIds, TimedIds

START = datetime(2026, 11, 1, tzinfo=UTC)


def test_timed_ids_are_version_7_and_sort_by_time() -> None:
    clock = VirtualClock(START)
    ids = TimedIds(clock)
    made = []
    for _ in range(50):
        made.append(ids.new())
        clock.advance(0.001)
    assert made == sorted(made)
    assert len(set(made)) == 50
    assert {UUID(one).version for one in made} == {7}
    assert {UUID(one).variant for one in made} == {"specified in RFC 4122"}


def test_timed_ids_carry_the_milliseconds_of_rfc_9562_5_7() -> None:
    ids = TimedIds(VirtualClock(START), urandom=lambda n: b"\xff" * n)
    one = UUID(ids.new())
    assert one.int >> 80 == int(START.timestamp() * 1000)
    assert str(one).endswith("-7fff-bfff-ffffffffffff")


def test_ids_of_the_same_millisecond_differ() -> None:
    ids = TimedIds(VirtualClock(START))
    assert len({ids.new() for _ in range(1000)}) == 1000


def test_seeded_ids_are_the_same_at_every_run() -> None:
    first, second, other = SeededIds(7), SeededIds(7), SeededIds(8)
    made = [first.new() for _ in range(20)]
    assert made == [second.new() for _ in range(20)]
    assert made != [other.new() for _ in range(20)]
    assert len(set(made)) == 20
    assert {UUID(one).version for one in made} == {4}
