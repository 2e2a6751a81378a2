"""One channel of a span at the exchange: who talks on it, what sounds on it, and the record it leaves.

    to the box    IDLE -> OFFERED -> TALKING -> CLEARING -> IDLE
    from the box  IDLE -> DIALLING -> ALERTING or REFUSED -> TALKING -> CLEARING -> IDLE
The signalling moves it along; every state but IDLE ends when the signalling says that the channel is free.
"""

from __future__ import annotations

import math
from enum import StrEnum
from functools import partial
from typing import Protocol

from hal.sim.world import SILENCE
from tools.emulator import signals
from tools.emulator.event import WorldError
from tools.emulator.party import Outcome, Party, PartyState
from tools.emulator.span.office import Leg, Office
from tools.emulator.span.record import SpanCall
from tools.emulator.tape import Tape
from tools.emulator.timers import Act, Timer

BUSY_CAUSE = 17
NORMAL = 16


class ChannelState(StrEnum):
    """What the exchange does with the channel."""

    IDLE = "idle"
    OFFERED = "offered"  # the box has been told of a call
    DIALLING = "dialling"  # the box calls; its number is not complete, or not looked up yet
    ALERTING = "alerting"
    REFUSED = "refused"  # the box hears why
    TALKING = "talking"
    CLEARING = "clearing"
    OUT_OF_SERVICE = "out-of-service"


class Clearer(Protocol):
    """The signalling, as a channel's people need it."""

    def clear(self, channel: Channel, cause: int, now: float) -> None: ...


