"""One walk through the site for all tests of a module; mail stays in the queue."""

from collections.abc import Iterator

import pytest
from flask import Flask

from authserver.outbox import courier
from tests.factories import make_client, make_user
from tests.injection.site import Site, explored
from tests.relying_party import RelyingParty


@pytest.fixture(scope="module", autouse=True)
def mail_waits() -> Iterator[None]:
    """Nobody delivers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(courier, "wake", lambda database, settings: None)
        yield


@pytest.fixture(scope="module")
def site(app: Flask, mail_waits: None) -> Site:
    """The forms of an administrator, who has all that others have."""
    return explored(app)


@pytest.fixture(scope="module")
def manager(app: Flask) -> dict[str, str]:
    """The header of a program that may manage what its user owns."""
    house = app.extensions["authserver.house"]
    user, password = make_user(house, is_admin=True)
    client, secret = make_client(house, trusted=True, scope="manage admin")
    rp = RelyingParty(app.test_client(), client, secret).sign_in(user, password)
    return {"Authorization": f"Bearer {rp.authorize(scope='manage admin').redeem().json['access_token']}"}
