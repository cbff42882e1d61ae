"""Fresh databases for tests: SQLite files by default, or new databases on the PostgreSQL server that is named."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

#: The whole suite runs on this server: postgresql://user@host:port/any-existing-database.
SUITE = "AUTHSERVER_TEST_DATABASE"
#: The suite stays on SQLite, and only tests marked `postgresql` use this server.
MARKED = "AUTHSERVER_TEST_POSTGRESQL"


def on_postgresql() -> bool:
    """Whether the whole suite runs on PostgreSQL."""
    return bool(os.environ.get(SUITE))


def postgresql_server() -> str | None:
    """The server at hand, if any."""
    return os.environ.get(SUITE) or os.environ.get(MARKED) or None


@contextmanager
def fresh_database(directory: Path) -> Iterator[str]:
    """The URL of an empty database of the kind that the suite runs on."""
    if not on_postgresql():
        yield f"sqlite:///{directory / 'authserver.db'}"
        return
    with fresh_postgresql() as url:
        yield url


@contextmanager
def fresh_postgresql() -> Iterator[str]:
    """The URL of an empty PostgreSQL database, dropped afterwards with whoever is still connected."""
    server = postgresql_server()
    assert server is not None, f"{SUITE} and {MARKED} are not set"
    name = f"authserver_test_{secrets.token_hex(6)}"
    _run(server, f"CREATE DATABASE {name}")
    try:
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    finally:
        _run(server, f"DROP DATABASE {name} WITH (FORCE)")


def _run(server: str, statement: str) -> None:
    import psycopg  # only where PostgreSQL is used

    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(statement)
