"""An outside line on an FXO port.

    idle --ring--> ringing --answer--> seizing --ready--> talking --far end gone / hang_up--> guard --> idle
    idle --call--> seizing --ready--> dial tone? --digits--> talking

The caller's number comes as FSK between the first and the second ring, so a call is offered when the number
is there, at the second ring, or when no second ring will come in time for it. Where the exchange may send
the number as digits before the first ring, the idle line is listened to, and offered at the first ring.
"""

from __future__ import annotations

from enum import Enum, auto

from firmware.lines import caller_id, reasons
from firmware.lines.caller_id import CallerId
from firmware.lines.types import (
    EndReason,
    LineChanged,
    LineState,
    Listen,
    Monitor,
    Out,
    Release,
    Seize,
    SendDigits,
    TrunkAnswered,
    TrunkDialed,
    TrunkEnded,
    TrunkOffered,
    TrunkReady,
    TrunkRinging,
    TrunkWaiting,
)
from firmware.media.types import CallerIdHeard, DialEnded, DigitHeard, MediaEvent, ToneHeard
from firmware.text import Text
from hal import types as hal

RING_GAP_S = 6.0  # the longest silent part of a public ringing cadence (4 s in China, E.180) and a margin
ANSWER_S = 90.0  # a ringing call that nothing above answers is let go
SEIZE_S = 3.0  # LineReady comes about 0.4 s after off-hook
DIAL_TONE_S = 5.0  # an exchange gives dial tone within 3 s
DIAL_S = 30.0
GUARD_S = 1.0  # the exchange must see the line idle before it is used again
EARLY_ID_S = 10.0  # a number sent before the first ring is of this call for so long
DIGIT_GAP_S = 1.0  # digits further apart do not belong together; EN 300 659-1: 70 ms, some send slower
WAITING_ID_S = 2.0  # the exchange sends within 0.5 s of our answer to its tone, GR-575
ACK_DIGIT, ACK_MS = "D", 60  # what a phone with a display answers, within 100 ms, 55 to 65 ms long
HANG_UP_TONES = frozenset({"busy", "congestion"})


class _Phase(Enum):
    DOWN = auto()
    IDLE = auto()
    RING = auto()  # a burst is on
    RING_GAP = auto()  # between two bursts
    SEIZING = auto()
    DIAL_TONE = auto()
    DIALING = auto()
    TALKING = auto()
    GUARD = auto()


_SHOWN = {
    _Phase.DOWN: LineState.OUT_OF_SERVICE,
    _Phase.IDLE: LineState.IDLE,
    _Phase.RING: LineState.RINGING,
    _Phase.RING_GAP: LineState.RINGING,
    _Phase.GUARD: LineState.IDLE,
}
_ACTIVE = frozenset({_Phase.SEIZING, _Phase.DIAL_TONE, _Phase.DIALING, _Phase.TALKING})
_RINGING = frozenset({_Phase.RING, _Phase.RING_GAP})
_BEFORE_ANSWER = _RINGING | {_Phase.IDLE}


