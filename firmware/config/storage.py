"""TinyDB's storage, made safe against power cuts and bit rot.

TinyDB's own JSON storage overwrites the file in place, so that a cut in the middle destroys it. Here the
file is replaced as a whole, and carries the SHA-256 of its content.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, cast

from tinydb.storages import Storage

from firmware.durable import Disk, RealDisk, replace_file
from firmware.text import Text

Tables = dict[str, dict[str, Any]]


class Corrupt(Exception):
    """A document cannot be used; `text` says why."""

    def __init__(self, text: Text) -> None:
        self.text = text
        super().__init__(text.en)


class AtomicStorage(Storage):
    """Keep TinyDB's tables in one JSON file.

    path    of the file; it need not exist
    disk    the steps of a durable write
    """

    def __init__(self, path: Path, disk: Disk | None = None) -> None:
        self._path = path
        self._disk = disk or RealDisk()

    def read(self) -> Tables | None:
        """Give the tables, or None when there is no file yet.

        raises  Corrupt when the file is no document of ours or was changed, OSError
        """
        try:
            data = self._path.read_bytes()
        except FileNotFoundError:
            return None
        return _unseal(data)

    def write(self, data: Tables) -> None:
        """Replace the file. raises OSError; the old file is then still there."""
        document = {"sha256": digest(data), "tables": data}
        text = json.dumps(document, ensure_ascii=False, indent=1)
        replace_file(self._disk, self._path, text.encode() + b"\n")

    def close(self) -> None:
        """Hold nothing open."""


def digest(tables: Tables) -> str:
    """Give the SHA-256 of tables in one fixed way of writing them."""
    text = json.dumps(tables, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _unseal(data: bytes) -> Tables:
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Corrupt(Text(zh="不是完整的 JSON 文件", en="no complete JSON file")) from error
    if not isinstance(document, dict) or not isinstance(document.get("tables"), dict):
        raise Corrupt(Text(zh="不是设置文件", en="no document of this box"))
    if digest(document["tables"]) != document.get("sha256"):
        raise Corrupt(Text(zh="SHA-256 校验不符", en="the SHA-256 does not fit the content"))
    return cast(Tables, document["tables"])
