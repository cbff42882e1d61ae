"""`/token` and `/revoke` explained: refresh tokens, exchanged keys, and what is revoked."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from flask import Flask

from tests.factories import make_api_key, make_client, make_resource_server, make_user
from tests.relying_party import RelyingParty
from tests.rfc.conftest import Party, party_at
from tests.traces.conftest import TraceOf, explains

if TYPE_CHECKING:
    from authserver.composition import House

# -- refresh tokens ----------------------------------------------------------------------------------------------------


def test_a_rotated_refresh_token(rp: Party, frozen: time_machine.Traveller, trace_of: TraceOf) -> None:
    old = rp.authorize().redeem().json["refresh_token"]
    rp.refresh()
    frozen.shift(60)
    last = explains(trace_of(rp.refresh(refresh_token=old)), "invalid_grant", "refresh_token_reused", "First use")
    assert "60 s ago" in last["says"]


@pytest.mark.parametrize(("ttl", "cause"), [("refresh_idle_ttl", "idle"), ("refresh_absolute_ttl", "absolute")])
def test_idle_and_absolute_limits_are_told_apart(
    app_with: Callable[..., Flask], frozen: time_machine.Traveller, ttl: str, cause: str
) -> None:
    app = app_with(**{ttl: 30})
    rp = party_at(app)
    rp.authorize().redeem()
    frozen.shift(31)
    reply = rp.refresh()
    trace = app.extensions["authserver"].traces.find(reply.headers["X-Request-Id"])
    explains(trace, "invalid_grant", f"refresh_token_{cause}", "Age of the token")


def test_unknown_refresh_tokens_and_those_of_others(rp: Party, app: Flask, trace_of: TraceOf) -> None:
    token = rp.authorize().redeem().json["refresh_token"]
    explains(trace_of(rp.refresh(refresh_token="rt_no")), "invalid_grant", "refresh_token_unknown", "Refresh token")
    trace = trace_of(party_at(app).refresh(refresh_token=token))
    explains(trace, "invalid_grant", "refresh_token_of_another_client", "Refresh token")


@pytest.mark.parametrize(
    ("parameters", "error", "cause", "check"),
    [
        ({"scope": "openid delete:realms"}, "invalid_scope", "scope_exceeds", "Scope"),
        ({"resource": "https://elsewhere.example"}, "invalid_target", "resource_not_granted", "Resource"),
    ],
)
def test_more_than_was_granted(
    rp: Party, trace_of: TraceOf, parameters: dict[str, str], error: str, cause: str, check: str
) -> None:
    rp.authorize().redeem()
    explains(trace_of(rp.refresh(**parameters)), error, cause, check)


# -- key exchange and revocation ---------------------------------------------------------------------------------------

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
KEY_TYPE = "urn:realmkit:params:oauth:token-type:api-key"


def test_a_key_that_cannot_be_exchanged(app: Flask, house: "House", trace_of: TraceOf) -> None:
    client, secret = make_client(house, type="machine", grant_types=[EXCHANGE])
    rp = RelyingParty(app.test_client(), client, secret)
    user, _ = make_user(house)
    _, key = make_api_key(house, user)
    api, _ = make_resource_server(house)
    sent: dict[str, Any] = {"grant_type": EXCHANGE, "subject_token": key, "subject_token_type": KEY_TYPE}
    trace = trace_of(rp.token(**{**sent, "subject_token": key[:-1] + "!", "resource": api.audience}))
    explains(trace, "invalid_request", "subject_token", "Subject token")
    assert key[:-1] not in str(trace)
    explains(trace_of(rp.token(**sent)), "invalid_request", "audience_missing", "Resource")
    good = trace_of(rp.token(**sent, resource=api.audience))
    assert (good.error, good.user_id) == (None, user.id)
    assert key not in str(good)


def test_revocation_is_noted_and_refused_for_the_tokens_of_others(rp: Party, app: Flask, trace_of: TraceOf) -> None:
    rp.authorize().redeem()
    other = party_at(app)
    trace = trace_of(other.revoke(rp.tokens["access_token"]))
    explains(trace, "invalid_grant", "token_of_another_client", "Token")
    good = trace_of(rp.revoke())
    assert (good.endpoint, good.client_id, good.error) == ("revoke", rp.client.client_id, None)
