"""A phone's port: the driver against the chip model, a hand on the world side."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

import pytest

from hal.ringer import ringer, ringing_peak_v
from hal.sim.si3210 import Si3210Sim
from hal.types import FailReason, PortFailed, PortState

if TYPE_CHECKING:
    from tests.hal.conftest import Bench


def chip(bench: Bench, index: int = 0) -> Si3210Sim:
    found = bench.sim.chip(2, index)
    assert isinstance(found, Si3210Sim)
    return found


@pytest.mark.parametrize(
    ("hz", "frequency", "amplitude"), [(20, 0x7EFD, 0x177), (25, 0x7E6D, 0x1D6), (50, 0x79BC, 0x3B2)]
)
def test_ringer_values_are_those_of_the_data_sheet(hz: int, frequency: int, amplitude: int) -> None:
    ring = ringer(hz, 70)
    assert abs(ring.frequency - frequency) <= 1
    assert abs(ring.amplitude - amplitude) <= 2
    assert ringing_peak_v(ring.frequency, ring.amplitude) == pytest.approx(70, rel=0.01)


@pytest.mark.parametrize(("hz", "peak_v"), [(30, 70), (25, 0), (25, 100)])
def test_ringer_refuses_what_it_cannot(hz: int, peak_v: float) -> None:
    with pytest.raises(ValueError, match="allowed"):
        ringer(hz, peak_v)


def test_after_bring_up_the_phone_is_fed(up: Bench) -> None:
    assert all(phone.is_powered and not phone.is_reversed for phone in up.sim.fxs)


def test_lift_and_hang_up(up: Bench) -> None:
    phone = up.sim.fxs[1]
    phone.lift()
    events = up.run(0.2)
    assert up.names(events) == ["OffHook"]
    assert events[0].port == "fxs2"
    phone.hang_up()
    assert up.run(0.45) == []
    assert up.names(up.run(0.3)) == ["OnHook"]


@pytest.mark.parametrize(
    ("open_s", "told"),
    [(0.05, []), (0.12, ["HookFlash"]), (0.4, ["HookFlash"]), (0.7, ["OnHook", "OffHook"])],
)
def test_the_flash_window(up: Bench, open_s: float, told: list[str]) -> None:
    phone = up.sim.fxs[0]
    phone.lift()
    up.run(1.0)
    phone.hang_up()
    events = up.run(open_s)
    phone.lift()
    assert up.names(events + up.run(1.0)) == told


def test_a_bounce_is_not_told(up: Bench) -> None:
    up.sim.fxs[0].lift()
    assert up.run(0.02) == []
    up.sim.fxs[0].hang_up()
    assert up.run(1.0) == []


def test_ringing_follows_the_cadence(up: Bench) -> None:
    phone = up.sim.fxs[0]
    up.fxs().ring((400, 200, 400, 2000), up.now)
    heard = []
    for _ in range(60):
        up.run(0.1)
        heard.append(phone.ringing_vrms > 0)
    text = "".join(".R"[rings] for rings in heard)
    assert text.startswith("RRR")
    assert text.count("R") == pytest.approx(16, abs=2)
    assert text.replace("RRRR", "r").replace("RRR", "r").strip(".").count("r") == 4
    up.fxs().stop_ring(up.now)
    assert phone.ringing_vrms == 0
    assert up.run(5.0) == []


def test_ringing_voltage(up: Bench) -> None:
    up.fxs().ring((1000, 4000), up.now)
    assert up.sim.fxs[0].ringing_vrms == pytest.approx(70 / sqrt(2), rel=0.02)


@pytest.mark.parametrize("at_s", [0.3, 2.5])
def test_lifted_while_ringing(up: Bench, at_s: float) -> None:
    phone = up.sim.fxs[0]
    up.fxs().ring((1000, 4000), up.now)
    up.run(at_s)
    phone.lift()
    assert up.names(up.run(0.2)) == ["OffHook"]
    assert phone.ringing_vrms == 0
    assert up.run(6.0) == []
    assert phone.ringing_vrms == 0
    phone.hang_up()
    assert up.names(up.run(1.0)) == ["OnHook"]


def test_a_touch_of_the_handset_while_ringing(up: Bench) -> None:
    up.fxs().ring((1000, 4000), up.now)
    up.run(0.3)
    up.sim.fxs[0].lift()
    up.run(0.12)
    up.sim.fxs[0].hang_up()
    assert up.names(up.run(1.0))[-1:] == ["OnHook"]


def test_a_lifted_phone_does_not_ring(up: Bench) -> None:
    up.sim.fxs[0].lift()
    up.run(0.5)
    up.fxs().ring((1000, 4000), up.now)
    up.run(0.5)
    assert up.sim.fxs[0].ringing_vrms == 0


@pytest.mark.parametrize("cadence", [(), (1000,), (1000, 0), (1000, -1)])
def test_an_impossible_cadence_is_refused(up: Bench, cadence: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="cadence"):
        up.fxs().ring(cadence, up.now)


def test_reverse(up: Bench) -> None:
    phone = up.sim.fxs[0]
    phone.lift()
    up.run(0.5)
    up.fxs().reverse(True, up.now)
    assert phone.is_reversed and phone.is_powered
    assert up.run(1.0) == []
    up.fxs().reverse(False, up.now)
    assert not phone.is_reversed


def test_one_power_alarm_is_ridden_out(up: Bench) -> None:
    chip(up).power_alarm(1)
    assert not up.sim.fxs[0].is_powered
    assert up.run(1.0) == []
    assert up.sim.fxs[0].is_powered


def test_a_power_alarm_while_talking(up: Bench) -> None:
    up.sim.fxs[0].lift()
    up.run(0.5)
    chip(up).power_alarm(3)
    assert up.run(2.0) == []
    up.sim.fxs[0].hang_up()
    assert up.names(up.run(1.0)) == ["OnHook"]


def test_power_alarms_without_end_take_the_port_out(up: Bench) -> None:
    events = []
    for _ in range(8):
        chip(up).power_alarm(2)
        events += up.run(0.3)
    failed = [event for event in events if isinstance(event, PortFailed)]
    assert [(event.port, event.reason) for event in failed] == [("fxs1", FailReason.POWER)]
    assert up.names(up.run(12.0)) == ["PortUp"]


def test_a_short_circuit_is_one_failure_until_the_port_was_well_for_a_second(up: Bench) -> None:
    phone = up.sim.fxs[0]
    phone.set_short(True)
    assert up.names(up.run(45.0), "fxs1") == ["PortFailed"]  # four retries, and none of them shows
    assert not phone.is_powered
    phone.set_short(False)
    events = up.run(14.0)
    assert up.names(events, "fxs1") == ["PortUp"]
    phone.set_short(True)
    assert up.names(up.run(3.0), "fxs1") == ["PortFailed"]  # it was well in between, so it is told again


def test_a_phone_that_is_lifted_while_the_port_proves_itself_is_heard(up: Bench) -> None:
    phone = up.sim.fxs[0]
    phone.set_short(True)
    up.run(5.0)
    phone.set_short(False)
    phone.lift()
    assert up.names(up.run(14.0), "fxs1") == ["PortUp", "OffHook"]


def test_a_dead_converter_fails_calibration_once(bench: Bench) -> None:
    chip(bench, 3).is_converter_sound = False
    events = bench.start() + bench.run(25.0)
    failed = [event for event in events if isinstance(event, PortFailed)]
    assert [(event.port, event.reason) for event in failed] == [("fxs4", FailReason.CALIBRATION)]
    chip(bench, 3).is_converter_sound = True
    assert bench.names(bench.run(12.0)) == ["PortUp"]


def test_a_chip_that_forgot_its_settings_is_brought_up_again(up: Bench) -> None:
    chip(up).reset()
    assert up.names(up.run(13.0), "fxs1") == ["PortFailed", "PortUp"]
    assert up.states() == {PortState.UP}


def test_an_si3215_on_a_card_that_says_si3210_is_the_wrong_chip(bench: Bench) -> None:
    chip(bench).is_si3215 = True
    failed = [event for event in bench.start() if isinstance(event, PortFailed)]
    assert [(event.port, event.reason) for event in failed] == [("fxs1", FailReason.WRONG_CHIP)]
