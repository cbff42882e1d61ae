"""Every store of counters, and accounts with limits of their own."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from flask.testing import FlaskClient

from authserver.limits.local import LocalCounters
from authserver.limits.redis_store import RedisCounters
from authserver.models.counters import Counters, SqliteCounters
from authserver.models.users import User
from tests.databases import on_postgresql
from tests.factories import make_user
from tests.gateways.asking import Proxy
from tests.limits.stores import RedisServer

if TYPE_CHECKING:
    from authserver.composition import House

STORES = ["local", "sqlite", pytest.param("redis", marks=pytest.mark.redis)]
if on_postgresql():
    STORES.append("postgresql")


@pytest.fixture
def user(house: "House") -> User:
    return make_user(house)[0]


@pytest.fixture
def proxy(http: FlaskClient) -> Proxy:
    """A caller at an address of its own."""
    return Proxy(http)


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    """A Redis that only this test uses."""
    server = RedisServer(tmp_path)
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="module")
def shared_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A Redis for tests that leave it running."""
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.kill()


@pytest.fixture(params=STORES)
def counters(request: pytest.FixtureRequest, tmp_path: Path, house: "House") -> Iterator[Counters]:
    """Each store in turn; that of PostgreSQL only where the suite runs on it."""
    made: dict[str, Callable[[], Counters]] = {
        "local": LocalCounters,
        "sqlite": lambda: SqliteCounters(tmp_path / "counters.db"),
        "redis": lambda: RedisCounters(request.getfixturevalue("shared_redis").url),
        "postgresql": lambda: house.database.counters,
    }
    store = made[request.param]()
    yield store
    if request.param == "sqlite":
        store.close()  # type: ignore[attr-defined]
