"""private_key_jwt (RFC 7523 sections 2.2 and 3, OpenID Connect Core section 9; cases CA6, CA7), at every endpoint."""

import json
import time
from base64 import urlsafe_b64decode
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from joserfc.jwk import ECKey, OKPKey, RSAKey

from authserver.models import clients
from tests.conftest import ISSUER
from tests.factories import make_client, make_key_client, within
from tests.relying_party import ASSERTION_TYPE, RelyingParty, Reply, basic
from tests.rfc.answers import grants, is_active, refuses
from tests.rfc.conftest import MakeParty, party_at
from tests.state import State

if TYPE_CHECKING:
    from authserver.composition import House

RowCounts = Callable[[], State]
EC, ED, RSA = ECKey.generate_key("P-256"), OKPKey.generate_key("Ed25519"), RSAKey.generate_key(2048)
ENDPOINTS = ("/token", "/introspect", "/revoke")


@pytest.fixture
def worker(house: "House", http: FlaskClient) -> RelyingParty:
    """A machine that authenticates by an EC key without kid."""
    return worker_of(house, http)


def worker_of(house: "House", http: FlaskClient, key: Any = EC, **metadata: Any) -> RelyingParty:
    return RelyingParty(http, *make_key_client(house, key, type="machine", **metadata))


def ask(rp: RelyingParty, assertion: str | None, path: str = "/token", **changes: Any) -> Reply:
    """A request that is good in all but the authentication."""
    fields = {"grant_type": "client_credentials", "token": "at_unknown", "client_assertion": assertion}
    return rp.post(path, {**fields, "client_assertion_type": ASSERTION_TYPE, **changes}, headers={})


# -- section 2.2: every endpoint, every algorithm ----------------------------------------------------------------------


def test_s2_2_a_code_is_redeemed_and_refreshed_with_a_key_alone(party: MakeParty) -> None:
    rp = party(method="private_key_jwt")
    grants(rp.authorize().redeem())
    grants(rp.refresh())
    is_active(rp.introspect())
    assert rp.revoke().status_code == 200
    assert rp.introspect().json == {"active": False}


def test_s2_2_a_resource_server_asks_with_its_key(house: "House", http: FlaskClient, party: MakeParty) -> None:
    holder = party()
    grants(holder.authorize().redeem())
    server = make_key_client(house, type="resource_server", audience="https://keys.example/api")
    asked = RelyingParty(http, *server).introspect(holder.tokens["access_token"])
    assert is_active(asked)["client_id"] == holder.client.client_id


def test_s2_2_a_device_asks_with_its_key(house: "House", http: FlaskClient) -> None:
    device = "urn:ietf:params:oauth:grant-type:device_code"
    rp = RelyingParty(http, *make_key_client(house, type="native", grant_types=[device], redirect_uris=[]))
    reply = rp.post("/device_authorization", {"scope": "openid"})
    assert reply.json["device_code"]
    waiting = rp.token(grant_type=device, device_code=reply.json["device_code"])
    assert waiting.error == "authorization_pending"


@pytest.mark.parametrize(
    ("key", "alg"), [(EC, "ES256"), (RSA, "PS256"), (RSA, "RS256"), (ED, "EdDSA"), (ED, "Ed25519")]
)
def test_s2_2_every_algorithm_of_the_metadata(house: "House", http: FlaskClient, key: Any, alg: str) -> None:
    rp = worker_of(house, http, key)
    offered = http.get("/.well-known/openid-configuration").json
    assert alg in offered["token_endpoint_auth_signing_alg_values_supported"]
    assert "private_key_jwt" in offered["token_endpoint_auth_methods_supported"]
    assert "private_key_jwt" in offered["introspection_endpoint_auth_methods_supported"]
    assert "private_key_jwt" in offered["revocation_endpoint_auth_methods_supported"]
    grants(ask(rp, rp.assertion(header={"alg": alg})))


def test_s2_2_one_algorithm_may_be_pinned(house: "House", http: FlaskClient) -> None:
    rp = worker_of(house, http, RSA, token_endpoint_auth_signing_alg="PS256")
    refuses(ask(rp, rp.assertion(header={"alg": "RS256"})), "invalid_client", 401)
    grants(ask(rp, rp.assertion(header={"alg": "PS256"})))


def test_s2_2_both_names_of_an_algorithm_are_the_same_pin(house: "House", http: FlaskClient) -> None:
    rp = worker_of(house, http, ED, token_endpoint_auth_signing_alg="EdDSA")
    grants(ask(rp, rp.assertion(header={"alg": "Ed25519"})))


def test_s2_2_client_id_beside_it_must_be_the_same(worker: RelyingParty) -> None:
    grants(ask(worker, worker.assertion(), client_id=worker.client.client_id))
    refuses(ask(worker, worker.assertion(), client_id="another"), "invalid_client", 401)


