"""Visits of new applications."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from tests.factories import make_client
from tests.pages.login_recovery.visits import SCOPE, TRUSTED, Visit
from tests.pages.people import Browser


@pytest.fixture
def visit(app: Flask, at: Browser) -> Callable[..., Visit]:
    """`visit(trusted=True)`: this browser has been sent here by a new application."""

    def begin(*, browser: Browser | None = None, asked: dict[str, Any] | None = None, **metadata: Any) -> Visit:
        client, secret = make_client(app.extensions["authserver.house"], **{**TRUSTED, **metadata})
        begun = Visit(app, browser or at, client, secret)
        begun.authorize(scope=SCOPE, **asked or {})
        return begun

    return begin
