"""Alembic's entry: run the migrations on the connection that `firmware.records.upgrade` gives."""

from alembic import context

from firmware.records.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite cannot alter columns; Alembic copies the table
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
