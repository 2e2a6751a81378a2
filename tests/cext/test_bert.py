"""The bit error test against a shift register in Python: ITU-T O.151 section 2.1, 2^15-1."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import numpy as np
import pytest

import cext
from tests.cext.ref.board import Line

PERIOD = 2**15 - 1


def pattern() -> Iterator[int]:
    """Bits as they are sent: 15 stages, the 14th and the 15th added and fed back, the output inverted."""
    stages = [1] * 15
    while True:
        bit = stages[13] ^ stages[14]
        stages = [bit, *stages[:-1]]
        yield bit ^ 1


def octets(start: int, count: int) -> bytes:
    """So many octets of the pattern from a bit of it on."""
    bits = list(islice(pattern(), start, start + 8 * count))
    return np.packbits(bits).tobytes()


def stats(line: Line) -> cext.BertStats:
    return line.engine.bert_stats(0)


def new_line() -> Line:
    line = Line(1)
    line.engine.bert(0, True)
    return line


def test_what_is_sent_is_the_pattern_and_repeats() -> None:
    line = new_line()
    line.run(110)
    assert line.sent[0] == octets(0, 8800)
    bits = np.unpackbits(np.frombuffer(line.sent[0], np.uint8))
    assert (bits[PERIOD : 2 * PERIOD] == bits[:PERIOD]).all()
    assert int(bits[:PERIOD].sum()) == 2**14 - 1  # inverted: one more zero than ones
    runs = "".join(map(str, bits[: 2 * PERIOD])).split("1")
    assert max(map(len, runs)) == 15  # O.151: at most 15 zeros in a row


@pytest.mark.parametrize("start", [0, 1, 5, 12345])
def test_any_phase_is_found_and_every_bit_counted(start: int) -> None:
    line = new_line()
    line.run(50, {0: octets(start, 4000)})
    found = stats(line)
    assert (found.is_synced, found.errors, found.sync_losses) == (True, 0, 0)
    assert 8 * (4000 - 12) <= found.bits < 8 * 4000


def test_errors_are_counted_one_by_one() -> None:
    line, data = new_line(), bytearray(octets(7, 8000))
    rng = np.random.default_rng(1)
    for at in rng.choice(np.arange(8 * 80, 8 * 8000), 137, replace=False):
        data[at // 8] ^= 0x80 >> at % 8
    line.run(100, {0: bytes(data)})
    assert (stats(line).errors, stats(line).sync_losses) == (137, 0)


def test_one_bit_in_ten_is_no_loss_of_step() -> None:
    line, data = new_line(), bytearray(octets(0, 8000))
    for at in range(640, 64000, 10):
        data[at // 8] ^= 0x80 >> at % 8
    line.run(100, {0: bytes(data)})
    assert (stats(line).errors, stats(line).sync_losses) == (6336, 0)


def test_a_slip_is_a_loss_of_step_and_is_found_again() -> None:
    line = new_line()
    line.run(20, {0: octets(0, 1600)})
    line.run(20, {0: octets(8 * 1600 + 8, 1600)})
    found = stats(line)
    assert (found.is_synced, found.errors, found.sync_losses) == (True, 0, 1)


@pytest.mark.parametrize("junk", [b"\x00", b"\xff", b"\xd5", b"\x7e", b"\xaa"])
def test_no_pattern_is_never_taken_for_one(junk: bytes) -> None:
    """Constant octets, of ones too, for which the register would hold nothing but zeros."""
    line = new_line()
    line.run(30, {0: junk * 2400})
    assert stats(line) == cext.BertStats(0, 0, False, 0)
    line.run(10, {0: octets(0, 800)})
    assert stats(line).is_synced
    line.run(10, {0: junk * 800})
    assert (stats(line).is_synced, stats(line).sync_losses) == (False, 1)


def test_a_lost_block_is_a_loss_of_step() -> None:
    line = new_line()
    line.run(10, {0: octets(0, 800)})
    line.engine.tick(b"")
    assert (stats(line).is_synced, stats(line).sync_losses) == (False, 1)


def test_a_span_of_31_timeslots_at_once() -> None:
    line = Line(32)
    for channel in range(1, 32):
        line.engine.bert(channel, True)
    for _ in range(20):
        line.tick({i: line.sent[i][-80:] or b"\xd5" * 80 for i in range(32)})
    for channel in range(1, 32):
        assert line.engine.bert_stats(channel).is_synced
        assert line.engine.bert_stats(channel).errors == 0
    assert line.sent[0] == b"\xd5" * 1600


def test_on_again_starts_anew_and_off_is_silence() -> None:
    line = new_line()
    line.run(5, {0: octets(0, 400)})
    line.engine.bert(0, True)
    line.run(1)
    assert stats(line).bits == 0
    assert line.sent[0][-80:] == octets(0, 80)
    line.engine.bert(0, False)
    line.run(1)
    assert line.sent[0][-80:] == b"\xd5" * 80
    with pytest.raises(cext.CextError, match="channel 0: no bit error test"):
        stats(line)


def test_32_tests_and_no_more() -> None:
    engine = cext.Engine(40, ())
    for channel in range(32):
        engine.bert(channel, True)
    with pytest.raises(cext.CextError, match="channel 32: at most 32 bit error tests"):
        engine.bert(32, True)
