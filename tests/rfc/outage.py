"""A database that goes away under a running application, and comes back."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from sqlalchemy.engine import make_url

if TYPE_CHECKING:
    from authserver.models.database import Database


@contextmanager
def outage(database: "Database", url: str) -> Iterator[None]:
    """Nobody reaches the database at this URL, and those who were connected are thrown out."""
    if url.startswith("sqlite"):
        with _without_file(database, Path(make_url(url).database or "")):
            yield
    else:
        with _without_connections(url):
            yield


@contextmanager
def _without_file(database: "Database", path: Path) -> Iterator[None]:
    database.dispose()  # a file that is open can be read although its name is gone
    aside = path.with_suffix(".aside")
    path.rename(aside)
    path.mkdir()
    try:
        yield
    finally:
        database.dispose()
        path.rmdir()
        aside.rename(path)


@contextmanager
def _without_connections(url: str) -> Iterator[None]:
    import psycopg

    parts = urlsplit(url)
    name = parts.path.lstrip("/")
    with psycopg.connect(urlunsplit(parts._replace(path="/postgres")), autocommit=True) as server:
        server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
        try:
            yield
        finally:
            server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
