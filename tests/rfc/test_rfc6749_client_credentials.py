"""Tokens for a client itself (RFC 6749 section 4.4)."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from flask import Flask

from authserver.models import grants
from tests.factories import make_client, make_resource_server, within
from tests.relying_party import Credentials, Local, RelyingParty, claims_of
from tests.rfc.answers import grants as granted
from tests.rfc.answers import is_active, is_inactive, refuses
from tests.rfc.parallel import together
from tests.state import State

if TYPE_CHECKING:
    from authserver.composition import House

RowCounts = Callable[[], State]


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_s4_4_client_gets_a_token_for_itself_and_no_refresh_token(
    house: "House", machine: Local, api: Credentials, token_format: str, method: str
) -> None:
    rp = _worker(house, machine, access_token_format=token_format, token_endpoint_auth_method=method)
    tokens = granted(rp.token(grant_type="client_credentials", scope="read:realms"))
    assert set(tokens) == {"access_token", "token_type", "expires_in", "scope"}
    claims = is_active(rp.introspect(as_=api))
    assert (claims["sub"], claims["client_id"], claims["scope"]) == (rp.client.client_id,) * 2 + ("read:realms",)
    assert "username" not in claims


def test_s4_4_without_scope_all_scopes_of_the_client_are_granted(house: "House", machine: Local) -> None:
    """Decision 46."""
    rp = _worker(house, machine, scope="read:realms write:realms")
    assert granted(rp.token(grant_type="client_credentials"))["scope"] == "read:realms write:realms"


@pytest.mark.parametrize("scope", ["write:realms", "openid", "unknown", 'read:realms "', "read:realms  x", "é"])
def test_s4_4_scope_beyond_the_client_is_invalid_scope(
    house: "House", machine: Local, row_counts: RowCounts, scope: str
) -> None:
    rp = _worker(house, machine, scope="read:realms")
    before = row_counts()
    refuses(rp.token(grant_type="client_credentials", scope=scope), "invalid_scope")
    assert row_counts() == before


def test_s4_4_reserved_scopes_are_not_open_to_a_client_without_a_list(house: "House", machine: Local) -> None:
    rp = _worker(house, machine)
    refuses(rp.token(grant_type="client_credentials", scope="admin"), "invalid_scope")
    assert "admin" not in granted(rp.token(grant_type="client_credentials"))["scope"].split()


def test_s4_4_public_client_and_resource_server_may_not(house: "House", machine: Local) -> None:
    for client, secret in (make_client(house, type="spa"), make_resource_server(house)):
        reply = RelyingParty(machine, client, secret).token(grant_type="client_credentials")
        refuses(reply, "unauthorized_client")


def test_s4_4_after_revocation_of_all_its_tokens_a_client_gets_good_ones_again(
    house: "House", machine: Local, api: Credentials, frozen: time_machine.Traveller, token_format: str
) -> None:
    """Also within the same second."""
    rp = _worker(house, machine, access_token_format=token_format)
    old = granted(rp.token(grant_type="client_credentials"))["access_token"]
    for _ in range(2):
        with within(house):
            grants.revoke_of(client_id=rp.client.client_id, because="tests")
        is_inactive(rp.introspect(old, as_=api))
        granted(rp.token(grant_type="client_credentials"))
        is_active(rp.introspect(as_=api))


def test_s4_4_eight_threads_at_once_get_good_tokens_of_one_grant(app: Flask, house: "House", api: Credentials) -> None:
    client, secret = make_client(house, type="machine")
    parties = [RelyingParty(app.test_client(), client, secret) for _ in range(8)]
    waiting = iter(parties)
    replies = together(8, lambda: next(waiting).token(grant_type="client_credentials"))
    tokens = [granted(reply)["access_token"] for reply in replies]
    assert len({claims_of(token)["jti"] for token in tokens}) == 8
    for token in tokens:
        is_active(parties[0].introspect(token, as_=api))


def _worker(house: "House", machine: Local, **metadata: Any) -> RelyingParty:
    return RelyingParty(machine, *make_client(house, **{"type": "machine", **metadata}))
