"""Connected applications, and an API that asks about their tokens."""

from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask

from authserver.models.users import User
from tests.factories import make_client, make_resource_server, make_user
from tests.pages.connected_apps.connected import SCOPE, Connected, MakeConnected
from tests.relying_party import Credentials

if TYPE_CHECKING:
    from authserver.composition import House


@pytest.fixture
def connected(app: Flask, house: "House") -> MakeConnected:
    """`connected(person=(user, password), asks="openid read:realms", access_token_format="opaque")`."""

    def make(*, person: tuple[User, str] | None = None, asks: str = SCOPE, **metadata: Any) -> Connected:
        user, password = person or make_user(house)
        client, secret = make_client(house, **{"scope": asks, **metadata})
        rp = Connected(app.test_client(), client, secret)
        rp.user = user
        rp.sign_in(user, password).authorize(scope=asks)
        if rp.at == "/consent":
            rp.consent("allow")
        assert rp.redeem().status_code == 200
        return rp

    return make


@pytest.fixture
def api(house: "House") -> Credentials:
    return make_resource_server(house)
