"""Signalling bits: two readings that agree, and only what changed is read."""

from __future__ import annotations

from math import inf

from hypothesis import given
from hypothesis import strategies as st

from hal.span_cas import CONFIRM_S, SWEEP_S, CasReader


class Registers:
    """RS1..16, and what was read of them."""

    def __init__(self) -> None:
        self.values = bytearray([0xDD] * 16)
        self.reads: list[tuple[int, int]] = []

    def read(self, first: int, count: int) -> bytes:
        self.reads.append((first, count))
        return bytes(self.values[first : first + count])


def changed(*timeslots: int) -> bytes:
    return sum(1 << timeslot for timeslot in timeslots).to_bytes(4, "little")


def rested(registers: Registers) -> CasReader:
    """A reader that has done its sweep at 0."""
    reader = CasReader(registers.read)
    assert list(reader.look(bytes(4), 0.0)) == []
    registers.reads.clear()
    return reader


def test_a_change_counts_at_the_second_reading() -> None:
    registers = Registers()
    reader = rested(registers)
    registers.values[5] = 0x9D
    assert list(reader.look(changed(5), 0.01)) == []
    assert reader.due == 0.01 + CONFIRM_S
    assert list(reader.look(bytes(4), 0.02)) == [(5, 0b1001)]
    assert registers.reads == [(5, 1), (5, 1)]
    assert reader.bits[5] == 0b1001 and reader.bits[21] == 0b1101
    assert reader.due == inf


def test_a_register_holds_two_timeslots() -> None:
    registers = Registers()
    reader = rested(registers)
    registers.values[15] = 0x01
    assert list(reader.look(changed(15, 31), 0.01)) == []
    assert list(reader.look(bytes(4), 0.02)) == [(15, 0), (31, 1)]


def test_a_spike_is_no_signal() -> None:
    registers = Registers()
    reader = rested(registers)
    registers.values[5] = 0x9D
    assert list(reader.look(changed(5), 0.01)) == []
    registers.values[5] = 0xDD
    assert list(reader.look(changed(5), 0.02)) == []
    assert reader.due == inf


def test_a_second_interrupt_before_the_time_does_not_confirm() -> None:
    registers = Registers()
    reader = rested(registers)
    registers.values[5] = 0x9D
    assert list(reader.look(changed(5), 0.010)) == []
    assert list(reader.look(changed(5), 0.011)) == []
    assert list(reader.look(bytes(4), 0.013)) == [(5, 0b1001)]


def test_bits_that_never_rest_are_left_to_the_sweep() -> None:
    registers = Registers()
    reader = rested(registers)
    for n in range(20):
        registers.values[7] = (n % 14) << 4
        assert list(reader.look(changed(7) if n == 0 else bytes(4), 0.01 + n * 0.005)) == []
    assert reader.due == inf and len(registers.reads) <= 9


def test_the_sweep_finds_what_no_interrupt_told() -> None:
    registers = Registers()
    reader = rested(registers)
    registers.values[3] = 0xD1
    assert list(reader.look(bytes(4), SWEEP_S)) == []
    assert list(reader.look(bytes(4), SWEEP_S + 0.01)) == [(19, 1)]


def test_a_pause_forgets_the_half_seen_and_reads_all_again() -> None:
    registers = Registers()
    reader = rested(registers)
    registers.values[5] = 0x9D
    assert list(reader.look(changed(5), 0.01)) == []
    reader.pause()
    assert reader.due == inf
    assert list(reader.look(bytes(4), 0.02)) == []
    assert registers.reads[-1] == (1, 15)
    assert list(reader.look(bytes(4), 0.03)) == [(5, 0b1001)]


@given(st.lists(st.tuples(st.integers(1, 15), st.integers(0, 255), st.booleans()), max_size=40))
def test_what_rests_is_known_in_the_end(steps: list[tuple[int, int, bool]]) -> None:
    """Whatever happened, and whichever interrupts were lost."""
    registers, now = Registers(), 0.0
    reader = CasReader(registers.read)
    told = [0b1101] * 32
    events: list[tuple[int, int]] = []
    for register, value, is_told in steps:
        registers.values[register] = value
        now += 0.004
        events += reader.look(changed(register, register + 16) if is_told else bytes(4), now)
    for _ in range(3):
        now += SWEEP_S
        events += reader.look(bytes(4), now)
    for timeslot, bits in events:
        assert told[timeslot] != bits
        told[timeslot] = bits
    wanted = [registers.values[t % 16] >> (0 if t >= 16 else 4) & 15 for t in range(32)]
    for timeslot in (*range(1, 16), *range(17, 32)):
        assert reader.bits[timeslot] == told[timeslot] == wanted[timeslot]
