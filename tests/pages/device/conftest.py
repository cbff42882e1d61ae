"""Devices of new applications, and a browser in which somebody is signed in."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from authserver.oauth.device import GRANT_TYPE
from tests.factories import make_client
from tests.pages.device.televisions import ELSEWHERE, SCOPE, Begin, Seat, Television


@pytest.fixture
def at(app: Flask) -> Seat:
    """A browser in which somebody is signed in."""
    return Seat(app)


@pytest.fixture
def begin(app: Flask, http: FlaskClient) -> Begin:
    """`begin(scope="openid", address="203.0.113.7", client_name="TV")`: the device of a new application."""

    def ask(
        *, scope: str = "openid read:realms", allowed: str = SCOPE, address: str = ELSEWHERE, **metadata: Any
    ) -> Television:
        registered = {
            "token_endpoint_auth_method": "none",
            "grant_types": [GRANT_TYPE, "refresh_token"],
            "scope": allowed,
        }
        client, _ = make_client(app.extensions["authserver.house"], **{**registered, **metadata})
        sent = {"client_id": client.client_id, "scope": scope}
        answer = http.post("/device_authorization", data=sent, environ_overrides={"REMOTE_ADDR": address})
        return Television(http, client, answer.json)  # type: ignore[arg-type]

    return ask
