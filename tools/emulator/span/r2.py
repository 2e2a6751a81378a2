"""An exchange with MFC/R2 at the far end of a span: bits in timeslot 16, register signals on the channels.

The machine of a circuit is the firmware's (openr2 judges it, in its own tests); bits, tones and ear are the
world's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from firmware.spans.r2 import types as r2
from firmware.spans.r2.channel import R2Channel
from firmware.spans.r2.types import Category, Out, Reason
from firmware.spans.r2.variant import VARIANTS, Setup
from tools.emulator.event import WorldError
from tools.emulator.exchange import RINGBACK, Subscriber
from tools.emulator.party import Outcome, Party
from tools.emulator.span.channel import BUSY_CAUSE, NORMAL, Channel, ChannelState
from tools.emulator.span.mf import MfEar, voice
from tools.emulator.span.office import Leg, Office, Request
from tools.emulator.span.options import timeslots
from tools.emulator.tape import Tape
from tools.emulator.timers import Timer

NO_CHANNEL, NO_ANSWER = 34, 19  # Q.850
RING_PATIENCE_S = 60.0
CONNECT_S = 0.8
METER_S = 0.15  # clear-back for so long is a unit of charge
ANSWER_BITS, BACK_BITS = 0b0100, 0b1100
CAUSE_OF = {
    Reason.CLEAR_FORWARD: NORMAL,
    Reason.CLEAR_BACK: NORMAL,
    Reason.FORCED: 31,
    Reason.BUSY: BUSY_CAUSE,
    Reason.CONGESTION: NO_CHANNEL,
    Reason.UNALLOCATED: 1,
    Reason.OUT_OF_ORDER: 27,
    Reason.NUMBER_CHANGED: 22,
    Reason.ANNOUNCEMENT: 31,
    Reason.GLARE: 44,
    Reason.NO_ANSWER: NO_ANSWER,
    Reason.LINE_DOWN: 27,
    Reason.FAULT: 111,
}
REASON_OF = {17: Reason.BUSY, 1: Reason.UNALLOCATED, 22: Reason.NUMBER_CHANGED, 27: Reason.OUT_OF_ORDER}


class Circuit:
    """One channel with its R2 machine, its ear and its next moment."""

    def __init__(self, channel: Channel, machine: R2Channel) -> None:
        self.channel = channel
        self.machine = machine
        self.ear: MfEar | None = None
        self.alarm: Timer | None = None
        self.bits = -1  # what we send
        self.is_blocked = False  # for another reason than a lost signal, which concerns all at once


class R2Exchange:
    """The signalling of one span, and the calls it carries."""

    def __init__(self, office: Office, carries: Callable[[], bool]) -> None:
        self._office = office
        self._carries = carries
        setup = Setup(VARIANTS[office.options.variant], number_digits=office.options.number_digits)
        self.channels = {slot: Channel(slot, office, self) for slot in timeslots(office.options.channels)}
        self._circuits = {slot: Circuit(self.channels[slot], R2Channel(setup)) for slot in self.channels}
        self._was_up = False
        self._seen: tuple[int, ...] = ()
        self._deeds: dict[type[Out], Callable[..., None]] = {
            r2.SetCas: self._send_bits,
            r2.SendMf: self._sound,
            r2.HearMf: self._listen,
            r2.Seized: self._seized,
            r2.Offered: self._offered,
            r2.Accepted: self._accepted,
            r2.Answered: self._answered,
            r2.ClearedByFar: self._cleared_by_box,
            r2.Cleared: self._cleared,
            r2.Blocked: self._blocked,
            r2.Unblocked: self._unblocked,
            r2.MeterPulse: partial(self._tell, "metered"),
            r2.ProtocolError: partial(self._tell, "protocol-error"),
        }

    # time

    def tick(self, now: float) -> None:
        """Look at the box's bits, and hear the registers that talk."""
        self._look_at_line(now)
        bits = self._office.pair.cas
        if bits != self._seen and self._was_up:
            was, self._seen = self._seen, bits
            for slot, circuit in self._circuits.items():
                if not was or bits[slot] != was[slot]:
                    self._do(circuit, circuit.machine.cas(bits[slot], now), now)
        for circuit in self._circuits.values():
            if circuit.ear is not None:
                for signal, is_on in circuit.ear.feed(self._office.pair.from_box[circuit.channel.timeslot]):
                    self._do(circuit, circuit.machine.mf(signal, is_on, now), now)

    def _look_at_line(self, now: float) -> None:
        if (is_up := self._carries()) is not self._was_up:
            self._was_up, self._seen = is_up, ()
            for circuit in self._circuits.values():
                self._do(circuit, circuit.machine.line(is_up, now), now)

    def _do(self, circuit: Circuit, outs: Iterable[Out], now: float) -> None:
        for out in outs:
            self._deeds[type(out)](circuit, out, now)
        self._arm(circuit)

    def _arm(self, circuit: Circuit) -> None:
        if circuit.alarm is not None:
            circuit.alarm.cancel()
        at = circuit.machine.deadline()
        timers = self._office.exchange.timers
        circuit.alarm = None if at is None else timers.set(at, partial(self._wake, circuit))

    def _wake(self, circuit: Circuit, now: float) -> None:
        circuit.alarm = None
        self._do(circuit, circuit.machine.tick(now), now)

    # bits and sounds

    def bits(self, timeslot: int) -> int:
        """Give the bits that a channel sends, if nobody disturbs them."""
        return self._circuits[timeslot].bits

    def _send_bits(self, circuit: Circuit, out: r2.SetCas, _now: float) -> None:
        circuit.bits = out.abcd
        self._office.pair.set_cas(circuit.channel.timeslot, out.abcd)

    def _sound(self, circuit: Circuit, out: r2.SendMf, _now: float) -> None:
        circuit.channel.play(Tape(voice(out.signal, out.is_forward)) if out.signal else None)

    def _listen(self, circuit: Circuit, out: r2.HearMf, _now: float) -> None:
        circuit.ear = MfEar(out.direction == "forward") if out.direction else None

    def _tell(self, what: str, circuit: Circuit, out: Any, now: float) -> None:
        circuit.channel.note(now, what, " ".join(str(getattr(out, name)) for name in out.__slots__))

    # calls to the box

    def offer(self, party: Party, request: Request, now: float, timeslot: int = 0) -> None:
        """Let a caller ring the box, on any free channel or on this one."""
        slots = [timeslot] if timeslot else sorted(self._circuits, reverse=self._hunts_down)
        free = (self._circuits[slot] for slot in slots if slot in self._circuits)
        circuit = next((one for one in free if one.channel.is_free and one.machine.is_free), None)
        if circuit is None:
            party.line, party.cause = self._office.name, NO_CHANNEL
            self._office.note(now, "caller-busy", party.number)
            party.end(Outcome.BUSY, now, self._office.exchange.save)
            return
        self._announce(circuit, party, request, now)

    def offer_at_glare(self, party: Party, request: Request) -> None:
        """Let a caller wait until the box seizes a channel, and seize the same one in the same moment."""
        raise WorldError(f"{self._office.name}: glare on demand is for ISDN spans")

    @property
    def _hunts_down(self) -> bool:
        return self._office.options.hunt == "descending"

    def _announce(self, circuit: Circuit, party: Party, request: Request, now: float) -> None:
        called = request.to or self._office.options.number
        channel = circuit.channel
        if not called:
            raise WorldError(f"{channel.name}: R2 needs a number called: `to`, or the span's own `number`")
        outs = circuit.machine.call(called, now, caller=party.number, category=Category.SUBSCRIBER)
        channel.begin(ChannelState.OFFERED, Leg(True, party.number, called, now, request=request), party)
        channel.note(now, "setup", f"{party.number or 'withheld'} to {called}")
        channel.later(now + RING_PATIENCE_S, partial(self._ring_in_vain, circuit))
        self._do(circuit, outs, now)

    def _ring_in_vain(self, circuit: Circuit, now: float) -> None:
        circuit.channel.note(now, "no-answer")
        self.clear(circuit.channel, NO_ANSWER, now)

    def _accepted(self, circuit: Circuit, _out: r2.Accepted, now: float) -> None:
        channel = circuit.channel
        if channel.state is ChannelState.OFFERED:
            channel.note(now, "alerting")
        elif channel.state is ChannelState.ALERTING:
            channel.play(Tape(RINGBACK) if self._office.options.ringback else None)

    def _answered(self, circuit: Circuit, _out: r2.Answered, now: float) -> None:
        if circuit.channel.state is ChannelState.OFFERED:
            circuit.channel.note(now, "connect")
            circuit.channel.talk(now)

    # calls of the box

    def _seized(self, circuit: Circuit, _out: r2.Seized, now: float) -> None:
        circuit.channel.begin(ChannelState.DIALLING, Leg(False, "", "", now))
        circuit.channel.note(now, "seized")

    def _offered(self, circuit: Circuit, out: r2.Offered, now: float) -> None:
        leg = circuit.channel.leg
        if leg is None:
            return
        leg.caller, leg.called = out.caller, out.called
        circuit.channel.note(now, "dialled", f"{out.called} from {out.caller or 'withheld'}")
        circuit.channel.later(now + CONNECT_S, partial(self._connect, circuit))

    def _connect(self, circuit: Circuit, now: float) -> None:
        leg, channel = circuit.channel.leg, circuit.channel
        if leg is None:
            return
        called = self._office.exchange.find(leg.called)
        if called.refusal:
            channel.note(now, "refused", f"cause={called.refusal}")
            self.clear(channel, called.refusal, now)
        else:
            self._ring(circuit, called, now)

    def _ring(self, circuit: Circuit, called: Subscriber, now: float) -> None:
        channel = circuit.channel
        channel.note(now, "alerting", "in-band" if self._office.options.ringback else "")
        channel.enter(ChannelState.ALERTING)
        channel.party = self._office.exchange.party(called.number, called.script)
        channel.party.line = channel.name
        channel.later(now + RING_PATIENCE_S, partial(self._ring_in_vain, circuit))
        if called.answers_after_s < RING_PATIENCE_S:
            channel.later(now + called.answers_after_s, partial(self._answer, circuit))
        self._do(circuit, circuit.machine.accept(now), now)

    def _answer(self, circuit: Circuit, now: float) -> None:
        channel = circuit.channel
        if channel.leg is not None:
            channel.note(now, "connect", channel.leg.called)
            channel.talk(now)
            self._do(circuit, circuit.machine.answer(now), now)
            self._meter(circuit, now)

    def _meter(self, circuit: Circuit, now: float) -> None:
        """Plan the next unit of charge."""
        every_s = self._office.options.metering_s
        if every_s:
            circuit.channel.later(now + every_s, partial(self._pulse, circuit))

    def _pulse(self, circuit: Circuit, now: float) -> None:
        slot, low = circuit.channel.timeslot, circuit.bits & 0b0011
        self._office.pair.set_cas(slot, BACK_BITS | low)
        circuit.channel.note(now, "meter-pulse")

        def end(at: float) -> None:
            self._office.pair.set_cas(slot, ANSWER_BITS | low)
            self._meter(circuit, at)

        circuit.channel.later(now + METER_S, end)

    # ends

    def clear(self, channel: Channel, cause: int, now: float) -> None:
        """End a call from this side."""
        circuit, leg = self._circuits[channel.timeslot], channel.leg
        if leg is None or leg.is_clearing:
            return
        before = channel.state in (ChannelState.DIALLING, ChannelState.REFUSED) and leg.called
        channel.cleared_by_us(cause, now)
        if before and not leg.is_to_box:
            self._do(circuit, circuit.machine.reject(REASON_OF.get(cause, Reason.CONGESTION), now), now)
        else:
            self._do(circuit, circuit.machine.hang_up(now), now)

    def _cleared_by_box(self, circuit: Circuit, out: r2.ClearedByFar, now: float) -> None:
        circuit.channel.cleared_by_box(CAUSE_OF[out.reason], now)

    def _cleared(self, circuit: Circuit, _out: r2.Cleared, now: float) -> None:
        circuit.ear = None
        circuit.channel.release(NORMAL, now)

    # the circuits

    def _blocked(self, circuit: Circuit, out: r2.Blocked, now: float) -> None:
        if out.state is not r2.CircuitState.DOWN:
            circuit.is_blocked = True
            circuit.channel.note(now, "blocked", out.state)

    def _unblocked(self, circuit: Circuit, _out: r2.Unblocked, now: float) -> None:
        if circuit.is_blocked:
            circuit.is_blocked = False
            circuit.channel.note(now, "unblocked")

    def restart(self, timeslot: int, now: float) -> None:
        """R2 has no such word. raises WorldError"""
        raise WorldError(f"{self._office.name}: R2 has no restart; use `service {self._office.name}-1 off`")

    def dlink(self, is_open: bool, now: float) -> None:
        """R2 has no such thing. raises WorldError"""
        raise WorldError(f"{self._office.name}: R2 has no data link")

    def service(self, timeslot: int, is_on: bool, now: float) -> None:
        """Block a circuit, or give it back.

        raises  WorldError for a channel that there is not
        """
        circuit = self._circuits.get(timeslot)
        if circuit is None:
            raise WorldError(f"{self._office.name}-{timeslot}: is no channel")
        circuit.channel.note(now, "service", "on" if is_on else "off")
        self._do(circuit, circuit.machine.block(not is_on, now), now)
