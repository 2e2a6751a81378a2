"""What the parts of the call machine share: the calls, the clock's reading, and the way to ask for things."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from firmware import countries
from firmware.acd.acd import Acd
from firmware.call.timers import Timer, Timers
from firmware.call.types import (
    TALKS,
    Action,
    Call,
    CallState,
    Direction,
    Leg,
    Log,
    Record,
    RecordingKind,
    Segment,
    StopRecord,
)
from firmware.config.models import Config
from firmware.countries.country import Numbers
from firmware.ids import Ids
from firmware.lines.lines import Lines
from firmware.media.actions import Join, Play, StopPlay, Tone
from firmware.text import Language

MIXERS = 64


class Context:
    """State and verbs common to incoming calls, queues and phones."""

    def __init__(
        self,
        config: Config,
        revision: int,
        lines: Lines,
        *,
        acd: Acd,
        ids: Ids,
        is_open: Callable[[str], bool],
    ) -> None:
        self.config = config
        self.revision = revision
        self.lines = lines
        self.acd = acd
        self.ids = ids
        self.is_open = is_open
        self.has_messages: Callable[[str], bool] = lambda box: False  # unheard ones; the box knows
        self.now = 0.0
        self.calls: dict[str, Call] = {}
        self.timers = Timers()
        self._out: list[Action] = []
        self._plays: dict[int, tuple[int, Callable[[], None]]] = {}
        self._play_ids = count(1)
        self._mixers = list(range(MIXERS - 1, -1, -1))

    def take(self) -> list[Action]:
        """Give what has been asked for since the last time, oldest first."""
        out, self._out = self._out, []
        return out

    def do(self, *actions: Action) -> None:
        """Ask for something."""
        self._out.extend(actions)

    @property
    def numbers(self) -> Numbers:
        """How people dial here."""
        return countries.load(self.config.site.country).numbers

    def after(self, delay_s: float, act: Callable[[], None]) -> Timer:
        """Set a deadline from now."""
        return self.timers.at(self.now + delay_s, act)

    def log(
        self, kind: str, call: Call | None = None, leg: Leg | None = None, **data: str | int | float
    ) -> None:
        """Write to the event log."""
        leg_id = leg.id if leg else None
        if call is None:
            self.do(Log(kind, None, None, leg_id, data))
        else:
            self.do(Log(kind, call.contact, call.id, leg_id, data, call.language, call.revision))

    # ---- calls ---------------------------------------------------------------------------------

    def new_call(self, direction: Direction, state: CallState, port: str) -> Call:
        """Begin a call whose first leg lives on a port."""
        call = Call(
            id=self.ids.new(),
            contact=self.ids.new(),
            direction=direction,
            state=state,
            language=self.config.site.language,
            revision=self.revision,
            began_at=self.now,
        )
        self.calls[call.id] = call
        self.add_leg(call, port)
        return call

    def add_leg(self, call: Call, port: str) -> Leg:
        """Put a line or phone into a call."""
        is_phone = port in self.lines.phones
        number = self.lines.phone_number(port) if is_phone else ""
        leg = Leg(self.ids.new(), port, self.lines.channel(port), is_phone, number, self.now)
        call.legs.append(leg)
        return leg

    def call_on(self, port: str) -> Call | None:
        """Give the call that a port is in."""
        return next((call for call in self.calls.values() if call.leg_on(port)), None)

    def calls_by_port(self) -> dict[str, Call]:
        """Give the calls by all the ports they are on."""
        return {leg.port: call for call in self.calls.values() for leg in call.here}

    def enter(self, call: Call, state: CallState, kind: str, detail: str = "") -> None:
        """Move a call to another place: ends its segment and begins the next."""
        self.leave_segment(call)
        call.state = state
        agent = call.agent if kind in TALKS else ""
        call.segments.append(Segment(self.ids.new(), kind, detail, self.now, agent=agent))

    def enter_talk(self, call: Call, detail: str) -> None:
        """Let the talk begin, or go on after a hold."""
        self.enter(call, CallState.TALKING, "consult" if call.consults_for else "talk", detail)

    def leave_segment(self, call: Call, result: str = "") -> None:
        """End the place where the call is; `result` says how, if it was a queue."""
        if call.segments and call.segments[-1].ended_at is None:
            call.segments[-1].ended_at = self.now
            call.segments[-1].result = result if call.segments[-1].kind == "queue" else ""

    # ---- recording -----------------------------------------------------------------------------

    def record(self, call: Call, leg: Leg, kind: RecordingKind) -> None:
        """Record a leg from now on; ends what was recorded of the call before."""
        self.stop_recording(call)
        call.recording, call.recorded_channel = self.ids.new(), leg.channel
        self.do(Record(leg.channel, call.recording, kind, call.id))

    def stop_recording(self, call: Call) -> None:
        if call.recorded_channel is not None:
            self.do(StopRecord(call.recorded_channel, call.recording))
            call.recorded_channel = None

    def hand_recording(self, giver: Call, taker: Call) -> None:
        """Let the recording of a line that goes to another call run on."""
        if giver.recorded_channel is not None:
            taker.handed_recordings[giver.recorded_channel] = giver.recording
            giver.recorded_channel = None

    def stop_handed_recording(self, call: Call, channel: int) -> None:
        """End the recording of a line that came from another call."""
        recording = call.handed_recordings.pop(channel, None)
        if recording is not None:
            self.do(StopRecord(channel, recording))

    def stop_all_recordings(self, call: Call) -> None:
        """End all that is recorded of a call."""
        self.stop_recording(call)
        for channel in list(call.handed_recordings):
            self.stop_handed_recording(call, channel)

    # ---- sound ---------------------------------------------------------------------------------

    def play(
        self, channel: int, prompts: tuple[str, ...], language: Language, then: Callable[[], None]
    ) -> None:
        """Play prompts after what is already being played, then go on."""
        play_id = next(self._play_ids)
        self._plays[play_id] = (channel, then)
        self.do(Play(channel, play_id, prompts, language))

    def played(self, play_id: int) -> None:
        """Go on after a prompt has been heard."""
        _, then = self._plays.pop(play_id, (0, _nothing))
        then()

    def hush(self, channel: int) -> None:
        """Cut all that is played on a channel and forget what was to follow."""
        for play_id in [key for key, (where, _) in self._plays.items() if where == channel]:
            del self._plays[play_id]
        self.do(StopPlay(channel))

    def bridge(self, call: Call, *others: Leg) -> None:
        """Let all legs that take part in a call hear each other, and these of another one."""
        if call.mixer is None:
            call.mixer = self._mixers.pop()
        for leg in (*call.here, *others):
            self.do(Join(leg.channel, call.mixer))

    def quiet(self, call: Call) -> None:
        """End all that is played to those who take part in a call."""
        for leg in call.here:
            self.hush(leg.channel)
            self.do(Tone(leg.channel, None))

    def free_mixer(self, call: Call) -> None:
        if call.mixer is not None:
            self._mixers.append(call.mixer)
            call.mixer = None


def _nothing() -> None:
    """Nothing follows."""
