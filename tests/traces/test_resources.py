"""Refusals at /introspect, /userinfo and the gateway, where an application is known; what is good leaves no trace."""

from typing import TYPE_CHECKING

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from authserver.oauth import clients
from tests.factories import ACTOR, make_api_key, make_resource_server, make_user, within
from tests.relying_party import basic
from tests.rfc.conftest import Party, party_at
from tests.traces.conftest import TraceOf, explains

if TYPE_CHECKING:
    from authserver.composition import House


def absent(house: "House", answer: object) -> bool:
    return house.server.traces.find(answer.headers["X-Request-Id"]) is None  # type: ignore[attr-defined]


def test_a_caller_that_does_not_prove_itself(
    http: FlaskClient, house: "House", frozen: time_machine.Traveller, trace_of: TraceOf
) -> None:
    api, secret = make_resource_server(house)
    with within(house):
        clients.add_secret(api, overlap=0, actor=ACTOR)
    frozen.shift(1)
    for given, cause in ((secret, "secret_retired"), ("x" * 43, "secret_wrong")):
        answer = http.post("/introspect", data={"token": "x"}, headers={"Authorization": basic(api.client_id, given)})
        trace = trace_of(answer)
        explains(trace, "invalid_client", cause, "Client authentication")
        assert (trace.endpoint, trace.client_id) == ("introspect", api.client_id)
        assert given not in str(trace)


def test_good_and_inactive_introspection_is_not_traced(http: FlaskClient, house: "House") -> None:
    api, secret = make_resource_server(house)
    _, key = make_api_key(house, make_user(house)[0])
    for token in (key, "rubbish", "at_rubbish"):
        header = {"Authorization": basic(api.client_id, secret)}
        answer = http.post("/introspect", data={"token": token}, headers=header)
        assert answer.status_code == 200
        assert absent(house, answer)


def test_a_parameter_that_cannot_be_read(http: FlaskClient, house: "House", trace_of: TraceOf) -> None:
    api, secret = make_resource_server(house)
    sent = {"token": "x", "cost": "-1"}
    answer = http.post("/introspect", data=sent, headers={"Authorization": basic(api.client_id, secret)})
    explains(trace_of(answer), "invalid_request", "cost", "Parameters")


@pytest.mark.parametrize("form", ["jwt", "opaque"])
def test_userinfo_says_why_a_token_is_not_good(
    app: Flask, frozen: time_machine.Traveller, trace_of: TraceOf, form: str
) -> None:
    rp: Party = party_at(app, access_token_format=form)
    rp.authorize().redeem()
    first = rp.tokens["access_token"]
    rp.refresh()
    rp.revoke(first)
    trace = trace_of(rp.userinfo(first))
    explains(trace, "invalid_token", "token_revoked", "Token")
    assert (trace.endpoint, trace.client_id, trace.user_id) == ("userinfo", rp.client.client_id, rp.user.id)
    frozen.shift(1000)
    assert "100 s ago" in explains(trace_of(rp.userinfo()), "invalid_token", "token_expired", "Token")["says"]
    assert first not in str(trace)


def test_userinfo_without_openid_and_for_a_bound_token(app: Flask, house: "House", trace_of: TraceOf) -> None:
    rp: Party = party_at(app)
    rp.authorize(scope="read:realms").redeem()
    explains(trace_of(rp.userinfo()), "insufficient_scope", "scope_missing", "Scope of the token")
    api, _ = make_resource_server(house)
    rp.authorize(resource=api.audience).redeem()
    explains(trace_of(rp.userinfo()), "invalid_token", "token_bound", "Token")
    assert absent(house, rp.userinfo("at_of-nobody"))  # no application is known


def test_the_gateway_tells_the_application_what_its_token_lacks(
    app: Flask, http: FlaskClient, house: "House", trace_of: TraceOf
) -> None:
    rp: Party = party_at(app)
    rp.authorize().redeem()
    bearer = {"Authorization": f"Bearer {rp.tokens['access_token']}"}
    answer = http.get("/gateway/auth?scope=delete:realms", headers=bearer)
    assert answer.status_code == 403
    trace = trace_of(answer)
    last = explains(trace, "insufficient_scope", "scope_missing", "Scope of the token")
    assert (trace.endpoint, trace.client_id, last["expected"]) == ("gateway", rp.client.client_id, "delete:realms")
    rp.revoke()
    answer = http.get("/gateway/auth", headers=bearer)
    explains(trace_of(answer), "invalid_token", "token_revoked", "Token")


def test_keys_at_the_gateway_are_of_no_application(http: FlaskClient, house: "House") -> None:
    _, key = make_api_key(house, make_user(house)[0])
    answer = http.get("/gateway/auth?scope=delete:realms", headers={"X-API-Key": key})
    assert answer.status_code == 403
    assert absent(house, answer)
    assert absent(house, http.get("/gateway/auth", headers={"X-API-Key": key}))
