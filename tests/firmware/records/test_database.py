from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from firmware.records import database, schema, tables, upgrade
from firmware.records.database import FILE_NAME, Database, Insert
from firmware.records.schema import UnusableError
from firmware.records.tables import SCHEMA_VERSION, meta

ADD_A_COLUMN = '''"""An invented next version: calls get a note."""

import sqlalchemy as sa
from alembic import op

revision = "NEXT"
down_revision = "TODAY"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("call") as batch:
        batch.add_column(sa.Column("note", sa.String(40), nullable=False, server_default="-"))
'''


NEXT = "9000"
ADD_A_COLUMN = ADD_A_COLUMN.replace("NEXT", NEXT).replace("TODAY", SCHEMA_VERSION)


def note(key: str) -> Insert:
    return Insert(meta, {"key": key, "value": "x"})


def value(folder: Path, key: str) -> str | None:
    with sqlite3.connect(folder / FILE_NAME) as connection:
        found = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return found[0] if found else None


def shape(path: Path) -> dict[str, object]:
    """Give a file's tables, columns, keys and indexes."""
    inspector = inspect(create_engine(f"sqlite:///{path}"))
    return {
        name: (
            [
                (c["name"], str(c["type"]), c["nullable"], c["primary_key"])
                for c in inspector.get_columns(name)
            ],
            sorted((i["name"] or "", tuple(i["column_names"])) for i in inspector.get_indexes(name)),
            sorted(tuple(u["column_names"]) for u in inspector.get_unique_constraints(name)),
        )
        for name in inspector.get_table_names()
    }


def test_a_new_file_has_the_same_tables_as_the_migrations_make(tmp_path: Path) -> None:
    Database(tmp_path).close()
    upgrade.upgrade(create_engine(f"sqlite:///{tmp_path}/migrated.sqlite"))
    ours, theirs = shape(tmp_path / FILE_NAME), shape(tmp_path / "migrated.sqlite")
    assert set(ours) == set(tables.metadata.tables) | {"alembic_version"}
    assert ours == theirs


def test_the_stamp_is_the_newest_migration(tmp_path: Path) -> None:
    Database(tmp_path).close()
    newest = max(path.name[:4] for path in (upgrade.MIGRATIONS / "versions").glob("[0-9]*.py"))
    assert newest == SCHEMA_VERSION
    with sqlite3.connect(tmp_path / FILE_NAME) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(newest,)]


def test_alembic_is_imported_only_when_the_version_differs(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from firmware.records.records import Database\n"
        "for _ in range(2): Database(Path(sys.argv[1])).close()\n"
        "assert 'sqlalchemy' in sys.modules and not [m for m in sys.modules if m.startswith('alembic')]"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=True)


def test_an_upgrade_is_done_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    Database(tmp_path).close()
    before = shape(tmp_path / FILE_NAME)
    migrations = tmp_path / "migrations"
    shutil.copytree(upgrade.MIGRATIONS, migrations)
    broken = ADD_A_COLUMN.rstrip() + '\n    op.execute("DELETE FROM nowhere")\n'
    (migrations / "versions" / f"{NEXT}_note.py").write_text(broken)
    with pytest.raises(SQLAlchemyError):
        upgrade.upgrade(create_engine(f"sqlite:///{tmp_path}/{FILE_NAME}"), NEXT, migrations)
    assert shape(tmp_path / FILE_NAME) == before


