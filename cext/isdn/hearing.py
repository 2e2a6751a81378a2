"""What libpri reports of a D-channel, made into events of ours; the calls of a link."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cext.isdn import numbers
from cext.isdn._isdn import ffi, lib
from cext.isdn.call import T309_S, Call, Stage
from cext.isdn.guard import REFERENCE_FLAG
from cext.isdn.port import Port
from cext.isdn.restarts import Restarts
from cext.isdn.types import (
    Alerting,
    Cleared,
    Connected,
    DigitsReceived,
    Disconnected,
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
CHANNELS = (*range(1, 16), *range(17, 32))
MAX_CALLS = 64  # twice the channels: a far end that offers more than it can carry is told so
SIGNALLING_ONLY = 1 << 17  # bit of libpri's channel: a call without a bearer channel

# Q.850
NORMAL, UNSPECIFIED, NO_CIRCUIT, TEMPORARY_FAILURE, NOT_AVAILABLE = 16, 31, 34, 41, 44
NOT_IMPLEMENTED, NO_SUCH_CHANNEL, INCOMPATIBLE = 69, 82, 88
NO_RESPONSE, OUT_OF_ORDER, TIMER_EXPIRED = 18, 27, 102
WITHOUT_PROCEEDING = (1, NO_CIRCUIT, NOT_AVAILABLE, NO_SUCH_CHANNEL, INCOMPATIBLE)
"""Causes that libpri sends as the first answer to a SETUP; with others it would send nothing at all."""


class Hearing:
    """The state of a link, and libpri's events."""

    def __init__(self, side: Side) -> None:
        self.side = side
        self._now = 0.0
        self._last_call = 0
        self._forget()

    def _forget(self) -> None:
        """Be as a link that never started."""
        self._port: Port | None = None
        self._is_up = False
        self._is_in_band = False  # of the message that is being taken
        self._is_timer = False  # what is heard is no message, but a timer of libpri
        self._calls: dict[int, Call] = {}
        self._by_pointer: dict[int, Call] = {}
        self._references: set[int] = set()
        self._restarts = Restarts()
        self._crossed: set[int] = set()  # channels on which a call was offered while a RESTART was under way
        self._pending: list[IsdnEvent] = []

    @property
    def _pri(self) -> Any:
        assert self._port is not None
        return self._port.pri

    def _on_event(self, event: Any) -> None:
        """Take an event of libpri, which lives in one slot: all of it is read before the next call."""
        handler = _HANDLERS.get(event.e)
        if handler is not None:
            handler(self, event)

    # -- the data link

    def _on_up(self, event: Any) -> None:
        if not self._is_up:
            self._is_up = True
            self._restarts.again()
            self._await_link(None)
            self._pending.append(LinkUp())

    def _on_down(self, event: Any) -> None:
        if self._is_up:
            self._is_up = False
            self._pending.append(LinkDown())
            self._await_link(self._now + T309_S)

    def _await_link(self, deadline: float | None) -> None:
        """Give the calls that talk until then."""
        for call in self._calls.values():
            if call.stage is Stage.TALKING:
                call.deadline = deadline

    def _on_misfit(self, event: Any) -> None:
        assert self._port is not None
        self._port.words.append(numbers.text(event.err.err))

    def _on_restart(self, event: Any) -> None:
        channel = _channel(event.restart.channel)
        self._drop_channel(channel)
        self._pending.append(Restarted(channel))

    def _on_restart_ack(self, event: Any) -> None:
        channel = _channel(event.restartack.channel)
        self._restarts.done(channel)
        if channel in self._crossed:  # the far end set it back after it had offered the call
            self._drop_channel(channel)
        self._pending.append(RestartDone(channel))

    def _drop_channel(self, channel: int) -> None:
        """End the calls of a channel, or of all (0), without a message: the restart is the message."""
        for call in list(self._calls.values()):
            if channel in (0, call.channel):
                lib.pri_destroycall(self._pri, call.pointer)
                call.cause = call.cause or TEMPORARY_FAILURE
                self._finish(call)

    # -- calls in

    def _on_ring(self, event: Any) -> None:
        ring = event.ring
        stale = self._of(ring.call)
        if stale is not None:  # libpri dropped that call without a word, and made the new one in its place
            self._finish(stale)
        channel = _channel(ring.channel)
        if ring.channel >= 0 and ring.channel & SIGNALLING_ONLY:
            self._refuse(ring.call, NOT_IMPLEMENTED)
        elif channel and channel not in CHANNELS:
            self._refuse(ring.call, NO_SUCH_CHANNEL)
        elif len(self._calls) >= MAX_CALLS:
            self._refuse(ring.call, NO_CIRCUIT)
        else:
            self._settle(ring, channel)

    def _refuse(self, pointer: Any, cause: int) -> None:
        lib.pri_hangup(self._pri, pointer, cause)
        if lib.q931_is_call_valid(self._pri, pointer):
            lib.pri_destroycall(self._pri, pointer)

    def _settle(self, ring: Any, channel: int) -> None:
        """Let one of two calls on the same channel give way: the network's stays, Q.931 section 5.7."""
        is_exclusive = not ring.flexible and channel > 0
        rivals = [call for call in self._calls.values() if channel and call.channel == channel]
        rival = next((call for call in rivals if call.stage is not Stage.CLEARING), None)
        if rival is None:  # the far end is done with what is being cleared, and its word got lost
            for call in rivals:
                lib.pri_destroycall(self._pri, call.pointer)
                self._finish(call)
        if rival is not None and self.side is Side.USER and rival.stage is Stage.CALLING:
            self._offer(ring, channel, is_exclusive)
            self._end(rival, NOT_AVAILABLE)
        elif rival is None:
            self._offer(ring, channel, is_exclusive)
        elif is_exclusive:
            self._refuse(ring.call, NOT_AVAILABLE)
        else:
            self._offer(ring, 0, is_exclusive)

    def _offer(self, ring: Any, channel: int, is_exclusive: bool) -> None:
        call = self._add(ring.call, channel, Stage.OFFERED, is_exclusive, 0)
        if self._restarts.yield_to_call(channel):
            self._crossed.add(channel)
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
        call = self._of(event.ring.call)
        if call is not None and call.stage is Stage.DIALLED:
            call.enter(Stage.DIALLED, self._now)
            digits = numbers.text(event.ring.callednum)
            self._pending.append(DigitsReceived(call.number, digits, bool(event.ring.complete)))

    def _on_keypad(self, event: Any) -> None:
        call = self._of(event.digit.call)
        if call is not None and call.stage is Stage.DIALLED:
            self._pending.append(DigitsReceived(call.number, numbers.text(event.digit.digits)))

    def _on_connect_ack(self, event: Any) -> None:
        call = self._of(event.connect_ack.call)
        if call is not None and call.stage is Stage.ANSWERING:
            self._connected(call, None)

    # -- calls out

    def _on_setup_ack(self, event: Any) -> None:
        call = self._of(event.setup_ack.call)
        if call is not None and call.is_calling:
            call.channel = _channel(event.setup_ack.channel) or call.channel
            call.enter(Stage.DIALLING, self._now)
            is_in_band = _is_in_band(event.setup_ack.progressmask)
            self._pending.append(MoreDigitsWanted(call.number, call.channel, is_in_band))

    def _on_proceeding(self, event: Any) -> None:
        call = self._of(event.proceeding.call)
        if call is not None and call.is_calling:
            self._proceeding(call, event.proceeding.channel, _is_in_band(event.proceeding.progressmask))

    def _proceeding(self, call: Call, channel: int, is_in_band: bool) -> None:
        call.channel = _channel(channel) or call.channel
        call.enter(Stage.PROCEEDING, self._now)
        self._pending.append(Proceeding(call.number, call.channel, is_in_band))

    def _on_ringing(self, event: Any) -> None:
        call = self._of(event.ringing.call)
        if call is None or not call.is_calling:
            return
        if call.stage is Stage.CALLING:  # the first answer names the channel
            self._proceeding(call, event.ringing.channel, False)
        call.enter(Stage.ALERTING, self._now)
        self._pending.append(Alerting(call.number, _is_in_band(event.ringing.progressmask)))

    def _on_progress(self, event: Any) -> None:
        call = self._of(event.proceeding.call)
        if call is None or not call.is_calling:
            return
        if call.stage is Stage.CALLING:
            self._proceeding(call, event.proceeding.channel, False)
        call.enter(Stage.ALERTING, self._now)
        is_in_band = _is_in_band(event.proceeding.progressmask)
        self._pending.append(Progress(call.number, is_in_band, _cause(event.proceeding.cause)))

    def _on_answer(self, event: Any) -> None:
        call = self._of(event.answer.call)
        if call is None or not call.is_calling:
            return
        number = _connected_number(event.answer.subcmds)
        if call.stage is Stage.CALLING:
            self._proceeding(call, event.answer.channel, False)
        lib.pri_connect_ack(self._pri, call.pointer, 0)
        self._connected(call, number)

    def _connected(self, call: Call, number: Number | None) -> None:
        call.enter(Stage.TALKING, self._now)
        call.deadline = None if self._is_up else self._now + T309_S
        self._pending.append(Connected(call.number, number))

    # -- the end

    def _end(self, call: Call, cause: int) -> None:
        """Send what ends a call; libpri frees it at once if nothing more is to come."""
        call.cause = call.cause or cause
        if call.stage is Stage.OFFERED and cause not in WITHOUT_PROCEEDING:
            lib.pri_proceeding(self._pri, call.pointer, call.channel or self._free_channel(), 0)
        lib.pri_hangup(self._pri, call.pointer, cause)
        call.enter(Stage.CLEARING, self._now)
        if not lib.q931_is_call_valid(self._pri, call.pointer):
            self._finish(call)

    def _on_hangup_request(self, event: Any) -> None:
        """DISCONNECT."""
        call = self._of(event.hangup.call)
        if call is not None and call.stage is not Stage.CLEARING:
            cause = _cause(event.hangup.cause) or UNSPECIFIED
            call.cause = call.cause or cause
            call.enter(Stage.LEAVING, self._now)
            self._pending.append(Disconnected(call.number, cause, self._is_in_band))

    def _on_hangup(self, event: Any) -> None:
        """RELEASE, or an end that libpri found itself: the call is freed when we agree."""
        pointer, cause = event.hangup.call, _cause(event.hangup.cause)
        call = self._of(pointer)
        if call is not None and self._is_timer and call.stage is Stage.CALLING and cause != OUT_OF_ORDER:
            cause = NO_RESPONSE  # T303; libpri gives the cause of the last STATUS it sent, if it sent one
        if lib.q931_is_call_valid(self._pri, pointer) and not lib.pri_is_dummy_call(pointer):
            self._refuse(pointer, cause or NORMAL)
        if call is not None:
            call.cause = call.cause or cause
            self._finish(call)

    def _on_hangup_ack(self, event: Any) -> None:
        call = self._of(event.hangup.call)
        if call is not None:
            call.cause = call.cause or _cause(event.hangup.cause)
            self._finish(call)

    # -- the book of calls

    def _free_channel(self) -> int:
        return min(set(CHANNELS) - {call.channel for call in self._calls.values()}, default=1)

    def _of(self, pointer: Any) -> Call | None:
        return self._by_pointer.get(_address(pointer))

    def _add(self, pointer: Any, channel: int, stage: Stage, is_exclusive: bool, flag: int) -> Call:
        self._last_call += 1
        mode = ffi.new("int *")
        reference = flag | lib.pri_get_crv(self._pri, pointer, mode) << 3 | mode[0]
        call = Call(self._last_call, pointer, reference, channel, stage, is_exclusive)
        call.enter(stage, self._now)
        self._calls[call.number] = self._by_pointer[_address(pointer)] = call
        self._references.add(reference)
        return call

    def _add_ours(self, pointer: Any, channel: int, is_exclusive: bool) -> Call:
        return self._add(pointer, channel, Stage.CALLING, is_exclusive, REFERENCE_FLAG)

    def _finish(self, call: Call) -> None:
        """Forget a call that libpri has freed."""
        self._crossed.discard(call.channel)
        del self._calls[call.number]
        del self._by_pointer[_address(call.pointer)]
        self._references.discard(call.reference)
        self._pending.append(Cleared(call.number, call.cause or UNSPECIFIED))

    def _sweep(self) -> None:
        """Find calls that libpri dropped without a word: offered and never taken, or refused with RELEASE."""
        for call in [call for call in self._calls.values() if call.stage in (Stage.OFFERED, Stage.CLEARING)]:
            if not lib.q931_is_call_valid(self._pri, call.pointer):
                self._finish(call)


