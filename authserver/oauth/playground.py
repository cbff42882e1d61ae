"""The two clients of the playground: one that asks people, as any public client does, and an API that introspects.

They are made at the first use. The API's secret is derived, so that every process knows it and no row holds it.
"""

from dataclasses import replace
from typing import Any

from authserver import clock, opaque
from authserver.audit.record import record
from authserver.audit.tags import Tag
from authserver.models import client_secrets, clients
from authserver.models.clients import Client
from authserver.oauth import client_metadata, scopes
from authserver.settings import Settings

CLIENT_ID = "realmkit-playground"
API_ID = "realmkit-playground-api"
CALLBACK = "/playground/callback"


def callback(settings: Settings) -> str:
    """Where the playground receives codes."""
    return settings.issuer + CALLBACK


def ensure(settings: Settings) -> Client:
    """The playground's client, made or brought up to date where that is needed."""
    document = {"client_name": "Playground", "type": "spa", "environment": "test", "allow_scope_deselect": True}
    asked = {"redirect_uris": [callback(settings)], "scope": scopes.join(wanted())}
    client = _client(CLIENT_ID, {**document, **asked})
    audience = f"{settings.issuer}/playground"
    _client(API_ID, {"client_name": "Playground API", "audience": audience, "environment": "any"})
    client_secrets.keep(API_ID, api_secret())
    return client


def wanted() -> tuple[str, ...]:
    """The scopes that the playground's client may ask for: who somebody is, and reading."""
    open_ = [scope.name for scope in scopes.known() if not scope.reserved]
    return tuple(name for name in open_ if name in scopes.OPENID_SCOPES or scopes.kind(name) == "read")


def api_secret() -> str:
    """The secret of the playground's own resource server, the same in every process of this installation."""
    return opaque.successor("playground", API_ID)


def _client(client_id: str, document: dict[str, Any]) -> Client:
    draft, now = client_metadata.read(document, privileged=True), clock.now()
    there = clients.find(client_id)
    if there is None:
        client = replace(draft, client_id=client_id, created_at=now, updated_at=now)
        if clients.create(client):
            record(Tag.CLIENT_CREATED, actor="playground", client_id=client_id, type=client.type)
        return client
    follows = {name: getattr(draft, name) for name in ("redirect_uris", "audience", "scope")}
    if changed := {name: value for name, value in follows.items() if value != getattr(there, name)}:
        clients.change(client_id, **changed)
    return replace(there, **changed)
