"""The line doctor as the API sees it: visits, remedies into the settings, captures onto the disk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from firmware import countries
from firmware.api.core import Actor, JsonObject, Refused
from firmware.box.box import Box
from firmware.box.captured import Capture
from firmware.box.clinic import Clinic
from firmware.box.refusals import (
    CAPTURED,
    DISK,
    EMERGENCY,
    HAS_CALLS,
    LINE_NOT_SET,
    NO_ANALOG,
    NO_REMEDY,
    NO_SPAN,
    NOT_IDLE,
    TESTING,
    refusing,
)
from firmware.box.span_clinic import HasCalls, SpanClinic
from firmware.config import channels
from firmware.config.problem import ConfigError
from firmware.countries import numbering
from firmware.doctor import words
from firmware.doctor.types import Finding, Report, Verdict
from firmware.durable import RealDisk, replace_file
from firmware.text import Text, same

KEPT = 20  # captures
SESSION = "doctor"

CAPTURING = Text(zh="正在抓取", en="capturing")


@dataclass(frozen=True, slots=True)
class _Files:
    """A capture that ended."""

    name: str
    error: str
    ends: tuple[str, ...]


class BoxDoctor:
    """Implements `firmware.api.core.Doctor`."""

    def __init__(self, box: Box, folder: Path, wake: Callable[[], None]) -> None:
        self._box = box
        self._wake = wake  # a deadline has changed
        self._folder = folder / "captures"
        self._captured: dict[str, _Files] = {}
        self._kind: dict[str, str] = {}  # what was last asked for at a line
        box.captures.on_finished.append(self._write)

    def test(self, port: str, digit: str, is_tuning: bool) -> None:
        """Begin to test a line."""
        with (
            refusing(KeyError, "unknown-line", NO_ANALOG, "port"),
            refusing(ValueError, "line-busy", NOT_IDLE, "port"),
        ):
            self._box.clinic.test(port, self._box.take_time(), digit=digit, tunes=is_tuning)
        self._kind[port] = "test"
        self._wake()

    def test_span(self, port: str, is_remote: bool, is_forced: bool) -> None:
        """Begin to test an E1."""
        clinic, now = self._box.span_clinic, self._box.take_time()
        self._visit_span(port, lambda: clinic.test(port, now, is_remote=is_remote, is_forced=is_forced))
        self._kind[port] = "test"

    def loop_span(self, port: str, seconds: float, is_forced: bool) -> None:
        """Loop an E1 towards its far end."""
        clinic, now = self._box.span_clinic, self._box.take_time()
        self._visit_span(port, lambda: clinic.loop(port, now, seconds=seconds, is_forced=is_forced))
        self._kind[port] = "loop"

    def _visit_span(self, port: str, begin: Callable[[], None]) -> None:
        if self._box.captures.hears(port):
            raise Refused("line-busy", CAPTURED, "port")
        has_calls = Text(zh=HAS_CALLS.zh.format(port=port), en=HAS_CALLS.en.format(port=port))
        with (
            refusing(KeyError, "unknown-span", NO_SPAN, "port"),
            refusing(HasCalls, "span-has-calls", has_calls, "port"),
        ):
            begin()
        self._wake()

    def trace(self, port: str) -> bytes:
        """Give the last frames of an E1's D-channel."""
        with refusing(KeyError, "unknown-span", NO_SPAN, "port"):
            return self._box.hands.wire.pcap(port)

    def learn(self, port: str, number: str) -> None:
        """Begin to learn a line's busy tone."""
        site = self._box.config.site
        numbers = countries.load(site.country).numbers
        if numbers.is_emergency(numbering.dialled(number, numbers, site.area_code)):
            raise Refused("emergency-number", EMERGENCY, "number")
        with (
            refusing(KeyError, "unknown-line", NO_ANALOG, "port"),
            refusing(ValueError, "line-busy", NOT_IDLE, "port"),
        ):
            self._box.clinic.learn(port, self._box.take_time(), number=number)
        self._kind[port] = "learn"
        self._wake()

    def capture(self, port: str, seconds: float) -> None:
        """Begin to capture a line, a channel, or the D-channel of an E1."""
        if self._box.span_clinic.is_at(channels.span_of(port)):
            raise Refused("line-busy", TESTING, "port")
        with (
            refusing(KeyError, "unknown-line", NO_ANALOG, "port"),
            refusing(ValueError, "line-busy", CAPTURED, "port"),
        ):
            self._box.captures.begin(port, seconds, self._box.parts.clock.now())
        self._kind[port] = "capture"
        self._captured.pop(port, None)
        self._box.journal.log("doctor.began", line=port, what="capture")
        self._wake()

    def report(self, port: str) -> JsonObject | None:
        """Say how far it is, or what was found."""
        if self._kind.get(port) == "capture":
            return self._capture_json(port)
        report = self._box.clinic.report(port) or self._box.span_clinic.report(port)
        return None if report is None else _json(report)

    def stop(self, port: str) -> None:
        """End what the doctor does at a line."""
        now = self._box.parts.clock.now()
        self._box.clinic.stop(port, words.STOPPED, now)
        self._box.span_clinic.stop(port, words.STOPPED, now)
        self._box.captures.stop(port, now)
        self._wake()

    def store(self, port: str, actor: Actor) -> int:
        """Put the remedy into the settings."""
        box = self._box
        clinic: Clinic | SpanClinic = box.clinic if port not in box.spans.all else box.span_clinic
        report = clinic.report(port)
        if report is None or report.remedy is None:
            raise Refused("no-remedy", NO_REMEDY, "port")
        if port not in {
            *(trunk.port for trunk in box.config.trunks),
            *(span.port for span in box.config.spans),
        }:
            raise Refused("unknown-line", LINE_NOT_SET, "port")
        revision = self._commit(f"{_branch(port)}.{port}.{report.remedy.field}", report.remedy.value, actor)
        clinic.stored(port)
        return revision

    def _commit(self, path: str, value: str, actor: Actor) -> int:
        store, now = self._box.parts.store, self._box.parts.clock.now()
        store.open(SESSION, actor.name)
        try:
            store.set(SESSION, path, value)
            return store.commit(SESSION, actor.name, actor.role.value, "line doctor", now)
        except ConfigError as error:
            raise Refused("invalid-setting", error.problems[0].text, path) from error
        finally:
            store.discard(SESSION)

    # ---- captures ------------------------------------------------------------------------------

    def file(self, name: str) -> Path | None:
        """Give a capture's file by its name."""
        path = self._folder / name
        return path if path.parent == self._folder and path.is_file() else None

    def _capture_json(self, port: str) -> JsonObject:
        running, done = self._box.captures.running(port), self._captured.get(port)
        progress = 1.0
        files = [f"{done.name}.{end}" for end in done.ends] if done and not done.error else []
        if running is not None:
            length_s = max(running.until - running.began_at, 0.01)
            progress = round(min((self._box.parts.clock.now() - running.began_at) / length_s, 1.0), 2)
        is_over = running is None and done is not None
        failed = Finding("capture", Verdict.BAD, same(done.error), DISK) if done and done.error else None
        return {
            "port": port, "kind": "capture", "state": "done" if is_over else "running", "progress": progress,
            "step": (words.DONE if is_over else CAPTURING).model_dump(), "figures": {}, "remedy": None,
            "is_stored": False, "findings": [_finding(failed)] if failed else [], "files": files,
        }  # fmt: skip

    def _write(self, capture: Capture) -> None:
        """Write the two files on the writer's thread."""
        when = self._box.parts.clock.utc_at(capture.began_at).strftime("%Y%m%dT%H%M%SZ")
        name = f"{capture.port}-{when}"
        files = capture.files()
        self._box.parts.executor.submit(
            lambda: self._write_files(name, files),
            lambda error: self._written(capture.port, _Files(name, error, tuple(files))),
        )

    def _write_files(self, name: str, files: Mapping[str, bytes]) -> str:
        try:
            self._folder.mkdir(exist_ok=True)
            for end, octets in files.items():
                replace_file(RealDisk(), self._folder / f"{name}.{end}", octets)
            self._tidy()
        except OSError as error:
            return str(error)
        return ""

    def _tidy(self) -> None:
        """Keep the last captures only; the files of one have the same name up to the end."""
        newest: dict[str, float] = {}
        for path in self._folder.iterdir():
            newest[path.stem] = max(newest.get(path.stem, 0.0), path.stat().st_mtime)
        for stem in sorted(newest, key=lambda stem: newest[stem])[:-KEPT]:
            for path in self._folder.glob(f"{stem}.*"):
                path.unlink()

    def _written(self, port: str, files: _Files) -> None:
        self._captured[port] = files
        self._box.journal.log(
            "doctor.ended", line=port, what="capture", state="failed" if files.error else "done"
        )


def _branch(port: str) -> str:
    """Give the list of the settings that a line stands in."""
    return "spans" if port.startswith("span") else "trunks"


def _finding(found: Finding) -> JsonObject:
    return {
        "what": found.what, "verdict": found.verdict.value, "value": found.value.model_dump(),
        "text": found.text.model_dump(),
    }  # fmt: skip


def _json(report: Report) -> JsonObject:
    remedy = None
    if report.remedy is not None:
        setting = f"{_branch(report.port)}.{report.port}.{report.remedy.field}"
        remedy = {"setting": setting, "value": report.remedy.value}
    return {
        "port": report.port, "kind": report.kind, "state": report.state.value, "progress": report.progress,
        "step": report.step.model_dump(), "findings": [_finding(found) for found in report.findings],
        "figures": dict(report.figures), "remedy": remedy, "is_stored": report.is_stored, "files": [],
    }  # fmt: skip
