"""Programs that manage keys with an access token of their user."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from authserver.models import api_keys, audit_events, outbox
from authserver.models.api_keys import ApiKey
from authserver.models.unit_of_work import read
from authserver.models.users import User
from authserver.outbox import courier
from tests.factories import make_client, make_resource_server, make_user, within
from tests.relying_party import RelyingParty

if TYPE_CHECKING:
    from authserver.composition import House

PATH = "/v1/api-keys"
SCOPE = "manage read:realms write:realms"


@pytest.fixture(autouse=True)
def mail_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody delivers: the tests read the queue."""
    monkeypatch.setattr(courier, "wake", lambda database, settings: None)


@dataclass(frozen=True, slots=True)
class Program:
    """Sends JSON with its token."""

    http: FlaskClient
    user: User
    token: str

    def send(self, method: str, path: str = PATH, **more: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.token}", **more.pop("headers", {})}
        return self.http.open(path, method=method, headers=headers, **more)

    def create(self, **wish: Any) -> TestResponse:
        return self.send("POST", json={"name": "CI", "scopes": ["read:realms"], "environment": "live", **wish})


Manage = Callable[..., Program]


@pytest.fixture
def program(app: Flask, house: "House") -> Manage:
    """`program(scope="manage", is_admin=True)`: a new user, and a program with an access token of theirs."""

    def make(scope: str = SCOPE, *, user: User | None = None, **values: Any) -> Program:
        owner = user or make_user(house, **values)[0]
        client, secret = make_client(house, trusted=True, scope=scope)
        party = RelyingParty(app.test_client(), client, secret)
        party.sign_in(owner, "correct-horse-battery-42")
        assert party.authorize(scope=scope).redeem().status_code == 200
        assert party.tokens["scope"] == scope
        return Program(app.test_client(), owner, party.tokens["access_token"])

    return make


@pytest.fixture
def keys_of(house: "House") -> Callable[[User], list[ApiKey]]:
    def found(user: User) -> list[ApiKey]:
        with within(house):
            return api_keys.every(user_id=user.id)

    return found


def is_problem(answer: TestResponse, status: int) -> dict[str, Any]:
    """An error of RFC 9457 that nobody may store."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Cache-Control"] == "no-store"
    document: dict[str, Any] = answer.get_json(force=True)
    assert document["type"] == "about:blank" or document["type"].startswith("https://")
    assert document["status"] == status
    assert document["title"]
    assert document["detail"]
    return document


def challenge(answer: TestResponse) -> str:
    return answer.headers["WWW-Authenticate"]


def events(house: "House", user: User) -> list[tuple[str, str | None, dict[str, Any]]]:
    with within(house):
        found = audit_events.latest(limit=50, user_id=user.id)
    return [(event.tag, event.actor, event.details) for event in found if event.tag.startswith("api_key.")]


def mails(house: "House", user: User) -> list[str]:
    with within(house):
        rows = read().execute(outbox.outbox.select().where(outbox.outbox.c.recipient == user.email)).all()
    return [f"{row.subject}\n{row.body}" for row in rows]


def is_good(app: Flask, house: "House", key: str, **more: str) -> bool:
    api, secret = make_resource_server(house, environment="any")
    answer = app.test_client().post("/introspect", data={"token": key, **more}, auth=(api.client_id, secret))
    good: bool = answer.json["active"]  # type: ignore[index]
    return good
