"""FAPI 2.0 Security Profile (final), section 5.3.2: what it demands of authorization servers, number by number.

With private_key_jwt, DPoP and pushed requests; the client is one by its registration (`tests/rfc/fapi.py`).
"""

import time
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from flask import Flask

from authserver.oauth.errors import InvalidRedirectUriError
from tests.factories import make_client, make_resource_server
from tests.relying_party import FORM, Local, encoded
from tests.rfc.answers import is_active, is_inactive, refuses
from tests.rfc.conftest import Party
from tests.rfc.fapi import KEYS, fapi_party
from tests.rfc.forgery import parts
from tests.rfc.proofs import new_key

if TYPE_CHECKING:
    from authserver.composition import House


@pytest.fixture
def rp(app: Flask) -> Party:
    return fapi_party(app)


@pytest.fixture
def document(machine: Local) -> dict[str, Any]:
    found: dict[str, Any] = machine.send("GET", "/.well-known/openid-configuration", body=None, headers={}).json
    return found


# -- 5.3.2.1 General requirements --------------------------------------------------------------------------------------


def test_s5_3_2_1_01_discovery_metadata_by_both_specifications(machine: Local, document: dict[str, Any]) -> None:
    other = machine.send("GET", "/.well-known/oauth-authorization-server", body=None, headers={})
    assert other.json == document
    assert document["pushed_authorization_request_endpoint"]
    assert document["jwks_uri"]


def test_s5_3_2_1_02_no_password_grant(rp: Party) -> None:
    reply = rp.token(grant_type="password", username="a", password="b")
    refuses(reply, "unsupported_grant_type")


def test_s5_3_2_1_03_the_client_is_confidential(machine: Local, rp: Party) -> None:
    body = encoded({"client_id": rp.client.client_id, **rp.wish()})
    refuses(machine.send("POST", "/par", body=body, headers={"Content-Type": FORM}), "invalid_client", 401)


def test_s5_3_2_1_04_access_tokens_without_a_proof_are_not_issued(rp: Party) -> None:
    rp.authorize_pushed()
    rp.dpop_key = None
    reply = rp.redeem()
    assert reply.status_code == 400
    assert "access_token" not in reply.json


def test_s5_3_2_1_05_access_tokens_are_bound_by_dpop(rp: Party, house: "House") -> None:
    tokens = rp.authorize_pushed().redeem().json
    assert tokens["token_type"] == "DPoP"
    assert rp.dpop_key is not None
    claims = is_active(rp.introspect(as_=make_resource_server(house)))
    assert claims["cnf"] == {"jkt": rp.dpop_key.thumbprint()}
    assert rp.userinfo().status_code == 200


@pytest.mark.parametrize("alg", sorted(KEYS))
def test_s5_3_2_1_06_clients_authenticate_by_private_key_jwt(app: Flask, alg: str) -> None:
    rp = fapi_party(app, alg=alg, token_endpoint_auth_signing_alg=alg if alg != "Ed25519" else "Ed25519")
    assert rp.authorize_pushed().redeem().status_code == 200


def test_s5_3_2_1_07_there_is_no_open_redirector(rp: Party, machine: Local) -> None:
    refuses(rp.push(redirect_uri="https://evil.example/cb"), "invalid_request")
    reply = machine.send("GET", "/end_session?post_logout_redirect_uri=https://evil.example/", body=None, headers={})
    assert "evil.example" not in reply.headers.get("Location", "")


