"""An application that must ask, and its user's browser."""

from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask

from tests.factories import make_client, make_user
from tests.pages.consent.asking import SCOPE, Asking, MakeAsking

if TYPE_CHECKING:
    from authserver.composition import House


@pytest.fixture
def asking(app: Flask, house: "House") -> MakeAsking:
    """`asking(allow_scope_deselect=True)`: a new client that is not trusted, its new user signed in."""

    def make(*, admin: bool = False, **metadata: Any) -> Asking:
        user, password = make_user(house, is_admin=admin)
        client, secret = make_client(house, **{"scope": SCOPE, **metadata})
        rp = Asking(app.test_client(), client, secret)
        rp.house, rp.user = house, user
        rp.sign_in(user, password)
        return rp

    return make
