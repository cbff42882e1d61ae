"""An application with an owner, and the request that cannot be answered by a redirect."""

from typing import TYPE_CHECKING

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from authserver.models.clients import Client
from authserver.models.users import User
from tests.factories import PASSWORD, make_client, make_user
from tests.pages.people import Browser
from tests.relying_party import encoded
from tests.rfc.front_channel import parameters_for

if TYPE_CHECKING:
    from authserver.composition import House

REGISTERED = "https://app.example/callback"
OTHER = "https://app.example/never-shown"
REQUESTED = "https://app.example/Callback/"


@pytest.fixture
def owner(house: "House") -> User:
    return make_user(house)[0]


@pytest.fixture
def client(house: "House", owner: User) -> Client:
    return make_client(house, owner=owner, redirect_uris=[REGISTERED, OTHER])[0]


def signed_in(app: Flask, user: User) -> Browser:
    browser = Browser(app)
    assert browser.sign_in(user, PASSWORD).status_code == 303
    return browser


def wrong_uri(at: Browser, client: Client, uri: str = REQUESTED) -> TestResponse:
    """The request that cannot be answered by a redirect."""
    return at.get(f"/authorize?{encoded(parameters_for(client, redirect_uri=uri))}")


def trace_of(answer: TestResponse) -> str:
    return answer.headers["X-Request-Id"]
