"""A span with the media engine over it: bit error tests and D-channels through loops, slips and cuts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cext.engine import Engine
from cext.types import EventKind
from hal.types import Loopback

if TYPE_CHECKING:
    from hal.sim.span_line import SpanLine
    from tests.hal.conftest import Bench

TICK_S = 0.01
FRAME = bytes((0x02, 0x01, 0x7F))


class Wired:
    """Four spans, the driver, and the engine that moves their octets."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        bench.start()
        self.engine = Engine(bench.board.timeslots, ())
        self._tx = self.engine.idle_block()
        self.frames: list[tuple[int, bytes]] = []
        self.echoes: list[SpanLine] = []  # far ends that send back what they hear

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds / TICK_S)):
            self.bench.run(TICK_S)
            self._tx = self.engine.tick(self.bench.sim.tdm_exchange(self._tx))
            for line in self.echoes:
                line.to_box = list(line.from_box)
            for event in self.engine.events():
                if event.kind is EventKind.FRAME:
                    self.frames.append((event.channel, event.data))


@pytest.fixture
def wired(make_bench: type[Bench]) -> Wired:
    return Wired(make_bench(("e1x2", "e1x2")))


@pytest.mark.parametrize("number", [1, 4])
def test_a_local_loop_has_no_bit_errors(wired: Wired, number: int) -> None:
    port = wired.bench.span(number)
    port.loop(Loopback.LOCAL, wired.bench.now)
    channels = [port.info.timeslot + timeslot for timeslot in (1, 15, 17, 31)]
    for channel in channels:
        wired.engine.bert(channel, True)
    wired.run(1.0)
    for channel in channels:
        stats = wired.engine.bert_stats(channel)
        assert stats.is_synced and stats.bits > 60000 and (stats.errors, stats.sync_losses) == (0, 0)


def test_a_slip_is_seen_by_the_bit_error_test(wired: Wired) -> None:
    line = wired.bench.sim.spans[0]
    wired.echoes.append(line)
    wired.engine.bert(1, True)
    wired.run(0.5)
    before = wired.engine.bert_stats(1)
    assert before.is_synced and before.errors == 0
    line.slip()
    wired.run(0.5)
    after = wired.engine.bert_stats(1)
    assert after.is_synced and after.sync_losses == before.sync_losses + 1


def test_frames_go_through_the_loop_and_a_cut_only_stops_them(wired: Wired) -> None:
    line, port = wired.bench.sim.spans[2], wired.bench.span(3)
    channel = port.info.timeslot + 16
    wired.engine.d_channel(channel, True)
    port.loop(Loopback.LOCAL, wired.bench.now)
    wired.run(0.1)
    wired.engine.send_frame(channel, FRAME)
    wired.run(0.1)
    assert wired.frames == [(channel, FRAME)]
    port.loop(Loopback.NONE, wired.bench.now)
    line.cut()
    wired.run(1.0)
    wired.engine.send_frame(channel, FRAME)
    wired.run(0.1)
    port.loop(Loopback.LOCAL, wired.bench.now)
    wired.run(0.1)
    wired.engine.send_frame(channel, FRAME)
    wired.run(0.1)
    assert wired.frames == [(channel, FRAME)] * 2


def test_frames_come_back_from_a_far_end_that_loops(wired: Wired) -> None:
    channel = wired.bench.span(2).info.timeslot + 16
    wired.echoes.append(wired.bench.sim.spans[1])
    wired.engine.d_channel(channel, True)
    wired.run(0.2)
    wired.engine.send_frame(channel, FRAME)
    wired.run(0.1)
    assert wired.frames == [(channel, FRAME)]