def test_legs_from_before_sound_was_noted_stay_and_know_nothing_of_it(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/{FILE_NAME}")
    upgrade.upgrade(engine, "0001")
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO meta VALUES ('schema_version', '0001')"))
        names = [column["name"] for column in inspect(connection).get_columns("leg")]
        marks = ", ".join("1" for _ in names)
        named = ", ".join(f'"{name}"' for name in names)
        connection.execute(text(f"INSERT INTO leg ({named}) VALUES ({marks})"))
    new = Database(tmp_path)
    assert f"upgraded from schema 0001 to {SCHEMA_VERSION}" in new.repairs[0].en
    with new.read() as connection:
        query = text("SELECT port, answered_by, lost_s, quiet_s, voice_dbm0, clipped FROM leg")
        assert connection.execute(query).one() == ("1", "", 0.0, 0.0, None, None)
    new.close()


def test_a_version_to_which_no_migration_leads_is_told(tmp_path: Path) -> None:
    Database(tmp_path).close()
    with pytest.raises(UnusableError, match="0077"):
        upgrade.upgrade(create_engine(f"sqlite:///{tmp_path}/{FILE_NAME}"), "0077")


@pytest.fixture
def next_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the firmware be one with another migration."""
    migrations = tmp_path / "migrations"
    shutil.copytree(upgrade.MIGRATIONS, migrations)
    (migrations / "versions" / f"{NEXT}_note.py").write_text(ADD_A_COLUMN)
    for module in (database, schema):
        monkeypatch.setattr(module, "SCHEMA_VERSION", NEXT)
    real = upgrade.upgrade
    monkeypatch.setattr(upgrade, "upgrade", lambda engine: real(engine, NEXT, migrations))


def test_an_older_file_is_upgraded_with_all_that_is_in_it(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    old = Database(tmp_path)
    row = {column.name: 1 for column in tables.call.columns}
    with old._engine.begin() as connection:
        names = ", ".join(f'"{name}"' for name in row)
        marks = ", ".join("1" for _ in row)
        connection.execute(text(f"INSERT INTO call ({names}) VALUES ({marks})"))
    old.close()
    request.getfixturevalue("next_version")
    new = Database(tmp_path)
    assert f"upgraded from schema {SCHEMA_VERSION} to {NEXT}" in new.repairs[0].en
    with new.read() as connection:
        assert connection.execute(text("SELECT note, count(*) FROM call")).one() == ("-", 1)
    new.close()
    assert Database(tmp_path).repairs == []


def test_an_upgrade_that_fails_leaves_the_old_file_and_the_box_starts(
    tmp_path: Path, next_version: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (database, schema):
        monkeypatch.setattr(module, "SCHEMA_VERSION", SCHEMA_VERSION)
    old = Database(tmp_path)
    old.write([note("kept")])
    with old._engine.begin() as connection:
        connection.execute(text("ALTER TABLE call ADD COLUMN note TEXT"))  # in the way of the migration
    old.close()
    for module in (database, schema):
        monkeypatch.setattr(module, "SCHEMA_VERSION", NEXT)
    new = Database(tmp_path)
    assert "kept as records.sqlite.bad1" in new.repairs[0].en
    with sqlite3.connect(tmp_path / "records.sqlite.bad1") as connection:
        assert connection.execute("SELECT value FROM meta WHERE key = 'kept'").fetchone() == ("x",)
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == (SCHEMA_VERSION,)


@pytest.mark.parametrize(
    "content",
    [b"", b"no database at all" * 100, b"SQLite format 3\0" + b"\xff" * 4096, b"\0" * 8192],
    ids=["empty", "text", "header only", "zeros"],
)
def test_a_file_that_is_no_database_is_kept_aside_and_the_box_starts(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    subject = Database(tmp_path)
    assert subject.write([note("new")]) == ""
    if content.strip(b"\0"):
        assert (tmp_path / "records.sqlite.bad1").read_bytes() == content
        assert "could not be used" in subject.repairs[0].en
        assert "records.sqlite.bad1" in subject.repairs[0].zh


def test_a_file_of_newer_firmware_and_one_of_another_program_are_kept_aside(tmp_path: Path) -> None:
    first = Database(tmp_path)
    first.write([meta.update().where(meta.c.key == "schema_version").values(value="9999")])
    first.close()
    second = Database(tmp_path)
    assert "schema 9999, this firmware knows" in second.repairs[0].en
    second.close()
    (tmp_path / FILE_NAME).unlink()
    with sqlite3.connect(tmp_path / FILE_NAME) as connection:
        connection.execute("CREATE TABLE songs (title TEXT)")
    connection.close()
    third = Database(tmp_path)
    assert "no database of this box" in third.repairs[0].en
    assert {path.name for path in tmp_path.glob("*.bad*")} == {"records.sqlite.bad1", "records.sqlite.bad2"}


def test_damage_inside_is_found_at_the_start_after_a_crash(tmp_path: Path) -> None:
    subject = Database(tmp_path)
    for number in range(300):
        subject.write([note(f"{number:04d}" * 8)])
    subject.close()
    octets = bytearray((tmp_path / FILE_NAME).read_bytes())
    page = 4096
    for place in range(2, len(octets) // page):
        octets[place * page : place * page + 64] = os.urandom(64)
    (tmp_path / FILE_NAME).write_bytes(octets)
    (tmp_path / (FILE_NAME + "-wal")).write_bytes(b"left behind")
    again = Database(tmp_path)
    assert "could not be used" in again.repairs[0].en
    assert again.write([note("new")]) == ""


def test_a_transaction_is_stored_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    subject = Database(tmp_path)
    with sqlite3.connect(tmp_path / FILE_NAME) as connection:
        connection.execute(
            "CREATE TRIGGER full BEFORE INSERT ON meta WHEN new.key = 'third' "
            "BEGIN SELECT RAISE(ROLLBACK, 'database or disk is full'); END"
        )
    connection.close()
    subject.write([note("first"), note("second"), note("third")])
    # A trigger's refusal counts as a fault of that row: the others are stored, one by one.
    assert [value(tmp_path, key) for key in ("first", "second", "third")] == ["x", "x", None]


def test_a_locked_file_is_waited_for_and_then_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 20)
    subject = Database(tmp_path)
    other = sqlite3.connect(tmp_path / FILE_NAME)
    other.execute("BEGIN IMMEDIATE")
    assert "locked" in subject.write([note("a"), note("b")])
    other.rollback()
    other.close()
    assert value(tmp_path, "a") is None
    assert subject.write([note("a"), note("b")]) == ""
    assert value(tmp_path, "b") == "x"


def test_storing_the_same_again_changes_nothing(tmp_path: Path) -> None:
    subject = Database(tmp_path)
    assert subject.write([note("a")]) == ""
    assert subject.write([Insert(meta, {"key": "a", "value": "other"}), note("b")]) == ""
    assert (value(tmp_path, "a"), value(tmp_path, "b")) == ("x", "x")