def test_s5_3_2_1_08_aud_of_an_assertion_is_the_issuer_as_a_string(rp: Party) -> None:
    for aud in ([rp.issuer], f"{rp.issuer}/token", f"{rp.issuer}/par", [rp.issuer, "https://other.example"]):
        fields = {"client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}
        reply = rp.post("/par", {**rp.wish(), **fields, "client_assertion": rp.assertion(aud=aud)}, headers={})
        refuses(reply, "invalid_client", 401)
    assert rp.push().status_code == 201


def test_s5_3_2_1_09_refresh_tokens_are_not_rotated(rp: Party, frozen: time_machine.Traveller) -> None:
    first = rp.authorize_pushed().redeem().json
    for _ in range(3):
        frozen.shift(3600)
        again = rp.refresh()
        assert again.status_code == 200, again.text
        assert again.json["refresh_token"] == first["refresh_token"]
        assert again.json["token_type"] == "DPoP"


def test_s5_3_2_1_09_one_that_stays_ends_all_the_same(rp: Party, frozen: time_machine.Traveller) -> None:
    rp.authorize_pushed().redeem()
    frozen.shift(29 * 86400)
    assert rp.refresh().status_code == 200  # the idle limit begins anew
    frozen.shift(29 * 86400)
    assert rp.refresh().status_code == 200
    frozen.shift(31 * 86400)
    refuses(rp.refresh(), "invalid_grant")


def test_s5_3_2_1_09_one_that_stays_can_be_revoked(rp: Party) -> None:
    rp.authorize_pushed().redeem()
    assert rp.refresh().status_code == 200
    assert rp.revoke(rp.tokens["refresh_token"]).status_code == 200
    refuses(rp.refresh(), "invalid_grant")


def test_s5_3_2_1_09_other_clients_rotate(app: Flask) -> None:
    rp = fapi_party(app, dpop_bound_access_tokens=False)
    first = rp.authorize_pushed().redeem().json["refresh_token"]
    assert rp.refresh().json["refresh_token"] != first


def test_s5_3_2_1_10_the_nonce_of_the_server_is_used(rp: Party) -> None:
    rp.authorize_pushed()
    assert rp.redeem().status_code == 200
    assert rp.dpop_nonce


def test_s5_3_2_1_11_codes_live_for_60_seconds_at_most(rp: Party, frozen: time_machine.Traveller) -> None:
    rp.authorize_pushed()
    frozen.shift(60)
    refuses(rp.redeem(), "invalid_grant")


@pytest.mark.parametrize("way", ["proof", "parameter"])
def test_s5_3_2_1_12_codes_can_be_bound_to_the_key(rp: Party, way: str) -> None:
    assert rp.dpop_key is not None
    pushed = rp.push(proven=True) if way == "proof" else rp.push(dpop_jkt=rp.dpop_key.thumbprint())
    rp.authorize(request_uri=pushed.json["request_uri"])
    own, rp.dpop_key = rp.dpop_key, new_key()
    refuses(rp.redeem(), "invalid_grant")
    rp.dpop_key = own
    assert rp.redeem().status_code == 200


@pytest.mark.parametrize("claim", ["iat", "nbf"])
def test_s5_3_2_1_13_clocks_may_differ_by_ten_seconds_and_not_by_more_than_sixty(rp: Party, claim: str) -> None:
    fields = {"client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}
    for ahead, status in ((0, 201), (10, 201), (65, 401)):
        early = rp.assertion(**{claim: int(time.time()) + ahead})
        reply = rp.post("/par", {**rp.wish(), **fields, "client_assertion": early}, headers={})
        assert reply.status_code == status, (ahead, reply.text)


def test_s5_3_2_1_14_access_tokens_carry_what_was_asked_for_only(rp: Party) -> None:
    assert rp.authorize_pushed(scope="openid").redeem().json["scope"] == "openid"


# -- 5.3.2.2 Authorization endpoint flows ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["token", "id_token", "code id_token", "none"])
def test_s5_3_2_2_01_response_type_is_code(rp: Party, kind: str) -> None:
    refuses(rp.push(response_type=kind), "unsupported_response_type")


def test_s5_3_2_2_02_requests_are_pushed_by_authenticated_clients(rp: Party) -> None:
    assert rp.authorize_pushed().redeem().status_code == 200


def test_s5_3_2_2_03_requests_that_were_not_pushed_are_rejected(rp: Party) -> None:
    assert rp.authorize().answer["error"] == "invalid_request"


def test_s5_3_2_2_04_pushing_needs_authentication(rp: Party) -> None:
    refuses(rp.post("/par", {**rp.wish()}, headers={}), "invalid_client", 401)
    other = KEYS["ES256"]()
    refuses(rp.post("/par", rp.wish(), as_=(rp.client, other)), "invalid_client", 401)


@pytest.mark.parametrize(
    "changes",
    [
        {"code_challenge": None, "code_challenge_method": None},
        {"code_challenge_method": "plain"},
        {"code_challenge_method": None},
    ],
    ids=str,
)
def test_s5_3_2_2_05_pkce_with_s256(rp: Party, changes: dict[str, Any]) -> None:
    refuses(rp.push(**changes), "invalid_request")


@pytest.mark.parametrize("scope", ["openid", "read:realms"])
def test_s5_3_2_2_06_a_pushed_request_has_its_redirect_uri(rp: Party, scope: str) -> None:
    refuses(rp.push(redirect_uri=None, scope=scope), "invalid_request")


def test_s5_3_2_2_07_the_answer_names_its_issuer(rp: Party, document: dict[str, Any]) -> None:
    assert rp.authorize_pushed().answer["iss"] == document["issuer"]
    assert document["authorization_response_iss_parameter_supported"] is True


@pytest.mark.parametrize("uri", ["http://client.example/cb", "http://127.0.0.2/cb"])
def test_s5_3_2_2_08_no_answer_over_an_unencrypted_connection(house: "House", uri: str) -> None:
    with pytest.raises(InvalidRedirectUriError):
        make_client(house, redirect_uris=[uri])


def test_s5_3_2_2_09_a_code_is_good_once(rp: Party, house: "House") -> None:
    tokens = rp.authorize_pushed().redeem().json
    refuses(rp.redeem(), "invalid_grant")
    is_inactive(rp.introspect(tokens["access_token"], as_=make_resource_server(house)))


def test_s5_3_2_2_10_and_11_redirects_are_303(app: Flask) -> None:
    rp = fapi_party(app, trusted=False)
    rp.authorize_pushed()
    assert rp.at == "/consent"
    answered = rp.transport.send(
        "POST",
        "/consent",
        body=encoded({**rp.form("/consent").values, "decision": "allow"}),
        headers={"Content-Type": FORM},
    )
    assert answered.status_code == 303
    back = rp.transport.send("GET", answered.location, body=None, headers={})
    assert back.status_code == 303
    assert back.location.startswith(rp.client.redirect_uris[0])


def test_s5_3_2_2_12_a_request_uri_ends_in_less_than_600_seconds(rp: Party) -> None:
    assert 0 < rp.push().json["expires_in"] < 600


def test_s5_3_2_2_13_the_person_is_told_who_asks_and_for_what(app: Flask) -> None:
    rp = fapi_party(app, trusted=False)
    rp.authorize_pushed(scope="openid read:realms")
    assert rp.reply is not None
    assert rp.client.name in rp.reply.text
    assert "client.example" in rp.reply.text


def test_s5_3_2_2_14_a_nonce_of_64_characters(rp: Party) -> None:
    tokens = rp.authorize_pushed(nonce="n" * 64).redeem().json
    assert parts(tokens["id_token"])[1]["nonce"] == "n" * 64
