"""An ISDN exchange at the far end of a span: network side for a line, user side for a tie line.

It gives its channels from the other end than the box is told to, takes what the box dials to the subscribers
of the world, and writes down every call that had a channel. The words of Q.931 are libpri's, through the same
facade as the box's; the frames are the world's own (hdlc.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from cext.isdn import types as isdn
from cext.isdn.types import IsdnError, IsdnEvent, NewCall, Number, Presentation
from firmware.spans.link import Link
from tools.emulator.event import WorldError
from tools.emulator.exchange import BUSY_TONE, CONGESTION, RINGBACK, USER_BUSY, Subscriber
from tools.emulator.party import Outcome, Party
from tools.emulator.signals import samples_of
from tools.emulator.span.channel import NORMAL, Channel, ChannelState
from tools.emulator.span.dchannel import DChannel
from tools.emulator.span.office import Leg, Office, Request, Waiting
from tools.emulator.span.options import timeslots
from tools.emulator.tape import Tape

NO_CHANNEL, NOT_AVAILABLE, NO_ANSWER, INCOMPLETE = 34, 44, 19, 28  # Q.850
TEMPORARY_FAILURE = 41
RING_PATIENCE_S = 60.0
CONNECT_S = 0.8  # from the last digit to the ringing, as on analog lines
FIRST_DIGIT_S = 15.0
NEXT_DIGIT_S = 4.0
REFUSAL_S = 3.0  # of tone


class IsdnExchange:
    """The signalling of one span, and the calls it carries."""

    def __init__(self, office: Office, link: Link, dchannel: DChannel) -> None:
        self.channels = {slot: Channel(slot, office, self) for slot in timeslots(office.options.channels)}
        self.dchannel = dchannel
        self.is_up = False
        self.refused = 0  # calls of the box that never had a channel
        self._office = office
        self._link = link
        self._legs: dict[int, Channel] = {}  # by the link's number of the call
        self._glare: list[Waiting] = []
        self._deadline: float | None = None
        self._is_started = False
        self._deeds: dict[type[IsdnEvent], Callable[..., None]] = {
            isdn.LinkUp: self._link_changed,
            isdn.LinkDown: self._link_changed,
            isdn.SetupReceived: self._setup_received,
            isdn.DigitsReceived: self._digits_received,
            isdn.MoreDigitsWanted: self._more_wanted,
            isdn.Proceeding: partial(self._told, "proceeding"),
            isdn.Alerting: partial(self._told, "alerting"),
            isdn.Progress: partial(self._told, "progress"),
            isdn.Connected: self._connected,
            isdn.Disconnected: self._disconnected,
            isdn.Cleared: self._cleared,
            isdn.Restarted: self._restarted,
            isdn.RestartDone: self._restart_done,
        }

    # time

    def tick(self, now: float) -> None:
        """Move 10 ms of the D-channel, and do what is due."""
        if not self._is_started:
            self._is_started = True
            self._link.start(now)
            self._send(now)
        for frame in self.dchannel.receive():
            self._take(self._link.receive(frame, now), now)
        if self._deadline is not None and now >= self._deadline:
            self._take(self._link.tick(now), now)
        self.dchannel.emit()

    def _take(self, events: Iterable[IsdnEvent], now: float) -> None:
        for event in events:
            self._deeds[type(event)](event, now)
        self._send(now)

    def _send(self, _now: float) -> None:
        for frame in self._link.take_frames():
            self.dchannel.send(frame)
        self._deadline = self._link.deadline()

    # calls to the box

    def offer(self, party: Party, request: Request, now: float, timeslot: int = 0) -> None:
        """Let a caller ring the box, on any free channel or on this one."""
        channel = self.channels.get(timeslot) if timeslot else self._hunt()
        if channel is None or not channel.is_free or not self._link.is_up:
            self._refuse_caller(party, "caller-busy" if self._link.is_up else "no-link", now)
            return
        self._announce(channel, party, request, now)
        self._send(now)

    def offer_at_glare(self, party: Party, request: Request) -> None:
        """Let a caller wait until the box takes a channel, and take the same one in the same moment."""
        party.line = self._office.name
        self._glare.append(Waiting(party, request))

    def _refuse_caller(self, party: Party, why: str, now: float) -> None:
        party.line = self._office.name
        party.cause = NO_CHANNEL
        self._office.note(now, why, party.number)
        party.end(Outcome.BUSY, now, self._office.exchange.save)

    def _hunt(self) -> Channel | None:
        slots = sorted(self.channels, reverse=self._office.options.hunt == "descending")
        return next((self.channels[slot] for slot in slots if self.channels[slot].is_free), None)

    def _announce(self, channel: Channel, party: Party, request: Request, now: float) -> None:
        called = request.to or self._office.options.number
        sent = called if request.overlap_s is None else called[:1]
        reference = self._link.setup(
            NewCall(
                channel.timeslot,
                Number(sent),
                Number(party.number, request.type, presentation=_presentation(party.number, request)),
                name=party.name,
                redirecting=Number(request.redirecting) if request.redirecting else None,
                is_complete=request.overlap_s is None,
            ),
            now,
        )
        leg = Leg(True, party.number, called, now, reference, request, digits_left=called[len(sent) :])
        channel.begin(ChannelState.OFFERED, leg, party)
        self._legs[reference] = channel
        channel.note(now, "setup", f"{party.number or 'withheld'} to {called or 'nobody'}")
        channel.later(now + RING_PATIENCE_S, lambda at: self._ring_in_vain(channel, at))

    def _ring_in_vain(self, channel: Channel, now: float) -> None:
        channel.note(now, "no-answer", "")
        self.clear(channel, NO_ANSWER, now)

    def _more_wanted(self, event: isdn.MoreDigitsWanted, now: float) -> None:
        channel = self._legs.get(event.call)
        if channel is not None and channel.leg is not None:
            channel.note(now, "more-wanted")
            self._dial_on(channel, now)

    def _dial_on(self, channel: Channel, now: float) -> None:
        """Send the next digit of a caller who dials by hand."""
        leg = channel.leg
        if leg is None or channel.state is not ChannelState.OFFERED or not leg.digits_left:
            return
        digit, leg.digits_left = leg.digits_left[0], leg.digits_left[1:]
        self._link.more_digits(leg.reference, digit, now)
        self._send(now)
        if leg.request is not None and leg.request.overlap_s is not None:
            channel.later(now + leg.request.overlap_s, lambda at: self._dial_on(channel, at))

    def _told(self, what: str, event: isdn.Proceeding | isdn.Alerting | isdn.Progress, now: float) -> None:
        channel = self._legs.get(event.call)
        if channel is None or channel.leg is None:
            return
        if isinstance(event, isdn.Proceeding):
            channel.leg.digits_left = ""
        channel.note(now, what, "in-band" if event.is_in_band else "")

    def _connected(self, event: isdn.Connected, now: float) -> None:
        channel = self._legs.get(event.call)
        if channel is not None and channel.state is ChannelState.OFFERED:
            channel.note(now, "connect")
            channel.talk(now)

    # calls of the box

    def _setup_received(self, event: isdn.SetupReceived, now: float) -> None:
        channel = self._channel_for(event, now)
        if channel is None:
            self.refused += 1
            self._office.note(now, "refused", f"{event.called.digits} channel {event.channel}")
            self._link.hang_up(event.call, NOT_AVAILABLE if event.channel else NO_CHANNEL, now)
            return
        leg = Leg(False, event.caller.digits, event.called.digits, now, event.call)
        channel.begin(ChannelState.DIALLING, leg)
        self._legs[event.call] = channel
        channel.note(now, "seized", event.caller.digits)
        if event.is_complete or self._office.exchange.is_complete(event.called.digits):
            self._route(channel, now)
        else:
            self._link.want_digits(event.call, now)
            self._wait_for_digit(channel, now)

    def _channel_for(self, event: isdn.SetupReceived, now: float) -> Channel | None:
        """Find the channel of a call of the box, after whoever waits to collide with it."""
        wanted = self.channels.get(event.channel)
        if self._glare and wanted is not None and wanted.is_free:
            waiting = self._glare.pop(0)
            wanted.note(now, "glare", "")
            self._announce(wanted, waiting.party, waiting.request, now)
        if wanted is not None and wanted.is_free:
            return wanted
        if event.channel and event.is_exclusive:
            return None
        return self._hunt()

    def _wait_for_digit(self, channel: Channel, now: float) -> None:
        leg = channel.leg
        if leg is not None:
            channel.enter(ChannelState.DIALLING)
            patience_s = NEXT_DIGIT_S if leg.called else FIRST_DIGIT_S
            channel.later(now + patience_s, lambda at: self._digits_ended(channel, at))

    def _digits_ended(self, channel: Channel, now: float) -> None:
        if channel.leg is not None and channel.leg.called:
            self._route(channel, now)
            self._send(now)
        else:
            self.clear(channel, INCOMPLETE, now)

    def _digits_received(self, event: isdn.DigitsReceived, now: float) -> None:
        channel = self._legs.get(event.call)
        if channel is None or channel.leg is None or channel.state is not ChannelState.DIALLING:
            return
        channel.leg.called += event.digits
        channel.note(now, "digits", event.digits)
        if event.is_complete or self._office.exchange.is_complete(channel.leg.called):
            self._route(channel, now)
        else:
            self._wait_for_digit(channel, now)

    def _route(self, channel: Channel, now: float) -> None:
        leg = channel.leg
        if leg is None:
            return
        channel.note(now, "dialled", leg.called)
        channel.enter(ChannelState.DIALLING)
        self._link.proceed(leg.reference, channel.timeslot, now)
        channel.later(now + CONNECT_S, lambda at: self._connect(channel, at))

    def _connect(self, channel: Channel, now: float) -> None:
        leg = channel.leg
        if leg is None:
            return
        called = self._office.exchange.find(leg.called)
        if called.refusal:
            self._refuse(channel, called, now)
        else:
            self._ring(channel, called, leg, now)
        self._send(now)

    def _ring(self, channel: Channel, called: Subscriber, leg: Leg, now: float) -> None:
        has_tone = self._office.options.ringback
        channel.note(now, "alerting", "in-band" if has_tone else "")
        self._link.alert(leg.reference, now, is_in_band=has_tone)
        channel.enter(ChannelState.ALERTING, Tape(RINGBACK) if has_tone else None)
        channel.party = self._office.exchange.party(called.number, called.script)
        channel.party.line = channel.name
        channel.later(now + RING_PATIENCE_S, lambda at: self._ring_in_vain(channel, at))
        if called.answers_after_s < RING_PATIENCE_S:
            channel.later(now + called.answers_after_s, lambda at: self._answer(channel, at))

    def _answer(self, channel: Channel, now: float) -> None:
        if channel.leg is not None:
            channel.note(now, "connect", channel.leg.called)
            self._link.answer(channel.leg.reference, now)
            channel.talk(now)
            self._send(now)

    def _refuse(self, channel: Channel, called: Subscriber, now: float) -> None:
        """Refuse a call of the box: at once, or after a tone or an announcement has told why."""
        leg, says = channel.leg, called.announcement
        if leg is None:
            return
        if says is None and not self._office.options.announces:
            self._refusal_ends(channel, called.refusal, now)
            return
        tone = Tape(BUSY_TONE if called.refusal == USER_BUSY else CONGESTION)
        seconds = REFUSAL_S
        if says is not None:
            tone, seconds = Tape(), len(says) / samples_of(1.0)
            tone.lay(says)
        channel.note(now, "progress", f"cause={called.refusal}")
        self._link.progress(leg.reference, now, cause=called.refusal)
        channel.enter(ChannelState.REFUSED, tone)
        channel.later(now + seconds, lambda at: self._refusal_ends(channel, called.refusal, at))

    def _refusal_ends(self, channel: Channel, cause: int, now: float) -> None:
        channel.note(now, "refused", f"cause={cause}")
        self.clear(channel, cause, now)

    # ends

    def clear(self, channel: Channel, cause: int, now: float) -> None:
        """End a call from this side."""
        leg = channel.leg
        if leg is not None and not leg.is_clearing:
            channel.cleared_by_us(cause, now)
            self._link.hang_up(leg.reference, cause, now)
            self._send(now)

    def _disconnected(self, event: isdn.Disconnected, now: float) -> None:
        channel = self._legs.get(event.call)
        if channel is not None:
            channel.cleared_by_box(event.cause or NORMAL, now)
        self._link.hang_up(event.call, event.cause or NORMAL, now)

    def _cleared(self, event: isdn.Cleared, now: float) -> None:
        channel = self._legs.pop(event.call, None)
        if channel is not None:
            channel.release(event.cause or NORMAL, now)

    # the link and its channels

    def dlink(self, is_open: bool, now: float) -> None:
        """Let nothing pass on the D-channel, or everything again."""
        if self.dchannel.is_open is is_open:
            raise WorldError(f"{self._office.name}: the D-channel is {'open' if is_open else 'dead'} already")
        self.dchannel.is_open = is_open
        self._office.note(now, "dlink", "up" if is_open else "down")

    def restart(self, timeslot: int, now: float) -> None:
        """Set a channel (0: the whole span) back to idle; a call on it is over.

        raises  WorldError while the link is down
        """
        if not self._link.is_up:
            raise WorldError(f"{self._office.name}: the data link is down, a restart cannot be asked for")
        try:
            self._link.restart(timeslot, now)
        except IsdnError as error:
            raise WorldError(f"{self._office.name}: {error}") from error
        self._office.note(now, "restart", "", timeslot)
        self._forget(timeslot, now)
        self._send(now)

    def service(self, timeslot: int, is_on: bool, now: float) -> None:
        """Take a channel out of the exchange's service, or back: calls of the box on it are refused.

        raises  WorldError for a channel that there is not, or that is in use
        """
        channel = self.channels.get(timeslot)
        if channel is None or channel.leg is not None:
            raise WorldError(f"{self._office.name}-{timeslot}: is no channel, or in use")
        channel.state = ChannelState.IDLE if is_on else ChannelState.OUT_OF_SERVICE
        channel.note(now, "service", "on" if is_on else "off")

    def _forget(self, timeslot: int, now: float) -> None:
        for channel in self.channels.values():
            if channel.leg is not None and timeslot in (0, channel.timeslot):
                self._legs.pop(channel.leg.reference, None)
                channel.release(TEMPORARY_FAILURE, now)

    def _restarted(self, event: isdn.Restarted, now: float) -> None:
        self._office.note(now, "restarted", "by the box", event.channel)
        self._forget(event.channel, now)

    def _restart_done(self, event: isdn.RestartDone, now: float) -> None:
        self._office.note(now, "restart-done", "", event.channel)

    def _link_changed(self, _event: IsdnEvent, now: float) -> None:
        if self._link.is_up is not self.is_up:
            self.is_up = self._link.is_up
            self._office.note(now, "link-up" if self.is_up else "link-down")


def _presentation(number: str, request: Request) -> Presentation:
    if number or request.presentation is not Presentation.ALLOWED:
        return request.presentation
    return Presentation.RESTRICTED
