"""The signalling link of a PRI span over libpri: calls are numbers of ours, libpri's pointers stay inside."""

from __future__ import annotations

from typing import Any

from cext.isdn import guard, numbers
from cext.isdn._isdn import ffi, lib
from cext.isdn.call import Call, Stage
from cext.isdn.hearing import ANY_CHANNEL, CHANNELS, OUT_OF_ORDER, TIMER_EXPIRED, Hearing
from cext.isdn.port import Port, Ports, set_clock
from cext.isdn.types import IsdnError, IsdnEvent, NewCall, Number, Side

MAX_TIMERS = 1000  # run in one tick; libpri has some ten for each call


class PriLink(Hearing):
    """One D-channel, EuroISDN; see firmware/spans/link.py for what each method promises.

    ports  where its instance of libpri comes from, and goes at the end
    """

    def __init__(self, side: Side, ports: Ports | None = None) -> None:
        super().__init__(side)
        self._ports = Ports() if ports is None else ports
        self.frames_refused = 0
        self.messages_mended = 0
        self._malformed = 0

    # -- the data link

    def start(self, now: float) -> None:
        """Begin to establish the data link."""
        self._now = max(self._now, now)
        if self._port is None:
            self._port = self._ports.take(self.side, self._now)

    def close(self, now: float) -> None:
        """Forget all calls without a word and let go of the D-channel; `start` would begin anew."""
        port = self._at(now)
        if port is None:
            return
        self._run_timers(port)
        for call in self._calls.values():
            lib.pri_destroycall(port.pri, call.pointer)
        self._forget()
        self._ports.give_back(port)

    def receive(self, frame: bytes, now: float) -> list[IsdnEvent]:
        """Take a frame with a good FCS; rubbish is counted and ignored."""
        port = self._at(now)
        admitted = guard.admit(frame, self._references)
        if port is None or admitted is None:
            self.frames_refused += 1
            return self._take_pending()
        self.messages_mended += admitted.is_mended
        self._malformed += admitted.is_malformed
        self._is_in_band = admitted.is_in_band
        event = port.receive(admitted.frame)
        if event:
            self._on_event(event)
        self._is_in_band = False
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
        times = [call.deadline for call in self._calls.values()]
        times += [self._port.next_s(), self._restarts.deadline if self._is_up else None]
        return min((due for due in times if due is not None), default=None)

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
    def rubbish(self) -> int:
        """How many frames were none, or had a malformed message."""
        return self.frames_refused + self._malformed

    @property
    def words(self) -> list[str]:
        """The last things libpri had to say, for diagnosis."""
        return list(self._port.words) if self._port else []

    @property
    def calls(self) -> dict[int, int]:
        """The channel of each call there is, 0 for one that has none yet."""
        return {call.number: call.channel for call in self._calls.values()}

    # -- calls out

    def setup(self, new: NewCall, now: float) -> int:
        """Call; gives the call's number. raises IsdnError while the data link is down"""
        port = self._up(now)
        _check(new)
        is_exclusive = new.is_exclusive and new.channel > 0
        request = ffi.gc(lib.pri_sr_new(), lib.pri_sr_free)
        lib.pri_sr_set_channel(request, new.channel or ANY_CHANNEL, is_exclusive, 0)
        lib.pri_sr_set_bearer(request, lib.PRI_TRANS_CAP_3_1K_AUDIO, lib.PRI_LAYER_1_ALAW)
        called = new.called
        lib.pri_sr_set_called(request, called.digits.encode(), numbers.plan_of(called), new.is_complete)
        _set_parties(request, new.caller, new.name, new.redirecting)
        pointer = lib.pri_new_call(port.pri)
        if not pointer:
            raise IsdnError("no call reference is free")
        if lib.pri_setup(port.pri, pointer, request):
            lib.pri_destroycall(port.pri, pointer)
            raise IsdnError("libpri does not take the call")
        return self._add_ours(pointer, new.channel, is_exclusive).number

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
            found.enter(Stage.DIALLED, self._now)

    def proceed(self, call: int, channel: int, now: float) -> None:
        """Take an incoming call on this channel; its number is complete."""
        found = self._incoming(call, channel, now)
        if found.is_unanswered:
            lib.pri_proceeding(self._pri, found.pointer, found.channel, 0)
            found.enter(Stage.TAKEN, self._now)

    def alert(self, call: int, now: float, *, is_in_band: bool = False) -> None:
        """Say that somebody is rung."""
        found = self._incoming(call, 0, now)
        if found.is_unanswered:
            lib.pri_acknowledge(self._pri, found.pointer, found.channel, is_in_band)
            found.enter(Stage.TAKEN, self._now)

    def progress(self, call: int, now: float, *, cause: int = 0) -> None:
        """Say that a tone or an announcement sounds on the channel."""
        found = self._incoming(call, 0, now)
        if not found.is_unanswered:
            return
        lib.pri_proceeding(self._pri, found.pointer, found.channel, 0)
        if cause:
            lib.pri_progress_with_cause(self._pri, found.pointer, found.channel, 1, cause)
        else:
            lib.pri_progress(self._pri, found.pointer, found.channel, 1)
        found.enter(Stage.TAKEN, self._now)

    def answer(self, call: int, now: float, *, number: Number | None = None) -> None:
        """Connect an incoming call; `number` says who answers."""
        found = self._incoming(call, 0, now)
        if not found.is_unanswered:
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
        self._end(found, cause)

    def restart(self, channel: int, now: float) -> None:
        """Ask the far end to set a channel, or all (0), back to idle; `RestartDone` follows."""
        self._up(now)
        if channel and channel not in CHANNELS:
            raise IsdnError(f"channel: {channel} must be 1..15 or 17..31, or 0 for all")
        self._drop_channel(channel)
        for one in (channel,) if channel else CHANNELS:
            self._restarts.add(one)
        self._send_restart()

    # -- inside

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
        if channel and found.stage is Stage.OFFERED and channel != found.channel:
            if found.is_exclusive or channel not in CHANNELS:
                wanted = f"{found.channel}, no other" if found.is_exclusive else "1..15 or 17..31"
                raise IsdnError(f"channel: {channel} must be {wanted}")
            found.channel = channel
        if not found.channel:
            raise IsdnError("channel: the far end leaves it to us, `proceed` or `want_digits` must name one")
        return found

    def _lose_patience(self, call: Call) -> None:
        """End a call whose stage has lasted too long; without a word if words led nowhere."""
        if call.stage not in (Stage.TALKING, Stage.CLEARING):
            self._end(call, call.cause or TIMER_EXPIRED)
            return
        call.cause = call.cause or OUT_OF_ORDER
        lib.pri_destroycall(self._pri, call.pointer)
        self._finish(call)

    def _run_timers(self, port: Port) -> None:
        self._is_timer = True
        for _ in range(MAX_TIMERS):
            due = port.next_s()
            if due is None or due > self._now:
                break
            event = lib.pri_schedule_run(port.pri)
            if event:
                self._on_event(event)
        self._is_timer = False

    def _send_restart(self) -> None:
        channel = self._restarts.due(self._now) if self._is_up else 0
        if channel:
            lib.pri_reset(self._pri, channel)

    def _take_pending(self) -> list[IsdnEvent]:
        if self._port is not None:
            self._send_restart()
        events, self._pending = self._pending, []
        return events


def _check(new: NewCall) -> None:
    """Refuse numbers and channels that cannot be sent. raises IsdnError"""
    for field in ("called", "caller", "redirecting"):
        number = getattr(new, field)
        numbers.check_digits(number.digits if number else "", field)
    if new.channel and new.channel not in CHANNELS:
        raise IsdnError(f"channel: {new.channel} must be 1..15 or 17..31, or 0 for any")


def _set_parties(request: Any, caller: Number, name: str, redirecting: Number | None) -> None:
    """Say who calls, and who sent the call on."""
    party = ffi.new("struct pri_party_id *")
    if caller.digits or caller.presentation is not Number().presentation:
        numbers.write(party.number, caller)
    if name:
        numbers.write_name(party.name, name)
    lib.pri_sr_set_caller_party(request, party)
    if redirecting is not None:
        parties = ffi.new("struct pri_party_redirecting *")
        numbers.write(getattr(parties, "from").number, redirecting)
        parties.reason = lib.PRI_REDIR_UNCONDITIONAL
        lib.pri_sr_set_redirecting_parties(request, parties)
