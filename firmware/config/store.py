"""The settings of the box: what is in force, what sessions edit, what was in force before.

One writer: the process that holds the data folder's lock, from one thread. A commit is one new file
`NNNNNN.json`; the newest file that is good is what counts at the next start, so a commit is there as a
whole or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import cast

from pydantic import JsonValue

from firmware.clock import Clock
from firmware.config import tree as trees
from firmware.config.candidate import Candidate, overlap
from firmware.config.migrations import Migration
from firmware.config.models import SCHEMA_VERSION, Config
from firmware.config.problem import ConfigError, Problem, StaleCandidate, refusal
from firmware.config.revisions import Revision, Revisions
from firmware.config.storage import Corrupt
from firmware.config.tree import Difference
from firmware.config.validation import Tree, validate
from firmware.durable import Disk, RealDisk, sweep
from firmware.text import Text

KEEP_REVISIONS = 50
MAX_CANDIDATES = 32
Check = Callable[[Config], Sequence[Problem]]
Listener = Callable[[Config, int], None]


class ConfigStore:
    """Keep the settings in a folder.

    folder      made when it is not there
    check       finds references to things that do not exist
    clock       for the time of a commit
    """

    def __init__(
        self,
        folder: Path,
        check: Check,
        clock: Clock,
        *,
        disk: Disk | None = None,
        migrations: Mapping[int, Migration] | None = None,
    ) -> None:
        self._folder = folder
        self._check = check
        self._clock = clock
        self._disk = disk or RealDisk()
        self._revisions = Revisions(folder, self._disk, keep=KEEP_REVISIONS, migrations=migrations)
        self._committed = Config()
        self._revision = 0
        self._candidates: dict[str, Candidate] = {}
        self._listeners: list[Listener] = []
        self.repairs: list[Text] = []

    @property
    def committed(self) -> Config:
        """Give the settings in force."""
        return self._committed

    @property
    def revision(self) -> int:
        """Give the number of the settings in force; 0 when they could not be stored."""
        return self._revision

    def load(self, factory: Callable[[], Config] = Config) -> Config:
        """Read the newest good revision; without any, begin with the factory's settings.

        gives  the settings in force; `repairs` then tells what was wrong on the disk
        """
        self._sweep()
        for number in self._revisions.numbers():
            config = self._try(number)
            if config is not None:
                self._committed, self._revision = config, number
                self._mend_current()
                return config
        return self._begin(factory())

    def on_commit(self, listener: Listener) -> None:
        """Call `listener(config, revision)` after each commit."""
        self._listeners.append(listener)

    def open(self, session_id: str, actor: str) -> None:
        """Give a session its candidate; one that is open already stays."""
        candidate = self._candidates.pop(session_id, None)
        if candidate is None:
            self._make_room()
            candidate = Candidate.of(actor, self._revision, dump(self._committed))
        self._candidates[session_id] = candidate

    def is_open(self, session_id: str) -> bool:
        """Tell if a session has a candidate."""
        return session_id in self._candidates

    def discard(self, session_id: str) -> None:
        """Throw a session's candidate away; without one nothing happens."""
        self._candidates.pop(session_id, None)

    def candidate(self, session_id: str) -> Tree:
        """Give the candidate as a tree of plain values. raises ConfigError when none is open."""
        return cast(Tree, self._of(session_id).get(()))

    def get(self, session_id: str, path: str | Sequence[str]) -> JsonValue:
        """Give what stands at a path of the candidate. raises ConfigError."""
        return self._of(session_id).get(trees.steps_of(path))

    def set(self, session_id: str, path: str | Sequence[str], value: JsonValue) -> None:
        """Set a value such as `menus.main.keys.1` = `queue:info`; named things on the way are made.

        value   as JSON or as a person types it; checked alone, references wait for `check`
        raises  ConfigError that names the field and what is allowed; nothing is changed then
        """
        self._of(session_id).put(trees.steps_of(path), value)

    def delete(self, session_id: str, path: str | Sequence[str]) -> None:
        """Take away a named thing, a key or an item; a field goes back to its default. raises ConfigError."""
        self._of(session_id).remove(trees.steps_of(path))

    def replace(self, session_id: str, tree: Tree) -> None:
        """Put a whole tree in the candidate's place. raises ConfigError with all problems."""
        config, problems = validate({"schema_version": SCHEMA_VERSION, **tree})
        if config is None:
            raise ConfigError(problems)
        self._of(session_id).tree = dump(config)

    def compare(self, session_id: str) -> list[Difference]:
        """Tell what the session changed; `Difference.lines()` are for people."""
        return self._of(session_id).changes()

    def check(self, session_id: str) -> list[Problem]:
        """Find all that keeps the candidate from being committed."""
        config, problems = validate(self._of(session_id).tree)
        return problems if config is None else self._reference_problems(config)

    def commit(self, session_id: str, actor: str, role: str, comment: str, now: float) -> int:
        """Put the candidate in force and on the disk; the session may go on editing.

        gives   the new revision, or the one in force when nothing was changed
        raises  StaleCandidate, ConfigError with all problems, OSError of the disk; nothing is changed then
        """
        candidate = self._of(session_id)
        changes = candidate.changes()
        if not changes and candidate.base == self._revision:
            return self._revision
        self._refuse_stale(candidate, changes)
        problems = self.check(session_id)
        if problems:
            raise ConfigError(problems)
        config = Config.model_validate(candidate.tree)
        lines = tuple(line for change in changes for line in change.lines())
        self._store(config, actor=actor, role=role, comment=comment, now=now, changes=lines)
        self._candidates[session_id] = Candidate.of(actor, self._revision, dump(config))
        for listener in self._listeners:
            listener(config, self._revision)
        return self._revision

    def rebase(self, session_id: str) -> list[Difference]:
        """Move a candidate to the settings in force with its changes: the way out of `StaleCandidate`.

        gives  what others changed at the same places and the candidate overrules
        """
        return self._of(session_id).rebase(self._revision, dump(self._committed))

    def rollback(self, session_id: str, revision: int) -> None:
        """Load an old revision into the candidate; commit puts it in force. raises ConfigError."""
        candidate = self._of(session_id)
        try:
            _, tree = self._revisions.read(revision)
        except Corrupt as error:
            known = ", ".join(str(number) for number in self._revisions.numbers())
            raise refusal(
                "",
                f"版本 {revision}: {error.text.zh};可用: {known}",
                f"revision {revision}: {error.text.en}; allowed: {known}",
            ) from error
        config, problems = validate(tree)
        if config is None:
            raise ConfigError(problems)
        candidate.tree = dump(config)

    def history(self) -> list[Revision]:
        """Give the revisions that can be read, newest first."""
        found: list[Revision] = []
        for number in self._revisions.numbers():
            try:
                found.append(self._revisions.read(number)[0])
            except Corrupt:
                continue  # told at the start, in `repairs`
        return found

    def _of(self, session_id: str) -> Candidate:
        if session_id not in self._candidates:
            raise refusal("", "没有打开的设置会话", "no settings session is open, allowed: open one first")
        return self._candidates[session_id]

    def _make_room(self) -> None:
        """Forget the candidate that was opened longest ago, an untouched one first."""
        if len(self._candidates) < MAX_CANDIDATES:
            return
        untouched = (name for name, candidate in self._candidates.items() if not candidate.changes())
        del self._candidates[next(untouched, next(iter(self._candidates)))]

    def _refuse_stale(self, candidate: Candidate, mine: list[Difference]) -> None:
        if candidate.base == self._revision:
            return
        theirs = trees.differences(candidate.original, dump(self._committed))
        both = {change.path for change in overlap(mine, theirs)}
        head = Text(
            zh=f"设置已由他人提交为版本 {self._revision},您从版本 {candidate.base} 开始",
            en=f"somebody committed revision {self._revision}, you began from {candidate.base}",
        )
        raise StaleCandidate(
            [Problem("", head), *(_theirs(change, change.path in both) for change in theirs)]
        )

    def _reference_problems(self, config: Config) -> list[Problem]:
        return list(self._check(config))

    def _store(
        self,
        config: Config,
        *,
        actor: str,
        role: str,
        comment: str,
        now: float,
        changes: tuple[str, ...] = (),
    ) -> None:
        number = max([self._revision, *self._revisions.numbers()]) + 1
        utc = self._clock.utc_at(now).isoformat(timespec="seconds")
        self._revisions.write(Revision(number, utc, actor, role, comment, changes), dump(config))
        self._committed, self._revision = config, number
        self._mend_current()

    def _try(self, number: int) -> Config | None:
        """Read a revision, or note in `repairs` why it cannot be used."""
        try:
            _, tree = self._revisions.read(number)
        except Corrupt as error:
            self._unusable(number, error.text)
            return None
        config, problems = validate(tree)
        if config is None:
            self._unusable(number, problems[0].in_words())
            return None
        for problem in self._reference_problems(config):
            words = problem.in_words()
            self.repairs.append(
                Text(zh=f"设置版本 {number}: {words.zh}", en=f"settings revision {number}: {words.en}")
            )
        return config

    def _unusable(self, number: int, why: Text) -> None:
        self.repairs.append(
            Text(
                zh=f"设置版本 {number} 不可用: {why.zh}。改用更早的版本。",
                en=f"settings revision {number} cannot be used: {why.en}; an earlier one is in force",
            )
        )

    def _begin(self, config: Config) -> Config:
        had_some = bool(self._revisions.numbers())
        if had_some:
            self.repairs.append(
                Text(
                    zh="没有可用的设置版本,使用出厂设置。",
                    en="no revision can be used; the factory settings are in force",
                )
            )
        self._committed = config
        comment = "factory settings" + (", no revision was usable" if had_some else "")
        try:
            self._store(config, actor="box", role="system", comment=comment, now=self._clock.now())
        except OSError as error:
            self.repairs.append(
                Text(zh=f"设置无法保存: {error}", en=f"the settings cannot be stored: {error}")
            )
        return config

    def _sweep(self) -> None:
        """Remove what a power cut left behind."""
        if not self._folder.is_dir():
            return
        try:
            for stray in sweep(self._folder):
                self.repairs.append(
                    Text(zh=f"清除未完成的文件 {stray.name}", en=f"removed the unfinished file {stray.name}")
                )
        except OSError as error:
            self.repairs.append(
                Text(zh=f"设置目录不可写: {error}", en=f"the settings folder refuses: {error}")
            )

    def _mend_current(self) -> None:
        """Let `current` follow and drop the oldest revisions; a commit stands even if the disk refuses."""
        try:
            self._revisions.point(self._revision)
            self._revisions.purge()
        except OSError as error:
            self.repairs.append(
                Text(zh=f"无法整理设置目录: {error}", en=f"the settings folder refuses: {error}")
            )


def dump(config: Config) -> Tree:
    """Give settings as a tree of plain values."""
    return cast(Tree, config.model_dump(mode="json"))


def _theirs(change: Difference, is_conflict: bool) -> Problem:
    mark = ("(与您的修改冲突) ", "(conflicts with yours) ") if is_conflict else ("", "")
    lines = "; ".join(change.lines())
    return Problem(".".join(change.path), Text(zh=mark[0] + lines, en=mark[1] + lines))
