"""A box in memory behind the real `Core` protocol, for the tests of the API and of the faces."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from firmware.api.core import (
    Actor,
    Command,
    Core,
    HangUp,
    JsonObject,
    PromptRecording,
    RecordingState,
    Refused,
    StoredPrompt,
    User,
)
from firmware.api.settings import StoreSettings
from firmware.api.snapshot import QualityPart, Snapshot, SpanPart
from firmware.clock import VirtualClock
from firmware.config.models import Config
from firmware.config.store import ConfigStore
from firmware.text import Language, Text

STARTED = "2026-11-22T01:02:03Z"
CODE = "7KQ4-M2XN"


def museum() -> Config:
    """Two lines, two phones, two agents, a queue and a menu."""
    tree = {
        "site": {"name": {"zh": "博物馆", "en": "Museum"}},
        "trunks": [{"port": "fxo1", "name": "Front", "number": "62345678"}, {"port": "fxo2"}],
        "phones": [{"port": "fxs1", "number": "801", "name": "Desk 1"}, {"port": "fxs2", "number": "802"}],
        "agents": [
            {"number": "1001", "name": {"zh": "李雷", "en": "Li Lei"}, "queues": ["info"]},
            {"number": "1002", "name": {"zh": "韩梅梅", "en": "Han Meimei"}, "queues": ["info"]},
        ],
        "queues": [{"name": "info", "title": {"zh": "咨询", "en": "Information"}}],
        "menus": [
            {
                "name": "main",
                "title": {"zh": "主菜单", "en": "Main menu"},
                "keys": {"1": "queue:info", "2": "message:info", "9": "language:en"},
            }
        ],
    }
    return Config.model_validate(tree)


def span() -> SpanPart:
    """An E1 with three channels, one of them busy."""
    states = {1: "idle", 2: "idle", 3: "in-use"}
    quality: QualityPart = {
        "began_utc": STARTED, "seconds": 900, "errored_s": 7, "severe_s": 1, "unavailable_s": 0,
        "far_errored_s": 2, "slips": 4,
    }  # fmt: skip
    return {
        "port": "span1", "name": "City", "number": "65510000", "signalling": "pri", "state": "up",
        "reason": None, "alarms": [], "is_clock": True, "busy": 1, "quality": quality,
        "frames": {"good": 502, "bad": 3, "sent": 498},
        "channels": [
            {
                "timeslot": slot, "port": f"span1-{slot}", "state": state, "is_draining": False,
                "reason": None, "caller": "13800138000" if slot == 3 else None, "call": None,
            }
            for slot, state in states.items()
        ],
    }  # fmt: skip


def snapshot(is_set_up: bool = False) -> Snapshot:
    """A quiet box with two lines."""
    return {
        "box": {
            "id": "b1", "version": "0.1.0", "language": "zh", "started_utc": STARTED, "uptime_s": 60.0,
            "revision": 1, "address": "http://127.0.0.1:8080", "setup_done": is_set_up, "alarms": [],
        },
        "lines": [_line("fxo1", "Front", "62345678"), _line("fxo2", "", "")],
        "spans": [],
        "phones": [
            {"port": "fxs1", "number": "801", "name": "Desk 1", "state": "on-hook", "reason": None,
             "agent": "1001"},
            {"port": "fxs2", "number": "802", "name": "", "state": "on-hook", "reason": None, "agent": None},
        ],
        "queues": [
            {
                "name": "info", "title": {"zh": "咨询", "en": "Information"}, "waiting": [],
                "agents_ready": 1, "today": {"offered": 12, "answered": 10, "abandoned": 2},
            }
        ],
        "agents": [
            {
                "number": "1001", "name": {"zh": "李雷", "en": "Li Lei"}, "state": "ready", "phone": "801",
                "since_s": 95.0, "call": None,
            },
            {
                "number": "1002", "name": {"zh": "韩梅梅", "en": "Han Meimei"}, "state": "logged-out",
                "phone": None, "since_s": 4000.0, "call": None,
            },
        ],
        "calls": [],
    }  # fmt: skip


def _line(port: str, name: str, number: str) -> Any:
    return {
        "port": port, "name": name, "number": number, "state": "idle", "reason": None, "caller": None,
        "call": None, "groups": ["outside"], "is_draining": False,
    }  # fmt: skip


class MemorySecrets:
    """Users in a dict."""

    def __init__(self) -> None:
        self._users: dict[str, User] = {}

    def is_set_up(self) -> bool:
        return bool(self._users)

    def set_up(self, code: str, user: User) -> None:
        if self.is_set_up():
            raise Refused("already-set-up", Text(zh="已设置。请登录。", en="Already set up. Log in."))
        if not self.is_setup_code(code):
            raise Refused("wrong-code", Text(zh="设置码不对。", en="The set-up code is wrong."), "code")
        self.set_user(user)

    def is_setup_code(self, code: str) -> bool:
        return code == CODE and not self.is_set_up()

    def user(self, name: str) -> User | None:
        return self._users.get(name)

    def users(self) -> Sequence[User]:
        return list(self._users.values())

    def set_user(self, user: User) -> None:
        self._users[user.name] = user

    def delete_user(self, name: str) -> None:
        del self._users[name]


class MemoryRecords:
    """Rows that a test puts in."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self.left: list[dict[str, Any]] = []
        self.files: dict[str, Path] = {}
        self.audited: list[dict[str, Any]] = []

    def calls(self, limit: int, before: str | None) -> Sequence[JsonObject]:
        ids = [row["id"] for row in self.rows]
        begin = ids.index(before) + 1 if before else 0
        return self.rows[begin : begin + limit]

    def call(self, call: str) -> JsonObject | None:
        return next((row for row in self.rows if row["id"] == call), None)

    def messages(self, limit: int) -> Sequence[JsonObject]:
        return self.left[:limit]

    def message_heard(self, message: str, actor: Actor) -> None:
        for row in self.left:
            if row["id"] == message:
                row.update(heard_utc=STARTED, heard_by=actor.name)

    def recording(self, recording: str) -> Path | None:
        return self.files.get(recording)

    def audit(self, limit: int) -> Sequence[JsonObject]:
        return self.audited[-limit:][::-1]


