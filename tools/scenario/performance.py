"""A scenario from its file to its verdict."""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from tools import speech
from tools.emulator.sound import samples_of
from tools.scenario import expect, listen, script, settings, text
from tools.scenario.expect import Expectation, Row, Seen
from tools.scenario.listen import Heard
from tools.scenario.people import People, Recording
from tools.scenario.script import Step
from tools.scenario.settings import Factory, Scene
from tools.scenario.stage import Stage, StepError
from tools.scenario.text import Problem, ScenarioError, clock
from tools.scenario.venue import OpenVenue, Venue
from tools.scenario.wording import seen
from tools.sound import Samples
from tools.trace import TraceEvent

PROMPTS = Path(__file__).resolve().parent.parent.parent / "firmware/prompts/audio"


@dataclass(frozen=True, slots=True)
class Scenario:
    """A file that could be read."""

    path: Path
    source: str
    description: str
    scene: Scene
    steps: list[Step]
    expectation: Expectation
    heard: list[Heard]


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a performance went.

    rows        the comparison; problems are what could not be done or was not heard
    lines       the trace as the box gave it
    recordings  files that exist as long as the folder does
    """

    rows: list[Row]
    problems: list[Problem]
    trace: list[Seen]
    lines: Sequence[TraceEvent]
    recordings: list[Recording] = field(default_factory=list)
    virtual_s: float = 0.0
    wall_s: float = 0.0

    @property
    def is_good(self) -> bool:
        """Nothing differs and nothing went wrong."""
        return not self.problems and not any(row.is_difference for row in self.rows)


def load(path: Path, factory: Factory) -> Scenario:
    """Read a scenario file.

    raises  ScenarioError with all that is wrong, OSError
    """
    try:
        source = path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise ScenarioError(str(path), [Problem(1, f"not UTF-8 text (octet {error.start})")]) from None
    try:
        found = text.sections(source)
    except ScenarioError as error:
        raise ScenarioError(str(path), error.problems) from None
    scene, problems = settings.read(found.get("config"), factory)
    steps, wrong_steps = script.read(found["script"])
    expectation, wrong_lines = expect.read(found["expect"])
    heard, wrong_heard = listen.read(found.get("listen"))
    problems += [*wrong_steps, *wrong_lines, *wrong_heard]
    if problems or scene is None:
        raise ScenarioError(str(path), problems)
    description = "\n".join(found["description"].raw).strip() if "description" in found else ""
    return Scenario(path, source, description, scene, steps, expectation, heard)


def perform(
    scenario: Scenario,
    open_venue: OpenVenue,
    folder: Path,
    on_line: Callable[[Seen], None] = lambda _seen: None,
) -> Verdict:
    """Play a scenario and judge it.

    folder   takes the recordings of what people heard
    on_line  is called with each line of the trace as it appears
    """
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="callbox-") as data:
        venue = open_venue(scenario.scene, Path(data))
        people = People(venue, folder, scenario.path.parent, scenario.scene)
        try:
            problems = _play(scenario, venue, people, on_line)
        finally:
            venue.close()
    trace = [seen(line) for line in venue.trace]
    if not problems:
        problems = listen.check(
            scenario.heard, people.recordings(), lambda name: _sound(name, scenario.path.parent)
        )
    rows = expect.compare(scenario.expectation, trace)
    return Verdict(
        rows, problems, trace, venue.trace, people.recordings(), venue.now, time.monotonic() - begin
    )


def with_trace(scenario: Scenario, trace: list[Seen], *, has_times: bool) -> str:
    """Give the file with the trace that was seen in its expect section; comments and choices there stay.

    has_times  False: every line as `~`, that is, in this order at any time
    """
    lines = [
        f"{clock(seen.at) if has_times else '~':<9} {seen.text}"
        for seen in trace
        if scenario.expectation.watches(seen)
    ]
    head, body = re.split(r"(?m)^---\s*expect\s*$\n?", scenario.source, maxsplit=1)
    own, *rest = re.split(r"(?m)^(?=---)", body, maxsplit=1)
    kept = [line for line in own.splitlines() if re.match(r"\s*(#|only\b|ignore\b)", line)]
    return head + "\n".join(["--- expect", *kept, *lines, ""]) + ("\n" + rest[0] if rest else "")


def _play(scenario: Scenario, venue: Venue, people: People, on_line: Callable[[Seen], None]) -> list[Problem]:
    try:
        Stage(venue, people, on_line).play(scenario.steps, scenario.scene.until_s)
    except StepError as error:
        return [error.problem]
    return []


def _sound(name: str, beside: Path) -> Samples:
    if name.startswith("prompt "):
        return listen.read_sound(PROMPTS / f"{name.removeprefix('prompt ')}.wav")
    if name.endswith(".wav"):
        return np.asarray(samples_of(beside / name), dtype=np.float64)
    return np.asarray(speech.human(name))
