"""People who press, lift, put down and dial without any sense: nobody stays on hold, nothing leaks."""

import random

import pytest
from call_desk import Desk

from firmware.acd.types import AgentState
from firmware.call import types as call
from firmware.call.types import CallState
from firmware.lines.types import LineState, PhoneState
from firmware.media import actions
from firmware.media.types import DialEnded, ToneHeard

PHONES = ("fxs1", "fxs2", "fxs3")
LINES = ("fxo1", "fxo2")
KEYS = ("801", "802", "803", "803", "1001", "1002", *("913900139000",) * 3, "110", "*20", "*13", "*14", "#")
DEEDS = (
    "hook",
    "lift",
    "lift",
    "flash",
    "flash",
    "dial",
    "dial",
    "line",
    "line",
    "wait",
    "consult",
    "consult",
)
STEPS = 120


class Monkey:
    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.desk = Desk()
        self.desk.login("fxs1", "1001")
        self.desk.login("fxs2", "1002")

    def step(self) -> None:
        getattr(self, self.rng.choice(DEEDS))()

    def hook(self) -> None:
        port = self.rng.choice(PHONES)
        if self.desk.lines.phone_is_lifted(port):
            self.desk.put_down(port)
        else:
            self.desk.lift(port)

    def lift(self) -> None:
        """Somebody answers."""
        for port in PHONES:
            if self.desk.lines.phones[port].state is PhoneState.RINGING:
                self.desk.lift(port)

    def flash(self) -> None:
        self.desk.flash(self.rng.choice(PHONES))

    def dial(self) -> None:
        port = self.rng.choice(PHONES)
        if self.desk.lines.phone_is_lifted(port):
            self.desk.key(port, self.rng.choice(KEYS))

    def consult(self) -> None:
        """Somebody who talks asks somebody else."""
        talking = [
            leg.port
            for one in self.desk.board.calls.values()
            for leg in one.here
            if leg.is_phone and one.state is CallState.TALKING
        ]
        if talking:
            port = self.rng.choice(talking)
            self.desk.flash(port)
            self.desk.key(port, self.rng.choice(("801", "802", "803", "913900139000")))
            for line in LINES:
                self.desk.media(ToneHeard(self.desk.lines.channel(line), "dial"))
            if self.rng.random() < 0.7:
                self.lift()

    def line(self) -> None:
        """The line does what it can do now."""
        port = self.rng.choice(LINES)
        channel, state = self.desk.lines.channel(port), self.desk.lines.trunks[port].state
        if state is LineState.IDLE:
            self.desk.ring(port)
            self.desk.key(port, self.rng.choice("123"))
            return
        if state is LineState.IN_USE:
            tone = self.rng.choice(
                ("dial", "dial", "", "", "", "busy" if self.rng.random() < 0.3 else "dial")
            )
            self.desk.media(ToneHeard(channel, tone) if tone else DialEnded(channel))
            if self.rng.random() < 0.1:
                self.desk.answer_heard(port)
            if self.rng.random() < 0.05:
                self.desk.caller_hangs_up(port)

    def wait(self) -> None:
        self.desk.wait(self.rng.choice((0.1, 1.0, 5.0, 5.0, 31.0)))

    def check(self) -> None:
        """All that hear each other are in calls, and who is on hold has a phone that knows of it."""
        here = [leg.channel for one in self.desk.board.calls.values() for leg in one.here]
        assert len(here) == len(set(here)) or any(
            one.state is CallState.CONFERENCE for one in self.desk.board.calls.values()
        )
        assert set(joined(self.desk)) <= set(here)
        talking = {view.call for view in self.desk.board.acd.agents() if view.state is AgentState.TALKING}
        assert talking <= set(self.desk.board.calls)


def joined(desk: Desk) -> dict[int, int]:
    """The mixer of each channel that is in one."""
    now: dict[int, int] = {}
    for item in desk.done:
        if isinstance(item, actions.Join):
            now[item.channel] = item.mixer
        elif isinstance(item, actions.Leave | actions.Close):
            now.pop(item.channel, None)
        elif isinstance(item, call.HangUpTrunk):
            now.pop(desk.lines.channel(item.port), None)
    return now


@pytest.mark.parametrize("seed", range(60))
def test_nobody_stays_on_hold(seed: int) -> None:
    monkey = Monkey(seed)
    for _ in range(STEPS):
        monkey.step()
        monkey.check()
    desk = monkey.desk
    for port in PHONES:
        if desk.lines.phone_is_lifted(port):
            desk.put_down(port)
    desk.agent("logout", "1001")
    for _ in range(40):  # callers in menus give up, phones that ring are not lifted
        desk.wait(30)
        held = [
            one for one in desk.board.calls.values() if one.state in (CallState.HELD, CallState.CONFERENCE)
        ]
        if not held:
            break
    assert held == []
    desk.end_all()
    desk.wait(120)
    assert desk.board.calls == {}
    assert joined(desk) == {}
    assert {phone.state for phone in desk.lines.phones.values()} == {PhoneState.ON_HOOK}
    ids = [one.id for one in desk.finished()]
    assert len(ids) == len(set(ids))
    for one in desk.finished():
        assert all(leg.ended_at is not None and not leg.is_away for leg in one.legs)
        assert all(segment.ended_at is not None for segment in one.segments)
        assert one.handed_recordings == {}
        assert one.recorded_channel is None
    began = [item.recording for item in desk.done if isinstance(item, call.Record)]
    ended = [item.recording for item in desk.done if isinstance(item, call.StopRecord)]
    assert sorted(began) == sorted(ended)
    assert len(began) == len(set(began))
