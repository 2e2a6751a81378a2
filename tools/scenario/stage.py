"""Play a script: run the box tick by tick and do each step when it is due."""

from __future__ import annotations

from collections.abc import Callable

from tools import speech
from tools.emulator.event import WorldError
from tools.emulator.sound import SoundError
from tools.scenario.chain import Chain, chains
from tools.scenario.expect import Seen
from tools.scenario.people import People
from tools.scenario.script import Step
from tools.scenario.text import Problem, clock
from tools.scenario.venue import Venue
from tools.scenario.wording import seen

TICK_S = 0.01
AFTER_LAST_STEP_S = 10.0
PATIENCE_S = 300.0


class StepError(Exception):
    """A step cannot be done; holds the problem with the line in the file."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class Stage:
    """One performance.

    people   carry out the verbs
    on_line  is called with every line of the trace as it appears
    """

    def __init__(self, venue: Venue, people: People, on_line: Callable[[Seen], None]) -> None:
        self._venue = venue
        self._people = people
        self._on_line = on_line
        self._read = 0
        self._act_at = 0.0

    def play(self, steps: list[Step], until_s: float | None) -> None:
        """Do every step and run on to the end.

        until_s  end of the performance; None = 10 s after the last step
        raises   StepError
        """
        left = chains(steps)
        while left:
            if self._venue.now >= self._act_at:
                left = self._act(left)
            self._tick(left)
        end_s = self._venue.now + AFTER_LAST_STEP_S if until_s is None else until_s
        while self._venue.now < end_s - TICK_S / 2:
            self._tick([])

    def _act(self, left: list[Chain]) -> list[Chain]:
        """Do what is due; gives the chains that go on."""
        for chain in left:
            self._do_due(chain)
            self._check_patience(chain)
        left = [chain for chain in left if chain.next is not None]
        self._act_at = min((chain.due_s(PATIENCE_S) for chain in left), default=0.0)
        return left

    def _tick(self, waiting: list[Chain]) -> None:
        venue = self._venue
        venue.run_until(round(venue.now / TICK_S + 1) * TICK_S)
        if len(venue.trace) > self._read:
            lines, self._read = venue.trace[self._read :], len(venue.trace)
            for line in map(seen, lines):
                self._on_line(line)
                for chain in waiting:
                    chain.notice(line)
            self._act_at = venue.now

    def _check_patience(self, chain: Chain) -> None:
        step, now = chain.next, self._venue.now
        if step and chain.is_waiting and now >= chain.since_s + PATIENCE_S:
            message = f'on "{step.on}": not seen within {PATIENCE_S:g} s, until {clock(now)}'
            raise StepError(Problem(step.line, message))

    def _do_due(self, chain: Chain) -> None:
        while (step := chain.take(self._venue.now)) is not None:
            try:
                self._people.do(step.verb, step.args)
            except (WorldError, SoundError, speech.SpeechError, ValueError, OSError) as error:
                raise StepError(
                    Problem(step.line, f"{step.verb} at {clock(self._venue.now)}: {error}")
                ) from error
