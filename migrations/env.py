"""Alembic's entry: migrates the database of the current application, in one transaction."""

from alembic import context
from flask import current_app

config = context.config
database = current_app.extensions["migrate"].db


def run() -> None:
    """Run the missing revisions."""
    with database.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            # Changing a table copies and drops it; that must not cascade into the tables that refer to it.
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.commit()
        context.configure(connection=connection, target_metadata=database.metadata, render_as_batch=True)
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA foreign_keys=ON")


run()
