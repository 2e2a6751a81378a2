"""The board as a whole: ports, timeslots, cards that come and go, interrupts that do not behave."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hal.board import POLL_S, Board
from hal.bus import HalError
from hal.ccb1 import CardType
from hal.eeprom import CardIdentity, ChipCode, pack
from hal.port import RETRY_S
from hal.sim.board import SimBoard
from hal.sim.faults import FaultKind
from hal.sim.si3050 import Si3050Sim
from hal.types import FailReason, PortFailed, PortState

if TYPE_CHECKING:
    from tests.hal.conftest import Bench


def test_ports_are_named_in_slot_order_and_timeslots_count_through(make_bench: type[Bench]) -> None:
    bench = make_bench((None, "fxo2fxs2", "fxs4", None, "fxo4"))
    bench.start()
    infos = [port.info for port in bench.board.ports.values()]
    names = ["fxo1", "fxo2", "fxs1", "fxs2", "fxs3", "fxs4", "fxs5", "fxs6", "fxo3", "fxo4", "fxo5", "fxo6"]
    assert [info.name for info in infos] == names
    assert [info.timeslot for info in infos] == list(range(12)) == list(range(bench.board.timeslots))
    assert [info.slot for info in infos] == [2] * 4 + [3] * 4 + [5] * 4
    assert [info.index for info in infos] == [0, 1, 2, 3] * 3
    assert bench.states() == {PortState.UP}


def test_all_ports_come_up_within_two_seconds_with_one_event_each(bench: Bench) -> None:
    events = bench.start()
    assert bench.names(events) == ["PortUp"] * 8
    assert {event.port for event in events} == set(bench.board.ports)


def test_a_board_without_cards(make_bench: type[Bench]) -> None:
    bench = make_bench(())
    assert bench.start() == []
    assert bench.board.timeslots == 0


def test_no_backplane_is_an_error_at_start(bench: Bench) -> None:
    bench.sim.spi.fail(1, FaultKind.TIMEOUT, 1000)
    with pytest.raises(HalError):
        bench.board.start(bench.now)


@pytest.mark.parametrize(
    "image", [bytes(64), b"\xff" * 64, pack(CardIdentity(CardType.FXO4, (ChipCode.SI3210,), "x"))[:-1] + b"?"]
)
def test_a_card_without_identity_costs_only_its_slot(bench: Bench, image: bytes) -> None:
    bench.sim.set_eeprom(1, image)
    events = bench.start()
    assert bench.names(events) == ["PortUp"] * 4
    slots = bench.board.slots
    assert slots[0].problem and not slots[0].card
    assert (slots[1].card, slots[1].serial, slots[1].problem) == ("fxs4", "SIM0002", "")
    assert slots[2].problem == "empty"


@pytest.mark.parametrize("slot", [1, 2])
def test_a_pulled_card_fails_its_ports_once_and_comes_back(up: Bench, slot: int) -> None:
    up.sim.remove_card(slot)
    events = up.run(35.0)
    failed = [event for event in events if isinstance(event, PortFailed)]
    assert len(events) == len(failed) == 4
    assert {event.reason for event in failed} == {FailReason.CARD_GONE}
    assert max(event.at for event in events) - min(event.at for event in events) < 0.1
    others = [port.state for port in up.board.ports.values() if port.info.slot != slot]
    assert others == [PortState.UP] * 4
    up.sim.insert_card(slot, "fxo4" if slot == 1 else "fxs4")
    assert up.names(up.run(3.0)) == ["PortUp"] * 4


def test_a_card_swapped_between_two_looks_is_brought_up_again(up: Bench) -> None:
    up.sim.remove_card(2)
    up.sim.insert_card(2, "fxs4")
    events = up.run(RETRY_S + 3)
    assert [up.names(events, f"fxs{n}") for n in range(1, 5)] == [["PortFailed", "PortUp"]] * 4


def test_a_card_pulled_in_a_call(up: Bench) -> None:
    up.fxo().seize(up.now)
    up.run(1.0)
    up.sim.remove_card(1)
    assert up.names(up.run(0.5), "fxo1") == ["PortFailed"]
    assert not up.sim.fxo[0].is_off_hook


def test_another_card_in_the_slot_is_not_taken_for_the_old_one(up: Bench) -> None:
    up.sim.remove_card(1)
    up.run(0.5)
    up.sim.insert_card(1, "fxs4")
    events = up.run(25.0)
    failed = [event for event in events if isinstance(event, PortFailed)]
    assert {event.port for event in failed} == {"fxo1", "fxo2", "fxo3", "fxo4"}
    assert {event.reason for event in failed} <= {FailReason.WRONG_CHIP, FailReason.NO_ANSWER}
    assert up.names(events).count("PortUp") == 0


def test_a_card_without_clock_does_not_answer(up: Bench) -> None:
    up.sim.stop_pclk(1, True)
    failed = [event for event in up.run(15.0) if isinstance(event, PortFailed)]
    assert [event.reason for event in failed] == [FailReason.NO_ANSWER] * 4
    up.sim.stop_pclk(1, False)
    assert up.names(up.run(RETRY_S + 1)) == ["PortUp"] * 4


def test_a_backplane_that_dies_and_comes_back(up: Bench) -> None:
    up.sim.spi.fail(1, FaultKind.TIMEOUT, 10**9)
    failed = up.run(25.0)
    assert up.names(failed) == ["PortFailed"] * 8
    up.sim.spi.heal()
    assert up.names(up.run(RETRY_S + 3)) == ["PortUp"] * 8


def test_an_idle_board_is_polled_rarely(up: Bench) -> None:
    up.services = 0
    up.run(10.0)
    assert up.services <= 10.0 / POLL_S + 1


def test_a_failed_port_is_not_served_for_ever(up: Bench) -> None:
    """Its chip may go on asking; the card's other ports must keep their interrupt."""
    up.fxs(1).fail(FailReason.BUS, "by the test", up.now, retry_s=100.0)
    up.sim.fxs[0].lift()
    up.services = 0
    up.run(5.0)
    assert up.services < 2 * 5.0 / POLL_S
    up.sim.fxs[1].lift()
    assert up.names(up.run(0.1)) == ["OffHook"]


