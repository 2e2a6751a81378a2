"""The settings as the API sees them: sessions over the config store."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pydantic import JsonValue

from firmware.api.core import Actor, Change, JsonObject, Problem, Refused, Revision
from firmware.clock import Clock
from firmware.config.problem import ConfigError, StaleCandidate
from firmware.config.store import ConfigStore, dump
from firmware.ids import Ids
from firmware.text import Text

NO_SESSION = Text(
    zh="设置会话已结束。请重新打开设置页面。", en="This settings session has ended. Open the settings again."
)
DISK = Text(
    zh="设置无法保存，未作任何更改。请检查磁盘空间后重试。",
    en="The settings cannot be stored; nothing was changed. Check the disk space and try again.",
)


class BoxSettings:
    """Implements `firmware.api.core.Settings`."""

    def __init__(self, store: ConfigStore, ids: Ids, clock: Clock, on_commit: Callable[[Actor, int], None]) -> None:
        self._store = store
        self._ids = ids
        self._clock = clock
        self._on_commit = on_commit

    @property
    def revision(self) -> int:
        return self._store.revision

    def running(self) -> JsonObject:
        return dump(self._store.committed)

    def open(self, actor: Actor) -> str:
        session = self._ids.new()
        self._store.open(session, actor.name)
        return session

    def candidate(self, session: str) -> JsonObject:
        self._need(session)
        return self._store.candidate(session)

    def set(self, session: str, path: str, value: JsonValue) -> None:
        self._edit(session, lambda: self._store.set(session, path.split("/"), value))

    def delete(self, session: str, path: str) -> None:
        self._edit(session, lambda: self._store.delete(session, path.split("/")))

    def replace(self, session: str, tree: JsonObject) -> None:
        self._edit(session, lambda: self._store.replace(session, dict(tree)))  # type: ignore[arg-type]

    def compare(self, session: str) -> Sequence[Change]:
        self._need(session)
        return [Change("/".join(change.path), change.old, change.new) for change in self._store.compare(session)]

    def check(self, session: str) -> Sequence[Problem]:
        self._need(session)
        return [Problem(_slashed(problem.path), problem.text) for problem in self._store.check(session)]

    def commit(self, session: str, comment: str, actor: Actor) -> int:
        """Put the candidate in force."""
        self._need(session)
        before = self._store.revision
        try:
            revision = self._store.commit(session, actor.name, actor.role.value, comment, self._clock.now())
        except ConfigError as error:
            raise _refused(error) from error
        except OSError as error:
            raise Refused("disk-refused", DISK) from error
        if revision != before:
            self._on_commit(actor, revision)
        return revision

    def discard(self, session: str) -> None:
        self._need(session)
        self._store.discard(session)

    def rollback(self, session: str, revision: int) -> None:
        self._need(session)
        try:
            self._store.rollback(session, revision)
        except ConfigError as error:
            raise Refused("unknown-revision", error.problems[0].in_words(), "revision") from error

    def history(self) -> Sequence[Revision]:
        return [Revision(old.number, old.utc, old.actor, old.comment) for old in self._store.history()]

    def _need(self, session: str) -> None:
        if not self._store.is_open(session):
            raise Refused("unknown-session", NO_SESSION)

    def _edit(self, session: str, act: Callable[[], None]) -> None:
        self._need(session)
        try:
            act()
        except ConfigError as error:
            raise _refused(error) from error


def _slashed(path: str) -> str:
    return path.replace(".", "/")


def _refused(error: ConfigError) -> Refused:
    code = "stale-candidate" if isinstance(error, StaleCandidate) else "invalid-setting"
    zh = "；".join(problem.in_words().zh for problem in error.problems)
    en = "; ".join(problem.in_words().en for problem in error.problems)
    return Refused(code, Text(zh=zh[:2000], en=en[:2000]), _slashed(error.problems[0].path))
