"""Compare the records of the box with what the exchange saw, call by call."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from firmware.lines.types import EndReason
from firmware.spans import causes
from tools.soak.box_book import Leg
from tools.soak.exchange_book import Seen
from tools.soak.idle import Complaint

BY_BOX = frozenset(
    {
        *(
            EndReason.PHONE_HUNG_UP,
            EndReason.MENU,
            EndReason.OPERATOR,
            EndReason.EMERGENCY,
            EndReason.TIMEOUT,
        ),
        *(EndReason.SILENCE, EndReason.SHUTDOWN, EndReason.PORT_FAILED, EndReason.NO_ANSWER),
    }
)
SLACK_S = 1.0
ANALOG_S = 9.0  # a far end's hang-up is a tone that has to be heard for some time
COLLISION_S = 0.05  # the box never answers so soon
SHORT_RING_S = 1.0  # less is no ringing
SHORT_SEIZURE_S = 0.03  # less is none: the box looks for ringing twice before it closes the loop
RECOGNISED_S = 0.02  # a line signal of R2 that stands for less is none, Q.422
Touched = Callable[[str, float, float], bool]
Times = Mapping[str, Sequence[float]]


class Agreement:
    """One comparison.

    touched   says whether a call had to do with a mishap: then only its existence is compared
    far_ends  when far ends hung up, by line; alerted: when the box said that a call is on its way
    """

    def __init__(self, touched: Touched, far_ends: Times, alerted: Times) -> None:
        self._touched = touched
        self._far_ends = far_ends
        self._alerted = alerted
        self.coarse: frozenset[str] = frozenset()  # spans whose signalling has few words for an end
        self.matched = 0
        self.compared = 0  # in all things

    def complaints(self, legs: Iterable[Leg], seen: Iterable[Seen]) -> Iterator[Complaint]:
        """Give all that does not agree."""
        by_line: dict[str, list[Seen]] = defaultdict(list)
        for call in seen:
            by_line[call.line].append(call)
        for leg, match in _pairs(list(legs), by_line):
            if match is not None:
                self.matched += 1
                yield from self._compare(leg, match)
            elif not self._may_be_unseen(leg, by_line[leg.line]):
                yield Complaint(leg.line, f"the exchange knows nothing of {_leg(leg)}", leg.ended_at)
        for call in (call for calls in by_line.values() for call in calls if not call.is_matched):
            if not self._may_be_unknown(call):
                yield Complaint(
                    call.line, f"the box has no record of {_seen(call)}", call.ended_at or call.began_at
                )

    def _is_touched(self, line: str, began_at: float, ended_at: float) -> bool:
        return self._touched(line, began_at, ended_at)

    def _near(self, times: Times, line: str, since: float, until: float) -> bool:
        return any(since <= at <= until for at in times.get(line, ()))

    # ---- one that only one side has ------------------------------------------------------------

    def _may_be_unseen(self, leg: Leg, calls: Sequence[Seen]) -> bool:
        """A call of ours that the exchange refused before it took it, or gave way to."""
        if leg.is_in:
            rang_on = any(call.is_to_box and _overlaps(leg, call) for call in calls)
            is_known = rang_on or leg.answered_at is None
            return is_known and self._is_touched(leg.line, leg.began_at, leg.ended_at)
        if leg.line.startswith("fxo") and leg.ended_at - leg.began_at < SHORT_SEIZURE_S:
            return True
        span = leg.line.partition("-")[0]
        is_refused = self._near(self._far_ends, span, leg.began_at, leg.ended_at + SLACK_S)
        has_glare = any(call.is_to_box and _overlaps(leg, call) for call in calls)
        return is_refused or has_glare or self._is_touched(leg.line, leg.began_at, leg.ended_at)

    def _may_be_unknown(self, call: Seen) -> bool:
        """A call that was over before the box knew what it was."""
        if _is_collision(call):
            return True
        ended_at = call.ended_at or call.began_at
        if self._is_touched(call.line, call.began_at, ended_at):
            return call.answered_at is None or not call.is_to_box
        if call.answered_at is not None or not call.is_to_box:
            return False
        if call.line.startswith("fxo"):
            return ended_at - call.began_at <= SHORT_RING_S
        return not self._near(self._alerted, call.line, call.began_at, ended_at)

    # ---- one that both have --------------------------------------------------------------------

    def _compare(self, leg: Leg, call: Seen) -> Iterator[Complaint]:
        ended_at = max(leg.ended_at, call.ended_at or 0.0)
        is_touched = self._is_touched(leg.line, min(leg.began_at, call.began_at), ended_at)
        if is_touched or self._is_blink(leg, call):
            return
        self.compared += 1
        told = f"{_leg(leg)} and {_seen(call)}"
        slack_s = ANALOG_S if leg.line.startswith("fxo") else SLACK_S
        if abs(leg.ended_at - (call.ended_at or 0.0)) > slack_s + 2.0:
            yield Complaint(leg.line, f"ended at different times: {told}", leg.ended_at)
        if not self._agree_on_answer(leg, call):
            yield Complaint(leg.line, f"only one end says answered: {told}", leg.ended_at)
        is_race = self._near(self._far_ends, leg.line, leg.ended_at - slack_s, leg.ended_at + SLACK_S)
        if leg.is_last and not self._agree_on_end(leg, call) and not (is_race and leg.reason in BY_BOX):
            yield Complaint(leg.line, f"ended for different reasons: {told}", leg.ended_at)

    def _is_blink(self, leg: Leg, call: Seen) -> bool:
        """The far end answered and hung up too fast for R2: the line looks as it did before."""
        if leg.answered_at is not None or call.answered_at is None or not self._is_coarse(leg.line):
            return False
        return self._near(self._far_ends, leg.line, call.answered_at, call.answered_at + RECOGNISED_S)

    def _is_coarse(self, line: str) -> bool:
        return line.partition("-")[0] in self.coarse

    def _agree_on_answer(self, leg: Leg, call: Seen) -> bool:
        if leg.line.startswith("fxo") and not leg.is_in:
            return True  # most lines do not tell
        if (leg.answered_at is None) is (call.answered_at is None):
            return True
        answered_at = leg.answered_at if call.answered_at is None else call.answered_at
        ended_at = min(leg.ended_at, call.ended_at or leg.ended_at)
        return answered_at is not None and ended_at - answered_at < SLACK_S  # both acted at once

    def _agree_on_end(self, leg: Leg, call: Seen) -> bool:
        if call.is_ended_by_box:
            return leg.reason in BY_BOX
        if leg.reason in BY_BOX:
            return leg.reason == EndReason.NO_ANSWER and call.cause in (18, 19) and leg.answered_at is None
        if leg.line.startswith("fxo") or self._is_coarse(leg.line) or not call.cause:
            return True
        expected = {causes.reason(call.cause).value, EndReason.CALLER_GONE.value, EndReason.FAR_HUNG_UP.value}
        return leg.reason in expected


def _pairs(legs: Sequence[Leg], by_line: Mapping[str, Sequence[Seen]]) -> list[tuple[Leg, Seen | None]]:
    """Find the call of each leg: of those that fit each other, the two that began nearest go first."""
    fits = [
        (abs(call.began_at - leg.began_at), row, call)
        for row, leg in enumerate(legs)
        for call in by_line.get(leg.line, ())
        if _fits(leg, call)
    ]
    found: dict[int, Seen] = {}
    for _, row, call in sorted(fits, key=lambda fit: fit[:2]):
        if row not in found and not call.is_matched:
            call.is_matched, found[row] = True, call
    return [(leg, found.get(row)) for row, leg in enumerate(legs)]


def _overlaps(leg: Leg, call: Seen) -> bool:
    ended_at = call.ended_at if call.ended_at is not None else leg.ended_at
    return call.began_at <= leg.ended_at + SLACK_S and ended_at >= leg.began_at - SLACK_S


def _is_collision(call: Seen) -> bool:
    """An analog line that rang in the very moment in which the box took it to dial: neither end can tell."""
    answered_at = call.answered_at if call.is_to_box and call.line.startswith("fxo") else None
    return answered_at is not None and answered_at - call.began_at < COLLISION_S


def _fits(leg: Leg, call: Seen) -> bool:
    if leg.is_in is not call.is_to_box or not _overlaps(leg, call):
        return False
    if leg.is_in:
        is_unknown = not leg.number and call.line.startswith("fxo")  # gone before the number came
        return leg.number == call.caller or is_unknown
    return leg.number.startswith(call.called)


def _leg(leg: Leg) -> str:
    way = "from" if leg.is_in else "to"
    answer = "not answered" if leg.answered_at is None else f"answered at {leg.answered_at:.2f}"
    times = f"{leg.began_at:.2f} to {leg.ended_at:.2f}"
    return f"[box: call {way} {leg.number or 'withheld'}, {times}, {answer}, {leg.reason}]"


def _seen(call: Seen) -> str:
    number = call.caller if call.is_to_box else call.called
    answer = "not answered" if call.answered_at is None else f"answered at {call.answered_at:.2f}"
    by = "box" if call.is_ended_by_box else "far end"
    way = "from" if call.is_to_box else "to"
    times = f"{call.began_at:.2f} to {call.ended_at or 0:.2f}"
    who = number or "withheld"
    return f"[exchange: call {way} {who}, {times}, {answer}, ended by {by}, cause {call.cause}]"
