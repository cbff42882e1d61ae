"""Developers at their browsers."""

from typing import TYPE_CHECKING

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import PASSWORD, make_resource_server, make_user
from tests.pages.settings.developers import Developer, MakeDeveloper
from tests.pages.settings.session_tokens import Ask
from tests.relying_party import RelyingParty

if TYPE_CHECKING:
    from authserver.composition import House


@pytest.fixture
def developer(app: Flask, house: "House") -> MakeDeveloper:
    """`developer(is_admin=True)`: a new account, signed in."""

    def make(**values: object) -> Developer:
        at = Developer(app)
        at.user, _ = make_user(house, **values)
        assert at.sign_in(at.user, PASSWORD).status_code == 303
        return at

    return make


@pytest.fixture
def ask(house: "House", http: FlaskClient) -> Ask:
    """`ask(token)`: what a resource server is told of it."""
    server = make_resource_server(house)
    party = RelyingParty(http, *server)
    return lambda token, **more: party.introspect(token, as_=server, **more)
