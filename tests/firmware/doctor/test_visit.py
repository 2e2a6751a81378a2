"""The doctor's plans by hand: every wait ends, and the line is let go whatever happens."""

from __future__ import annotations

import pytest

from firmware.doctor import words
from firmware.doctor.examination import Case, Examination
from firmware.doctor.learning import RING_S, Learning, Lesson, written
from firmware.doctor.types import Hear, LearnedTone, Look, Out, TryBalance, Verdict, VisitState, WorkOut
from firmware.doctor.visit import WORK_S, Visit
from firmware.lines.types import Release, Seize, SendDigits
from firmware.media.types import DialEnded, ToneHeard
from hal import types as hal
from hal.country import line_profile
from tools.emulator import alaw, signals

PORT = "fxo1"
BUSY = LearnedTone((440.0,), (252, 248), -12.0, 4, 0.9)
DIAL = LearnedTone((450.0,), (), -10.0, 0, 0.98)


def examination(**options: object) -> Examination:
    known: dict[str, object] = {
        "port": PORT, "digit": "2", "is_pulse": False, "dial_hz": (450.0,),
        "balance": line_profile("CN").balance, "tunes": False, "learn": lambda _octets: DIAL,
        "zones_of": lambda _hz: ["jp"],
    }  # fmt: skip
    return Examination(Case(**(known | options)))  # type: ignore[arg-type]


class Bench:
    """Answers a visit as a box does, from a script of what the line is like."""

    def __init__(self, visit: Visit, volts: int = 48, loop_ma: float = 24.0) -> None:
        self.visit, self.volts, self.loop_ma = visit, volts, loop_ma
        self.now = 0.0
        self.done: list[Out] = []
        self.is_seized = self.is_hearing = False
        self.lets_work = True
        self.octets = alaw.encode(signals.tone((450.0,), 0.1, -10.0))
        self.take(visit.start(0.0))

    def take(self, outs: list[Out]) -> None:
        for out in outs:
            self.done.append(out)
            match out:
                case Look():
                    volts, loop = (7, self.loop_ma) if self.is_seized else (self.volts, 0.0)
                    self.take(self.visit.reading(hal.LineReading(volts, loop, ()), self.now))
                case Seize():
                    self.is_seized = True
                case Release():
                    self.is_seized = False
                case Hear(is_on=is_on):
                    self.is_hearing = is_on
                case WorkOut(work=work, done=done) if self.lets_work:
                    work()
                    done()
                    self.take(self.visit.tick(self.now))
                case SendDigits():
                    self.octets = b"\xd5" * 800
                    self.take(self.visit.heard(DialEnded(0), self.now))

    def event(self, kind: type[hal.Event]) -> None:
        self.take(self.visit.handle(kind(PORT, self.now), self.now))

    def run(self, seconds: float, *, is_sounding: bool = True) -> None:
        """Let time pass, a tenth of a second at a time."""
        for _ in range(round(seconds * 10)):
            self.now += 0.1
            if self.is_hearing and is_sounding:
                self.take(self.visit.sound(self.octets, b"\xd5" * 800, self.now))
            deadline = self.visit.deadline()
            if deadline is not None and self.now >= deadline:
                self.take(self.visit.tick(self.now))

    @property
    def found(self) -> dict[str, Verdict]:
        return {finding.what: finding.verdict for finding in self.visit.findings}


def test_a_good_line_from_begin_to_end() -> None:
    bench = Bench(examination())
    bench.run(1.5)
    assert bench.is_seized
    bench.event(hal.LineReady)
    bench.take(bench.visit.heard(ToneHeard(0, "dial"), bench.now))
    bench.run(6)
    report = bench.visit.report()
    assert report.state is VisitState.DONE
    assert bench.found["battery"] is bench.found["loop"] is bench.found["dial-tone"] is Verdict.GOOD
    assert bench.found["noise"] is bench.found["hum"] is Verdict.GOOD
    assert bench.found["echo"] is Verdict.NOTE  # this bench sends no comb
    assert not bench.is_seized and not bench.is_hearing
    assert bench.done[-1] == TryBalance(PORT, None)


@pytest.mark.parametrize(
    ("volts", "verdict"),
    [
        (0, Verdict.BAD),
        (12, Verdict.BAD),
        (24, Verdict.POOR),
        (48, Verdict.GOOD),
        (-48, Verdict.GOOD),
        (72, Verdict.POOR),
    ],
)
def test_battery(volts: int, verdict: Verdict) -> None:
    bench = Bench(examination(), volts=volts)
    bench.run(1.5)
    assert bench.found["battery"] is verdict
    assert ("polarity" in bench.found) is (volts == -48)
    assert bench.is_seized is (volts != 0)


@pytest.mark.parametrize(
    ("event", "what"), [(hal.LoopDropped, "loop"), (hal.LineOverload, "loop"), (hal.RingCollision, "line")]
)
def test_a_seizure_that_fails_ends_the_visit(event: type[hal.Event], what: str) -> None:
    bench = Bench(examination())
    bench.run(1.5)
    bench.event(event)
    assert bench.visit.is_over
    assert what in bench.found
    assert not bench.is_seized


def test_a_port_that_never_answers_ends_the_visit() -> None:
    bench = Bench(examination())
    bench.run(10)
    assert bench.visit.is_over
    assert bench.found["loop"] is Verdict.BAD
    assert not bench.is_seized


