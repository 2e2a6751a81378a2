"""The signalling link of a PRI span over libpri: calls are numbers of ours, libpri's pointers stay inside."""

from __future__ import annotations

from typing import Any

from cext.isdn import numbers
from cext.isdn._isdn import ffi, lib
from cext.isdn.call import Call, Stage
from cext.isdn.port import MAX_FRAME, Port, set_clock
from cext.isdn.types import (
    Alerting,
    Cleared,
    Connected,
    DigitsReceived,
    Disconnected,
    IsdnError,
    IsdnEvent,
    LinkDown,
    LinkUp,
    MoreDigitsWanted,
    Number,
    Proceeding,
    Progress,
    RestartDone,
    Restarted,
    SetupReceived,
    Side,
)

ANY_CHANNEL = 0xFF
D_CHANNEL, LAST_CHANNEL = 16, 31
SIGNALLING_ONLY = 1 << 17  # bit of libpri's channel: a call without a bearer channel

# Q.850
NORMAL, NO_CIRCUIT, TEMPORARY, NOT_AVAILABLE = 16, 34, 41, 44
NOT_IMPLEMENTED, NO_SUCH_CHANNEL, TIMER = 69, 82, 102
UNSPECIFIED = 31
WITHOUT_PROCEEDING = (1, NO_CIRCUIT, NOT_AVAILABLE, NO_SUCH_CHANNEL, 88)
"""Causes that libpri sends as the first answer to a SETUP; with others it would send nothing at all."""


