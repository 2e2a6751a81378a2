"""One outside line, at the exchange: a state machine over the world side of an FXO port.

    incoming  IDLE -> RINGING -> TALKING -> CLEARED -> (PARKED) -> IDLE
    outgoing  IDLE -> DIAL_TONE -> DIALLING -> CONNECTING -> ALERTING -> TALKING -> ... as above
                                                        \\-> REFUSED -> (PARKED) -> IDLE
A line with call waiting carries a second party, who waits or is held; a hook flash goes from one to the
other. Whatever the state, a box that stays on-hook for 0.2 s (with call waiting: 0.9 s) frees the line.
"""

from __future__ import annotations

from enum import StrEnum
from functools import partial

from hal.sim.world import FxoWorld
from tools.emulator import alaw, signals
from tools.emulator.alaw import SILENCE
from tools.emulator.digits import DigitReceiver
from tools.emulator.event import WorldError
from tools.emulator.exchange import USER_BUSY, Exchange
from tools.emulator.garbage import Garbage
from tools.emulator.options import LineOptions
from tools.emulator.party import Outcome, Party, PartyState
from tools.emulator.pulses import PulseCounter
from tools.emulator.tape import Tape
from tools.emulator.timers import Act, Timer
from tools.emulator.wire import Wire

CALLER_ID_AFTER_S = 0.5  # after the first burst
RING_AFTER_DIGITS_S = 0.3
RING_PATIENCE_S = 60.0
RELEASE_GUARD_S = 0.2  # a shorter opening of the loop is no hang-up
FLASH_MIN_S, FLASH_MAX_S = 0.08, 0.9  # a line with call waiting; longer is a hang-up
DISPLAY_S = 0.5  # the box answers the tone for its display within this time
BREAK_S = 0.6
DIAL_TONE_AFTER_S = 0.3
FIRST_DIGIT_S = 15.0
NEXT_DIGIT_S = 4.0
CONNECT_S = 0.8
TONE_PATIENCE_S = 60.0
MAX_DIGITS = 20


class LineState(StrEnum):
    """What the exchange does with the line."""

    IDLE = "idle"
    RINGING = "ringing"
    TALKING = "talking"
    CLEARED = "cleared"  # the far end hung up, the box did not yet
    DIAL_TONE = "dial-tone"
    DIALLING = "dialling"
    CONNECTING = "connecting"
    ALERTING = "alerting"  # the box hears ringback
    REFUSED = "refused"  # the box hears busy or congestion tone
    PARKED = "parked"  # the exchange lost patience: silence until the box hangs up