def test_a_board_without_sound_ends_the_visit() -> None:
    bench = Bench(examination())
    bench.run(1.5)
    bench.event(hal.LineReady)
    bench.run(5, is_sounding=False)
    assert bench.visit.is_over
    assert not bench.is_seized


def test_no_dial_tone_is_told() -> None:
    bench = Bench(examination())
    bench.octets = b"\xd5" * 800
    bench.run(1.5)
    bench.event(hal.LineReady)
    bench.run(8)
    assert bench.visit.is_over
    assert bench.found["dial-tone"] is Verdict.BAD


def test_a_strange_dial_tone_names_the_zones_that_have_it() -> None:
    bench = Bench(examination(learn=lambda _octets: LearnedTone((400.0,), (), -12.0, 0, 0.9)))
    bench.run(1.5)
    bench.event(hal.LineReady)
    bench.run(6)
    (finding,) = [finding for finding in bench.visit.findings if finding.what == "dial-tone"]
    assert finding.verdict is Verdict.BAD
    assert "jp" in finding.text.en and "jp" in finding.text.zh
    assert "-11.1 %" in finding.value.en


@pytest.mark.parametrize("after_s", [0.05, 0.5, 1.4, 2.5, 3.5, 4.5])
def test_stop_lets_the_line_go_at_any_moment(after_s: float) -> None:
    bench = Bench(examination(tunes=True))
    bench.run(min(after_s, 1.5))
    if after_s > 1.4:
        bench.event(hal.LineReady)
        bench.run(after_s - 1.4)
    bench.take(bench.visit.stop(words.RECALLED, bench.now))
    assert bench.visit.report().state is VisitState.STOPPED
    assert not bench.is_seized and not bench.is_hearing
    assert bench.visit.deadline() is None
    assert bench.visit.tick(bench.now + 100) == []


def learning(number: str = "", tone: LearnedTone | None = BUSY, *, is_mistakable: bool = False) -> Learning:
    return Learning(Lesson(PORT, number, False, lambda _octets: tone, lambda _tone: is_mistakable))


def test_a_tone_after_a_call_is_learned() -> None:
    bench = Bench(learning())
    bench.run(2)
    bench.event(hal.RingStarted)
    bench.run(1.2)
    bench.event(hal.LineReady)
    bench.run(6)
    report = bench.visit.report()
    assert report.remedy is not None
    assert (report.remedy.field, report.remedy.value) == ("busy_tone", "440: 250 250")
    assert not bench.is_seized


def test_a_tone_the_zone_knows_is_no_news() -> None:
    bench = Bench(learning())
    bench.event(hal.RingStarted)
    bench.run(1.2)
    bench.event(hal.LineReady)
    bench.run(1)
    bench.take(bench.visit.heard(ToneHeard(0, "busy"), bench.now))
    bench.run(5)
    assert bench.visit.is_over
    assert bench.visit.report().remedy is None


@pytest.mark.parametrize(
    "tone", [None, LearnedTone((440.0,), (), -12, 0, 0.9), LearnedTone((440.0,), (200, 200), -12, 2, 0.9)]
)
def test_what_is_no_sure_rhythm_is_not_learned(tone: LearnedTone | None) -> None:
    bench = Bench(learning(tone=tone))
    bench.event(hal.RingStarted)
    bench.run(1.2)
    bench.event(hal.LineReady)
    bench.run(64)
    assert bench.visit.is_over
    assert bench.visit.report().remedy is None
    assert bench.found["busy-tone"] is Verdict.BAD


def test_nobody_calls() -> None:
    bench = Bench(learning())
    bench.run(RING_S + 1)
    assert bench.visit.is_over
    assert bench.found["busy-tone"] is Verdict.BAD


def test_ringback_before_the_answer_is_not_learned() -> None:
    bench = Bench(learning("13800138000"))
    bench.event(hal.LineReady)
    bench.run(62)
    bench.take(bench.visit.heard(ToneHeard(0, "dial"), bench.now))
    bench.run(10)
    assert bench.visit.is_over
    assert bench.visit.report().remedy is None


def test_a_learned_tone_is_written_as_the_settings_read_it() -> None:
    assert written(LearnedTone((480.4, 619.8), (198, 203), -10, 5, 0.9)) == "480+620: 200 200"


def test_what_sounds_like_a_call_that_goes_on_is_not_offered() -> None:
    bench = Bench(learning(is_mistakable=True))
    bench.event(hal.RingStarted)
    bench.run(1.2)
    bench.event(hal.LineReady)
    bench.run(5)
    assert bench.visit.is_over
    assert bench.visit.report().remedy is None
    assert bench.found["busy-tone"] is Verdict.POOR


def test_a_result_that_never_comes_ends_the_visit() -> None:
    visit = examination()
    bench = Bench(visit)
    bench.run(1.5)
    bench.event(hal.LineReady)
    bench.lets_work = False
    bench.run(WORK_S + 4)
    assert visit.is_over
    assert bench.found["line"] is Verdict.NOTE
    assert not bench.is_seized


def test_a_result_of_a_visit_that_was_stopped_is_nobodys() -> None:
    visit = examination()
    bench = Bench(visit)
    bench.run(1.5)
    bench.event(hal.LineReady)
    bench.lets_work = False
    bench.run(3)
    late = [out for out in bench.done if isinstance(out, WorkOut)]
    bench.take(visit.stop(words.STOPPED, bench.now))
    late[-1].work()
    late[-1].done()
    assert visit.tick(bench.now) == []
    assert visit.deadline() is None
