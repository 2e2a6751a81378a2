"""ISDN PRI on a span: the calls of its channels over one signalling link (ITU-T Q.931).

Pure: frames and `now` in, frames and what the lines say out. The data link and the coding of messages are the
affair of `Link`; here is what they mean to a channel. Every call is on exactly one channel, or refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

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
    NewCall,
    Proceeding,
    Progress,
    RestartDone,
    Restarted,
    SetupReceived,
)
from firmware.config.models import DirectNumber
from firmware.config.models import Span as Settings
from firmware.lines.types import DChannel, EndReason, Out, SendFrame, SpanNoted
from firmware.media.types import MediaEvent
from firmware.spans import causes, dialling, reasons
from firmware.spans.bearer import AT_REST, BEFORE_TALK, LAST_WORDS_S, BearerLine, Stage
from firmware.spans.dialling import Prefixes
from firmware.spans.link import Link
from firmware.spans.restarts import Restarts
from firmware.spans.settle import Settle
from firmware.text import Text

TAKEN_S = 15.0  # the far end has this long to take a call of ours: T303 twice, and room
CONNECT_S = 14.0  # T313 is 12 s (cext/isdn/call.py): the network acknowledges our answer
CLEAR_S = 45.0  # T305, then T308 twice
RUBBISH_S = 3600.0  # so often it is said that malformed frames come
RUBBISH_OCTETS = 64


class PriSignalling:
    """The signalling of one span.

    settle  looks again whether a channel, or all of them, can be used
    """

    def __init__(
        self, port: str, link: Link, bearers: Mapping[int, BearerLine], settings: Settings, settle: Settle
    ) -> None:
        self.port = port
        self.link = link
        self.settings = settings
        self.numbers: Sequence[DirectNumber] = ()
        self.prefixes = Prefixes()
        self.is_up = False
        self._bearers = bearers
        self._settle = settle
        self._calls: dict[int, BearerLine] = {}
        self._offers: dict[int, SetupReceived] = {}  # incoming, until they are offered
        self._in_band: set[int] = set()  # calls whose channel carries the network's tones
        self._yielded: dict[int, SetupReceived] = {}  # by channel: comes in when ours has been told its end
        self._tell_rubbish_at = 0.0
        self._restarts = Restarts(link.restart)
        self._restarts.doubtful = set(bearers)

    # ---- life ----------------------------------------------------------------------------------

    def start(self, now: float) -> list[Out]:
        """Begin to establish the data link."""
        self.link.start(now)
        return [DChannel(self.port, True), *self._frames()]

    def stop(self, now: float) -> list[Out]:
        """End all calls, and the link."""
        outs = [*self.give_up(now), DChannel(self.port, False)]
        self.link.close(now)
        return outs

    def frame(self, frame: bytes, now: float) -> list[Out]:
        """Take a frame of timeslot 16."""
        before = self.link.rubbish
        outs = self._events(self.link.receive(frame, now), now)
        return [*self._rubbish(frame, now), *outs] if self.link.rubbish != before else outs

    def _rubbish(self, frame: bytes, now: float) -> list[Out]:
        """Say that the far end sends what is no frame or no message: the first, then how many in an hour."""
        if now < self._tell_rubbish_at:
            return []
        self._tell_rubbish_at = now + RUBBISH_S
        start = frame[:RUBBISH_OCTETS].hex()
        data: dict[str, str | int | float] = {"count": self.link.rubbish, "frame": start}
        return [SpanNoted(self.port, "span.bad-frame", data)]

    def line(self, is_up: bool, cas: Sequence[int], now: float) -> list[Out]:
        """The data link finds out by itself."""
        return []

    def cas(self, timeslot: int, abcd: int, now: float) -> list[Out]:
        """Timeslot 16 carries frames, no bits."""
        return []

    def serve(self, bearer: BearerLine, now: float) -> list[Out]:
        """Nothing is to be told: a call for a channel out of service is refused when it comes."""
        return []

    def deadline(self) -> float | None:
        """When `tick` wants to be called."""
        if self._yielded:
            return 0.0
        times = (self.link.deadline(), self._restarts.until)
        return min((at for at in times if at is not None), default=None)

    def tick(self, now: float) -> list[Out]:
        """Act on the deadlines that have come."""
        outs: list[Out] = []
        for timeslot in list(self._yielded):
            outs += self._take(self._bearers[timeslot], self._yielded.pop(timeslot), now)
        at = self._restarts.until
        if at is not None and at <= now:
            noted = [SpanNoted(self.port, "span.no-restart", {})] if self._restarts.tick(now) else []
            outs += [*noted, *self._go_on(now), *self._settle(None)]
        at = self.link.deadline()
        events = self.link.tick(now) if at is not None and at <= now else []
        return [*outs, *self._events(events, now)]

    def give_up(self, now: float) -> list[Out]:
        """The line or the link was gone for too long: end all calls."""
        lost = self._lose(set(Stage) - AT_REST, now)
        return [*lost, *self._go_on(now), *self._frames()]  # under an alarm the link may stand all the time

    def restart(self, now: float) -> list[Out]:
        """Set all channels without a call back to idle, at both ends."""
        self._restarts.doubtful |= {slot for slot, bearer in self._bearers.items() if bearer.stage in AT_REST}
        return [*self._settle(None), *self._go_on(now), *self._frames()]

    def obstacle(self, timeslot: int) -> Text | None:
        """Tell why a channel cannot be used now."""
        if not self.is_up:
            return reasons.NO_LINK
        return reasons.RESTARTING if timeslot in self._restarts.doubtful else None

    # ---- what a channel asks -------------------------------------------------------------------

    def call(self, bearer: BearerLine, number: str, caller: str, now: float) -> list[Out]:
        """Send SETUP for exactly this channel: so that a call never changes its line."""
        called = dialling.to_call(number, self.settings, self.prefixes)
        ours = dialling.of_ours(caller, self.settings)
        outs = bearer.enter(Stage.DIALLING, now + TAKEN_S)
        try:
            bearer.call_id = self.link.setup(NewCall(bearer.timeslot, called, ours), now)
        except IsdnError as error:
            noted = self._noted("span.refused", bearer, text=str(error))
            return [*outs, noted, *bearer.ended(EndReason.LINK_LOST), *bearer.rest(), *self._frames()]
        self._calls[bearer.call_id] = bearer
        return [*outs, *self._frames()]

    def answer(self, bearer: BearerLine, now: float) -> list[Out]:
        """Connect. A user hears nothing before the network has acknowledged; the network need not wait."""
        call = bearer.call_id
        outs = [*bearer.enter(Stage.ANSWERING, now + CONNECT_S), *bearer.listen()]
        outs += self._ask(bearer, lambda: self.link.answer(call, now))
        if self.settings.side == "network":
            outs += bearer.ready()
        return [*outs, *self._frames()]

    def hang_up(self, bearer: BearerLine, reason: EndReason, now: float) -> list[Out]:
        """End a channel's call; `Cleared` frees the channel."""
        return [*self._clear(bearer, causes.told(reason), now), *self._frames()]

    def heard(self, bearer: BearerLine, event: MediaEvent, now: float) -> list[Out]:
        """What is heard on a channel means nothing to the signalling."""
        return []

    def due(self, bearer: BearerLine, now: float) -> list[Out]:
        """The channel's deadline has come."""
        return [*self._due(bearer, now), *self._frames()]

    def _due(self, bearer: BearerLine, now: float) -> list[Out]:
        match bearer.stage:
            case Stage.COLLECTING if bearer.called:
                return self._offer(bearer, now)
            case Stage.COLLECTING:
                return self._clear(bearer, causes.INCOMPLETE, now)
            case Stage.OFFERED:
                return [*bearer.ended(EndReason.TIMEOUT), *self._clear(bearer, causes.NO_ANSWER, now)]
            case Stage.ANSWERING | Stage.DIALLING:
                return [*bearer.ended(EndReason.TIMEOUT), *self._clear(bearer, causes.TIMER, now)]
            case Stage.CALLING:
                return [*bearer.ended(EndReason.NO_ANSWER), *self._clear(bearer, causes.NO_ANSWER, now)]
            case Stage.LAST_WORDS:
                return [*bearer.ended(*bearer.end), *self._clear(bearer, bearer.end[1], now)]
            case Stage.CLEARING:
                return self._stuck(bearer, now)
        return []

    def _stuck(self, bearer: BearerLine, now: float) -> list[Out]:
        """The far end never agreed to the end of a call: the channel is set back."""
        noted = self._noted("span.stuck", bearer)
        self._forget(bearer)
        self._restarts.doubtful.add(bearer.timeslot)
        return [noted, *bearer.rest(), *self._settle(bearer.timeslot), *self._go_on(now)]

    # ---- what the far end says -----------------------------------------------------------------

    def _events(self, events: Sequence[IsdnEvent], now: float) -> list[Out]:
        outs: list[Out] = []
        for event in events:
            outs += self._event(event, now)
        return [*outs, *self._frames()]

    def _event(self, event: IsdnEvent, now: float) -> list[Out]:
        match event:
            case LinkUp() | LinkDown():
                return self._link(isinstance(event, LinkUp), now)
            case SetupReceived():
                return self._setup(event, now)
            case Restarted(channel=channel):
                return self._restarted(channel, now)
            case RestartDone(channel=channel):
                self._restarts.done(channel)
                return [*self._settle(channel or None), *self._go_on(now)]
            case Cleared(call=call, cause=cause):
                return self._cleared(call, cause, now)
        bearer = self._calls.get(event.call)
        if bearer is not None:
            return self._on_call(bearer, event, now)
        if isinstance(event, Disconnected):  # of a call that we have forgotten
            self._try(lambda: self.link.hang_up(event.call, causes.NORMAL, now))
        return []

    def _on_call(self, bearer: BearerLine, event: IsdnEvent, now: float) -> list[Out]:
        match event:
            case DigitsReceived(digits=digits, is_complete=is_complete) if bearer.stage is Stage.COLLECTING:
                bearer.called = dialling.clean(bearer.called + digits)
                return self._collect(bearer, is_complete, now)
            case Proceeding(channel=channel) | MoreDigitsWanted(channel=channel) if (
                channel and channel != bearer.timeslot
            ):  # we asked for this channel and no other
                return [*bearer.ended(EndReason.GLARE), *self._clear(bearer, 6, now)]
            case MoreDigitsWanted() | Proceeding() | Progress() | Alerting():
                return self._on_its_way(bearer, event, now)
            case Connected():
                return self._connected(bearer, now)
            case Disconnected(cause=cause, is_in_band=is_in_band):
                return self._disconnected(bearer, cause, is_in_band, now)
        return []

    def _link(self, is_up: bool, now: float) -> list[Out]:
        if is_up == self.is_up:
            return []
        self.is_up = is_up
        noted = SpanNoted(self.port, "span.link", {"state": "up" if is_up else "down"})
        if is_up:
            self._restarts.link_up(now)
            return [noted, *self._settle(None)]
        self._restarts.link_down()
        # Q.931, 5.8.8: calls that do not talk yet are cleared, the others wait for the link
        return [noted, *self._lose(BEFORE_TALK, now), *self._settle(None)]

    def _lose(self, stages: frozenset[Stage] | set[Stage], now: float) -> list[Out]:
        outs: list[Out] = []
        for bearer in self._bearers.values():
            if bearer.stage in stages:
                call = bearer.call_id
                outs += bearer.ended(EndReason.LINK_LOST, causes.OUT_OF_ORDER)
                if call:
                    self._try(lambda call=call: self.link.hang_up(call, causes.OUT_OF_ORDER, now))  # type: ignore[misc]
                self._forget(bearer)
                self._restarts.doubtful.add(bearer.timeslot)
                outs += [*bearer.rest(), *self._settle(bearer.timeslot)]
        return outs

    # ---- calls that come in --------------------------------------------------------------------

    def _setup(self, setup: SetupReceived, now: float) -> list[Out]:
        wanted = self._bearers.get(setup.channel)
        if not setup.is_voice:
            return self._refuse(setup, causes.NOT_SPEECH, now)
        if wanted is not None and wanted.may_ring:
            self._forget(wanted)
            return self._take(wanted, setup, now)
        if wanted is not None and wanted.stage is Stage.DIALLING and self.settings.side == "user":
            return self._yield(wanted, setup, now)
        if setup.channel and setup.is_exclusive:
            return self._refuse(setup, causes.CHANNEL_TAKEN, now)
        other = next((bearer for bearer in self._bearers.values() if bearer.stage is Stage.IDLE), None)
        if other is None:
            return self._refuse(setup, causes.NO_CIRCUIT, now)
        return self._take(other, setup, now)

    def _yield(self, bearer: BearerLine, setup: SetupReceived, now: float) -> list[Out]:
        """Both ends took the channel: the network's call stays (Q.931, 5.7), ours tries another line.

        The call that comes in is told of only after all have heard the end of ours.
        """
        ours = bearer.call_id
        outs = bearer.ended(EndReason.GLARE, causes.CHANNEL_TAKEN)
        self._forget(bearer)
        self._try(lambda: self.link.hang_up(ours, causes.NORMAL, now))
        self._yielded[bearer.timeslot] = setup
        return [*outs, *bearer.enter(Stage.CLEARING, now + CLEAR_S)]

    def _refuse(self, setup: SetupReceived, cause: int, now: float) -> list[Out]:
        self._try(lambda: self.link.hang_up(setup.call, cause, now))
        data: dict[str, str | int | float] = {
            "channel": setup.channel, "caller": dialling.written(setup.caller, self.prefixes),
            "called": dialling.clean(setup.called.digits), "cause": cause, "text": causes.words(cause).en,
        }  # fmt: skip
        return [SpanNoted(self.port, "span.call-refused", data)]

    def _take(self, bearer: BearerLine, setup: SetupReceived, now: float) -> list[Out]:
        self._restarts.yield_to_call(bearer.timeslot)
        outs = self._settle(bearer.timeslot)
        self._calls[setup.call], self._offers[setup.call] = bearer, setup
        bearer.call_id, bearer.called = setup.call, dialling.clean(setup.called.digits)
        return [*outs, *self._collect(bearer, setup.is_complete, now), *self._go_on(now)]

    def _collect(self, bearer: BearerLine, is_complete: bool, now: float) -> list[Out]:
        """Wait for more digits, or offer the call."""
        if is_complete or dialling.is_whole(bearer.called, self.settings, self.numbers):
            return self._offer(bearer, now)
        call, is_first = bearer.call_id, bearer.stage is not Stage.COLLECTING
        outs = bearer.enter(Stage.COLLECTING, now + self.settings.digits_s)
        if is_first:
            outs += self._ask(bearer, lambda: self.link.want_digits(call, now))
        return outs

    def _offer(self, bearer: BearerLine, now: float) -> list[Out]:
        call = bearer.call_id
        setup = self._offers.pop(call)
        caller = dialling.written(setup.caller, self.prefixes)
        redirecting = dialling.written(setup.redirecting, self.prefixes)
        outs = bearer.offer(caller, setup.name, now, redirecting=redirecting)
        return [*self._ask(bearer, lambda: self.link.proceed(call, bearer.timeslot, now)), *outs]

    # ---- calls that go out ---------------------------------------------------------------------

    def _on_its_way(
        self, bearer: BearerLine, event: MoreDigitsWanted | Proceeding | Progress | Alerting, now: float
    ) -> list[Out]:
        if bearer.stage not in (Stage.DIALLING, Stage.CALLING):
            return []
        outs = bearer.dialed(now) if bearer.stage is Stage.DIALLING else []
        if event.is_in_band:
            self._in_band.add(event.call)
            return [*outs, *bearer.tone(None)]
        if isinstance(event, Alerting) and event.call not in self._in_band:
            return [*outs, *bearer.tone("ringback")]
        return outs

    def _connected(self, bearer: BearerLine, now: float) -> list[Out]:
        match bearer.stage:
            case Stage.ANSWERING:
                return bearer.ready()
            case Stage.DIALLING:
                return [*bearer.dialed(now), *bearer.answered()]
            case Stage.CALLING:
                return bearer.answered()
        return []

    # ---- the end -------------------------------------------------------------------------------

    def _disconnected(self, bearer: BearerLine, cause: int, is_in_band: bool, now: float) -> list[Out]:
        end = (self._reason(bearer, cause), cause)
        if bearer.stage is Stage.CALLING and is_in_band:
            bearer.end = end
            return [*bearer.enter(Stage.LAST_WORDS, now + LAST_WORDS_S), *bearer.tone(None)]
        return [*bearer.ended(*end), *self._clear(bearer, cause or causes.NORMAL, now)]

    def _cleared(self, call: int, cause: int, now: float) -> list[Out]:
        bearer = self._calls.get(call)
        if bearer is None:
            return []
        end = bearer.end if bearer.stage is Stage.LAST_WORDS else (self._reason(bearer, cause), cause)
        outs = bearer.ended(*end)
        self._forget(bearer)
        return [*outs, *bearer.rest(), *self._go_on(now)]

    def _reason(self, bearer: BearerLine, cause: int) -> EndReason:
        """Say in our words why a call ended, as far as its state tells."""
        if (
            bearer.stage in (Stage.OFFERED, Stage.COLLECTING)
            and causes.reason(cause) is EndReason.FAR_HUNG_UP
        ):
            return EndReason.CALLER_GONE
        if not self.is_up:
            return EndReason.LINK_LOST
        reason = causes.reason(cause)
        if bearer.stage is Stage.TALKING and reason in causes.BEFORE_ANSWER:
            return EndReason.FAR_HUNG_UP
        # a channel that is refused before the call went on is no end but a wrong choice
        return (
            EndReason.NETWORK_BUSY
            if reason is EndReason.GLARE and bearer.stage is not Stage.DIALLING
            else reason
        )

    def _restarted(self, channel: int, now: float) -> list[Out]:
        outs: list[Out] = [SpanNoted(self.port, "span.restarted", {"channel": channel})]
        for timeslot, bearer in self._bearers.items():
            if channel in (0, timeslot):
                self._restarts.doubtful.discard(timeslot)
                if bearer.stage not in AT_REST:
                    outs += bearer.ended(EndReason.FAR_RESET)
                    self._forget(bearer)
                    outs += bearer.rest()
                outs += self._settle(timeslot)
        return outs

    def _clear(self, bearer: BearerLine, cause: int, now: float) -> list[Out]:
        """Ask for the end of a call; a call that the link does not know is over at once."""
        call = bearer.call_id
        outs = bearer.enter(Stage.CLEARING, now + CLEAR_S)
        if self._try(lambda: self.link.hang_up(call, cause or causes.NORMAL, now)):
            return outs
        self._forget(bearer)
        return [*outs, *bearer.rest(), *self._settle(bearer.timeslot)]

    def _forget(self, bearer: BearerLine) -> None:
        """The channel's call means nothing any more."""
        self._calls.pop(bearer.call_id, None)
        self._offers.pop(bearer.call_id, None)
        self._in_band.discard(bearer.call_id)
        bearer.call_id = 0

    # ---- small things --------------------------------------------------------------------------

    def _go_on(self, now: float) -> list[Out]:
        """Set the next doubtful channel back."""
        if not self.is_up:
            return []
        try:
            self._restarts.go_on(now, lambda timeslot: self._bearers[timeslot].stage in AT_REST)
        except IsdnError as error:
            self._restarts.done(0)
            return [SpanNoted(self.port, "span.refused", {"text": str(error)}), *self._settle(None)]
        return []

    def _ask(self, bearer: BearerLine, act: Callable[[], None]) -> list[Out]:
        """Do something with the channel's call; the deadline of its stage is the way out if it fails."""
        try:
            act()
        except IsdnError as error:
            return [self._noted("span.refused", bearer, text=str(error))]
        return []

    def _try(self, act: Callable[[], None]) -> bool:
        try:
            act()
        except IsdnError:
            return False
        return True

    def _noted(self, kind: str, bearer: BearerLine, **data: str) -> SpanNoted:
        return SpanNoted(self.port, kind, {"line": bearer.port, "stage": bearer.stage.name.lower(), **data})

    def _frames(self) -> list[Out]:
        return [SendFrame(self.port, frame) for frame in self.link.take_frames()]
