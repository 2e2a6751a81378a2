"""Run scenarios: `python -m tools.scenario FILE...`."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from firmware.config.factory import factory_config
from tools import ladder, virtual
from tools.scenario import performance
from tools.scenario.expect import Seen, matches
from tools.scenario.performance import Scenario, Verdict
from tools.scenario.report import differences
from tools.scenario.settings import Scene
from tools.scenario.text import ScenarioError, clock


def main(arguments: list[str] | None = None) -> int:
    """Run every file.

    gives  0 if all went as expected, else 1
    """
    options = _parser().parse_args(arguments)
    options.progress = options.progress or (options.out is not None and not options.quiet)
    results = [_run(path, options) for path in options.files]
    if len(results) > 1:
        print(f"{sum(results)} of {len(results)} scenarios good")
    return 0 if all(results) else 1


def open_box(scene: Scene, folder: Path) -> virtual.VirtualBox:
    """Put a virtual box together for a scene."""
    around = virtual.Surroundings(
        slots=[None if card == "empty" else card for card in scene.slots],
        start_utc=scene.start_utc,
        seed=scene.seed,
        lines=scene.lines,
        spans=scene.spans,
    )
    return virtual.VirtualBox(scene.config, folder, around)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tools.scenario", description="Play text scenarios in virtual time."
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="see docs/scenarios.md")
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="leave WAV files, timeline and call ladder there"
    )
    parser.add_argument(
        "--progress", action="store_true", help="print the timeline as it happens (--out does too)"
    )
    parser.add_argument("--quiet", action="store_true", help="say nothing about scenarios that are good")
    parser.add_argument("--record", action="store_true", help="write the trace that is seen into the file")
    parser.add_argument("--record-order", action="store_true", help="the same without times")
    return parser


def _run(path: Path, options: argparse.Namespace) -> bool:
    try:
        scenario = performance.load(path, factory_config)
    except ScenarioError as error:
        print(error, file=sys.stderr)
        return False
    except OSError as error:
        print(f"{path}: {error.strerror}", file=sys.stderr)
        return False
    if options.progress:
        print(f"== {path.name}: {scenario.description}")
    out = options.out / path.stem if options.out and len(options.files) > 1 else options.out
    with _folder(out) as folder:
        verdict = performance.perform(
            scenario, open_box, folder, _shown(scenario) if options.progress else _hide
        )
        if options.out is not None:
            _leave(scenario, verdict, folder)
    if options.record or options.record_order:
        path.write_text(performance.with_trace(scenario, verdict.trace, has_times=options.record), "utf-8")
        print(f"{path}: trace of {len(verdict.trace)} lines written")
        return not verdict.problems
    _tell(scenario, verdict, options.quiet)
    return verdict.is_good


def _tell(scenario: Scenario, verdict: Verdict, is_quiet: bool) -> None:
    if verdict.is_good and is_quiet:
        return
    factor = verdict.virtual_s / verdict.wall_s
    speed = f"{clock(verdict.virtual_s)} in {verdict.wall_s:.1f} s, {factor:.0f} times the clock"
    print(f"{scenario.path}: {'good' if verdict.is_good else 'NOT GOOD'} ({speed})")
    for problem in verdict.problems:
        print(f"{scenario.path}:{problem.line}: {problem.message}")
    table = differences(verdict.rows)
    if table:
        print(table)


def _leave(scenario: Scenario, verdict: Verdict, folder: Path) -> None:
    """Write the timeline and the ladder beside the recordings, and say what is there."""
    timeline = "".join(f"{clock(seen.at):>9}  {seen.text}\n" for seen in verdict.trace)
    (folder / "timeline.txt").write_text(timeline, "utf-8")
    drawn = ladder.choose(verdict.lines, scenario.scene.ladder)
    phones = {phone.number: phone.port for phone in scenario.scene.config.phones}
    picture = ladder.draw(verdict.lines, drawn, phones, title=scenario.path.stem)
    (folder / "ladder.svg").write_text(picture, "utf-8")
    print(f"{folder}: timeline.txt, ladder.svg (call {drawn}), {len(verdict.recordings)} WAV files:")
    for recording in verdict.recordings:
        print(f"  {recording.path.name:<16} what {recording.who} heard from {clock(recording.begins_s)}")


@contextmanager
def _folder(out: Path | None) -> Iterator[Path]:
    """Give the folder for the results, without those of an earlier run; a passing one if none is wanted."""
    if out is None:
        with tempfile.TemporaryDirectory(prefix="callbox-heard-") as folder:
            yield Path(folder)
        return
    out.mkdir(parents=True, exist_ok=True)
    for old in (*out.glob("*.wav"), *out.glob("ladder.svg"), *out.glob("timeline.txt")):
        old.unlink()
    yield out


def _shown(scenario: Scenario) -> Callable[[Seen], None]:
    """Print the timeline, without what the scenario ignores."""

    def show(seen: Seen) -> None:
        if not any(matches(pattern, seen.text) for pattern in scenario.expectation.ignored):
            print(f"{clock(seen.at):>9}  {seen.who:<12} {seen.what}", flush=True)

    return show


def _hide(_seen: Seen) -> None:
    """Keep quiet."""


if __name__ == "__main__":
    sys.exit(main())
