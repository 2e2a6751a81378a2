"""What the API needs of the box: the box implements `Core`, the faces see it as JSON.

Everything is synchronous, quick (never waits for a phone or a person) and called on the loop that drives the
box. What cannot be done raises `Refused`; the API turns it into the error body that the faces show. Long work
(recording a prompt from a phone) is started by `Prompts.record` and watched with `Prompts.recording`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol, TypeAlias

from firmware.api.snapshot import QualityPart, Snapshot
from firmware.role import Role as Role  # noqa: PLC0414  # part of this interface
from firmware.text import Language, Text

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
JsonObject: TypeAlias = Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who gives a command, for the audit: a user's name and role, as the face established them."""

    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with settings; `path` such as `queues.info.offer_s`."""

    path: str
    text: Text


class Refused(Exception):
    """The box cannot do this. `text` says why and what to do next; `field` names the wrong input, if any."""

    def __init__(self, code: str, text: Text, field: str = "", problems: Sequence[Problem] = ()) -> None:
        super().__init__(f"{code}: {text.en}")
        self.code = code  # kebab-case; `errors.py` chooses the HTTP status by it
        self.text = text
        self.field = field
        self.problems = tuple(problems)  # all of them, when there are several


@dataclass(frozen=True, slots=True)
class AgentLogin:
    """Log an agent in at a phone."""

    agent: str
    phone: str


@dataclass(frozen=True, slots=True)
class AgentLogout:
    """Log an agent out; a call in progress goes on."""

    agent: str


@dataclass(frozen=True, slots=True)
class AgentPause:
    """Give an agent no calls until ready again."""

    agent: str


@dataclass(frozen=True, slots=True)
class AgentReady:
    """End a pause, or the wrap-up early."""

    agent: str


@dataclass(frozen=True, slots=True)
class HangUp:
    """End a call, all its legs."""

    call: str


@dataclass(frozen=True, slots=True)
class SetLineService:
    """Take a line out of service (a call on it goes on), or back, until the next start."""

    port: str
    is_in_service: bool


@dataclass(frozen=True, slots=True)
class SetGroupService:
    """Drain a group of lines, take it out of service, or back, until the settings change."""

    group: str
    service: str  # in-service | drain | out-of-service


@dataclass(frozen=True, slots=True)
class RestartSpan:
    """Set the channels of a span that carry no call back to idle, at both ends."""

    port: str


@dataclass(frozen=True, slots=True)
class RingPhone:
    """Ring a phone for a few seconds, to find it and to prove that it works."""

    phone: str


Command = (
    AgentLogin | AgentLogout | AgentPause | AgentReady | HangUp | SetLineService | SetGroupService
    | RestartSpan | RingPhone
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class StoredPrompt:
    """A sound file of the owner's on the disk; heard once the prompt's `files` in the settings name it."""

    sha256: str
    duration_s: float


class RecordingState(StrEnum):
    """How far the recording of a prompt from a phone is."""

    RINGING = "ringing"
    RECORDING = "recording"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class PromptRecording:
    """A prompt being recorded from a phone."""

    recording: str  # id
    name: str
    language: Language
    phone: str
    state: RecordingState
    stored: StoredPrompt | None  # when DONE
    reason: Text | None  # when FAILED


class Prompts(Protocol):
    """The owner's sound files."""

    def store(self, name: str, language: Language, wav: bytes, actor: Actor) -> StoredPrompt:
        """Keep a sound file; `wav` was checked by `firmware.api.wav` (any rate, 1-2 channels).

        raises  Refused if it cannot be kept (disk full)
        """

    def path(self, name: str, language: Language) -> Path | None:
        """Give the file that callers hear under this name now, the owner's or the standard one."""

    def file(self, sha256: str) -> Path | None:
        """Give a stored file of the owner's, to listen to it before it is committed."""

    def names(self) -> Sequence[str]:
        """Give the names of the standard prompts, which need no entry in the settings."""

    def record(self, name: str, language: Language, phone: str, actor: Actor) -> PromptRecording:
        """Ring the phone, say `record-prompt`, beep, record until # or hang-up.

        raises  Refused if the phone is busy, out of service or unknown
        """

    def recording(self, recording: str) -> PromptRecording | None:
        """Say how far a recording is; None after it was forgotten (an hour) or never was."""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between two trees; None = absent. `lines` as a person types them, with - and +."""

    path: str
    old: Json
    new: Json
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Revision:
    """A committed tree of settings."""

    revision: int
    committed_utc: str
    actor: str
    comment: str
    changes: tuple[str, ...]


class Settings(Protocol):
    """The settings and their candidates; a candidate belongs to a session and starts from what is running.

    A path is `menus.main.keys.1` or `site.language`: list items are named by their key field (`name`,
    `number` or `port`). `settings.py` makes one of these from a `ConfigStore`.

    raises  Refused: `unknown-session`, `invalid-setting`, `stale-candidate`, `disk`
    """

    @property
    def revision(self) -> int: ...

    def running(self) -> JsonObject: ...

    def open(self, actor: Actor) -> str:
        """Begin a session; gives its id."""

    def candidate(self, session: str) -> JsonObject: ...

    def set(self, session: str, path: str, value: Json) -> None: ...

    def delete(self, session: str, path: str) -> None: ...

    def replace(self, session: str, tree: JsonObject) -> None: ...

    def compare(self, session: str) -> Sequence[Change]: ...

    def check(self, session: str) -> Sequence[Problem]: ...

    def commit(self, session: str, comment: str, actor: Actor) -> int:
        """Make the candidate the running settings; gives the new revision."""

    def rebase(self, session: str) -> Sequence[Change]:
        """Move the candidate to what runs now, keeping its changes; gives what it overrules."""

    def discard(self, session: str) -> None: ...

    def rollback(self, session: str, revision: int) -> None:
        """Load an old revision into the candidate; `commit` makes it run."""

    def history(self) -> Sequence[Revision]:
        """Newest first."""


@dataclass(frozen=True, slots=True)
class User:
    """Who may log in at a face. The faces hash and verify; the box stores."""

    name: str
    role: Role
    password_hash: str  # argon2id


class Secrets(Protocol):
    """The set-up code and the users."""

    def is_set_up(self) -> bool:
        """Say whether an owner has set a password."""

    def set_up(self, code: str, user: User) -> None:
        """Make the first owner.

        raises  Refused (`wrong-code`, `already-set-up`)
        """

    def is_setup_code(self, code: str) -> bool:
        """Compare in constant time; False after set-up."""

    def user(self, name: str) -> User | None: ...

    def users(self) -> Sequence[User]: ...

    def set_user(self, user: User) -> None: ...

    def delete_user(self, name: str) -> None: ...


class Records(Protocol):
    """What happened; rows are JSON-ready, newest first. `records.py` makes one of these from the store."""

    def calls(self, limit: int, before: str | None) -> Sequence[JsonObject]:
        """Give finished calls, each with its `recording`'s id or None; `before` is the last one's id of the
        page before.
        """

    def call(self, call: str) -> JsonObject | None:
        """Give a finished call with its legs, segments, events and `recordings` (each with its `id`)."""

    def messages(self, limit: int) -> Sequence[JsonObject]: ...

    def message_heard(self, message: str, actor: Actor) -> None: ...

    def recording(self, recording: str) -> Path | None:
        """Give a recording's WAV file."""

    def audit(self, limit: int) -> Sequence[JsonObject]: ...


