"""FAPI 2.0 Security Profile (final), section 5.3.4, what it demands of resources, and 5.4, of cryptography."""

from typing import TYPE_CHECKING

import pytest
from flask import Flask
from joserfc.jwk import RSAKey

from authserver.oauth.errors import InvalidClientMetadataError
from tests.factories import make_key_client
from tests.relying_party import Local
from tests.rfc.answers import refuses
from tests.rfc.conftest import Party
from tests.rfc.fapi import SECURITY_PROFILE, fapi_party
from tests.rfc.forgery import parts
from tests.rfc.proofs import new_key

if TYPE_CHECKING:
    from authserver.composition import House


@pytest.fixture
def rp(app: Flask) -> Party:
    return fapi_party(app)


# -- 5.3.4 as a resource server: userinfo ------------------------------------------------------------------------------


def test_s5_3_4_1_and_2_tokens_in_the_header_and_never_in_the_query(rp: Party) -> None:
    token = rp.authorize_pushed().redeem().json["access_token"]
    assert rp.userinfo().status_code == 200
    reply = rp.transport.send("GET", f"/userinfo?access_token={token}", body=None, headers={})
    assert reply.status_code in {400, 401}


def test_s5_3_4_5_a_bound_token_without_its_key_is_worth_nothing(rp: Party) -> None:
    rp.authorize_pushed().redeem()
    own, rp.dpop_key = rp.dpop_key, new_key()
    assert rp.userinfo().status_code == 401
    rp.dpop_key = None
    assert rp.userinfo().status_code == 401
    rp.dpop_key = own
    assert rp.userinfo().status_code == 200


# -- 5.4 Cryptography and secrets --------------------------------------------------------------------------------------


def test_s5_4_1_1_id_tokens_are_signed_by_what_the_profile_allows(rp: Party) -> None:
    tokens = rp.authorize_pushed().redeem().json
    assert parts(tokens["id_token"])[0]["alg"] == "PS256"
    assert parts(tokens["access_token"])[0]["alg"] in {"PS256", "ES256", "EdDSA"}


def test_s5_4_1_1_other_algorithms_than_the_registered_one_are_refused(app: Flask) -> None:
    key = RSAKey.generate_key(2048, auto_kid=True)
    rp = fapi_party(app, alg="PS256", key=key)
    fields = {"client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}
    weaker = rp.assertion(header={"alg": "RS256"})
    refuses(rp.post("/par", {**rp.wish(), **fields, "client_assertion": weaker}, headers={}), "invalid_client", 401)


def test_s5_4_1_1_none_cannot_be_registered(house: "House") -> None:
    metadata = {name: value for name, value in SECURITY_PROFILE.items() if name != "method"}
    with pytest.raises(InvalidClientMetadataError):
        make_key_client(house, request_object_signing_alg="none", **metadata)


def test_s5_4_1_2_rsa_keys_have_2048_bits(house: "House") -> None:
    with pytest.warns(UserWarning, match="2048|key"):
        weak = RSAKey.generate_key(1024)
    with pytest.raises(InvalidClientMetadataError):
        make_key_client(house, weak)


def test_s5_4_1_4_credentials_have_128_bits_of_entropy(rp: Party) -> None:
    uri = rp.push().json["request_uri"]
    tokens = rp.authorize(request_uri=uri).redeem().json
    for secret in (uri.rpartition(":")[2], rp.code, tokens["refresh_token"]):
        assert len(secret.partition("_")[2]) >= 22  # base64url of 128 bits


def test_s5_4_2_keys_are_published_with_different_kids(machine: Local) -> None:
    keys = machine.send("GET", "/.well-known/jwks.json", body=None, headers={}).json["keys"]
    assert len({key["kid"] for key in keys}) == len(keys)
