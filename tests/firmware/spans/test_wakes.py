"""Deadlines of channels: the soonest, whatever is set and taken away."""

from hypothesis import given
from hypothesis import strategies as st

from firmware.spans.wakes import Wakes

CHANGES = st.lists(st.tuples(st.integers(1, 31), st.none() | st.floats(0, 100)), max_size=60)


@given(CHANGES)
def test_the_soonest_is_the_least(changes: list[tuple[int, float | None]]) -> None:
    wakes, known = Wakes(), {}
    for timeslot, at in changes:
        wakes.set(timeslot, at)
        known.pop(timeslot, None)
        if at is not None:
            known[timeslot] = at
        assert wakes.soonest() == min(known.values(), default=None)
    assert wakes.due(50.0) == sorted(timeslot for timeslot, at in known.items() if at <= 50.0)
    assert wakes.due(50.0) == []