class Channel:
    """The exchange's end of one timeslot that carries calls."""

    def __init__(self, timeslot: int, office: Office, clearer: Clearer) -> None:
        self.timeslot = timeslot
        self.name = f"{office.name}-{timeslot}"
        self.state = ChannelState.IDLE
        self.party: Party | None = None
        self.leg: Leg | None = None
        self.tape: Tape | None = None  # None = nothing to carry, the channel costs nothing
        self._office = office
        self._clearer = clearer
        self._is_mute = False  # the tape is mute, and silence has been sent
        self._pending: list[Timer] = []

    @property
    def is_free(self) -> bool:
        """A call may take it."""
        return self.state is ChannelState.IDLE

    @property
    def listens(self) -> bool:
        """Somebody keeps what the box sends."""
        return self.state is ChannelState.TALKING and self.party is not None and self.party.keeps

    # the road of a call

    def begin(self, state: ChannelState, leg: Leg, party: Party | None = None) -> None:
        """Occupy the channel with a call."""
        self.leg = leg
        self.party = party
        if party is not None:
            party.line = self.name
        self.enter(state)

    def enter(self, state: ChannelState, tape: Tape | None = None) -> None:
        """Change the state; what was planned in the old one is off."""
        for timer in self._pending:
            timer.cancel()
        self._pending.clear()
        self.state = state
        self.play(tape)

    def play(self, tape: Tape | None) -> None:
        """Let this sound towards the box; None: silence."""
        self.tape = tape
        self._is_mute = False
        if tape is None:
            self._office.pair.to_box[self.timeslot] = SILENCE

    def later(self, at: float, act: Act) -> None:
        """Plan something that holds as long as the state does."""
        self._pending.append(self._office.exchange.timers.set(at, act))

    def talk(self, now: float) -> None:
        """Connect the far end with the box."""
        party, leg = self.party, self.leg
        if party is None or leg is None:
            raise AssertionError("a talk needs a far end")
        leg.answered_at = now
        self.enter(ChannelState.TALKING, party.tape)
        party.start(now)
        for after_s, digits in party.script.keys:
            self.later(now + after_s, partial(self.press, digits))
        if party.script.hang_up_after_s < math.inf:
            self.later(now + party.script.hang_up_after_s, self.far_end_hangs_up)

    def carry(self) -> None:
        """Send 10 ms of sound to the box; silence is sent once."""
        tape = self.tape
        if tape is None:
            return
        if not tape.is_mute:
            self._is_mute = False
            self._office.pair.to_box[self.timeslot] = tape.next_block()
        elif not self._is_mute:
            self._is_mute = True
            self._office.pair.to_box[self.timeslot] = SILENCE

    def cleared_by_box(self, cause: int, now: float) -> None:
        """Note that the box ends the call."""
        if self.leg is not None and not self.leg.is_clearing:
            self.leg.cause, self.leg.is_ended_by_box = cause, True
            self.note(now, "disconnect", f"cause={cause}")
            self._end_party(cause, now)
            self.enter(ChannelState.CLEARING)

    def cleared_by_us(self, cause: int, now: float) -> None:
        """Note that this end ends the call."""
        if self.leg is not None and not self.leg.is_clearing:
            self.leg.cause = cause
            if self.party is not None:
                talked = self.party.state is PartyState.TALKING
                self._tell_party(Outcome.HUNG_UP if talked else self._own_reason(cause), cause, now)
            self.enter(ChannelState.CLEARING)

    def release(self, cause: int, now: float) -> None:
        """Free the channel and keep the record of its call."""
        leg = self.leg
        if leg is None:
            return
        if not leg.is_clearing:
            leg.cause, leg.is_ended_by_box = cause, True
        self._end_party(leg.cause, now)
        self.note(now, "release", f"cause={leg.cause}")
        self._office.calls.append(
            SpanCall(
                self.timeslot,
                leg.is_to_box,
                leg.caller,
                leg.called,
                leg.began_at,
                leg.answered_at,
                now,
                leg.cause,
                leg.is_ended_by_box,
            )
        )
        self.leg = None
        self.enter(ChannelState.IDLE)

    # people

    def far_end_hangs_up(self, now: float, cause: int = NORMAL) -> None:
        """Let the person on the channel put the phone down, or the exchange end the call with a cause.

        raises  WorldError if nobody is there
        """
        if self.leg is None or self.leg.is_clearing:
            raise WorldError(f"{self.name}: nobody to hang up, the channel is {self.state}")
        talks = self.state is ChannelState.TALKING
        self.note(now, "far-end-hung-up" if talks or not self.leg.is_to_box else "gave-up", f"cause={cause}")
        self._clearer.clear(self, cause, now)

    def press(self, digits: str, now: float, on_s: float = 0.1, off_s: float = 0.1) -> None:
        """Let the far end press keys.

        raises  WorldError if there is no talk, ValueError for what is no key
        """
        self.talking_party().tape.lay(signals.dtmf(digits, on_s, off_s))
        self.note(now, "key", digits)

    def talking_party(self) -> Party:
        """Give the far end of the talk.

        raises  WorldError if there is none
        """
        if self.party is None or self.party.state is not PartyState.TALKING:
            raise WorldError(f"{self.name}: nobody is talking, the channel is {self.state}")
        return self.party

    def save_recording(self) -> None:
        """Write what the person on the channel heard so far."""
        if self.party is not None and self.party.script.record is not None:
            self._office.exchange.save(self.party.script.record, self.party.heard)

    def note(self, now: float, what: str, detail: str = "") -> None:
        """Write an event of this channel."""
        self._office.note(now, what, detail, self.timeslot)

    def _own_reason(self, cause: int) -> Outcome:
        if self.leg is not None and self.leg.is_to_box:
            return Outcome.GAVE_UP if cause == NORMAL else Outcome.NO_ANSWER
        return Outcome.NO_ANSWER

    def _end_party(self, cause: int, now: float) -> None:
        """End the person's call as the box, or the network, ended it."""
        if self.party is None:
            return
        if self.party.state is PartyState.TALKING:
            self._tell_party(Outcome.RELEASED, cause, now)
        elif self.leg is not None and not self.leg.is_to_box:
            self._tell_party(Outcome.GAVE_UP, cause, now)
        else:
            self._tell_party(Outcome.BUSY if cause == BUSY_CAUSE else Outcome.REFUSED, cause, now)

    def _tell_party(self, outcome: Outcome, cause: int, now: float) -> None:
        if self.party is not None:
            self.party.cause = cause
            self.party.end(outcome, now, self._office.exchange.save)
            self.party = None
