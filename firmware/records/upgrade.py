"""Bring an older database to today's tables with Alembic. Imported only when the versions differ."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Engine

from firmware.records.schema import UnusableError, begin_ddl
from firmware.records.tables import SCHEMA_VERSION, meta

MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(engine: Engine, target: str = SCHEMA_VERSION, migrations: Path = MIGRATIONS) -> None:
    """Run the migrations up to a version, all in one transaction.

    raises  UnusableError for a version without a way to the target, SQLAlchemyError; nothing is changed then
    """
    config = Config()
    config.set_main_option("script_location", str(migrations))
    with engine.begin() as connection:
        begin_ddl(connection)
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, target)
        except CommandError as error:
            raise UnusableError(str(error)) from error
        connection.execute(meta.update().where(meta.c.key == "schema_version").values(value=target))
