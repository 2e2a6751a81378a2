"""An outside line: the driver against the chip model, exchange on the world side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hal.fxo import AUDIO_GATE_S
from hal.pulses import pulses
from hal.sim.si3050 import Si3050Sim
from hal.types import FailReason, LineSetup, PolarityReversed, PortFailed, PortState

if TYPE_CHECKING:
    from tests.hal.conftest import Bench


def ring(up: Bench, on_s: float = 1.0, hz: float = 25, vrms: float = 75) -> list[str]:
    line = up.sim.fxo[0]
    line.set_ringing(vrms, hz)
    events = up.run(on_s)
    if line.ring_vrms:
        line.set_ringing(0, hz)
    return up.names(events + up.run(1.0), "fxo1")


@pytest.mark.parametrize("hz", [16.7, 20, 25, 50, 60])
def test_a_burst_of_every_usual_frequency_is_seen_once(up: Bench, hz: float) -> None:
    assert ring(up, hz=hz) == ["RingStarted", "RingStopped"]
    assert ring(up, hz=hz) == ["RingStarted", "RingStopped"]


@pytest.mark.parametrize(
    ("vrms", "hz", "on_s"), [(10, 25, 1.0), (75, 10, 1.0), (75, 90, 1.0), (75, 25, 0.15)]
)
def test_what_is_no_ringing_is_not_seen(up: Bench, vrms: float, hz: float, on_s: float) -> None:
    assert ring(up, on_s, hz, vrms) == []


def test_a_ring_is_seen_within_300_ms(up: Bench) -> None:
    up.sim.fxo[0].set_ringing(75, 25)
    assert up.names(up.run(0.3), "fxo1") == ["RingStarted"]


def test_a_lost_end_interrupt_is_made_up_for(up: Bench) -> None:
    line = up.sim.fxo[0]
    line.set_ringing(75, 25)
    up.run(0.5)
    chip = up.sim.chip(1, 0)
    assert isinstance(chip, Si3050Sim)
    chip.write(2, 0x83)  # somebody cleared RDI: the chip no longer tells the end
    line.set_ringing(0, 25)
    assert up.names(up.run(1.5), "fxo1") == ["RingStopped"]


def test_seize_carries_audio_after_the_gate(up: Bench) -> None:
    up.fxo().seize(up.now)
    assert up.sim.fxo[0].is_off_hook
    seized_at = up.now
    events = up.run(1.0)
    assert up.names(events) == ["LineReady"]
    assert AUDIO_GATE_S <= events[0].at - seized_at <= AUDIO_GATE_S + 0.02
    up.fxo().release(up.now)
    assert not up.sim.fxo[0].is_off_hook
    assert up.run(3.0) == []


def test_seizing_trips_the_ring_without_another_ring_event(up: Bench) -> None:
    up.sim.fxo[0].set_ringing(75, 25)
    assert up.names(up.run(0.5)) == ["RingStarted"]
    up.fxo().seize(up.now)
    assert up.sim.fxo[0].ring_vrms == 0
    assert up.names(up.run(3.0)) == ["LineReady"]
    up.fxo().release(up.now)
    up.run(1.0)
    assert ring(up) == ["RingStarted", "RingStopped"]


def test_seizing_a_dead_line_drops(up: Bench) -> None:
    up.sim.fxo[0].set_battery(0)
    up.fxo().seize(up.now)
    assert up.names(up.run(3.0)) == ["LoopDropped"]


@pytest.mark.parametrize("cut", ["battery", "unplug"])
def test_a_cut_loop_is_told_once(up: Bench, cut: str) -> None:
    line = up.sim.fxo[0]
    up.fxo().seize(up.now)
    up.run(1.0)
    line.set_battery(0) if cut == "battery" else line.unplug()
    assert up.names(up.run(0.2)) == ["LoopDropped"]
    assert up.run(2.0) == []


def test_a_short_loop_break_is_no_hangup(up: Bench) -> None:
    up.fxo().seize(up.now)
    up.run(1.0)
    up.sim.fxo[0].set_battery(0)
    assert up.run(0.06) == []
    up.sim.fxo[0].set_battery(48)
    assert up.run(2.0) == []


def test_overload_goes_on_hook(up: Bench) -> None:
    up.sim.fxo[0].set_loop(200)  # 205 mA
    up.fxo().seize(up.now)
    assert up.names(up.run(0.6)) == ["LineOverload"]
    assert not up.sim.fxo[0].is_off_hook
    up.sim.fxo[0].set_loop(1650)
    up.fxo().seize(up.now)
    assert up.names(up.run(0.6)) == ["LineReady"]


def test_unplugged_line_is_lost_and_found(up: Bench) -> None:
    up.sim.fxo[0].unplug()
    assert up.names(up.run(2.0)) == ["LineLost"]
    up.sim.fxo[0].plug()
    assert up.names(up.run(2.0)) == ["LineFound"]


def test_a_line_without_battery_at_start_is_lost(bench: Bench) -> None:
    bench.sim.fxo[2].unplug()
    assert bench.names(bench.start(), "fxo3") == ["PortUp", "LineLost"]


def test_a_blink_of_the_battery_is_not_told(up: Bench) -> None:
    up.sim.fxo[0].set_battery(0)
    assert up.run(0.3) == []
    up.sim.fxo[0].set_battery(48)
    assert up.run(2.0) == []


@pytest.mark.parametrize("normal_v", [48, -48])
@pytest.mark.parametrize("is_off_hook", [False, True])
def test_polarity_is_told_against_what_is_normal_on_that_line(
    bench: Bench, normal_v: float, is_off_hook: bool
) -> None:
    line = bench.sim.fxo[0]
    line.set_battery(normal_v)
    bench.start()
    if is_off_hook:
        bench.fxo().seize(bench.now)
        bench.run(1.0)
    line.set_battery(-normal_v)
    events = bench.run(0.4)
    line.set_battery(normal_v)
    events += bench.run(0.4)
    told = [(event.port, event.is_reversed) for event in events if isinstance(event, PolarityReversed)]
    assert told == [("fxo1", True), ("fxo1", False)]


def test_a_polarity_spike_is_not_told(up: Bench) -> None:
    up.sim.fxo[0].set_battery(-48)
    assert up.run(0.03) == []
    up.sim.fxo[0].set_battery(48)
    assert up.run(1.0) == []


def test_monitor_lets_audio_through_on_hook(up: Bench) -> None:
    line = up.sim.fxo[0]
    assert line.to_box_from > up.now
    up.fxo().monitor(True, up.now)
    assert line.to_box_from <= up.now < line.from_box_from
    up.fxo().monitor(False, up.now)
    assert line.to_box_from > up.now


def test_monitor_comes_back_after_a_call(up: Bench) -> None:
    up.fxo().monitor(True, up.now)
    up.fxo().seize(up.now)
    up.run(1.0)
    up.fxo().release(up.now)
    assert up.sim.fxo[0].to_box_from <= up.now
    assert up.run(1.0) == []


def test_a_broken_line_side_is_told_and_tried_again(up: Bench) -> None:
    chip = up.sim.chip(1, 1)
    assert isinstance(chip, Si3050Sim)
    chip.is_link_sound = False
    chip.write(6, 0x10)
    chip.write(6, 0x00)
    events = up.run(30.0)
    (failed,) = [event for event in events if isinstance(event, PortFailed)]
    assert (failed.port, failed.reason) == ("fxo2", FailReason.NO_LINE_SIDE)
    assert up.fxo(1).state is PortState.UP
    chip.is_link_sound = True
    assert up.names(up.run(15.0), "fxo2") == ["PortUp"]


def test_a_chip_that_forgot_its_settings_is_brought_up_again(up: Bench) -> None:
    up.fxo().seize(up.now)
    up.run(1.0)
    up.sim.chip(1, 0).reset()
    assert up.names(up.run(12.0), "fxo1") == ["PortFailed", "PortUp"]


def test_commands_to_a_failed_port_do_nothing(up: Bench) -> None:
    up.sim.remove_card(1)
    up.run(0.1)
    up.fxo().seize(up.now)
    up.fxo().monitor(True, up.now)
    up.fxo().release(up.now)
    assert up.run(1.0) == []


def test_another_phone_on_the_pair_is_seen_and_seen_to_leave(up: Bench) -> None:
    up.sim.fxo[0].lift_other()
    assert up.names(up.run(1.0), "fxo1") == ["LineInUse"]
    up.sim.fxo[0].hang_up_other()
    assert up.names(up.run(1.0), "fxo1") == ["LineFree"]


def test_the_feed_of_a_small_exchange_is_no_phone(up: Bench) -> None:
    up.sim.fxo[0].set_battery(24)
    assert up.run(2.0) == []


def test_ringing_is_no_other_phone(up: Bench) -> None:
    assert ring(up, on_s=3.0) == ["RingStarted", "RingStopped"]


@pytest.mark.parametrize("began_ms", range(0, 200, 13))
@pytest.mark.parametrize("hz", [16.7, 20, 25, 50])
def test_an_outgoing_seizure_leaves_a_line_that_begins_to_ring(up: Bench, began_ms: int, hz: float) -> None:
    line = up.sim.fxo[0]
    line.set_ringing(75, hz)
    up.run(began_ms / 1000)
    up.fxo().seize(up.now, is_outgoing=True)
    assert up.names(up.run(0.6), "fxo1") == ["RingCollision", "RingStarted"]
    assert not line.is_off_hook


def test_an_outgoing_seizure_of_a_quiet_line(up: Bench) -> None:
    up.fxo().seize(up.now, is_outgoing=True)
    assert up.names(up.run(1.0)) == ["LineReady"]


def test_a_loop_that_comes_back_is_told(up: Bench) -> None:
    line = up.sim.fxo[0]
    up.fxo().seize(up.now)
    up.run(1.0)
    line.set_battery(0)
    assert up.names(up.run(0.5)) == ["LoopDropped"]
    line.set_battery(48)
    assert up.names(up.run(0.5)) == ["LoopRestored"]
    line.set_battery(0)
    assert up.names(up.run(0.5)) == ["LoopDropped"]


def loop_changes(up: Bench, seconds: float) -> list[tuple[bool, int]]:
    """Give how long the loop was closed or open, in ms, oldest first."""
    line, found, since = up.sim.fxo[0], [], up.now
    state, end = line.is_off_hook, up.now + seconds
    while up.now < end:
        up.run(0.01)
        if line.is_off_hook is not state:
            found.append((state, round((up.now - since) * 1000)))
            state, since = line.is_off_hook, up.now
    return found


def test_pulses_open_the_loop_ten_times_a_second(up: Bench) -> None:
    up.fxo().seize(up.now)
    up.run(1.0)
    up.fxo().pulse_dial("30", up.now)
    changes = loop_changes(up, 3.0)
    assert sum(not is_closed for is_closed, _ in changes) == 13
    assert all(50 <= ms <= 70 for is_closed, ms in changes if not is_closed)
    pauses = [ms for is_closed, ms in changes if is_closed and ms > 200]
    assert len(pauses) == 1
    assert 700 <= pauses[0] <= 900
    assert up.sim.fxo[0].is_off_hook


def test_the_end_of_pulses_is_told_and_breaks_in_them_are_not(up: Bench) -> None:
    up.fxo().seize(up.now)
    up.run(1.0)
    up.fxo().pulse_dial("12", up.now)
    assert up.names(up.run(4.0)) == ["PulsesSent"]
    up.sim.fxo[0].set_battery(0)
    assert up.names(up.run(0.5)) == ["LoopDropped"]


def test_a_release_ends_pulses(up: Bench) -> None:
    up.fxo().seize(up.now)
    up.run(1.0)
    up.fxo().pulse_dial("99", up.now)
    up.run(0.3)
    up.fxo().release(up.now)
    assert up.run(3.0) == []
    assert not up.sim.fxo[0].is_off_hook


@pytest.mark.parametrize("flash_ms", [100, 300, 600])
def test_a_flash_opens_the_loop_for_its_time_and_is_no_drop(up: Bench, flash_ms: int) -> None:
    up.fxo().seize(up.now)
    up.run(1.0)
    up.fxo().flash(flash_ms, up.now)
    ((is_closed, open_ms),) = loop_changes(up, 0.7)
    assert not is_closed
    assert flash_ms <= open_ms <= flash_ms + 20
    assert up.sim.fxo[0].is_off_hook


def test_the_line_is_ready_again_after_a_flash(up: Bench) -> None:
    up.fxo().seize(up.now)
    up.run(1.0)
    up.fxo().flash(300, up.now)
    assert up.names(up.run(2.0)) == ["LineReady"]
    chip = up.sim.chip(1, 0)
    assert isinstance(chip, Si3050Sim)
    assert up.sim.fxo[0].from_box_from < up.now


def test_a_line_that_died_in_a_flash_is_dropped(up: Bench) -> None:
    up.fxo().seize(up.now)
    up.run(1.0)
    up.fxo().flash(300, up.now)
    up.sim.fxo[0].set_battery(0)
    assert up.names(up.run(0.6)) == []
    assert up.names(up.run(1.5)) == ["LoopDropped"]


def test_a_release_ends_a_flash(up: Bench) -> None:
    up.fxo().seize(up.now)
    up.run(1.0)
    up.fxo().flash(300, up.now)
    up.run(0.1)
    up.fxo().release(up.now)
    assert up.run(2.0) == []
    assert not up.sim.fxo[0].is_off_hook


def test_a_line_without_a_call_has_no_flash(up: Bench) -> None:
    up.fxo().flash(300, up.now)
    assert up.run(1.0) == []


@pytest.mark.parametrize("flash_ms", [0, 79, 1001])
def test_what_is_no_flash_is_refused(up: Bench, flash_ms: int) -> None:
    with pytest.raises(ValueError, match=r"allowed 80\.\.1000"):
        up.fxo().flash(flash_ms, up.now)


@pytest.mark.parametrize("digits", ["", "1*", "a", "１"])
def test_only_digits_have_pulses(digits: str) -> None:
    with pytest.raises(ValueError, match="allowed digits 0-9"):
        pulses(digits)


def registers(up: Bench, *numbers: int) -> list[int]:
    chip = up.sim.chip(1, 0)
    assert isinstance(chip, Si3050Sim)
    return [chip.read(number) for number in numbers]


def test_country_and_gains_reach_the_chip(up: Bench) -> None:
    assert registers(up, 30, 38, 39) == [0x0A, 0, 0]
    up.fxo().set_up(LineSetup("US", rx_gain_db=3, tx_gain_db=-6), up.now)
    assert registers(up, 30, 38, 39) == [0x00, 0x16, 0x03]
    assert up.run(1.0) == []


def test_new_gains_wait_for_the_end_of_a_call(up: Bench) -> None:
    up.fxo().seize(up.now)
    up.run(1.0)
    up.fxo().set_up(LineSetup("CN", rx_gain_db=3), up.now)
    assert registers(up, 39) == [0]
    up.fxo().release(up.now)
    assert registers(up, 39) == [3]


def test_wrong_setup_is_refused(up: Bench) -> None:
    with pytest.raises(ValueError, match=r"rx_gain_db: 13, allowed -15\.\.12"):
        up.fxo().set_up(LineSetup(rx_gain_db=13), up.now)
    with pytest.raises(ValueError, match="allowed"):
        up.fxo().set_up(LineSetup("XX"), up.now)
