"""Error seconds: what counts as errored, severe, unavailable; bins of a day."""

from firmware.spans.error_seconds import BINS, ErrorSeconds
from hal.types import SpanAlarm, SpanCounts

CLEAN, LOST = SpanCounts(), frozenset({SpanAlarm.LOS})


def run(*seconds: tuple[SpanCounts, frozenset[SpanAlarm]], start: float = 0.0) -> ErrorSeconds:
    history = ErrorSeconds()
    for n, (counts, alarms) in enumerate(seconds):
        history.add(counts, alarms, start + n)
    return history


def test_a_clean_second_is_only_counted() -> None:
    total = run((CLEAN, frozenset())).today(1.0)
    assert (total.seconds, total.errored_s, total.severe_s) == (1, 0, 0)


def test_errors_slips_and_the_far_end() -> None:
    none: frozenset[SpanAlarm] = frozenset()
    history = run(
        (SpanCounts(crc_errors=1), none), (SpanCounts(crc_errors=300), none), (SpanCounts(slips=2), none),
        (SpanCounts(far_errors=1), none), (SpanCounts(code_violations=2048), none),
        (CLEAN, frozenset({SpanAlarm.RAI})),
    )  # fmt: skip
    total = history.today(10.0)
    assert (total.errored_s, total.severe_s, total.slips, total.far_errored_s) == (3, 2, 2, 1)


def test_ten_severe_seconds_begin_unavailable_time_and_belong_to_it() -> None:
    history = run(*[(CLEAN, LOST)] * 9)
    assert (history.today(9.0).severe_s, history.is_available) == (9, True)
    history.add(CLEAN, LOST, 9.0)
    total = history.today(10.0)
    assert (total.severe_s, total.errored_s, total.unavailable_s, history.is_available) == (0, 0, 10, False)


def test_ten_good_seconds_end_it_and_are_available() -> None:
    bad, good = [(CLEAN, LOST)] * 12, [(CLEAN, frozenset[SpanAlarm]())] * 9
    history = run(*bad, *good)
    assert history.today(21.0).unavailable_s == 21
    history.add(CLEAN, frozenset(), 21.0)
    assert (history.today(22.0).unavailable_s, history.is_available) == (12, True)


def test_a_day_is_kept() -> None:
    history = ErrorSeconds()
    for quarter in range(BINS + 4):
        history.add(SpanCounts(crc_errors=1), frozenset(), quarter * 900.0)
    assert len(history.bins) == BINS
    assert history.today((BINS + 3) * 900.0 + 899).errored_s == BINS
