"""The line doctor as the API sees it: visits, remedies into the settings, captures onto the disk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from firmware.api.core import Actor, JsonObject, Refused
from firmware.box.box import Box
from firmware.box.capture import Capture
from firmware.config.problem import ConfigError
from firmware.doctor import words
from firmware.doctor.types import Finding, Report, Verdict
from firmware.durable import RealDisk, replace_file
from firmware.text import Text

KEPT = 20  # captures
SESSION = "doctor"

NO_LINE = Text(
    zh="没有这条模拟线路。请检查端口名，例如 fxo1。",
    en="There is no such analog line. Check the port's name, fxo1 for example.",
)
NOT_IDLE = Text(
    zh="线路不空闲：等通话结束后再测；端口有故障时看告警。",
    en="The line is not idle: test it when its call is over; if its port has failed, see the alarms.",
)
CAPTURED = Text(zh="此线路正在抓取。请等它结束。", en="This line is being captured. Wait for the end.")
NO_REMEDY = Text(
    zh="没有可保存的结果：先测试（tune）或学习。",
    en="There is nothing to store: test with tune, or learn, first.",
)
LINE_NOT_SET = Text(
    zh="设置中没有这条线路：先添加它。", en="The settings do not have this line: add it first."
)
DISK = Text(
    zh="无法保存抓取文件。请检查磁盘空间。", en="The capture cannot be written. Check the disk space."
)
CAPTURING = Text(zh="正在抓取", en="capturing")


@dataclass(frozen=True, slots=True)
class _Files:
    """A capture that ended."""

    name: str
    error: str


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
        try:
            self._box.test_line(port, digit=digit, tunes=is_tuning)
        except KeyError as error:
            raise Refused("unknown-line", NO_LINE, "port") from error
        except ValueError as error:
            raise Refused("line-busy", NOT_IDLE, "port") from error
        self._kind[port] = "test"
        self._wake()

    def learn(self, port: str, number: str) -> None:
        """Begin to learn a line's busy tone."""
        try:
            self._box.learn_line(port, number=number)
        except KeyError as error:
            raise Refused("unknown-line", NO_LINE, "port") from error
        except ValueError as error:
            raise Refused("line-busy", NOT_IDLE, "port") from error
        self._kind[port] = "learn"
        self._wake()

    def capture(self, port: str, seconds: float) -> None:
        """Begin to capture a line."""
        try:
            self._box.captures.begin(port, seconds, self._box.parts.clock.now())
        except KeyError as error:
            raise Refused("unknown-line", NO_LINE, "port") from error
        except ValueError as error:
            raise Refused("line-busy", CAPTURED, "port") from error
        self._kind[port] = "capture"
        self._captured.pop(port, None)
        self._box.log("doctor.began", line=port, what="capture")
        self._wake()

    def report(self, port: str) -> JsonObject | None:
        """Say how far it is, or what was found."""
        if self._kind.get(port) == "capture":
            return self._capture_json(port)
        report = self._box.clinic.report(port)
        return None if report is None else _json(report)

    def stop(self, port: str) -> None:
        """End what the doctor does at a line."""
        now = self._box.parts.clock.now()
        self._box.clinic.stop(port, words.STOPPED, now)
        self._box.captures.stop(port, now)
        self._wake()

    def store(self, port: str, actor: Actor) -> int:
        """Put the remedy into the settings."""
        report = self._box.clinic.report(port)
        if report is None or report.remedy is None:
            raise Refused("no-remedy", NO_REMEDY, "port")
        if not any(trunk.port == port for trunk in self._box.config.trunks):
            raise Refused("unknown-line", LINE_NOT_SET, "port")
        revision = self._commit(f"trunks.{port}.{report.remedy.field}", report.remedy.value, actor)
        self._box.clinic.stored(port)
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
        progress, files = 1.0, [f"{done.name}.wav", f"{done.name}.csv"] if done and not done.error else []
        if running is not None:
            length_s = max(running.until - running.began_at, 0.01)
            progress = round(min((self._box.parts.clock.now() - running.began_at) / length_s, 1.0), 2)
        is_over = running is None and done is not None
        failed = Finding("capture", Verdict.BAD, done.error, DISK) if done and done.error else None
        return {
            "port": port, "kind": "capture", "state": "done" if is_over else "running", "progress": progress,
            "step": (words.DONE if is_over else CAPTURING).model_dump(), "figures": {}, "remedy": None,
            "is_stored": False, "findings": [_finding(failed)] if failed else [], "files": files,
        }  # fmt: skip

    def _write(self, capture: Capture) -> None:
        """Write the two files on the writer's thread."""
        when = self._box.parts.clock.utc_at(capture.began_at).strftime("%Y%m%dT%H%M%SZ")
        name = f"{capture.port}-{when}"
        self._box.parts.executor.submit(
            lambda: self._write_files(name, capture), lambda error: self._written(capture.port, name, error)
        )

    def _write_files(self, name: str, capture: Capture) -> str:
        try:
            self._folder.mkdir(exist_ok=True)
            replace_file(RealDisk(), self._folder / f"{name}.wav", capture.wav())
            replace_file(RealDisk(), self._folder / f"{name}.csv", capture.csv())
            for old in sorted(self._folder.glob("*.wav"), key=lambda path: path.stat().st_mtime)[:-KEPT]:
                old.unlink()
                old.with_suffix(".csv").unlink(missing_ok=True)
        except OSError as error:
            return str(error)
        return ""

    def _written(self, port: str, name: str, error: str) -> None:
        self._captured[port] = _Files(name, error)
        self._box.log("doctor.ended", line=port, what="capture", state="failed" if error else "done")


def _finding(found: Finding) -> JsonObject:
    return {
        "what": found.what, "verdict": found.verdict.value, "value": found.value,
        "text": found.text.model_dump(),
    }  # fmt: skip


def _json(report: Report) -> JsonObject:
    remedy = None
    if report.remedy is not None:
        remedy = {"setting": f"trunks.{report.port}.{report.remedy.field}", "value": report.remedy.value}
    return {
        "port": report.port, "kind": report.kind, "state": report.state.value, "progress": report.progress,
        "step": report.step.model_dump(), "findings": [_finding(found) for found in report.findings],
        "figures": dict(report.figures), "remedy": remedy, "is_stored": report.is_stored, "files": [],
    }  # fmt: skip
