"""Alarms: the root only, after they held, until they stayed away."""

from __future__ import annotations

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hal import ds26521 as ds
from hal.span_alarms import CLEAR_S, DETECT_S, AlarmFilter, root_alarms
from hal.types import SpanAlarm

A = SpanAlarm
NONE: frozenset[SpanAlarm] = frozenset()


@pytest.mark.parametrize(
    ("status", "has_multiframe", "alarms"),
    [
        (0, True, set()),
        (0, False, {A.LOMF}),
        (ds.RAI, True, {A.RAI}),
        (ds.RAI, False, {A.RAI, A.LOMF}),
        (ds.LOF | ds.RAI, False, {A.LOF}),
        (ds.AIS | ds.LOF, False, {A.AIS}),
        (ds.LOS | ds.AIS | ds.LOF | ds.RAI, False, {A.LOS}),
    ],
)
def test_only_the_root_is_told(status: int, has_multiframe: bool, alarms: set[SpanAlarm]) -> None:
    assert root_alarms(status, has_multiframe) == alarms


def test_an_alarm_counts_after_its_time_and_goes_after_its_time() -> None:
    alarms = AlarmFilter()
    los = frozenset({A.LOS})
    assert not alarms.feed(los, 10.0)
    assert alarms.due == 10.0 + DETECT_S
    assert not alarms.feed(los, 10.0 + DETECT_S * 0.9)
    assert alarms.feed(los, 10.0 + DETECT_S)
    assert alarms.standing == los and alarms.due == inf
    assert not alarms.feed(NONE, 20.0)
    assert not alarms.feed(los, 20.0 + CLEAR_S * 0.9)
    assert not alarms.feed(NONE, 21.0)
    assert alarms.feed(NONE, 21.0 + CLEAR_S)
    assert alarms.standing == NONE


@given(st.lists(st.tuples(st.floats(0.001, 0.3), st.frozensets(st.sampled_from(A))), max_size=60))
def test_what_stands_changed_only_after_it_had_held(steps: list[tuple[float, frozenset[SpanAlarm]]]) -> None:
    """Against a plain model that keeps the whole history."""
    alarms = AlarmFilter()
    now, history = 0.0, [(0.0, NONE)]
    for step_s, seen in steps:
        now += step_s
        before = alarms.standing
        is_changed = alarms.feed(seen, now)
        history.append((now, seen))
        assert is_changed == (alarms.standing != before)
        for alarm in alarms.standing ^ before:
            wanted = alarm in alarms.standing
            first = now
            for at, past in reversed(history):
                if (alarm in past) != wanted:
                    break
                first = at
            assert now - first >= (DETECT_S if wanted else CLEAR_S) - 1e-9