class PriLink:
    """One D-channel; see firmware/spans/link.py for what each method promises."""

    def __init__(self, side: Side) -> None:
        self.side = side
        self._port: Port | None = None
        self._now = 0.0
        self._is_up = False
        self._calls: dict[int, Call] = {}
        self._by_pointer: dict[int, Call] = {}
        self._last_call = 0
        self._pending: list[IsdnEvent] = []

    # -- the data link

    def start(self, now: float) -> None:
        """Begin to establish the data link."""
        self._now = max(self._now, now)
        if self._port is None:
            self._port = Port(self.side, self._now)

    def receive(self, frame: bytes, now: float) -> list[IsdnEvent]:
        """Take a frame with a good FCS; rubbish is counted and ignored."""
        port = self._at(now)
        if port is None or not 3 <= len(frame) <= MAX_FRAME:
            return self._take_pending()
        event = port.receive(frame)
        if event:
            self._on_event(event)
        self._sweep()
        return self._take_pending()

    def tick(self, now: float) -> list[IsdnEvent]:
        """Act on the deadline, if it has come."""
        port = self._at(now)
        if port is None:
            return []
        self._run_timers(port)
        for call in [call for call in self._calls.values() if call.deadline and call.deadline <= self._now]:
            self._lose_patience(call)
        self._sweep()
        return self._take_pending()

    def deadline(self) -> float | None:
        """When `tick` wants to be called."""
        if self._port is None:
            return None
        if self._pending:
            return self._now
        times = [call.deadline for call in self._calls.values() if call.deadline is not None]
        soonest = self._port.next_s()
        return min(times, default=soonest) if soonest is None else min([soonest, *times])

    def take_frames(self) -> list[bytes]:
        """Give the frames to be sent, oldest first."""
        if self._port is None:
            return []
        frames, self._port.sent = self._port.sent, []
        return frames

    @property
    def is_up(self) -> bool:
        """The data link stands."""
        return self._is_up

    @property
    def words(self) -> list[str]:
        """The last things libpri had to say, for diagnosis."""
        return list(self._port.words) if self._port else []

    @property
    def calls(self) -> dict[int, int]:
        """The channel of each call there is, 0 for one that has none yet."""
        return {call.number: call.channel for call in self._calls.values()}

    # -- calls out

    def setup(
        self,
        channel: int,
        called: Number,
        caller: Number,
        now: float,
        *,
        name: str = "",
        redirecting: Number | None = None,
        is_complete: bool = True,
        is_exclusive: bool = True,
    ) -> int:
        """Call; channel 0 leaves it to the far end. raises IsdnError while the data link is down"""
        port = self._up(now)
        for field, number in (("called", called), ("caller", caller), ("redirecting", redirecting)):
            numbers.check_digits(number.digits if number else "", field)
        if channel == D_CHANNEL or not 0 <= channel <= LAST_CHANNEL:
            raise IsdnError(f"channel: {channel} must be 1..15 or 17..31, or 0 for any")
        request = ffi.gc(lib.pri_sr_new(), lib.pri_sr_free)
        is_exclusive = is_exclusive and channel > 0
        lib.pri_sr_set_channel(request, channel or ANY_CHANNEL, is_exclusive, 0)
        lib.pri_sr_set_bearer(request, lib.PRI_TRANS_CAP_3_1K_AUDIO, lib.PRI_LAYER_1_ALAW)
        lib.pri_sr_set_called(request, called.digits.encode(), numbers.plan_of(called), is_complete)
        _set_parties(request, caller, name, redirecting)
        pointer = lib.pri_new_call(port.pri)
        if not pointer or lib.pri_setup(port.pri, pointer, request):
            if pointer:
                lib.pri_destroycall(port.pri, pointer)
            raise IsdnError("libpri does not take the call")
        return self._add(pointer, channel, Stage.CALLING, is_exclusive).number

    def more_digits(self, call: int, digits: str, now: float) -> None:
        """Send more of the number called; digits that come too late are not sent."""
        found = self._call(call, now)
        numbers.check_digits(digits, "digits")
        if found.stage is not Stage.DIALLING:
            return
        for digit in digits:
            lib.pri_information(self._pri, found.pointer, digit.encode())
        found.enter(Stage.DIALLING, self._now)

    # -- calls in

    def want_digits(self, call: int, now: float, *, channel: int = 0, is_in_band: bool = False) -> None:
        """Take an incoming call whose number is not complete."""
        found = self._incoming(call, channel, now)
        if found.stage is Stage.OFFERED:
            lib.pri_setup_ack(self._pri, found.pointer, found.channel, 0, is_in_band)
            found.enter(Stage.TAKEN, self._now)

    def proceed(self, call: int, channel: int, now: float) -> None:
        """Take an incoming call on this channel; its number is complete."""
        found = self._incoming(call, channel, now)
        if found.stage in (Stage.OFFERED, Stage.TAKEN):
            lib.pri_proceeding(self._pri, found.pointer, found.channel, 0)
            found.enter(Stage.TAKEN, self._now)

    def alert(self, call: int, now: float, *, is_in_band: bool = False) -> None:
        """Say that somebody is rung."""
        found = self._incoming(call, 0, now)
        if found.stage in (Stage.OFFERED, Stage.TAKEN):
            lib.pri_acknowledge(self._pri, found.pointer, found.channel, is_in_band)
            found.enter(Stage.TAKEN, self._now)

    def progress(self, call: int, now: float, *, cause: int = 0) -> None:
        """Say that a tone or an announcement sounds on the channel."""
        found = self._incoming(call, 0, now)
        if found.stage not in (Stage.OFFERED, Stage.TAKEN):
            return
        if cause:
            lib.pri_progress_with_cause(self._pri, found.pointer, found.channel, 1, cause)
        else:
            lib.pri_progress(self._pri, found.pointer, found.channel, 1)
        found.enter(Stage.TAKEN, self._now)

    def answer(self, call: int, now: float, *, number: Number | None = None) -> None:
        """Connect an incoming call; `number` says who answers."""
        found = self._incoming(call, 0, now)
        if found.stage not in (Stage.OFFERED, Stage.TAKEN):
            return
        if number is not None:
            numbers.check_digits(number.digits, "number")
            party = ffi.new("struct pri_party_connected_line *")
            numbers.write(party.id.number, number)
            lib.pri_connected_line_update(self._pri, found.pointer, party)
        lib.pri_answer(self._pri, found.pointer, found.channel, 0)
        found.enter(Stage.ANSWERING, self._now)
        if self.side is Side.NETWORK:  # a user need not acknowledge, Q.931 section 5.1.8
            self._connected(found, None)

    # -- the end

    def hang_up(self, call: int, cause: int, now: float) -> None:
        """End a call in any state, or agree to its end; `Cleared` follows."""
        found = self._call(call, now)
        if not 1 <= cause <= 127:
            raise IsdnError(f"cause: {cause} must be 1..127 (Q.850)")
        if found.stage is Stage.CLEARING:
            return
        found.cause = found.cause or cause
        if found.stage is Stage.OFFERED and cause not in WITHOUT_PROCEEDING:
            lib.pri_proceeding(self._pri, found.pointer, found.channel or self._free_channel(), 0)
        lib.pri_hangup(self._pri, found.pointer, cause)
        found.enter(Stage.CLEARING, self._now)
        if not self._is_alive(found):
            self._finish(found)

    def restart(self, channel: int, now: float) -> None:
        """Ask the far end to set a channel back to idle; `RestartDone` follows."""
        self._up(now)
        self._drop_channel(channel)
        lib.pri_reset(self._pri, channel)

    # -- libpri's events

    def _on_event(self, event: Any) -> None:
        handler = _HANDLERS.get(event.e)
        if handler is not None:
            handler(self, event)

    def _on_up(self, event: Any) -> None:
        if not self._is_up:
            self._is_up = True
            self._pending.append(LinkUp())

    def _on_down(self, event: Any) -> None:
        if self._is_up:
            self._is_up = False
            self._pending.append(LinkDown())

    def _on_ring(self, event: Any) -> None:
        ring = event.ring
        stale = self._by_pointer.get(_address(ring.call))
        if stale is not None:  # libpri dropped that call without a word, and made the new one in its place
            self._finish(stale)
        channel = _channel(ring.channel)
        if ring.channel >= 0 and ring.channel & SIGNALLING_ONLY:
            lib.pri_hangup(self._pri, ring.call, NOT_IMPLEMENTED)
        elif channel == D_CHANNEL or channel > LAST_CHANNEL:
            lib.pri_hangup(self._pri, ring.call, NO_SUCH_CHANNEL)
        else:
            self._offer(ring, channel)

    def _offer(self, ring: Any, channel: int) -> None:
        """Offer a call that came; one of two calls on the same channel gives way, Q.931 section 5.7."""
        is_exclusive = not ring.flexible and channel > 0
        rival = self._on_channel(channel)
        if rival is not None and self.side is Side.USER and rival.stage is Stage.CALLING:
            self.hang_up(rival.number, NOT_AVAILABLE, self._now)
            rival = None
        if rival is not None and is_exclusive:
            lib.pri_hangup(self._pri, ring.call, NOT_AVAILABLE)
            return
        channel = 0 if rival is not None else channel
        call = self._add(ring.call, channel, Stage.OFFERED, is_exclusive)
        self._pending.append(
            SetupReceived(
                call.number,
                channel,
                numbers.read(ring.calling.number),
                numbers.from_plan(numbers.text(ring.callednum), ring.calledplan),
                name=numbers.text(ring.calling.name.str) if ring.calling.name.valid else "",
                redirecting=_redirecting(ring.subcmds),
                is_complete=bool(ring.complete),
                is_voice=ring.ctype in (lib.PRI_TRANS_CAP_SPEECH, lib.PRI_TRANS_CAP_3_1K_AUDIO),
                is_exclusive=is_exclusive,
            )
        )

    def _on_digits(self, event: Any) -> None:
        is_keypad = event.e == lib.PRI_EVENT_KEYPAD_DIGIT
        call = self._of(event.digit.call if is_keypad else event.ring.call)
        if call is None or call.stage is not Stage.TAKEN:
            return
        digits = numbers.text(event.digit.digits if is_keypad else event.ring.callednum)
        is_complete = not is_keypad and bool(event.ring.complete)
        self._pending.append(DigitsReceived(call.number, digits, is_complete))

    def _on_setup_ack(self, event: Any) -> None:
        call = self._of(event.setup_ack.call)
        if call is not None and call.is_ours:
            self._use(call, event.setup_ack.channel)
            call.enter(Stage.DIALLING, self._now)
            is_in_band = _is_in_band(event.setup_ack.progressmask)
            self._pending.append(MoreDigitsWanted(call.number, call.channel, is_in_band))

    def _on_proceeding(self, event: Any) -> None:
        call = self._of(event.proceeding.call)
        if call is not None and call.is_ours:
            self._proceeding(call, event.proceeding.channel, _is_in_band(event.proceeding.progressmask))

    def _proceeding(self, call: Call, channel: int, is_in_band: bool) -> None:
        self._use(call, channel)
        call.enter(Stage.PROCEEDING, self._now)
        self._pending.append(Proceeding(call.number, call.channel, is_in_band))

    def _on_ringing(self, event: Any) -> None:
        call = self._of(event.ringing.call)
        if call is None or not call.is_ours:
            return
        if call.stage is Stage.CALLING:
            self._proceeding(call, event.ringing.channel, False)
        call.enter(Stage.ALERTING, self._now)
        self._pending.append(Alerting(call.number, _is_in_band(event.ringing.progressmask)))

    def _on_progress(self, event: Any) -> None:
        call = self._of(event.proceeding.call)
        if call is None or not call.is_ours:
            return
        if call.stage is Stage.CALLING:
            self._proceeding(call, event.proceeding.channel, False)
        call.enter(Stage.ALERTING, self._now)
        is_in_band = _is_in_band(event.proceeding.progressmask)
        self._pending.append(Progress(call.number, is_in_band, max(event.proceeding.cause, 0)))

    def _on_answer(self, event: Any) -> None:
        call = self._of(event.answer.call)
        if call is None:
            return
        number = _connected_number(event.answer.subcmds)
        if call.stage is Stage.CALLING:
            self._proceeding(call, event.answer.channel, False)
        lib.pri_connect_ack(self._pri, call.pointer, 0)
        self._connected(call, number)

    def _on_connect_ack(self, event: Any) -> None:
        call = self._of(event.connect_ack.call)
        if call is not None and call.stage is Stage.ANSWERING:
            self._connected(call, None)

    def _connected(self, call: Call, number: Number | None) -> None:
        call.enter(Stage.TALKING, self._now)
        self._pending.append(Connected(call.number, number))

    def _on_hangup_request(self, event: Any) -> None:
        call = self._of(event.hangup.call)
        if call is None:
            self._forget(event.hangup.call)
            return
        if call.stage is Stage.CLEARING:
            return
        call.cause = call.cause or _cause(event.hangup.cause)
        call.enter(Stage.LEAVING, self._now)
        self._pending.append(Disconnected(call.number, call.cause))

    def _on_hangup(self, event: Any) -> None:
        """RELEASE, or the end that libpri decided: it waits for our word to free the call."""
        pointer, cause = event.hangup.call, event.hangup.cause
        call = self._of(pointer)
        self._forget(pointer)
        if call is not None:
            call.cause = call.cause or _cause(cause)
            self._finish(call)

    def _on_hangup_ack(self, event: Any) -> None:
        call = self._of(event.hangup.call)
        if call is not None:
            call.cause = call.cause or _cause(event.hangup.cause)
            self._finish(call)

    def _on_restart(self, event: Any) -> None:
        channel = _channel(event.restart.channel)
        self._drop_channel(channel)
        self._pending.append(Restarted(channel))

    def _on_restart_ack(self, event: Any) -> None:
        self._pending.append(RestartDone(_channel(event.restartack.channel)))

    # -- bookkeeping

    @property
    def _pri(self) -> Any:
        assert self._port is not None
        return self._port.pri

    def _at(self, now: float) -> Port | None:
        """Set libpri's clock."""
        self._now = max(self._now, now)
        set_clock(self._now)
        return self._port

    def _up(self, now: float) -> Port:
        port = self._at(now)
        if port is None or not self._is_up:
            raise IsdnError("the data link is down: wait for LinkUp")
        return port

    def _call(self, call: int, now: float) -> Call:
        self._at(now)
        if call not in self._calls:
            raise IsdnError(f"there is no call {call}")
        return self._calls[call]

    def _incoming(self, call: int, channel: int, now: float) -> Call:
        """Give a call that came in; its channel is `channel` from now on, unless that is 0."""
        found = self._call(call, now)
        if channel and found.stage is Stage.OFFERED:
            if found.is_exclusive and channel != found.channel:
                raise IsdnError(f"channel: the far end wants {found.channel} and no other")
            found.channel = channel
        if not found.channel:
            raise IsdnError("channel: the far end leaves it to us, `proceed` or `want_digits` must name one")
        return found

    def _of(self, pointer: Any) -> Call | None:
        return self._by_pointer.get(_address(pointer))

    def _on_channel(self, channel: int) -> Call | None:
        return next((call for call in self._calls.values() if channel and call.channel == channel), None)

    def _free_channel(self) -> int:
        taken = {call.channel for call in self._calls.values()}
        return min(set(range(1, LAST_CHANNEL + 1)) - taken - {D_CHANNEL}, default=1)

    def _use(self, call: Call, channel: int) -> None:
        call.channel = _channel(channel) or call.channel

    def _add(self, pointer: Any, channel: int, stage: Stage, is_exclusive: bool) -> Call:
        self._last_call += 1
        call = Call(self._last_call, pointer, channel, stage, is_exclusive)
        self._calls[call.number] = self._by_pointer[_address(pointer)] = call
        return call

    def _finish(self, call: Call) -> None:
        """Forget a call that libpri has freed."""
        del self._calls[call.number]
        del self._by_pointer[_address(call.pointer)]
        self._pending.append(Cleared(call.number, call.cause or UNSPECIFIED))

    def _forget(self, pointer: Any) -> None:
        """Make libpri free a call that is over."""
        if pointer and lib.q931_is_call_valid(self._pri, pointer) and not lib.pri_is_dummy_call(pointer):
            lib.pri_hangup(self._pri, pointer, NORMAL)

    def _is_alive(self, call: Call) -> bool:
        return bool(lib.q931_is_call_valid(self._pri, call.pointer))

    def _drop_channel(self, channel: int) -> None:
        """End the calls of a channel, or of all (0), without a message: the restart is the message."""
        for call in list(self._calls.values()):
            if channel in (0, call.channel):
                lib.pri_destroycall(self._pri, call.pointer)
                call.cause = call.cause or TEMPORARY
                self._finish(call)

    def _lose_patience(self, call: Call) -> None:
        self.hang_up(call.number, call.cause or TIMER, self._now)

    def _run_timers(self, port: Port) -> None:
        due = port.next_s()
        while due is not None and due <= self._now:
            event = lib.pri_schedule_run(port.pri)
            if event:
                self._on_event(event)
            due = port.next_s()

    def _sweep(self) -> None:
        """Find calls that libpri dropped without a word: offered and never taken, or refused with RELEASE."""
        for call in [call for call in self._calls.values() if call.stage in (Stage.OFFERED, Stage.CLEARING)]:
            if not self._is_alive(call):
                self._finish(call)

    def _take_pending(self) -> list[IsdnEvent]:
        events, self._pending = self._pending, []
        return events


