"""Bring an older database to today's tables with Alembic. Imported only when the versions differ."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine

from firmware.records.tables import SCHEMA_VERSION, meta

MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(engine: Engine, target: str = SCHEMA_VERSION, migrations: Path = MIGRATIONS) -> None:
    """Run the migrations up to a version, all in one transaction.

    raises  SQLAlchemyError, alembic.util.CommandError for a version without a way to it
    """
    config = Config()
    config.set_main_option("script_location", str(migrations))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, target)
        connection.execute(meta.update().where(meta.c.key == "schema_version").values(value=target))
