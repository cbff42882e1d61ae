"""An application of their own for tests of pages, accounts and the browser floor."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from authserver.outbox import courier
from tests.pages.people import Browser, compose, database_of


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    app = compose(tmp_path)
    yield app
    courier.stop(database_of(app))
    database_of(app).dispose()


@pytest.fixture
def at(app: Flask) -> Browser:
    return Browser(app)