class MemoryPrompts:
    """Sound files in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._recordings: dict[str, PromptRecording] = {}

    def store(self, name: str, language: Language, wav: bytes, actor: Actor) -> StoredPrompt:
        sha256 = hashlib.sha256(wav).hexdigest()
        (self._folder / f"{sha256}.wav").write_bytes(wav)
        return StoredPrompt(sha256, 1.5)

    def path(self, name: str, language: Language) -> Path | None:
        return None

    def file(self, sha256: str) -> Path | None:
        path = self._folder / f"{sha256}.wav"
        return path if path.exists() else None

    def names(self) -> Sequence[str]:
        return ["greeting", "closed", "music"]

    def record(self, name: str, language: Language, phone: str, actor: Actor) -> PromptRecording:
        if phone not in ("801", "802"):
            raise Refused("unknown-phone", Text(zh="没有这部电话。", en="There is no such phone."), "phone")
        recording = PromptRecording("r1", name, language, phone, RecordingState.RINGING, None, None)
        self._recordings["r1"] = recording
        return recording

    def finish(self, stored: StoredPrompt) -> None:
        """The person has spoken and hung up."""
        old = self._recordings["r1"]
        done = PromptRecording("r1", old.name, old.language, old.phone, RecordingState.DONE, stored, None)
        self._recordings["r1"] = done

    def recording(self, recording: str) -> PromptRecording | None:
        return self._recordings.get(recording)


class MemoryDoctor:
    """A doctor who is done at once if he is not slow, and finds an odd busy tone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.asked: list[tuple[Any, ...]] = []
        self.is_slow = False
        self.reports: dict[str, dict[str, Any]] = {}

    def _begin(self, port: str, kind: str, *what: object) -> None:
        if port not in ("fxo1", "span1"):
            raise Refused("unknown-line", Text(zh="没有这条线路。", en="There is no such line."), "port")
        self.asked.append((kind, port, *what))
        text = {"zh": "正常。", "en": "Good."}
        good = {"what": "battery", "verdict": "good", "value": {"zh": "48 V", "en": "48 V"}, "text": text}
        remedy = {"setting": "trunks.fxo1.busy_tone", "value": "440: 250 250"} if kind == "learn" else None
        self.reports[port] = {
            "port": port, "kind": kind, "state": "running" if self.is_slow else "done",
            "progress": 1.0, "figures": {"on_hook_v": 48},
            "step": {"zh": "完成", "en": "done"}, "findings": [good], "remedy": remedy, "is_stored": False,
            "files": ["fxo1-1.wav", "fxo1-1.csv"] if kind == "capture" else [],
        }  # fmt: skip

    def test(self, port: str, digit: str, is_tuning: bool) -> None:
        self._begin(port, "test", digit, is_tuning)

    def test_span(self, port: str, is_remote: bool, is_forced: bool) -> None:
        self._begin(port, "test", is_remote, is_forced)

    def loop_span(self, port: str, seconds: float, is_forced: bool) -> None:
        self._begin(port, "loop", seconds, is_forced)

    def trace(self, port: str) -> bytes:
        if port != "span1":
            raise Refused("unknown-span", Text(zh="没有这个 E1。", en="There is no such E1."), "port")
        return b"frames"

    def learn(self, port: str, number: str) -> None:
        self._begin(port, "learn", number)

    def capture(self, port: str, seconds: float) -> None:
        self._begin(port, "capture", seconds)
        for name in ("fxo1-1.wav", "fxo1-1.csv"):
            (self._folder / name).write_bytes(b"octets")

    def report(self, port: str) -> JsonObject | None:
        return self.reports.get(port)

    def stop(self, port: str) -> None:
        self.reports.pop(port, None)

    def store(self, port: str, actor: Actor) -> int:
        if port not in self.reports or self.reports[port]["remedy"] is None:
            raise Refused("no-remedy", Text(zh="没有可保存的结果。", en="There is nothing to store."), "port")
        self.reports[port]["is_stored"] = True
        return 2

    def file(self, name: str) -> Path | None:
        path = self._folder / name
        return path if path.exists() else None


