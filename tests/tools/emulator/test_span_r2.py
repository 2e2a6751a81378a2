"""The world's R2 exchange: bits, tones and people around the machine, and a box with an ear."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from firmware.spans.r2 import types as r2
from firmware.spans.r2.channel import R2Channel
from firmware.spans.r2.types import Happening, Out, Reason
from firmware.spans.r2.variant import VARIANTS, Setup
from tests.support.box_span import BareSpan, SpanBoard
from tools.emulator.alaw import SILENCE
from tools.emulator.event import WorldError
from tools.emulator.exchange import RINGBACK
from tools.emulator.party import Outcome
from tools.emulator.span.mf import MfEar, voice
from tools.emulator.span.office import Request
from tools.emulator.span.options import SpanOptions
from tools.emulator.world import World


class Near:
    """The box's end of one channel."""

    def __init__(self, pair: BareSpan, slot: int, variant: str) -> None:
        self.machine = R2Channel(Setup(VARIANTS[variant], number_digits=8))
        self.told: list[Happening] = []
        self._pair, self._slot = pair, slot
        self._ear: MfEar | None = None
        self._loop = b""
        self._at = 0
        self._last = -1

    def tick(self, now: float) -> None:
        if self._ear is not None:
            for signal, is_on in self._ear.feed(self._pair.to_box[self._slot]):
                self.do(self.machine.mf(signal, is_on, now))
        if self._pair.bits[self._slot] != self._last:
            self._last = self._pair.bits[self._slot]
            self.do(self.machine.cas(self._last, now))
        while (at := self.machine.deadline()) is not None and at <= now:
            self.do(self.machine.tick(now))
        self._pair.from_box[self._slot] = self._loop[self._at : self._at + 80] if self._loop else SILENCE
        self._at = (self._at + 80) % 400

    def do(self, outs: Iterable[Out]) -> None:
        for out in outs:
            match out:
                case r2.SetCas(abcd):
                    self._pair.cas = (*self._pair.cas[: self._slot], abcd, *self._pair.cas[self._slot + 1 :])
                case r2.SendMf(signal, is_forward):
                    self._loop, self._at = voice(signal, is_forward) if signal else b"", 0
                case r2.HearMf(direction):
                    self._ear = MfEar(direction == "forward") if direction else None
                case _:
                    self.told.append(out)

    def of(self, kind: type[Happening]) -> list[Happening]:
        return [one for one in self.told if isinstance(one, kind)]


class R2Rig:
    """A World with an R2 span, and the box's ends of channels 1 and 2."""

    def __init__(self, **options: object) -> None:
        self.pair = BareSpan()
        given = SpanOptions.model_validate({"signalling": "r2", "channels": "1-2"} | options)
        self.world = World(SpanBoard([self.pair]), spans={"span1": given})
        self.near = {slot: Near(self.pair, slot, given.variant) for slot in (1, 2)}
        self.ticks = 0
        for near in self.near.values():
            near.do(near.machine.line(True, 0.0))
        self.until(1)

    @property
    def now(self) -> float:
        return self.ticks / 100

    def until(self, at_s: float) -> None:
        while self.ticks < round(at_s * 100):
            self.ticks += 1
            self.world.tick(self.now)
            for near in self.near.values():
                near.tick(self.now)

    def whats(self, who: str) -> list[str]:
        return [f"{e.what} {e.detail}".strip() for e in self.world.trace if e.who == who]


@pytest.mark.parametrize("variant", ["itu", "china"])
def test_a_call_to_the_box(variant: str) -> None:
    rig = R2Rig(variant=variant, number="62580001")
    party = rig.world.call("span1", "13800138000", request=Request(to="62580002"), hang_up_after_s=2)
    rig.until(8)
    near = rig.near[1]
    (offered,) = near.of(r2.Offered)
    assert isinstance(offered, r2.Offered)
    assert (offered.called, offered.caller) == ("62580002", "13800138000")
    near.do(near.machine.accept(rig.now))
    rig.until(9)
    near.do(near.machine.answer(rig.now))
    rig.until(13)
    assert near.of(r2.ClearedByFar) == [r2.ClearedByFar(Reason.CLEAR_FORWARD)]
    assert party.outcome is Outcome.HUNG_UP
    assert rig.whats("span1-1") == [
        *("setup 13800138000 to 62580002", "alerting", "connect"),
        *("far-end-hung-up cause=16", "release cause=16"),
    ]
    (call,) = rig.world.spans["span1"].calls
    assert (call.cause, call.is_ended_by_box, call.caller) == (16, False, "13800138000")


