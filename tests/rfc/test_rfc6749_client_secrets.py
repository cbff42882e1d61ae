"""Rotation of client secrets (case CA10)."""

import base64
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
import time_machine

from authserver import opaque
from authserver.models.clients import Client
from authserver.oauth import clients as registry
from tests.factories import make_client, make_resource_server, within
from tests.relying_party import FORM, Credentials, Local, RelyingParty, Reply, basic, encoded
from tests.rfc.answers import grants as granted
from tests.rfc.answers import is_active, refuses
from tests.state import State

if TYPE_CHECKING:
    from authserver.composition import House

RowCounts = Callable[[], State]
ENDPOINTS = ("/token", "/introspect", "/revoke")


@pytest.fixture(params=ENDPOINTS)
def path(request: pytest.FixtureRequest) -> str:
    """Every endpoint at which clients authenticate."""
    endpoint: str = request.param
    return endpoint


@pytest.fixture
def worker(house: "House") -> Credentials:
    """A confidential client, client_secret_basic."""
    return make_client(house, type="machine")


def _ask(machine: Local, path: str, fields: dict[str, Any], **headers: str) -> Reply:
    """A request that is good in all but the authentication."""
    body = encoded({"grant_type": "client_credentials", "token": "at_unknown", **fields})
    return machine.send("POST", path, body=body, headers={"Content-Type": FORM, **headers})


def _pair(pair: bytes) -> str:
    return "Basic " + base64.b64encode(pair).decode()


def test_CA10_both_secrets_work_through_the_overlap_and_then_only_the_new_one(
    house: "House", machine: Local, worker: Credentials, frozen: time_machine.Traveller
) -> None:
    client, old = worker
    with within(house):
        new = registry.add_secret(client, overlap=100, actor="tests")
    assert new != old
    for _ in range(2):
        granted(_secret(machine, client, old))
        granted(_secret(machine, client, new))
        frozen.shift(99 // 2)
    frozen.shift(1)  # 99 s: the last second of the overlap
    granted(_secret(machine, client, old))
    frozen.shift(1)
    refuses(_secret(machine, client, old), "invalid_client", 401)
    frozen.shift(1)
    refuses(_secret(machine, client, old), "invalid_client", 401)
    granted(_secret(machine, client, new))


def test_CA10_without_overlap_the_old_secret_ends_at_once(
    house: "House", machine: Local, worker: Credentials, frozen: time_machine.Traveller
) -> None:
    client, old = worker
    with within(house):
        new = registry.add_secret(client, overlap=0, actor="tests")
    refuses(_secret(machine, client, old), "invalid_client", 401)
    granted(_secret(machine, client, new))


def test_CA10_at_most_two_secrets_are_alive(
    house: "House", machine: Local, worker: Credentials, frozen: time_machine.Traveller
) -> None:
    client, first = worker
    secrets = [first]
    for _ in range(3):
        frozen.shift(1)
        with within(house):
            secrets.append(registry.add_secret(client, overlap=3600, actor="tests"))
    for dead in secrets[:-2]:
        refuses(_secret(machine, client, dead), "invalid_client", 401)
    for alive in secrets[-2:]:
        granted(_secret(machine, client, alive))


def test_CA10_rotated_resource_server_introspects_with_both(
    house: "House", machine: Local, worker: Credentials
) -> None:
    server, old = make_resource_server(house)
    rp = RelyingParty(machine, *worker)
    granted(rp.token(grant_type="client_credentials"))
    with within(house):
        new = registry.add_secret(server, overlap=100, actor="tests")
    for secret in (old, new):
        is_active(rp.introspect(as_=(server, secret)))


def test_CA10_only_digests_are_at_rest(house: "House", worker: Credentials, row_counts: RowCounts) -> None:
    client, old = worker
    with within(house):
        new = registry.add_secret(client, overlap=100, actor="tests")
    kept = "\n".join(row for table in row_counts().tables.values() for row in table)
    assert client.client_id in kept
    assert opaque.digest("client_secret", new) in kept
    assert old not in kept
    assert new not in kept


def _secret(machine: Local, client: Client, secret: str) -> Reply:
    return _as(machine, "/token", "client_secret_basic", client.client_id, secret)


def _as(machine: Local, path: str, method: str, client_id: str, secret: str) -> Reply:
    if method == "client_secret_basic":
        return _ask(machine, path, {}, Authorization=basic(client_id, secret))
    fields = {"client_id": client_id, "client_secret": secret if method == "client_secret_post" else None}
    return _ask(machine, path, fields)
