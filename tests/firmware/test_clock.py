from __future__ import annotations

import select
from datetime import UTC, datetime, timedelta

import pytest

from firmware.clock import StepWatch, SystemClock, VirtualClock

START = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)


def test_virtual_time_moves_only_by_its_owner() -> None:
    clock = VirtualClock(START)
    assert clock.utc() == START
    assert clock.advance(90.5) == 90.5
    assert clock.now() == 90.5
    assert clock.utc() == START + timedelta(seconds=90.5)
    assert clock.utc_at(10.0) == START + timedelta(seconds=10)


def test_virtual_time_never_runs_backwards() -> None:
    clock = VirtualClock(START)
    clock.set_now(5.0)
    with pytest.raises(ValueError, match=r"allowed: 5\.0 or later"):
        clock.set_now(4.9)
    assert clock.now() == 5.0


def test_waiting_is_no_work() -> None:
    clock = SystemClock()
    begin, worked = clock.now(), clock.worked()
    select.select([], [], [], 0.05)
    assert clock.now() - begin >= 0.05
    assert 0 <= clock.worked() - worked < 0.04


def test_a_naive_start_is_refused() -> None:
    with pytest.raises(ValueError, match="start_utc"):
        VirtualClock(datetime(2026, 11, 1))


def test_a_jump_of_the_wall_clock_is_told_once_and_moves_no_monotonic_time() -> None:
    clock = VirtualClock(START, synced=False)
    clock.set_now(100.0)
    assert clock.step() is None
    clock.jump(-3600.0, synced=True)
    step = clock.step()
    assert step is not None
    assert step.seconds == -3600.0
    assert step.after == START + timedelta(seconds=100 - 3600)
    assert clock.step() is None
    assert clock.now() == 100.0
    assert clock.is_synced()


def test_slewing_is_no_step_however_long_it_goes_on() -> None:
    watch = StepWatch(1000.0)
    assert [watch.look(1000.0 + 0.1 * n) for n in range(1, 100)] == [None] * 99
    assert watch.look(1000.0 + 9.9 + 0.6) == pytest.approx(0.6)


def test_the_systems_clocks_agree_with_each_other() -> None:
    clock = SystemClock()
    now = clock.now()
    assert abs((clock.utc_at(now) - datetime.now(UTC)).total_seconds()) < 5
    assert clock.utc_at(now + 60) - clock.utc_at(now) < timedelta(seconds=60.1)
    assert clock.utc().utcoffset() == timedelta(0)
    assert clock.now() >= now
    assert clock.step() is None
    assert clock.is_synced() in (True, False)
