"""The authorization endpoint as clients see it: one request, and which of the three kinds of answer came back."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from authserver.models.clients import Client
from tests import state
from tests.conftest import ISSUER
from tests.relying_party import challenge_of, encoded

CHALLENGE = challenge_of("v" * 43)
HTML = "text/html; charset=utf-8"


def parameters_for(client: Client, **changes: Any) -> dict[str, Any]:
    """A good request of this client; None leaves a parameter out, a list repeats it."""
    return {
        "response_type": "code",
        "client_id": client.client_id,
        "redirect_uri": client.redirect_uris[0],
        "scope": "openid",
        "state": "s-1",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **changes,
    }


def ask(http: FlaskClient, client: Client, **changes: Any) -> TestResponse:
    """Send the request, follow nothing."""
    return http.get(f"/authorize?{encoded(parameters_for(client, **changes))}")


def answer_of(response: TestResponse) -> dict[str, str]:
    """The parameters of a redirect to the client."""
    values = parse_qs(urlsplit(response.headers["Location"]).query, keep_blank_values=True)
    assert all(len(found) == 1 for found in values.values()), values
    return {name: found[0] for name, found in values.items()}


def assert_page(response: TestResponse) -> None:
    """`P400`: an error page of ours, nothing for the client."""
    assert response.status_code == 400, response.headers.get("Location")
    assert "Location" not in response.headers
    assert response.headers["Content-Type"] == HTML
    assert response.headers["Cache-Control"] == "no-store"
    assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]


def assert_rejected(response: TestResponse, client: Client, error: str, *, state: str | None = "s-1") -> None:
    """`R:error`: at the registered URI, with `state` and `iss`, without a code."""
    assert response.status_code == 303, response.text  # AZ26
    location = response.headers["Location"]
    assert location.split("?")[0] in {uri.split("?")[0] for uri in client.redirect_uris}
    answer = answer_of(response)
    assert answer["error"] == error, answer
    assert answer.get("state") == state
    assert answer["iss"] == ISSUER
    assert "code" not in answer


@contextmanager
def unchanged(app: Flask) -> Iterator[None]:
    """`SU`: the state is the same afterwards."""
    database = app.extensions["authserver.house"].database
    before = state.of(database)
    yield
    assert state.of(database) == before
