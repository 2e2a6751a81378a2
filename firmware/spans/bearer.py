"""A channel of a span as an outside line.

    idle --setup--> collecting digits --> offered --answer--> answering --> talking --> clearing --> idle
    idle --call--> dialling --far end took it--> calling --answered--> talking
                   calling --far end gave up, and says so in words--> last words --> clearing --> idle

How that is said to the exchange is the affair of the span's signalling (`Signalling`); the line here keeps
what everybody else wants to know, and the one deadline.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import Protocol

from firmware.lines import reasons as line_reasons
from firmware.lines.supervision import Service
from firmware.lines.types import (
    EndReason,
    LineChanged,
    LineState,
    Listen,
    Out,
    TrunkAnswered,
    TrunkDialed,
    TrunkEnded,
    TrunkOffered,
    TrunkReady,
    TrunkRecalled,
    TrunkRinging,
    TrunkTone,
    Watch,
)
from firmware.media.types import MediaEvent, SilenceHeard
from firmware.spans import causes, reasons
from firmware.spans.wakes import Wakes
from firmware.text import Text

ANSWER_S = 90.0  # an offered call that nothing above answers is let go
CALLING_S = 180.0  # T301: nobody answers
NEXT_CALL_S = 4.0  # an emergency call waits no longer for the end of the one before
RECALL_S = 10.0  # and so long for a span to come back from a test: link 1 s, RESTART of all channels
LAST_WORDS_S = 30.0  # T306: the network's announcement


class Stage(Enum):
    """Where a channel is."""

    DOWN = auto()
    IDLE = auto()
    COLLECTING = auto()
    OFFERED = auto()
    ANSWERING = auto()
    DIALLING = auto()
    CALLING = auto()
    TALKING = auto()
    LAST_WORDS = auto()
    CLEARING = auto()


AT_REST = frozenset({Stage.DOWN, Stage.IDLE})
BEFORE_TALK = frozenset(
    {Stage.COLLECTING, Stage.OFFERED, Stage.ANSWERING, Stage.DIALLING, Stage.CALLING, Stage.LAST_WORDS}
)
OUTGOING = frozenset({Stage.DIALLING, Stage.CALLING, Stage.LAST_WORDS})
_TOLD = frozenset(
    {Stage.OFFERED, Stage.ANSWERING, Stage.DIALLING, Stage.CALLING, Stage.TALKING, Stage.LAST_WORDS}
)
_SHOWN = {
    Stage.DOWN: LineState.OUT_OF_SERVICE,
    Stage.IDLE: LineState.IDLE,
    Stage.COLLECTING: LineState.RINGING,
    Stage.OFFERED: LineState.RINGING,
}
_SERVICE_REASONS = {
    Service.SWITCHED_OFF: line_reasons.SWITCHED_OFF,
    Service.DRAIN: line_reasons.DRAINED,
    Service.OUT: line_reasons.GROUP_OUT,
}


class Signalling(Protocol):
    """What a channel needs of its span's signalling."""

    def call(self, bearer: BearerLine, number: str, caller: str, now: float) -> list[Out]:
        """Call on an idle channel."""

    def answer(self, bearer: BearerLine, now: float) -> list[Out]:
        """Connect the call that is offered."""

    def hang_up(self, bearer: BearerLine, reason: EndReason, now: float) -> list[Out]:
        """End the channel's call in any state; nothing more is said upwards."""

    def heard(self, bearer: BearerLine, event: MediaEvent, now: float) -> list[Out]:
        """Take what the engine heard on the channel."""