@pytest.mark.parametrize("variant", ["itu", "china"])
def test_the_box_calls_with_metering(variant: str) -> None:
    rig = R2Rig(variant=variant, metering_s=2.0)
    rig.world.subscriber("62581234", answers_after_s=1, hangs_up_after_s=5)
    near = rig.near[2]
    near.do(near.machine.call("62581234", rig.now, caller="62580001"))
    rig.until(9)
    assert rig.whats("span1-2")[:2] == ["seized", "dialled 62581234 from 62580001"]
    assert near.of(r2.Accepted)
    rig.until(30)
    assert len(near.of(r2.Answered)) == 1
    assert rig.whats("span1-2").count("meter-pulse") == 2
    assert near.of(r2.ClearedByFar) and near.of(r2.Cleared)
    (call,) = rig.world.spans["span1"].calls
    assert (call.called, call.is_to_box, call.cause) == ("62581234", False, 16)


@pytest.mark.parametrize(
    ("cause", "reason"), [(17, Reason.BUSY), (1, Reason.UNALLOCATED), (34, Reason.CONGESTION)]
)
def test_what_the_box_dials_is_refused(cause: int, reason: Reason) -> None:
    rig = R2Rig(variant="itu")
    rig.world.subscriber("62581234", cause=cause)
    near = rig.near[1]
    near.do(near.machine.call("62581234", rig.now))
    rig.until(15)
    assert near.of(r2.ClearedByFar) == [r2.ClearedByFar(reason)]
    assert rig.world.spans["span1"].calls[0].cause == cause


def test_the_box_refuses_and_the_box_hangs_up() -> None:
    rig = R2Rig(number="62580001", variant="itu")
    first = rig.world.call("span1-1", "1")
    second = rig.world.call("span1-2", "2")
    rig.until(8)
    rig.near[1].do(rig.near[1].machine.reject(Reason.BUSY, rig.now))
    rig.near[2].do(rig.near[2].machine.answer(rig.now))
    rig.until(11)
    rig.near[2].do(rig.near[2].machine.hang_up(rig.now))
    rig.until(14)
    assert (first.outcome, first.cause) == (Outcome.BUSY, 17)
    assert (second.outcome, second.cause) == (Outcome.RELEASED, 16)
    assert all(channel.is_free for channel in rig.world.spans["span1"].channels.values())


def test_ringback_sounds_while_somebody_is_rung() -> None:
    rig = R2Rig(variant="itu")
    rig.world.subscriber("62581234", answers_after_s=30)
    near = rig.near[1]
    near.do(near.machine.call("62581234", rig.now))
    heard = b""
    for _ in range(1500):
        rig.until(rig.now + 0.01)
        heard += rig.pair.to_box[1]
    assert RINGBACK[:4000] in heard


def test_a_blocked_circuit_and_a_full_span() -> None:
    rig = R2Rig(number="1", channels="1-2")
    rig.world.spans.service("span1-1", False)
    rig.until(2)
    assert [one.state for one in rig.near[1].told if isinstance(one, r2.Blocked)][-1] == "far-block"
    rig.world.call("span1-2", "1")
    assert rig.world.call("span1", "2").outcome is Outcome.BUSY
    rig.world.spans.service("span1-1", True)
    rig.until(3)
    assert rig.near[1].machine.is_free


def test_words_that_r2_does_not_have() -> None:
    rig = R2Rig()
    for verb in (
        lambda: rig.world.spans.restart("span1-1"),
        lambda: rig.world.spans.dlink("span1", False),
        lambda: rig.world.spans.loss("span1", 5),
        lambda: rig.world.call("span1", "1"),
    ):
        with pytest.raises(WorldError, match=r"R2|r2"):
            verb()
