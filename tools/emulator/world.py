"""The world around an emulated board: an exchange with lines and callers, and phones with hands.

The same object runs in virtual time (a test calls `tick` every 10 ms of its own clock) and in real time (the
process of `python -m tools.emulator`). A tick first does what is due, then looks at hooks and ringing, then
moves sound for those lines and phones that carry any; what nobody uses costs a look at its hook.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol, TypeVar, Unpack

from firmware.isdn import open_link
from hal.sim.physics import PhysicsError
from hal.sim.world import FxoWorld, FxsWorld, SpanWorld
from tools.emulator import sound
from tools.emulator.event import WorldError, WorldEvent
from tools.emulator.exchange import THREE_RINGS_S, Exchange, Subscriber, WallClock
from tools.emulator.line import ExchangeLine
from tools.emulator.options import LineOptions
from tools.emulator.party import Party, PartyState, Save
from tools.emulator.phone import FLASH_S, AnalogPhone, Habit, PhoneState
from tools.emulator.script import Audio, Talk, check_digits, samples, script_of
from tools.emulator.span.channel import Channel
from tools.emulator.span.far_end import MakeLink
from tools.emulator.span.office import Request
from tools.emulator.span.options import SpanOptions
from tools.emulator.span.spans import Spans
from tools.emulator.timers import Timers

T = TypeVar("T")

EPOCH = datetime(2026, 1, 5, 9, 0)  # a Monday; what caller ID says at 0 s unless a wall clock is given


class WorldBoard(Protocol):
    """What the world needs of a board; `hal.sim.board.SimBoard` is one."""

    @property
    def fxo(self) -> Sequence[FxoWorld]: ...

    @property
    def fxs(self) -> Sequence[FxsWorld]: ...

    @property
    def spans(self) -> Sequence[SpanWorld]: ...

    def tdm_exchange(self, tx_block: bytes) -> bytes: ...

    def remove_card(self, slot: int) -> None: ...

    def insert_card(self, slot: int, card: str) -> None: ...


class World:
    """Everything outside the box.

    board   the emulated board
    seed    same seed and same verbs = same trace
    lines   options of lines by port name; others have the defaults
    spans   the same of E1 spans
    wall    says what time it is for people at a moment of the World's clock
    save    writes a recording: path, A-law octets
    """

    def __init__(
        self,
        board: WorldBoard,
        *,
        seed: int = 0,
        lines: Mapping[str, LineOptions] | None = None,
        spans: Mapping[str, SpanOptions] | None = None,
        wall: WallClock | None = None,
        save: Save = sound.save,
        make_link: MakeLink = open_link,
    ) -> None:
        self.now = 0.0
        self.trace: list[WorldEvent] = []
        self.keeps_trace = True
        self._board = board
        self._subscribers: list[Callable[[WorldEvent], None]] = []
        self._timers = Timers()
        self.exchange_office = Exchange(self._timers, self._note, save, wall or _epoch_clock, seed)
        options = dict(lines or {})
        self.lines = {
            name: ExchangeLine(name, pair, options.pop(name, LineOptions()), self.exchange_office)
            for name, pair in _named("fxo", board.fxo)
        }
        if options:
            raise WorldError(f"lines: no {', '.join(options)} on this board (lines: {', '.join(self.lines)})")
        self.phones = {
            name: AnalogPhone(name, pair, self.exchange_office) for name, pair in _named("fxs", board.fxs)
        }
        self.spans = Spans(board.spans, spans or {}, self.exchange_office, lambda: self.now, make_link)
        self._line_list = tuple(self.lines.values())
        self._phone_list = tuple(self.phones.values())

    # time and sound

    def tick(self, now: float) -> None:
        """Advance everything to `now`, 10 ms after the last tick; then comes `exchange`."""
        self.now = now
        if self._timers.next_at <= now + 1e-6:
            self._timers.run(now)
        for line in self._line_list:
            if not line.is_broken and line.is_looped is not line.was_off_hook:
                line.hook(not line.was_off_hook, now)
            if line.tape is not None:
                line.carry(now)
        for phone in self._phone_list:
            if (phone.pair.ringing_vrms > 0) is not phone.had_ring_voltage:
                phone.ring_voltage(not phone.had_ring_voltage, now)
            if phone.tape is not None or phone.state is PhoneState.RINGING:
                phone.carry(now)
        self.spans.tick(now)

    def exchange(self, tx_block: bytes) -> bytes:
        """Pass the engine's block to the board and give the board's."""
        return self._board.tdm_exchange(tx_block)

    def subscribe(self, hook: Callable[[WorldEvent], None]) -> Callable[[], None]:
        """Call `hook` with every event from now on; what is given ends that."""
        self._subscribers.append(hook)
        return lambda: self._subscribers.remove(hook)

    def note(self, who: str, what: str, detail: str = "") -> None:
        """Write an event of now."""
        self._note(self.now, who, what, detail)

    def close(self) -> None:
        """Write the recordings that are still running."""
        for line in self._line_list:
            if line.party is not None and line.party.script.record is not None:
                self.exchange_office.save(line.party.script.record, line.party.heard)
        self.spans.close()
        for phone in self._phone_list:
            phone.save_recording()

    # callers and lines

    def call(
        self,
        line: str,
        number: str,
        *,
        name: str = "",
        give_up_after_s: float | None = None,
        request: Request | None = None,
        at_glare: bool = False,
        **talk: Unpack[Talk],
    ) -> Party:
        """Let a caller ring a line of the box.

        line             port name; `any` takes the first idle line, as a hunting group does; `span1` takes
                         a free channel of the span, `span1-5` this one
        number           of the caller; empty = withheld
        give_up_after_s  of ringing
        request          how the call is announced on a span: number called, type of number and so on
        at_glare         on a span: at the moment the box seizes a channel, on that channel
        talk             what the caller does after the answer
        raises           WorldError, SoundError
        """
        if number and (not number.isdigit() or len(number) > 20):
            raise WorldError(f"number {number!r}: allowed are up to 20 digits, or none for a withheld number")
        script = script_of(talk)
        target = self._target(line)
        if target is not None and (request or at_glare):
            raise WorldError(f"{line}: is an analog line, which announces no number called and so on")
        party = self.exchange_office.party(number, script, name)
        if target is None:
            self.spans.offer(line, party, request or Request(), at_glare=at_glare)
        else:
            target.offer(party, self.now)
        if give_up_after_s is not None:
            self._timers.set(self.now + give_up_after_s, lambda _at: self._give_up(party))
        return party

    def hang_up(self, who: Party | str) -> None:
        """Let the far end of a line hang up (handle or line), or a phone.

        raises  WorldError if there is nobody
        """
        if isinstance(who, str) and who in self.phones:
            self.phones[who].hang_up(self.now)
            return
        line = None if isinstance(who, str) else self.lines.get(who.line)
        if line is not None and line.other is who:
            line.waiting_gives_up(self.now)
            return
        self._far_end(who).far_end_hangs_up(self.now)

    def clear(self, channel: Party | str, cause: int) -> None:
        """Let the exchange end the call on a channel of a span with a cause of Q.850. raises WorldError"""
        self.spans.channel_of(channel).far_end_hangs_up(self.now, cause)

    def press(self, who: Party | str, digits: str, *, on_s: float = 0.1, off_s: float = 0.1) -> None:
        """Press keys: a far end (handle or line) or a phone.

        raises  WorldError if that one is not talking, or for what is no key
        """
        check_digits(digits)
        if isinstance(who, str) and who in self.phones:
            self.phones[who].dial(digits, self.now, on_s, off_s)
        else:
            self._far_end(who).press(digits, self.now, on_s, off_s)

    def say(self, who: Party | str, audio: Audio, *, level_db: float = 0.0) -> None:
        """Speak now: a far end (handle or line) or a phone.

        raises  WorldError if that one is not talking, SoundError
        """
        samples = sound.at_level(sound.samples_of(audio), level_db)
        if isinstance(who, str) and who in self.phones:
            self.phones[who].say(samples, self.now)
            return
        line = self._far_end(who)
        line.talking_party().tape.lay(samples)
        self._note(self.now, line.name, "speaks", f"{len(samples) / 8000:.1f} s")

    def unplug(self, line: str) -> None:
        """Pull a line's plug."""
        self._line(line).unplug(self.now)

    def plug(self, line: str) -> None:
        """Put a line's plug back."""
        self._line(line).plug(self.now)

    def noise(self, line: str, dbm0: float, seconds: float) -> None:
        """Put garbage (noise, clicks, whistles) on a line for a while, whatever it does."""
        self._line(line).garble(dbm0, seconds, self.now)

    def ringing(self, line: str, vrms: float, hz: float) -> None:
        """Put a bare alternating voltage on a pair, as another line's ringing or the mains do; 0 ends it."""
        try:
            self._line(line).pair.set_ringing(vrms, hz)
        except PhysicsError as error:
            raise WorldError(f"{line}: {error}") from error
        self._note(self.now, line, "voltage", f"{vrms:g} V {hz:g} Hz")

    def short(self, phone: str, is_on: bool) -> None:
        """Let the wires of a phone touch each other, or no more."""
        self._phone(phone).pair.set_short(is_on)
        self._note(self.now, phone, "shorted" if is_on else "mended", "")

    def polarity(self, line: str) -> None:
        """Swap the wires of a line."""
        self._line(line).swap_wires(self.now)

    def lift_other(self, line: str) -> None:
        """Lift another phone on the pair of a line.

        raises  WorldError if it is lifted already
        """
        self._must(line, lambda pair: pair.lift_other(self.now))

    def hang_up_other(self, line: str) -> None:
        """Put the other phone down. raises WorldError if it is down."""
        self._must(line, lambda pair: pair.hang_up_other(self.now))

    def _must(self, line: str, act: Callable[[ExchangeLine], None]) -> None:
        try:
            act(self._line(line))
        except PhysicsError as error:
            raise WorldError(f"{line}: {error}") from error

    def loop(self, line: str, ohm: float) -> None:
        """Set the resistance of a line's loop. raises ValueError for none that can be."""
        self._line(line).set_loop(ohm, self.now)

    def pull_card(self, slot: int) -> None:
        """Pull a card out of the box; its lines and phones hang in the air.

        raises  WorldError if the slot is empty
        """
        try:
            self._board.remove_card(slot)
        except PhysicsError as error:
            raise WorldError(f"slot {slot}: {error}") from error
        self._note(self.now, "board", "card-pulled", f"slot {slot}")

    def insert_card(self, slot: int, card: str) -> None:
        """Put a card into an empty slot; one of the same kind gets its lines and phones back.

        raises  WorldError if the slot is taken, ValueError for no kind of card
        """
        try:
            self._board.insert_card(slot, card)
        except PhysicsError as error:
            raise WorldError(f"slot {slot}: {error}") from error
        self._note(self.now, "board", "card-inserted", f"slot {slot} {card}")

    def subscriber(
        self,
        number: str,
        *,
        answers_after_s: float | None = THREE_RINGS_S,
        busy: bool = False,
        congested: bool = False,
        cause: int = 0,
        announcement: Audio | None = None,
        hangs_up_after_s: float | None = None,
        **talk: Unpack[Talk],
    ) -> None:
        """Say who answers when the box dials a number.

        answers_after_s  None = never
        cause            the exchange refuses the call with this cause of Q.850 (an analog line: congestion)
        announcement     said before it refuses, on a span
        talk             what the person does after answering
        raises           WorldError, SoundError
        """
        script = script_of({**talk, "hang_up_after_s": hangs_up_after_s})
        patience = math.inf if answers_after_s is None else answers_after_s
        if not 0 <= cause <= 127:
            raise WorldError(f"cause {cause}: allowed are causes of Q.850, 1 to 127, or 0 for none")
        says = samples(announcement)
        self.exchange_office.add(Subscriber(number, patience, busy, congested, cause, says, script))

    # phones

    def lift(self, phone: str) -> None:
        """Take the handset."""
        self._phone(phone).lift(self.now)

    def hang(self, phone: str) -> None:
        """Put the handset down."""
        self._phone(phone).hang_up(self.now)

    def dial(self, phone: str, digits: str, *, on_s: float = 0.1, off_s: float = 0.1) -> None:
        """Press keys of a lifted phone."""
        check_digits(digits)
        self._phone(phone).dial(digits, self.now, on_s, off_s)

    def flash(self, phone: str, *, for_s: float = FLASH_S) -> None:
        """Press the hook shortly."""
        self._phone(phone).flash(self.now, for_s)

    def record(self, phone: str, path: Path | None = None) -> None:
        """Keep what a phone hears until it is hung up; without a path see `phones[name].heard`."""
        self._phone(phone).record(path)

    def answer(
        self, phone: str, *, after_s: float = 2.0, hangs_up_on_busy: bool = True, **talk: Unpack[Talk]
    ) -> None:
        """Let the person at a phone answer whenever it rings.

        after_s           of ringing
        hangs_up_on_busy  on two seconds of busy tone
        talk              what the person does after lifting
        """
        self._phone(phone).habit = Habit(after_s, script_of(talk), hangs_up_on_busy)

    def ignore(self, phone: str) -> None:
        """Let nobody answer a phone any more by itself."""
        self._phone(phone).habit = None

    # names

    def _line(self, name: str) -> ExchangeLine:
        line = self.lines.get(name)
        if line is None:
            raise WorldError(f"no line {name!r}: there are {', '.join(self.lines) or 'none'}")
        return line

    def _phone(self, name: str) -> AnalogPhone:
        phone = self.phones.get(name)
        if phone is None:
            raise WorldError(f"no phone {name!r}: there are {', '.join(self.phones) or 'none'}")
        return phone

    def _far_end(self, who: Party | str) -> ExchangeLine | Channel:
        """Find the line, or the channel of a span, that somebody is on."""
        on_span = self.spans.covers(who if isinstance(who, str) else who.line)
        return self.spans.channel_of(who) if on_span else self._line_of(who)

    def _line_of(self, who: Party | str) -> ExchangeLine:
        if isinstance(who, str):
            return self._line(who)
        line = self._line(who.line)
        if line.party is not who:
            raise WorldError(f"the call of {who.number or 'the withheld number'} is over ({who.outcome})")
        return line

    def _target(self, line: str) -> ExchangeLine | None:
        """Find the analog line that a caller reaches; None for spans."""
        if self.spans.covers(line):
            return None
        return self._hunt() if line == "any" else self._line(line)

    def _hunt(self) -> ExchangeLine:
        for line in self._line_list:
            if line.is_free:
                return line
        if not self._line_list:
            raise WorldError("this board has no outside lines")
        return self._line_list[-1]

    def _give_up(self, party: Party) -> None:
        line = self.lines.get(party.line)
        if line is not None and line.other is party:
            line.waiting_gives_up(self.now)
        elif party.state is PartyState.WAITING:
            self._far_end(party).far_end_hangs_up(self.now)

    def _note(self, at: float, who: str, what: str, detail: str) -> None:
        event = WorldEvent(at, who, what, detail)
        if self.keeps_trace:
            self.trace.append(event)
        for hook in tuple(self._subscribers):
            hook(event)


def _named(kind: str, pairs: Sequence[T]) -> list[tuple[str, T]]:
    return [(f"{kind}{index}", pair) for index, pair in enumerate(pairs, 1)]


def _epoch_clock(now: float) -> datetime:
    return EPOCH + timedelta(seconds=now)
