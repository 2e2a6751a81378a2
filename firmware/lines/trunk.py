"""An outside line on an FXO port.

    idle --ring--> ringing --answer--> seizing --ready--> talking --far end gone / hang_up--> guard --> idle
    idle --call--> seizing --ready--> dial tone? --digits--> talking
    idle --other phone lifted--> elsewhere --put down--> idle
    down --connected--> found --a ring's pause without a ring--> idle
    any off-hook --overload--> cooling --> idle
    at rest --line doctor--> lent --given back / it rings / emergency call--> guard --> idle

The caller's number comes as FSK between the first and the second ring, so a call is offered when the number
is there, at the second ring, or when no second ring will come in time for it. Where the exchange may send
the number as digits before the first ring, the idle line is listened to, and offered at the first ring.
"""

from __future__ import annotations

from firmware.lines import caller_id, reasons
from firmware.lines.answer import Answer
from firmware.lines.caller_id import CallerId
from firmware.lines.early_id import EarlyId
from firmware.lines.phase import ACTIVE, AT_REST, BEFORE_ANSWER, READY, RINGING, SHOWN, TAKES_RING, Phase
from firmware.lines.rest import Rest
from firmware.lines.supervision import Service, Supervision
from firmware.lines.types import (
    EndReason,
    Flash,
    LineChanged,
    LineState,
    Listen,
    Monitor,
    Out,
    Release,
    Seize,
    SendDigits,
    SendPulses,
    TrunkAnswered,
    TrunkDialed,
    TrunkEnded,
    TrunkOffered,
    TrunkReady,
    TrunkRecalled,
    TrunkRinging,
    TrunkWaiting,
    Watch,
    WatchVoice,
)
from firmware.media.types import (
    AnswerHeard,
    CallerIdHeard,
    DialEnded,
    DigitHeard,
    MediaEvent,
    SilenceHeard,
    ToneHeard,
    VoiceHeard,
)
from firmware.text import Text
from hal import types as hal

RING_GAP_S = 6.0  # the longest silent part of a public ringing cadence (4 s in China, E.180) and a margin
ANSWER_S = 90.0  # a ringing call that nothing above answers is let go
SEIZE_S = 3.0  # LineReady comes about 0.4 s after off-hook
DIAL_TONE_S = 5.0  # an exchange gives dial tone within 3 s
DIAL_S = 30.0
PULSE_DIGIT_S = 2.0  # the longest digit, ten pulses of 0.1 s, and the pause after it
GUARD_S = 1.0  # the exchange must see the line idle before it is used again
LOOP_DEAD_S = 5.0  # a loop that stays open so long is no signal but a dead line
COOLING_S = 60.0  # after an overload
WAITING_ID_S = 2.0  # the exchange sends within 0.5 s of our answer to its tone, GR-575
ACK_DIGIT, ACK_MS = "D", 60  # what a phone with a display answers, within 100 ms, 55 to 65 ms long
HANG_UP_TONES = {"busy": EndReason.BUSY_TONE, "congestion": EndReason.CONGESTION_TONE}