class BearerLine:
    """The state of one channel; implements `firmware.lines.outside.Outside`."""

    def __init__(self, port: str, channel: int, timeslot: int, wakes: Wakes) -> None:
        self.port = port
        self.channel = channel
        self.timeslot = timeslot
        self.stage = Stage.DOWN
        self.state = LineState.STARTING
        self.reason: Text | None = None
        self.signalling: Signalling | None = None
        self.obstacle: Text | None = reasons.STARTING  # why no call can be made, if people allowed it
        self.service = Service.IN_SERVICE
        self.silence_s = 600
        self.has_echo = False
        self.has_agc = False
        self.is_open = False  # the engine listens
        self.call_id = 0  # the signalling's
        self.called = ""  # number dialled so far by a caller
        self._next_call: tuple[str, str] | None = (
            None  # an emergency call waits until the one before is cleared
        )
        self._next_until = 0.0
        self.end: tuple[EndReason, int] = (EndReason.FAR_HUNG_UP, 0)  # to be told after the last words
        self._wakes = wakes

    @property
    def takes_digits(self) -> bool:
        """Digits are a person's: the exchange's come by signalling."""
        return False

    @property
    def is_free(self) -> bool:
        """The channel can be taken for an outgoing call now."""
        return self.stage is Stage.IDLE and self._next_call is None

    @property
    def is_resting(self) -> bool:
        """The channel works, but people do not want it to be used: an emergency call may."""
        return self.stage is Stage.DOWN and self.obstacle in (None, reasons.TESTED)

    @property
    def is_draining(self) -> bool:
        """The channel carries a call, and will take no other after it."""
        return self.stage not in AT_REST and self.service is not Service.IN_SERVICE

    @property
    def may_ring(self) -> bool:
        """A caller may come in here."""
        is_ready = self.stage in (Stage.IDLE, Stage.CLEARING)  # the far end may be done with the call before
        is_kept = (
            self.stage is Stage.DOWN and self.service is Service.IN_SERVICE
        )  # by what the far end has mended
        return self._next_call is None and (is_ready or is_kept)

    # ---- what the call machine asks ------------------------------------------------------------

    def answer(self, now: float) -> list[Out]:
        """Connect the call that is offered; `TrunkReady` follows."""
        if self.stage is not Stage.OFFERED or self.signalling is None:
            return []
        return self.signalling.answer(self, now)

    def call(self, number: str, now: float, caller: str = "") -> list[Out]:
        """Call; `TrunkDialed` or `TrunkEnded` follows.

        A channel that is being cleared is called on as soon as the far end has let it go, one that is being
        tested as soon as the signalling is there again.
        """
        if self.stage is Stage.CLEARING and self._next_call is None:
            return self._wait_with(number, caller, now + NEXT_CALL_S)
        if self.stage is Stage.DOWN and self.obstacle is reasons.TESTED and self._next_call is None:
            return [*self._wait_with(number, caller, now + RECALL_S), TrunkRecalled(self.port)]
        if not (self.is_free or self.is_resting) or self.signalling is None:
            return [TrunkEnded(self.port, EndReason.GLARE)]
        return self.signalling.call(self, number, caller, now)

    def _wait_with(self, number: str, caller: str, until: float) -> list[Out]:
        self._next_call, self._next_until = (number, caller), until
        self._wakes.set(self.timeslot, until)
        return []

    def call_next(self, now: float) -> list[Out]:
        """Make the call that has waited."""
        waited, self._next_call = self._next_call, None
        return self.call(waited[0], now, waited[1]) if waited is not None else []

    def hang_up(self, now: float, reason: EndReason = EndReason.PHONE_HUNG_UP) -> list[Out]:
        """End the call; says nothing upwards."""
        self._next_call = None
        if self.stage not in _TOLD or self.signalling is None:
            return []
        return [*self.signalling.hang_up(self, reason, now), *self._shut()]

    def heard(self, event: MediaEvent, now: float) -> list[Out]:
        """Take what the engine heard."""
        if isinstance(event, SilenceHeard) and self.stage is Stage.TALKING and self.signalling is not None:
            ended = self.ended(EndReason.SILENCE)
            return [*ended, *self.signalling.hang_up(self, EndReason.SILENCE, now)]
        return self.signalling.heard(self, event, now) if self.signalling is not None else []

    # ---- what the signalling says --------------------------------------------------------------

    def offer(self, caller: str, name: str, now: float, *, redirecting: str = "") -> list[Out]:
        """A call is here, with all that is known of it."""
        offered = TrunkOffered(self.port, caller, name, self.called, redirecting)
        return [*self.enter(Stage.OFFERED, now + ANSWER_S), TrunkRinging(self.port), offered]

    def listen(self) -> list[Out]:
        """Open the sound of the channel."""
        listen = Listen(self.port, True, tones=False, echo=self.has_echo, agc=self.has_agc)
        opened = [] if self.is_open else [listen]
        self.is_open = True
        return [*opened, Watch(self.port, self.silence_s)]

    def ready(self) -> list[Out]:
        """The incoming call is connected."""
        return [*self.enter(Stage.TALKING), TrunkReady(self.port)]

    def dialed(self, now: float) -> list[Out]:
        """The far end took our call on this channel."""
        return [*self.enter(Stage.CALLING, now + CALLING_S), *self.listen(), TrunkDialed(self.port)]

    def tone(self, name: str | None) -> list[Out]:
        """Let our caller hear this tone of ours, or only the channel."""
        return [TrunkTone(self.port, name)]

    def answered(self) -> list[Out]:
        """The person called answered."""
        return [*self.enter(Stage.TALKING), TrunkTone(self.port, None), TrunkAnswered(self.port)]

    def ended(self, reason: EndReason, cause: int = 0) -> list[Out]:
        """The call is over: tell it to whom it concerns, and close the sound."""
        if self.stage not in _TOLD:
            return []
        words = causes.words(cause).en if cause else ""
        return [*self._shut(), TrunkEnded(self.port, reason, cause, words)]

    def rest(self) -> list[Out]:
        """Go to rest: idle, or down with the reason why."""
        shut = self._shut()
        self.call_id, self.called = 0, ""
        why = self.obstacle or _SERVICE_REASONS.get(self.service)
        call_at = None
        if self._next_call is not None:
            call_at = 0.0 if self.obstacle is None else self._next_until
        return [*shut, *self.enter(Stage.IDLE if why is None else Stage.DOWN, call_at, reason=why)]

    def enter(self, stage: Stage, deadline: float | None = None, *, reason: Text | None = None) -> list[Out]:
        """Go to a stage; until the deadline, if there is one."""
        self.stage = stage
        self._wakes.set(self.timeslot, deadline)
        state = _SHOWN.get(stage, LineState.IN_USE)
        if (state, reason) == (self.state, self.reason):
            return []
        has_news = (
            LineState.OUT_OF_SERVICE not in (state, self.state) and self.state is not LineState.STARTING
        )
        self.state, self.reason = state, reason
        # what comes of the span's own troubles is told once, for the span
        return [LineChanged(self.port, state, reason)] if has_news else []

    def settle(self) -> list[Out]:
        """Look again whether the channel at rest can be used."""
        return self.rest() if self.stage in AT_REST else []

    def _shut(self) -> list[Out]:
        was_open, self.is_open = self.is_open, False
        return [Listen(self.port, False)] if was_open else []
