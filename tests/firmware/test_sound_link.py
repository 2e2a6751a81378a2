"""The engine's way to the board, opened again with patience."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import cast

from firmware.media.engine import Engine, EngineError
from firmware.sound_link import RETRY_S, SoundLink


@dataclass
class Stats:
    ticks: int = 0


class StubbornEngine:
    def __init__(self) -> None:
        self.is_there = True
        self.starts: list[str] = []
        self.counters = Stats()

    def start(self, path: str) -> None:
        self.starts.append(path)
        if not self.is_there:
            raise EngineError("nobody there")

    def stats(self) -> Stats:
        return Stats(self.counters.ticks)


def make() -> tuple[SoundLink, StubbornEngine]:
    engine = StubbornEngine()
    link = SoundLink(cast(Engine, engine), "unix:x")
    link.start()
    return link, engine


def test_nothing_to_do_while_all_is_well() -> None:
    link, _ = make()
    assert link.deadline() == inf
    assert not link.step(5.0)


def test_it_tries_again_slower_each_time() -> None:
    link, engine = make()
    engine.is_there = False
    link.lost(100.0)
    times = []
    for _ in range(7):
        at = link.deadline()
        assert not link.step(at)
        times.append(at)
    gaps = [round(later - earlier, 3) for earlier, later in zip([100.0, *times], times, strict=False)]
    assert gaps == [*RETRY_S, RETRY_S[-1], RETRY_S[-1]]
    assert len(engine.starts) == 8


def test_sound_is_back_when_blocks_come_and_told_once() -> None:
    link, engine = make()
    link.lost(10.0)
    assert not link.step(link.deadline())
    assert not link.step(link.deadline())  # connected, but nothing came yet
    engine.counters.ticks += 3
    assert link.step(link.deadline())
    assert link.deadline() == inf
    assert not link.step(20.0)


def test_a_board_that_connects_but_stays_silent_is_tried_slower_too() -> None:
    link, engine = make()
    link.lost(0.0)
    link.step(link.deadline())
    link.lost(3.5)
    assert link.deadline() == 3.5 + RETRY_S[1]
    assert len(engine.starts) == 2
