"""The revisions of the settings on the disk: a TinyDB file each, `NNNNNN.json`, and the link `current`."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tinydb import TinyDB

from firmware.config.migrations import Migration, migrate
from firmware.config.storage import AtomicStorage, Corrupt
from firmware.config.validation import Tree
from firmware.durable import STRAY_PREFIX, Disk
from firmware.text import Text

_NAME = re.compile(r"^([0-9]{6})\.json$")
CURRENT = "current"


@dataclass(frozen=True, slots=True)
class Revision:
    """Who committed what, when. `utc` is ISO 8601; `changes` are lines for people."""

    number: int
    utc: str
    actor: str
    role: str
    comment: str
    changes: tuple[str, ...] = ()


class Revisions:
    """The folder of revisions. Writes survive power cuts.

    keep        how many revisions stay
    migrations  for documents of older firmware
    """

    def __init__(
        self, folder: Path, disk: Disk, *, keep: int, migrations: Mapping[int, Migration] | None = None
    ) -> None:
        self._folder = folder
        self._disk = disk
        self._keep = keep
        self._migrations = migrations

    def numbers(self) -> list[int]:
        """Give the numbers of all revisions, readable or not, newest first."""
        if not self._folder.is_dir():
            return []
        found = (_NAME.match(entry.name) for entry in self._folder.iterdir())
        return sorted((int(match.group(1)) for match in found if match), reverse=True)

    def read(self, number: int) -> tuple[Revision, Tree]:
        """Give a revision and its tree in today's schema. raises Corrupt."""
        document = self._document(number)
        try:
            revision = _revision(document["revision"])
            tree = document["config"]
        except (KeyError, TypeError) as error:
            raise Corrupt(Text(zh="不是设置文件", en="no document of this box")) from error
        if revision.number != number or not isinstance(tree, dict):
            raise Corrupt(Text(zh="编号不符", en=f"it says to be revision {revision.number}"))
        return revision, migrate(tree, self._migrations)

    def write(self, revision: Revision, tree: Tree) -> None:
        """Add a revision; when this returns it is on the disk. raises OSError; then it is not there."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._path(revision.number)
        with TinyDB(path, storage=AtomicStorage, disk=self._disk) as database:
            database.insert({"revision": asdict(revision), "config": tree})

    def point(self, number: int) -> None:
        """Let `current` show a revision, for people: the newest good revision counts. raises OSError."""
        stray = self._folder / (STRAY_PREFIX + CURRENT)
        stray.unlink(missing_ok=True)
        os.symlink(self._path(number).name, stray)
        self._disk.rename(stray, self._folder / CURRENT)
        self._disk.sync_folder(self._folder)

    def purge(self) -> None:
        """Remove all but the newest revisions. raises OSError."""
        for number in self.numbers()[self._keep :]:
            self._path(number).unlink()

    def _document(self, number: int) -> dict[str, Any]:
        try:
            with TinyDB(self._path(number), storage=AtomicStorage) as database:
                documents = database.all()
        except (OSError, AttributeError, ValueError, TypeError) as error:
            raise Corrupt(Text(zh=f"无法读取({error})", en=f"it cannot be read ({error})")) from error
        if len(documents) != 1:
            raise Corrupt(Text(zh="不是设置文件", en="no document of this box"))
        return dict(documents[0])

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:06d}.json"


def _revision(document: dict[str, Any]) -> Revision:
    changes = tuple(str(line) for line in document.get("changes", ()))
    return Revision(**{**document, "changes": changes})
