"""A phone on a desk, with the hand that lifts it: drives the world side of an FXS port."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path

from hal.sim.world import FxsWorld
from tools.emulator import signals
from tools.emulator.alaw import SILENCE, Samples
from tools.emulator.display import Display
from tools.emulator.ear import Ear
from tools.emulator.event import WorldError
from tools.emulator.exchange import Exchange
from tools.emulator.script import Script
from tools.emulator.tape import Tape
from tools.emulator.timers import Act, Timer

RING_GAP_S = 5.0  # without ringing voltage for longer: nobody rings any more
FLASH_S = 0.2
TALK_AFTER_S = 0.5  # from lifting to the first word


NOTHING = Script()


class PhoneState(StrEnum):
    """What the phone does."""

    ON_HOOK = "on-hook"
    RINGING = "ringing"
    OFF_HOOK = "off-hook"


@dataclass(frozen=True, slots=True)
class Habit:
    """What the person at the phone does when it rings."""

    answer_after_s: float = 2.0
    script: Script = NOTHING  # from the lifting on
    hangs_up_on_busy: bool = True


class AnalogPhone:
    """One phone. It rings by the voltage on its pair, and does nothing by itself without a habit."""

    def __init__(self, name: str, pair: FxsWorld, exchange: Exchange) -> None:
        self.name = name
        self.pair = pair
        self.state = PhoneState.ON_HOOK
        self.tape: Tape | None = None  # None = on-hook, nothing to carry
        self.had_ring_voltage = False
        self.hung_up_at = -math.inf
        self.habit: Habit | None = None
        self.calls_rung = 0
        self._exchange = exchange
        self._pending: list[Timer] = []
        self._ring_end: Timer | None = None
        self._bursts = 0
        self._ear: Ear | None = None
        self._recording: bytearray | None = None
        self._record_path: Path | None = None
        self.heard = b""
        self._display = Display()

    def ring_voltage(self, is_on: bool, now: float) -> None:
        """Take a change of the ringing voltage."""
        self.had_ring_voltage = is_on
        if self.state is PhoneState.OFF_HOOK:
            return
        if self._ring_end is not None:
            self._ring_end.cancel()
            self._ring_end = None
        if not is_on:
            self._ring_end = self._exchange.timers.set(now + RING_GAP_S, self._ring_ended)
            return
        self._bursts += 1
        if self.state is PhoneState.ON_HOOK:
            self._ring_began(now)

    def lift(self, now: float) -> None:
        """Take the handset.

        raises  WorldError if it is off already
        """
        if self.state is PhoneState.OFF_HOOK:
            raise WorldError(f"{self.name}: is off its hook already; `hang` it up first")
        self._forget_timers()
        self.state = PhoneState.OFF_HOOK
        self.tape = Tape()
        self.pair.lift()
        self._note(now, "lifted", "")

    def hang_up(self, now: float) -> None:
        """Put the handset down; a recording ends here.

        raises  WorldError if it is down already
        """
        self._must_be_lifted()
        self._forget_timers()
        self.state, self.hung_up_at = PhoneState.ON_HOOK, now
        self.tape = None
        self._ear = None
        if self.pair.is_off_hook:  # it is not in the middle of a flash
            self.pair.hang_up()
        self.pair.to_box = SILENCE
        self._note(now, "hung-up", "")
        self.save_recording()

    def flash(self, now: float, for_s: float = FLASH_S) -> None:
        """Press the hook shortly.

        raises  WorldError if the phone is on its hook
        """
        self._must_be_lifted()
        if not self.pair.is_off_hook:
            raise WorldError(f"{self.name}: is in the middle of a flash already")
        self._note(now, "flash", "")
        self.pair.hang_up()
        self._later(now + for_s, lambda _at: self.pair.lift())

    def dial(self, digits: str, now: float, on_s: float = 0.1, off_s: float = 0.1) -> None:
        """Press keys.

        raises  WorldError if the phone is on its hook, ValueError for what is no key
        """
        self._sounding().lay(signals.dtmf(digits, on_s, off_s))
        self._note(now, "dialled", digits)

    def say(self, samples: Samples, now: float) -> None:
        """Speak.

        raises  WorldError if the phone is on its hook
        """
        self._sounding().lay(samples)
        self._note(now, "speaks", f"{len(samples) / 8000:.1f} s")

    def record(self, path: Path | None) -> None:
        """Keep what is heard from now, or from the next lifting, until the phone is hung up."""
        self._recording, self._record_path = bytearray(), path

    def carry(self, now: float) -> None:
        """Move 10 ms of sound both ways."""
        tape, pair = self.tape, self.pair
        if tape is None:
            self._show(now)
            return
        pair.to_box = tape.next_block()
        if self._recording is not None:
            self._recording += pair.from_box
        if self._ear is not None and self._ear.hears_busy(pair.from_box):
            self._note(now, "heard-busy", "")
            self.hang_up(now)

    def save_recording(self) -> None:
        """Write what was recorded so far."""
        if self._recording is not None:
            self.heard = bytes(self._recording)
            if self._record_path is not None:
                self._exchange.save(self._record_path, self.heard)
        self._recording = self._record_path = None

    def _show(self, now: float) -> None:
        """Read what comes between the rings."""
        shown = self._display.hear(self.pair.from_box)
        if shown is not None:
            self._note(now, "caller-id", shown)

    def _ring_began(self, now: float) -> None:
        self.state = PhoneState.RINGING
        self._bursts = 1
        self.calls_rung += 1
        self._note(now, "rings", "")
        if self.habit is not None:
            self._later(now + self.habit.answer_after_s, self._answer)

    def _ring_ended(self, now: float) -> None:
        self._ring_end = None
        self._forget_timers()
        self.state = PhoneState.ON_HOOK
        self._note(now, "ring-ended", f"after {self._bursts} rings")

    def _answer(self, now: float) -> None:
        habit = self.habit
        if habit is None:
            return
        self.lift(now)
        if habit.hangs_up_on_busy:
            self._ear = Ear()
        if habit.script.audio is not None:
            self._sounding().lay(habit.script.audio, signals.samples_of(TALK_AFTER_S))
        for after_s, digits in habit.script.keys:
            self._later(now + after_s, partial(self.dial, digits))
        if habit.script.hang_up_after_s < math.inf:
            self._later(now + habit.script.hang_up_after_s, self.hang_up)

    def _must_be_lifted(self) -> None:
        self._sounding()

    def _sounding(self) -> Tape:
        if self.tape is None:
            raise WorldError(f"{self.name}: is on its hook; `lift` it first")
        return self.tape

    def _forget_timers(self) -> None:
        for timer in self._pending:
            timer.cancel()
        self._pending.clear()
        if self._ring_end is not None:
            self._ring_end.cancel()
            self._ring_end = None

    def _later(self, at: float, act: Act) -> None:
        self._pending.append(self._exchange.timers.set(at, act))

    def _note(self, at: float, what: str, detail: str) -> None:
        self._exchange.note(at, self.name, what, detail)