class TrunkLine:
    """The state of one outside line. Pure: events and `now` in, events and commands out."""

    def __init__(
        self,
        port: str,
        channel: int,
        *,
        in_service: bool = True,
        disconnect_polarity: bool = True,
        dtmf_caller_id: bool = False,
        waiting_caller_id: bool = False,
    ) -> None:
        self.port = port
        self.channel = channel
        self.in_service = in_service
        self.disconnect_polarity = disconnect_polarity
        self.dtmf_caller_id = dtmf_caller_id  # the exchange may send it so, before the first ring
        self.waiting_caller_id = waiting_caller_id  # answer the exchange's tone for it in a talk
        self.state = LineState.STARTING
        self.reason: Text | None = None
        self.caller = CallerId()
        self._phase = _Phase.DOWN
        self._deadline: float | None = None
        self._give_up_at = 0.0
        self._is_offered = False
        self._number = ""  # what we dial; empty on an incoming call
        self._is_answered = False
        self._has_port = False
        self._has_battery = True
        self._is_monitoring = False
        self._digits, self._digit_at = "", 0.0  # of caller ID
        self._early: tuple[CallerId, float] | None = None  # what came before the first ring, and when

    @property
    def takes_digits(self) -> bool:
        """Digits heard now are the exchange's, not a person's."""
        return self._phase in _BEFORE_ANSWER

    @property
    def is_free(self) -> bool:
        """The line can be taken for an outgoing call now."""
        return self._phase is _Phase.IDLE

    def deadline(self) -> float | None:
        """When `tick` wants to be called."""
        return self._deadline

    # ---- what the call machine asks ------------------------------------------------------------

    def answer(self, now: float) -> list[Out]:
        """Take the ringing call; `TrunkReady` follows."""
        if self._phase not in _RINGING:
            return []
        return [*self._stop_monitor(), *self._seize(now)]

    def call(self, number: str, now: float) -> list[Out]:
        """Dial out on the free line; `TrunkDialed` or `TrunkEnded` follows.

        raises  ValueError if the line is not free
        """
        if not self.is_free:
            raise ValueError(f"{self.port} is not free")
        self._number = number
        return [*self._stop_monitor(), *self._seize(now)]

    def hang_up(self, now: float) -> list[Out]:
        """Let the line go, whatever it does; says nothing upwards."""
        if self._phase in _RINGING:
            return []  # a ringing line cannot be refused, only left to ring
        if self._phase not in _ACTIVE:
            return []
        return self._let_go(now)

    def configure(
        self,
        *,
        in_service: bool,
        disconnect_polarity: bool,
        dtmf_caller_id: bool = False,
        waiting_caller_id: bool = False,
        now: float,
    ) -> list[Out]:
        """Take new settings; a call in progress is kept."""
        self.in_service = in_service
        self.disconnect_polarity = disconnect_polarity
        self.dtmf_caller_id = dtmf_caller_id
        self.waiting_caller_id = waiting_caller_id
        if self._phase in (_Phase.IDLE, _Phase.DOWN):
            return self._settle(now)
        return []

    # ---- what the port noticed -----------------------------------------------------------------

    def handle(self, event: hal.Event, now: float) -> list[Out]:
        """Take what the port noticed."""
        match event:
            case hal.PortUp():
                self._has_port = True
                return self._settle(now)
            case hal.PortFailed(reason=reason):
                self._has_port = False
                return self._drop(EndReason.PORT_FAILED, reasons.failed(reason))
            case hal.LineLost():
                self._has_battery = False
                return self._drop(EndReason.UNPLUGGED, reasons.UNPLUGGED) if self._has_port else []
            case hal.LineFound():
                self._has_battery = True
                return self._settle(now) if self._phase is _Phase.DOWN else []
            case hal.RingStarted() | hal.RingStopped():
                return self._ring(isinstance(event, hal.RingStarted), now)
        return self._in_call(event, now)

    def _in_call(self, event: hal.Event, now: float) -> list[Out]:
        match event:
            case hal.LineReady() if self._phase is _Phase.SEIZING:
                return self._ready(now)
            case hal.LoopDropped() if self._phase in _ACTIVE:
                return self._far_end_gone(EndReason.LOOP_DROP, now)
            case hal.PolarityReversed() if self._phase is _Phase.TALKING:
                return self._reversed(now)
        return []

    def heard(self, event: MediaEvent, now: float) -> list[Out]:
        """Take what the engine heard on the line."""
        match event:
            case CallerIdHeard(message=message):
                return self._told_caller(caller_id.parse(message), now)
            case DigitHeard(digit=digit) if self.takes_digits:
                return self._caller_digit(digit, now)
            case ToneHeard(tone="cas") if self._phase is _Phase.TALKING and self.waiting_caller_id:
                self._deadline = now + WAITING_ID_S
                return [SendDigits(self.port, ACK_DIGIT, ACK_MS), *self._start_monitor()]
            case ToneHeard(tone="dial") if self._phase is _Phase.DIAL_TONE:
                self._phase, self._deadline = _Phase.DIALING, now + DIAL_S
                return [SendDigits(self.port, self._number)]
            case ToneHeard(tone=tone) if self._phase is _Phase.TALKING and tone in HANG_UP_TONES:
                never_answered = bool(self._number) and not self._is_answered
                return self._far_end_gone(
                    EndReason.REMOTE_BUSY if never_answered else EndReason.BUSY_TONE, now
                )
            case DialEnded() if self._phase is _Phase.DIALING:
                self._phase, self._deadline = _Phase.TALKING, None
                return [TrunkDialed(self.port)]
        return []

    def tick(self, now: float) -> list[Out]:
        """Act on the deadline, if it has come."""
        if self._deadline is None or now < self._deadline:
            return []
        self._deadline = None
        match self._phase:
            case _Phase.RING | _Phase.RING_GAP:
                return self._caller_gone(now)
            case _Phase.SEIZING | _Phase.DIALING:
                return self._far_end_gone(EndReason.TIMEOUT, now)
            case _Phase.DIAL_TONE:
                return self._far_end_gone(EndReason.NO_DIAL_TONE, now)
            case _Phase.GUARD:
                return self._settle(now)
            case _Phase.TALKING:  # no caller ID came after the exchange's tone for it
                return self._stop_monitor()
        return []

    # ---- steps ---------------------------------------------------------------------------------

    def _ring(self, is_on: bool, now: float) -> list[Out]:
        if is_on and self._phase is _Phase.IDLE:
            return self._first_ring(now)
        if is_on and self._phase is _Phase.RING_GAP:
            return [*self._stop_monitor(), *self._enter(_Phase.RING, self._give_up_at), *self._offer()]
        if not is_on and self._phase is _Phase.RING:
            listen = [] if self._is_offered else self._start_monitor()
            return [*self._enter(_Phase.RING_GAP, min(now + RING_GAP_S, self._give_up_at)), *listen]
        return []

    def _first_ring(self, now: float) -> list[Out]:
        self.caller, self._is_offered = CallerId(), False
        self._give_up_at = now + ANSWER_S
        ringing: list[Out] = [*self._enter(_Phase.RING, self._give_up_at), TrunkRinging(self.port)]
        early = self._early_caller(now)
        if early is None:
            return ringing
        self.caller = early
        return [*ringing, *self._stop_monitor(), *self._offer()]

    def _early_caller(self, now: float) -> CallerId | None:
        """Take the number that came before this ring, if one did."""
        early, self._early = self._early, None
        if early is not None and now <= early[1] + EARLY_ID_S:
            return early[0]
        digits, self._digits = self._digits, ""
        is_fresh = now <= self._digit_at + EARLY_ID_S
        return caller_id.parse_digits(digits, is_over=True) if is_fresh else None

    def _caller_digit(self, digit: str, now: float) -> list[Out]:
        if now > self._digit_at + DIGIT_GAP_S:
            self._digits = ""
        self._digits = (self._digits + digit)[-2 * caller_id.MAX_DIGITS :]
        self._digit_at = now
        caller = caller_id.parse_digits(self._digits)
        if caller is None:
            return []
        self._digits = ""
        return self._told_caller(caller, now)

    def _told_caller(self, caller: CallerId | None, now: float) -> list[Out]:
        """Take a caller's number, of the call that rings, will ring, or waits."""
        if self._phase is _Phase.IDLE and caller is not None:
            self._early = (caller, now)
        elif self._phase in _RINGING:
            self.caller = caller or self.caller
            return [*self._stop_monitor(), *self._offer()]
        elif self._phase is _Phase.TALKING:
            self._deadline = None
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
        self._is_answered = False
        return [Seize(self.port), *self._enter(_Phase.SEIZING, now + SEIZE_S)]

    def _ready(self, now: float) -> list[Out]:
        listen = Listen(self.port, True)
        if self._number:
            return [listen, *self._enter(_Phase.DIAL_TONE, now + DIAL_TONE_S)]
        return [listen, *self._enter(_Phase.TALKING, None), TrunkReady(self.port)]

    def _reversed(self, now: float) -> list[Out]:
        if self._number and not self._is_answered:
            self._is_answered = True
            return [TrunkAnswered(self.port)]
        return self._far_end_gone(EndReason.POLARITY, now) if self.disconnect_polarity else []

    def _far_end_gone(self, reason: EndReason, now: float) -> list[Out]:
        return [*self._let_go(now), TrunkEnded(self.port, reason)]

    def _let_go(self, now: float) -> list[Out]:
        self._number = ""
        return [
            *self._stop_monitor(),
            *(Listen(self.port, False), Release(self.port)),
            *self._enter(_Phase.GUARD, now + GUARD_S),
        ]

    def _drop(self, reason: EndReason, why: Text) -> list[Out]:
        outs: list[Out] = []
        if self._phase in _ACTIVE:
            outs = [Listen(self.port, False), Release(self.port), TrunkEnded(self.port, reason)]
        elif self._phase in _RINGING:
            outs = [TrunkEnded(self.port, reason)]
        outs = [*self._stop_monitor(), *outs]
        self._number = ""
        return [*outs, *self._enter(_Phase.DOWN, None, why)]

    def _settle(self, now: float) -> list[Out]:
        """Go to rest: idle, or down with the reason why."""
        if not self._has_port:
            return []
        if not self._has_battery:
            return [*self._stop_monitor(), *self._enter(_Phase.DOWN, None, reasons.UNPLUGGED)]
        if not self.in_service:
            return [*self._stop_monitor(), *self._enter(_Phase.DOWN, None, reasons.SWITCHED_OFF)]
        listen = self._start_monitor() if self.dtmf_caller_id else self._stop_monitor()
        return [*self._enter(_Phase.IDLE, None), *listen]

    def _enter(self, phase: _Phase, deadline: float | None, reason: Text | None = None) -> list[Out]:
        self._phase, self._deadline = phase, deadline
        state = _SHOWN.get(phase, LineState.IN_USE)
        if (state, reason) == (self.state, self.reason):
            return []
        self.state, self.reason = state, reason
        return [LineChanged(self.port, state, reason)]
