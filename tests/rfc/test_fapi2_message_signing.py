"""FAPI 2.0 Message Signing, section 5: requests (JAR), answers (JARM) and introspection that are signed."""

import time
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask
from joserfc import jwt
from joserfc.jwk import KeySet

from authserver.oauth.errors import InvalidClientMetadataError
from tests.factories import make_client, make_resource_server
from tests.relying_party import FORM, Reply, authentication, encoded
from tests.rfc.answers import refuses
from tests.rfc.conftest import Party
from tests.rfc.fapi import KEYS, MESSAGE_SIGNING, fapi_party
from tests.rfc.request_objects import make_object, unsigned

if TYPE_CHECKING:
    from authserver.composition import House

INTROSPECTION = "application/token-introspection+jwt"


@pytest.fixture
def rp(app: Flask) -> Party:
    return fapi_party(app, **MESSAGE_SIGNING)


def push(rp: Party, token: str, **beside: Any) -> Reply:
    return rp.post("/par", {"request": token, **beside})


def verified(rp: Party, token: str, alg: str) -> dict[str, Any]:
    """The claims, as somebody reads them who has only the JWKS."""
    jwks = rp.transport.send("GET", "/.well-known/jwks.json", body=None, headers={}).json
    return dict(jwt.decode(token, KeySet.import_key_set(jwks), algorithms=[alg]).claims)


# -- 5.3 Signing authorization requests --------------------------------------------------------------------------------


@pytest.mark.parametrize("alg", sorted(KEYS))
def test_s5_3_1_1_signed_request_objects_at_the_par_endpoint(app: Flask, alg: str) -> None:
    rp = fapi_party(app, alg=alg, **MESSAGE_SIGNING)
    pushed = push(rp, make_object(rp, alg=alg, response_mode="jwt"))
    assert pushed.status_code == 201, pushed.text
    rp.authorize(request_uri=pushed.json["request_uri"])
    answer = verified(rp, rp.answer["response"], "PS256")
    assert rp.redeem(code=answer["code"]).json["token_type"] == "DPoP"


def test_s5_3_1_1_requests_that_are_not_signed_are_refused(rp: Party) -> None:
    refuses(rp.push(), "invalid_request")
    refuses(push(rp, unsigned(rp)), "invalid_request_object")
    refuses(push(rp, make_object(rp, key=KEYS["ES256"]())), "invalid_request_object")


@pytest.mark.parametrize("aud", [None, "https://other.example", "http://localhost:8000/par", ["https://other.example"]])
def test_s5_3_1_2_aud_must_be_the_issuer(rp: Party, aud: Any) -> None:
    refuses(push(rp, make_object(rp, claims={"aud": aud})), "invalid_request_object")


def test_s5_3_1_2_aud_may_be_an_array_that_holds_the_issuer(rp: Party) -> None:
    assert push(rp, make_object(rp, claims={"aud": [rp.issuer, "https://other.example"]})).status_code == 201


@pytest.mark.parametrize(("age", "status"), [(0, 201), (3500, 201), (3700, 400), (None, 400)])
def test_s5_3_1_3_nbf_is_there_and_not_older_than_60_minutes(rp: Party, age: int | None, status: int) -> None:
    now = int(time.time())
    claims = {"nbf": None if age is None else now - age, "exp": now + 60, "iat": None}
    assert push(rp, make_object(rp, claims=claims)).status_code == status


@pytest.mark.parametrize(("life", "status"), [(60, 201), (3600, 201), (3700, 400), (None, 400)])
def test_s5_3_1_4_exp_is_there_and_60_minutes_after_nbf_at_most(rp: Party, life: int | None, status: int) -> None:
    now = int(time.time())
    claims = {"nbf": now, "exp": None if life is None else now + life}
    assert push(rp, make_object(rp, claims=claims)).status_code == status


def test_s5_3_1_the_typ_of_request_objects_is_known(rp: Party) -> None:
    assert push(rp, make_object(rp, header={"typ": "oauth-authz-req+jwt"})).status_code == 201


def test_s5_3_1_parameters_beside_the_object_do_not_count(rp: Party) -> None:
    pushed = push(rp, make_object(rp, scope="openid"), scope="openid write:realms", prompt="none login")
    rp.authorize(request_uri=pushed.json["request_uri"])
    assert rp.redeem().json["scope"] == "openid"


# -- 5.4 Signing authorization responses -------------------------------------------------------------------------------


@pytest.mark.parametrize("changes", [{}, {"prompt": "none", "max_age": 0}], ids=str)
def test_s5_4_1_1_answers_are_signed_and_all_of_them_stands_inside(rp: Party, changes: dict[str, Any]) -> None:
    pushed = push(rp, make_object(rp, response_mode="jwt", state="s-1", **changes))
    rp.authorize(request_uri=pushed.json["request_uri"])
    assert set(rp.answer) == {"response"}  # `iss` of RFC 9207 too
    answer = verified(rp, rp.answer["response"], "PS256")
    assert (answer["iss"], answer["aud"], answer["state"]) == (rp.issuer, rp.client.client_id, "s-1")
    assert ("error" if changes else "code") in answer


def test_s5_4_1_1_none_is_no_signature(house: "House") -> None:
    with pytest.raises(InvalidClientMetadataError):
        make_client(house, authorization_signed_response_alg="none")


# -- 5.5 Signing introspection responses -------------------------------------------------------------------------------


def test_s5_5_1_1_introspection_is_signed_for_whoever_asks_for_it(rp: Party, house: "House") -> None:
    pushed = push(rp, make_object(rp))
    token = rp.authorize(request_uri=pushed.json["request_uri"]).redeem().json["access_token"]
    server, secret = make_resource_server(house, introspection_signed_response_alg="PS256")
    fields, headers = authentication(server, secret)
    reply = rp.transport.send(
        "POST",
        "/introspect",
        body=encoded({**fields, "token": token}),
        headers={**headers, "Content-Type": FORM, "Accept": INTROSPECTION},
    )
    assert (reply.status_code, reply.headers["Content-Type"]) == (200, INTROSPECTION)
    assert rp.dpop_key is not None
    told = verified(rp, reply.text, "PS256")["token_introspection"]
    assert (told["active"], told["cnf"]) == (True, {"jkt": rp.dpop_key.thumbprint()})
