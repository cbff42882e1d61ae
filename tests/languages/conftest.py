"""Browsers that prefer a language; mail stays in the queue, where the tests read it."""

from collections.abc import Callable

import pytest
from flask import Flask

from authserver.outbox import courier
from tests.pages.people import Browser


@pytest.fixture
def at(app: Flask) -> Browser:
    """A browser without cookies that prefers no language."""
    return Browser(app)


@pytest.fixture
def preferring(app: Flask) -> Callable[[str], Browser]:
    """`preferring("de-AT, en;q=0.5")`: a browser that asks for these languages with every request."""

    def make(accept: str) -> Browser:
        browser = Browser(app)
        browser.environ["HTTP_ACCEPT_LANGUAGE"] = accept
        return browser

    return make


@pytest.fixture(autouse=True)
def mail_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody delivers."""
    monkeypatch.setattr(courier, "wake", lambda database, settings: None)
