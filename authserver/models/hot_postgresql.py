"""Hot reads of PostgreSQL through psycopg; loaded only where PostgreSQL is used (decision 39)."""

import os
import threading
from collections.abc import Mapping
from typing import Any

import psycopg

from authserver.models.hot import HotReadFailed, Lookup


class PostgresReader:
    """One autocommit connection a thread, made again when the server has gone away."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._local = threading.local()

    def one(self, lookup: Lookup, parameters: Mapping[str, Any]) -> Any | None:
        """The row, or None."""
        try:
            return self._connection().execute(lookup.postgresql, parameters).fetchone()
        except psycopg.OperationalError:
            self.close()
        try:
            return self._connection().execute(lookup.postgresql, parameters).fetchone()
        except psycopg.OperationalError as error:
            self.close()
            raise HotReadFailed(str(error)) from error

    def close(self) -> None:
        """End this thread's connection."""
        connection = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            self._local.connection = None

    def _connection(self) -> "psycopg.Connection[Any]":
        connection: psycopg.Connection[Any] | None = getattr(self._local, "connection", None)
        if connection is None or self._local.pid != os.getpid():  # never share a connection across a fork
            connection = psycopg.connect(self._url, autocommit=True, connect_timeout=3)
            self._local.connection, self._local.pid = connection, os.getpid()
        return connection
