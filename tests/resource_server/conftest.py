"""A Flask application that is protected by the package, and the authorization server that it asks, both real."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from flask import Flask, abort, jsonify
from flask.testing import FlaskClient

from authserver.resource_server import AuthorizationServer, Configuration, Protection
from tests.resource_server.fake_server import AUDIENCE, FakeServer, running

Make = Callable[..., FlaskClient]


def configuration(issuer: str, **changes: Any) -> Configuration:
    known = {"issuer": issuer, "client_id": "api", "client_secret": "s", "audience": AUDIENCE, "realm": "RealmKit"}
    return Configuration(**{**known, "timeout": 5, "follow_revocations": False, **changes})


@pytest.fixture
def fake() -> Iterator[FakeServer]:
    with running() as server:
        yield server


@pytest.fixture
def api_with(fake: FakeServer) -> Iterator[Make]:
    """`api_with(metered=False)`: a client of an API with these settings."""
    with ExitStack() as stack:

        def make(**changes: Any) -> FlaskClient:
            chosen = configuration(fake.url, **changes)
            authority = AuthorizationServer(chosen)
            stack.callback(authority.close)
            return application(chosen, authority).test_client()

        yield make


@pytest.fixture
def api(api_with: Make) -> FlaskClient:
    return api_with()


def application(chosen: Configuration, authority: AuthorizationServer) -> Flask:
    app = Flask(__name__)
    protection = Protection(app, chosen, authority)

    @app.get("/realms")
    @protection.requires("read:realms")
    def realms() -> Any:
        access = protection.access
        return jsonify(sub=access.sub, scopes=sorted(access.scopes), use=access.token_use, claims=dict(access.claims))

    @app.get("/both")
    @protection.requires("read:realms", "write:realms")
    def both() -> str:
        return "both"

    @app.get("/anyone")
    @protection.requires()
    def anyone() -> str:
        return "anyone"

    @app.get("/teapot")
    @protection.requires("read:realms")
    def teapot() -> str:
        abort(418)

    @app.get("/dear")
    @protection.requires("read:realms", cost=10)
    def dear() -> str:
        protection.demand("download:realms")
        return "dear"

    @app.get("/free")
    @protection.requires("read:realms", cost=0)
    def free() -> str:
        return "free"

    @app.get("/open")
    @protection.requires("read:realms", anonymous=True)
    def open_() -> str:
        return "anonymous" if protection.access.anonymous else protection.access.sub

    @app.get("/unguarded")
    def unguarded() -> str:
        return protection.access.sub

    return app
