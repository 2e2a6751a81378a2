"""The test of an E1.

    card, alarms, clock, signalling -> calls end, signalling stops -> framing -> local loop -> (far loop)
    -> verdict

What is known beforehand comes with the case, for the signalling cannot be looked at once it has stopped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from firmware.doctor import span_words as words
from firmware.doctor.span_visit import SpanVisit
from firmware.doctor.types import BitErrors, Remedy
from firmware.doctor.visit import Measuring, Steps, Until
from firmware.media.types import FrameCounts
from firmware.text import Text
from hal.types import Loopback, SpanAlarm

FRAMING_S = 1.2  # the framer seeks 0.1 s, alarms are told after 0.1 s and taken back after 0.5 s
LOOP_S = 0.8  # frames through the loop, alarms taken back, the channels no more muted
LOCAL_S = 4.0
FAR_S = 10.0
TESTED = 6  # timeslots; the engine has room for 32 tests
POOR_FRAMES = 0.01
NO_FRAMES = frozenset({SpanAlarm.LOS, SpanAlarm.AIS, SpanAlarm.LOF})
IDLE, BLOCKED = 0b10, 0b11  # A and B of a channel


@dataclass(frozen=True, slots=True)
class Day:
    """The last 24 hours, or what there was of them."""

    seconds: int = 0
    errored_s: int = 0
    severe_s: int = 0
    slips: int = 0
    alarm_s: Mapping[SpanAlarm, int] | None = None


@dataclass(frozen=True, slots=True)
class SpanCase:
    """What is known of the span beforehand.

    failure     why its card does not work
    frames      of the D-channel, None: there is none
    last_s      since the last good frame
    cas         bits by timeslot that is used, R2
    timeslots   that are used
    """

    port: str
    alarms: frozenset[SpanAlarm]
    day: Day
    clock_source: str
    clock_rank: int
    crc4: bool
    is_cas: bool
    timeslots: tuple[int, ...]
    failure: Text | None = None
    is_link_up: bool = False
    frames: FrameCounts | None = None
    last_s: float | None = None
    cas: Mapping[int, int] | None = None
    has_calls: bool = False
    is_remote: bool = False


class SpanExamination(SpanVisit):
    """The test; `is_remote`: the far end has closed a loop, or there is a loop plug."""

    kind = "test"

    def __init__(self, case: SpanCase) -> None:
        self._case = case
        super().__init__(case.port, has_calls=case.has_calls)

    def _plan(self) -> Steps:
        case = self._case
        self._at(0.0, words.CARD)
        self.findings.append(words.card(case.failure))
        if case.failure is None:
            yield from self._examine()
        self.findings.append(words.verdict(self.findings))

    def _examine(self) -> Steps:
        self._at(0.05, words.SIGNAL)
        self._known_things()
        if self._has_calls:
            self._at(0.1, words.ENDING)
        yield from self._take_span()
        if not self._case.is_remote:
            self._at(0.2, words.FRAMING)
            yield from self._framing()
        self._at(0.4, words.LOCAL)
        yield from self._local_loop()
        if self._case.is_remote:
            self._at(0.6, words.FAR)
            yield from self._far_loop()

    # ---- what is known -------------------------------------------------------------------------

    def _known_things(self) -> None:
        case, day = self._case, self._case.day
        alarm_s = [(alarm, (day.alarm_s or {}).get(alarm, 0)) for alarm in words.ROOTS]
        if not case.is_remote:
            self.findings.append(words.alarms(case.alarms))
        self.findings.append(words.history(day.seconds / 3600, alarm_s, day.errored_s, day.severe_s))
        is_own = case.clock_source == case.port
        self.findings.append(words.clock(case.clock_source, is_own, case.clock_rank, day.slips))
        if not case.is_remote:
            self._bits() if case.is_cas else self._link()
        self.figures.update(errored_s=day.errored_s, severe_s=day.severe_s, slips=day.slips)

    def _link(self) -> None:
        case, frames = self._case, self._case.frames or FrameCounts(0, 0, 0)
        value = words.link(case.is_link_up, frames, case.last_s)
        self.figures.update(frames_good=frames.good, frames_bad=frames.bad, frames_sent=frames.sent)
        has_signal = not case.alarms & NO_FRAMES
        if case.is_link_up and has_signal:
            is_poor = frames.bad > POOR_FRAMES * (frames.good + frames.bad) and frames.bad > 3
            self.findings.append(words.link_up(value, is_poor))
        else:
            self.findings.append(words.link_down(value, frames.good, frames.bad, has_signal))

    def _bits(self) -> None:
        states = [abcd >> 2 for abcd in (self._case.cas or {}).values()]
        idle, blocked = states.count(IDLE), states.count(BLOCKED)
        has_signal = not self._case.alarms & (NO_FRAMES | {SpanAlarm.LOMF})
        self.figures.update(cas_idle=idle, cas_blocked=blocked)
        self.findings.append(words.bits(idle, blocked, len(states), has_signal))

    # ---- framing -------------------------------------------------------------------------------

    def _framing(self) -> Steps:
        """Try the framing as it is set, and the other one where that tells more."""
        case = self._case
        reading = yield from self._framed(case.crc4)
        if reading & NO_FRAMES:
            self.findings.append(words.no_framing())
            return
        is_whole = SpanAlarm.LOMF not in reading
        if case.crc4 and is_whole:
            self.findings.append(words.framing(True, True))
            return
        other = yield from self._framed(not case.crc4)
        is_other_whole = SpanAlarm.LOMF not in other
        self._try_crc4(None)
        is_without_whole = is_other_whole if case.crc4 else is_whole
        if not is_without_whole:  # CRC-4 is not to blame
            self.findings.append(words.no_cas_multiframe())
            return
        far_crc4 = is_other_whole and not case.crc4
        self.findings.append(words.framing(case.crc4, far_crc4))
        if far_crc4 != case.crc4:
            self.remedy = Remedy("crc4", "true" if far_crc4 else "false")

    def _framed(self, crc4: bool) -> Measuring[frozenset[SpanAlarm]]:
        self._try_crc4(crc4)
        yield Until(FRAMING_S)
        reading = yield from self._look_at_span()
        return reading.alarms

    # ---- loops ---------------------------------------------------------------------------------

    def _local_loop(self) -> Steps:
        self._loop(Loopback.LOCAL)
        yield Until(LOOP_S)
        found, _ = yield from self._measure(tuple(_spread([*range(1, 16), *range(17, 32)])), LOCAL_S)
        self._loop(Loopback.NONE)
        self._note("local", found)
        self.findings.append(words.local_loop(found))

    def _far_loop(self) -> Steps:
        yield Until(LOOP_S)
        found, alarms = yield from self._measure(tuple(_spread(list(self._case.timeslots))), FAR_S)
        self._note("far", found)
        self.findings.append(words.far_loop(found, alarms))

    def _measure(
        self, timeslots: tuple[int, ...], seconds: float
    ) -> Measuring[tuple[list[BitErrors], frozenset[SpanAlarm]]]:
        self._send_pattern(timeslots)
        yield Until(seconds)
        reading = yield from self._look_at_span()
        self._stop_pattern()
        nothing = BitErrors(0, 0, False, 0)
        return [reading.bits.get(timeslot, nothing) for timeslot in timeslots], reading.alarms

    def _note(self, loop: str, found: list[BitErrors]) -> None:
        self.figures[f"{loop}_bits"] = sum(one.bits for one in found)
        self.figures[f"{loop}_errors"] = sum(one.errors for one in found)
        self.figures[f"{loop}_synced"] = sum(one.is_synced for one in found)


def _spread(timeslots: list[int]) -> list[int]:
    """Choose some that lie far apart."""
    n = min(TESTED, len(timeslots))
    if n < 2:
        return timeslots
    return [timeslots[round(at * (len(timeslots) - 1) / (n - 1))] for at in range(n)]