def _address(pointer: Any) -> int:
    return int(ffi.cast("uintptr_t", pointer))


def _channel(channel: int) -> int:
    """Give the timeslot of libpri's channel; 0 for any or all."""
    timeslot = channel & 0xFF
    return 0 if channel < 0 or timeslot == ANY_CHANNEL else timeslot


def _cause(cause: int) -> int:
    """Give a cause of Q.850, 0 for none."""
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


_HANDLERS: dict[int, Callable[[Hearing, Any], None]] = {
    lib.PRI_EVENT_DCHAN_UP: Hearing._on_up,
    lib.PRI_EVENT_DCHAN_DOWN: Hearing._on_down,
    lib.PRI_EVENT_CONFIG_ERR: Hearing._on_misfit,
    lib.PRI_EVENT_RESTART: Hearing._on_restart,
    lib.PRI_EVENT_RESTART_ACK: Hearing._on_restart_ack,
    lib.PRI_EVENT_RING: Hearing._on_ring,
    lib.PRI_EVENT_INFO_RECEIVED: Hearing._on_digits,
    lib.PRI_EVENT_KEYPAD_DIGIT: Hearing._on_keypad,
    lib.PRI_EVENT_CONNECT_ACK: Hearing._on_connect_ack,
    lib.PRI_EVENT_SETUP_ACK: Hearing._on_setup_ack,
    lib.PRI_EVENT_PROCEEDING: Hearing._on_proceeding,
    lib.PRI_EVENT_RINGING: Hearing._on_ringing,
    lib.PRI_EVENT_PROGRESS: Hearing._on_progress,
    lib.PRI_EVENT_ANSWER: Hearing._on_answer,
    lib.PRI_EVENT_HANGUP_REQ: Hearing._on_hangup_request,
    lib.PRI_EVENT_HANGUP: Hearing._on_hangup,
    lib.PRI_EVENT_HANGUP_ACK: Hearing._on_hangup_ack,
}