class ExchangeLine:
    """The exchange's end of one line."""

    def __init__(self, name: str, pair: FxoWorld, options: LineOptions, exchange: Exchange) -> None:
        self.name = name
        self.pair = pair
        self.options = options
        self.state = LineState.IDLE
        self.party: Party | None = None
        self.other: Party | None = None  # waits, or is held
        self.tape: Tape | None = None  # None = nothing to carry, the line costs nothing
        self.was_off_hook = False
        self.is_plugged = True
        self.is_broken = False  # battery is off on purpose: the loop tells nothing
        self._exchange = exchange
        self._pending: list[Timer] = []
        self._release: Timer | None = None
        self._opened_at = 0.0
        self._display: DigitReceiver | None = None  # waits for the answer of the box's display
        self._is_reversed = False
        self._bursts = 0
        self._is_burst = False
        self._digits = ""
        self._pulses = PulseCounter(exchange.timers, self._pulsed)
        self._receiver: DigitReceiver | None = None
        self._ends_with_clip = False
        self._garbage = Garbage()
        self._wire = Wire(pair, options, exchange.rng(f"wire {name}"))
        pair.set_battery(options.battery_v)
        pair.set_loop(options.loop_ohm)
        if options.impedance is not None:
            pair.set_impedance(*options.impedance)

    @property
    def is_free(self) -> bool:
        """A caller would reach the box."""
        return self.state is LineState.IDLE and not self.was_off_hook

    # what the world does to the line

    def offer(self, party: Party, now: float) -> None:
        """Let a caller ring the box."""
        party.line = self.name
        if self.options.call_waiting and self.state is LineState.TALKING and self.other is None:
            self._wait(party, now)
            return
        if not self.is_free:
            self._note(now, "caller-busy", party.number)
            party.end(Outcome.BUSY, now, self._exchange.save)
            return
        self._enter(LineState.RINGING, now)
        self.party, self._bursts = party, 0
        self._note(now, "ringing", party.number)
        self._later(now + RING_PATIENCE_S, self._ring_in_vain)
        if self.options.caller_id == "dtmf":
            self._send_digits(now)
        else:
            self._burst(now)

    def far_end_hangs_up(self, now: float) -> None:
        """Let the caller, or the called party, put the phone down.

        raises  WorldError if nobody is there
        """
        if self.state is LineState.RINGING:
            self._stop_ringing(now, "gave-up", Outcome.GAVE_UP)
        elif self.state is LineState.TALKING:
            self._clear(now)
        else:
            raise WorldError(f"{self.name}: nobody to hang up, the line is {self.state}")

    def swap_wires(self, now: float) -> None:
        """Reverse the polarity."""
        self._is_reversed = not self._is_reversed
        self._note(now, "polarity", "reversed" if self._is_reversed else "normal")
        self._feed()

    def garble(self, level_dbm0: float, seconds: float, now: float) -> None:
        """Put garbage on the line, whatever it does, for a while."""
        label = f"garbage {self.name} {now:.2f}"
        samples = signals.crackle(seconds, level_dbm0, self._exchange.rng(label))
        self._garbage.begin(samples, now)
        self._note(now, "garbage", f"{level_dbm0:g} dBm0 for {seconds:g} s")
        if self.tape is None:
            self._play(None, now)
        else:
            self.tape.add(samples)

    def unplug(self, now: float) -> None:
        """Pull the plug out of the box."""
        if not self.is_plugged:
            raise WorldError(f"{self.name}: is unplugged already; `plug` it first")
        self.is_plugged = False
        self.pair.unplug()
        self._note(now, "unplugged", "")

    def plug(self, now: float) -> None:
        """Put the plug back."""
        if self.is_plugged:
            raise WorldError(f"{self.name}: is plugged in already")
        self.is_plugged = True
        self.pair.plug()
        self._note(now, "plugged", "")
        self._ring(self._is_burst)

    def lift_other(self, now: float) -> None:
        """Lift another phone that hangs on the same pair."""
        self.pair.lift_other()
        self._note(now, "other-lifted", "")

    def hang_up_other(self, now: float) -> None:
        """Put the other phone down."""
        self.pair.hang_up_other()
        self._note(now, "other-hung-up", "")

    def set_loop(self, ohm: float, now: float) -> None:
        """Make the pair longer or shorter, as a fault does."""
        self.pair.set_loop(ohm)
        self._note(now, "loop", f"{ohm:g} ohm")

    @property
    def is_looped(self) -> bool:
        """Somebody at the other end draws current: the box, or the other phone."""
        return self.pair.is_off_hook or self.pair.is_other_lifted

    # what the box does

    def hook(self, is_off_hook: bool, now: float) -> None:
        """Take a change of the loop current."""
        self.was_off_hook = is_off_hook
        if not is_off_hook:
            if self.state not in (LineState.IDLE, LineState.RINGING):
                guard_s = FLASH_MAX_S if self.options.call_waiting else RELEASE_GUARD_S
                self._opened_at = now
                self._release = self._exchange.timers.set(now + guard_s, self._released)
        elif self._release is not None:
            self._release.cancel()
            self._release = None
            if self.state is LineState.TALKING and self.options.call_waiting:
                self._flashed(now)
            else:
                self._pulse(now)
        elif self.state is LineState.RINGING:
            self._answered(now)
        elif self.state is LineState.IDLE:
            self._seized(now)

    def carry(self, now: float) -> None:
        """Move 10 ms of sound both ways."""
        tape, pair = self.tape, self.pair
        if tape is None:
            return
        if self._ends_with_clip and tape.is_clip_over:
            self.tape = None
            pair.to_box = SILENCE
            return
        pair.to_box = self._wire.carry(tape.next_block())
        if self.state is LineState.TALKING:
            if self.party is not None:
                self.party.hear(pair.from_box)
            if self._display is not None and self._display.feed(pair.from_box) == "D":
                self._show_waiting(now)
        elif self._receiver is not None and not self.options.pulse:
            self._collect(self._receiver.feed(pair.from_box), now)

    # incoming

    def _burst(self, now: float) -> None:
        self._ring(True)
        self._later(now + self.options.ring_on_s, self._pause)

    def _pause(self, now: float) -> None:
        self._ring(False)
        self._bursts += 1
        if self._bursts == 1 and self.options.caller_id is True:
            self._later(now + CALLER_ID_AFTER_S, self._send_caller_id)
        self._later(now + self.options.ring_off_s, self._burst)

    def _ring(self, is_on: bool) -> None:
        """Switch the ringing voltage; into the air or into a loop that just closed it is not put."""
        self._is_burst = is_on
        reaches = self.is_plugged and not self.is_looped
        self.pair.set_ringing(self.options.ring_vrms if is_on and reaches else 0.0, self.options.ring_hz)

    def _send_caller_id(self, now: float) -> None:
        if self.party is not None:
            when = self._exchange.wall_clock(now)
            self._play(Tape(clip=signals.caller_id(self.party.number, self.party.name, when)), now)
            self._ends_with_clip = True
            self._note(now, "caller-id", self.party.number or "withheld")

    def _send_digits(self, now: float) -> None:
        if self.party is not None:
            clip = signals.caller_id_digits(self.party.number)
            self._play(Tape(clip=clip), now)
            self._ends_with_clip = True
            self._note(now, "caller-id", f"{self.party.number or 'withheld'} in digits")
            self._later(now + len(clip) / alaw.RATE_HZ + RING_AFTER_DIGITS_S, self._burst)

    def _ring_in_vain(self, now: float) -> None:
        self._stop_ringing(now, "no-answer", Outcome.NO_ANSWER)

    def _stop_ringing(self, now: float, what: str, outcome: Outcome) -> None:
        self._ring(False)
        self._note(now, what, f"after {self._bursts} rings")
        self._end_party(outcome, now)
        self._enter(LineState.IDLE, now)

    def _answered(self, now: float) -> None:
        self._ring(False)
        self._note(now, "answered", "")
        self._talk(now)

    def _talk(self, now: float) -> None:
        party = self.party
        if party is None:
            raise AssertionError("a talk needs a far end")
        if self.options.answer_reversal:
            self.swap_wires(now)
        self._enter(LineState.TALKING, now, party.tape)
        party.start(now)
        for after_s, digits in party.script.keys:
            self._later(now + after_s, partial(self.press, digits))
        if party.script.hang_up_after_s < float("inf"):
            self._later(now + party.script.hang_up_after_s, self.far_end_hangs_up)

    def press(self, digits: str, now: float, on_s: float = 0.1, off_s: float = 0.1) -> None:
        """Let the far end press keys.

        raises  WorldError if there is no talk, ValueError for what is no key
        """
        self.talking_party().tape.lay(signals.dtmf(digits, on_s, off_s))
        self._note(now, "key", digits)

    def talking_party(self) -> Party:
        """Give the far end of the talk.

        raises  WorldError if there is none
        """
        if self.party is None or self.party.state is not PartyState.TALKING:
            raise WorldError(f"{self.name}: nobody is talking, the line is {self.state}")
        return self.party

    def _clear(self, now: float) -> None:
        signs = self.options.hang_up_signals
        self._note(now, "far-end-hung-up", " ".join(signs))
        self._end_party(Outcome.HUNG_UP, now)
        if self.other is not None:
            self.party, self.other = self.other, None
            self._go_on(self.party, now)
            return
        self._enter(LineState.CLEARED, now, self._tape_after(signs))
        self._later(now + TONE_PATIENCE_S, self._park)
        if "polarity" in signs:
            self.swap_wires(now)
        if "break" in signs:
            self.is_broken = True
            self._feed()
            self._later(now + BREAK_S, self._mend)

    # two parties

    def _wait(self, party: Party, now: float) -> None:
        """Tell the talk that somebody else calls."""
        self.other = party
        self._note(now, "waiting", party.number)
        if self.party is not None:
            self.party.tape.add(signals.waiting_alert())
        self._display = DigitReceiver()
        self._later(now + RING_PATIENCE_S, self._waited_in_vain)

    def _show_waiting(self, now: float) -> None:
        self._display = None
        if self.other is not None and self.party is not None:
            when = self._exchange.wall_clock(now)
            self.party.tape.lay(signals.waiting_caller_id(self.other.number, self.other.name, when))
            self._note(now, "caller-id", self.other.number or "withheld")

    def waiting_gives_up(self, now: float) -> None:
        """Let the second party go."""
        if self.other is not None:
            self._note(now, "gave-up", self.other.number)
            talked = self.other.state is PartyState.TALKING
            self.other.end(Outcome.HUNG_UP if talked else Outcome.GAVE_UP, now, self._exchange.save)
            self.other, self._display = None, None

    def _waited_in_vain(self, now: float) -> None:
        if self.other is not None and self.other.state is PartyState.WAITING:
            self.waiting_gives_up(now)

    def _flashed(self, now: float) -> None:
        if self.other is None or now - self._opened_at < FLASH_MIN_S:
            return
        self.party, self.other = self.other, self.party
        self._note(now, "flash", self.party.number)
        self._go_on(self.party, now)

    def _go_on(self, party: Party, now: float) -> None:
        """Let the box talk with the second party; what the first one had in mind to do is forgotten."""
        self._display = None
        self._enter(LineState.TALKING, now, party.tape)
        if party.state is PartyState.WAITING:
            party.start(now)

    def _tone(self, text: str) -> Tape:
        return Tape(signals.cadence_of(text, self.options.tone_dbm0))

    def _tape_after(self, signs: tuple[str, ...]) -> Tape:
        if "busy-tone" in signs:
            return self._tone(self.options.busy)
        return self._tone(self.options.congestion) if "congestion" in signs else Tape(SILENCE)

    def _mend(self, _now: float) -> None:
        self.is_broken = False
        self._feed()

    # outgoing

    def _seized(self, now: float) -> None:
        self._note(now, "seized", "")
        self._enter(LineState.DIAL_TONE, now, Tape())
        self._digits = ""
        self._later(now + DIAL_TONE_AFTER_S, self._give_dial_tone)

    def _pulse(self, now: float) -> None:
        """The loop was open for a moment: one pulse of a digit."""
        if self._receiver is not None and self.state in (LineState.DIAL_TONE, LineState.DIALLING):
            self._pulses.pulse(now)

    def _pulsed(self, digit: str, now: float) -> None:
        if self._receiver is not None:
            self._collect(digit, now)

    def _give_dial_tone(self, now: float) -> None:
        if not self.options.dial_tone:
            return
        self._note(now, "dial-tone", "")
        self._play(self._tone(self.options.dial), now)
        self._receiver = DigitReceiver()
        self._later(now + FIRST_DIGIT_S, self._refuse_busy)

    def _collect(self, digit: str, now: float) -> None:
        if not digit:
            return
        self._digits += digit
        receiver = self._receiver
        self._enter(LineState.DIALLING, now, self.tape if len(self._digits) > 1 else Tape())
        self._receiver = receiver
        if self._exchange.is_complete(self._digits) or len(self._digits) >= MAX_DIGITS:
            self._route(now)
        else:
            self._later(now + NEXT_DIGIT_S, self._route)

    def _route(self, now: float) -> None:
        self._note(now, "dialled", self._digits)
        self._enter(LineState.CONNECTING, now, Tape())
        self._later(now + CONNECT_S, self._connect)

    def _connect(self, now: float) -> None:
        called = self._exchange.find(self._digits)
        if called.refusal == USER_BUSY:
            self._refuse_busy(now)
        elif called.refusal:
            self._refuse(now, "congestion", self.options.congestion)
        else:
            self._note(now, "ringback", "")
            self._enter(LineState.ALERTING, now, self._tone(self.options.ringback))
            self.party = self._exchange.party(called.number, called.script)
            self.party.line = self.name
            self._later(now + RING_PATIENCE_S, self._refuse_busy)
            if called.answers_after_s < RING_PATIENCE_S:
                self._later(now + called.answers_after_s, self._far_end_answers)

    def _far_end_answers(self, now: float) -> None:
        self._note(now, "far-end-answered", self._digits)
        self._talk(now)

    def _refuse_busy(self, now: float) -> None:
        self._refuse(now, "busy-tone", self.options.busy)

    def _refuse(self, now: float, what: str, tone: str) -> None:
        self._note(now, what, "")
        self._end_party(Outcome.NO_ANSWER, now)
        self._enter(LineState.REFUSED, now, self._tone(tone))
        self._later(now + TONE_PATIENCE_S, self._park)

    # ends

    def _park(self, now: float) -> None:
        self._note(now, "parked", "the box holds a dead line")
        self._enter(LineState.PARKED, now, Tape())

    def _released(self, now: float) -> None:
        self._release = None
        self._note(now, "released", "")
        talked = self.party is not None and self.party.state is PartyState.TALKING
        self._end_party(Outcome.RELEASED if talked else Outcome.GAVE_UP, now)
        self.waiting_gives_up(now)
        self._enter(LineState.IDLE, now)
        if self._is_reversed:
            self.swap_wires(now)

    def _end_party(self, outcome: Outcome, now: float) -> None:
        if self.party is not None:
            self.party.end(outcome, now, self._exchange.save)
            self.party = None

    # machinery

    def _enter(self, state: LineState, now: float, tape: Tape | None = None) -> None:
        for timer in self._pending:
            timer.cancel()
        self._pending.clear()
        self.state = state
        self._receiver = None
        if self.is_broken:
            self._mend(now)
        if tape is None or tape is not self.tape:
            self._play(tape, now)

    def _play(self, tape: Tape | None, now: float) -> None:
        rest = self._garbage.rest(now)
        self._ends_with_clip = tape is None and rest is not None
        if tape is None and rest is not None:
            tape = Tape()
        if tape is not None and rest is not None:
            tape.add(rest)
        self.tape = tape
        if tape is None:
            self.pair.to_box = SILENCE

    def _feed(self) -> None:
        volts = 0.0 if self.is_broken else self.options.battery_v
        self.pair.set_battery(-volts if self._is_reversed else volts)

    def _later(self, at: float, act: Act) -> None:
        self._pending.append(self._exchange.timers.set(at, act))

    def _note(self, at: float, what: str, detail: str) -> None:
        self._exchange.note(at, self.name, what, detail)
