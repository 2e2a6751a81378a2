"""Absolute deadlines: late ticks are counted, a long stop is not replayed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tools.emulator.pace import Pacer


class Loop:
    """A loop whose time stands until it is told to move."""

    def __init__(self) -> None:
        self.at = 100.0
        self.due: list[tuple[float, Callable[[], None]]] = []

    def time(self) -> float:
        return self.at

    def call_at(self, when: float, act: Callable[[], None]) -> Loop:
        self.due.append((when, act))
        return self

    def cancel(self) -> None:
        self.due.clear()

    def run(self, delay_s: float = 0.0) -> None:
        """Do the next thing, so much after it was due."""
        when, act = self.due.pop()
        self.at = max(self.at, when + delay_s)
        act()


@pytest.fixture
def loop() -> Loop:
    return Loop()


def test_deadlines_do_not_drift(loop: Loop) -> None:
    seen: list[float] = []
    pacer = Pacer(seen.append, loop)  # type: ignore[arg-type]
    pacer.start()
    for delay_s in (0.0, 0.003, 0.004, 0.0):
        loop.run(delay_s)
    assert seen == pytest.approx([0.01, 0.02, 0.03, 0.04])
    assert (pacer.lateness.ticks, pacer.lateness.late, pacer.lateness.skipped) == (4, 0, 0)
    assert pacer.lateness.worst_s == pytest.approx(0.004)


def test_a_late_tick_is_counted_and_the_next_catches_up(loop: Loop) -> None:
    seen: list[float] = []
    pacer = Pacer(seen.append, loop)  # type: ignore[arg-type]
    pacer.start()
    loop.run(0.024)
    loop.run()
    loop.run()
    assert seen == pytest.approx([0.01, 0.02, 0.03])
    assert (pacer.lateness.late, pacer.lateness.skipped) == (2, 0)
    assert loop.due[0][0] == pytest.approx(100.04)


def test_a_stopped_process_skips_what_it_missed(loop: Loop) -> None:
    seen: list[float] = []
    pacer = Pacer(seen.append, loop)  # type: ignore[arg-type]
    pacer.start()
    loop.run(5.0)
    assert seen == pytest.approx([5.01]) and pacer.lateness.skipped == 500
    loop.run()
    assert seen[-1] == pytest.approx(5.02)
    pacer.stop()
    assert loop.due == []
