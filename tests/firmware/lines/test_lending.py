"""A line that is lent to the doctor: it cannot be taken, and comes back when it is needed."""

from __future__ import annotations

import pytest

from firmware.lines import reasons
from firmware.lines.supervision import Service, Supervision
from firmware.lines.trunk import GUARD_S, TrunkLine
from firmware.lines.types import LineState, Seize, TrunkOffered, TrunkRecalled, TrunkRinging
from hal import types as hal

PORT = "fxo1"


def lent(*, to_ring: bool = False, **settings: object) -> TrunkLine:
    trunk = TrunkLine(PORT, 0, Supervision(**settings))  # type: ignore[arg-type]
    trunk.handle(hal.PortUp(PORT, 0.0), 0.0)
    trunk.lend(1.0, to_ring=to_ring)
    assert (trunk.state, trunk.reason) == (LineState.OUT_OF_SERVICE, reasons.LENT)
    return trunk


def test_a_lent_line_is_not_free_and_comes_back() -> None:
    trunk = lent()
    assert not trunk.is_free
    for event in (
        hal.LineReady(PORT, 2.0),
        hal.LoopDropped(PORT, 2.0),
        hal.PolarityReversed(PORT, 2.0, True),
    ):
        assert trunk.handle(event, 2.0) == []
    trunk.give_back(3.0)
    trunk.tick(3.0 + GUARD_S)
    assert trunk.is_free


def test_a_ring_recalls_it_and_is_a_call() -> None:
    trunk = lent()
    outs = trunk.handle(hal.RingStarted(PORT, 2.0), 2.0)
    assert outs[0] == TrunkRecalled(PORT)
    assert TrunkRinging(PORT) in outs
    trunk.give_back(2.0)  # the doctor is slow: nothing happens to the call
    assert trunk.state is LineState.RINGING
    trunk.handle(hal.RingStopped(PORT, 3.0), 3.0)
    assert TrunkOffered(PORT, "", "") in trunk.handle(hal.RingStarted(PORT, 7.0), 7.0)


def test_a_doctor_who_waits_for_a_call_keeps_it() -> None:
    trunk = lent(to_ring=True)
    assert trunk.handle(hal.RingStarted(PORT, 2.0), 2.0) == []
    assert trunk.state is LineState.OUT_OF_SERVICE


def test_an_emergency_call_takes_it() -> None:
    trunk = lent()
    assert trunk.is_resting
    assert trunk.call("110", 5.0)[0] == TrunkRecalled(PORT)
    assert trunk.give_back(5.0) == []
    assert Seize(PORT, True) in trunk.tick(5.0 + GUARD_S)


def test_a_failing_port_recalls_it() -> None:
    trunk = lent()
    failed = hal.PortFailed(PORT, 2.0, hal.FailReason.CARD_GONE, "")
    assert trunk.handle(failed, 2.0)[0] == TrunkRecalled(PORT)
    assert trunk.state is LineState.OUT_OF_SERVICE
    assert trunk.give_back(3.0) == []


def test_it_comes_back_to_what_the_settings_say_by_then() -> None:
    trunk = lent()
    trunk.configure(Supervision(service=Service.SWITCHED_OFF), 2.0)
    assert trunk.reason == reasons.LENT
    trunk.give_back(3.0)
    trunk.tick(3.0 + GUARD_S)
    assert trunk.reason == reasons.SWITCHED_OFF


def test_a_line_that_loses_its_battery_meanwhile_is_unplugged_afterwards() -> None:
    trunk = lent()
    assert trunk.handle(hal.LineLost(PORT, 2.0), 2.0) == []
    trunk.give_back(3.0)
    trunk.tick(3.0 + GUARD_S)
    assert trunk.reason == reasons.UNPLUGGED


def test_a_busy_line_or_a_dead_port_is_not_lent() -> None:
    trunk = TrunkLine(PORT, 0, Supervision())
    with pytest.raises(ValueError, match="fxo1"):
        trunk.lend(0.0)
    trunk.handle(hal.PortUp(PORT, 0.0), 0.0)
    trunk.handle(hal.RingStarted(PORT, 1.0), 1.0)
    with pytest.raises(ValueError, match="ringing"):
        trunk.lend(1.5)
