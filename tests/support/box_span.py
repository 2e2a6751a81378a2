"""A box at the near end of bare E1 spans, without chips and engine: a libpri link in the other role."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from cext.isdn.types import IsdnEvent, NewCall, Number, Side
from firmware.isdn import open_link
from hal.sim.world import SILENCE
from tools.emulator.span.hdlc import HdlcReceiver, HdlcSender
from tools.emulator.span.options import SpanOptions
from tools.emulator.world import World

ONES = b"\xff" * 80


@dataclass
class BareSpan:
    """The world side of a span without a framer: a fault is a word in `faults`, until it is taken back."""

    to_box: list[bytes] = field(default_factory=lambda: [SILENCE] * 32)
    from_box: list[bytes] = field(default_factory=lambda: [SILENCE] * 32)
    bits: list[int] = field(default_factory=lambda: [0b1101] * 32)
    cas: tuple[int, ...] = (0b1101,) * 32
    faults: set[str] = field(default_factory=set)
    counted: list[tuple[int, int, int, int]] = field(default_factory=list)
    slips: int = 0
    is_fed: bool = True
    hears_ais: bool = False
    hears_rai: bool = False

    def set_cas(self, timeslot: int, abcd: int) -> None:
        self.bits[timeslot] = abcd

    def cut(self) -> None:
        assert "cut" not in self.faults
        self.faults.add("cut")
        self.is_fed = False

    def mend(self) -> None:
        self.faults.remove("cut")
        self.is_fed = True

    def send_ais(self, is_on: bool) -> None:
        (self.faults.add if is_on else self.faults.discard)("ais")

    def send_rai(self, is_on: bool) -> None:
        (self.faults.add if is_on else self.faults.discard)("rai")

    def lose_frames(self, is_on: bool) -> None:
        (self.faults.add if is_on else self.faults.discard)("frames")

    def lose_multiframe(self, is_on: bool) -> None:
        (self.faults.add if is_on else self.faults.discard)("multiframe")

    def disturb(
        self, *, code_violations: int = 0, crc_errors: int = 0, framing_errors: int = 0, far_errors: int = 0
    ) -> None:
        self.counted.append((code_violations, crc_errors, framing_errors, far_errors))

    def slip(self, times: int = 1) -> None:
        self.slips += times

    def plug_back(self, is_on: bool) -> None:
        raise AssertionError("no loop plug here")

    def wrong_bits(self, bits_between: int) -> None:
        raise AssertionError("all bits are right here")


@dataclass
class SpanBoard:
    """A board with nothing but spans."""

    spans: list[BareSpan]
    fxo: tuple[()] = ()
    fxs: tuple[()] = ()

    def tdm_exchange(self, tx_block: bytes) -> bytes:
        return tx_block

    def remove_card(self, slot: int) -> None:
        raise AssertionError("no cards here")

    def insert_card(self, slot: int, card: str) -> None:
        raise AssertionError("no cards here")


class SpanRig:
    """A World with spans, and on the first of them a box that says what the test tells it to say."""

    def __init__(self, *, seed: int = 0, count: int = 1, **options: object) -> None:
        self.pairs = [BareSpan() for _ in range(count)]
        given = SpanOptions.model_validate(options)
        spans = {f"span{index}": given for index in range(1, count + 1)}
        self.world = World(SpanBoard(self.pairs), seed=seed, spans=spans)
        self.ticks = 0
        self.link = open_link(Side.NETWORK if given.side == "user" else Side.USER)
        self.heard: list[IsdnEvent] = []
        self.on_event: Callable[[IsdnEvent, float], None] | None = None
        self._sender, self._receiver = HdlcSender(), HdlcReceiver()

    @property
    def now(self) -> float:
        return self.ticks / 100

    def until(self, at_s: float) -> None:
        """Let time pass; the box's D-channel is quiet while the cable is cut."""
        pair = self.pairs[0]
        while self.ticks < round(at_s * 100):
            self.ticks += 1
            if self.ticks == 1:
                self.link.start(self.now)
            self.world.tick(self.now)
            is_whole = not pair.faults & {"cut", "ais", "frames"}
            for frame in self._receiver.receive(pair.to_box[16] if is_whole else ONES):
                self._take(self.link.receive(frame, self.now))
            deadline = self.link.deadline()
            if deadline is not None and deadline <= self.now:
                self._take(self.link.tick(self.now))
            for frame in self.link.take_frames():
                self._sender.send(frame)
            pair.from_box[16] = self._sender.next_block() if "cut" not in pair.faults else ONES

    def dial(self, channel: int, number: str, *, caller: str = "62580001", **more: object) -> int:
        """Let the box call."""
        return self.link.setup(NewCall(channel, Number(number), Number(caller), **more), self.now)  # type: ignore[arg-type]

    def of(self, kind: type[IsdnEvent]) -> list[IsdnEvent]:
        return [event for event in self.heard if isinstance(event, kind)]

    def whats(self, who: str) -> list[str]:
        return [f"{e.what} {e.detail}".strip() for e in self.world.trace if e.who == who]

    def _take(self, events: list[IsdnEvent]) -> None:
        for event in events:
            self.heard.append(event)
            if self.on_event is not None:
                self.on_event(event, self.now)