class MemoryBox:
    """The box: a snapshot that tests change, commands that it remembers."""

    def __init__(self, folder: Path) -> None:
        clock = VirtualClock(datetime(2026, 11, 22, tzinfo=UTC))
        store = ConfigStore(folder / "config", lambda _config: [], clock)
        store.load(museum)
        self.settings = StoreSettings(store, lambda: 0.0)
        self.secrets = MemorySecrets()
        self.records = MemoryRecords()
        self.prompts = MemoryPrompts(folder)
        self.doctor = MemoryDoctor(folder)
        self.live = snapshot()
        self.commands: list[tuple[Command, Actor]] = []
        self.watchers: list[Callable[[], None]] = []

    def snapshot(self) -> Snapshot:
        self.live["box"]["setup_done"] = self.secrets.is_set_up()
        self.live["box"]["revision"] = self.settings.revision
        return self.live

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        self.watchers.append(callback)
        return lambda: self.watchers.remove(callback)

    def span_history(self, port: str) -> list[QualityPart]:
        if port not in [span["port"] for span in self.live["spans"]]:
            raise Refused("unknown-span", Text(zh="没有这个 E1。", en="There is no such E1."), "port")
        return [self.live["spans"][0]["quality"]]

    def changed(self) -> None:
        """Tell the watchers."""
        for watcher in list(self.watchers):
            watcher()

    def command(self, command: Command, actor: Actor) -> None:
        if isinstance(command, HangUp) and command.call not in [c["call"] for c in self.live["calls"]]:
            raise Refused("unknown-call", Text(zh="没有这个通话。", en="There is no such call."), "call")
        self.commands.append((command, actor))

    def audit(self, actor: Actor, action: str, detail: JsonObject) -> None:
        self.records.audited.append({"actor": actor.name, "action": action, "detail": detail})

    def has_span(self) -> None:
        """An E1 with three channels and two bad quarters of an hour."""
        channels: list[Any] = [
            {
                "timeslot": timeslot, "port": f"span1-{timeslot}", "state": "idle", "is_draining": False,
                "reason": None, "caller": None, "call": None,
            }
            for timeslot in (1, 2, 3)
        ]  # fmt: skip
        quality: QualityPart = {
            "began_utc": STARTED, "seconds": 900, "errored_s": 9, "severe_s": 4, "unavailable_s": 30,
            "far_errored_s": 0, "slips": 2,
        }  # fmt: skip
        self.live["spans"] = [
            {
                "port": "span1", "name": "Trunk", "number": "65510000", "signalling": "pri", "state": "up",
                "reason": None, "alarms": [], "is_clock": True, "busy": 0, "channels": channels,
                "quality": quality, "frames": None,
            }
        ]  # fmt: skip
        self.changed()

    def call_arrives(self, caller: str = "13800138000") -> None:
        """A caller waits in the queue."""
        line = self.live["lines"][0]
        line["state"], line["caller"], line["call"] = "in-use", caller, "c1"
        self.live["queues"][0]["waiting"] = [{"call": "c1", "caller": caller, "position": 1, "waited_s": 7.0}]
        self.live["calls"] = [
            {
                "call": "c1", "contact": "k1", "direction": "in", "caller": caller, "called": "62345678",
                "state": "queue", "queue": "info", "agent": None, "line": "fxo1",
                "party": None, "sound": None, "started_utc": STARTED, "duration_s": 21.0,
            }
        ]  # fmt: skip
        self.changed()


def as_core(box: MemoryBox) -> Core:
    """Let mypy prove that the box is one."""
    return box
