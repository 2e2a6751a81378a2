"""The test of an E1, step by step, against an E1 made of a few lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from firmware.doctor import types as doctor
from firmware.doctor import words
from firmware.doctor.span_examination import Day, SpanCase, SpanExamination
from firmware.doctor.span_visit import RemoteLoop, SpanVisit
from firmware.doctor.types import BitErrors, Verdict, VisitState
from firmware.media.types import FrameCounts
from hal import types as hal
from hal.types import Loopback, SpanAlarm

CASE = SpanCase(
    "span1", frozenset(), Day(3600), "span1", 1, crc4=True, is_cas=False, timeslots=tuple(range(1, 11)),
    is_link_up=True, frames=FrameCounts(100, 0, 100), last_s=1.0,
)  # fmt: skip

GOOD = BitErrors(256_000, 0, True, 0)
SILENT = BitErrors(0, 0, False, 0)


@dataclass
class Line:
    """An E1 as the clinic sees it; `local`, `far`: what the pattern meets in either loop."""

    alarms: frozenset[SpanAlarm] = frozenset()
    far_crc4: bool = True
    local: BitErrors = GOOD
    far: BitErrors = SILENT
    calls: int = 0
    crc4: bool = True
    loop: Loopback = Loopback.NONE
    timeslots: tuple[int, ...] = ()
    seen: list[doctor.Out] = field(default_factory=list)

    def run(self, visit: SpanVisit) -> doctor.Report:
        self._do(visit, visit.start(0.0), 0.0)
        while (now := visit.deadline()) is not None:
            self._do(visit, visit.tick(now), now)
        return visit.report()

    def _do(self, visit: SpanVisit, outs: Sequence[doctor.Out], now: float) -> None:
        for item in outs:
            self.seen.append(item)
            match item:
                case doctor.LookAtSpan():
                    self._do(visit, visit.span_reading(self._reading(), now), now)
                case doctor.EndCalls():
                    self.calls -= 1
                case doctor.SetLoop(loopback=loopback):
                    self.loop = loopback
                case doctor.SendPattern(timeslots=timeslots):
                    self.timeslots = timeslots
                case doctor.TryCrc4(crc4=crc4):
                    self.crc4 = True if crc4 is None else crc4

    def _reading(self) -> doctor.SpanReading:
        is_local = self.loop is Loopback.LOCAL
        lomf = {SpanAlarm.LOMF} if self.crc4 and not self.far_crc4 and not is_local else set()
        bits = dict.fromkeys(self.timeslots, self.local if is_local else self.far)
        return doctor.SpanReading(frozenset() if is_local else self.alarms | lomf, self.calls, bits)


def found(report: doctor.Report) -> dict[str, Verdict]:
    return {one.what: one.verdict for one in report.findings}


def test_a_good_e1_is_good_and_left_as_it_was() -> None:
    line = Line()
    report = line.run(SpanExamination(CASE))
    assert set(found(report).values()) == {Verdict.GOOD}
    assert report.state is VisitState.DONE and report.remedy is None
    assert (line.loop, line.timeslots) == (Loopback.NONE, ())
    assert report.figures["local_bits"] == 6 * 256_000
    isolated = line.seen.index(doctor.Isolate("span1"))
    assert all(not isinstance(item, doctor.SetLoop) for item in line.seen[:isolated])


def test_a_far_end_without_crc4_has_a_remedy() -> None:
    report = Line(far_crc4=False).run(SpanExamination(replace(CASE, alarms=frozenset({SpanAlarm.LOMF}))))
    assert found(report)["framing"] is Verdict.BAD
    assert report.remedy == doctor.Remedy("crc4", "false")
    assert report.findings[-1].value.en == "framing"


def test_a_far_end_with_crc4_that_we_do_not_use_is_seen() -> None:
    report = Line().run(SpanExamination(replace(CASE, crc4=False)))
    assert found(report)["framing"] is Verdict.POOR
    assert report.remedy == doctor.Remedy("crc4", "true")


@pytest.mark.parametrize("alarm", [SpanAlarm.LOS, SpanAlarm.AIS, SpanAlarm.LOF])
def test_without_a_signal_the_line_is_blamed_and_not_the_box(alarm: SpanAlarm) -> None:
    alarms = frozenset({alarm})
    report = Line(alarms=alarms).run(SpanExamination(replace(CASE, alarms=alarms, clock_source="")))
    assert found(report)["alarms"] is Verdict.BAD
    assert found(report)["signalling"] is Verdict.NOTE
    assert report.findings[-1].text.en.startswith("The box is good")


@pytest.mark.parametrize(
    "local", [BitErrors(256_000, 3, True, 0), BitErrors(0, 0, False, 0), BitErrors(9_000, 0, True, 2)]
)
def test_errors_within_the_box_are_the_cards(local: BitErrors) -> None:
    report = Line(local=local).run(SpanExamination(CASE))
    assert found(report)["local-loop"] is Verdict.BAD
    assert report.findings[-1].value.en == "local-loop"


@pytest.mark.parametrize(
    ("far", "verdict"),
    [
        (BitErrors(640_000, 0, True, 0), Verdict.GOOD), (BitErrors(640_000, 1, True, 0), Verdict.POOR),
        (BitErrors(640_000, 64, True, 0), Verdict.BAD), (BitErrors(0, 0, False, 0), Verdict.BAD),
    ],
)  # fmt: skip
def test_the_line_is_measured_over_a_far_loop(far: BitErrors, verdict: Verdict) -> None:
    line = Line(far=far)
    report = line.run(SpanExamination(replace(CASE, is_remote=True)))
    assert found(report)["far-loop"] is verdict
    tested = [item.timeslots for item in line.seen if isinstance(item, doctor.SendPattern) and item.timeslots]
    assert set(tested[1]) <= set(CASE.timeslots)  # only what is rented, on the line
    assert not any(isinstance(item, doctor.TryCrc4) for item in line.seen)


@pytest.mark.parametrize(
    ("frames", "words_of"),
    [
        (FrameCounts(0, 0, 9), "switched the D-channel on"),
        (FrameCounts(0, 40, 9), "the far end may run R2"),
        (FrameCounts(40, 0, 9), "change `side`"),
    ],
)  # fmt: skip
def test_a_d_channel_that_is_down_is_explained(frames: FrameCounts, words_of: str) -> None:
    report = Line().run(SpanExamination(replace(CASE, is_link_up=False, frames=frames)))
    assert words_of in next(one.text.en for one in report.findings if one.what == "signalling")
    assert report.findings[-1].value.en == "signalling"


def test_many_bad_frames_are_told() -> None:
    report = Line().run(SpanExamination(replace(CASE, frames=FrameCounts(100, 20, 9))))
    assert found(report)["signalling"] is Verdict.POOR


def test_blocked_channels_of_r2() -> None:
    case = replace(CASE, is_cas=True, frames=None, cas=dict.fromkeys(range(1, 11), 0b1101))
    assert found(Line().run(SpanExamination(case)))["signalling"] is Verdict.BAD
    idle = replace(case, cas=dict.fromkeys(range(1, 11), 0b1001))
    assert found(Line().run(SpanExamination(idle)))["signalling"] is Verdict.GOOD


@pytest.mark.parametrize(("rank", "advice"), [(0, "clock_rank 1"), (1, "clock_rank 0")])
def test_slips_are_a_matter_of_clocks(rank: int, advice: str) -> None:
    report = Line().run(SpanExamination(replace(CASE, day=Day(3600, slips=30), clock_rank=rank)))
    clock = next(one for one in report.findings if one.what == "clock")
    assert clock.verdict is Verdict.POOR and advice in clock.text.en


def test_a_failed_card_is_not_tested() -> None:
    line = Line()
    report = line.run(SpanExamination(replace(CASE, failure=words.DONE)))
    assert found(report) == {"card": Verdict.BAD, "verdict": Verdict.BAD}
    assert line.seen == []


def test_calls_are_ended_first_and_waited_for() -> None:
    line = Line(calls=1)
    line.run(SpanExamination(replace(CASE, has_calls=True)))
    kinds = [type(item) for item in line.seen]
    assert kinds.index(doctor.EndCalls) < kinds.index(doctor.Isolate)


def test_calls_that_never_end_do_not_hold_it_up() -> None:
    line = Line(calls=99)
    report = line.run(SpanExamination(replace(CASE, has_calls=True)))
    assert report.state is VisitState.DONE


@pytest.mark.parametrize("at", [0.1, 0.9, 3.0, 8.0, 20.0])
def test_whenever_it_is_stopped_nothing_stays_looped(at: float) -> None:
    line, visit = Line(far_crc4=False), SpanExamination(replace(CASE, is_remote=at > 7))
    line._do(visit, visit.start(0.0), 0.0)
    while (now := visit.deadline()) is not None and now < at:
        line._do(visit, visit.tick(now), now)
    line._do(visit, visit.stop(words.STOPPED, at), at)
    assert (line.loop, line.timeslots, line.crc4) == (Loopback.NONE, (), True)


def test_a_card_that_fails_ends_the_visit() -> None:
    line, visit = Line(), RemoteLoop("span1", 300.0, has_calls=False)
    line._do(visit, visit.start(0.0), 0.0)
    assert line.loop is Loopback.REMOTE
    failed = hal.PortFailed("span1", 1.0, hal.FailReason.CARD_GONE, "")
    line._do(visit, visit.handle(failed, 1.0), 1.0)
    assert visit.report().state is VisitState.STOPPED and line.loop is Loopback.NONE


def test_a_remote_loop_ends_by_itself() -> None:
    line, visit = Line(), RemoteLoop("span1", 2.5, has_calls=False)
    report = line.run(visit)
    assert line.loop is Loopback.NONE
    assert [(one.what, one.value.en) for one in report.findings] == [("remote-loop", "2 s")]


def test_values_are_in_both_languages() -> None:
    report = Line().run(SpanExamination(replace(CASE, frames=FrameCounts(502, 3, 498), last_s=3.0)))
    values = {one.what: one.value for one in report.findings}
    assert values["signalling"].en == "up, good 502, bad 3, sent 498, last 3 s"
    assert values["signalling"].zh == "已建立，收好帧 502，坏帧 3，发送 498，最近 3 秒前"
    assert values["local-loop"].zh.startswith("时隙 6/6，")
    for what in ("history", "clock", "framing"):
        assert values[what].zh != values[what].en
