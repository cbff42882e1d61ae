"""DPoP proofs that hold anything at all, signed or not: never a 5xx, and never a token for a bad one (RFC 9449)."""

import json
import time
from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws

from authserver.oauth import dpop
from tests.conftest import ISSUER
from tests.factories import make_client
from tests.gateways.asking import AUTH
from tests.properties.conftest import EXAMPLES, steady
from tests.relying_party import FORM, Credentials, basic
from tests.rfc.proofs import new_key

if TYPE_CHECKING:
    from authserver.composition import House

KEY = new_key()
TEXTS = st.text(st.characters(), max_size=20) | st.just("\ud800")
PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS
ANYTHING = st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3))
NAMES = st.sampled_from(["jti", "htm", "htu", "iat", "nonce", "ath", "exp", "x"])
CLAIMS = st.dictionaries(NAMES, ANYTHING, max_size=2)
JWKS = st.dictionaries(st.sampled_from(["kty", "crv", "x", "y", "n", "e", "d", "k", "use", "alg", "kid"]), ANYTHING)
MEMBERS = st.dictionaries(st.sampled_from(["typ", "alg", "kid", "crit", "b64", "jku", "x5c"]), ANYTHING, max_size=2)
OTHER_KEYS = st.just({}) | st.builds(dict, jwk=ANYTHING | JWKS)
HEADERS = st.builds(lambda members, jwk: {**members, **jwk}, MEMBERS, OTHER_KEYS)


def signed(claims: dict[str, Any]) -> str:
    known = {"jti": "one", "htm": "POST", "htu": f"{ISSUER}/token", "iat": int(time.time()), "nonce": dpop.nonce()}
    head = {"typ": "dpop+jwt", "alg": "ES256", "jwk": KEY.as_dict(private=False)}
    return jws.serialize_compact(head, json.dumps({**known, **claims}), KEY, algorithms=["ES256"])


def unsigned(header: dict[str, Any]) -> str:
    """A good one under another header."""
    made = json.dumps({"typ": "dpop+jwt", "alg": "ES256", "jwk": KEY.as_dict(private=False), **header})
    return ".".join([urlsafe_b64encode(made.encode()).rstrip(b"=").decode(), *signed({}).split(".")[1:]])


@pytest.fixture(scope="module")
def client(house: "House") -> Credentials:
    return make_client(house, type="machine", scope="read:realms")


@pytest.fixture(scope="module")
def bound(app: Flask, client: Credentials) -> str:
    """A token that is bound to KEY."""
    headers = {"DPoP": signed({"jti": "first"}), "Authorization": basic(client[0].client_id, str(client[1]))}
    answer = app.test_client().post("/token", data={"grant_type": "client_credentials"}, headers=headers)
    return str(answer.get_json()["access_token"])


@steady(EXAMPLES)
@given(proof=st.builds(signed, CLAIMS) | st.builds(unsigned, HEADERS))
def test_any_proof_is_answered(app: Flask, client: Credentials, proof: str) -> None:
    proves = basic(client[0].client_id, str(client[1]))
    headers = {"DPoP": proof, "Authorization": proves, "Content-Type": FORM}
    answer = app.test_client().post("/token", data="grant_type=client_credentials", headers=headers)
    assert answer.status_code in {200, 400}, answer.text
    if answer.status_code == 400:
        assert answer.get_json()["error"] in {"invalid_dpop_proof", "use_dpop_nonce"}
    else:
        assert answer.get_json()["token_type"] == "DPoP"


LATIN = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_characters="\x7f"), max_size=30)
FIELDS = ("X-Original-Method", "X-Original-URL", "X-Forwarded-Method", "X-Forwarded-Uri", "X-Forwarded-Host")
TOLD = st.dictionaries(
    st.sampled_from(FIELDS),
    LATIN | st.sampled_from(["GET", "https://api.example/", "https://[::1", "http://a:99999/", "/", "//", "@"]),
)


@steady(EXAMPLES)
@given(told=TOLD)
def test_whatever_a_proxy_tells_is_answered(app: Flask, bound: str, told: dict[str, str]) -> None:
    claims = {"htm": "GET", "htu": "https://api.example/", "ath": dpop.token_hash(bound), "jti": str(time.time_ns())}
    headers = {"Authorization": f"DPoP {bound}", "DPoP": signed(claims), **told}
    assert app.test_client().get(AUTH, headers=headers).status_code in {200, 401, 429}