class Doctor(Protocol):
    """The line doctor. A report is JSON-ready: port, kind, state (running, done, stopped), progress 0..1,
    step {zh, en}, findings [{what, verdict (good, note, poor, bad), value {zh, en}, text {zh, en}}], figures,
    remedy {setting, value} or None, is_stored, files.

    raises  Refused: `unknown-line`, `line-busy`, `no-remedy`
    """

    def test(self, port: str, digit: str, is_tuning: bool) -> None:
        """Begin to test an idle line; `digit` breaks its dial tone."""

    def test_span(self, port: str, is_remote: bool, is_forced: bool) -> None:
        """Begin to test an E1; `is_remote`: over a loop at the far end; `is_forced`: its calls are ended.

        raises  Refused: `unknown-span`, `span-has-calls`, `line-busy`
        """

    def loop_span(self, port: str, seconds: float, is_forced: bool) -> None:
        """Loop an E1 towards its far end, for so long; raises as `test_span`."""

    def trace(self, port: str) -> bytes:
        """Give the last frames of an E1's D-channel as a pcap file; numbers stand in it. raises Refused"""

    def learn(self, port: str, number: str) -> None:
        """Begin to learn the busy tone, from a call to a number, or from the next call that comes."""

    def capture(self, port: str, seconds: float) -> None:
        """Begin to write down what a line hears, sends, and what its chip says; of an E1: its frames."""

    def report(self, port: str) -> JsonObject | None:
        """Say how far it is, or what the last visit found; None if there was none."""

    def stop(self, port: str) -> None:
        """End it, if something runs."""

    def store(self, port: str, actor: Actor) -> int:
        """Put the remedy into the settings; gives the revision."""

    def file(self, name: str) -> Path | None:
        """Give a capture's file."""


class Core(Protocol):
    """The box, seen from the API."""

    @property
    def settings(self) -> Settings: ...

    @property
    def secrets(self) -> Secrets: ...

    @property
    def records(self) -> Records: ...

    @property
    def prompts(self) -> Prompts: ...

    @property
    def doctor(self) -> Doctor: ...

    def snapshot(self) -> Snapshot:
        """Give the live picture, JSON-ready."""

    def span_history(self, port: str) -> list[QualityPart]:
        """Give the error seconds of a span by quarters of an hour, oldest first. raises Refused"""

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback` after every change of the snapshot, on the loop's thread.

        gives   the way to unsubscribe
        """

    def command(self, command: Command, actor: Actor) -> None:
        """Carry out a command and write it to the audit.

        raises  Refused
        """

    def audit(self, actor: Actor, action: str, detail: JsonObject) -> None:
        """Write what a face did through the settings, secrets or recordings to the audit."""
