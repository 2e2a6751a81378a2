"""What a port measures, how it is balanced, and what the chip model makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from hal.sim.gain import gain_table
from hal.sim.hybrid import Network, echo_taps
from hal.sim.si3050 import Si3050Sim
from hal.types import Balance, LineSetup
from tools.emulator import alaw

if TYPE_CHECKING:
    from tests.hal.conftest import Bench

FOUND = Balance(3, (4, -12, -15, 6, -3, -1, 2, -127))


def chip_of(up: Bench) -> Si3050Sim:
    chip = up.sim.chip(1, 0)
    assert isinstance(chip, Si3050Sim)
    return chip


def balance_in(chip: Si3050Sim) -> Balance:
    taps = [chip.read(45 + place) for place in range(8)]
    return Balance(chip.read(30) & 15, tuple(tap - 256 if tap & 0x80 else tap for tap in taps))


def test_voltage_and_current(up: Bench) -> None:
    port = up.fxo()
    reading = port.measure(up.now)
    assert reading is not None
    assert (reading.line_v, reading.loop_ma) == (48, 0.0)
    assert {"DAA1", "LCS2", "LVS"} <= {name for name, _ in reading.registers}
    port.seize(up.now)
    up.run(1.0)
    reading = port.measure(up.now)
    assert reading is not None
    assert reading.line_v == 7
    assert reading.loop_ma == pytest.approx(24.8, abs=1.1)
    up.sim.fxo[0].set_battery(-48)
    reading = port.measure(up.now)
    assert reading is not None and reading.line_v == -7


def test_a_port_that_is_not_up_measures_nothing(bench: Bench) -> None:
    bench.board.start(bench.now)
    assert bench.fxo().measure(bench.now) is None


def test_a_balance_is_set_up_tried_and_taken_back(up: Bench) -> None:
    port, chip = up.fxo(), chip_of(up)
    country = balance_in(chip)
    assert country == Balance(10, (4, -11, -13, 7, -3, 0, 1, -1))
    port.try_balance(FOUND, up.now)
    assert balance_in(chip) == FOUND
    port.try_balance(None, up.now)
    assert balance_in(chip) == country
    port.set_up(LineSetup("CN", 0, 0, FOUND), up.now)
    assert balance_in(chip) == FOUND
    port.set_up(LineSetup("US"), up.now)
    assert balance_in(chip).impedance == 0


@pytest.mark.parametrize("wrong", [Balance(16, (0,) * 8), Balance(0, (0,) * 7), Balance(0, (128, *(0,) * 7))])
def test_an_impossible_balance_is_refused(up: Bench, wrong: Balance) -> None:
    with pytest.raises(ValueError, match="balance"):
        up.fxo().try_balance(wrong, up.now)
    with pytest.raises(ValueError, match="balance"):
        up.fxo().set_up(LineSetup(balance=wrong), up.now)


def test_the_gains_change_the_sound(up: Bench) -> None:
    line = up.sim.fxo[0]
    up.fxo().set_up(LineSetup("CN", 6, -3), up.now)
    assert line.rx_gain == gain_table(6)
    assert line.tx_gain == gain_table(-3)
    up.fxo().set_up(LineSetup("CN"), up.now)
    assert line.rx_gain is line.tx_gain is None


@pytest.mark.parametrize("gain_db", [-15, -6, 1, 12])
def test_a_gain_is_exact_but_for_the_law(gain_db: int) -> None:
    octets = bytes(range(256))
    table = gain_table(gain_db)
    assert table is not None
    wanted = np.clip(alaw.decode(octets) * 10 ** (gain_db / 20), -1, 1)
    error = np.abs(alaw.decode(octets.translate(table)) - wanted)
    assert np.all(error <= np.maximum(np.abs(wanted) / 30, 0.0006))


def test_a_matched_line_gives_no_echo_and_another_one_does(up: Bench) -> None:
    line = up.sim.fxo[0]
    line.set_impedance(200, 680, 100)
    assert np.allclose(line.echo, 0, atol=1e-9)
    line.set_impedance(600, 0, 0)
    assert 0.2 < np.max(np.abs(line.echo)) < 0.4
    up.fxo().try_balance(Balance(0, (0, -2, 0, 1, -1, 1, 0, 0)), up.now)
    assert np.allclose(line.echo, 0, atol=1e-9)


def test_the_reflection_is_that_of_the_two_impedances() -> None:
    """At 1 kHz, 900 ohm at 600: a fifth comes back."""
    taps = np.array(echo_taps(Network(900), 0, (0, 254, 0, 1, 255, 1, 0, 0)))
    factor = abs(np.sum(taps * np.exp(-2j * np.pi * 1000 / 8000 * np.arange(len(taps)))))
    assert factor == pytest.approx(0.2, abs=0.01)
