"""How good a span was: errored seconds in bins of 15 minutes, for the last 24 hours (ITU-T G.826).

A second is errored when anything in it was received wrong, severely errored when 30 % of its blocks were,
or a defect stood. With CRC-4 a block is a sub-multiframe, 1000 in a second. Without, code violations stand
in: 2048 of them are a bit error ratio of 10^-3. Ten severely errored seconds in a row begin unavailable time,
ten others end it; the ten belong to what they begin (annex A of G.826), so counts are put right afterwards.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from hal.types import SpanAlarm, SpanCounts

BIN_S = 900.0
BINS = 96
RUN_S = 10
SEVERE_BLOCKS = 300
SEVERE_VIOLATIONS = 2048
DEFECTS = frozenset({SpanAlarm.LOS, SpanAlarm.LOF, SpanAlarm.AIS})


@dataclass(slots=True)
class Bin:
    """A quarter of an hour; `errored_s` holds the severe ones too, unavailable ones are in neither."""

    began_at: float  # s, monotonic
    seconds: int = 0
    errored_s: int = 0
    severe_s: int = 0
    unavailable_s: int = 0
    far_errored_s: int = 0  # the far end received errors
    slips: int = 0
    alarm_s: dict[SpanAlarm, int] = field(default_factory=dict)  # seconds in which an alarm stood


@dataclass(frozen=True, slots=True)
class _Second:
    at: Bin
    is_errored: bool
    is_severe: bool


class ErrorSeconds:
    """The history of one span."""

    def __init__(self) -> None:
        self.bins: deque[Bin] = deque(maxlen=BINS)
        self.is_available = True
        self._run: deque[_Second] = deque()  # seconds that may yet turn out otherwise

    def add(self, counts: SpanCounts, alarms: frozenset[SpanAlarm], at: float) -> None:
        """Count a second that is over."""
        where = self._bin(at)
        where.seconds += 1
        where.slips += counts.slips
        for alarm in alarms:
            where.alarm_s[alarm] = where.alarm_s.get(alarm, 0) + 1
        second = _Second(where, _is_errored(counts, alarms), _is_severe(counts, alarms))
        where.far_errored_s += bool(counts.far_errors) and not alarms & DEFECTS
        _count(second, self.is_available, 1)
        if second.is_severe is not self.is_available:
            self._run.clear()
            return
        self._run.append(second)
        if len(self._run) == RUN_S:
            self._turn()

    def today(self, at: float) -> Bin:
        """Add up the last 24 hours."""
        total = Bin(at - BINS * BIN_S)
        for one in self.bins:
            if one.began_at + BIN_S > total.began_at:
                for name in ("seconds", "errored_s", "severe_s", "unavailable_s", "far_errored_s", "slips"):
                    setattr(total, name, getattr(total, name) + getattr(one, name))
                for alarm, seconds in one.alarm_s.items():
                    total.alarm_s[alarm] = total.alarm_s.get(alarm, 0) + seconds
        return total

    def _turn(self) -> None:
        """Availability changes: the run of seconds that shows it belongs to what begins."""
        for second in self._run:
            _count(second, self.is_available, -1)
            _count(second, not self.is_available, 1)
        self.is_available = not self.is_available
        self._run.clear()

    def _bin(self, at: float) -> Bin:
        began_at = at // BIN_S * BIN_S
        if not self.bins or self.bins[-1].began_at < began_at:
            self.bins.append(Bin(began_at))
        return self.bins[-1]


def _is_errored(counts: SpanCounts, alarms: frozenset[SpanAlarm]) -> bool:
    return bool(counts.code_violations or counts.crc_errors or counts.framing_errors or alarms & DEFECTS)


def _is_severe(counts: SpanCounts, alarms: frozenset[SpanAlarm]) -> bool:
    is_bad = counts.crc_errors >= SEVERE_BLOCKS or counts.code_violations >= SEVERE_VIOLATIONS
    return is_bad or bool(alarms & DEFECTS)


def _count(second: _Second, is_available: bool, by: int) -> None:
    if not is_available:
        second.at.unavailable_s += by
        return
    second.at.errored_s += by * second.is_errored
    second.at.severe_s += by * second.is_severe