def _address(pointer: Any) -> int:
    return int(ffi.cast("uintptr_t", pointer))


def _channel(channel: int) -> int:
    """Give the timeslot of libpri's channel; 0 for any or all."""
    timeslot = channel & 0xFF
    return 0 if channel < 0 or timeslot == ANY_CHANNEL else timeslot


def _cause(cause: int) -> int:
    return cause if 1 <= cause <= 127 else 0


def _is_in_band(mask: int) -> bool:
    return bool(mask & lib.PRI_PROG_INBAND_AVAILABLE)


def _subcommands(commands: Any, kind: int) -> list[Any]:
    count = commands.counter_subcmd if commands else 0
    found = [ffi.addressof(commands.subcmd[index]) for index in range(count)]
    return [command for command in found if command.cmd == kind]


def _redirecting(commands: Any) -> Number | None:
    for command in _subcommands(commands, lib.PRI_SUBCMD_REDIRECTING):
        return numbers.read(getattr(lib.isdn_redirecting(command), "from").number)
    return None


def _connected_number(commands: Any) -> Number | None:
    for command in _subcommands(commands, lib.PRI_SUBCMD_CONNECTED_LINE):
        number = lib.isdn_connected(command).number
        return numbers.read(number) if number.valid else None
    return None


def _set_parties(request: Any, caller: Number, name: str, redirecting: Number | None) -> None:
    """Say who calls, and who sent the call on."""
    party = ffi.new("struct pri_party_id *")
    if caller.digits or caller.presentation.value != "allowed":
        numbers.write(party.number, caller)
    if name:
        numbers.write_name(party.name, name)
    lib.pri_sr_set_caller_party(request, party)
    if redirecting is not None:
        parties = ffi.new("struct pri_party_redirecting *")
        numbers.write(getattr(parties, "from").number, redirecting)
        parties.reason = lib.PRI_REDIR_UNCONDITIONAL
        lib.pri_sr_set_redirecting_parties(request, parties)


