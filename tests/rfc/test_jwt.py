"""Signed tokens that must not be believed for their form (RFC 7515, RFC 8725; cases JW1-JW5, JW8-JW10)."""

import json
import time
import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask
from joserfc import jwe
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from authserver.models.unit_of_work import unit_of_work
from tests.relying_party import Credentials
from tests.rfc.answers import is_inactive, refuses
from tests.rfc.conftest import Party
from tests.rfc.forgery import Forger, b64, compact

if TYPE_CHECKING:
    from authserver.composition import House

AppWith = Callable[..., Flask]
ALGORITHMS = ("ES256", "RS256", "PS256", "EdDSA")
Believed = Callable[[str], None]
Disbelieved = Callable[[str], None]


def test_forger_can_make_a_good_token(forger: Forger, believed: Believed) -> None:
    """Without this, every refusal below could be for another reason."""
    believed(forger.token)
    believed(forger.with_our_key())
    believed(forger.with_our_key(payload={"jti": "t_other", "extra": 1}))


# -- JW1-JW5: headers --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("alg", ["none", "None", "nOnE", "NONE", "", None, 0, ["none"], "HS256"])
def test_JW1_unsigned_tokens(forger: Forger, disbelieved: Disbelieved, alg: Any) -> None:
    disbelieved(forger.unsigned(alg))
    disbelieved(forger.unsigned(alg).rstrip("."))


def test_JW1_good_token_without_its_signature(forger: Forger, disbelieved: Disbelieved) -> None:
    signed, _, signature = forger.token.rpartition(".")
    for token in (
        f"{signed}.",
        signed,
        f"{signed}.{signature[:-4]}",
        f"{signed}.{signature}=",
        f"{signed}..{signature}",
    ):
        disbelieved(token)


@pytest.mark.parametrize("form", ["PEM", "DER", "jwk"])
@pytest.mark.parametrize("alg", ["HS256", "HS384", "HS512"])
def test_JW2_hmac_with_the_public_key(forger: Forger, disbelieved: Disbelieved, form: str, alg: str) -> None:
    disbelieved(forger.with_public_key_as_secret(form, alg))


@pytest.mark.parametrize("alg", [alg for alg in ALGORITHMS if alg != "ES256"] + ["ES384", "ES512", "RS512", "Ed25519"])
def test_JW2_header_names_another_algorithm_than_the_key_has(
    forger: Forger, disbelieved: Disbelieved, alg: str
) -> None:
    disbelieved(forger.with_our_key({"alg": alg}))


FOREIGN_KIDS = (
    *("../../dev/null", "/dev/null", "' OR '1'='1", "'; DROP TABLE signing_keys; --", "k" * 10_000, "", "\0", "é"),
    *(None, 0, [], {}, True),
)


@pytest.mark.parametrize("kid", FOREIGN_KIDS)
def test_JW3_kid_that_is_not_ours(forger: Forger, disbelieved: Disbelieved, believed: Believed, kid: Any) -> None:
    disbelieved(forger.with_our_key({"kid": kid}))
    believed(forger.token)


def test_JW3_kid_of_another_key_of_ours(house: "House", forger: Forger, disbelieved: Disbelieved) -> None:
    with unit_of_work(house.database):
        others = [jwk["kid"] for jwk in house.server.keyring.published() if jwk["kid"] != forger.header["kid"]]
    assert others
    for kid in others:
        disbelieved(forger.with_our_key({"kid": str(kid)}))


def test_JW3_without_kid(forger: Forger, disbelieved: Disbelieved) -> None:
    disbelieved(forger.with_our_key(json.dumps({"alg": forger.header["alg"], "typ": "at+jwt"})))


@pytest.mark.parametrize("name", ["jku", "x5u", "jwk", "x5c", "x5t", "x5t#S256", "cty", "zip", "epk"])
def test_JW4_header_that_brings_a_key(forger: Forger, disbelieved: Disbelieved, name: str) -> None:
    own = ECKey.generate_key("P-256", private=True)
    value: Any = {"jwk": own.as_dict(private=False), "x5c": ["MIIB"], "zip": "DEF"}.get(name, "http://127.0.0.1:9/x")
    disbelieved(forger.with_key(own, "ES256", **{name: value}))
    disbelieved(forger.with_key(own, "ES256", **{name: value, "kid": "own"}))
    disbelieved(forger.with_our_key({name: value}))