@pytest.mark.parametrize("kind", [None, "urn:ietf:params:oauth:client-assertion-type:saml2-bearer", "jwt"])
@pytest.mark.parametrize("path", ENDPOINTS)
def test_s2_2_the_type_must_be_that_of_a_jwt(worker: RelyingParty, path: str, kind: str | None) -> None:
    refuses(ask(worker, worker.assertion(), path, client_assertion_type=kind), "invalid_client", 401)


@pytest.mark.parametrize("path", ENDPOINTS)
def test_CA3_an_assertion_beside_a_secret_is_two_methods(worker: RelyingParty, path: str) -> None:
    refuses(ask(worker, worker.assertion(), path, client_secret="x"), "invalid_request")
    fields = {"client_assertion": worker.assertion(), "client_assertion_type": ASSERTION_TYPE}
    reply = worker.post(path, fields, headers={"Authorization": basic(worker.client.client_id, "x")})
    refuses(reply, "invalid_request")


@pytest.mark.parametrize("path", ENDPOINTS)
def test_CA5_no_other_method_is_taken_from_it_and_none_but_it_takes_one(
    house: "House", http: FlaskClient, worker: RelyingParty, path: str
) -> None:
    named = worker.client.client_id
    for headers, fields in (
        ({"Authorization": basic(named, "")}, {}),
        ({}, {"client_id": named}),
        ({}, {"client_id": named, "client_secret": "x"}),
    ):
        reply = worker.post(path, {"grant_type": "client_credentials", "token": "x", **fields}, headers=headers)
        refuses(reply, "invalid_client", 401)
    client, _ = make_client(house, type="machine", jwks={"keys": [EC.as_dict(private=False)]})
    rp = RelyingParty(http, client, EC)
    refuses(ask(rp, rp.assertion(), path), "invalid_client", 401)


@pytest.mark.parametrize("path", ENDPOINTS)
def test_CR8_a_disabled_client_proves_nothing(house: "House", worker: RelyingParty, path: str) -> None:
    with within(house):
        clients.change(worker.client.client_id, disabled_at=1)
    refuses(ask(worker, worker.assertion(), path), "invalid_client", 401)


def test_CA4_an_unknown_client_and_a_wrong_key_get_the_same_answer(worker: RelyingParty) -> None:
    other = RelyingParty(worker.transport, worker.client, ECKey.generate_key("P-256"))  # type: ignore[arg-type]
    unknown = other.assertion(iss="nobody", sub="nobody")
    assert ask(other, unknown).text == ask(other, other.assertion()).text


# -- CA6: once ---------------------------------------------------------------------------------------------------------


def test_CA6_an_assertion_is_good_once_wherever_it_is_used(worker: RelyingParty) -> None:
    once = worker.assertion()
    grants(ask(worker, once))
    for path in ENDPOINTS:
        refuses(ask(worker, once, path), "invalid_client", 401)


def test_CA6_it_is_spent_also_when_the_request_fails(worker: RelyingParty) -> None:
    once = worker.assertion()
    refuses(ask(worker, once, scope="no:such"), "invalid_scope")
    refuses(ask(worker, once), "invalid_client", 401)


def test_CA6_it_is_spent_also_when_the_server_fails(
    house: "House", worker: RelyingParty, monkeypatch: pytest.MonkeyPatch
) -> None:
    once = worker.assertion()
    with monkeypatch.context() as broken:
        broken.setattr(house.server.issuer, "mint", lambda order: 1 / 0)
        refuses(ask(worker, once), "server_error", 500)
    refuses(ask(worker, once), "invalid_client", 401)


def test_CA6_introspection_spends_it_too(worker: RelyingParty) -> None:
    once = worker.assertion()
    assert ask(worker, once, "/introspect").status_code == 200
    refuses(ask(worker, once, "/introspect"), "invalid_client", 401)


def test_CA6_a_signature_that_is_not_good_spends_nothing(worker: RelyingParty, row_counts: RowCounts) -> None:
    forged = RelyingParty(worker.transport, worker.client, ECKey.generate_key("P-256"))  # type: ignore[arg-type]
    before = row_counts()
    refuses(ask(worker, forged.assertion(jti="chosen")), "invalid_client", 401)
    assert row_counts() == before
    grants(ask(worker, worker.assertion(jti="chosen")))


def test_CA6_the_ids_of_two_clients_are_apart(house: "House", http: FlaskClient) -> None:
    one, other = worker_of(house, http), worker_of(house, http)
    grants(ask(one, one.assertion(jti="the same")))
    grants(ask(other, other.assertion(jti="the same")))


def test_CA6_a_long_poll_is_one_use(house: "House", http: FlaskClient) -> None:
    """It is answered twice inside: once to find no news, once when there are some, or time is up."""
    rp = RelyingParty(http, *make_key_client(house, type="resource_server", audience="https://polling.example/api"))
    cursor = json.loads(urlsafe_b64decode(rp.post("/revocations", {}).text.split(".")[1] + "=="))["cursor"]
    assert rp.post("/revocations", {"since": cursor, "wait": "1"}).status_code == 200


