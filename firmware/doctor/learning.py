"""Learn what tone a line sends after the far end has hung up.

Somebody calls the line, or is called, and hangs up. What comes then is learned; ringback is no danger, for
nothing counts before the far end was there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from firmware.doctor import sound, words
from firmware.doctor.types import LearnedTone, Remedy, Sound
from firmware.doctor.visit import Measuring, Steps, Trouble, Until, Visit
from firmware.lines.types import SendDigits, SendPulses, Watch
from firmware.media.types import AnswerHeard, ToneHeard
from hal import types as hal

RING_S = 120.0  # to call the line
RING_ON_S = 1.0  # of ringing, before it is answered
DIAL_TONE_S = 5.0
ANSWER_S = 60.0
HANG_UP_S = 60.0
BEEP_S = 0.4
PIECE_S = 1.0
LOOKED_AT_S = 10  # the longest period of a cadence is 5 s
LEAST_PERIODS = 3
LEAST_CONFIDENCE = 0.6
SAME_HZ, SAME_PART = 6.0, 0.1
SILENCE_S = 600
END_TONES = ("busy", "congestion")


@dataclass(frozen=True, slots=True)
class Lesson:
    """What to learn from.

    number         to be called; empty: wait for a call
    learn          names a tone in A-law octets
    is_mistakable  says of a tone, as the settings have it, that calls which go on may sound so
    """

    port: str
    number: str
    is_pulse: bool
    learn: Callable[[bytes], LearnedTone | None]
    is_mistakable: Callable[[str], bool]


class Learning(Visit):
    """One call, and the tone after it."""

    kind = "learn"

    def __init__(self, lesson: Lesson) -> None:
        self._lesson = lesson
        super().__init__(lesson.port)

    def _plan(self) -> Steps:
        if self._lesson.number:
            yield from self._call()
        else:
            yield from self._be_called()
        tone = yield from self._tone_after()
        self._judge(tone)

    def _call(self) -> Steps:
        self._at(0.1, words.CALLING)
        yield from self._seize()
        yield Until(DIAL_TONE_S, lambda: self._has_heard(ToneHeard))
        if self._lesson.is_pulse:
            self._outs.append(SendPulses(self.port, self._lesson.number))
        else:
            self._outs.append(SendDigits(self.port, self._lesson.number))
        self._heard.clear()
        self._seen.clear()
        self._outs.append(Watch(self.port, SILENCE_S, True))
        self._at(0.3, words.TALKING)
        yield Until(ANSWER_S, self._is_answered)
        if not self._is_answered():
            raise Trouble(words.nobody_answered())

    def _is_answered(self) -> bool:
        return self._has_heard(AnswerHeard) or self._has_seen(hal.PolarityReversed)

    def _be_called(self) -> Steps:
        self._at(0.1, words.WAITING)
        yield Until(RING_S, lambda: self._has_seen(hal.RingStarted))
        if not self._has_seen(hal.RingStarted):
            raise Trouble(words.nobody_answered())
        yield Until(RING_ON_S)
        yield from self._seize(is_outgoing=False)
        self._at(0.4, words.HANG_UP)
        self._outs.append(Sound(self.port, sound.comb()))
        yield Until(BEEP_S)
        self._outs.append(Sound(self.port, b""))

    def _tone_after(self) -> Measuring[LearnedTone]:
        """Listen until the same tone was learned twice."""
        self._heard.clear()
        octets, last = b"", None
        for second in range(round(HANG_UP_S / PIECE_S)):
            self._progress = 0.5 + 0.5 * second * PIECE_S / HANG_UP_S
            heard, _ = yield from self._listen(PIECE_S)
            octets = (octets + heard)[-LOOKED_AT_S * sound.RATE_HZ :]
            tone = yield from self._worked_out(partial(self._lesson.learn, octets))
            if tone is not None and _is_sure(tone):
                if last is not None and _is_same(tone, last):
                    return tone
                last = tone
        raise Trouble(words.nothing_learned())

    def _judge(self, tone: LearnedTone) -> None:
        value = written(tone)
        self.figures.update(level_dbm0=tone.level_dbm0, confidence=tone.confidence)
        known = next(
            (event.tone for event in self._heard if isinstance(event, ToneHeard) and event.tone in END_TONES),
            None,
        )
        if known is not None:
            self.findings.append(words.known_tone(value, known))
            return
        if self._lesson.is_mistakable(value):
            self.findings.append(words.mistakable(value))
            return
        self.findings.append(words.learned(value))
        self.remedy = Remedy("busy_tone", value)

    def _has_heard(self, kind: type) -> bool:
        return any(isinstance(event, kind) for event in self._heard)


def written(tone: LearnedTone) -> str:
    """Write a tone as the settings have it; lengths in steps of 10 ms."""
    frequencies = "+".join(f"{hz:.0f}" for hz in tone.frequencies_hz)
    return f"{frequencies}: {' '.join(str(max(round(ms, -1), 20)) for ms in tone.cadence_ms)}"


def _is_sure(tone: LearnedTone) -> bool:
    return bool(tone.cadence_ms) and tone.periods >= LEAST_PERIODS and tone.confidence >= LEAST_CONFIDENCE


def _is_same(one: LearnedTone, other: LearnedTone) -> bool:
    if len(one.frequencies_hz) != len(other.frequencies_hz) or len(one.cadence_ms) != len(other.cadence_ms):
        return False
    hz = zip(one.frequencies_hz, other.frequencies_hz, strict=True)
    ms = zip(one.cadence_ms, other.cadence_ms, strict=True)
    return all(abs(a - b) <= SAME_HZ for a, b in hz) and all(abs(a - b) <= SAME_PART * b for a, b in ms)
