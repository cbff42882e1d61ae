"""Brute force of client secrets (RFC 6749 section 2.3.1: MUST protect; case CA9)."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from authserver.models import clients
from authserver.models.unit_of_work import unit_of_work
from authserver.oauth import wrong_secrets
from tests.factories import make_client, make_key_client, make_resource_server, unique, within
from tests.relying_party import Credentials, RelyingParty, Reply, basic
from tests.rfc.answers import grants, refuses
from tests.state import State

if TYPE_CHECKING:
    from authserver.composition import House

ENDPOINTS = ("/token", "/introspect", "/revoke")


@pytest.fixture
def worker(house: "House") -> Credentials:
    return make_client(house, type="machine")


def guess(http: FlaskClient, client_id: str, path: str = "/token", *, secret: str = "cs_wrong") -> Reply:
    rp = RelyingParty(http, None)  # type: ignore[arg-type]
    fields = {"grant_type": "client_credentials", "token": "at_unknown"}
    return rp.post(path, fields, headers={"Authorization": basic(client_id, secret)})


def exhausted(house: "House", client_id: str, address: str) -> None:
    """All wrong secrets but the last, without their requests."""
    with within(house):
        for _ in range(wrong_secrets.PER_CLIENT - 1):
            assert wrong_secrets.count(client_id, address=address) == 0


@pytest.mark.parametrize("path", ENDPOINTS)
def test_CA9_a_hundred_wrong_secrets_and_then_429(
    house: "House", http: FlaskClient, path: str, row_counts: Callable[[], State]
) -> None:
    client, secret = make_resource_server(house) if path == "/introspect" else make_client(house, type="machine")
    before = row_counts()
    for _ in range(100):
        refuses(guess(http, client.client_id, path), "invalid_client", 401)
    reply = guess(http, client.client_id, path)
    refuses(reply, "slow_down", 429)
    assert 1 <= int(reply.headers["Retry-After"]) <= wrong_secrets.WINDOW
    assert row_counts() == before
    assert guess(http, client.client_id, path, secret=secret).status_code == 200


def test_CA9_the_right_secret_is_taken_from_anywhere(app: Flask, house: "House", worker: Credentials) -> None:
    http, client = app.test_client(), worker[0]
    exhausted(house, client.client_id, http.environ_base["REMOTE_ADDR"])
    refuses(guess(http, client.client_id), "invalid_client", 401)
    refuses(guess(http, client.client_id), "slow_down", 429)
    grants(RelyingParty(app.test_client(), *worker).token(grant_type="client_credentials"))
    grants(RelyingParty(http, *worker).token(grant_type="client_credentials"))  # nobody can lock a neighbour out
    refuses(guess(app.test_client(), client.client_id), "invalid_client", 401)


def test_CA9_it_is_over_after_the_time_that_was_told(
    house: "House", http: FlaskClient, worker: Credentials, frozen: time_machine.Traveller
) -> None:
    client_id = worker[0].client_id
    exhausted(house, client_id, http.environ_base["REMOTE_ADDR"])
    guess(http, client_id)
    wait = int(guess(http, client_id).headers["Retry-After"])
    frozen.shift(wait - 1)
    refuses(guess(http, client_id), "slow_down", 429)
    frozen.shift(1)
    refuses(guess(http, client_id), "invalid_client", 401)


def test_CA9_an_unknown_client_is_counted_as_a_known_one_is(
    house: "House", http: FlaskClient, worker: Credentials, frozen: time_machine.Traveller
) -> None:
    disabled, secret = make_client(house, type="machine")
    with within(house):
        clients.change(disabled.client_id, disabled_at=1)
    replies = []
    for client_id, tried in ((worker[0].client_id, "x"), (unique("nobody"), "x"), (disabled.client_id, secret)):
        exhausted(house, client_id, http.environ_base["REMOTE_ADDR"])
        replies.append((guess(http, client_id, secret=tried).text, guess(http, client_id, secret=tried).text))
    assert len(set(replies)) == 1


def test_CA9_many_clients_of_one_network_are_counted_together(house: "House", http: FlaskClient) -> None:
    address = http.environ_base["REMOTE_ADDR"]
    with within(house):
        for number in range(wrong_secrets.PER_NETWORK):
            assert wrong_secrets.count(f"guessed-{number // 99}", address=address) == 0
    refuses(guess(http, unique("nobody")), "slow_down", 429)


def test_RL4_a_network_of_ipv6_is_one(house: "House") -> None:
    name = unique("client")
    with within(house):
        for number in range(wrong_secrets.PER_CLIENT):
            assert wrong_secrets.count(name, address=f"2001:db8:1:2::{number:x}") == 0
        assert wrong_secrets.count(name, address="2001:db8:1:2:ffff::1") > 0
        assert wrong_secrets.count(name, address="2001:db8:1:3::1") == 0


def test_RL6_a_refusal_writes_nothing(house: "House", http: FlaskClient, worker: Credentials) -> None:
    address = http.environ_base["REMOTE_ADDR"]
    exhausted(house, worker[0].client_id, address)
    guess(http, worker[0].client_id)
    with unit_of_work(house.database) as unit:
        assert wrong_secrets.count(worker[0].client_id, address=address) > 0
        assert not unit._writing


def test_CA9_what_is_no_guess_of_a_secret_is_not_counted(house: "House", http: FlaskClient) -> None:
    """A replayed assertion says nothing of a key, and who names itself only has guessed nothing."""
    rp = RelyingParty(http, *make_key_client(house, type="machine"))
    proof, _ = rp.authentication(rp.client, rp.secret)
    grants(rp.post("/token", {**proof, "grant_type": "client_credentials"}, headers={}))
    for _ in range(wrong_secrets.PER_CLIENT + 1):
        refuses(rp.post("/token", {**proof, "grant_type": "client_credentials"}, headers={}), "invalid_client", 401)
    client, _ = make_client(house, type="machine")
    for _ in range(wrong_secrets.PER_CLIENT + 1):
        refuses(rp.post("/revoke", {"client_id": client.client_id, "token": "x"}, headers={}), "invalid_client", 401)
