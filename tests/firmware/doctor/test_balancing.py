"""The search for a line's balance: does it find what is there, whatever the chip's hybrid is like?"""

from __future__ import annotations

import numpy as np
import pytest

from firmware.doctor import balancing
from firmware.doctor.sound import COMB_HZ, loss_db
from hal.sim.hybrid import Network, echo_taps

OFF = (0,) * 8


def response(taps: tuple[float, ...]) -> list[complex]:
    return [
        complex(sum(tap * np.exp(-2j * np.pi * hz * at / 8000) for at, tap in enumerate(taps)))
        for hz in COMB_HZ
    ]


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("delay", [0, 3])
def test_a_hybrid_of_any_sign_and_delay_is_understood(sign: int, delay: int) -> None:
    """The echo is what 8 taps can take out; the chip adds or subtracts them, sooner or later."""
    wanted = (4, -11, -13, 7, -3, 0, 1, -1)
    path = tuple([0.0] * delay + [tap / 64 for tap in wanted])
    echo = response(path)
    tap = [sign * np.exp(-2j * np.pi * hz * delay / 8000) for hz in COMB_HZ]
    probed = [old + tap_hz * balancing.PROBE_TAP / 64 for old, tap_hz in zip(echo, tap, strict=True)]
    effect = balancing.effect(echo, probed)
    taps = balancing.best_taps(echo, effect)
    assert taps == tuple(-sign * value for value in wanted)
    assert loss_db(balancing.predicted(echo, effect, taps)) > 50


@pytest.mark.parametrize(
    "line", [Network(600), Network(900), Network(400, 1200, 80), Network(150, 500, 200), Network(2000)]
)
def test_every_line_gets_better(line: Network) -> None:
    """With the impedance of China's profile and the model's echo."""
    china = (4, 245, 243, 7, 253, 0, 1, 255)
    before = loss_db(response(echo_taps(line, 10, china)))
    plain = response(echo_taps(line, 10, OFF))
    probed = response(echo_taps(line, 10, (balancing.PROBE_TAP, *OFF[1:])))
    taps = balancing.best_taps(plain, balancing.effect(plain, probed))
    after = loss_db(response(echo_taps(line, 10, tuple(tap & 0xFF for tap in taps))))
    assert after > max(before + 6, 20)


def test_taps_stay_within_the_register() -> None:
    echo = response((3.0, 3.0))
    taps = balancing.best_taps(echo, [1 + 0j] * len(COMB_HZ))
    assert all(-127 <= tap <= 127 for tap in taps)
