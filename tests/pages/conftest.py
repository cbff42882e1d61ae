"""Browsers for tests of pages; mail stays in the queue, where the tests read it."""

import pytest
from flask import Flask

from authserver.outbox import courier
from tests.pages.people import Browser


@pytest.fixture
def at(app: Flask) -> Browser:
    """A browser without cookies, at an address of its own."""
    return Browser(app)


@pytest.fixture(autouse=True)
def mail_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody delivers."""
    monkeypatch.setattr(courier, "wake", lambda database, settings: None)
