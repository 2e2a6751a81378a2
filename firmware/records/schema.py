"""The schema of the file: which version it has, how today's is made."""

from __future__ import annotations

from sqlalchemy import Connection, Engine, inspect, select, text

from firmware.records.tables import SCHEMA_VERSION, meta, metadata


class UnusableError(Exception):
    """The database file is damaged, or newer than this firmware."""


def stored_version(engine: Engine) -> str | None:
    """Give the schema version of the file; None for a new file. raises UnusableError for a newer one."""
    tables = inspect(engine).get_table_names()
    if not tables:
        return None
    if meta.name not in tables:
        raise UnusableError("no database of this box")
    with engine.connect() as connection:
        found = connection.execute(select(meta.c.value).where(meta.c.key == "schema_version")).scalar()
    version = str(found)
    if found is None or version > SCHEMA_VERSION:
        raise UnusableError(f"schema {version}, this firmware knows {SCHEMA_VERSION}")
    return version


def create(engine: Engine) -> None:
    """Make today's tables, stamped as Alembic would stamp them."""
    with engine.begin() as connection:
        begin_ddl(connection)
        metadata.create_all(connection)
        connection.execute(meta.insert().values(key="schema_version", value=SCHEMA_VERSION))
        connection.execute(
            text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
        )
        connection.execute(text("INSERT INTO alembic_version VALUES (:v)"), {"v": SCHEMA_VERSION})


def begin_ddl(connection: Connection) -> None:
    """Put what follows into one transaction; Python's sqlite3 begins none before CREATE and ALTER."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")
