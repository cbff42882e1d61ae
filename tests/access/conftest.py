"""A server of their own for these tests: small, so that the whole state can be compared around every request."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from authserver import composition, factory
from authserver.outbox import courier
from authserver.settings import Settings
from tests.access.world import World
from tests.conftest import ISSUER
from tests.databases import fresh_database
from tests.ending import end


@pytest.fixture(scope="session")
def own_app(tmp_path_factory: pytest.TempPathFactory, keys_dir: Path) -> Iterator[Flask]:
    """The application on a database of its own."""
    directory = tmp_path_factory.mktemp("access")
    with fresh_database(directory) as url:
        logo = directory / "logo.svg"
        logo.write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
        places: dict[str, Any] = {"data_dir": directory, "keys_dir": keys_dir, "database_url": url}
        app = factory.create_app(Settings(issuer=ISSUER, password_memory=8192, logo=logo, accent="#14655A", **places))
        composition.prepare(app, migrate=True)
        yield app
        end(app)


@pytest.fixture(scope="session")
def roles(own_app: Flask) -> World:
    """People and what they have, for all tests of a worker process."""
    return World(own_app)


@pytest.fixture
def world(roles: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """The same with a new owner, whose things nobody has touched. Mail waits, and nothing is written behind."""
    monkeypatch.setattr(courier, "wake", lambda database, settings: None)
    roles.begin()
    return roles
