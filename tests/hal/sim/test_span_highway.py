"""A span's octets in the TDM block, both ways, in every state of the line."""

from __future__ import annotations

import struct
import time
from binascii import crc_hqx
from typing import TYPE_CHECKING

import pytest

from hal.sim.physics import PhysicsError
from hal.sim.span_line import ONES, Columns
from hal.sim.world import SILENCE, SpanWorld
from hal.types import Loopback, SpanPort, SpanSetup

if TYPE_CHECKING:
    from tests.hal.conftest import Bench

RAMP = bytes(range(80))
ONES_BLOCK = b"\xff" * 80
CHANNELS = [*range(1, 16), *range(17, 32)]


def block(timeslots: dict[int, bytes], n: int) -> bytes:
    body = bytearray(b"\xd5" * 80 * n)
    for timeslot, octets in timeslots.items():
        body[timeslot::n] = octets
    data = struct.pack(">BBHHHI", 0x05, 0xCB, 7, 80, n, 0) + body
    return data + struct.pack(">H", crc_hqx(data, 0xFFFF))


def exchange(bench: Bench, timeslots: dict[int, bytes] | None = None) -> list[bytes]:
    n = bench.board.timeslots
    answer = bench.sim.tdm_exchange(block(timeslots or {}, n))
    assert crc_hqx(answer, 0xFFFF) == 0 and not answer[10] & 8
    return [answer[12 + timeslot : -2 : n] for timeslot in range(n)]


@pytest.fixture
def span(make_bench: type[Bench]) -> Bench:
    """One span behind four phones: timeslots 4..35."""
    bench = make_bench(("fxs4", "e1"))
    bench.start()
    return bench


def test_worlds_and_ports_satisfy_the_contract(span: Bench) -> None:
    worlds: list[SpanWorld] = list(span.sim.spans)
    ports: list[SpanPort] = [span.span()]
    assert (len(worlds), ports[0].info.timeslot, ports[0].info.width) == (1, 4, 32)


def test_every_timeslot_stands_in_its_place_both_ways(span: Bench) -> None:
    line = span.sim.spans[0]
    line.to_box = [bytes([timeslot]) * 79 + b"\x7e" for timeslot in range(32)]
    mine = {4 + timeslot: b"\x99" + bytes([timeslot]) * 79 for timeslot in range(32)}
    heard = exchange(span, mine)
    assert heard[4:] == line.to_box
    assert heard[:4] == [SILENCE] * 4
    assert list(line.from_box) == list(mine.values())
    assert line.from_box[-1] == line.from_box[31] == mine[35]
    assert line.from_box[2:4] == [mine[6], mine[7]]


def test_what_is_silent_is_silent(span: Bench) -> None:
    assert exchange(span) == [SILENCE] * 36
    assert list(span.sim.spans[0].from_box) == [SILENCE] * 32


def test_two_spans_on_a_card_and_four_on_four(make_bench: type[Bench]) -> None:
    for slots in (("e1x2", "e1x2"), ("e1",) * 4):
        bench = make_bench(slots)
        bench.start()
        for number, line in enumerate(bench.sim.spans):
            line.to_box[9] = bytes([number]) * 80
        heard = exchange(bench, {32 * number + 3: bytes([100 + number]) * 80 for number in range(4)})
        assert [heard[32 * number + 9][0] for number in range(4)] == [0, 1, 2, 3]
        assert [line.from_box[3][0] for line in bench.sim.spans] == [100, 101, 102, 103]


def test_four_spans_and_sixty_four_analog_ports_fit_and_no_more(make_bench: type[Bench]) -> None:
    bench = make_bench(("e1x2", "e1x2", "e1x2", "fxs4"))
    bench.start()
    assert bench.board.timeslots == 192
    assert [slot.problem for slot in bench.board.slots][2:4] == ["", "4 timeslots, 0 of 192 free"]
    exchange(bench)


@pytest.mark.parametrize("state", ["los", "lof", "ais"])
def test_a_dead_line_is_muted(span: Bench, state: str) -> None:
    """Ones until the driver has seen it, then silence; but timeslot 16 keeps ones, which HDLC knows."""
    line = span.sim.spans[0]
    line.to_box = [RAMP] * 32
    line.cut() if state == "los" else line.lose_frames(True) if state == "lof" else line.send_ais(True)
    span.now += 0.005
    assert exchange(span)[4:] == [ONES_BLOCK] * 32
    span.run(0.02)
    heard = exchange(span)[4:]
    assert [heard[timeslot] for timeslot in CHANNELS] == [SILENCE] * 30
    assert heard[0] == heard[16] == ONES_BLOCK
    line.mend() if state == "los" else line.lose_frames(False) if state == "lof" else line.send_ais(False)
    span.run(0.05)
    assert exchange(span)[4:] == [RAMP] * 32