# -- CA7: what it must say ---------------------------------------------------------------------------------------------

NOT_BELIEVED: dict[str, dict[str, Any]] = {
    "aud is a list": {"aud": [ISSUER]},
    "aud is a list of two": {"aud": [ISSUER, "https://elsewhere.example"]},
    "aud is another server": {"aud": "https://elsewhere.example"},
    "aud is the token endpoint": {"aud": f"{ISSUER}/token"},
    "aud has a slash more": {"aud": f"{ISSUER}/"},
    "aud in other case": {"aud": ISSUER.upper()},
    "no aud": {"aud": None},
    "no exp": {"exp": None},
    "exp as text": {"exp": "9999999999"},
    "exp is true": {"exp": True},
    "exp is huge": {"exp": 1e30},
    "no jti": {"jti": None},
    "jti empty": {"jti": ""},
    "jti too long": {"jti": "x" * 256},
    "jti a number": {"jti": 5},
    "jti with NUL": {"jti": "a\0b"},
    "jti half a character": {"jti": "\ud800"},
    "no iss": {"iss": None},
    "no sub": {"sub": None},
    "iss is another": {"iss": "another"},
    "sub is another": {"sub": "another"},
    "sub with NUL": {"sub": "a\0b", "iss": "a\0b"},
    "sub half a character": {"sub": "\ud800", "iss": "\ud800"},
}


@pytest.mark.parametrize("path", ENDPOINTS)
@pytest.mark.parametrize("why", NOT_BELIEVED)
def test_CA7_claims_that_are_not_believed(worker: RelyingParty, row_counts: RowCounts, path: str, why: str) -> None:
    before = row_counts()
    refuses(ask(worker, worker.assertion(**NOT_BELIEVED[why]), path), "invalid_client", 401)
    assert row_counts() == before


@pytest.mark.parametrize(("name", "offset"), [("exp", -61), ("exp", 601 + 5), ("nbf", 120), ("iat", 120)])
def test_CA7_times_that_are_not_believed(worker: RelyingParty, name: str, offset: int) -> None:
    refuses(ask(worker, worker.assertion(**{name: int(time.time()) + offset})), "invalid_client", 401)


@pytest.mark.parametrize(("name", "offset"), [("exp", -50), ("exp", 590), ("nbf", 50), ("iat", -5000)])
def test_CA7_times_within_a_minute_of_leeway(worker: RelyingParty, name: str, offset: int) -> None:
    grants(ask(worker, worker.assertion(**{name: int(time.time()) + offset})))


TAKEN_BY_EXCEPTION = (f"{ISSUER}/token", [f"{ISSUER}/token"], [ISSUER, "https://elsewhere.example"], ISSUER)


@pytest.mark.parametrize("aud", TAKEN_BY_EXCEPTION)
def test_CA7_a_client_registered_for_it_may_name_the_token_endpoint(
    house: "House", http: FlaskClient, aud: object
) -> None:
    rp = worker_of(house, http, assertion_audience="token_endpoint")
    grants(ask(rp, rp.assertion(aud=aud)))


def test_CA7_such_a_client_may_name_the_endpoint_that_it_asks(house: "House", http: FlaskClient) -> None:
    """RFC 9126 section 2 for pushed requests, and as some clients do elsewhere."""
    rp = worker_of(house, http, assertion_audience="token_endpoint")
    assert ask(rp, rp.assertion(aud=f"{ISSUER}/introspect"), "/introspect").status_code == 200
    refuses(ask(rp, rp.assertion(aud=f"{ISSUER}/revoke"), "/introspect"), "invalid_client", 401)
    refuses(ask(rp, rp.assertion(aud="https://elsewhere.example")), "invalid_client", 401)


# -- section 3: keys ---------------------------------------------------------------------------------------------------


def test_s3_key_rotation_by_kid(house: "House", http: FlaskClient) -> None:
    old, new = (ECKey.generate_key("P-256", {"kid": name}) for name in ("old", "new"))
    both = {"keys": [key.as_dict(private=False) for key in (old, new)]}
    client, _ = make_client(house, type="machine", token_endpoint_auth_method="private_key_jwt", jwks=both)
    for key in (old, new):
        grants(RelyingParty(http, client, key).token(grant_type="client_credentials"))


# -- what is told ------------------------------------------------------------------------------------------------------


def test_the_owner_sees_what_was_wrong_and_the_client_does_not(app: Flask, house: "House") -> None:
    rp = party_at(app, method="private_key_jwt")
    reply = ask(rp, rp.assertion(aud=f"{ISSUER}/token"))
    refuses(reply, "invalid_client", 401)
    assert reply.json["error_description"] == "Client authentication failed."
    assert "#" not in reply.json["error_uri"]
    with within(house):
        trace = house.server.traces.find(reply.headers["X-Request-Id"])
    assert trace is not None
    assert trace.cause == "assertion_refused"
    assert f"aud must be {ISSUER}" in str(trace.checks)