def test_without_an_interrupt_line_events_still_come() -> None:
    now = [0.0]
    sim = SimBoard(("fxs4",), lambda: now[0])
    board = Board(sim.spi, None)
    assert board.irq_fd == -1
    board.start(0.0)
    seen = []
    for tick in range(400):
        now[0] = tick * 0.01
        if tick == 300:
            sim.fxs[0].lift()
        deadline = board.deadline()
        if deadline is not None and deadline <= now[0]:
            seen += board.service(now[0])
    assert [type(event).__name__ for event in seen] == ["PortUp"] * 4 + ["OffHook"]


class StuckIrq:
    """An interrupt line that is shorted to the supply."""

    has_edges = True
    fd = -1

    def __init__(self) -> None:
        self.reads = 0

    def read(self) -> bool:
        self.reads += 1
        return True

    def close(self) -> None:
        pass


def test_a_stuck_interrupt_line_costs_no_storm() -> None:
    now = [0.0]
    sim = SimBoard(("fxs4",), lambda: now[0])
    board = Board(sim.spi, StuckIrq())
    board.start(0.0)
    served = 0
    for tick in range(1000):
        now[0] = tick * 0.01
        for _ in range(20):
            deadline = board.deadline()
            if deadline is None or deadline > now[0]:
                break
            served += 1
            board.service(now[0])
    assert {port.state for port in board.ports.values()} == {PortState.UP}
    assert served < 1200


def test_country_rows_reach_the_chip() -> None:
    now = [0.0]
    sim = SimBoard(("fxo4",), lambda: now[0])
    board = Board(sim.spi, sim.irq, "DE")
    board.start(0.0)
    for tick in range(100):
        now[0] = tick * 0.01
        board.service(now[0])
    chip = sim.chip(1, 2)
    assert isinstance(chip, Si3050Sim)
    assert [chip.read(register) for register in (16, 26, 30, 31, 45, 46)] == [0, 0xC2, 2, 0x28, 4, 246]


def test_an_unknown_country_is_refused() -> None:
    sim = SimBoard((), lambda: 0.0)
    with pytest.raises(ValueError, match="country: 'XX', allowed AE"):
        Board(sim.spi, sim.irq, "XX")
