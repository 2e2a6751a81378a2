"""The records' database file: opening, schema, one transaction at a time, a broken file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Connection, Engine, Executable, Table, create_engine, event, text
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    ProgrammingError,
    SQLAlchemyError,
    StatementError,
)

from firmware.records.schema import UnusableError, create, stored_version
from firmware.records.tables import SCHEMA_VERSION
from firmware.text import Text

FILE_NAME = "records.sqlite"
BUSY_TIMEOUT_MS = 5000
QUICK_CHECK_MAX_BYTES = 64 << 20  # a larger file would hold up the start; its damage shows when it is read
Values = Mapping[str, object]

log = structlog.get_logger("records")


@dataclass(frozen=True, slots=True)
class Insert:
    """A new row; one that is there already stays as it is, so that a batch may be stored again."""

    table: Table
    values: Values


Write = Insert | Executable


class Database:
    """The tables in a SQLite file.

    folder       made when it is not there
    synchronous  FULL on a box: what is committed survives a power cut; OFF for virtual time
    raises       OSError when the folder refuses
    """

    def __init__(self, folder: Path, synchronous: str = "FULL") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / FILE_NAME
        self._synchronous = synchronous
        self.repairs: list[Text] = []
        was_cut = _size(self._wal()) > 0
        self._engine = self._open(was_cut)

    def write(self, writes: Sequence[Write]) -> str:
        """Store all in one transaction; when this returns an empty string it is on the disk.

        gives  what the disk said when it refused; then nothing is stored, and it may be tried again.
               A row that the database will never take is a fault of ours: it is logged and left out
        """
        try:
            self._transact(writes)
        except (SQLAlchemyError, sqlite3.Error, OSError) as error:
            if not _is_fault_of_ours(error):
                return _why(error)
            if len(writes) == 1:
                log.error("a row was refused for good", why=_why(error))
                return ""
            return next(filter(None, (self.write([write]) for write in writes)), "")
        return ""

    def read(self) -> Connection:
        """Give a connection for queries; use it in `with`."""
        return self._engine.connect()

    def close(self) -> None:
        """Close the file orderly, so that the next start finds one file without a log."""
        self._engine.dispose()

    def _transact(self, writes: Sequence[Write]) -> None:
        with self._engine.begin() as connection:
            for statement, rows in _bundles(writes):
                connection.execute(statement, rows)

    def _open(self, was_cut: bool) -> Engine:
        engine = self._connected()
        try:
            self._ready(engine, was_cut)
        except (SQLAlchemyError, sqlite3.Error, UnusableError) as error:
            engine.dispose()
            self._set_aside(_why(error))
            engine = self._connected()
            self._ready(engine, False)
        return engine

    def _connected(self) -> Engine:
        engine = create_engine(f"sqlite:///{self._path}")
        synchronous = self._synchronous

        @event.listens_for(engine, "connect")
        def prepare(connection: sqlite3.Connection, _: object) -> None:
            connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(f"PRAGMA synchronous = {synchronous}")

        return engine

    def _ready(self, engine: Engine, was_cut: bool) -> None:
        """Make the tables, or bring them to today's schema. raises UnusableError, SQLAlchemyError."""
        stored = stored_version(engine)
        if was_cut:
            self._check(engine)
        if stored is None:
            create(engine)
        elif stored != SCHEMA_VERSION:
            # Alembic costs 10 MB and a third of a second: only a box that was just updated pays for it.
            from firmware.records.upgrade import upgrade  # noqa: PLC0415

            upgrade(engine)
            self.repairs.append(
                Text(
                    zh=f"记录数据库已从版本 {stored} 升级到 {SCHEMA_VERSION}",
                    en=f"the records were upgraded from schema {stored} to {SCHEMA_VERSION}",
                )
            )

    def _check(self, engine: Engine) -> None:
        if _size(self._path) > QUICK_CHECK_MAX_BYTES:
            return
        with engine.connect() as connection:
            verdict = str(connection.execute(text("PRAGMA quick_check(1)")).scalar())
        if verdict != "ok":
            raise UnusableError(verdict)
        self.repairs.append(
            Text(zh="上次未正常关闭,记录已恢复", en="the box was not shut down; the records were recovered")
        )

    def _set_aside(self, why: str) -> None:
        """Keep a file that cannot be used under another name, and begin a new one: calls go on."""
        number = 1
        while (aside := self._path.with_name(f"{FILE_NAME}.bad{number}")).exists():
            number += 1
        for suffix in ("", "-wal", "-shm"):
            part = self._path.with_name(FILE_NAME + suffix)
            if part.exists():
                part.rename(aside.with_name(aside.name + suffix))
        self.repairs.append(
            Text(
                zh=f"记录数据库不可用({why}),已另存为 {aside.name},重新开始",
                en=f"the records could not be used ({why}); kept as {aside.name}, a new file was begun",
            )
        )

    def _wal(self) -> Path:
        return self._path.with_name(FILE_NAME + "-wal")


def _bundles(writes: Iterable[Write]) -> Iterable[tuple[Executable, list[dict[str, Any]] | None]]:
    """Put neighbouring inserts of a table into one statement."""
    for table, bundle in groupby(writes, lambda write: write.table if isinstance(write, Insert) else None):
        if table is None:
            for statement in bundle:
                assert not isinstance(statement, Insert)
                yield statement, None
        else:
            rows = [dict(write.values) for write in bundle if isinstance(write, Insert)]
            yield insert(table).on_conflict_do_nothing(), rows


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _is_fault_of_ours(error: Exception) -> bool:
    """Tell a row that is wrong from a disk that refuses."""
    wrong = (IntegrityError, DataError, ProgrammingError, InterfaceError)
    return isinstance(error, wrong) or (
        isinstance(error, StatementError) and not isinstance(error, DBAPIError)
    )


def _why(error: Exception) -> str:
    return str(getattr(error, "orig", None) or error)
