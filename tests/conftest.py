"""Fixtures of the whole suite: one application and one database a worker process; unique names keep tests apart."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from authserver import factory
from authserver.models.unit_of_work import UnitOfWork, unit_of_work
from authserver.settings import Settings
from authserver.traces.notes import Budget
from tests import state
from tests.addresses import Caller
from tests.databases import fresh_database, fresh_postgresql, postgresql_server
from tests.ending import end
from tests.processes import RunningServer, running
from tests.state import State

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from authserver.composition import House
    from authserver.oauth.server import AuthorizationServer
    from tests.gallery.site import Gallery

ISSUER = "http://localhost:8000"
#: With this set, a test that cannot run for want of a server or a browser fails instead of being skipped.
STRICT = "AUTHSERVER_TEST_STRICT"
CHROMIUM_ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--disable-gpu"]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("postgresql") and postgresql_server() is None:
        absent("needs a PostgreSQL server: set AUTHSERVER_TEST_DATABASE or AUTHSERVER_TEST_POSTGRESQL")
    if item.get_closest_marker("browser") and _chromium() is None:
        absent("needs Chromium")
    for program, marker in (("redis-server", "redis"), ("nginx", "nginx")):
        if item.get_closest_marker(marker) and program_at(program) is None:
            absent(f"needs {program}")


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    if isinstance(left, State) and isinstance(right, State) and op == "==":
        return ["the state was changed:", *right.difference(left)]
    return None


def program_at(name: str) -> str | None:
    """Where a program is; servers often stand where only root looks."""
    return shutil.which(name, path=os.pathsep.join((os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin")))


def absent(reason: str) -> NoReturn:
    if os.environ.get(STRICT):
        pytest.fail(f"{reason} ({STRICT} is set)", pytrace=False)
    pytest.skip(reason)


def _chromium() -> str | None:
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of the browser, for tests marked `browser`."""
    path = _chromium()
    assert path is not None, "mark the test with `browser`"
    return path


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator["Browser"]:
    """One Chromium a worker process, for tests marked `browser`; a test opens contexts of its own in it."""
    from playwright.sync_api import sync_playwright  # loaded only where a browser is used

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def gallery(tmp_path_factory: pytest.TempPathFactory, keys_dir: Path) -> Iterator["Gallery"]:
    """A running server with one of everything, for tests that look at pages."""
    with open_gallery(tmp_path_factory.mktemp("gallery"), keys_dir) as gallery:
        yield gallery


@contextmanager
def open_gallery(directory: Path, keys_dir: Path, **env: str) -> Iterator["Gallery"]:
    """A running server, its installation in this process, and one of everything in it."""
    from tests.gallery.site import furnished

    with fresh_database(directory) as url, running(directory, database=url, keys_dir=keys_dir, env=env) as server:
        settings = Settings(
            issuer=server.url, data_dir=directory, keys_dir=keys_dir, database_url=url, password_memory=8192
        )
        with _prepared(settings) as app:
            yield furnished(server, app)


# -- one house a worker ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def keys_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The one keys directory of this process: peppers are global to it, so every application must share them."""
    return tmp_path_factory.mktemp("keys")


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory, keys_dir: Path) -> Iterator[Settings]:
    """Settings of the application under test, with cheap passwords."""
    directory = tmp_path_factory.mktemp("data")
    with fresh_database(directory) as url:
        yield Settings(
            issuer=ISSUER, data_dir=directory, keys_dir=keys_dir, database_url=url, password_memory=8192
        )


@pytest.fixture(scope="session")
def app(settings: Settings) -> Iterator[Flask]:
    """The application with its schema and its keys. `app.wsgi_app` is the wire: its test client reaches both lanes."""
    with _prepared(settings) as app:
        yield app


@pytest.fixture(scope="session")
def house(app: Flask) -> "House":
    """Settings, database and server of `app`."""
    house: House = app.extensions["authserver.house"]
    return house


@pytest.fixture(scope="session")
def server(house: "House") -> "AuthorizationServer":
    """The authorization server of `app`, for tests below HTTP."""
    return house.server


@pytest.fixture
def app_with(settings: Settings) -> Iterator[Callable[..., Flask]]:
    """`app_with(refresh_grace=0)`: another application on the same keys and the same database, with changed settings.

    For an own, empty database: `app_with(database_url=..., data_dir=...)`, or the fixture `empty_database`.
    """
    with ExitStack() as stack:

        def make(**changes: Any) -> Flask:
            return stack.enter_context(_prepared(Settings(**{**settings.model_dump(), **changes})))

        yield make


@pytest.fixture
def empty_database(tmp_path: Path) -> Iterator[str]:
    """The URL of a database without any table, of the kind that the suite runs on."""
    with fresh_database(tmp_path) as url:
        yield url


@pytest.fixture
def postgresql() -> Iterator[str]:
    """The URL of an empty PostgreSQL database, for tests marked `postgresql`."""
    with fresh_postgresql() as url:
        yield url


# -- one test ----------------------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def own_traces(request: pytest.FixtureRequest) -> None:
    """What strangers may leave in a minute is limited for all together; each test has a budget of its own."""
    if "house" in request.fixturenames or "app" in request.fixturenames:
        house: House = request.getfixturevalue("house")
        house.server.traces._notes._budget = Budget()


@pytest.fixture
def http(app: Flask) -> FlaskClient:
    """A browser without cookies, or a machine. A second browser is `app.test_client()`."""
    return app.test_client()


@pytest.fixture
def unit(house: "House") -> Iterator[UnitOfWork]:
    """An open unit of work, committed at the end. For tests below HTTP: a request beside an open write waits for it."""
    with unit_of_work(house.database) as unit:
        yield unit
        unit.commit()


@pytest.fixture
def frozen() -> Iterator[time_machine.Traveller]:
    """The clock stands still; `frozen.shift(61)` moves it by seconds, `frozen.move_to(1795500000)` to a time."""
    with time_machine.travel(int(time.time()), tick=False) as clock:
        yield clock


@pytest.fixture
def row_counts(house: "House") -> Callable[[], State]:
    """`before = row_counts(); ...; assert row_counts() == before`: nothing was changed ("SU" of the cases)."""
    return lambda: state.of(house.database)


@pytest.fixture
def running_server(tmp_path: Path, keys_dir: Path) -> Iterator[Callable[..., RunningServer]]:
    """`running_server(workers=2, env={...})`: a real server process on a free port, with an own, empty database."""
    with ExitStack() as stack:

        def start(**options: Any) -> RunningServer:
            options.setdefault("keys_dir", keys_dir)
            return stack.enter_context(running(tmp_path, **options))

        yield start


@contextmanager
def _prepared(settings: Settings) -> Iterator[Flask]:
    """An application that gives its connections back when the tests are done with it."""
    from authserver import composition  # knows all rooms: a test of one room must not need the others

    app = factory.create_app(settings)
    app.test_client_class = Caller
    try:
        composition.prepare(app, migrate=True)  # on PostgreSQL this is the operator's part
        yield app
    finally:
        end(app)
