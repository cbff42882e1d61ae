"""Migrations by Alembic; loaded only where they run (decision 39)."""

import fcntl
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import flask_migrate
from flask import Flask
from sqlalchemy.engine import make_url

from authserver.models import schema
from authserver.models.database import Database, db
from authserver.models.revision import is_current

#: Any fixed number: who holds it on PostgreSQL is the one migrator (FT13).
ADVISORY_LOCK = 0x61757468


def upgrade(app: Flask, database: Database, directory: Path) -> None:
    """Bring the database to the newest schema.

    Two migrators at once: one runs, the other waits and finds nothing to do.
    """
    if is_current(database, directory):
        return
    flask_migrate.Migrate(app, db, directory=str(directory), render_as_batch=True)
    with app.app_context(), _alone(database):
        if not is_current(database, directory):
            logging.getLogger("alembic").setLevel(logging.WARNING)
            flask_migrate.upgrade(directory=str(directory))


@contextmanager
def _alone(database: Database) -> Iterator[None]:
    assert schema.TABLES  # every table is registered with the metadata
    if database.is_sqlite:
        path = Path(make_url(str(database.engine.url)).database or "authserver.db")
        with path.with_name(f"{path.name}.migrating").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        return
    with database.engine.connect() as connection:
        connection.exec_driver_sql(f"SELECT pg_advisory_lock({ADVISORY_LOCK})")
        try:
            yield
        finally:
            connection.exec_driver_sql(f"SELECT pg_advisory_unlock({ADVISORY_LOCK})")
