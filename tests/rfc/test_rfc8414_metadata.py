"""Metadata (RFC 8414, OpenID Connect Discovery section 3), the JWKS (RFC 7517) and CORS (decision 41)."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from joserfc.jwk import KeySet

from authserver.endpoints import ENDPOINTS
from authserver.models import clients, scopes, users
from authserver.oauth import client_auth, pkce
from authserver.oauth.grants import GRANTS
from authserver.oauth.oidc.claims import CLAIMS_SUPPORTED
from authserver.oauth.response_modes import RESPONSE_MODES
from authserver.pages import METADATA
from authserver.settings import ASYMMETRIC_ALGORITHMS
from tests.factories import make_client, unique, within
from tests.relying_party import Local, Reply
from tests.rfc.answers import grants as granted
from tests.rfc.conftest import MakeParty
from tests.rfc.forgery import parts

if TYPE_CHECKING:
    from authserver.composition import House

DOCUMENTS = ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server")
JWKS = "/.well-known/jwks.json"
PUBLIC = (*DOCUMENTS, JWKS)
REGISTERED = ("/token", "/revoke", "/userinfo", "/par")
PRIVATE_MEMBERS = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}


@pytest.fixture
def document(machine: Local) -> dict[str, Any]:
    metadata: dict[str, Any] = _get(machine, DOCUMENTS[0]).json
    return metadata


@pytest.fixture
def origin(house: "House") -> str:
    """A browser origin that a client has registered."""
    found = f"https://{unique('app')}.example"
    make_client(house, type="spa", allowed_origins=[found])
    return found


def _get(machine: Local, path: str, **headers: str) -> Reply:
    return machine.send("GET", path, body=None, headers=headers)


# -- the documents -----------------------------------------------------------------------------------------------------


def test_s3_both_addresses_hold_the_same_document(machine: Local) -> None:
    replies = [_get(machine, path) for path in DOCUMENTS]
    for reply in replies:
        assert reply.status_code == 200
        assert reply.headers["Content-Type"] == "application/json"
        assert "max-age" in reply.headers["Cache-Control"]
    assert replies[0].json == replies[1].json


def test_s2_required_members(house: "House", document: dict[str, Any]) -> None:
    assert document["issuer"] == house.settings.issuer
    required = {
        "authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri", "introspection_endpoint",
        "revocation_endpoint", "response_types_supported", "subject_types_supported", "scopes_supported",
        "id_token_signing_alg_values_supported",
    }  # fmt: skip
    assert required <= set(document)
    assert "openid" in document["scopes_supported"]
    assert "RS256" in document["id_token_signing_alg_values_supported"]


def test_s2_every_endpoint_that_is_listed_is_there(house: "House", machine: Local, document: dict[str, Any]) -> None:
    listed = {name: url for name, url in document.items() if name.endswith("_endpoint") or name == "jwks_uri"}
    assert len(listed) >= 6
    for name, url in listed.items():
        assert url.startswith(f"{house.settings.issuer}/"), name
        for verb in ("GET", "POST"):
            status = machine.send(verb, urlsplit(url).path, body=None, headers={}).status_code
            assert status != 404, (name, verb)
            assert status < 500, (name, verb)


def test_s2_every_endpoint_of_the_lists_is_listed(house: "House", document: dict[str, Any]) -> None:
    expected = {**METADATA, **{endpoint.name: endpoint.path for endpoint in ENDPOINTS if endpoint.name}}
    assert expected.pop("registration_endpoint") == "/register"  # closed here, see RFC 7591
    assert {name: document[name] for name in expected} == {
        name: house.settings.issuer + path for name, path in expected.items()
    }


def test_s2_what_is_supported_is_derived_from_the_code(house: "House", document: dict[str, Any]) -> None:
    assert document["grant_types_supported"] == [grant.GRANT_TYPE for grant in GRANTS]
    assert document["token_endpoint_auth_methods_supported"] == list(client_auth.METHODS)
    assert document["revocation_endpoint_auth_methods_supported"] == list(client_auth.METHODS)
    assert "none" not in document["introspection_endpoint_auth_methods_supported"]
    assert document["code_challenge_methods_supported"] == list(pkce.METHODS) == ["S256"]
    assert set(document["id_token_signing_alg_values_supported"]) == set(ASYMMETRIC_ALGORITHMS)
    assert document["claims_supported"] == list(CLAIMS_SUPPORTED)
    assert document["response_types_supported"] == ["code"]
    assert document["authorization_response_iss_parameter_supported"] is True
    for built in ("request_parameter_supported", "request_uri_parameter_supported", "claims_parameter_supported"):
        assert document[built] is True
    for not_demanded in ("require_pushed_authorization_requests", "require_signed_request_object"):
        assert document[not_demanded] is False
    assert document["require_request_uri_registration"] is True


@pytest.mark.parametrize("grant_type", [grant.GRANT_TYPE for grant in GRANTS])
def test_s2_every_grant_type_that_is_listed_is_spoken(machine: Local, grant_type: str) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    reply = machine.send("POST", "/token", body=f"grant_type={grant_type}", headers=headers)
    assert reply.error == "invalid_client"  # not unsupported_grant_type


@pytest.mark.parametrize("mode", RESPONSE_MODES)
def test_s2_every_response_mode_that_is_listed_answers(party: MakeParty, document: dict[str, Any], mode: str) -> None:
    assert document["response_modes_supported"] == list(RESPONSE_MODES)
    answer = party().authorize(response_mode=mode).answer
    assert ("response" if mode.endswith("jwt") else "code") in answer


def test_s2_scopes_are_those_that_are_not_reserved(house: "House", machine: Local) -> None:
    name = f"read:{unique('things')}"
    reserved = f"write:{unique('things')}"
    with within(house):
        assert scopes.add(name, description="Read things", reserved=False)
        assert scopes.add(reserved, description="Write things", reserved=True)
    try:
        told = _get(machine, DOCUMENTS[0]).json["scopes_supported"]
        assert name in told
        assert not {reserved, "admin"} & set(told)
    finally:
        with within(house):
            scopes.remove(name)
            scopes.remove(reserved)


def test_claims_that_are_listed_are_those_that_are_told(
    house: "House", party: MakeParty, document: dict[str, Any]
) -> None:
    rp = party(scope="openid profile email address phone")
    known = dict.fromkeys(("given_name", "family_name", "website", "zoneinfo", "phone_number"), "x")
    with within(house):
        users.change(rp.user.id, locale="de", profile={**known, "address": {"locality": "London"}})
    told = set(parts(granted(rp.authorize().redeem())["id_token"])[1]) | set(rp.userinfo().json)
    assert told == set(document["claims_supported"])


def test_IJ1_issuer_does_not_follow_the_request(house: "House", machine: Local, document: dict[str, Any]) -> None:
    evil = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}
    assert _get(machine, DOCUMENTS[0], **evil).json == document
    assert "evil" not in _get(machine, DOCUMENTS[0], **evil).text


@pytest.mark.parametrize("path", PUBLIC)
def test_s3_1_head_and_other_methods(machine: Local, path: str) -> None:
    head = machine.send("HEAD", path, body=None, headers={})
    assert (head.status_code, head.text) == (200, "")
    assert int(head.headers["Content-Length"]) > 100
    post = machine.send("POST", path, body=None, headers={})
    assert (post.status_code, post.headers["Allow"]) == (405, "GET")


# -- the keys ----------------------------------------------------------------------------------------------------------


def test_rfc7517_public_keys_of_every_algorithm_and_nothing_private(house: "House", machine: Local) -> None:
    reply = _get(machine, JWKS)
    keys = reply.json["keys"]
    assert {key["alg"] for key in keys} == set(ASYMMETRIC_ALGORITHMS)
    assert len({key["kid"] for key in keys}) == len(keys)
    for key in keys:
        assert key["use"] == "sig"
        assert not PRIVATE_MEMBERS & set(key)
    KeySet.import_key_set(reply.json)
    assert reply.headers["Cache-Control"] == f"public, max-age={house.settings.jwks_max_age}"


# -- CORS --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PUBLIC)
def test_d41_everybody_may_read_metadata_and_keys(machine: Local, path: str) -> None:
    reply = _get(machine, path, Origin="https://anybody.example")
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    preflight = machine.send("OPTIONS", path, body=None, headers={"Origin": "https://anybody.example"})
    assert preflight.status_code == 204
    assert preflight.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("path", REGISTERED)
def test_d41_registered_origin_may_use_the_others(machine: Local, origin: str, path: str) -> None:
    headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    preflight = machine.send("OPTIONS", path, body=None, headers=headers)
    assert preflight.status_code == 204
    assert preflight.headers["Access-Control-Allow-Origin"] == origin
    assert "POST" in preflight.headers["Access-Control-Allow-Methods"]
    allowed = {name.strip().lower() for name in preflight.headers["Access-Control-Allow-Headers"].split(",")}
    assert {"authorization", "content-type"} <= allowed
    error = machine.send("POST", path, body=None, headers={"Origin": origin})
    assert error.status_code in {400, 401}
    assert error.headers["Access-Control-Allow-Origin"] == origin  # the application must be able to read its errors
    assert "Origin" in error.headers["Vary"]


@pytest.mark.parametrize("path", REGISTERED)
def test_d41_other_origins_may_not(machine: Local, origin: str, path: str) -> None:
    near = [f"{origin}.evil.example", f"{origin}:8443", origin.upper(), origin.replace("https", "http"), origin[:-1]]
    for other in ("https://anybody.example", "null", "", "%", "_" * len(origin), "x" * 400, *near):
        for verb in ("OPTIONS", "POST"):
            reply = machine.send(verb, path, body=None, headers={"Origin": other})
            assert "Access-Control-Allow-Origin" not in reply.headers, other
            assert reply.headers["Vary"] == "Origin"


def test_d41_origin_of_a_disabled_client_may_not(house: "House", machine: Local) -> None:
    found = f"https://{unique('app')}.example"
    client, _ = make_client(house, type="spa", allowed_origins=[found])
    with within(house):
        clients.change(client.client_id, disabled_at=1)
    assert "Access-Control-Allow-Origin" not in _get(machine, "/userinfo", Origin=found).headers


def test_d41_two_origins_of_one_client_are_no_third(house: "House", machine: Local) -> None:
    names = [f"https://{unique('app')}.example" for _ in range(2)]
    make_client(house, type="spa", allowed_origins=names)
    both = f'{names[0]}", "{names[1]}'
    assert "Access-Control-Allow-Origin" not in _get(machine, "/userinfo", Origin=both).headers


def test_d41_introspection_is_not_for_browsers(machine: Local, origin: str) -> None:
    for verb in ("POST", "OPTIONS"):
        reply = machine.send(verb, "/introspect", body=None, headers={"Origin": origin})
        assert "Access-Control-Allow-Origin" not in reply.headers


def test_d41_credentials_are_never_allowed(machine: Local, origin: str) -> None:
    for path in (*PUBLIC, *REGISTERED):
        for verb in ("OPTIONS", "GET", "POST"):
            reply = machine.send(verb, path, body=None, headers={"Origin": origin})
            assert "Access-Control-Allow-Credentials" not in reply.headers


def test_RL10_metadata_and_keys_need_no_write(machine: Local, row_counts: Callable[[], Any], app: Flask) -> None:
    before = row_counts()
    for path in PUBLIC:
        assert _get(machine, path).status_code == 200
    assert row_counts() == before
