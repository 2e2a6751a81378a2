"""Two links back to back, in virtual time."""

from __future__ import annotations

from d_channel import Pair

from cext.isdn.types import Alerting, Cleared, Connected, Disconnected, LinkUp, Number, Proceeding


def test_a_call_is_set_up_answered_and_ended() -> None:
    pair = Pair()
    pair.up()
    here = pair.network.setup(3, Number("5551234"), Number("13800138000"), pair.now)
    pair.settle()
    offered = pair.user_offers[-1]
    assert (offered.channel, offered.called.digits, offered.caller.digits) == (3, "5551234", "13800138000")
    there = offered.call
    pair.user.proceed(there, 3, pair.now)
    pair.user.alert(there, pair.now)
    pair.settle()
    pair.user.answer(there, pair.now)
    pair.settle()
    assert pair.network_events == [LinkUp(), Proceeding(here, 3), Alerting(here), Connected(here)]
    assert pair.user_events[-1] == Connected(there)
    pair.network_events.clear()
    pair.user.hang_up(there, 16, pair.now)
    pair.settle()
    pair.network.hang_up(here, 16, pair.now)
    pair.settle()
    assert pair.network_events == [Disconnected(here, 16), Cleared(here, 16)]
    assert pair.user_events[-1] == Cleared(there, 16)
    assert pair.calls() == ([], [])
