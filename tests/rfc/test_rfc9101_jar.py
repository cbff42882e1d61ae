"""RFC 9101 and OpenID Connect Core section 6: requests for authorization as one JWT of the client."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from authserver.oauth import client_jwt
from tests.conftest import ISSUER
from tests.relying_party import Local, Reply, challenge_of
from tests.rfc.answers import refuses
from tests.rfc.conftest import MakeParty, Party, party_at
from tests.rfc.forgery import compact
from tests.rfc.request_objects import ask, is_page, make_object
from tests.state import State

if TYPE_CHECKING:
    pass

KEY = "private_key_jwt"
KEYS = {
    "ES256": lambda: ECKey.generate_key("P-256", auto_kid=True),
    "ES384": lambda: ECKey.generate_key("P-384", auto_kid=True),
    "ES512": lambda: ECKey.generate_key("P-521", auto_kid=True),
    "Ed25519": lambda: OKPKey.generate_key("Ed25519", auto_kid=True),
    "EdDSA": lambda: OKPKey.generate_key("Ed25519", auto_kid=True),
    "PS256": lambda: RSAKey.generate_key(2048, auto_kid=True),
    "RS256": lambda: RSAKey.generate_key(2048, auto_kid=True),
}


@pytest.fixture
def rp(party: MakeParty) -> Party:
    """A client with a key, its user signed in."""
    return party(method=KEY)


# -- sections 4 and 5: by value ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("alg", sorted(client_jwt.ALGORITHMS))
def test_s4_a_signed_object_becomes_a_code(app: Flask, alg: str) -> None:
    rp = party_at(app, method=KEY, key=KEYS[alg]())
    token = make_object(rp, alg=alg, state="inside")
    assert ask(rp, token).answer["state"] == "inside"
    assert rp.code


def test_s4_numbers_objects_and_lists_stand_for_their_parameters(rp: Party) -> None:
    wanted = {"userinfo": {"name": {"essential": True}}}
    token = make_object(rp, max_age=10_000, claims={"claims": wanted, "resource": []}, nonce="n-1")
    assert ask(rp, token).code
    assert "id_token" in rp.redeem().json


def test_s5_client_id_must_stand_beside_it(rp: Party) -> None:
    token = make_object(rp)
    ask(rp, token, client_id=None)
    is_page(rp, "invalid_request")


@pytest.mark.parametrize("claims", [{"client_id": "another"}, {"client_id": 7}])
def test_s5_client_id_inside_must_be_that_beside_it(rp: Party, claims: dict[str, Any]) -> None:
    ask(rp, make_object(rp, claims=claims))
    is_page(rp, "invalid_request_object")


def test_s5_request_and_request_uri_exclude_each_other(rp: Party) -> None:
    ask(rp, make_object(rp), request_uri="https://client.example/request.jwt")
    is_page(rp, "invalid_request_object")


def test_s4_an_object_in_an_object_is_refused(rp: Party) -> None:
    for name in ("request", "request_uri"):
        ask(rp, make_object(rp, claims={name: "https://client.example/request.jwt"}))
        is_page(rp, "invalid_request_object")


# -- section 6.3: only what stands inside counts -----------------------------------------------------------------------


def test_s6_3_parameters_beside_it_are_not_read(rp: Party) -> None:
    token = make_object(rp, scope="openid", state="inside")
    beside = {"scope": "openid write:realms", "state": "beside", "code_challenge": challenge_of("x" * 43)}
    ask(rp, token, redirect_uri=rp.client.redirect_uris[0], prompt="none login", **beside)
    assert rp.answer["state"] == "inside"
    assert rp.redeem().json["scope"] == "openid"


@pytest.mark.parametrize("left_out", ["response_type", "code_challenge"])
def test_s6_3_what_is_missing_inside_is_missing(rp: Party, left_out: str) -> None:
    token = make_object(rp, **{left_out: None})
    ask(rp, token, response_type="code", code_challenge="A" * 43, code_challenge_method="S256")
    assert rp.answer["error"] == "invalid_request"


def test_s6_3_a_redirect_uri_beside_it_does_not_stand_in_for_one_inside(rp: Party) -> None:
    ask(rp, make_object(rp, redirect_uri=None), redirect_uri=rp.client.redirect_uris[0])
    is_page(rp, "invalid_request")


def test_AZ3_a_bad_redirect_uri_inside_is_a_page(rp: Party) -> None:
    ask(rp, make_object(rp, redirect_uri="https://evil.example/cb", scope="no:such"))
    is_page(rp, "invalid_request")


def test_AZ3_an_error_of_the_object_goes_to_a_registered_uri_beside_it_or_nowhere(rp: Party) -> None:
    bad = make_object(rp, claims={"aud": "https://other.example"})
    ask(rp, bad)
    is_page(rp, "invalid_request_object")
    ask(rp, bad, redirect_uri="https://evil.example/cb")
    is_page(rp, "invalid_request")
    ask(rp, bad, redirect_uri=rp.client.redirect_uris[0], state="beside")
    assert (rp.answer["error"], rp.answer["state"]) == ("invalid_request_object", "beside")
    assert rp.answer["iss"] == ISSUER


def test_s6_3_good_objects_with_bad_parameters_are_answered_as_without_an_object(rp: Party) -> None:
    ask(rp, make_object(rp, scope="no:such", state="inside"))
    assert (rp.answer["error"], rp.answer["state"]) == ("invalid_scope", "inside")


# -- section 6.2: what is believed -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": None},
        {"iss": "another"},
        {"iss": ISSUER},
        {"aud": None},
        {"aud": "https://other.example"},
        {"aud": [ISSUER + "/"]},
        {"aud": {"x": ISSUER}},
        {"exp": 1_000_000_000},
        {"exp": "tomorrow"},
        {"exp": True},
        {"exp": 1e30},
        {"nbf": 4_000_000_000},
        {"nbf": []},
        {"iat": "now"},
        {"state": "a\0b"},
        {"state": "\ud800"},
        {"claims": {"a": "\0"}},
    ],
    ids=str,
)
def test_s6_2_claims_that_are_not_right(rp: Party, claims: dict[str, Any], row_counts: Callable[[], State]) -> None:
    before = row_counts()
    ask(rp, make_object(rp, claims=claims))
    is_page(rp, "invalid_request_object")
    assert row_counts() == before


def test_s10_8_an_assertion_of_the_client_is_no_request(rp: Party) -> None:
    ask(rp, make_object(rp, claims={"sub": rp.client.client_id}))
    is_page(rp, "invalid_request_object")
    ask(rp, rp.assertion())
    is_page(rp, "invalid_request_object")


@pytest.mark.parametrize("typ", ["at+jwt", "dpop+jwt", "client-authentication+jwt", "logout+jwt"])
def test_s10_8_another_typ_is_no_request(rp: Party, typ: str) -> None:
    ask(rp, make_object(rp, header={"typ": typ}))
    is_page(rp, "invalid_request_object")


@pytest.mark.parametrize("name", ["alg", "typ", "kid"])
@pytest.mark.parametrize("value", [7, ["ES256"], {}, None, True])
def test_s6_2_headers_that_are_no_strings(rp: Party, name: str, value: Any) -> None:
    ask(rp, compact({"alg": "ES256", name: value}, {}, b"x" * 64))
    is_page(rp, "invalid_request_object")


@pytest.mark.parametrize("typ", ["oauth-authz-req+jwt", "JWT", None])
def test_s4_the_typ_of_requests_or_none_at_all(rp: Party, typ: str | None) -> None:
    assert ask(rp, make_object(rp, header={"typ": typ})).code


def test_s6_2_the_key_must_be_the_clients(rp: Party, fetches: list[Any]) -> None:
    other = ECKey.generate_key("P-256", auto_kid=True)
    ask(rp, make_object(rp, key=other))
    is_page(rp, "invalid_request_object")
    own = rp.secret
    assert isinstance(own, ECKey)
    ask(rp, make_object(rp, key=other, header={"kid": own.kid}))
    is_page(rp, "invalid_request_object")
    for name in ("jku", "x5u"):
        ask(rp, compact({"alg": "ES256", "kid": own.kid, name: "https://client.example/keys"}, {}, b"x" * 64))
        is_page(rp, "invalid_request_object")
    ask(rp, compact({"alg": "ES256", "jwk": other.as_dict(private=False)}, {}, b"x" * 64))
    is_page(rp, "invalid_request_object")
    assert fetches == []


def test_s6_2_a_changed_object_is_not_believed(rp: Party) -> None:
    head, payload, signature = make_object(rp).split(".")
    said = json.loads(client_jwt.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    changed = compact(json.dumps({}), {**said, "scope": "openid write:realms"}).split(".")[1]
    ask(rp, f"{head}.{changed}.{signature}")
    is_page(rp, "invalid_request_object")


def test_s6_2_symmetric_signatures_are_not_taken(rp: Party) -> None:
    public = json.dumps(rp.client.details["jwks"]["keys"][0]).encode()
    ask(rp, make_object(rp, key=OctKey.import_key(public), alg="HS256", header={"kid": None}))  # type: ignore[arg-type]
    is_page(rp, "invalid_request_object")


@pytest.mark.parametrize(
    "token",
    ["x", "a.b", "a.b.c", "a.b.c.d.e", "..", "eyJhbGciOiJFUzI1NiJ9..", "e" * 8193, "é", "eyJhbGciOiJub25lIn0.e30."],
)
def test_s6_1_what_is_no_jwt(rp: Party, token: str) -> None:
    ask(rp, token)
    is_page(rp, "invalid_request_object")


def test_s6_1_an_encrypted_object_is_refused_and_the_metadata_offers_none(rp: Party, machine: Local) -> None:
    ask(rp, compact({"alg": "RSA-OAEP-256", "enc": "A256GCM"}, "{}", b"a") + ".YQ.YQ")
    is_page(rp, "invalid_request_object")
    document = machine.send("GET", "/.well-known/openid-configuration", body=None, headers={}).json
    assert not [name for name in document if name.startswith("request_object_encryption")]


def test_s6_2_a_client_without_keys_cannot_sign(party: MakeParty) -> None:
    rp = party()
    key = ECKey.generate_key("P-256")
    ask(rp, make_object(rp, key=key), redirect_uri=rp.client.redirect_uris[0])
    assert rp.answer["error"] == "request_not_supported"


# -- section 10.5: clients that must sign ------------------------------------------------------------------------------


@pytest.fixture
def signer(app: Flask) -> Party:
    return party_at(app, method=KEY, require_signed_request_object=True)


def test_s10_5_a_client_that_must_sign_cannot_do_without(signer: Party) -> None:
    assert signer.authorize(state="s-1").answer["error"] == "invalid_request"
    refuses(signer.push(), "invalid_request")
    assert ask(signer, make_object(signer)).code


@pytest.mark.parametrize(
    "claims", [{"exp": None}, {"nbf": None}, {"nbf": 1_700_000_000}, {"exp": 4_000_000_000}], ids=str
)
def test_s10_5_and_its_objects_end_within_the_hour(signer: Party, claims: dict[str, Any]) -> None:
    ask(signer, make_object(signer, claims=claims))
    is_page(signer, "invalid_request_object")


# -- section 5.2.1 and RFC 9126 section 3: pushed ----------------------------------------------------------------------


def test_rfc9126_s3_an_object_can_be_pushed(rp: Party) -> None:
    token = make_object(rp, state="inside")
    pushed = rp.post("/par", {"request": token, "state": "beside"})
    assert pushed.status_code == 201, pushed.text
    rp.authorize(request_uri=pushed.json["request_uri"])
    assert rp.answer["state"] == "inside"


def test_rfc9126_s3_a_bad_object_is_refused_when_it_is_pushed(rp: Party, row_counts: Callable[[], State]) -> None:
    before = row_counts()
    for claims in ({"aud": "https://other.example"}, {"client_id": "another"}, {"request_uri": "urn:x"}):
        reply: Reply = rp.post("/par", {"request": make_object(rp, claims=claims)})
        refuses(reply, "invalid_request_object")
    spent = row_counts()  # of the assertions alone
    assert "authorization_requests" not in "".join(spent.difference(before))


def test_the_metadata_says_so(machine: Local) -> None:
    document = machine.send("GET", "/.well-known/openid-configuration", body=None, headers={}).json
    assert document["request_parameter_supported"] is True
    assert document["request_uri_parameter_supported"] is True
    assert document["require_request_uri_registration"] is True
    assert set(document["request_object_signing_alg_values_supported"]) == {*client_jwt.ALGORITHMS, "none"}
    assert document["require_signed_request_object"] is False
