"""Two thousand short calls with mishaps: nothing is left over, and the books of box and exchange agree."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.soak.lives import Order, live
from tools.soak.soak import Soak


@pytest.mark.parametrize("seed", [1, 2])
def test_a_thousand_calls(seed: int) -> None:
    result = live(Order(seed, 1000, ("pri", "pri-overlap", "china", "itu"), False))
    assert result.is_good, "\n".join([*map(str, result.complaints), *result.last_events])
    assert result.calls >= 1000 and result.mishaps > 0
    assert result.matched > 800 and result.compared > 600


def test_the_same_seed_makes_the_same_calls_and_others_do_not(tmp_path: Path) -> None:
    results = [
        Soak(tmp_path / str(place), seed, kinds=("pri",), calm=True).run(60)
        for place, seed in enumerate((5, 5, 6))
    ]
    assert all(result.is_good for result in results)
    assert results[0] == results[1] and results[0].digest != results[2].digest


def test_a_call_that_the_box_forgets_is_found(tmp_path: Path) -> None:
    soak = Soak(tmp_path, 5, kinds=("pri",), calm=True)
    soak.box.box.hands.file = lambda item, now: None  # type: ignore[method-assign]
    result = soak.run(20)
    assert not result.is_good
    assert any("the box has no record of" in str(complaint) for complaint in result.complaints)


def test_a_channel_that_stays_seized_is_found(tmp_path: Path) -> None:
    soak = Soak(tmp_path, 5, kinds=("pri",), calm=True)
    caller = soak.box.world.call("span1-7", "13812345678")
    result = soak.run(1)
    assert caller.line == "span1-7"
    assert any(complaint.line == "span1-7" for complaint in result.complaints)
    assert any("span1-7" in line for line in result.last_events)
