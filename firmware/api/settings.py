"""The settings of the API, made from the store of the box."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import cast

from pydantic import JsonValue

from firmware.api import core
from firmware.api.core import Actor, Json, JsonObject, Refused
from firmware.config.problem import ConfigError, Problem, StaleCandidate
from firmware.config.store import ConfigStore, dump
from firmware.config.tree import Difference
from firmware.text import Text

_NO_SESSION = Text(
    zh="设置会话已结束（设备可能重启过），未提交的更改没有保存。请重新更改。",
    en="This settings session has ended (the box may have restarted); what was not committed is lost. "
    "Begin again.",
)
_DISK = Text(
    zh="磁盘拒绝写入，设置没有生效。请检查存储卡是否已满或损坏，再提交一次。",
    en="The disk refuses to write; nothing was changed. Check that it is neither full nor broken, "
    "then commit again.",
)


class StoreSettings:
    """Sessions over a `ConfigStore`.

    now     s, monotonic
    """

    def __init__(self, store: ConfigStore, now: Callable[[], float]) -> None:
        self._store = store
        self._now = now

    @property
    def revision(self) -> int:
        """Give the number of what runs."""
        return self._store.revision

    def running(self) -> JsonObject:
        """Give what runs."""
        return dump(self._store.committed)

    def open(self, actor: Actor) -> str:
        """Begin a session with an id nobody can guess."""
        session = secrets.token_hex(16)
        self._store.open(session, actor.name)
        return session

    def candidate(self, session: str) -> JsonObject:
        """Give a session's candidate."""
        with self._errors(session):
            return self._store.candidate(session)

    def set(self, session: str, path: str, value: Json) -> None:
        """Set a value."""
        with self._errors(session):
            self._store.set(session, path, cast(JsonValue, value))

    def delete(self, session: str, path: str) -> None:
        """Delete what is at a path."""
        with self._errors(session):
            self._store.delete(session, path)

    def replace(self, session: str, tree: JsonObject) -> None:
        """Replace the candidate."""
        with self._errors(session):
            self._store.replace(session, cast("dict[str, JsonValue]", dict(tree)))

    def compare(self, session: str) -> Sequence[core.Change]:
        """List what the session changed."""
        with self._errors(session):
            return [_change(found) for found in self._store.compare(session)]

    def check(self, session: str) -> Sequence[core.Problem]:
        """List what is wrong with the candidate."""
        with self._errors(session):
            return [_problem(found) for found in self._store.check(session)]

    def commit(self, session: str, comment: str, actor: Actor) -> int:
        """Make the candidate run."""
        with self._errors(session):
            return self._store.commit(session, actor.name, actor.role.value, comment, self._now())

    def rebase(self, session: str) -> Sequence[core.Change]:
        """Move the candidate to what runs now."""
        with self._errors(session):
            return [_change(found) for found in self._store.rebase(session)]

    def discard(self, session: str) -> None:
        """Throw the candidate away."""
        with self._errors(session):
            self._store.discard(session)

    def rollback(self, session: str, revision: int) -> None:
        """Load an old revision into the candidate."""
        with self._errors(session):
            self._store.rollback(session, revision)

    def history(self) -> Sequence[core.Revision]:
        """List the revisions kept."""
        return [
            core.Revision(entry.number, entry.utc, entry.actor, entry.comment, entry.changes)
            for entry in self._store.history()
        ]

    @contextmanager
    def _errors(self, session: str) -> Iterator[None]:
        """Turn the store's errors into the API's."""
        if not self._store.is_open(session):
            raise Refused("unknown-session", _NO_SESSION, "session")
        try:
            yield
        except ConfigError as error:
            code = "stale-candidate" if isinstance(error, StaleCandidate) else "invalid-setting"
            first = error.problems[0]
            problems = [_problem(found) for found in error.problems]
            raise Refused(code, first.in_words(), first.path, problems) from error
        except OSError as error:
            raise Refused("disk", _DISK) from error


def _problem(found: Problem) -> core.Problem:
    return core.Problem(found.path, found.text)


def _change(found: Difference) -> core.Change:
    return core.Change(".".join(found.path), found.old, found.new, tuple(found.lines()))


def _is_settings(settings: StoreSettings) -> core.Settings:
    """Let mypy prove it."""
    return settings
