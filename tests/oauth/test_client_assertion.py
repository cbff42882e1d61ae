"""JWTs that clients sign, below HTTP: CA7, CA8, JW1-JW10 as far as form, key, claims and times go."""

import json
from base64 import urlsafe_b64encode
from typing import Any

import pytest
import time_machine
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from authserver import clock
from authserver.oauth import client_assertion, client_jwt
from authserver.oauth.client_assertion import Assertion
from authserver.oauth.client_jwt import BadToken

ISSUER = "https://auth.test"
EC, OTHER = ECKey.generate_key("P-256"), ECKey.generate_key("P-256")
RSA, ED = RSAKey.generate_key(2048), OKPKey.generate_key("Ed25519")


def public(key: Any, **more: str) -> dict[str, Any]:
    return {**key.as_dict(private=False), **more}


def claims(**changes: Any) -> dict[str, Any]:
    now = clock.now()
    made = {"iss": "app", "sub": "app", "aud": ISSUER, "jti": "one", "iat": now, "exp": now + 60, **changes}
    return {name: value for name, value in made.items() if value is not None}


def signed(key: Any = EC, alg: str = "ES256", header: dict[str, Any] | None = None, **changes: Any) -> str:
    return jwt.encode({"alg": alg, **(header or {})}, claims(**changes), key, algorithms=[alg])


def believed(token: str, *keys: dict[str, Any], lists: bool = False, **more: Any) -> Assertion:
    unverified, client_id = client_assertion.claimed_client(token)
    audiences = more.get("audiences", (ISSUER,))
    keys = keys or (public(EC),)
    return client_assertion.verify(unverified, client_id=client_id, keys=keys, audiences=audiences, lists=lists)


SIGNED_BY = [(EC, "ES256"), (RSA, "RS256"), (RSA, "PS256"), (ED, "EdDSA"), (ED, "Ed25519")]


@pytest.mark.parametrize(("key", "alg"), SIGNED_BY)
def test_every_algorithm(key: Any, alg: str) -> None:
    assert believed(signed(key, alg), public(key)).client_id == "app"


def test_the_key_is_found_by_its_kid() -> None:
    token = signed(header={"kid": "new", "typ": "client-authentication+jwt"})
    assert believed(token, public(OTHER, kid="old"), public(EC, kid="new")).jti == "one"
    with pytest.raises(BadToken, match="kid"):
        believed(token, public(EC, kid="old"))


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": [ISSUER]}, {"aud": f"{ISSUER}/token"}, {"aud": "https://other.test"}, {"aud": None},
        {"aud": ISSUER + "/"}, {"exp": None}, {"exp": "soon"}, {"exp": True}, {"exp": 1e30}, {"jti": None}, {"jti": ""},
        {"jti": 5}, {"iss": "other"}, {"sub": "other"}, {"jti": "x" * 256},
    ],
)  # fmt: skip
def test_CA7_claims_that_are_not_believed(changes: dict[str, Any]) -> None:
    with pytest.raises(BadToken):
        believed(signed(**changes))


@pytest.mark.parametrize(("name", "offset"), [("exp", -61), ("exp", 601), ("nbf", 120), ("iat", 120)])
def test_CA7_times(name: str, offset: int, frozen: time_machine.Traveller) -> None:
    with pytest.raises(BadToken):
        believed(signed(**{name: clock.now() + offset}))


def test_CA7_the_exception_of_a_client() -> None:
    token = signed(aud=["https://elsewhere.test", f"{ISSUER}/token"])
    assert believed(token, lists=True, audiences=(ISSUER, f"{ISSUER}/token")).jti == "one"


@pytest.mark.parametrize("member", ["jku", "x5u", "x5c", "jwk", "crit", "b64"])
def test_CA8_a_header_that_brings_its_own_key(member: str) -> None:
    token = signed()
    header = {"alg": "ES256", member: public(OTHER) if member == "jwk" else ["x"]}
    with pytest.raises(BadToken, match=member):
        believed(".".join([encoded(header), *token.split(".")[1:]]))


@pytest.mark.parametrize("alg", ["none", "None", "nOnE", "HS256", "RS1", "", 5, None])
def test_CA8_an_algorithm_that_is_not_taken(alg: object) -> None:
    with pytest.raises(BadToken):
        believed(".".join([encoded({"alg": alg}), *signed().split(".")[1:]]))


def test_CA8_HS256_with_the_public_key() -> None:
    secret = OctKey.import_key(json.dumps(public(EC)))
    with pytest.raises(BadToken):
        believed(jwt.encode({"alg": "HS256"}, claims(), secret, algorithms=["HS256"]))


def test_another_key_and_a_changed_token() -> None:
    with pytest.raises(BadToken, match="signature"):
        believed(signed(OTHER))
    head, _, tail = signed().split(".")
    with pytest.raises(BadToken):
        believed(".".join([head, encoded(claims(jti="two")), tail]))


@pytest.mark.parametrize("token", ["", "a.b", "a.b.c", "e30.e30.", "." * 3, "x" * 9000, "e30.e30.e30.e30.e30"])
def test_JW9_what_is_no_token(token: str) -> None:
    with pytest.raises(BadToken):
        believed(token)


def test_JW10_a_repeated_member() -> None:
    body = urlsafe_b64encode(b'{"iss":"app","iss":"app","sub":"app"}').rstrip(b"=").decode()
    with pytest.raises(BadToken):
        believed(".".join([encoded({"alg": "ES256"}), body, "c2ln"]))


@pytest.mark.parametrize(
    "jwk",
    [
        EC.as_dict(private=True), {"kty": "oct", "k": "c2VjcmV0"}, {},
        {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"},
        {"kty": "RSA", "n": 5, "e": "AQAB"}, {"kty": "OKP", "crv": "X25519", "x": "AA"},
    ],
)  # fmt: skip
def test_DC4_JW8_keys_that_are_not_registered(jwk: dict[str, Any]) -> None:
    with pytest.raises(BadToken):
        client_jwt.check_set({"keys": [jwk]})


def test_JW8_a_short_RSA_key() -> None:
    from cryptography.hazmat.primitives.asymmetric import rsa

    numbers = rsa.generate_private_key(public_exponent=65537, key_size=1024).public_key().public_numbers()
    n = urlsafe_b64encode(numbers.n.to_bytes(128, "big")).rstrip(b"=").decode()
    with pytest.raises(BadToken, match="2048"):
        client_jwt.check_set({"keys": [{"kty": "RSA", "n": n, "e": "AQAB"}]})


def test_thumbprint_RFC7638() -> None:
    assert client_jwt.thumbprint(public(EC, kid="any", use="sig")) == EC.thumbprint()


def encoded(document: dict[str, Any]) -> str:
    return urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=").decode()
