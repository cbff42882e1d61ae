"""Signed-in users with their clients, and servers that ask about tokens."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask

from authserver.models.users import User
from tests.factories import make_client, make_resource_server, make_user
from tests.relying_party import Credentials, Local, RelyingParty

if TYPE_CHECKING:
    from authserver.composition import House

FORMATS = ("jwt", "opaque")
METHODS = ("client_secret_basic", "client_secret_post", "none")
SCOPE = "openid profile email offline_access read:realms write:realms"


class Party(RelyingParty):
    """A client whose user is signed in at its browser."""

    user: User


MakeParty = Callable[..., Party]


def party_at(app: Flask, **metadata: Any) -> Party:
    """A new user and a new client of theirs at this application. `method` is the client's authentication."""
    house: House = app.extensions["authserver.house"]
    method = metadata.pop("method", "client_secret_basic")
    user, password = metadata.pop("user", None) or make_user(house)
    client, secret = make_client(
        house, **{"trusted": True, "scope": SCOPE, "token_endpoint_auth_method": method, **metadata}
    )
    party = Party(app.test_client(), client, secret)
    party.user = user
    party.sign_in(user, password)
    return party


@pytest.fixture
def party(app: Flask) -> MakeParty:
    """`party(access_token_format="opaque", method="none")`: a trusted client, its user signed in."""
    return lambda **metadata: party_at(app, **metadata)


@pytest.fixture
def api(house: "House") -> Credentials:
    """A resource server that asks about tokens."""
    return make_resource_server(house)


@pytest.fixture
def machine(app: Flask) -> Local:
    """Raw requests without a client's habits."""
    return Local(app.test_client())


@pytest.fixture(params=FORMATS)
def token_format(request: pytest.FixtureRequest) -> str:
    """Both forms of access tokens."""
    form: str = request.param
    return form


@pytest.fixture(params=METHODS)
def method(request: pytest.FixtureRequest) -> str:
    """Every way in which a client proves itself."""
    way: str = request.param
    return way