@pytest.mark.parametrize(
    "extra",
    [{"crit": ["x"], "x": 1}, {"crit": ["exp"]}, {"crit": []}, {"crit": ["b64"], "b64": False}, {"b64": False},
     {"b64": True}, {"crit": "x"}, {"crit": None}],
)  # fmt: skip
def test_JW5_critical_and_b64_extensions(forger: Forger, disbelieved: Disbelieved, extra: dict[str, Any]) -> None:
    disbelieved(forger.with_our_key(extra))


# -- JW8-JW10 ----------------------------------------------------------------------------------------------------------


def test_JW8_keys_of_somebody_else(forger: Forger, disbelieved: Disbelieved) -> None:
    keys = [
        (ECKey.generate_key("P-256", private=True), "ES256"),
        (OKPKey.generate_key("Ed25519", private=True), "EdDSA"),
        (RSAKey.generate_key(2048, private=True), "RS256"),
    ]
    for key, alg in keys:
        disbelieved(forger.with_key(key, alg))
        disbelieved(forger.with_key(key, alg, kid="unknown"))
    disbelieved(forger.with_rsa_512())


@pytest.mark.parametrize("signature", [b"\0" * 64, b"\xff" * 64, b"\0" * 63, b"\0" * 96, b"", b"\0" * 10_000])
def test_JW8_signatures_off_the_curve(forger: Forger, disbelieved: Disbelieved, signature: bytes) -> None:
    disbelieved(compact(forger.header, forger.claims, signature))


def test_JW9_encrypted_zip_bomb(holder: Party, disbelieved: Disbelieved) -> None:
    bomb = jwe.encrypt_compact(
        {"alg": "dir", "enc": "A128GCM", "zip": "DEF"}, b"0" * 5_000_000, OctKey.import_key(b"k" * 16),
        algorithms=["dir", "A128GCM", "DEF"],
    )  # fmt: skip
    assert len(bomb) < 16_000
    disbelieved(bomb)


def test_JW9_compressed_payload(forger: Forger, disbelieved: Disbelieved) -> None:
    packed = zlib.compress(b"0" * 5_000_000)
    header = b64(json.dumps({**forger.header, "zip": "DEF"}).encode())
    disbelieved(f"{header}.{b64(packed)}.{b64(bytes(64))}")


def test_JW9_token_of_a_megabyte(forger: Forger, holder: Party, asker: Credentials) -> None:
    """Over the body limit it is 413 (decision 9); below it, inactive."""
    signed, _, signature = forger.token.rpartition(".")
    for token in (
        f"{signed}{'A' * 1_000_000}.{signature}",
        f"{'ey' + 'A' * 1_000_000}.e.s",
        f"{signed}.{'A' * 1_000_000}",
    ):
        began = time.thread_time()
        refuses(holder.userinfo(token), "invalid_token", 401)
        refuses(holder.introspect(token, as_=asker), "invalid_request", 413)
        is_inactive(holder.introspect(token[:60_000], as_=asker))
        assert time.thread_time() - began < 0.15


@pytest.mark.parametrize("depth", [100, 3000])
def test_JW9_deeply_nested_header(forger: Forger, disbelieved: Disbelieved, depth: int) -> None:
    payload = forger.token.split(".")[1]
    for header in (b"[" * depth + b"]" * depth, b'{"a":' * depth):
        disbelieved(f"{b64(header)}.{payload}.{b64(bytes(64))}")


@pytest.mark.parametrize("name", ["sub", "exp", "aud", "scope", "extra"])
def test_JW10_repeated_claims(forger: Forger, disbelieved: Disbelieved, name: str) -> None:
    """Readers disagree about which of the two counts (RFC 8725 section 2.6)."""
    whole = json.dumps({**forger.claims, "extra": 1})
    again = json.dumps({name: forger.claims.get(name, 1)})
    disbelieved(forger.with_our_key(payload=f"{whole[:-1]}, {again[1:]}"))


@pytest.mark.parametrize("name", ["alg", "kid", "typ"])
def test_JW10_repeated_header_members(forger: Forger, disbelieved: Disbelieved, name: str) -> None:
    whole, again = json.dumps(forger.header), json.dumps({name: forger.header[name]})
    disbelieved(forger.with_our_key(f"{whole[:-1]}, {again[1:]}"))


@pytest.mark.parametrize("payload", ["", "[]", "null", "1", '"text"', "{", '{"a": }'])
def test_JW10_payload_that_is_no_object(forger: Forger, disbelieved: Disbelieved, payload: str) -> None:
    disbelieved(forger.with_our_key(payload=payload))
