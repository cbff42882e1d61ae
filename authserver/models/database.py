"""The database: metadata and engine by Flask-SQLAlchemy, hot reads beside it."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, Engine, MetaData, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from authserver.models.counters import SqliteCounters, StoredCounters
from authserver.models.hot import SQLITE_PRAGMAS, HotReadFailed, Reader, SqliteReader

NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = MetaData(naming_convention=NAMING)
db = SQLAlchemy(metadata=metadata)

#: Of those, what PostgreSQL asks to try again: serialization failure, deadlock.
RETRYABLE_STATES = frozenset({"40001", "40P01"})
POOL = 64  # a SQLite connection for every thread of a worker
POSTGRESQL_POOL = 8  # a server has only so many connections for all the workers


class QueueTooLong(Exception):
    """Other threads have been writing for too long."""


#: The database cannot answer now: 503. Everything else that it raises is a defect.
Unavailable = (OperationalError, PoolTimeout, HotReadFailed, QueueTooLong)


class Queue:
    """One writer at a time among the threads of this process.

    SQLite has one writer anyway, but whoever waits for it sleeps and tries again, and may starve; a lock hands over.
    """

    PATIENCE = 5.0  # seconds

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def enter(self) -> None:
        """Wait for the turn. Raises QueueTooLong."""
        if not self._lock.acquire(timeout=self.PATIENCE):
            raise QueueTooLong

    def leave(self) -> None:
        """Let the next one in."""
        self._lock.release()


class NoQueue:
    """For a database that orders its writers well."""

    def enter(self) -> None:
        """At once."""

    def leave(self) -> None:
        """Nobody waits."""


class Database:
    """One database, shared by all threads of a process."""

    def __init__(self, app: Flask, url: str) -> None:
        self.is_sqlite = url.startswith("sqlite")
        options: dict[str, Any] = {"pool_size": POOL, "max_overflow": 0, "pool_timeout": 3}
        options["hide_parameters"] = True  # errors are logged, and the values of a statement may be secret (IJ6)
        if self.is_sqlite:
            Path(make_url(url).database or "").parent.mkdir(parents=True, exist_ok=True)
        else:
            options |= {"pool_size": POSTGRESQL_POOL, "pool_pre_ping": True, "connect_args": {"connect_timeout": 3}}
        app.config |= {"SQLALCHEMY_DATABASE_URI": url, "SQLALCHEMY_ENGINE_OPTIONS": options}
        db.init_app(app)
        with app.app_context():
            self.engine: Engine = db.engine
        self.hot, self.counters = _beside(url)
        self.writers = Queue() if self.is_sqlite else NoQueue()
        #: Tells whoever delivers in this process that something was queued.
        self.ring: Callable[[], None] = _silently
        if self.is_sqlite:
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)

    def dispose(self) -> None:
        """Give back every pooled connection and this thread's own."""
        self.hot.close()
        self.counters.close()
        self.engine.dispose()


def _silently() -> None:
    """Nobody delivers here."""


def retryable(error: BaseException) -> bool:
    """Whether the same request may simply be run again (serialization failure, deadlock)."""
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in RETRYABLE_STATES


def _beside(url: str) -> tuple[Reader, StoredCounters]:
    """Hot reads and counters, which use the driver directly (decisions 3 and 5)."""
    if url.startswith("sqlite"):
        path = Path(make_url(url).database or ":memory:")
        return SqliteReader(str(path)), SqliteCounters(path.with_name("counters.db"))
    from authserver.models.hot_postgresql import PostgresCounters, PostgresReader  # optional (decision 39)

    return PostgresReader(url), PostgresCounters(url)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # pysqlite's own transactions lose updates; begin is ours (see _begin_sqlite).
    connection.isolation_level = None
    for pragma in SQLITE_PRAGMAS:
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes the lock at once: a deferred transaction that turns writer fails whatever the timeout (decision 2).
    write = connection.get_execution_options().get("write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
