"""Signed-in users with their clients, and servers that ask about tokens."""

import socket
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from authserver.accounts import sessions
from authserver.accounts.visitor import Visitor
from authserver.browser.cookies import Cookie
from authserver.models.users import User
from tests.factories import make_client, make_key_client, make_resource_server, make_user, within
from tests.relying_party import Credentials, Local, RelyingParty
from tests.rfc.answers import challenge, is_active, is_inactive, refuses
from tests.rfc.forgery import Forger

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
    """A new client at this application and its signed-in user, a new one unless `user` is given.

    `method` is the client's authentication.
    """
    house: House = app.extensions["authserver.house"]
    method = metadata.pop("method", "client_secret_basic")
    user = metadata.pop("user", None) or make_user(house)[0]
    make = make_key_client if method == "private_key_jwt" else make_client
    client, secret = make(house, **{"trusted": True, "scope": SCOPE, "token_endpoint_auth_method": method, **metadata})
    party = Party(_browser_of(app, user), client, secret)
    party.user = user
    return party


def _browser_of(app: Flask, user: User) -> FlaskClient:
    """A browser in a session of this user. The login form has tests of its own; these would spend their time on it."""
    house: House = app.extensions["authserver.house"]
    http = app.test_client()
    visitor = Visitor(address="127.0.0.1", user_agent="tests", browser="0" * 64)
    with within(house):
        started = sessions.start(house.settings, user=user, visitor=visitor)
    http.set_cookie(Cookie.SESSION, started.secret)
    return http


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


# -- signed tokens: one good one a module, and what may be made of it --------------------------------------------------


@pytest.fixture(scope="module")
def holder(app: Flask) -> Party:
    """A client with a good JWT access token. Nothing here changes what it stands on."""
    holder = party_at(app)
    assert holder.authorize().redeem().status_code == 200
    return holder


@pytest.fixture(scope="module")
def asker(house: "House") -> Credentials:
    """A resource server that asks about tokens."""
    return make_resource_server(house)


@pytest.fixture(scope="module")
def forger(house: "House", holder: Party) -> Forger:
    """Makes tokens after the example of the holder's."""
    return Forger(house, holder.tokens["access_token"])


@pytest.fixture
def fetches(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every address that this process tries to reach."""
    tried: list[Any] = []

    def connect(_socket: socket.socket, address: Any) -> None:
        tried.append(address)
        raise OSError("no outside network in this test")

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *address, **_: tried.append(address) or [])
    return tried


@pytest.fixture
def disbelieved(holder: Party, asker: Credentials, fetches: list[Any]) -> Callable[[str], None]:
    """Neither endpoint takes the token; nothing is fetched and no time is lost over it."""

    def check(token: str) -> None:
        began = time.thread_time()
        reply = holder.userinfo(token)
        refuses(reply, "invalid_token", 401)
        assert challenge(reply)[0] == "Bearer"
        is_inactive(holder.introspect(token, as_=asker))
        is_inactive(holder.introspect(token))
        assert time.thread_time() - began < 0.15  # 50 ms for each of the three
        assert fetches == []

    return check


@pytest.fixture
def believed(holder: Party, asker: Credentials) -> Callable[[str], None]:
    """Both endpoints take the token."""

    def check(token: str) -> None:
        assert holder.userinfo(token).status_code == 200
        is_active(holder.introspect(token, as_=asker))

    return check
