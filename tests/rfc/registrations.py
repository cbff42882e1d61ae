"""Applications that register themselves: raw requests, and an application where that is open."""

import json
from collections.abc import Callable
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from authserver.models import registration_tokens
from authserver.models.clients import Client, find
from authserver.models.unit_of_work import unit_of_work
from tests.relying_party import RelyingParty, Reply

CALLBACK = "https://app.example/callback"
WEB = {"redirect_uris": [CALLBACK]}


class Registrar:
    """Whoever registers applications at this server, from one address."""

    def __init__(self, http: FlaskClient) -> None:
        self.http = http

    def send(self, method: str, path: str, body: object = None, *, token: str | None = None, **headers: str) -> Reply:
        """Any request; `body` as JSON unless it is text or bytes already."""
        sent = dict(headers) | ({"Authorization": f"Bearer {token}"} if token is not None else {})
        data = body if body is None or isinstance(body, str | bytes) else json.dumps(body)
        kind = "application/json" if data is not None else None
        answer = self.http.open(path, method=method, data=data, headers=sent, content_type=kind)
        return Reply(path, answer.status_code, answer.headers, answer.text)

    def register(self, token: str | None = None, **metadata: Any) -> Reply:
        """Register with this metadata, by default a redirect URI and nothing else."""
        return self.send("POST", "/register", {**WEB, **metadata}, token=token)

    def registered(self, token: str | None = None, **metadata: Any) -> dict[str, Any]:
        """The client information of a new client."""
        reply = self.register(token, **metadata)
        assert reply.status_code == 201, reply.text
        document: dict[str, Any] = reply.json
        return document

    def manage(self, method: str, client: dict[str, Any], body: object = None, *, token: str | None = None) -> Reply:
        """RFC 7592, with the client's own registration access token unless another one is given."""
        path = f"/register/{client['client_id']}"
        return self.send(method, path, body, token=token or client["registration_access_token"])


MakeRegistrar = Callable[[], Registrar]


def initial_token(
    app: Flask, *, uses: int | None = 1, owner_id: str | None = None, expires_at: int | None = None
) -> str:
    """An initial access token."""
    with unit_of_work(app.extensions["authserver.house"].database) as unit:
        _, token = registration_tokens.issue(owner_id=owner_id, note="", uses=uses, expires_at=expires_at)
        unit.commit()
    return token


def stored(app: Flask, client_id: str) -> Client | None:
    """The client as it is kept."""
    with unit_of_work(app.extensions["authserver.house"].database):
        return find(client_id)


def party_of(app: Flask, document: dict[str, Any]) -> RelyingParty:
    """A browser and a machine for a client that has registered itself."""
    client = stored(app, document["client_id"])
    assert client is not None
    return RelyingParty(app.test_client(), client, document.get("client_secret", ""))
