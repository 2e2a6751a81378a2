"""PRI on a bad line: the whole box, with frames lost and damaged, links gone, and all calling at once."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from office import seen, wait_for
from span_office import config, disagreements, office, seized, stages

from firmware.spans.bearer import Stage
from hal.sim.faults import FaultKind
from tools.emulator.party import Outcome, Party
from tools.virtual import VirtualBox


def callers(box: VirtualBox, count: int, every_s: float, talk_s: float) -> list[Party]:
    """Let people call one after the other, each with a number of its own."""
    people = []
    for number in range(count):
        people.append(box.world.call("span1", f"138{number:08d}", hang_up_after_s=talk_s))
        box.run_until(box.now + every_s)
    return people


def lift_all(box: VirtualBox, phones: int) -> None:
    for place in range(1, phones + 1):
        box.world.lift(f"fxs{place}")
    box.run_until(box.now + 1)


def dial_all(box: VirtualBox, phones: int) -> None:
    """Every phone dials another number at the same moment."""
    for place in range(1, phones + 1):
        box.world.dial(f"fxs{place}", f"9139{place:08d}")


def hang_all(box: VirtualBox, phones: int) -> None:
    for place in range(1, phones + 1):
        box.world.hang(f"fxs{place}")


@pytest.mark.parametrize("seed", [1])
def test_all_of_300_calls_are_answered_with_5_percent_of_the_frames_lost(tmp_path: Path, seed: int) -> None:
    box = office(tmp_path, seed=seed)
    box.world.spans.loss("span1", 5.0)
    people = callers(box, 300, every_s=0.5, talk_s=6.0)
    box.run_until(box.now + 30)
    assert Counter(person.outcome for person in people) == {Outcome.HUNG_UP: 300}
    assert list(disagreements(box)) == []
    assert seized(box) == []


@pytest.mark.parametrize("seed", [1, 4])
def test_no_wrong_cause_and_no_stuck_channel_with_20_percent_of_the_frames_damaged(
    tmp_path: Path, seed: int
) -> None:
    """Half the calls come in, half go out; the link itself may go and come back."""
    box = office(tmp_path, seed=seed)
    box.world.spans.corruption("span1", 20.0)
    people = []
    for turn in range(10):
        lift_all(box, 4)
        dial_all(box, 4)
        for number in range(6):
            people.append(box.world.call("span1", f"138{turn:04d}{number:04d}", hang_up_after_s=12.0))
            box.run_until(box.now + 2.0)
        hang_all(box, 4)
        box.run_until(box.now + 2.0)
    box.world.spans.corruption("span1", 0.0)
    box.run_until(box.now + 100)
    assert sum(person.outcome is Outcome.HUNG_UP for person in people) > 50
    assert list(disagreements(box)) == []
    assert seized(box) == []
    assert box.box.spans.all["span1"].trouble is None


@pytest.mark.parametrize("is_cable", [True, False])
def test_thirty_talks_survive_8_seconds_without_the_line_or_its_signalling(
    tmp_path: Path, is_cable: bool
) -> None:
    box = office(tmp_path)
    people = callers(box, 30, every_s=0.02, talk_s=60.0)
    box.run_until(box.now + 2)
    take_away(box, is_cable)
    box.run_until(box.now + 8)
    give_back(box, is_cable)
    box.run_until(box.now + 10)
    assert set(stages(box).values()) == {Stage.TALKING}
    box.run_until(box.now + 50)
    assert Counter(person.outcome for person in people) == {Outcome.HUNG_UP: 30}
    assert list(disagreements(box)) == []
    assert seized(box) == []


@pytest.mark.parametrize("is_cable", [True, False])
def test_talks_end_after_40_seconds_and_the_channels_serve_again(tmp_path: Path, is_cable: bool) -> None:
    box = office(tmp_path)
    callers(box, 30, every_s=0.02, talk_s=200.0)
    box.run_until(box.now + 2)
    take_away(box, is_cable)
    box.run_until(box.now + 40)
    give_back(box, is_cable)
    box.run_until(box.now + 25)
    assert [event.data["reason"] for event in seen(box, "call.ended")] == ["link-lost"] * 30
    assert {event.data["cause"] for event in seen(box, "call.cause")} == {27}
    assert list(disagreements(box)) == []
    assert seized(box) == []
    people = [box.world.call("span1", f"139{number:08d}", hang_up_after_s=5.0) for number in range(30)]
    box.run_until(box.now + 10)
    assert Counter(person.outcome for person in people) == {Outcome.HUNG_UP: 30}
    assert seized(box) == []


def take_away(box: VirtualBox, is_cable: bool) -> None:
    if is_cable:
        box.world.spans.cut("span1")
    else:
        box.world.spans.dlink("span1", False)


def give_back(box: VirtualBox, is_cable: bool) -> None:
    if is_cable:
        box.world.spans.mend("span1")
    else:
        box.world.spans.dlink("span1", True)


def test_calls_that_ring_end_with_the_link(tmp_path: Path) -> None:
    """Q.931, 5.8.8: only talks wait for the link."""
    box = office(tmp_path)
    box.world.subscriber("13900000001", answers_after_s=50.0)
    lift_all(box, 1)
    dial_all(box, 1)
    wait_for(box, "alerting", 15)
    box.world.spans.dlink("span1", False)
    ended = wait_for(box, "call.ended", 20)
    assert ended.data["reason"] == "link-lost"
    box.world.hang("fxs1")
    box.world.spans.dlink("span1", True)
    box.run_until(box.now + 60)
    assert seized(box) == []


def test_thirty_calls_at_once_come_in(tmp_path: Path) -> None:
    box = office(tmp_path)
    people = [box.world.call("span1", f"138{number:08d}", hang_up_after_s=8.0) for number in range(30)]
    late = box.world.call("span1", "13999999999")
    box.run_until(box.now + 2)
    assert set(stages(box).values()) == {Stage.TALKING}
    box.run_until(box.now + 10)
    assert Counter(person.outcome for person in people) == {Outcome.HUNG_UP: 30}
    assert late.outcome is Outcome.BUSY
    assert list(disagreements(box)) == []
    assert seized(box) == []


def test_all_phones_call_out_at_once(tmp_path: Path) -> None:
    """28 phones are what a box with an E1 has room for."""
    box = office(tmp_path, config(phones=28))
    lift_all(box, 28)
    dial_all(box, 28)
    box.run_until(box.now + 20)
    assert len(seen(box, "call.answered")) == 28
    assert Counter(stages(box).values()) == {Stage.TALKING: 28, Stage.IDLE: 2}
    hang_all(box, 28)
    box.run_until(box.now + 3)
    assert seized(box) == []
    assert {call.cause for call in box.world.spans.end("span1").calls} == {16}


@pytest.mark.parametrize("hunting", ["ascending", "descending"])
def test_fifteen_calls_each_way_at_once_are_all_handled(tmp_path: Path, hunting: str) -> None:
    """Both ends hunt at the same moment, in the worst case from the same end."""
    box = office(tmp_path, config(phones=16), hunt=hunting)
    lift_all(box, 15)
    dial_all(box, 15)
    while not seen(box, "call.outgoing"):
        box.step()
    people = [box.world.call("span1", f"138{number:08d}") for number in range(15)]
    box.run_until(box.now + 20)
    assert Counter(stages(box).values()) == {Stage.TALKING: 30}
    assert len(seen(box, "call.answered")) == 30
    for person in people:
        box.world.hang_up(person)
    hang_all(box, 15)
    box.run_until(box.now + 5)
    assert list(disagreements(box)) == []
    assert seized(box) == []


def test_the_exchange_is_told_when_the_program_ends(tmp_path: Path) -> None:
    """Otherwise its calls would last until T309."""
    box = office(tmp_path)
    people = [box.world.call("span1", f"138{number:08d}") for number in range(30)]
    box.run_until(box.now + 2)
    box.box.end_calls(box.now)
    assert box.box.is_clearing
    box.wake()
    box.run_until(box.now + 0.9)  # firmware/daemon.py waits no longer
    assert not box.box.is_clearing
    assert Counter(person.outcome for person in people) == {Outcome.RELEASED: 30}
    assert seized(box) == []


def test_talks_survive_a_backplane_that_is_silent_for_a_while(tmp_path: Path) -> None:
    box = office(tmp_path)
    people = callers(box, 3, every_s=0.1, talk_s=60.0)
    box.run_until(box.now + 2)
    box.board.spi.fail(1, FaultKind.TIMEOUT, 10**9)
    box.run_until(box.now + 8)
    assert not box.box.spans.all["span1"].bearers[9].is_free
    box.board.spi.heal()
    box.run_until(box.now + 30)
    assert Counter(stages(box).values()) == {Stage.TALKING: 3, Stage.IDLE: 27}
    box.run_until(box.now + 40)
    assert Counter(person.outcome for person in people) == {Outcome.HUNG_UP: 3}
    assert list(disagreements(box)) == []
    assert seized(box) == []
