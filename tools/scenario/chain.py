"""Steps that hang together: a line with a time of its own, and the lines below it that wait for something."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from tools.scenario.expect import Seen, matches
from tools.scenario.script import Step

ROUNDING_S = 1e-6


class Chain:
    """One chain of steps: what comes next, since when its event counts, and when it is due."""

    def __init__(self, steps: Iterable[Step]) -> None:
        self._steps = deque(steps)
        self._due_s: float | None = None
        self.since_s = 0.0
        self._arm()

    @property
    def next(self) -> Step | None:
        """The step that comes next."""
        return self._steps[0] if self._steps else None

    @property
    def is_waiting(self) -> bool:
        """The next step waits for something that was not seen yet."""
        return bool(self._steps) and self._due_s is None

    def due_s(self, patience_s: float) -> float:
        """When to look at this chain again: the next step is due, or its event has not come in time."""
        return self.since_s + patience_s if self._due_s is None else self._due_s

    def notice(self, seen: Seen) -> None:
        """Look whether this is what the next step waits for."""
        if self.is_waiting and matches(self._steps[0].on, seen.text):
            self._due_s = seen.at + self._steps[0].after_s

    def take(self, now: float) -> Step | None:
        """Give the next step if it is due; it counts as done."""
        if not self._steps or self._due_s is None or self._due_s > now + ROUNDING_S:
            return None
        step = self._steps.popleft()
        self.since_s = now
        self._arm()
        return step

    def _arm(self) -> None:
        step = self.next
        if step is None or step.on:
            self._due_s = None
        else:
            self._due_s = step.at if step.at is not None else self.since_s + step.after_s


def chains(steps: list[Step]) -> list[Chain]:
    """Cut a script into chains: each step that knows its time begins one."""
    groups: list[list[Step]] = []
    for step in steps:
        if step.at is not None or not groups:
            groups.append([])
        groups[-1].append(step)
    return [Chain(group) for group in groups]