class TrunkLine:
    """The state of one outside line. Pure: events and `now` in, events and commands out."""

    def __init__(self, port: str, channel: int, supervision: Supervision | None = None) -> None:
        self.port = port
        self.channel = channel
        self.supervision = supervision or Supervision()
        self.state = LineState.STARTING
        self.reason: Text | None = None
        self.caller = CallerId()
        self._phase = Phase.DOWN
        self._deadline: float | None = None
        self._give_up_at = 0.0
        self._is_offered = False
        self._number = ""  # what we dial; empty on an incoming call
        self._answer = Answer()
        self._rest = Rest()
        self._is_lent_to_ring = False  # the doctor waits for a call on it
        self._loop_dead_at: float | None = None  # the loop is open, and that alone ends no call
        self._is_monitoring = False
        self._early = EarlyId()
        self._waiting_until: float | None = None  # for the caller ID of a waiting call

    @property
    def takes_digits(self) -> bool:
        """Digits heard now are the exchange's, not a person's."""
        return self._phase in BEFORE_ANSWER

    @property
    def is_free(self) -> bool:
        """The line can be taken for an outgoing call now."""
        return self._phase is Phase.IDLE

    @property
    def is_resting(self) -> bool:
        """The line works, but is not to be used now: an emergency call may."""
        is_at_rest = self._phase in (Phase.DOWN, Phase.LENT, Phase.FOUND)
        return is_at_rest and self._rest.is_whole and not self._rest.is_elsewhere

    @property
    def is_draining(self) -> bool:
        """The line carries a call, and will take no other after it."""
        return self._phase in ACTIVE and self.supervision.service is not Service.IN_SERVICE

    def deadline(self) -> float | None:
        """When `tick` wants to be called."""
        times = (self._deadline, self._answer.due, self._loop_dead_at, self._waiting_until)
        return min((at for at in times if at is not None), default=None)

    # ---- what the call machine asks ------------------------------------------------------------

    def answer(self, now: float) -> list[Out]:
        """Take the ringing call; `TrunkReady` follows."""
        if self._phase not in RINGING:
            return []
        return [*self._stop_monitor(), *self._seize(now)]

    def call(self, number: str, now: float, caller: str = "") -> list[Out]:
        """Dial out; `TrunkDialed` or `TrunkEnded` follows.

        A line that was just let go is dialled on as soon as the exchange has seen that. A line out of
        service by the settings obeys: only emergency calls ask for it.
        raises  ValueError if the line cannot be taken
        """
        if self._phase is Phase.GUARD:
            self._number = number
            return []
        if not (self.is_free or self.is_resting):
            raise ValueError(f"{self.port} is not free")
        self._number = number
        if self._phase is Phase.LENT:
            return [TrunkRecalled(self.port), *self._enter(Phase.GUARD, now + GUARD_S)]
        return [*self._stop_monitor(), *self._seize(now)]

    def hang_up(self, now: float, reason: EndReason = EndReason.PHONE_HUNG_UP) -> list[Out]:
        """Let the line go, whatever it does; says nothing upwards. An analog line cannot tell why."""
        if self._phase in RINGING:
            return []  # a ringing line cannot be refused, only left to ring
        if self._phase is Phase.GUARD:
            self._number = ""  # waited for the guard to pass
        if self._phase not in ACTIVE:
            return []
        return self._let_go(now)

    def flash(self) -> list[Out]:
        """Ask the exchange for the caller who waits, or for the first one back."""
        return [Flash(self.port, self.supervision.flash_ms)] if self._phase is Phase.TALKING else []

    def lend(self, now: float, *, to_ring: bool = False) -> list[Out]:
        """Give the line to the line doctor until `give_back`, or until `TrunkRecalled`.

        to_ring  the doctor waits for a call, so ringing does not recall it
        raises   ValueError while it carries a call or rings, or its port does not work
        """
        if self._phase not in AT_REST or not self._rest.has_port:
            raise ValueError(f"{self.port} is {self.state}")
        self._is_lent_to_ring = to_ring
        return [*self._stop_monitor(), *self._enter(Phase.LENT, None, reasons.LENT)]

    def give_back(self, now: float) -> list[Out]:
        """Take the line back from the doctor, who has let it go."""
        if self._phase is not Phase.LENT:
            return []
        return self._enter(Phase.GUARD, now + GUARD_S)

    def configure(self, supervision: Supervision, now: float) -> list[Out]:
        """Take new settings; a call in progress is kept, unless the line is to carry none at all."""
        self.supervision = supervision
        if self._phase in AT_REST:
            return self._settle(now)
        if supervision.service is Service.OUT and self._phase in ACTIVE:
            return self._far_end_gone(EndReason.OPERATOR, now)
        return []

    # ---- what the port noticed -----------------------------------------------------------------

    def handle(self, event: hal.Event, now: float) -> list[Out]:
        """Take what the port noticed."""
        match event:
            case hal.PortUp():
                if self.state is not LineState.STARTING:
                    self._rest.may_ring_until = now + RING_GAP_S
                self._rest.has_port = True
                return self._settle(now)
            case hal.PortFailed(reason=reason):
                self._rest.has_port = False
                return self._drop(EndReason.PORT_FAILED, reasons.failed(reason))
            case hal.LineLost() if self._phase is Phase.LENT:
                self._rest.has_battery = False
            case hal.LineLost():
                self._rest.has_battery = False
                return self._drop(EndReason.UNPLUGGED, reasons.UNPLUGGED) if self._rest.has_port else []
            case hal.LineFound():
                self._rest.has_battery, self._rest.may_ring_until = True, now + RING_GAP_S
                return self._settle(now) if self._phase is Phase.DOWN else []
            case hal.RingStarted() | hal.RingStopped():
                return self._ring(isinstance(event, hal.RingStarted), now)
            case hal.LineInUse() | hal.LineFree():
                return self._elsewhere(isinstance(event, hal.LineInUse), now)
        return self._in_call(event, now)

    def _in_call(self, event: hal.Event, now: float) -> list[Out]:
        match event:
            case hal.LineReady() if self._phase is Phase.SEIZING:
                return self._ready(now)
            case hal.RingCollision() if self._phase is Phase.SEIZING:
                return [TrunkEnded(self.port, EndReason.GLARE), *self._stand_back(now)]
            case hal.LoopDropped() if self._phase in ACTIVE:
                return self._loop_dropped(now)
            case hal.LoopRestored():
                self._loop_dead_at = None
            case hal.LineOverload() if self._phase in ACTIVE:
                return self._overload(now)
            case hal.PolarityReversed() if self._phase is Phase.TALKING:
                return self._reversed(now)
            case hal.PulsesSent() if self._phase is Phase.DIALING:
                return self._dialed()
        return []

    def heard(self, event: MediaEvent, now: float) -> list[Out]:
        """Take what the engine heard on the line."""
        match event:
            case CallerIdHeard(message=message):
                return self._told_caller(caller_id.parse(message), now)
            case DigitHeard(digit=digit) if self.takes_digits:
                caller = self._early.digit(digit, now)
                return self._told_caller(caller, now) if caller is not None else []
            case ToneHeard(tone="cas") if self._wants_waiting_id():
                self._waiting_until = now + WAITING_ID_S
                return [SendDigits(self.port, ACK_DIGIT, ACK_MS), *self._start_monitor()]
            case ToneHeard(tone="dial") if self._phase is Phase.DIAL_TONE:
                return self._dial(now)
            case ToneHeard(tone=tone) if self._phase is Phase.TALKING and tone in HANG_UP_TONES:
                return self._tone(tone, now)
            case DialEnded() if self._phase is Phase.DIALING:
                return self._dialed()
            case _ if self._phase is Phase.TALKING:
                return self._heard_voice(event, now)
        return []

    def _wants_waiting_id(self) -> bool:
        return self._phase is Phase.TALKING and self.supervision.waiting_caller_id

    def _heard_voice(self, event: MediaEvent, now: float) -> list[Out]:
        match event:
            case AnswerHeard() if self._number and not self._answer.is_given:
                self._answer.by_voice()
                return [TrunkAnswered(self.port)]
            case SilenceHeard():
                return self._far_end_gone(EndReason.SILENCE, now)
            case VoiceHeard() if self._answer.voice():
                return [WatchVoice(self.port, False)]
        return []

    def tick(self, now: float) -> list[Out]:
        """Act on the deadline, if it has come."""
        if self._loop_dead_at is not None and now >= self._loop_dead_at:
            return self._far_end_gone(EndReason.LOOP_DROP, now)
        if self._waiting_until is not None and now >= self._waiting_until:
            self._waiting_until = None
            return [*self._stop_monitor(), *self.tick(now)]
        if self._answer.due is not None and now >= self._answer.due:
            return self._look_at_answer(now)
        if self._deadline is None or now < self._deadline:
            return []
        self._deadline = None
        return self._expired(now)

    def _look_at_answer(self, now: float) -> list[Out]:
        if self._answer.look(now):
            return [WatchVoice(self.port, True)]
        return self._far_end_gone(EndReason.POLARITY, now)

    def _expired(self, now: float) -> list[Out]:
        match self._phase:
            case Phase.RING | Phase.RING_GAP:
                return self._caller_gone(now)
            case Phase.SEIZING | Phase.DIALING:
                return self._far_end_gone(EndReason.TIMEOUT, now)
            case Phase.DIAL_TONE:
                return self._far_end_gone(EndReason.NO_DIAL_TONE, now)
            case Phase.GUARD if self._number and self._rest.is_whole:
                return self._seize(now)
            case Phase.GUARD | Phase.COOLING | Phase.FOUND:
                return self._settle(now)
        return []

    # ---- steps ---------------------------------------------------------------------------------

    def _ring(self, is_on: bool, now: float) -> list[Out]:
        if is_on and self._phase in TAKES_RING:
            return self._first_ring(now)
        if is_on and self._phase is Phase.LENT and not self._is_lent_to_ring:
            return [TrunkRecalled(self.port), *self._settle(now), *self._ring_at_rest(now)]
        if is_on and self._phase is Phase.GUARD:  # the exchange has seen the line idle, and uses it
            ended: list[Out] = [TrunkEnded(self.port, EndReason.GLARE)] if self._number else []
            return [*ended, *self._stand_back(now), *self._ring_at_rest(now)]
        if is_on and self._phase is Phase.RING_GAP:
            return [*self._stop_monitor(), *self._enter(Phase.RING, self._give_up_at), *self._offer()]
        if not is_on and self._phase is Phase.RING:
            listen = [] if self._is_offered else self._start_monitor()
            return [*self._enter(Phase.RING_GAP, min(now + RING_GAP_S, self._give_up_at)), *listen]
        return []

    def _ring_at_rest(self, now: float) -> list[Out]:
        return self._ring(True, now) if self._phase in TAKES_RING else []

    def _elsewhere(self, is_in_use: bool, now: float) -> list[Out]:
        """Another phone on the pair was lifted or put down."""
        self._rest.is_elsewhere = is_in_use
        if self._phase in RINGING and is_in_use:
            ended = TrunkEnded(self.port, EndReason.ANSWERED_ELSEWHERE)
            return [*self._stop_monitor(), ended, *self._settle(now)]
        return self._settle(now) if self._phase in AT_REST else []

    def _first_ring(self, now: float) -> list[Out]:
        self.caller, self._is_offered = CallerId(), False
        self._give_up_at = now + ANSWER_S
        ringing: list[Out] = [*self._enter(Phase.RING, self._give_up_at), TrunkRinging(self.port)]
        early = self._early.take(now)
        return ringing if early is None else [*ringing, *self._told_caller(early, now)]

    def _told_caller(self, caller: CallerId | None, now: float) -> list[Out]:
        """Take a caller's number, of the call that rings, will ring, or waits."""
        if self._phase in READY and caller is not None:
            self._early.keep(caller, now)
        elif self._phase in RINGING:
            self.caller = caller or self.caller
            return [*self._stop_monitor(), *self._offer()]
        elif self._phase is Phase.TALKING:
            self._waiting_until = None
            waits = [TrunkWaiting(self.port, caller.number, caller.name)] if caller is not None else []
            return [*self._stop_monitor(), *waits]
        return []

    def _offer(self) -> list[Out]:
        if self._is_offered:
            return []
        self._is_offered = True
        return [TrunkOffered(self.port, self.caller.number, self.caller.name)]

    def _caller_gone(self, now: float) -> list[Out]:
        return [*self._stop_monitor(), TrunkEnded(self.port, EndReason.CALLER_GONE), *self._settle(now)]

    def _start_monitor(self) -> list[Out]:
        was_monitoring, self._is_monitoring = self._is_monitoring, True
        return [] if was_monitoring else [Monitor(self.port, True)]

    def _stop_monitor(self) -> list[Out]:
        was_monitoring, self._is_monitoring = self._is_monitoring, False
        return [Monitor(self.port, False)] if was_monitoring else []

    def _seize(self, now: float) -> list[Out]:
        return [Seize(self.port, bool(self._number)), *self._enter(Phase.SEIZING, now + SEIZE_S)]

    def _ready(self, now: float) -> list[Out]:
        listen = Listen(self.port, True, agc=self.supervision.agc, hum_hz=self.supervision.hum_hz)
        if self._number:
            return [listen, *self._enter(Phase.DIAL_TONE, now + DIAL_TONE_S)]
        watch = Watch(self.port, self.supervision.silence_s)
        return [listen, watch, *self._enter(Phase.TALKING, None), TrunkReady(self.port)]

    def _dial(self, now: float) -> list[Out]:
        if not self.supervision.is_pulse:
            self._phase, self._deadline = Phase.DIALING, now + DIAL_S
            return [SendDigits(self.port, self._number)]
        digits = "".join(digit for digit in self._number if digit.isdigit())  # no pulses for * and #
        self._phase, self._deadline = Phase.DIALING, now + DIAL_S + PULSE_DIGIT_S * len(digits)
        return [SendPulses(self.port, digits)]

    def _dialed(self) -> list[Out]:
        self._phase, self._deadline = Phase.TALKING, None
        by_voice = self.supervision.answer_by_voice and not self._answer.reverses
        return [Watch(self.port, self.supervision.silence_s, by_voice), TrunkDialed(self.port)]

    def _tone(self, tone: str, now: float) -> list[Out]:
        if self._number and not self._answer.is_given:
            return self._far_end_gone(EndReason.REMOTE_BUSY, now)
        if self.supervision.ends_on(tone):
            return self._far_end_gone(HANG_UP_TONES[tone], now)
        return []

    def _reversed(self, now: float) -> list[Out]:
        if self._number and not self._answer.is_given and self.supervision.answer_polarity:
            self._answer.by_reversal()
            return [TrunkAnswered(self.port)]
        if not self.supervision.disconnect_polarity:
            return []
        if self._answer.doubt(now):
            return []
        return self._far_end_gone(EndReason.POLARITY, now)

    def _loop_dropped(self, now: float) -> list[Out]:
        """An open loop before a talk is a line that cannot be used."""
        if self._phase is not Phase.TALKING or self.supervision.disconnect_loop_drop:
            return self._far_end_gone(EndReason.LOOP_DROP, now)
        self._loop_dead_at = now + LOOP_DEAD_S
        return []

    def _stand_back(self, now: float) -> list[Out]:
        """Leave the line on its hook: it rings, and the call that comes in is taken as any other."""
        self._number = ""
        return self._settle(now)

    def _overload(self, now: float) -> list[Out]:
        """The port has gone on-hook by itself; it must not be seized again at once."""
        ended = TrunkEnded(self.port, EndReason.OVERLOAD)
        let_go = (*self._forget(), Listen(self.port, False), Release(self.port))
        return [*let_go, *self._enter(Phase.COOLING, now + COOLING_S, reasons.OVERLOAD), ended]

    def _far_end_gone(self, reason: EndReason, now: float) -> list[Out]:
        return [*self._let_go(now), TrunkEnded(self.port, reason)]

    def _let_go(self, now: float) -> list[Out]:
        let_go = (*self._forget(), Listen(self.port, False), Release(self.port))
        return [*let_go, *self._enter(Phase.GUARD, now + GUARD_S)]

    def _forget(self) -> list[Out]:
        """The call there was means nothing any more."""
        self._number, self._loop_dead_at, self._waiting_until = "", None, None
        self._answer.forget()
        return self._stop_monitor()

    def _drop(self, reason: EndReason, why: Text) -> list[Out]:
        outs: list[Out] = [TrunkRecalled(self.port)] if self._phase is Phase.LENT else []
        if self._phase in ACTIVE:
            outs = [Listen(self.port, False), Release(self.port), TrunkEnded(self.port, reason)]
        elif self._phase in RINGING:
            outs = [TrunkEnded(self.port, reason)]
        return [*self._forget(), *outs, *self._enter(Phase.DOWN, None, why)]

    def _settle(self, now: float) -> list[Out]:
        """Go to rest: idle, or down with the reason why."""
        if not self._rest.has_port:
            return []
        place = self._rest.place(self.supervision.service, now)
        if place[0] not in READY:
            return [*self._stop_monitor(), *self._enter(*place)]
        listen = self._start_monitor() if self.supervision.dtmf_caller_id else self._stop_monitor()
        return [*self._enter(*place), *listen]

    def _enter(self, phase: Phase, deadline: float | None, reason: Text | None = None) -> list[Out]:
        self._phase, self._deadline = phase, deadline
        state = SHOWN.get(phase, LineState.IN_USE)
        if (state, reason) == (self.state, self.reason):
            return []
        self.state, self.reason = state, reason
        return [LineChanged(self.port, state, reason)]
