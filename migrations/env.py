"""Alembic's entry: migrates the database of the current application, in one transaction."""

from alembic import context
from flask import current_app
from sqlalchemy import Connection

config = context.config
database = current_app.extensions["migrate"].db


def run() -> None:
    """Run the missing revisions."""
    with database.engine.connect() as connection:
        enforce_foreign_keys(connection, on=False)  # changing a table copies and drops it, which would cascade
        context.configure(connection=connection, target_metadata=database.metadata, render_as_batch=True)
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()
        enforce_foreign_keys(connection, on=True)


def enforce_foreign_keys(connection: Connection, *, on: bool) -> None:
    """On SQLite, whose pragma works only outside a transaction: beside SQLAlchemy, which would begin one."""
    if connection.dialect.name == "sqlite":
        connection.connection.driver_connection.execute(f"PRAGMA foreign_keys={'ON' if on else 'OFF'}")


run()