_HANDLERS = {
    lib.PRI_EVENT_DCHAN_UP: PriLink._on_up,
    lib.PRI_EVENT_DCHAN_DOWN: PriLink._on_down,
    lib.PRI_EVENT_RING: PriLink._on_ring,
    lib.PRI_EVENT_INFO_RECEIVED: PriLink._on_digits,
    lib.PRI_EVENT_KEYPAD_DIGIT: PriLink._on_digits,
    lib.PRI_EVENT_SETUP_ACK: PriLink._on_setup_ack,
    lib.PRI_EVENT_PROCEEDING: PriLink._on_proceeding,
    lib.PRI_EVENT_PROGRESS: PriLink._on_progress,
    lib.PRI_EVENT_RINGING: PriLink._on_ringing,
    lib.PRI_EVENT_ANSWER: PriLink._on_answer,
    lib.PRI_EVENT_CONNECT_ACK: PriLink._on_connect_ack,
    lib.PRI_EVENT_HANGUP_REQ: PriLink._on_hangup_request,
    lib.PRI_EVENT_HANGUP: PriLink._on_hangup,
    lib.PRI_EVENT_HANGUP_ACK: PriLink._on_hangup_ack,
    lib.PRI_EVENT_RESTART: PriLink._on_restart,
    lib.PRI_EVENT_RESTART_ACK: PriLink._on_restart_ack,
}
