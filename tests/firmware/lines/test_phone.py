"""The phone's machine: what its display is sent, and when."""

from __future__ import annotations

from firmware.lines.phone import PhoneLine
from firmware.lines.types import (
    LineChanged,
    PhoneLifted,
    PhoneState,
    Ring,
    SendCallerId,
    StopCallerId,
    StopRing,
)
from firmware.media.types import CallerIdSent
from hal import types as hal

PORT = "fxs1"

CALL_CADENCE_MS = (1000, 4000)
INTERNAL_CADENCE_MS = (400, 200, 400, 4000)


def ringing(cadence_ms: tuple[int, ...] = CALL_CADENCE_MS, caller: str = "10086") -> PhoneLine:
    phone = PhoneLine(PORT, 4)
    phone.handle(hal.PortUp(PORT, 0.0))
    outs = phone.ring(cadence_ms, now=10.0, caller=caller)
    assert outs == [Ring(PORT, cadence_ms), LineChanged(PORT, PhoneState.RINGING)]
    return phone


def test_caller_id_comes_after_the_first_burst() -> None:
    """GR-30, EN 300 659-1: 0.5 to 1.5 s after the first ring."""
    for cadence_ms in (CALL_CADENCE_MS, INTERNAL_CADENCE_MS):
        phone = ringing(cadence_ms)
        assert phone.tick(11.5) == []
        assert phone.deadline() == 11.6
        assert phone.tick(11.6) == [SendCallerId(PORT, "10086", "")]
        assert phone.deadline() is None


def test_nothing_is_sent_where_nothing_is_known_or_no_pause_is_long_enough() -> None:
    assert ringing(caller="").deadline() is None
    assert ringing((400, 200, 400, 2000)).deadline() is None


def test_lifting_or_stopping_cuts_what_is_being_sent() -> None:
    phone = ringing()
    phone.tick(11.6)
    assert phone.handle(hal.OffHook(PORT, 12.0)) == [
        StopCallerId(PORT),
        LineChanged(PORT, PhoneState.OFF_HOOK),
        PhoneLifted(PORT, True),
    ]
    phone = ringing()
    phone.tick(11.6)
    assert phone.stop_ring() == [StopCallerId(PORT), StopRing(PORT), LineChanged(PORT, PhoneState.ON_HOOK)]


def test_what_has_been_sent_is_not_cut() -> None:
    phone = ringing()
    phone.tick(11.6)
    phone.heard(CallerIdSent(4))
    assert phone.stop_ring() == [StopRing(PORT), LineChanged(PORT, PhoneState.ON_HOOK)]


def test_a_phone_lifted_before_it_is_not_sent_anything() -> None:
    phone = ringing()
    phone.handle(hal.OffHook(PORT, 11.0))
    assert phone.deadline() is None
    assert phone.tick(12.0) == []
