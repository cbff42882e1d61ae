"""A database that does not answer, on both kinds: a clear 503, nothing half done, no restart to recover (FT2, FT9)."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from flask import Flask

from tests.databases import postgresql_server
from tests.factories import make_api_key, make_client, make_resource_server, make_user
from tests.relying_party import Credentials, RelyingParty, Reply
from tests.state import of as state_of

FORM = {"grant_type": "client_credentials", "scope": "read:realms"}
WRITERS = 16


class Installation:
    """A server on its own database, a client of it, and a key with the resource server that asks for it."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.house = app.extensions["authserver.house"]
        self.client: Credentials = make_client(
            self.house, type="machine", scope="read:realms", access_token_format="opaque"
        )
        self.caller: Credentials = make_resource_server(self.house)
        self.key = make_api_key(self.house, make_user(self.house)[0])[1]

    def party(self) -> RelyingParty:
        return RelyingParty(self.app.test_client(), *self.client)

    def token(self) -> Reply:
        """A request that writes."""
        return self.party().token(**FORM)

    def introspection(self) -> Reply:
        """A hot read."""
        return self.party().introspect(self.key, as_=self.caller)

    def get(self, path: str) -> int:
        return self.app.test_client().get(path).status_code


@pytest.fixture
def on_postgresql(app_with: Callable[..., Flask], postgresql: str) -> Installation:
    return Installation(app_with(database_url=postgresql))


@pytest.fixture
def on_sqlite(app_with: Callable[..., Flask], tmp_path: Path) -> Installation:
    return Installation(app_with(database_url=f"sqlite:///{tmp_path / 'authserver.db'}"))


def is_unavailable(reply: Reply) -> bool:
    return (reply.status_code, reply.error, reply.headers["Retry-After"]) == (503, "temporarily_unavailable", "1")


@contextmanager
def closed(url: str) -> Iterator[None]:
    """The database lets nobody in, and those who were in are thrown out."""
    name = urlsplit(url).path[1:]
    with psycopg.connect(postgresql_server() or "", autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        throw_out(connection, name)
        try:
            yield
        finally:
            connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


def throw_out(connection: "psycopg.Connection[tuple[object, ...]]", name: str) -> None:
    connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])


@pytest.mark.postgresql
def test_FT2_postgresql_away_is_503_and_recovers_by_itself(on_postgresql: Installation, postgresql: str) -> None:
    assert on_postgresql.token().status_code == on_postgresql.introspection().status_code == 200
    with closed(postgresql):
        began = time.monotonic()
        assert is_unavailable(on_postgresql.introspection())
        assert is_unavailable(on_postgresql.token())
        assert time.monotonic() - began < 6
        assert (on_postgresql.get("/livez"), on_postgresql.get("/readyz")) == (200, 503)
        assert on_postgresql.get("/authorize?client_id=somebody") == 503
    assert on_postgresql.get("/readyz") == 200
    assert on_postgresql.introspection().json["active"] is True
    assert on_postgresql.token().status_code == 200


@pytest.mark.postgresql
def test_FT10_lost_connections_are_made_again_unnoticed(on_postgresql: Installation, postgresql: str) -> None:
    assert on_postgresql.token().status_code == on_postgresql.introspection().status_code == 200
    with psycopg.connect(postgresql_server() or "", autocommit=True) as connection:
        throw_out(connection, urlsplit(postgresql).path[1:])
    assert on_postgresql.introspection().json["active"] is True
    assert on_postgresql.token().status_code == 200


def test_FT9_sqlite_locked_for_too_long_is_503_and_reads_go_on(on_sqlite: Installation, tmp_path: Path) -> None:
    before = state_of(on_sqlite.house.database)
    other = sqlite3.connect(tmp_path / "authserver.db", isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        assert is_unavailable(on_sqlite.token())
        assert on_sqlite.introspection().json["active"] is True
        assert on_sqlite.get("/readyz") == 200
    finally:
        other.close()
    assert state_of(on_sqlite.house.database) == before
    assert on_sqlite.token().status_code == 200


@pytest.mark.parametrize("kind", ["on_sqlite", pytest.param("on_postgresql", marks=pytest.mark.postgresql)])
def test_FT9_many_writers_at_once_all_succeed(kind: str, request: pytest.FixtureRequest) -> None:
    installation: Installation = request.getfixturevalue(kind)

    def write(_: int) -> Reply:
        try:
            return installation.token()
        finally:
            installation.house.database.hot.close()  # this thread's own connection

    with ThreadPoolExecutor(WRITERS) as pool:
        replies = list(pool.map(write, range(4 * WRITERS)))
    assert {reply.status_code for reply in replies} == {200}
    assert len({reply.json["access_token"] for reply in replies}) == len(replies)