def test_a_cut_cable_hears_ones(span: Bench) -> None:
    span.sim.spans[0].cut()
    exchange(span, {5: RAMP})
    assert list(span.sim.spans[0].from_box) == list(ONES)


def test_a_local_loop_returns_what_the_box_says_and_the_line_hears_it_too(span: Bench) -> None:
    line = span.sim.spans[0]
    line.to_box = [RAMP[::-1]] * 32
    span.span().loop(Loopback.LOCAL, span.now)
    span.run(0.1)
    assert exchange(span, {5: RAMP})[5] == RAMP
    assert line.from_box[1] == RAMP
    span.span().loop(Loopback.NONE, span.now)
    span.run(0.1)
    assert exchange(span, {5: RAMP})[5] == RAMP[::-1]


def test_a_remote_loop_returns_what_the_far_end_says_and_the_box_hears_it_too(span: Bench) -> None:
    line = span.sim.spans[0]
    line.to_box[7] = RAMP
    span.span().loop(Loopback.REMOTE, span.now)
    assert exchange(span, {11: RAMP[::-1]})[11] == RAMP
    assert line.from_box[7] == RAMP and line.from_box[8] == SILENCE
    line.to_box[7] = SILENCE
    assert line.from_box[7] == RAMP  # what came out of the last block


def test_a_slip_loses_a_frame(span: Bench) -> None:
    line = span.sim.spans[0]
    line.to_box[7] = RAMP
    line.slip()
    heard = exchange(span)
    assert heard[11] == RAMP[1:] + RAMP[-1:] and heard[12] == SILENCE
    assert exchange(span)[11] == RAMP


def test_before_bring_up_and_after_the_card_nothing_passes(span: Bench) -> None:
    line = span.sim.spans[0]
    line.to_box = [RAMP] * 32
    span.sim.remove_card(2)
    assert exchange(span, {5: RAMP})[4:] == [SILENCE] * 32
    assert list(line.from_box) == list(ONES)
    span.run(0.5)
    span.sim.insert_card(2, "e1")
    assert exchange(span, {5: RAMP})[4:] == [SILENCE] * 32
    assert not line.is_fed
    span.run(2.0)
    assert exchange(span, {5: RAMP})[4:] == [RAMP] * 32
    assert line.from_box[1] == RAMP


def test_a_card_without_clock_carries_nothing(span: Bench) -> None:
    span.sim.stop_pclk(2, True)
    span.sim.spans[0].to_box[3] = RAMP
    assert exchange(span)[7] == SILENCE
    assert not span.sim.spans[0].is_fed


def test_columns_behave_as_a_list() -> None:
    columns = Columns(bytes(range(64)), 0, 64, 32)
    assert len(columns) == 32 and columns[1] == b"\x01\x21" and list(columns)[31] == b"\x1f\x3f"
    assert columns[-2:] == [b"\x1e\x3e", b"\x1f\x3f"]
    for index in (32, -33):
        with pytest.raises(IndexError):
            columns[index]


def test_physics(span: Bench) -> None:
    line = span.sim.spans[0]
    with pytest.raises(PhysicsError, match="whole"):
        line.mend()
    line.cut()
    with pytest.raises(PhysicsError, match="cut"):
        line.cut()
    with pytest.raises(ValueError, match="times"):
        line.slip(0)
    with pytest.raises(ValueError, match="crc_errors"):
        line.disturb(crc_errors=-1)


def test_errors_without_a_card_are_nobodys(span: Bench) -> None:
    line = span.sim.spans[0]
    span.sim.remove_card(2)
    line.slip(5)
    line.disturb(crc_errors=3)
    span.run(0.5)
    span.sim.insert_card(2, "e1")
    span.run(2.0)
    line.to_box[1] = RAMP
    assert exchange(span)[5] == RAMP


def microseconds(bench: Bench, rounds: int = 10) -> float:
    tx = block({}, bench.board.timeslots)
    best = 1.0
    for _ in range(rounds):
        begin = time.thread_time()
        for _ in range(50):
            bench.sim.tdm_exchange(tx)
            for line in bench.sim.spans:
                line.from_box[16]
        best = min(best, (time.thread_time() - begin) / 50)
    return best * 1e6


def test_idle_spans_cost_little(make_bench: type[Bench]) -> None:
    """Goal 15 us for four beyond the CRC of the block (40 us); the limit leaves room for a busy machine."""
    bench = make_bench(("e1",) * 4)
    bench.start()
    for number in range(1, 5):
        bench.span(number).set_up(SpanSetup(is_cas=number > 2), bench.now)
    bench.run(1.0)
    assert microseconds(bench) < 150
