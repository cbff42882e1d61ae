"""PostgreSQL through psycopg, beside SQLAlchemy; loaded only where PostgreSQL is used (decision 39)."""

import os
import threading
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, TypeVar

import psycopg

from authserver.models.counters import CountersLost, SqlCounters
from authserver.models.hot import HotReadFailed, Lookup

T = TypeVar("T")
#: A worker has many threads for slow clients, but a server only so many connections for all its workers.
MOST = 8


class Connections:
    """A few autocommit connections, the last used first; a fork begins with none."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._begin()

    def run(self, statement: str, parameters: Mapping[str, Any], result: Callable[["psycopg.Cursor[Any]"], T]) -> T:
        """Execute one statement and take its result. A connection that fails is closed, and with the server all."""
        if self._pid != os.getpid():
            self._begin()  # what the parent had open stays the parent's
        with self._room:
            try:
                connection = self._idle.pop()
            except IndexError:
                connection = psycopg.connect(self._url, autocommit=True, connect_timeout=3)
            try:
                found = result(connection.execute(statement, parameters))
            except psycopg.OperationalError:
                connection.close()
                self.close()  # if the server has gone away, then under all of them: the next begins anew
                raise
            except BaseException:
                connection.close()
                raise
            self._idle.append(connection)
            return found

    def close(self) -> None:
        """End the connections that are idle."""
        with suppress(IndexError):  # other threads take from them too
            while True:
                self._idle.pop().close()

    def _begin(self) -> None:
        self._pid = os.getpid()
        self._room = threading.Semaphore(MOST)
        self._idle: deque[psycopg.Connection[Any]] = deque()


class PostgresReader:
    """Hot reads; a read is simply made again when the server has gone away in between."""

    def __init__(self, url: str) -> None:
        self._connections = Connections(url)

    def one(self, lookup: Lookup, parameters: Mapping[str, Any]) -> Any | None:
        """The row, or None."""
        try:
            return self._connections.run(lookup.postgresql, parameters, psycopg.Cursor.fetchone)
        except psycopg.OperationalError:
            pass
        try:
            return self._connections.run(lookup.postgresql, parameters, psycopg.Cursor.fetchone)
        except psycopg.OperationalError as error:
            raise HotReadFailed(str(error)) from error

    def close(self) -> None:
        """End the connections that are idle."""
        self._connections.close()


class PostgresCounters(SqlCounters):
    """The unlogged table `counters`, which the migrations make. A count is never tried twice."""

    def __init__(self, url: str) -> None:
        super().__init__(key="%(key)s", number="%({name})s::bigint")
        self._connections = Connections(url)

    def _row(self, statement: str, parameters: Mapping[str, Any]) -> Any:
        try:
            return self._connections.run(statement, parameters, psycopg.Cursor.fetchone)
        except psycopg.Error as error:
            raise CountersLost(type(error).__name__) from error

    def _count(self, statement: str, parameters: Mapping[str, Any]) -> int:
        try:
            return self._connections.run(statement, parameters, lambda cursor: cursor.rowcount)
        except psycopg.Error as error:
            raise CountersLost(type(error).__name__) from error

    def close(self) -> None:
        """End the connections that are idle."""
        self._connections.close()
