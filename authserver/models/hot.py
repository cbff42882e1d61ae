"""Hot reads: a SELECT of one row, compiled once, run by the driver itself (decision 3)."""

import os
import sqlite3
import threading
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Protocol

from sqlalchemy import Select
from sqlalchemy.dialects import postgresql, sqlite

SQLITE_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000", "foreign_keys=ON")


class HotReadFailed(Exception):
    """The database did not answer a hot read."""


class Lookup:
    """A SELECT of one row by key; `bindparam`s are filled by name."""

    def __init__(self, statement: Select[Any]) -> None:
        self._statement = statement

    @cached_property
    def sqlite(self) -> str:
        return str(self._statement.compile(dialect=sqlite.dialect(paramstyle="named")))

    @cached_property
    def postgresql(self) -> str:
        return str(self._statement.compile(dialect=postgresql.dialect(paramstyle="pyformat")))  # type: ignore[no-untyped-call]


class Reader(Protocol):
    """Reads what is committed now."""

    def one(self, lookup: Lookup, parameters: Mapping[str, Any]) -> Any | None: ...

    def close(self) -> None:
        """Give back what is open."""
        ...


class SqliteThread:
    """One connection a thread to a SQLite file, never shared across a fork. `begin` is run on each new one."""

    def __init__(self, path: str, begin: tuple[str, ...]) -> None:
        self._path = path
        self._begin = begin
        self._local = threading.local()

    def connection(self) -> sqlite3.Connection:
        """This thread's own."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None or self._local.pid != os.getpid():
            connection = sqlite3.connect(self._path, isolation_level=None)
            for statement in self._begin:
                connection.execute(statement)
            self._local.connection, self._local.pid = connection, os.getpid()
        return connection

    def forget(self) -> None:
        """Begin with a new one at the next call."""
        self._local.connection = None

    def close(self) -> None:
        """End this thread's connection."""
        connection = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            self.forget()


class SqliteReader:
    """Hot reads of one SQLite file."""

    def __init__(self, path: str) -> None:
        self._thread = SqliteThread(path, tuple(f"PRAGMA {pragma}" for pragma in SQLITE_PRAGMAS))

    def one(self, lookup: Lookup, parameters: Mapping[str, Any]) -> Any | None:
        """The row, or None."""
        try:
            return self._thread.connection().execute(lookup.sqlite, parameters).fetchone()
        except sqlite3.OperationalError as error:
            raise HotReadFailed(str(error)) from error

    def close(self) -> None:
        """End this thread's connection."""
        self._thread.close()
