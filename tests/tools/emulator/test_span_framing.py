"""Faults of the cable and the framing, as verbs of the world; and what the far end sees of the box."""

from __future__ import annotations

import time

import pytest
from pydantic import ValidationError

from tests.support.box_span import SpanRig
from tools.emulator.event import WorldError
from tools.emulator.span.options import SpanOptions, timeslots


def test_every_fault_reaches_the_pair_and_the_trace() -> None:
    rig = SpanRig()
    spans, pair = rig.world.spans, rig.pairs[0]
    rig.until(2)
    spans.cut("span1")
    assert pair.faults == {"cut"}
    rig.until(3)
    spans.mend("span1")
    for verb, word in ((spans.ais, "ais"), (spans.rai, "rai")):
        verb("span1", True)
        assert pair.faults == {word}
        verb("span1", False)
    spans.frames("span1", False)
    spans.multiframes("span1", False)
    assert pair.faults == {"frames", "multiframe"}
    spans.frames("span1", True)
    spans.multiframes("span1", True)
    spans.errors("span1", crc=5, code=3, far=1)
    spans.slip("span1", 2)
    assert (pair.counted, pair.slips, pair.faults) == ([(3, 5, 0, 1)], 2, set())
    assert rig.whats("span1")[1:] == [
        *("cut", "box-no-signal", "mended", "ais on", "ais off", "rai on", "rai off"),
        *("frames off", "multiframes off", "frames on", "multiframes on"),
        *("errors code 3 crc 5 frame 0 far 1", "slip 2"),
    ]


def test_the_far_end_sees_the_boxs_alarms() -> None:
    rig = SpanRig()
    rig.until(1)
    rig.pairs[0].hears_rai = True
    rig.until(2)
    rig.pairs[0].hears_rai, rig.pairs[0].hears_ais = False, True
    rig.until(3)
    rig.pairs[0].is_fed = rig.pairs[0].hears_ais = False
    rig.until(4)
    seen = [what for what in rig.whats("span1") if what.startswith("box-")]
    assert seen == ["box-rai", "box-ais", "box-rai-ended", "box-no-signal", "box-ais-ended"]


def test_after_a_long_cut_the_link_comes_back() -> None:
    rig = SpanRig()
    rig.until(2)
    rig.world.spans.cut("span1")
    with pytest.raises(WorldError, match="cut already"):
        rig.world.spans.cut("span1")
    rig.until(42)
    rig.world.spans.mend("span1")
    with pytest.raises(WorldError, match="whole already"):
        rig.world.spans.mend("span1")
    rig.until(60)
    assert rig.link.is_up and rig.whats("span1")[-1] == "link-up"


def test_options_are_refused_with_their_name() -> None:
    with pytest.raises(WorldError, match="no span7 on this board"):
        rig = SpanRig()
        type(rig.world)(rig.world._board, spans={"span7": SpanOptions()})
    with pytest.raises(ValidationError, match="loss"):
        SpanOptions(loss=101)
    assert timeslots("1-3,17") == (1, 2, 3, 17)
    for wrong in ("0-3", "15-17", "1,1", "31-32", "5-2"):
        with pytest.raises(ValueError, match="allowed are"):
            timeslots(wrong)


def test_idle_spans_cost_next_to_nothing() -> None:
    rig = SpanRig(count=4)
    rig.until(3)
    best_s = min(_seconds(rig, 500) for _ in range(3))
    assert best_s / 500 < 300e-6  # all four, on any machine; measured: docs/emulator.md


def _seconds(rig: SpanRig, ticks: int) -> float:
    begin = time.thread_time()
    for tick in range(ticks):
        rig.world.tick(rig.now + tick / 100)
    rig.ticks += ticks
    return time.thread_time() - begin
